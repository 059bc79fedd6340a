//! `snell doctor`: what was found in the workspace, and why.

mod config;

use snell_engine::{Analysis, NewMigrations, analyze_with};
use snell_workspace::Config;

use crate::{
    Exit, Failure,
    args::DoctorArguments,
    cache::CacheArguments,
    failure::reason,
    session::{Scope, Session, discover},
    terminal::print,
};

/// Runs the command.
pub(crate) fn run(arguments: &DoctorArguments, cache: &CacheArguments) -> Result<Exit, Failure> {
    let paths: Vec<_> = arguments.path.iter().cloned().collect();
    let session = Session::open(&paths, Scope::default())?;
    session.all_there()?;
    let memory = cache.memory(&session.decision.root);
    session.with_files(|fs| {
        let (workspace, config) = discover(fs)?;
        if arguments.print_config {
            print(&config::document(&config))?;
            return Ok(Exit::Clean);
        }
        let analysis = analyze_with(fs, workspace, &config, &NewMigrations::Configured, &memory);
        let mut out = format!(
            "snell      {}\nroot       {} ({})\n",
            env!("CARGO_PKG_VERSION"),
            session.decision.root,
            session.decision.why
        );
        out.push_str(&configuration(&config));
        out.push_str(&schemas(&analysis));
        out.push_str(&packages(&analysis));
        out.push_str(&code(&analysis));
        let printable = out.replace(|c: char| c.is_control() && c != '\n', "\u{fffd}");
        print(&printable)?;
        Ok(if analysis.project.schemas.is_empty() {
            Exit::NotJudged
        } else {
            Exit::Clean
        })
    })
}

fn configuration(config: &Config) -> String {
    match &config.file {
        Some(file) => format!("config     {file}\n"),
        None => "config     none: every value is a default\n".to_owned(),
    }
}

/// Every candidate with the decision about it, and what belongs to the live ones.
fn schemas(analysis: &Analysis) -> String {
    let mut out = String::new();
    for decision in &analysis.decisions {
        let mark = if decision.reason.is_live() {
            "live"
        } else {
            "left"
        };
        out.push_str(&format!(
            "schema     {mark}  {}: {}\n",
            decision.path,
            reason(&decision.reason)
        ));
        let schemas = analysis.project.schemas.iter();
        for (_, schema) in schemas.filter(|(_, schema)| schema.path == decision.path) {
            let datamodel = &schema.datamodel;
            let provider = datamodel.datasource().map_or("no datasource", |found| {
                found.provider_name.as_deref().unwrap_or("no provider")
            });
            out.push_str(&format!(
                "             {} models, {} enums, provider {provider}\n",
                datamodel.models().len(),
                datamodel.enums().len()
            ));
            if let Some(version) = analysis.project.workspace.prisma_version(&schema.path) {
                out.push_str(&format!("             Prisma {}\n", version.major));
            }
            match (&schema.migrations, &schema.history) {
                (Some(folder), Some(history)) => out.push_str(&format!(
                    "             {} migrations in {folder}, {} statements cannot run\n",
                    history.migrations.len(),
                    history.replay.failures.len()
                )),
                (Some(folder), None) => {
                    out.push_str(&format!(
                        "             migrations in {folder}, not judged\n"
                    ));
                }
                (None, _) => out.push_str("             no migrations\n"),
            }
            for output in &schema.outputs {
                out.push_str(&format!("             client in {output}\n"));
            }
        }
    }
    if out.is_empty() {
        out.push_str("schema     none found\n");
    }
    out
}

fn packages(analysis: &Analysis) -> String {
    let packages = analysis.project.workspace.packages.iter();
    packages
        .map(|package| {
            let folder = package.folder.as_str();
            let name = package.manifest.name.as_ref();
            format!(
                "package    {}{}\n",
                if folder.is_empty() { "." } else { folder },
                name.map_or_else(String::new, |name| format!(" ({})", name.value))
            )
        })
        .collect()
}

fn code(analysis: &Analysis) -> String {
    let counts = analysis.counts();
    let mut out = format!(
        "code       {} files, of which {} modules matter; {} Prisma calls, {} raw queries\n",
        counts.files,
        analysis.project.modules.iter().count(),
        counts.client_calls,
        counts.raw_queries
    );
    for notice in &analysis.notices {
        let path = notice.path.as_deref().unwrap_or_default();
        out.push_str(&format!(
            "{:10} {path}: {}\n",
            notice.kind.as_str(),
            notice.message
        ));
    }
    out
}
