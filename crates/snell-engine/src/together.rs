//! Findings of one rule about parts of one thing, told as one: who declares an enum for one column of a model does so
//! for the others, too.
//!
//! This is how findings are shown. Comments, the configuration and the baseline know each part by itself, so that what
//! silences one of them says nothing of the others.

use std::collections::{BTreeMap, btree_map};

use snell_report::{Finding, Report};
use snell_source::{FileId, Label, Role, Severity};

/// The rules whose findings about one model, class or endpoint are mended in one go, by hand. What a fix can remove is
/// told by itself.
const TOGETHER: [&str; 13] = [
    "consistency/cast-hides-mismatch",
    "consistency/dto-missing-field",
    "consistency/dto-type-mismatch",
    "consistency/dto-validator-mismatch",
    "consistency/length-mismatch",
    "consistency/never-written-field",
    "consistency/response-mismatch",
    "consistency/schema-migration-drift",
    "consistency/unused-field",
    "consistency/write-only-field",
    "integrity/enum-like-string",
    "integrity/missing-foreign-key",
    "schema/float-for-money",
];

/// Names that the message of several findings holds.
const NAMED: usize = 5;

/// What findings have in common that are told as one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Common {
    rule: &'static str,
    severity: Severity,
    file: FileId,
    /// The model, the class, the endpoint.
    whole: String,
    /// The message without its names: findings that say something else stand alone.
    words: String,
}

/// Joins the findings that count. The first one stands for all: it keeps its fingerprint and its subject, the places of
/// the others follow its own.
pub fn join(report: &mut Report) {
    let mut kept: Vec<Finding> = Vec::with_capacity(report.findings.len());
    let mut first: BTreeMap<Common, (usize, String, Vec<String>)> = BTreeMap::new();
    for finding in std::mem::take(&mut report.findings) {
        let Some((common, name)) = of(&finding) else {
            kept.push(finding);
            continue;
        };
        match first.entry(common) {
            btree_map::Entry::Vacant(entry) => {
                entry.insert((kept.len(), name, Vec::new()));
                kept.push(finding);
            }
            btree_map::Entry::Occupied(mut entry) => {
                let (at, own, others) = entry.get_mut();
                if name != *own && !others.contains(&name) {
                    others.push(name);
                }
                add(&mut kept[*at], finding);
            }
        }
    }
    for (at, _, others) in first.into_values() {
        if !others.is_empty() {
            let message = &mut kept[at].diagnostic.message;
            message.push_str(&format!("; likewise {}", listed(&others)));
        }
    }
    report.findings = kept;
}

/// What a finding has in common with others, and the name of its part.
fn of(finding: &Finding) -> Option<(Common, String)> {
    let diagnostic = &finding.diagnostic;
    let rule = diagnostic.rule.name;
    if !TOGETHER.contains(&rule) || !finding.is_active() || !finding.fixes.is_empty() {
        return None;
    }
    let (whole, name) = parts(&diagnostic.subject)?;
    let common = Common {
        rule,
        severity: diagnostic.severity,
        file: diagnostic.primary().at.file,
        whole: whole.to_owned(),
        words: without_names(&diagnostic.message),
    };
    Some((common, name.to_owned()))
}

/// A subject's whole and part: `model:User field:name from:title`, `field:User.name`, `class:CreateDto sent:name`,
/// `GET /users User.name`.
fn parts(subject: &str) -> Option<(&str, &str)> {
    let word = |rest: &'_ str| rest.find(' ').unwrap_or(rest.len());
    for key in [" field:", " column:", " sent:"] {
        if let Some((whole, rest)) = subject.split_once(key) {
            return Some((whole, &rest[..word(rest)]));
        }
    }
    let (whole, name) = subject.rsplit_once('.')?;
    let known = whole.starts_with("field:") || whole.contains(" /");
    (known && !name.contains(' ')).then_some((whole, name))
}

/// A message with its names and numbers taken out.
fn without_names(message: &str) -> String {
    let outside = message.split('`').step_by(2);
    let words: Vec<&str> = outside.collect();
    words.join("`").replace(|c: char| c.is_ascii_digit(), "")
}

/// Adds another finding's places, and what it says that the first one does not.
fn add(first: &mut Finding, other: Finding) {
    let (to, from) = (&mut first.diagnostic, other.diagnostic);
    let mut labels = from.labels.into_iter();
    to.labels.extend(labels.next().map(|own| Label {
        role: Role::Related,
        text: from.message,
        ..own
    }));
    let news: Vec<Label> = labels
        .filter(|one| to.labels.iter().all(|known| known.at != one.at))
        .collect();
    to.labels.extend(news);
    to.confidence = to.confidence.min(from.confidence);
    for (known, more) in [(&mut to.help, from.help), (&mut to.notes, from.notes)] {
        for text in more {
            if !known.contains(&text) {
                known.push(text);
            }
        }
    }
    to.secrets.extend(from.secrets);
}

/// Names as a list in a sentence.
fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > NAMED {
        shown.push(format!("{} more", names.len() - NAMED));
    }
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{listed, parts, without_names};

    #[test]
    fn subjects_name_a_part_of_a_whole() {
        let model = parts("model:User field:name from:title");
        assert_eq!(model, Some(("model:User", "name")));
        assert_eq!(parts("field:User.name"), Some(("field:User", "name")));
        let class = parts("class:CreateDto sent:name");
        assert_eq!(class, Some(("class:CreateDto", "name")));
        let endpoint = parts("GET /users User.name");
        assert_eq!(endpoint, Some(("GET /users User", "name")));
        assert_eq!(parts("model:User"), None);
        assert_eq!(parts("query:UserService.list#1"), None);
    }

    #[test]
    fn messages_differ_by_their_words() {
        let free = "`A.b` is a free `String`, but the code only knows 2 values";
        let other = "`A.c` is a free `String`, but the code only knows 17 values";
        assert_eq!(without_names(free), without_names(other));
        let comment = "`A.c` is a free `String`, but its comment lists 2 values";
        assert_ne!(without_names(free), without_names(comment));
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = ["a", "b", "c", "d", "e", "f", "g"]
            .map(str::to_owned)
            .into();
        assert_eq!(listed(&names[..1]), "`a`");
        assert_eq!(listed(&names[..2]), "`a` and `b`");
        assert_eq!(listed(&names), "`a`, `b`, `c`, `d`, `e` and 2 more");
    }
}
