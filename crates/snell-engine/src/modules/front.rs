//! Which files are those of front ends: what asks for endpoints, and what shows the answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use snell_extract::{Mentions, ModuleFacts};
use snell_project::module::Resolver;
use snell_workspace::Workspace;

use super::{PORTION, imported, parse};
use crate::{memory::Memory, scan::CodeFile};

/// A file with what it says.
type Parsed = (CodeFile, Arc<ModuleFacts>);

/// What is linked for front ends.
#[derive(Default)]
pub(super) struct Found {
    /// The paths of what asks for endpoints or shows the answers.
    pub(super) asking: BTreeSet<Utf8PathBuf>,
    /// Files that are linked for the server as well.
    pub(super) shared: BTreeSet<Utf8PathBuf>,
    /// Files of front ends alone.
    pub(super) own: Vec<Parsed>,
}

/// A page imports a hook, which imports a service, which asks.
const ROUNDS: usize = 3;

/// The files that ask for endpoints. Without controllers nothing is joined, and none is looked for.
fn asking(
    workspace: &Workspace,
    parsed: &[Parsed],
    rest: &BTreeMap<Utf8PathBuf, CodeFile>,
) -> BTreeSet<Utf8PathBuf> {
    let controls = |(file, _): &Parsed| {
        file.scan.mentions.intersects(Mentions::NEST_DECORATOR)
            && file.text().contains("@nestjs/common")
    };
    if !parsed.iter().any(controls) {
        return BTreeSet::new();
    }
    let files: Vec<&CodeFile> = parsed
        .iter()
        .map(|(file, _)| file)
        .chain(rest.values())
        .collect();
    let asks = |file: &&CodeFile| {
        file.scan.asks()
            && !file.scan.mentions.intersects(Mentions::NESTJS)
            && !is_of_server(workspace, &file.path)
    };
    let asking = files.into_par_iter().filter(asks);
    asking.map(|file| file.path.clone()).collect()
}

/// Whether a file is a test, or belongs to a package of the server.
fn is_of_server(workspace: &Workspace, path: &Utf8Path) -> bool {
    let test = workspace.file(path).is_some_and(|file| {
        let facts = file.facts;
        facts.test || !facts.is_production()
    });
    test || path.components().any(|part| {
        matches!(part.as_str(), "api" | "server" | "backend")
            && !path.as_str().contains("/src/app/")
    }) && workspace
        .package_of(path)
        .is_some_and(|package| !package.is_front_end())
}

/// Parses what is not parsed yet of what asks, what shows the answers, and what they import.
pub(super) fn parsed(
    workspace: &Workspace,
    known: &[Parsed],
    mut rest: BTreeMap<Utf8PathBuf, CodeFile>,
    resolver: &Resolver,
    memory: &Memory,
) -> Found {
    let mut found = Found::default();
    let mut layer = asking(workspace, known, &rest);
    let mut around = layer.clone();
    for _ in 0..ROUNDS {
        let texts = known.iter().map(|(file, _)| file).chain(rest.values());
        let others: Vec<&CodeFile> = texts.filter(|file| !around.contains(&file.path)).collect();
        layer = importers(workspace, &layer, others);
        around.extend(layer.iter().cloned());
    }
    found.asking.clone_from(&around);
    let by_path: BTreeMap<&Utf8Path, &Parsed> = known
        .iter()
        .map(|parsed| (parsed.0.path.as_path(), parsed))
        .collect();
    let mut waiting: BTreeSet<Utf8PathBuf> = around;
    while !waiting.is_empty() {
        let mut next = BTreeSet::new();
        let mut texts = Vec::new();
        for path in waiting {
            if let Some((file, facts)) = by_path.get(path.as_path()) {
                if found.shared.insert(path) {
                    next.extend(imported(&file.path, facts, resolver));
                }
            } else {
                texts.extend(rest.remove(&path));
            }
        }
        let round: Vec<Parsed> = texts
            .into_par_iter()
            .with_max_len(PORTION)
            .filter_map(|file| parse(file, memory))
            .filter_map(Result::ok)
            .collect();
        let of_round = round.par_iter().with_max_len(PORTION);
        let of_round =
            of_round.flat_map_iter(|(file, facts)| imported(&file.path, facts, resolver));
        next.par_extend(of_round);
        found.own.extend(round);
        next.retain(|path| !found.shared.contains(path));
        waiting = next;
    }
    found
}

/// The files whose imports end with the name of one of `layer`: a scan of their texts, no parse.
fn importers(
    workspace: &Workspace,
    layer: &BTreeSet<Utf8PathBuf>,
    others: Vec<&CodeFile>,
) -> BTreeSet<Utf8PathBuf> {
    let names: FxHashSet<&str> = layer
        .iter()
        .filter_map(|path| match path.file_stem()? {
            "index" => path.parent()?.file_name(),
            stem => Some(stem),
        })
        .collect();
    let imports = |file: &&CodeFile| {
        let mut specifiers = file.scan.specifiers();
        specifiers.any(|specifier| {
            let last = specifier.rsplit('/').next().unwrap_or_default();
            names.contains(last.trim_end_matches(".js"))
        }) && !file.scan.mentions.intersects(Mentions::NESTJS)
            && !is_of_server(workspace, &file.path)
    };
    let found = others.into_par_iter().filter(imports);
    found.map(|file| file.path.clone()).collect()
}
