//! `snell audit`: the whole audit of the database as a document.

use std::{collections::BTreeMap, time::Instant};

use camino::{Utf8Path, Utf8PathBuf};
use snell_correlate::{Selection, Wanted};
use snell_engine::{NewMigrations, analyze_with, audit};
use snell_report::{
    NoticeKind, Summary,
    audit::{
        Audit,
        digest::Digest,
        html,
        markdown::{self, Picture},
    },
};
use snell_source::{Preset, Severity, Sources};

use super::check::accepted;
use crate::{
    Exit, Failure,
    args::{AuditArguments, AuditFormat},
    cache::CacheArguments,
    session::{Scope, Session, check_names, discover},
    terminal::{print, tell, write_file},
};

/// Runs the command.
pub(crate) fn run(arguments: &AuditArguments, cache: &CacheArguments) -> Result<Exit, Failure> {
    let started = Instant::now();
    let paths: Vec<_> = arguments.path.iter().cloned().collect();
    let session = Session::open(&paths, Scope::default())?;
    session.all_there()?;
    let memory = cache.memory(&session.decision.root);
    session.with_files(|fs| {
        let (workspace, mut config) = discover(fs)?;
        // An audit tells everything, of migrations that have run too.
        config.preset.value = Preset::All;
        let analysis = analyze_with(fs, workspace, &config, &NewMigrations::All, &memory);
        if analysis.project.schemas.is_empty() {
            return Err(Failure::no_schema(&session, &analysis));
        }
        check_names(&analysis, &config)?;
        let judgement = analysis.judge(&Selection::new(&config, &Wanted::default()));
        let report = analysis.report(judgement, session.name(), &accepted(&config.ignore));
        let mut audit = audit(&analysis, report, &config);
        let digest = Digest::of(&audit, &analysis.sources);
        if let Some(path) = &arguments.compare {
            audit.changes = Some(digest.since(&read(path)?));
        }
        let usual = || session.decision.root.join(&config.audit_output.value);
        let wanted = match (&arguments.output, arguments.format) {
            (Some(path), _) => path.clone(),
            (None, AuditFormat::Markdown) => usual(),
            (None, AuditFormat::Html) => usual().with_extension("html"),
            // For programs, which read what they are handed.
            (None, AuditFormat::Json) => "-".into(),
        };
        if arguments.format == AuditFormat::Json {
            let text = serde_json::to_string_pretty(&digest).map_err(anyhow::Error::from)? + "\n";
            match wanted.as_str() {
                "-" => print(&text)?,
                _ => write_file(&wanted, &text)?,
            }
            return Ok(exit(&audit, arguments));
        }
        let page = arguments.format == AuditFormat::Html;
        if wanted == "-" {
            let text = match page {
                true => html::render(&audit, &analysis.sources),
                false => markdown::render(&audit, &analysis.sources, ""),
            };
            print(&text)?;
            return Ok(exit(&audit, arguments));
        }
        let mark = if page { html::MARK } else { markdown::MARK };
        let path = free_name(&wanted, arguments.update, mark);
        let text = if page {
            html::render(&audit, &analysis.sources)
        } else {
            let base = base(&session.decision.root, &path);
            let files = draw(&audit, &path, arguments.update)?;
            markdown::render_beside(&audit, &analysis.sources, &base, &files)
        };
        write_file(&path, &text)?;
        if path != wanted && !arguments.update {
            let own = std::fs::read_to_string(&wanted).is_ok_and(|text| is_own(&text, mark));
            tell(&match own {
                true => format!("Kept {wanted}, an earlier audit: `--update` replaces it\n"),
                false => format!("Kept {wanted}, which snell did not write\n"),
            });
        }
        tell(&told(&audit, &analysis.sources, &path, &text, started));
        Ok(exit(&audit, arguments))
    })
}

/// An audit fails where it is told to. It never fails on what migrations did when they ran: nothing mends that.
fn exit(audit: &Audit, arguments: &AuditArguments) -> Exit {
    let threshold = arguments.fail_on.severity();
    let severe = |(severity, n): (Severity, usize)| {
        n > 0 && threshold.is_some_and(|mildest| severity >= mildest)
    };
    let mut notices = audit.report.notices.iter();
    if counts(audit).into_iter().any(severe) {
        Exit::Found
    } else if threshold.is_some() && notices.any(|one| one.kind == NoticeKind::Internal) {
        Exit::NotJudged
    } else {
        Exit::Clean
    }
}

