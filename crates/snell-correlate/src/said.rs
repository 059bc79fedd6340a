//! Findings in words as people say them: names and numbers come into sentences that are written
//! before anybody knows how they begin and how many there are.

use snell_source::Diagnostic;

/// The finding with its articles and its plurals.
pub(crate) fn said(mut diagnostic: Diagnostic) -> Diagnostic {
    let texts = std::iter::once(&mut diagnostic.message)
        .chain(diagnostic.labels.iter_mut().map(|label| &mut label.text))
        .chain(&mut diagnostic.help)
        .chain(&mut diagnostic.notes);
    for text in texts {
        if text.contains("a `") {
            *text = articles(text);
        }
        for head in ONE {
            if let Some(at) = text.find(head) {
                *text = singular(text, at, head);
            }
        }
    }
    diagnostic
}

/// `an` in the place of `a` before a name that begins with a vowel.
fn articles(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut rest = text;
    while let Some(at) = rest.find("a `") {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        let is_word = !before[..at].ends_with(|c: char| c.is_alphanumeric() || c == '`');
        let name = after[2..].chars().next().unwrap_or_default();
        if is_word && matches!(name, 'A' | 'E' | 'I' | 'O' | 'a' | 'e' | 'i' | 'o') {
            out.push('n');
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What comes before a word that is one of several, in numbers.
const ONE: [&str; 3] = ["1 more ", "1 other ", "1 further "];

/// Verbs of what is told of several, and of one.
const VERBS: [(&str, &str); 7] = [
    ("are", "is"),
    ("do", "does"),
    ("ask", "asks"),
    ("use", "uses"),
    ("fail", "fails"),
    ("grow", "grows"),
    ("search", "searches"),
];

/// `1 more place asks` for `1 more places ask`.
fn singular(text: &str, at: usize, head: &str) -> String {
    let (before, rest) = text.split_at(at);
    let after = &rest[head.len()..];
    let end = after.find(|c: char| !c.is_ascii_lowercase());
    let (noun, rest) = after.split_at(end.unwrap_or(after.len()));
    let many = noun.ends_with('s') && !noun.ends_with("ss");
    if !many || before.ends_with(|c: char| c.is_alphanumeric() || c == '.') {
        return text.to_owned();
    }
    let one = if let Some(stem) = noun.strip_suffix("ies") {
        format!("{stem}y")
    } else if let Some(stem) = noun.strip_suffix("xes") {
        format!("{stem}x")
    } else {
        noun.trim_end_matches('s').to_owned()
    };
    let mut rest = rest.to_owned();
    // It is the subject of the sentence.
    if before.is_empty() {
        let words: Vec<&str> = rest.split(' ').collect();
        let verb = words
            .iter()
            .position(|word| VERBS.iter().any(|(many, _)| many == word));
        if let Some(at) = verb {
            let mut words = words;
            let (_, one) = VERBS
                .iter()
                .find(|(many, _)| *many == words[at])
                .unwrap_or(&VERBS[0]);
            words[at] = one;
            rest = words.join(" ");
        }
    }
    format!("{before}{head}{one}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_vowel_have_their_article() {
        assert_eq!(
            articles("deleting a `Agent` of a `User` takes a `id`"),
            "deleting an `Agent` of a `User` takes an `id`"
        );
        assert_eq!(articles("`a `Agent` data `a`"), "`a `Agent` data `a`");
    }

    #[test]
    fn one_is_not_many() {
        let one = |text: &str| {
            let (at, head) = ONE
                .iter()
                .find_map(|head| Some((text.find(head)?, *head)))
                .expect("a number");
            singular(text, at, head)
        };
        assert_eq!(
            one("old rows of `A` and 1 more tables stay among the new ones"),
            "old rows of `A` and 1 more table stay among the new ones"
        );
        assert_eq!(
            one("1 more statements of this file fail"),
            "1 more statement of this file fails"
        );
        assert_eq!(one("`A` and 1 other indexes"), "`A` and 1 other index");
        assert_eq!(one("11 more places ask"), "11 more places ask");
    }
}
