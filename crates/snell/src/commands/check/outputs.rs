//! What a check writes, and where.

use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use snell_report::{Format, RenderOptions, Report, Summary, render, statistics};
use snell_source::Sources;

use crate::{
    Failure,
    args::{CheckArguments, Output},
    environment::Environment,
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

/// Whether those who read a format know files by their paths from the repository's root.
fn names_repository_paths(format: Format) -> bool {
    matches!(format, Format::Sarif | Format::Github | Format::Gitlab)
}

/// The way from the repository's root to a workspace's, when that lies deeper.
fn in_repository(root: &Utf8Path) -> Option<Utf8PathBuf> {
    let repository = root.ancestors().find(|one| one.join(".git").exists())?;
    let below = root.strip_prefix(repository).ok()?;
    (!below.as_str().is_empty()).then(|| below.to_owned())
}

/// Writes the report of the workspace at `root` in each format that is asked for.
pub(super) fn write(
    report: &Report,
    (root, sources): (&Utf8Path, &Sources),
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
    let silent = arguments.staged && Summary::of(report).total() == 0;
    let moved = in_repository(root)
        .filter(|_| outputs.iter().any(|one| names_repository_paths(one.format)))
        .map(|below| sources.below(&below));
    for output in outputs {
        let sources = match &moved {
            Some(moved) if names_repository_paths(output.format) => moved,
            _ => sources,
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
            None if silent && output.format == Format::Human => {}
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
