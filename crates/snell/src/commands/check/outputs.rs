//! What a check writes, and where.

use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use snell_report::{Format, RenderOptions, Report, Summary, render, statistics};
use snell_source::Sources;

use super::in_diff::told_in_the_diff;
use crate::{
    Failure,
    args::{CheckArguments, Output},
    environment::Environment,
    session::Session,
    terminal::{Terminal, print, write_file},
};

/// Whether the outputs that are asked for can be told apart; asked before anything is judged.
pub(super) fn verify(arguments: &CheckArguments) -> Result<(), Failure> {
    let formats = &arguments.formats;
    if let Some(file) = &arguments.output_file
        && (formats.len() > 1 || formats.iter().any(|one| one.file.is_some()))
    {
        return Err(Failure::ambiguous_output(format!(
            "`--output-file {file}` does not say which of the formats it is for"
        )));
    }
    let open: Vec<&Output> = formats.iter().filter(|one| one.file.is_none()).collect();
    if open.len() > 1 && open.iter().any(|one| is_document(one.format)) {
        let names: Vec<&str> = open.iter().map(|one| one.format.as_str()).collect();
        return Err(Failure::ambiguous_output(format!(
            "{} would run together on standard output",
            names.join(" and ")
        )));
    }
    Ok(())
}

/// Whether a format is one document, which nothing may stand beside.
fn is_document(format: Format) -> bool {
    matches!(
        format,
        Format::Json | Format::Sarif | Format::Gitlab | Format::Junit | Format::Html
    )
}

/// Whether a format is shown beside a change: its readers know files by their paths from the repository's root, and
/// look at the lines of the diff.
fn is_of_review(format: Format) -> bool {
    matches!(format, Format::Sarif | Format::Github | Format::Gitlab)
}

/// Whether somebody reads a format as it is, and silence says that all is well.
fn is_for_people(format: Format) -> bool {
    matches!(format, Format::Human | Format::Agent)
}

/// The way from the repository's root to a workspace's, when that lies deeper.
fn in_repository(root: &Utf8Path) -> Option<Utf8PathBuf> {
    let repository = root.ancestors().find(|one| one.join(".git").exists())?;
    let below = root.strip_prefix(repository).ok()?;
    (!below.as_str().is_empty()).then(|| below.to_owned())
}

/// Writes that nothing was to be judged: people see nothing, machines a document of no findings.
pub(super) fn write_nothing(
    session: &Session,
    arguments: &CheckArguments,
    to: (Terminal, &Environment),
) -> Result<(), Failure> {
    let report = Report {
        workspace: session.name().to_owned(),
        ..Report::default()
    };
    write(&report, (session, &Sources::new()), arguments, to)
}

/// Writes the report of a workspace in each format that is asked for.
pub(super) fn write(
    report: &Report,
    (session, sources): (&Session, &Sources),
    arguments: &CheckArguments,
    (terminal, environment): (Terminal, &Environment),
) -> Result<(), Failure> {
    let outputs: Vec<Output> = match &arguments.formats[..] {
        [] => usual_outputs(arguments, environment),
        [only] if only.file.is_none() => vec![Output {
            file: arguments.output_file.clone(),
            ..only.clone()
        }],
        several => several.to_vec(),
    };
    let for_github = outputs.iter().any(|one| one.format == Format::Github);
    let judged = !report.schemas.is_empty();
    let silent = (arguments.staged || !judged) && Summary::of(report).total() == 0;
    let of_review = outputs.iter().any(|one| is_of_review(one.format));
    let below = in_repository(&session.decision.root).filter(|_| of_review);
    let moved = below.map(|below| sources.below(&below));
    let told = match of_review {
        true => told_in_the_diff(report, sources, session)?,
        false => None,
    };
    for output in outputs {
        let (report, sources) = match is_of_review(output.format) {
            true => (
                told.as_ref().unwrap_or(report),
                moved.as_ref().unwrap_or(sources),
            ),
            false => (report, sources),
        };
        let options = RenderOptions {
            max_findings: arguments.max_findings.0,
            show_suppressed: arguments.show_suppressed,
            quiet: arguments.quiet,
            ..terminal.options()
        };
        match output.file {
            Some(path) => {
                let plain = RenderOptions {
                    color: false,
                    links: false,
                    width: 100,
                    ..options
                };
                write_file(&path, &render(report, sources, output.format, &plain))?;
            }
            None if silent && is_for_people(output.format) => {}
            None if arguments.statistics && output.format == Format::Human => {
                print(&statistics(report))?;
            }
            None => print(&render(report, sources, output.format, &options))?,
        }
    }
    if (arguments.formats.is_empty() || for_github)
        && let Some(path) = &environment.github_summary
    {
        let table = render(report, sources, Format::Markdown, &RenderOptions::default());
        append(Path::new(path), &table)?;
    }
    Ok(())
}

/// What is written when nothing is said of it: to agents what they read, to GitHub's log what it
/// makes annotations of, too.
fn usual_outputs(arguments: &CheckArguments, environment: &Environment) -> Vec<Output> {
    let for_agents = environment.agent && arguments.output_file.is_none() && !arguments.statistics;
    let first = match for_agents {
        true => Format::Agent,
        false => Format::Human,
    };
    let mut outputs = vec![Output {
        format: first,
        file: arguments.output_file.clone(),
    }];
    if environment.github {
        outputs.push(Output {
            format: Format::Github,
            file: None,
        });
    }
    outputs
}

/// Adds to a file that others write to as well.
fn append(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path);
    Ok(file.and_then(|mut file| file.write_all(text.as_bytes()))?)
}
