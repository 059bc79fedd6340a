//! The words that names of models and fields are made of.

/// The words of a name in lower case, each in the singular: `UserApiKeys` and
/// `user_api_keys` are `user`, `api`, `key`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (n, letter) in letters.iter().enumerate() {
        let before = n.checked_sub(1).map(|n| letters[n]);
        let after = letters.get(n + 1);
        // `APIKey` is `API` and `Key`.
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_uppercase() && after.is_some_and(|c| c.is_lowercase())
            });
        if starts || !letter.is_alphabetic() {
            found.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
        }
        if letter.is_alphabetic() {
            word.extend(letter.to_lowercase());
        }
    }
    found.extend(Some(word).filter(|word| !word.is_empty()));
    found.into_iter().map(singular).collect()
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
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_fall_into_their_words() {
        assert_eq!(words("UserAPIKeys"), ["user", "api", "key"]);
        assert_eq!(words("agent_memories"), ["agent", "memory"]);
        assert_eq!(words("status"), ["status"]);
        assert_eq!(words("Log2"), ["log"]);
    }
}
