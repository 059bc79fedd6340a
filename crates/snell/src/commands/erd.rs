//! `snell erd`: the tables, whose rows they hold, and what links them.

use snell_engine::{NewMigrations, analyze_with};
use snell_report::{ErdOptions, draw_erd, erd::Erd};

use crate::{
    Exit, Failure,
    args::{ErdArguments, ErdColumns, ErdFormat},
    cache::CacheArguments,
    session::{Scope, Session, check_names, discover},
    terminal::{print, write_file},
};

/// Runs the command.
pub(crate) fn run(arguments: &ErdArguments, cache: &CacheArguments) -> Result<Exit, Failure> {
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
        let erd = part(analysis.erd(), &arguments.around)?;
        let options = ErdOptions {
            columns: match arguments.columns {
                ErdColumns::Auto => snell_report::ErdColumns::Auto,
                ErdColumns::All => snell_report::ErdColumns::All,
                ErdColumns::Keys => snell_report::ErdColumns::Keys,
            },
            hub_edges: arguments.hub_edges,
        };
        let text = match arguments.format {
            ErdFormat::Mermaid => draw_erd(&erd, snell_report::ErdFormat::Mermaid, &options),
            ErdFormat::Svg => draw_erd(&erd, snell_report::ErdFormat::Svg, &options),
            ErdFormat::Dot => draw_erd(&erd, snell_report::ErdFormat::Dot, &options),
            ErdFormat::Json => super::facts::lines(vec![erd]),
        };
        match &arguments.output_file {
            Some(path) => write_file(path, &text)?,
            None => print(&text)?,
        }
        Ok(Exit::Clean)
    })
}

/// The tables around those that were named; all when none was.
fn part(erd: Erd, around: &[String]) -> Result<Erd, Failure> {
    if around.is_empty() {
        return Ok(erd);
    }
    let names: Vec<&str> = erd
        .tables
        .iter()
        .flat_map(|table| [table.name.as_str(), table.database_name.as_str()])
        .collect();
    match around.iter().find(|name| !names.contains(&name.as_str())) {
        Some(unknown) => Err(Failure::no_model(unknown, &names)),
        None => Ok(erd.around(around)),
    }
}
