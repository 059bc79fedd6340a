//! The page of findings: by rule, worst first, each with the lines that make it one.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use snell_source::{Confidence, Severity, Sources};

use super::{frame, tags::Html};
use crate::{Finding, Tool, render::place::Place};

/// A finding as a page shows it.
pub(crate) struct Entry<'a> {
    /// The finding.
    pub(crate) finding: &'a Finding,
    /// Its name on the page.
    pub(crate) id: String,
    /// What else the page knows of it.
    pub(crate) more: More<'a>,
}

/// What an audit knows of a finding beyond its diagnostic.
#[derive(Default)]
pub(crate) struct More<'a> {
    /// The number and name of its area.
    pub(crate) area: Option<(usize, &'static str)>,
    /// The phase of the plan.
    pub(crate) phase: Option<usize>,
    /// `S (2 places in 1 file)`
    pub(crate) effort: Option<String>,
    /// What is to be done, where that is not what the diagnostic says.
    pub(crate) help: Option<&'a [String]>,
    /// What is said of all findings of its rule: name and words.
    pub(crate) advice: Vec<(&'static str, String)>,
    /// Remarks beyond those of the diagnostic.
    pub(crate) remarks: Vec<&'static str>,
    /// Places of the page that it is about: id and words.
    pub(crate) about: Vec<(String, String)>,
}

impl Entry<'_> {
    fn severity(&self) -> Severity {
        self.finding.diagnostic.severity
    }
}

