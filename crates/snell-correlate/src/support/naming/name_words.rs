//! The words that names of models and fields are made of.

/// The words of a name as they stand, in small letters: those of `userID`, `user_id` and `UserId`
/// are two, and so are those of `APIKey`. A digit belongs to the word before it.
pub(crate) fn split(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let letters: Vec<char> = name.chars().collect();
    for (n, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = n.checked_sub(1).map(|n| letters[n]);
        let after = letters.get(n + 1);
        let ends_lower = before.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit());
        // The last capital of `HTTPServer` begins a word.
        let begins =
            before.is_some_and(char::is_uppercase) && after.is_some_and(|c| c.is_lowercase());
        if words.is_empty() || letter.is_uppercase() && (ends_lower || begins) {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut() {
            last.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The words of a name in lower case, each in the singular and without digits: `UserApiKeys` and
/// `user_api_keys` are `user`, `api`, `key`.
pub(crate) fn words(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphabetic())
        .flat_map(split)
        .map(singular)
        .collect()
}

/// Whether one of a name's words is one of these.
pub(crate) fn has_word(name: &str, wanted: &[&str]) -> bool {
    words(name)
        .iter()
        .any(|word| wanted.contains(&word.as_str()))
}

fn singular(word: String) -> String {
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    if let Some(stem) = word.strip_suffix("yses") {
        return format!("{stem}ysis");
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::{split, words};

    #[test]
    fn names_fall_into_their_words() {
        assert_eq!(words("UserAPIKeys"), ["user", "api", "key"]);
        assert_eq!(words("agent_memories"), ["agent", "memory"]);
        assert_eq!(words("status"), ["status"]);
        assert_eq!(words("text_analyses"), words("textAnalysis"));
        assert_eq!(words("Log2"), ["log"]);
    }

    #[test]
    fn names_fall_apart_where_a_word_begins() {
        assert_eq!(split("unitPrice"), ["unit", "price"]);
        assert_eq!(split("unit_price"), ["unit", "price"]);
        assert_eq!(split("imageURL"), ["image", "url"]);
        assert_eq!(split("HTTPServerId"), ["http", "server", "id"]);
        assert_eq!(split("SavedWord"), ["saved", "word"]);
        assert_eq!(split("step2Hint"), ["step2", "hint"]);
        assert_eq!(split("last-seen_at"), ["last", "seen", "at"]);
    }
}
