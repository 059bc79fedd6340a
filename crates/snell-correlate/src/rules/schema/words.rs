//! The words of a name, and what they say.

pub(super) use crate::support::name_words::split as of;

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
