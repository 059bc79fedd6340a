//! How names are written.

use std::fmt;

use crate::support::name_words::split;

/// A way to write names of several words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Case {
    /// `UserProfile`
    Pascal,
    /// `userProfile`
    Camel,
    /// `user_profile`
    Snake,
    /// `USER_PROFILE`
    Upper,
    /// `user-profile`
    Kebab,
}

impl Case {
    /// All of them.
    pub(crate) const ALL: [Case; 5] = [
        Case::Pascal,
        Case::Camel,
        Case::Snake,
        Case::Upper,
        Case::Kebab,
    ];

    /// The case of this name, as the configuration and findings write it.
    #[must_use]
    pub fn named(name: &str) -> Option<Case> {
        Case::ALL.into_iter().find(|case| case.to_string() == name)
    }

    /// The case of a name of which it can be told: `note` may be of several.
    pub(crate) fn of(name: &str) -> Option<Case> {
        let name = name.trim_matches('_');
        let has = |is: fn(char) -> bool| name.chars().any(is);
        let starts_upper = name.starts_with(|c: char| c.is_uppercase());
        let (upper, lower) = (has(char::is_uppercase), has(char::is_lowercase));
        let (snake, kebab) = (name.contains('_'), name.contains('-'));
        match (snake, kebab, upper, lower) {
            (false, true, false, _) => Some(Case::Kebab),
            (true, false, false, true) => Some(Case::Snake),
            (_, false, true, false) if name.chars().count() > 1 => Some(Case::Upper),
            (false, false, true, true) if starts_upper => Some(Case::Pascal),
            (false, false, true, true) => Some(Case::Camel),
            _ => None,
        }
    }

    /// Whether a name may be of this case.
    #[must_use]
    pub fn fits(self, name: &str) -> bool {
        let plain = name.trim_matches('_');
        match Case::of(name) {
            Some(own) if own == self => true,
            // `API` as a type, `ID` as a column.
            Some(Case::Upper) => {
                self == Case::Pascal && plain.len() <= SHORT && !plain.contains('_')
            }
            Some(_) => false,
            // One word, or a mixture: `user_Id` is of none.
            None => {
                let is_word = plain
                    .chars()
                    .all(|c| c.is_lowercase() || !c.is_alphabetic());
                let is_letter = plain.chars().count() <= 1;
                let mixed = plain.contains('_') || plain.contains('-');
                match self {
                    Case::Camel | Case::Snake | Case::Kebab => is_word && !mixed,
                    Case::Pascal | Case::Upper => is_letter && !is_word,
                }
            }
        }
    }

    /// A name written in this case.
    pub(crate) fn write(self, name: &str) -> String {
        let words = split(name);
        let capital = |word: &String| {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters).collect::<String>()
        };
        match self {
            Case::Snake => words.join("_"),
            Case::Kebab => words.join("-"),
            Case::Upper => words.join("_").to_uppercase(),
            Case::Pascal => words.iter().map(capital).collect(),
            Case::Camel => {
                let (first, rest) = words.split_at(words.len().min(1));
                first
                    .iter()
                    .cloned()
                    .chain(rest.iter().map(capital))
                    .collect()
            }
        }
    }
}

/// Abbreviations are at most this long.
const SHORT: usize = 4;

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Case::Pascal => "PascalCase",
            Case::Camel => "camelCase",
            Case::Snake => "snake_case",
            Case::Upper => "UPPER_CASE",
            Case::Kebab => "kebab-case",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[test]
    fn cases_are_told_by_their_marks() {
        assert_eq!(Case::of("userId"), Some(Case::Camel));
        assert_eq!(Case::of("user_id"), Some(Case::Snake));
        assert_eq!(Case::of("UserId"), Some(Case::Pascal));
        assert_eq!(Case::of("USER_ID"), Some(Case::Upper));
        assert_eq!(Case::of("user"), None);
        assert!(Case::Camel.fits("user") && Case::Snake.fits("user"));
        assert!(!Case::Pascal.fits("user") && Case::Pascal.fits("API"));
        assert!(!Case::Snake.fits("user_Id") && !Case::Snake.fits("User"));
    }

    #[test]
    fn names_are_written_anew() {
        assert_eq!(Case::Snake.write("userID"), "user_id");
        assert_eq!(Case::Pascal.write("user_profile"), "UserProfile");
        assert_eq!(Case::Camel.write("User_profile"), "userProfile");
        assert_eq!(Case::Upper.write("readOnly"), "READ_ONLY");
    }
}
