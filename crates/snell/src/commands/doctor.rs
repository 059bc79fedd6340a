//! `snell doctor`: what was found in the workspace, and why.

mod config;
mod schemas;

use std::collections::BTreeMap;

use snell_engine::{Analysis, NewMigrations, analyze_with};
use snell_project::endpoint::EndpointKind;
use snell_workspace::Config;

use crate::{
    Exit, Failure,
    args::DoctorArguments,
    cache::CacheArguments,
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
        out.push_str(&schemas::all(&analysis));
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
    let Some(file) = &config.file else {
        return "config     none: every value is a default\n".to_owned();
    };
    let extended = config.extended.iter();
    let extended = extended.map(|path| format!("             extends {path}\n"));
    format!("config     {file}\n{}", extended.collect::<String>())
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
        "code       {} files, of which {} modules matter; {} Prisma calls, {} raw queries\nways in    {}\n",
        counts.files,
        analysis.project.modules.iter().count(),
        counts.client_calls,
        counts.raw_queries,
        ways_in(analysis)
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

/// How many ways lead into the code, by their kinds.
fn ways_in(analysis: &Analysis) -> String {
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for endpoint in analysis.project.endpoints.iter() {
        let (all, open) = kinds.entry(words(endpoint.kind)).or_default();
        *all += 1;
        *open += usize::from(endpoint.is_open_to_everybody());
    }
    let told = kinds.into_iter().map(|(kind, (all, open))| match open {
        0 => format!("{kind}: {all}"),
        _ => format!("{kind}: {all} ({open} of them open to everybody)"),
    });
    let told: Vec<String> = told.collect();
    match told.is_empty() {
        true => "none found".to_owned(),
        false => told.join(", "),
    }
}

/// What people call such ways in.
fn words(kind: EndpointKind) -> &'static str {
    match kind {
        EndpointKind::Http => "controllers' routes",
        EndpointKind::Query | EndpointKind::Mutation | EndpointKind::Subscription => "GraphQL",
        EndpointKind::Field => "GraphQL fields",
        EndpointKind::Message => "WebSocket messages",
        EndpointKind::Procedure => "tRPC procedures",
        EndpointKind::Route => "route handlers",
        EndpointKind::Action => "server actions",
        EndpointKind::Command => "commands of a bus",
        EndpointKind::Job => "jobs",
        EndpointKind::Cron => "schedules",
        EndpointKind::Event => "events",
        EndpointKind::Before => "guards and middlewares",
        EndpointKind::Start => "run at start and end",
    }
}
