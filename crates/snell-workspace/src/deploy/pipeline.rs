//! Pipelines of all hosts, and hooks: YAML in which some keys hold commands.
//!
//! The formats differ in structure and agree in words, so one walk serves all:
//! GitHub (`run`), GitLab (`script`), CircleCI (`run`, `command`), Bitbucket
//! (`script`), Azure (`script`, `bash`), Buildkite (`command`), lefthook (`run`),
//! pre-commit (`entry`).

use snell_source::SyntaxError;

use super::lines::yaml_commands;
use super::{CommandContext, ImageContext, Sink};
use crate::yaml::{Yaml, YamlValue};

const COMMANDS: [&str; 10] = [
    "run",
    "script",
    "before_script",
    "after_script",
    "command",
    "commands",
    "bash",
    "entry",
    "preDeployCommand",
    "startCommand",
];

/// Keys below which the same words mean something else: an action's inputs
/// (`script` of `actions/github-script` is JavaScript), variables and matrices.
const FOREIGN: [&str; 5] = ["with", "env", "variables", "environment", "matrix"];

pub(super) fn read(text: &str, sink: &mut Sink<'_>) -> Option<SyntaxError> {
    let (documents, error) = Yaml::parse(text);
    for document in &documents {
        for (key, value) in document.entries() {
            if key == "jobs" {
                for (job, steps) in value.entries() {
                    walk_value(Some(job), steps, text, sink);
                }
            } else {
                walk_entry(Some(key), key, value, text, sink);
            }
        }
    }
    error
}

fn walk_value(job: Option<&str>, value: &Yaml, text: &str, sink: &mut Sink<'_>) {
    for (key, value) in value.entries() {
        walk_entry(job, key, value, text, sink);
    }
    for element in value.elements() {
        walk_value(job, element, text, sink);
    }
}

fn walk_entry(job: Option<&str>, key: &str, value: &Yaml, text: &str, sink: &mut Sink<'_>) {
    let owned = || job.map(str::to_owned);
    if FOREIGN.contains(&key) {
        return;
    }
    if key == "image" {
        let image = value.get("name").unwrap_or(value);
        if let Some(name) = image.as_str() {
            sink.image(image.span, name, ImageContext::Pipeline { job: owned() });
        }
    } else if key == "services" {
        for service in value.elements() {
            if let Some(name) = service.as_str() {
                sink.image(service.span, name, ImageContext::Pipeline { job: owned() });
            }
        }
        walk_value(job, value, text, sink);
    } else if COMMANDS.contains(&key) && !matches!(value.value, YamlValue::Mapping(_)) {
        for (span, command) in yaml_commands(value, text) {
            sink.command(span, &command, CommandContext::Pipeline { job: owned() });
        }
        // Bitbucket and Buildkite mix commands with mappings.
        walk_value(job, value, text, sink);
    } else {
        walk_value(job, value, text, sink);
    }
}
