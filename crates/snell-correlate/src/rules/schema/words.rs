//! The words of a name, and what they say.

/// Words in the name of a table that records what was: copies are what it is made of.
const RECORDS: [&str; 26] = [
    "history",
    "version",
    "versions",
    "revision",
    "snapshot",
    "archive",
    "archived",
    "backup",
    "log",
    "logs",
    "audit",
    "draft",
    "deleted",
    "old",
    "temp",
    "staging",
    "import",
    "event",
    "invoice",
    "order",
    "receipt",
    "payment",
    "transaction",
    "usage",
    "report",
    "booking",
];

/// Whether a column is called after a document of others, or one that goes out to them.
pub(super) fn of_others(name: &str) -> bool {
    const WORDS: [&str; 9] = [
        "headers", "payload", "raw", "request", "response", "body", "webhook", "snapshot", "event",
    ];
    of(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether a table is a log, which outlives what it speaks of.
pub(super) fn is_log(name: &str) -> bool {
    const LOGS: [&str; 7] = [
        "log", "logs", "audit", "history", "event", "events", "trail",
    ];
    of(name).iter().any(|word| LOGS.contains(&word.as_str()))
}

/// Whether a table records what was at a time.
pub(super) fn is_record(name: &str) -> bool {
    of(name).iter().any(|word| RECORDS.contains(&word.as_str()))
}

/// `unitPrice`, `unit_price` to `unit`, `price`; `imageURL` to `image`, `url`.
pub(super) fn of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before = ' ';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let inside = before.is_ascii_uppercase()
            && letters.peek().is_none_or(|next| !next.is_ascii_lowercase());
        if letter == '_' || letter.is_ascii_uppercase() && !inside {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut().filter(|_| letter != '_') {
            last.push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn names_fall_apart_at_their_words() {
        assert_eq!(of("unitPrice"), ["unit", "price"]);
        assert_eq!(of("unit_price"), ["unit", "price"]);
        assert_eq!(of("imageURL"), ["image", "url"]);
        assert_eq!(of("URLPath"), ["url", "path"]);
        assert_eq!(of("SavedWord"), ["saved", "word"]);
    }
}
