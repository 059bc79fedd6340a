//! `snell facts`: what was understood, for other programs.

use serde::Serialize;
use snell_engine::{NewMigrations, analyze_with, facts};

use crate::{
    Exit, Failure,
    args::{FactsArguments, FactsKind},
    cache::CacheArguments,
    session::{Scope, Session, check_names, discover},
    terminal::print,
};

/// Runs the command.
pub(crate) fn run(arguments: &FactsArguments, cache: &CacheArguments) -> Result<Exit, Failure> {
    let paths: Vec<_> = arguments.path.iter().cloned().collect();
    let session = Session::open(&paths, Scope::default())?;
    session.all_there()?;
    let memory = cache.memory(&session.decision.root);
    session.with_files(|fs| {
        let (workspace, config) = discover(fs)?;
        let analysis = analyze_with(fs, workspace, &config, &NewMigrations::Configured, &memory);
        if analysis.project.schemas.is_empty() {
            return Err(Failure::no_schema(&session, &analysis));
        }
        check_names(&analysis, &config)?;
        print(&match arguments.kind {
            FactsKind::Schema => lines(facts::schema(&analysis)),
            FactsKind::Calls => lines(facts::calls(&analysis)),
            FactsKind::Catalog => lines(facts::catalog(&analysis)),
            FactsKind::Drift => lines(facts::drift(&analysis)),
            FactsKind::RawSql => lines(facts::raw_sql(&analysis)),
            FactsKind::Endpoints => lines(facts::endpoints(&analysis)),
            FactsKind::Routes => lines(facts::routes(&analysis)),
            FactsKind::Contracts => lines(facts::contracts(&analysis)),
            FactsKind::Indexes => lines(facts::indexes(&analysis)),
            FactsKind::Queries => lines(facts::queries(&analysis)),
            FactsKind::Fields => lines(facts::fields(&analysis)),
            FactsKind::Seeds => lines(facts::seeds(&analysis)),
            FactsKind::Conventions => lines(facts::conventions(&analysis)),
        })?;
        Ok(Exit::Clean)
    })
}

/// One document on each line.
pub(super) fn lines<T: Serialize>(documents: Vec<T>) -> String {
    let mut out = String::new();
    for document in documents {
        // Structs of strings, numbers and lists: JSON can hold them all.
        out.push_str(&serde_json::to_string(&document).unwrap_or_default());
        out.push('\n');
    }
    out
}
