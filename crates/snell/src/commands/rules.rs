//! `snell rules`: the list of rules.

use serde_json::{Value, json};
use snell_correlate::{Rule, matches, rules};
use snell_report::Tool;
use snell_source::Preset;

use crate::{
    Exit, Failure,
    args::{PageFormat, RulesArguments},
    terminal::print,
};

/// Runs the command.
pub(crate) fn run(arguments: &RulesArguments) -> Result<Exit, Failure> {
    let patterns = &arguments.patterns;
    let is_wanted = |pattern: &str, rule: &Rule| matches(pattern, rule.metadata.name);
    if let Some(unknown) = patterns
        .iter()
        .find(|pattern| !rules::all().iter().any(|rule| is_wanted(pattern, rule)))
    {
        return Err(Failure::unknown_rule(unknown));
    }
    let chosen: Vec<&Rule> = rules::all()
        .iter()
        .copied()
        .filter(|rule| {
            patterns.is_empty() || patterns.iter().any(|pattern| is_wanted(pattern, rule))
        })
        .collect();
    print(&match arguments.format {
        PageFormat::Human => table(&chosen),
        PageFormat::Markdown => markdown(&chosen),
        PageFormat::Json => {
            let list: Vec<Value> = chosen.iter().map(|rule| document(rule, false)).collect();
            format!("{:#}\n", Value::from(list))
        }
    })?;
    Ok(Exit::Clean)
}

/// The word of a preset in configurations.
pub(crate) fn preset(preset: Preset) -> &'static str {
    match preset {
        Preset::Recommended => "recommended",
        Preset::Strict => "strict",
        Preset::All => "all",
    }
}

/// A rule as JSON; with its page when it is asked for alone.
pub(crate) fn document(rule: &Rule, page: bool) -> Value {
    let metadata = &rule.metadata;
    let mut document = json!({
        "rule": metadata.name,
        "category": metadata.category(),
        "severity": metadata.severity,
        "preset": preset(metadata.preset),
        "summary": metadata.summary,
        "since": metadata.since,
        "docsUrl": Tool::default().docs_url(metadata.name),
    });
    if page {
        document["page"] = metadata.readable_page().into();
    }
    document
}

fn table(rules: &[&Rule]) -> String {
    let width = rules.iter().map(|rule| rule.metadata.name.len()).max();
    let width = width.unwrap_or_default();
    rules
        .iter()
        .map(|rule| {
            let metadata = &rule.metadata;
            format!(
                "{:width$}  {:8}  {:11}  {}\n",
                metadata.name,
                metadata.severity.as_str(),
                preset(metadata.preset),
                metadata.summary
            )
        })
        .collect()
}

fn markdown(rules: &[&Rule]) -> String {
    let mut out = "| Rule | Severity | Preset | Fault |\n|---|---|---|---|\n".to_owned();
    for rule in rules {
        let metadata = &rule.metadata;
        out.push_str(&format!(
            "| [`{}`]({}) | {} | {} | {} |\n",
            metadata.name,
            Tool::default().docs_url(metadata.name),
            metadata.severity.as_str(),
            preset(metadata.preset),
            metadata.summary
        ));
    }
    out
}