/// An earlier audit, as `--format json` wrote it.
fn read(path: &Utf8Path) -> anyhow::Result<Digest> {
    use anyhow::Context as _;
    let text = std::fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))?;
    let old: Digest = serde_json::from_str(&text).with_context(|| {
        format!("{path} is no audit: `snell audit --format json -o {path}` writes one")
    })?;
    anyhow::ensure!(
        old.version == Digest::VERSION,
        "{path} is of another version of snell: write it anew with `snell audit --format json`"
    );
    Ok(old)
}

/// The path, or the next one that is free: only what snell wrote is replaced, and only when that was asked for.
fn free_name(wanted: &Utf8Path, update: bool, mark: &str) -> Utf8PathBuf {
    let may_write = |path: &Utf8Path| match std::fs::read_to_string(path) {
        Ok(text) => update && is_own(&text, mark),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if may_write(wanted) {
        return wanted.to_owned();
    }
    let stem = wanted.file_stem().unwrap_or("database-audit");
    let extension = wanted
        .extension()
        .map_or_else(String::new, |text| format!(".{text}"));
    let mut number = 2u32;
    loop {
        let path = wanted.with_file_name(format!("{stem}-{number}{extension}"));
        if may_write(&path) {
            return path;
        }
        number += 1;
    }
}

/// Whether snell wrote a file: it begins with the mark, a page with its type and then the mark.
fn is_own(text: &str, mark: &str) -> bool {
    let rest = text.strip_prefix("<!doctype html>\n");
    rest.unwrap_or(text).starts_with(mark)
}

/// Writes the pictures beside the document (`database-audit-erd.svg`), and says what their files
/// are called.
fn draw(
    audit: &Audit,
    document: &Utf8Path,
    update: bool,
) -> Result<BTreeMap<Picture, String>, Failure> {
    let stem = document.file_stem().unwrap_or("database-audit");
    let mut files = BTreeMap::new();
    for (picture, svg) in markdown::pictures(audit) {
        let wanted = document.with_file_name(format!("{stem}-{}.svg", picture.suffix()));
        let path = free_name(&wanted, update, markdown::PICTURE_MARK);
        write_file(&path, &svg)?;
        files.extend(path.file_name().map(|name| (picture, name.to_owned())));
    }
    Ok(files)
}

/// What leads from the document's folder to the root: `../../`. A document elsewhere has links
/// from the root.
fn base(root: &Utf8Path, path: &Utf8Path) -> String {
    let absolute = if path.is_absolute() {
        path.to_owned()
    } else {
        let folder = std::env::current_dir().ok();
        let folder = folder.and_then(|folder| Utf8PathBuf::from_path_buf(folder).ok());
        folder.unwrap_or_default().join(path)
    };
    let folder = absolute.parent().unwrap_or(&absolute);
    folder.strip_prefix(root).map_or_else(
        |_| String::new(),
        |inside| "../".repeat(inside.components().count()),
    )
}

/// The findings that the document counts: not those of what is over.
fn counts(audit: &Audit) -> [(Severity, usize); 5] {
    Severity::WORST_FIRST.map(|severity| {
        let all = audit.report.findings.iter().zip(&audit.findings);
        let counted = all.filter(|(finding, more)| {
            finding.is_active() && !more.past && finding.diagnostic.severity == severity
        });
        (severity, counted.count())
    })
}

/// Five lines for who waits.
fn told(audit: &Audit, sources: &Sources, path: &Utf8Path, text: &str, started: Instant) -> String {
    let counts = counts(audit);
    let total: usize = counts.iter().map(|(_, n)| n).sum();
    let past = Summary::of(&audit.report).total().saturating_sub(total);
    let past = match past {
        0 => String::new(),
        n => format!(", and {n} of what migrations did when they ran"),
    };
    let mut out = format!(
        "Wrote {path} ({} lines, {total} findings{past}) in {:.2} s\n\n",
        text.lines().count(),
        started.elapsed().as_secs_f64()
    );
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(severity, n)| format!("{n} {}", severity.as_str()))
        .collect();
    let counts = if counts.is_empty() {
        "nothing was found".to_owned()
    } else {
        counts.join(", ")
    };
    out.push_str(&format!("  Health     {counts}\n"));
    for (n, (id, message, at)) in markdown::first(audit, sources).into_iter().enumerate() {
        let head = if n == 0 { "Fix first" } else { "" };
        out.push_str(&format!("  {head:10} {id}  {message}  {at}\n"));
    }
    let undecided = audit.report.counts.undecided_queries;
    if undecided > 0 {
        out.push_str(&format!(
            "  Blind      {undecided} queries on rows that somebody owns could not be decided (appendix E)\n"
        ));
    }
    out
}
