//! What starts seeds, and the modules that they consist of.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_project::{
    client::CallTarget,
    module::{Module, ModuleId},
    schema::{PrismaConfig, SchemaId},
};
use snell_source::{Location, Span};
use snell_workspace::{CommandContext, PathFacts};

use super::{SchemaSeeds, SeedStart, StartKind};
use crate::rule::Context;

/// The seeds of the workspace, whatever they fill.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What starts them.
    starts: Vec<SeedStart>,
    /// What the start of each consists of, by the module that it starts.
    reached: FxHashMap<ModuleId, Vec<ModuleId>>,
    /// The modules at which they start, in order.
    pub(super) entries: Vec<ModuleId>,
    /// All modules that they consist of, in order.
    pub(super) modules: Vec<ModuleId>,
}

/// Finds them.
pub(super) fn seeds(context: &Context<'_>) -> Found {
    let mut found = Found::default();
    commands(context, &mut found);
    configurations(context, &mut found);
    let started: FxHashSet<ModuleId> = found.starts.iter().filter_map(|one| one.module).collect();
    let mut known: FxHashSet<ModuleId> = FxHashSet::default();
    for entry in &started {
        let reached = reached(context, *entry);
        known.extend(&reached);
        found.reached.insert(*entry, reached);
    }
    named(context, &mut known, &mut found);
    found.entries = found.reached.keys().copied().collect();
    found.entries.sort_unstable();
    found.modules = known.into_iter().collect();
    found.modules.sort_unstable();
    found
}

impl Found {
    /// Gives a schema what starts its seeds, and their modules: those that call its client, and
    /// those of which nothing is known but where they stand.
    pub(super) fn assign(&self, context: &Context<'_>, id: SchemaId, own: &mut SchemaSeeds) {
        let fills = |module: ModuleId| schemas_of(context, module).contains(&id);
        for start in &self.starts {
            let file = &context.sources.file(start.at.file).path;
            let near = context.project.schemas.nearest(file.as_str()) == Some(id);
            let its = match start.module.and_then(|module| self.reached.get(&module)) {
                Some(reached) => {
                    reached.iter().any(|module| fills(*module))
                        || near
                            && reached
                                .iter()
                                .all(|module| schemas_of(context, *module).is_empty())
                }
                None => near,
            };
            let first = own.starts.iter().all(|one| one.module != start.module);
            if its && (first || start.module.is_none()) {
                own.starts.push(start.clone());
            }
        }
        let modules = self.modules.iter().copied();
        own.modules = modules.filter(|module| fills(*module)).collect();
    }
}

/// The schemas whose clients a module calls.
fn schemas_of(context: &Context<'_>, module: ModuleId) -> FxHashSet<SchemaId> {
    let calls = context.project.calls.of_module(module);
    calls
        .flat_map(|(_, call)| match &call.target {
            CallTarget::Models(models) => models.iter().map(|model| model.schema).collect(),
            _ => call.schema.into_iter().collect::<Vec<_>>(),
        })
        .collect()
}

/// `prisma.seed` of a `package.json`, scripts that are called so, and scripts that run a file
/// which is called so.
fn commands(context: &Context<'_>, found: &mut Found) {
    let own = context.project.beside.commands.iter();
    // What Prisma itself runs comes first: one file is started once.
    let is_declared = |context: &CommandContext| *context == CommandContext::PrismaSeed;
    let (declared, others): (Vec<_>, Vec<_>) = own.partition(|one| is_declared(&one.fact.context));
    for command in declared.into_iter().chain(others) {
        let folder = command.fact.path.parent().unwrap_or(Utf8Path::new(""));
        let kind = match &command.fact.context {
            CommandContext::PrismaSeed => StartKind::Declared,
            CommandContext::PackageScript { name } => StartKind::Script(SmolStr::new(name)),
            _ => continue,
        };
        let module = started(context, folder, &command.fact.text);
        let facts = module.map(|module| context.project.path_facts(module));
        let is_seed = match &kind {
            StartKind::Declared => true,
            _ => facts.is_some_and(|facts| facts.seed && !facts.test && !facts.sample),
        };
        if is_seed {
            found.starts.push(SeedStart {
                at: command.at(),
                kind,
                module,
            });
        }
    }
}

