//! `snell trace`: an endpoint's way to its queries, or all endpoints by what they cost.

use camino::{Utf8Path, Utf8PathBuf};
use snell_engine::{
    NewMigrations, analyze_with,
    trace::{self, Question},
};
use snell_report::{trace_table, trace_tree};

use super::facts::lines;
use crate::{
    Exit, Failure,
    args::{TraceArguments, TraceFormat},
    cache::CacheArguments,
    session::{Scope, Session, check_names, discover},
    terminal::{Terminal, print},
};

/// Runs the command.
pub(crate) fn run(
    arguments: &TraceArguments,
    cache: &CacheArguments,
    terminal: Terminal,
) -> Result<Exit, Failure> {
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
        let traces = match &arguments.endpoint {
            Some(text) => {
                let question = from_root(Question::parse(text), &session.decision.root);
                trace::asked(&analysis, &question)
                    .map_err(|missing| Failure::no_endpoint(text, &missing))?
            }
            None => trace::all(&analysis),
        };
        let options = terminal.options();
        print(&match (arguments.format, arguments.all) {
            (TraceFormat::Json, _) => lines(traces),
            (TraceFormat::Human, true) => trace_table(&traces, &options),
            (TraceFormat::Human, false) => {
                let trees: Vec<String> = traces
                    .iter()
                    .map(|trace| trace_tree(trace, &options))
                    .collect();
                trees.join("\n")
            }
        })?;
        Ok(Exit::Clean)
    })
}

/// A file that stands in the working directory is named from there.
fn from_root(question: Question, root: &Utf8Path) -> Question {
    let Question::Line(file, line) = question else {
        return question;
    };
    let named = std::env::current_dir()
        .ok()
        .and_then(|cwd| Utf8PathBuf::from_path_buf(cwd.join(&file)).ok())
        .and_then(|path| path.canonicalize_utf8().ok());
    let inside = named
        .as_deref()
        .and_then(|path| path.strip_prefix(root).ok())
        .map(|path| Utf8PathBuf::from(path.as_str().replace('\\', "/")));
    Question::Line(inside.unwrap_or(file), line)
}
