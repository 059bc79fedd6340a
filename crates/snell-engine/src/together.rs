//! Findings of one rule about parts of one thing, told as one: who declares an enum for one column of a model does so
//! for the others, too. Which rules' findings are so, their metadata says; or a finding itself, which names its cause.
//! Findings of several rules with one cause are in `causes`.
//!
//! This is how findings are shown, by a check and in an audit. Comments, the configuration and the baseline know each part
//! by itself, so that what silences one of them says nothing of the others.

use std::collections::{BTreeMap, btree_map};

use snell_report::{Finding, Report};
use snell_source::{
    Diagnostic, FileId, Joined, Label, Location, Role, RuleMetadata, Severity, Sources,
};

use crate::causes;

mod words;

use words::{listed, parts, without_names};

/// Models of one file that make a habit.
const MANY: usize = 8;

/// Different things to do that stand with one finding; of more, their number does.
const HELPS: usize = 4;

/// Places of what a finding leads to that it shows.
const LED: usize = 8;

/// What findings have in common that are told as one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Common {
    rule: &'static str,
    joined: Joined,
    severity: Severity,
    /// Where it stands; nothing where a finding names its cause.
    file: Option<FileId>,
    /// The model, the class, the endpoint, the cause that a finding names; nothing where a place says what they share.
    whole: String,
    cause: Option<Location>,
    /// The message without its names: findings that say something else stand alone, unless they name their cause.
    words: String,
}