/// `migrations.seed` of a `prisma.config.*`.
fn configurations(context: &Context<'_>, found: &mut Found) {
    for (_, module) in context.project.modules.iter() {
        let path = Utf8Path::new(module.path.as_str());
        if !PrismaConfig::is_at(path) {
            continue;
        }
        let Some(command) = PrismaConfig::read(path, &module.facts).seed else {
            continue;
        };
        let text = &context.sources.file(module.file).text;
        let start = text.find(command.as_str()).unwrap_or(0);
        let span = u32::try_from(start)
            .and_then(|start| Ok((start, start + u32::try_from(command.len())?)));
        let (start, end) = span.unwrap_or_default();
        found.starts.push(SeedStart {
            at: Location::new(module.file, Span::new(start, end)),
            kind: StartKind::Declared,
            module: started(context, folder_of(module), &command),
        });
    }
}

/// Files that are called so, and that nothing of the above starts.
fn named(context: &Context<'_>, known: &mut FxHashSet<ModuleId>, found: &mut Found) {
    for (id, module) in context.project.modules.iter() {
        let facts = context.project.path_facts(id);
        if !is_seed_alone(facts) || known.contains(&id) || schemas_of(context, id).is_empty() {
            continue;
        }
        known.insert(id);
        found.reached.insert(id, vec![id]);
        found.starts.push(SeedStart {
            at: Location::new(module.file, Span::new(0, 0)),
            kind: StartKind::Named,
            module: Some(id),
        });
    }
}

/// Whether the path says that a file is a seed, and not one of tests or samples.
fn is_seed_alone(facts: PathFacts) -> bool {
    facts.seed && !facts.test && !facts.sample && !facts.vendored && !facts.story
}

/// The module that a command runs: the first word of it that is a file.
fn started(context: &Context<'_>, folder: &Utf8Path, command: &str) -> Option<ModuleId> {
    let words =
        command.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ';' | '&'));
    let mut folder = folder.to_owned();
    let mut after_cd = false;
    for word in words.filter(|word| !word.is_empty()) {
        if after_cd {
            folder = snell_workspace::join(&folder, word)?;
        }
        after_cd = word == "cd";
        let Some(path) = snell_workspace::join(&folder, word) else {
            continue;
        };
        if let Some(module) = module_at(context, &path) {
            return Some(module);
        }
    }
    None
}

/// The module of a path as it is written, or of the source of a file that is built.
fn module_at(context: &Context<'_>, path: &Utf8Path) -> Option<ModuleId> {
    let named = |wanted: &Utf8Path| {
        let mut modules = context.project.modules.iter();
        modules.find(|(_, module)| module.path.as_str() == wanted.as_str())
    };
    let is_code = |path: &Utf8Path| {
        matches!(
            path.extension(),
            Some("ts" | "mts" | "cts" | "js" | "mjs" | "cjs")
        )
    };
    let candidates: Vec<Utf8PathBuf> = match path.extension() {
        Some("js") => vec![path.to_owned(), path.with_extension("ts")],
        Some(_) if is_code(path) => vec![path.to_owned()],
        _ if path.file_name().is_some() => {
            vec![
                Utf8PathBuf::from(format!("{path}.ts")),
                path.join("index.ts"),
            ]
        }
        _ => return None,
    };
    candidates
        .iter()
        .find_map(|path| named(path))
        .map(|(id, _)| id)
}

fn folder_of(module: &Module) -> &Utf8Path {
    Utf8Path::new(module.path.as_str())
        .parent()
        .unwrap_or(Utf8Path::new(""))
}

/// A start, and what it imports that is part of the seed: files beside it, and files that are
/// no part of the application. What is called in the application is followed, not listed.
fn reached(context: &Context<'_>, entry: ModuleId) -> Vec<ModuleId> {
    let modules = &context.project.modules;
    let folder = folder_of(modules.get(entry));
    let is_part = |id: ModuleId| {
        let path = Utf8Path::new(modules.get(id).path.as_str());
        let beside = !folder.as_str().is_empty() && path.starts_with(folder);
        beside || !context.project.path_facts(id).is_production()
    };
    let mut reached = vec![entry];
    let mut next = 0;
    while let Some(module) = reached.get(next).copied() {
        next += 1;
        for imported in modules.imported(module) {
            if is_part(imported) && !reached.contains(&imported) {
                reached.push(imported);
            }
        }
    }
    reached
}
