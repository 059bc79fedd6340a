//! Formats of one idea each: scripts, Makefiles, Procfiles, hosts' settings, owners.

use snell_source::{Span, SyntaxError};

use super::lines::{lines, numbered};
use super::{CodeOwners, CommandContext, Sink, pipeline};
use crate::json::{Json, JsonValue};

pub(super) fn shell(text: &str, sink: &mut Sink<'_>) {
    for (span, command) in lines(text, 0) {
        sink.command(span, &command, CommandContext::Shell);
    }
}

/// A target at the start of a line, its recipe indented below it (make, just).
pub(super) fn makefile(text: &str, sink: &mut Sink<'_>) {
    let mut target = String::new();
    for (span, line) in lines(text, 0) {
        let start = span.start as usize;
        let indented = text[..start].ends_with(['\t', ' ']);
        if indented {
            let command = line.trim_start_matches(['@', '-', '+']);
            let target = target.clone();
            sink.command(span, command, CommandContext::Make { target });
        } else if let Some((name, _)) = line.split_once(':') {
            name.trim().clone_into(&mut target);
        }
    }
}

/// `process: command`.
/// Source: <https://devcenter.heroku.com/articles/procfile>.
pub(super) fn procfile(text: &str, sink: &mut Sink<'_>) {
    for (span, line) in lines(text, 0) {
        if let Some((process, command)) = line.split_once(':') {
            let process = process.trim().to_owned();
            sink.command(span, command, CommandContext::Procfile { process });
        }
    }
}

/// `pattern owner...`, a `#` begins a comment.
/// Source: <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>.
pub(super) fn code_owners(text: &str, sink: &mut Sink<'_>) {
    for (start, line) in numbered(text) {
        let line = line.split('#').next().unwrap_or_default().trim_end();
        let mut words = line.split_whitespace();
        let Some(pattern) = words.next().filter(|word| !word.starts_with(['[', '^'])) else {
            continue;
        };
        sink.all.code_owners.push(CodeOwners {
            path: sink.path.to_owned(),
            span: Span::from_range(start..start + line.len()),
            pattern: pattern.to_owned(),
            owners: words.map(str::to_owned).collect(),
        });
    }
}

/// Settings whose name ends in `command`, in JSON, TOML or YAML.
pub(super) fn host(text: &str, sink: &mut Sink<'_>) -> Option<SyntaxError> {
    match sink.path.extension() {
        Some("json") => {
            let (json, error) = Json::parse(text);
            walk_host(&json, false, sink);
            error
        }
        Some("toml") => {
            toml(text, sink);
            None
        }
        _ => pipeline::read(text, sink),
    }
}

/// Every string below `scripts` (Heroku's `app.json`) is a command as well.
fn walk_host(json: &Json, all: bool, sink: &mut Sink<'_>) {
    for member in json.members() {
        let (key, value) = (&member.name.value, &member.value);
        match value.as_str() {
            Some(command) if all || is_command_key(key) => {
                let key = key.clone();
                sink.command(value.span, command, CommandContext::Host { key });
            }
            _ => walk_host(value, key == "scripts", sink),
        }
    }
    for element in json.elements() {
        walk_host(element, false, sink);
    }
}

fn is_command_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.ends_with("command") || key == "cmd"
}

/// `key = "command"` on one line; hosts' files need no more TOML.
fn toml(text: &str, sink: &mut Sink<'_>) {
    for (start, line) in numbered(text) {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let key = key.trim().trim_matches('"');
        let value = value.trim();
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            continue;
        };
        if !is_command_key(key) {
            continue;
        }
        let Some((command, _)) = value[1..].split_once(quote) else {
            continue;
        };
        let at = start + line.find(value).unwrap_or(0);
        let span = Span::from_range(at..at + command.len() + 2);
        let key = key.to_owned();
        sink.command(span, command, CommandContext::Host { key });
    }
}

/// `command` and `commands` of the targets of an Nx project.
/// Source: <https://nx.dev/nx-api/nx/executors/run-commands>.
pub(super) fn nx_project(text: &str, sink: &mut Sink<'_>) -> Option<SyntaxError> {
    let (json, error) = Json::parse(text);
    let targets = json.get("targets").map(Json::members).unwrap_or_default();
    for target in targets {
        walk_target(&target.name.value, &target.value, sink);
    }
    error
}

fn walk_target(name: &str, json: &Json, sink: &mut Sink<'_>) {
    let mut add = |value: &Json| {
        if let Some(command) = value.as_str() {
            let name = name.to_owned();
            sink.command(value.span, command, CommandContext::NxTarget { name });
        }
    };
    for member in json.members() {
        match member.name.value.as_str() {
            "command" => add(&member.value),
            "commands" => member.value.elements().iter().for_each(&mut add),
            _ => {}
        }
    }
    for member in json.members() {
        walk_target(name, &member.value, sink);
    }
    if let JsonValue::Array(elements) = &json.value {
        for element in elements {
            walk_target(name, element, sink);
        }
    }
}
