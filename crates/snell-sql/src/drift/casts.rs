//! Which types PostgreSQL casts to which others.

/// Types of which PostgreSQL casts each to the others when it is told the new one alone.
const FAMILIES: [&[&str]; 4] = [
    &[
        "smallint", "integer", "bigint", "numeric", "decimal", "real", "double",
    ],
    &["timestamp", "timestamptz", "date"],
    &["json", "jsonb"],
    &["bit", "varbit"],
];

/// Types that any other is cast to, and that are cast to any other.
const TEXTS: [&str; 7] = [
    "text",
    "varchar",
    "character",
    "char",
    "bpchar",
    "citext",
    "name",
];

/// The first word of a type, and whether it is of lists.
fn head(text: &str) -> (String, bool) {
    let one = text.trim_end_matches("[]");
    let end = one.find(['(', ' ']).unwrap_or(one.len());
    (one[..end].to_ascii_lowercase(), text.ends_with("[]"))
}

fn of_one_family(old: &str, new: &str) -> bool {
    let mut families = FAMILIES.iter();
    families.any(|family| family.contains(&old) && family.contains(&new))
}

/// Whether PostgreSQL casts a column of one type to another when it is told the new one alone.
pub(super) fn by_itself(old: &str, new: &str) -> bool {
    let ((old, of_lists), (new, to_lists)) = (head(old), head(new));
    of_lists == to_lists
        && (old == new || TEXTS.contains(&new.as_str()) || of_one_family(&old, &new))
}

/// Whether there is a cast at all: a key of 16 bytes is no number, and a number no moment
/// (<https://www.postgresql.org/docs/current/sql-createcast.html>).
pub(super) fn is_there(old: &str, new: &str) -> bool {
    const ALONE: [&str; 2] = ["uuid", "bytea"];
    let ((old, of_lists), (new, to_lists)) = (head(old), head(new));
    let (old, new) = (old.as_str(), new.as_str());
    let by_words = TEXTS.contains(&old) || TEXTS.contains(&new);
    let family = |name: &str| FAMILIES.iter().position(|family| family.contains(&name));
    let strange = match (family(old), family(new)) {
        (Some(own), Some(other)) => own != other,
        _ => false,
    };
    let alone = old != new && (ALONE.contains(&old) || ALONE.contains(&new));
    of_lists != to_lists || by_words || !strange && !alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_16_bytes_are_no_numbers() {
        assert!(!is_there("uuid", "integer"));
        assert!(!is_there("integer", "uuid"));
        assert!(is_there("text", "uuid"));
        assert!(is_there("uuid", "text"));
        assert!(!is_there("integer", "timestamp(3)"));
        assert!(is_there("integer", "numeric(10,2)"));
    }

    #[test]
    fn some_casts_need_no_word() {
        assert!(by_itself("integer", "bigint"));
        assert!(by_itself("uuid", "text"));
        assert!(!by_itself("text", "integer"));
        assert!(!by_itself("text[]", "text"));
    }
}
