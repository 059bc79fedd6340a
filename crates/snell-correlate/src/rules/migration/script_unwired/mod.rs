//! A script that changes data, and that nothing in the repository runs or mentions.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;
use snell_project::module::ModuleId;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::queries::operation_at,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/script-unwired",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A script changes data, and no command of the repository runs it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Further scripts that are shown.
const SHOWN: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let imported: FxHashSet<ModuleId> = context
        .project
        .modules
        .iter()
        .flat_map(|(id, _)| context.project.modules.imported(id))
        .collect();
    let mut folders: BTreeMap<Utf8PathBuf, Vec<(ModuleId, Location)>> = BTreeMap::new();
    for (id, module) in context.project.modules.iter() {
        let facts = context.project.path_facts(id);
        let is_script = facts.script
            && !(facts.test || facts.seed || facts.sample || facts.vendored || facts.story);
        if !is_script || imported.contains(&id) || is_mentioned(context, &module.path) {
            continue;
        }
        if let Some(at) = first_write(context, id) {
            let folder = Utf8Path::new(module.path.as_str()).parent();
            let folder = folder.unwrap_or(Utf8Path::new("")).to_owned();
            folders.entry(folder).or_default().push((id, at));
        }
    }
    folders
        .into_iter()
        .filter_map(|(folder, scripts)| finding(context, &folder, &scripts))
        .collect()
}

/// The first call that changes rows.
fn first_write(context: &Context<'_>, module: ModuleId) -> Option<Location> {
    let mut calls = context.project.calls.of_module(module);
    calls
        .find(|(_, call)| call.operation.is_write())
        .map(|(_, call)| operation_at(context, call))
}

/// Whether a command, a pipeline or a text that was read names the script.
fn is_mentioned(context: &Context<'_>, path: &str) -> bool {
    let path = Utf8Path::new(path);
    let (Some(stem), Some(name)) = (path.file_stem(), path.file_name()) else {
        return true;
    };
    let commands = &context.project.workspace.deployment.commands;
    commands.iter().any(|command| {
        let words = command
            .text
            .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '='));
        words.into_iter().any(|word| {
            let file = word.rsplit('/').next().unwrap_or(word);
            // `scripts/*.ts`, `scripts/$name` run whatever is there.
            file == name || file == stem || word.contains("scripts/$") || word.contains("scripts/*")
        })
    })
}

/// One for each folder: its scripts were left together.
fn finding(
    context: &Context<'_>,
    folder: &Utf8Path,
    scripts: &[(ModuleId, Location)],
) -> Option<Diagnostic> {
    let ((module, at), others) = scripts.split_first()?;
    let name = |id: ModuleId| {
        let path = &context.project.modules.get(id).path;
        path.rsplit('/').next().unwrap_or(path).to_owned()
    };
    let message = match others.len() {
        0 => format!(
            "`{}` changes data, and nothing in the repository runs it",
            name(*module)
        ),
        more => format!(
            "`{}` and {more} more scripts of `{folder}` change data, and nothing in the repository runs them",
            name(*module)
        ),
    };
    let mut finding =
        Diagnostic::at(&RULE.metadata, *at, message).label("run by hand, or never again");
    for (other, at) in others.iter().take(SHOWN) {
        finding = finding.related(*at, format!("`{}`", name(*other)));
    }
    Some(
        finding
            .confidence(Confidence::Possible)
            .help("give it a script of package.json when it is run now and then; write what every database needs as a migration; delete what has done its work")
            .subject(format!("scripts:{folder}")),
    )
}