impl Common {
    /// Whether the findings name what they share.
    fn is_named(&self) -> bool {
        self.file.is_none()
    }
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
pub fn join(report: &mut Report, sources: &Sources) {
    causes::join(report, sources);
    let mut kept: Vec<Finding> = Vec::with_capacity(report.findings.len());
    // Where each of those stood.
    let mut stood: Vec<usize> = Vec::with_capacity(report.findings.len());
    let mut groups: BTreeMap<Common, Group> = BTreeMap::new();
    for (place, finding) in leads_first(std::mem::take(&mut report.findings)) {
        let Some((common, name)) = of(&finding) else {
            kept.push(finding);
            stood.push(place);
            continue;
        };
        let by_cause = common.joined == Joined::ByCause;
        let named = common.is_named();
        match groups.entry(common) {
            btree_map::Entry::Vacant(entry) => {
                let at = kept.len();
                entry.insert(Group {
                    at,
                    names: vec![name],
                });
                kept.push(finding);
                stood.push(place);
            }
            btree_map::Entry::Occupied(mut entry) => {
                let group = entry.get_mut();
                let first = &mut kept[group.at];
                if leads(first) {
                    keep_parts(first, &finding);
                    add_led(first, &finding);
                    continue;
                }
                let name = match named {
                    true => named_part(&first.parts()[0], &finding.diagnostic),
                    false => Some(name),
                };
                if let Some(name) = name.filter(|name| !group.names.contains(name)) {
                    group.names.push(name);
                }
                keep_parts(first, &finding);
                match (named, by_cause) {
                    (true, _) => add_named(first, finding),
                    (false, true) => add(first, place_of(finding)),
                    (false, false) => add(first, finding),
                }
            }
        }
    }
    let habits = habits(&groups, sources);
    for finding in &mut kept {
        say_how_many_more(finding);
    }
    for group in groups.values().filter(|group| group.names.len() > 1) {
        if !habits.iter().flatten().any(|at| *at == group.at) {
            let message = &mut kept[group.at].diagnostic.message;
            message.push_str(&format!("; likewise {}", listed(&group.names[1..])));
        }
    }
    let mut left: Vec<Option<Finding>> = kept.into_iter().map(Some).collect();
    with_habits(&mut left, &habits, sources);
    with_followers(&mut left, &groups);
    let mut left: Vec<(usize, Finding)> = stood
        .into_iter()
        .zip(left)
        .filter_map(|(place, finding)| Some((place, finding?)))
        .collect();
    left.sort_by_key(|(place, _)| *place);
    report.findings = left.into_iter().map(|(_, finding)| finding).collect();
}

/// Findings with their places, those that are their own cause first.
fn leads_first(findings: Vec<Finding>) -> Vec<(usize, Finding)> {
    let mut all: Vec<(usize, Finding)> = findings.into_iter().enumerate().collect();
    all.sort_by_key(|(place, finding)| (!leads(finding), *place));
    all
}

/// Whether a finding is what others of its rule come from: it names itself as their cause.
fn leads(finding: &Finding) -> bool {
    finding.diagnostic.cause.as_ref() == Some(&finding.diagnostic.subject)
}

/// Adds a finding to the one that it comes from, which says what to do: its place, while there are few.
fn add_led(first: &mut Finding, other: &Finding) {
    if first.diagnostic.labels.len() < LED {
        let own = other.diagnostic.primary();
        let (at, text) = (own.at, other.diagnostic.message.clone());
        let role = Role::Related;
        first.diagnostic.labels.push(Label { at, text, role });
    }
}

/// Findings of another rule with the cause of a finding, told with it where they are no worse.
fn with_followers(left: &mut [Option<Finding>], groups: &BTreeMap<Common, Group>) {
    let named = || groups.iter().filter(|(common, _)| common.is_named());
    let mut mains: BTreeMap<(&str, &str), Vec<(Severity, usize)>> = BTreeMap::new();
    for (common, group) in named().filter(|(common, _)| causes::is_followed(common.rule)) {
        let of_cause = mains.entry((common.rule, &common.whole)).or_default();
        of_cause.push((common.severity, group.at));
    }
    for (common, group) in named() {
        let Some((main, tells)) = causes::followed(common.rule) else {
            continue;
        };
        let of_cause = mains.get(&(main, &*common.whole));
        let mut of_cause = of_cause.into_iter().flatten();
        let Some((_, at)) = of_cause.find(|(severity, _)| *severity >= common.severity) else {
            continue;
        };
        let Some(other) = left[group.at].take() else {
            continue;
        };
        match &mut left[*at] {
            Some(first) => follow(first, other, tells),
            None => left[group.at] = Some(other),
        }
    }
}

/// Adds what another rule found of the same cause: its sentence, where that says more, and its places.
fn follow(first: &mut Finding, mut other: Finding, tells: bool) {
    keep_parts(first, &other);
    first.also.push(other.diagnostic.rule.name);
    if tells {
        let message = &mut first.diagnostic.message;
        message.push_str("; ");
        message.push_str(&other.diagnostic.message);
    } else if let Some(own) = other.diagnostic.labels.first_mut() {
        own.text = other.diagnostic.message.clone();
    }
    other.diagnostic.labels.retain(|label| {
        let mut known = first.diagnostic.labels.iter();
        known.all(|own| own.at != label.at)
    });
    first
        .diagnostic
        .labels
        .extend(other.diagnostic.labels.into_iter().map(|label| Label {
            role: Role::Related,
            ..label
        }));
    for text in other.diagnostic.help {
        if tells && !first.diagnostic.help.contains(&text) {
            first.diagnostic.help.push(text);
        }
    }
    say_how_many_more(first);
}

/// The findings that say the same of many models of one schema: where they stand, the first one first. A schema may be
/// several files of one folder.
fn habits(groups: &BTreeMap<Common, Group>, sources: &Sources) -> Vec<Vec<usize>> {
    let mut found: BTreeMap<(&str, Severity, &str, &str), Vec<usize>> = BTreeMap::new();
    for (common, group) in groups {
        if common.joined == Joined::AsHabit
            && let Some(file) = common.file
        {
            let key = (
                common.rule,
                common.severity,
                schema_of(sources, file),
                &*common.words,
            );
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

/// The folder of a schema's file; the file itself, where it is none.
fn schema_of(sources: &Sources, file: FileId) -> &str {
    let path = &sources.file(file).path;
    match path.parent() {
        Some(folder) if path.extension() == Some("prisma") => folder.as_str(),
        _ => path.as_str(),
    }
}

/// Makes one of the findings of a habit. It shows the columns; what lists the values of each is told of the first.
fn with_habits(left: &mut [Option<Finding>], habits: &[Vec<usize>], sources: &Sources) {
    for places in habits {
        let Some((first, others)) = places.split_first() else {
            continue;
        };
        let taken: Vec<Finding> = others.iter().filter_map(|at| left[*at].take()).collect();
        let Some(head) = &mut left[*first] else {
            continue;
        };
        let schema = schema_of(sources, head.diagnostic.primary().at.file);
        let message = &mut head.diagnostic.message;
        message.push_str(&format!(
            "; likewise columns of {} more models",
            taken.len()
        ));
        for mut other in taken {
            keep_parts(head, &other);
            let labels = &mut other.diagnostic.labels;
            labels.retain(|one| schema_of(sources, one.at.file) == schema);
            other.diagnostic.help.clear();
            add(head, other);
        }
    }
}

/// What a finding has in common with others, and the name of its part.
fn of(finding: &Finding) -> Option<(Common, String)> {
    let diagnostic = &finding.diagnostic;
    let RuleMetadata {
        name: rule, joined, ..
    } = *diagnostic.rule;
    if !finding.is_active() || !finding.fixes.is_empty() {
        return None;
    }
    if let Some(cause) = &diagnostic.cause {
        let common = Common {
            rule,
            joined: Joined::ByCause,
            severity: diagnostic.severity,
            file: None,
            whole: cause.clone(),
            cause: None,
            words: String::new(),
        };
        return Some((common, String::new()));
    }
    let joined = joined?;
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
        file: Some(cause.unwrap_or(diagnostic.primary().at).file),
        whole: whole.to_owned(),
        cause,
        words: without_names(&diagnostic.message),
    };
    Some((common, name.to_owned()))
}

/// The first name of a message that another one does not have: what tells the two findings apart.
fn other_name(first: &str, other: &str) -> Option<String> {
    let mut names = other.split('`').skip(1).step_by(2);
    let fresh = names.find(|name| !first.contains(&format!("`{name}`")));
    fresh.map(str::to_owned)
}

/// What tells a finding from the first one of its cause: the part that its subject names, else another name.
fn named_part(first: &Diagnostic, other: &Diagnostic) -> Option<String> {
    let own = parts(&first.subject);
    match parts(&other.subject).filter(|_| other.subject.contains(" field:")) {
        // The same field of another model is told by the model.
        Some((whole, name)) if own.is_none_or(|own| own.0 == whole) => {
            (own != Some((whole, name))).then(|| name.to_owned())
        }
        _ => other_name(&first.message, &other.message),
    }
}

/// What the rule said of another finding, for those who mend each by itself.
fn keep_parts(first: &mut Finding, other: &Finding) {
    if first.parts.is_empty() {
        first.parts.push(first.diagnostic.clone());
    }
    first.parts.extend(other.parts().iter().cloned());
    for rule in &other.also {
        if !first.also.contains(rule) {
            first.also.push(rule);
        }
    }
}

/// Adds a finding that names the same cause: where it is, and what to do there. Where both are at one place, the first of
/// its places that the other does not have tells it from that one.
fn add_named(first: &mut Finding, mut other: Finding) {
    let own = first.diagnostic.primary().at;
    let labels = &mut other.diagnostic.labels;
    if labels[0].at == own && labels.len() > 1 {
        let known = &mut first.diagnostic.labels;
        let mut others = labels.drain(1..);
        let fresh = others.find(|label| known.iter().all(|one| one.at != label.at));
        known.extend(fresh.map(|mut label| {
            label.text = other.diagnostic.message.clone();
            label
        }));
        drop(others);
        labels.clear();
    } else {
        labels.truncate(1);
    }
    // What weighs it is the same, or about its own place alone.
    other.diagnostic.notes.clear();
    add(first, other);
}

/// Of many different things to do the first ones stand, and how many more there are.
fn say_how_many_more(finding: &mut Finding) {
    let help = &mut finding.diagnostic.help;
    let more = help.len().saturating_sub(HELPS);
    if !finding.parts.is_empty() && more > 1 {
        help.truncate(HELPS);
        help.push(format!("{more} more are alike"));
    }
}

/// A finding that says no more than where it is: what leads there, and what mends it, is told of the first.
fn place_of(mut finding: Finding) -> Finding {
    finding.diagnostic.labels.truncate(1);
    finding.diagnostic.help.clear();
    finding
}

/// Adds another finding's places, and what it says that the first one does not.
fn add(first: &mut Finding, other: Finding) {
    let (to, from) = (&mut first.diagnostic, other.diagnostic);
    let mut labels = from.labels.into_iter();
    let same = first
        .parts
        .first()
        .is_some_and(|first| first.message == from.message);
    to.labels.extend(labels.next().map(|own| Label {
        role: Role::Related,
        text: if same { own.text } else { from.message },
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

#[cfg(test)]
mod tests {
    use snell_source::{Diagnostic, FileId, Location, Preset, RuleMetadata, Severity, Span};

    use super::{named_part, other_name};

    static RULE: RuleMetadata = RuleMetadata {
        name: "schema/tested",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "",
        page: "",
        since: "0.1.0",
        joined: None,
    };

    #[test]
    fn a_field_of_another_model_is_told_by_its_model() {
        let of = |model: &str, field: &str| {
            let at = Location::new(FileId::default(), Span::default());
            Diagnostic::at(&RULE, at, format!("`{model}.{field}` is free"))
                .subject(format!("model:{model} field:{field}"))
        };
        let first = of("Note", "tongue");
        let named = |other: &Diagnostic| named_part(&first, other);
        assert_eq!(named(&of("Note", "kind")).as_deref(), Some("kind"));
        assert_eq!(named(&of("Card", "tongue")).as_deref(), Some("Card.tongue"));
        assert_eq!(named(&first), None);
    }

    #[test]
    fn what_is_another_name_tells_findings_apart() {
        let first = "table `a` has no column `b`";
        let other = other_name(first, "table `a` has no column `c`");
        assert_eq!(other.as_deref(), Some("c"));
        assert_eq!(other_name(first, first), None);
    }
}
