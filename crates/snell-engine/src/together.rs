//! Findings of one rule about parts of one thing, told as one: who declares an enum for one column of a model does so
//! for the others, too. Which rules' findings are so, their metadata says.
//!
//! This is how findings are shown. Comments, the configuration and the baseline know each part by itself, so that what
//! silences one of them says nothing of the others.

use std::collections::{BTreeMap, btree_map};

use snell_report::{Finding, Report};
use snell_source::{FileId, Joined, Label, Location, Role, RuleMetadata, Severity};

/// Models of one file that make a habit.
const MANY: usize = 8;

/// Names that the message of several findings holds.
const NAMED: usize = 5;

/// What findings have in common that are told as one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Common {
    rule: &'static str,
    joined: Joined,
    severity: Severity,
    file: FileId,
    /// The model, the class, the endpoint; nothing where `cause` says what they share.
    whole: String,
    cause: Option<Location>,
    /// The message without its names: findings that say something else stand alone.
    words: String,
}

/// Findings that were joined into one of those that are kept.
struct Group {
    /// Where that one stands.
    at: usize,
    /// The name of its part, and those of the others.
    names: Vec<String>,
}

/// Joins the findings that count. The first one stands for all: it keeps its fingerprint and its subject, the places of
/// the others follow its own.
pub fn join(report: &mut Report) {
    let mut kept: Vec<Finding> = Vec::with_capacity(report.findings.len());
    let mut groups: BTreeMap<Common, Group> = BTreeMap::new();
    for finding in std::mem::take(&mut report.findings) {
        let Some((common, name)) = of(&finding) else {
            kept.push(finding);
            continue;
        };
        let by_cause = common.joined == Joined::ByCause;
        match groups.entry(common) {
            btree_map::Entry::Vacant(entry) => {
                let at = kept.len();
                entry.insert(Group {
                    at,
                    names: vec![name],
                });
                kept.push(finding);
            }
            btree_map::Entry::Occupied(mut entry) => {
                let group = entry.get_mut();
                if !group.names.contains(&name) {
                    group.names.push(name);
                }
                add(
                    &mut kept[group.at],
                    if by_cause { place_of(finding) } else { finding },
                );
            }
        }
    }
    let habits = habits(&groups);
    for group in groups.values().filter(|group| group.names.len() > 1) {
        if !habits.iter().flatten().any(|at| *at == group.at) {
            let message = &mut kept[group.at].diagnostic.message;
            message.push_str(&format!("; likewise {}", listed(&group.names[1..])));
        }
    }
    report.findings = with_habits(kept, &habits);
}

/// The findings that say the same of many models of one file: where they stand, the first one first.
fn habits(groups: &BTreeMap<Common, Group>) -> Vec<Vec<usize>> {
    let mut found: BTreeMap<(&str, Severity, FileId, &str), Vec<usize>> = BTreeMap::new();
    for (common, group) in groups {
        if common.joined == Joined::AsHabit {
            let key = (common.rule, common.severity, common.file, &*common.words);
            found.entry(key).or_default().push(group.at);
        }
    }
    let mut many: Vec<Vec<usize>> = found.into_values().collect();
    many.retain(|places| places.len() >= MANY);
    for places in &mut many {
        places.sort_unstable();
    }
    many
}

/// The findings, where those of a habit are one. It shows the columns; what lists the values of each is told of the first.
fn with_habits(kept: Vec<Finding>, habits: &[Vec<usize>]) -> Vec<Finding> {
    let mut left: Vec<Option<Finding>> = kept.into_iter().map(Some).collect();
    for places in habits {
        let Some((first, others)) = places.split_first() else {
            continue;
        };
        let taken: Vec<Finding> = others.iter().filter_map(|at| left[*at].take()).collect();
        let Some(head) = &mut left[*first] else {
            continue;
        };
        let file = head.diagnostic.primary().at.file;
        let message = &mut head.diagnostic.message;
        message.push_str(&format!(
            "; likewise columns of {} more models",
            taken.len()
        ));
        for mut other in taken {
            other.diagnostic.labels.retain(|one| one.at.file == file);
            other.diagnostic.help.clear();
            add(head, other);
        }
    }
    left.into_iter().flatten().collect()
}

/// What a finding has in common with others, and the name of its part.
fn of(finding: &Finding) -> Option<(Common, String)> {
    let diagnostic = &finding.diagnostic;
    let RuleMetadata {
        name: rule, joined, ..
    } = *diagnostic.rule;
    let joined = joined?;
    if !finding.is_active() || !finding.fixes.is_empty() {
        return None;
    }
    let cause = match joined {
        Joined::ByCause => Some(diagnostic.labels.last()?.at),
        Joined::ByWhole | Joined::AsHabit => None,
    };
    let (whole, name) = match cause {
        // `query:Users.list user.findMany`: the function.
        Some(_) => {
            let name = diagnostic.subject.split_once(':')?.1;
            ("", name.split(' ').next().unwrap_or(name))
        }
        None => parts(&diagnostic.subject)?,
    };
    let common = Common {
        rule,
        joined,
        severity: diagnostic.severity,
        file: cause.unwrap_or(diagnostic.primary().at).file,
        whole: whole.to_owned(),
        cause,
        words: without_names(&diagnostic.message),
    };
    Some((common, name.to_owned()))
}

/// A finding that says no more than where it is: what leads there, and what mends it, is told of the first.
fn place_of(mut finding: Finding) -> Finding {
    finding.diagnostic.labels.truncate(1);
    finding.diagnostic.help.clear();
    finding
}

/// A subject's whole and part: `model:User field:name from:title`, `field:User.name`, `class:CreateDto sent:name`,
/// `GET /users User.name`, ``raw:list $queryRaw: `name` may be `null` ``.
fn parts(subject: &str) -> Option<(&str, &str)> {
    let word = |rest: &'_ str| rest.find(' ').unwrap_or(rest.len());
    for key in [" field:", " column:", " sent:"] {
        if let Some((whole, rest)) = subject.split_once(key) {
            return Some((whole, &rest[..word(rest)]));
        }
    }
    if subject.starts_with("raw:")
        && let Some((whole, rest)) = subject.split_once(": `")
    {
        return Some((whole, rest.split_once('`')?.0));
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
        let column = parts("raw:list $queryRaw: `name` may be `null`");
        assert_eq!(column, Some(("raw:list $queryRaw", "name")));
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