/// The page's filters, and the findings.
pub(crate) fn write(out: &mut Html, entries: &[Entry<'_>], sources: &Sources, tool: &Tool) {
    if entries.is_empty() {
        out.leaf("p", &[("class", "calm")], "Nothing was found.");
        return;
    }
    filters(out, entries, sources);
    let mut rules: BTreeMap<&str, Vec<&Entry<'_>>> = BTreeMap::new();
    for entry in entries {
        rules
            .entry(entry.finding.diagnostic.rule.name)
            .or_default()
            .push(entry);
    }
    let mut rules: Vec<Vec<&Entry<'_>>> = rules.into_values().collect();
    for findings in &mut rules {
        findings.sort_by_cached_key(|entry| {
            let diagnostic = &entry.finding.diagnostic;
            let place = Place::of(sources, diagnostic.primary().at);
            let at = (place.file.to_owned(), place.line, place.column);
            (Reverse((diagnostic.severity, diagnostic.confidence)), at)
        });
    }
    rules.sort_by_cached_key(|findings| {
        let count = |wanted: Severity| {
            findings
                .iter()
                .filter(|one| one.severity() == wanted)
                .count()
        };
        let counts = Severity::WORST_FIRST.map(count);
        let first = &findings[0].finding.diagnostic;
        let worst = counts.iter().position(|count| *count > 0);
        (
            worst,
            Reverse(first.confidence),
            Reverse(counts),
            first.rule.name,
        )
    });
    for findings in rules {
        rule(out, &findings, sources, tool);
    }
    out.leaf(
        "p",
        &[("class", "none calm"), ("hidden", "")],
        "No finding passes the filters.",
    );
}

/// One rule: what is said of all its findings, then these.
fn rule(out: &mut Html, findings: &[&Entry<'_>], sources: &Sources, tool: &Tool) {
    let first = findings[0];
    let metadata = first.finding.diagnostic.rule;
    out.open("section", &[("class", "rule")]);
    out.open("h3", &[]);
    out.prose(&capital(metadata.summary));
    if findings.len() > 1 {
        out.text(" ");
        out.leaf("span", &[("class", "n")], &findings.len().to_string());
    }
    out.close();
    out.open("p", &[("class", "sub")]);
    out.leaf(
        "a",
        &[
            ("href", &tool.docs_url(metadata.name)),
            ("rel", "noreferrer"),
        ],
        metadata.name,
    );
    if let Some((_, area)) = first.more.area {
        out.text(&format!(" \u{b7} {area}"));
    }
    out.close();
    out.open("details", &[("class", "why")]);
    out.leaf("summary", &[], "Why it matters, and how it is mended");
    out.open("dl", &[]);
    for (name, words) in &first.more.advice {
        out.leaf("dt", &[], name);
        out.words("dd", &[], &capital(words));
    }
    out.close();
    out.close();
    for entry in findings {
        one(out, entry, sources);
    }
    out.close();
}

/// One finding, folded.
fn one(out: &mut Html, entry: &Entry<'_>, sources: &Sources) {
    let diagnostic = &entry.finding.diagnostic;
    let place = Place::of(sources, diagnostic.primary().at);
    let (area, phase) = (
        entry
            .more
            .area
            .map_or_else(String::new, |(n, _)| n.to_string()),
        entry.more.phase.map_or_else(String::new, |n| n.to_string()),
    );
    let state = if entry.finding.is_active() {
        ""
    } else {
        "silent"
    };
    out.open(
        "details",
        &[
            ("class", "finding"),
            ("id", &entry.id),
            ("data-severity", diagnostic.severity.as_str()),
            ("data-confidence", diagnostic.confidence.as_str()),
            ("data-category", diagnostic.rule.category()),
            ("data-area", &area),
            ("data-phase", &phase),
            ("data-state", state),
        ],
    );
    out.open("summary", &[]);
    severity(out, diagnostic.severity);
    out.words("span", &[("class", "message")], &diagnostic.message);
    out.open("span", &[("class", "whence")]);
    out.leaf("span", &[("class", "id")], &entry.id);
    let name = place.file.rsplit('/').next().unwrap_or(place.file);
    out.leaf("span", &[], &format!("{name}:{}", place.line));
    out.close();
    out.close();
    out.open("div", &[("class", "body")]);
    facts(out, entry);
    frame::frames(out, &diagnostic.labels, sources);
    remarks(out, entry);
    out.close();
    out.close();
}

/// Severity, confidence, effort, phase, and what it is about.
fn facts(out: &mut Html, entry: &Entry<'_>) {
    let diagnostic = &entry.finding.diagnostic;
    out.open("p", &[("class", "facts")]);
    out.leaf(
        "span",
        &[],
        &format!(
            "{}, {}",
            diagnostic.severity.as_str(),
            diagnostic.confidence.as_str()
        ),
    );
    if let Some(effort) = &entry.more.effort {
        out.leaf("span", &[], &format!("effort {effort}"));
    }
    if let Some(phase) = entry.more.phase {
        out.open("span", &[]);
        out.link(&format!("phase-{phase}"), &format!("phase {phase}"));
        out.close();
    }
    for (id, words) in &entry.more.about {
        out.open("span", &[]);
        out.link(id, words);
        out.close();
    }
    out.close();
}

/// What to do, and what else is to be known.
fn remarks(out: &mut Html, entry: &Entry<'_>) {
    let diagnostic = &entry.finding.diagnostic;
    let mut remark = |kind: &'static str, head: &str, words: &str| {
        out.open("div", &[("class", kind)]);
        out.leaf("strong", &[], head);
        out.text(" ");
        out.words("span", &[], words);
        out.close();
    };
    for help in entry.more.help.unwrap_or(&diagnostic.help) {
        remark("help", "Do", help);
    }
    for note in &diagnostic.notes {
        remark("note", "Note", note);
    }
    for words in &entry.more.remarks {
        remark("note", "Note", words);
    }
    match &entry.finding.suppressed {
        Some(suppression) => {
            let reason = suppression.reason.as_deref().unwrap_or("no reason given");
            remark("note", "Suppressed", reason);
        }
        None if entry.finding.baselined => remark("note", "Accepted", "it is in the baseline"),
        None => {}
    }
}

/// A severity as a word on its colour.
pub(crate) fn severity(out: &mut Html, severity: Severity) {
    let class = match severity {
        Severity::Critical => "sev critical",
        Severity::High => "sev high",
        Severity::Medium => "sev medium",
        Severity::Low => "sev low",
        Severity::Info => "sev info",
    };
    out.leaf("span", &[("class", class)], severity.as_str());
}

fn filters(out: &mut Html, entries: &[Entry<'_>], sources: &Sources) {
    out.open(
        "form",
        &[("class", "filters"), ("id", "filters"), ("role", "search")],
    );
    out.open("label", &[("class", "wide")]);
    out.leaf("span", &[], "Text");
    out.open(
        "input",
        &[
            ("type", "search"),
            ("name", "text"),
            ("autocomplete", "off"),
            ("spellcheck", "false"),
            ("placeholder", "words or a number ( / )"),
        ],
    );
    out.close();
    out.open("label", &[("class", "wide")]);
    out.leaf("span", &[], "File");
    out.open(
        "input",
        &[
            ("type", "search"),
            ("name", "file"),
            ("list", "files"),
            ("autocomplete", "off"),
            ("spellcheck", "false"),
            ("placeholder", "any file"),
        ],
    );
    out.close();
    let files: BTreeSet<&str> = entries
        .iter()
        .flat_map(|entry| &entry.finding.diagnostic.labels)
        .map(|label| sources.file(label.at.file).path.as_str())
        .collect();
    out.open("datalist", &[("id", "files")]);
    for file in files {
        out.leaf("option", &[("value", file)], "");
    }
    out.close();
    let areas: BTreeSet<(usize, &str)> =
        entries.iter().filter_map(|entry| entry.more.area).collect();
    let areas: Vec<(String, String)> = areas
        .into_iter()
        .map(|(n, name)| (n.to_string(), name.to_owned()))
        .collect();
    choice(out, "area", "Area", &areas);
    let categories: BTreeSet<&str> = entries
        .iter()
        .map(|entry| entry.finding.diagnostic.rule.category())
        .collect();
    let categories: Vec<(String, String)> = categories
        .into_iter()
        .map(|name| (name.to_owned(), name.to_owned()))
        .collect();
    choice(out, "category", "Category", &categories);
    let sure: Vec<(String, String)> = [
        Confidence::Certain,
        Confidence::Likely,
        Confidence::Possible,
    ]
    .map(|one| (one.as_str().to_owned(), one.as_str().to_owned()))
    .into();
    choice(out, "confidence", "Confidence", &sure);
    severities(out, entries);
    out.open("p", &[("class", "tally")]);
    out.leaf(
        "output",
        &[("id", "shown")],
        &format!("{} findings", entries.len()),
    );
    out.leaf(
        "button",
        &[("type", "button"), ("id", "unfold")],
        "Unfold all",
    );
    out.leaf("button", &[("type", "reset")], "Clear");
    out.close();
    out.close();
}

fn choice(out: &mut Html, name: &'static str, title: &str, options: &[(String, String)]) {
    if options.is_empty() {
        return;
    }
    out.open("label", &[]);
    out.leaf("span", &[], title);
    out.open("select", &[("name", name)]);
    out.leaf("option", &[("value", "")], "all");
    for (value, words) in options {
        out.leaf("option", &[("value", value)], words);
    }
    out.close();
    out.close();
}

fn severities(out: &mut Html, entries: &[Entry<'_>]) {
    out.open("fieldset", &[]);
    out.leaf("legend", &[], "Severity");
    for one in Severity::WORST_FIRST {
        let count = entries
            .iter()
            .filter(|entry| entry.severity() == one)
            .count();
        if count == 0 {
            continue;
        }
        out.open("label", &[("class", "chip")]);
        out.open(
            "input",
            &[
                ("type", "checkbox"),
                ("name", "severity"),
                ("value", one.as_str()),
            ],
        );
        severity(out, one);
        out.leaf("span", &[("class", "n")], &count.to_string());
        out.close();
    }
    out.close();
}

/// The first letter as a sentence has it.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// The first paragraph below "Why is this bad?" of a rule's page, in one line.
pub(super) fn why(page: &str) -> String {
    let after = page
        .split_once("## Why is this bad?")
        .map_or("", |(_, after)| after);
    let lines = after.lines().map(str::trim);
    let paragraph = lines
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty() && !line.starts_with('#'));
    paragraph.collect::<Vec<_>>().join(" ")
}
