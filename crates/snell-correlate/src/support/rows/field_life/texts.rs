//! Which texts say which names.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_project::{
    client::CallTarget,
    module::ModuleId,
    names::{Names, plain},
};

use super::{Named, Words, exempt};
use crate::rule::Context;

/// Files by the names that they say.
#[derive(Debug, Default)]
pub(super) struct Texts {
    code: FxHashMap<SmolStr, Vec<SmolStr>>,
    sql: FxHashMap<SmolStr, Vec<SmolStr>>,
    /// Names in raw queries, in SQL, in other languages, and in modules that extend the client.
    pub(super) beside: Words,
    /// Those of them where something may be read, and not put in alone.
    pub(super) read_beside: Words,
    /// Whether a package keeps rows of its own through the client.
    pub(super) has_library: bool,
    /// The scopes of packages that the workspace depends on: `acme` of `@acme/core`. Tables whose
    /// names begin so are the package's own.
    pub(super) packages: Words,
}

impl Texts {
    /// Reads each text once.
    pub(super) fn read(context: &Context<'_>) -> Self {
        let project = context.project;
        let names = Names::of(&project.schemas);
        let mut texts = Texts {
            packages: scopes(context),
            ..Texts::default()
        };
        let raw = with_raw_queries(context);
        for ((id, module), words) in project.modules.iter().zip(&project.said) {
            let text = &context.sources.file(module.file).text;
            let extends = text.contains("$extends(") || text.contains("$use(");
            if extends || raw.contains(&id) {
                texts.speak(words.iter());
            }
            let mut imports = module.facts.imports.iter();
            texts.has_library |= imports.any(|one| exempt::is_library(&one.source.text));
            add(&mut texts.code, words, &module.path);
        }
        for mention in &project.elsewhere {
            let path = mention.path.as_str();
            match mention.path.extension() {
                Some("sql") => {
                    add(&mut texts.sql, &mention.names, path);
                    texts.beside.extend(mention.inserted.iter().cloned());
                    texts.speak(mention.names.difference(&mention.inserted));
                }
                _ => {
                    let code = ["ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts"];
                    let language = mention.path.extension().unwrap_or_default();
                    if !code.contains(&language) && !is_markup(language) {
                        texts.speak(mention.names.iter());
                    }
                    add(&mut texts.code, &mention.names, path);
                }
            }
        }
        for (_, schema) in project.schemas.iter() {
            for migration in schema.history.iter().flat_map(|one| &one.migrations) {
                let file = context.sources.file(migration.file);
                let stated = names.in_statements(&file.text);
                texts.speak(stated.used.iter());
                texts.beside.extend(stated.inserted.iter().cloned());
                let mut words = stated.used;
                words.extend(stated.inserted);
                add(&mut texts.sql, &words, file.path.as_str());
            }
        }
        texts
    }

    /// Takes names that something beside the client may read and write.
    fn speak<'w>(&mut self, words: impl Iterator<Item = &'w SmolStr>) {
        for word in words {
            self.beside.insert(word.clone());
            self.read_beside.insert(word.clone());
        }
    }

    /// The files that say one of the names.
    pub(super) fn named(&self, names: &[SmolStr]) -> Named<'_> {
        let mut named = Named {
            code: files(&self.code, names),
            sql: files(&self.sql, names),
            front_ends: Vec::new(),
        };
        named.front_ends = named
            .code
            .iter()
            .copied()
            .filter(|path| {
                let extension = path.rsplit('.').next().unwrap_or_default();
                matches!(extension, "tsx" | "jsx") || is_markup(extension)
            })
            .collect();
        named
    }
}

fn files<'l>(by_name: &'l FxHashMap<SmolStr, Vec<SmolStr>>, names: &[SmolStr]) -> Vec<&'l str> {
    let mut found: Vec<&str> = names
        .iter()
        .filter_map(|name| by_name.get(name))
        .flatten()
        .map(SmolStr::as_str)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn add(files: &mut FxHashMap<SmolStr, Vec<SmolStr>>, words: &Words, path: &str) {
    // One text for all names: copies of it share.
    let path = SmolStr::new(path);
    for word in words {
        files.entry(word.clone()).or_default().push(path.clone());
    }
}

/// Languages of pages and of GraphQL documents: they show, and write nothing.
fn is_markup(extension: &str) -> bool {
    matches!(
        extension,
        "vue" | "svelte" | "astro" | "html" | "hbs" | "ejs" | "graphql" | "gql"
    )
}

/// The scopes of the packages that the workspace depends on, its own left out.
fn scopes(context: &Context<'_>) -> Words {
    let packages = &context.project.workspace.packages;
    let own: Words = packages
        .iter()
        .filter_map(|package| scope(&package.manifest.name.as_ref()?.value))
        .collect();
    packages
        .iter()
        .flat_map(|package| package.manifest.dependencies.keys())
        .filter_map(|name| scope(name))
        .filter(|scope| !own.contains(scope))
        .collect()
}

/// `acme` of `@acme/core`.
fn scope(package: &str) -> Option<SmolStr> {
    let (scope, _) = package.strip_prefix('@')?.split_once('/')?;
    Some(plain(scope))
}

/// The modules with raw queries.
fn with_raw_queries(context: &Context<'_>) -> rustc_hash::FxHashSet<ModuleId> {
    let calls = context.project.calls.iter();
    calls
        .filter(|(_, call)| call.target == CallTarget::Client && call.operation.is_raw())
        .map(|(_, call)| call.module)
        .collect()
}
