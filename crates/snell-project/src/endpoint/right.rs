//! What a role or a permission is about.

use smol_str::SmolStr;

/// Words for what may be done, whatever it is done to.
const DEEDS: [&str; 17] = [
    "create", "add", "write", "read", "view", "get", "list", "show", "search", "update", "edit",
    "change", "patch", "delete", "remove", "own", "self",
];

/// What is left of a permission without what it lets one do: `account` of `updateAccount`,
/// `accounts:read`, `ACCOUNT_DELETE`.
#[must_use]
pub fn about(value: &str) -> Option<SmolStr> {
    let mut parts: Vec<String> = Vec::new();
    let mut last = ' ';
    for letter in value.chars() {
        let begins = letter.is_ascii_uppercase() && !last.is_ascii_uppercase();
        if letter.is_ascii_alphanumeric() {
            match parts.last_mut() {
                Some(part) if last.is_ascii_alphanumeric() && !begins => {
                    part.push(letter.to_ascii_lowercase());
                }
                _ => parts.push(letter.to_ascii_lowercase().to_string()),
            }
        }
        last = letter;
    }
    let about = parts.iter().filter(|part| !DEEDS.contains(&part.as_str()));
    let about: Vec<&str> = about
        .map(|part| part.strip_suffix('s').unwrap_or(part))
        .collect();
    (!about.is_empty()).then(|| about.join(" ").into())
}

#[cfg(test)]
mod tests {
    use super::about;

    #[test]
    fn what_one_may_do_is_left_out() {
        let of = |value| about(value).unwrap_or_default();
        assert_eq!(of("updateAccount"), "account");
        assert_eq!(of("accounts:read"), "account");
        assert_eq!(of("ACCOUNT_DELETE"), "account");
        assert_eq!(of("account.balance.list"), "account balance");
        assert_eq!(of("manager"), "manager");
        assert_eq!(about("read"), None);
    }
}
