//! `snell baseline`: today's findings, accepted, and what became of them.

use std::collections::BTreeSet;

use camino::Utf8Path;
use snell_correlate::{Selection, Wanted};
use snell_engine::{Baseline, Entry, Memory, analyze_with};
use snell_report::{Finding, Report};
use snell_source::{Severity, Sources};
use snell_workspace::{Config, FileSystem};

use super::check::{accepted, is_in_paths, memory_for, usual_confidence};
use crate::{
    Exit, Failure,
    args::{BaselineArguments, BaselineCommand, BaselineCreateArguments},
    cache::CacheArguments,
    news::News,
    session::{Scope, Session, check_names, discover},
    terminal::{print, tell, write_file},
};

/// Runs the command.
pub(crate) fn run(command: &BaselineCommand, cache: &CacheArguments) -> Result<Exit, Failure> {
    match command {
        BaselineCommand::Create(arguments) => create(arguments, cache),
        BaselineCommand::Prune(arguments) => prune(arguments, cache),
        BaselineCommand::Status(arguments) => status(arguments, cache),
    }
}

/// What is found, beside what was accepted before.
struct Today {
    report: Report,
    sources: Sources,
    selection: Selection,
    config: Config,
    known: Option<Baseline>,
}

impl Today {
    fn of(session: &Session, fs: &dyn FileSystem, memory: &Memory) -> Result<Self, Failure> {
        let (workspace, config) = discover(fs)?;
        let known = Baseline::read(fs, &config.baseline.value)?;
        let analysis = analyze_with(fs, workspace, &config, session.new_migrations(), memory);
        if analysis.project.schemas.is_empty() {
            return Err(Failure::no_schema(session, &analysis));
        }
        check_names(&analysis, &config)?;
        let selection = Selection::new(&config, &Wanted::default());
        let judgement = analysis.judge(&selection);
        let mut report = analysis.report(judgement, session.name(), &accepted(&config.ignore));
        if let Some(known) = &known {
            known.apply(&mut report, &analysis.sources, |rule| selection.runs(rule));
        }
        Ok(Today {
            report,
            sources: analysis.sources,
            selection,
            config,
            known,
        })
    }

    /// What `snell check` would tell without a baseline, and the mild findings that `--fail-on low` would add.
    /// Each comes with its number in the report.
    fn told(&self) -> impl Iterator<Item = (usize, &Finding)> {
        let sure = usual_confidence(self.config.preset.value);
        let findings = self.report.findings.iter().enumerate();
        findings.filter(move |(_, finding)| {
            finding.suppressed.is_none() && finding.diagnostic.confidence >= sure
        })
    }

    fn gone(&self) -> Vec<&Entry> {
        let known = self.known.as_ref();
        known.map_or_else(Vec::new, |known| {
            known.gone(&self.report, |rule| self.selection.runs(rule))
        })
    }

    /// The file, or that there is none.
    fn existing(&self) -> Result<&Baseline, Failure> {
        let path = &self.config.baseline.value;
        self.known
            .as_ref()
            .ok_or_else(|| Failure::no_baseline(path))
    }
}

fn create(arguments: &BaselineCreateArguments, cache: &CacheArguments) -> Result<Exit, Failure> {
    let scope = Scope {
        staged: arguments.staged,
        ..Scope::default()
    };
    let session = Session::open(&arguments.paths, scope)?;
    let filters = &session.decision.filters;
    let memory = memory_for(&session, cache);
    session.with_files(|fs| {
        let today = Today::of(&session, fs, &memory)?;
        let wanted = Wanted::default();
        let news = News {
            session: &session,
            memory: &memory,
            wanted: &wanted,
            preset: None,
            no_baseline: false,
            no_ignores: false,
            all_migrations: false,
            statistics: None,
        };
        let sure = usual_confidence(today.config.preset.value);
        let new = news.of(&today.report, &today.sources, sure, |_| true)?;
        let is_meant = |n: usize, finding: &Finding| {
            is_in_paths(finding, &today.sources, &session) && new.as_ref().is_none_or(|new| new[n])
        };
        // A part of the findings is added to what there is; all of them take its place.
        let part = session.changed().is_some() || !filters.paths.is_empty();
        // The file itself is written, not what the index holds of it.
        let written = Baseline::read(session.disk(), &today.config.baseline.value)?;
        let mut baseline = match &written {
            Some(written) if part => written.clone(),
            _ => Baseline::default(),
        };
        let mut refused = Vec::new();
        let told = today.told().filter(|(n, finding)| is_meant(*n, finding));
        for (_, finding) in told {
            let critical = finding.diagnostic.severity == Severity::Critical;
            if critical && !finding.baselined && arguments.include.is_none() {
                refused.push(finding);
            } else {
                baseline.insert(Entry::of(finding, &today.sources));
            }
        }
        let path = &today.config.baseline.value;
        write_file(&session.decision.root.join(path), &baseline.to_text())?;
        print(&created(path, &baseline, written.as_ref()))?;
        if arguments.staged {
            let stage = session.to_stage(path);
            tell(&format!("A commit gets what is in the index: `{stage}`\n"));
        }
        if refused.is_empty() {
            return Ok(Exit::Clean);
        }
        tell(&left_out(&refused, &today.sources, arguments));
        Ok(Exit::Found)
    })
}

/// What the baseline hides now, by severity, and what changed in it.
fn created(path: &Utf8Path, baseline: &Baseline, before: Option<&Baseline>) -> String {
    let mut out = format!("Wrote {path}: {}\n", counts(baseline.entries()));
    if let Some(before) = before {
        let known: BTreeSet<&str> = before.entries().map(|one| &*one.fingerprint).collect();
        let now: BTreeSet<&str> = baseline.entries().map(|one| &*one.fingerprint).collect();
        out.push_str(&format!(
            "{} new, {} gone since the last one\n",
            now.difference(&known).count(),
            known.difference(&now).count()
        ));
    }
    out
}

/// The critical findings that stay findings.
fn left_out(
    refused: &[&Finding],
    sources: &Sources,
    arguments: &BaselineCreateArguments,
) -> String {
    let mut out = match refused.len() {
        1 => "error: 1 critical finding is not accepted\n".to_owned(),
        n => format!("error: {n} critical findings are not accepted\n"),
    };
    for finding in refused {
        let entry = Entry::of(finding, sources);
        out.push_str(&line(&entry));
    }
    let mut command = "snell baseline create".to_owned();
    if arguments.staged {
        command.push_str(" --staged");
    }
    command.push_str(" --include critical");
    for path in &arguments.paths {
        command.push_str(&format!(" {path}"));
    }
    out.push_str(&format!(
        "help: mend them, or say that they stay: `{command}`\n"
    ));
    out
}

fn prune(arguments: &BaselineArguments, cache: &CacheArguments) -> Result<Exit, Failure> {
    let session = open(arguments)?;
    let memory = cache.memory(&session.decision.root);
    session.with_files(|fs| {
        let today = Today::of(&session, fs, &memory)?;
        let mut baseline = today.existing()?.clone();
        let gone = today.gone();
        for entry in &gone {
            baseline.remove(entry);
        }
        let path = &today.config.baseline.value;
        if !gone.is_empty() {
            write_file(&session.decision.root.join(path), &baseline.to_text())?;
        }
        let lines: String = gone.iter().map(|entry| line(entry)).collect();
        print(&format!(
            "Took {} out of {path}; {}\n{lines}",
            counted(gone.len(), "entry", "entries"),
            counted(baseline.len(), "stays", "stay")
        ))?;
        Ok(Exit::Clean)
    })
}

fn status(arguments: &BaselineArguments, cache: &CacheArguments) -> Result<Exit, Failure> {
    let session = open(arguments)?;
    let memory = cache.memory(&session.decision.root);
    session.with_files(|fs| {
        let today = Today::of(&session, fs, &memory)?;
        let baseline = today.existing()?;
        let path = &today.config.baseline.value;
        let mut out = format!("{path}: {}\n", counts(baseline.entries()));
        let gone = today.gone();
        if !gone.is_empty() {
            out.push_str(&format!(
                "{} gone: `snell baseline prune` takes {} out\n",
                counted(gone.len(), "is", "are"),
                if gone.len() == 1 { "it" } else { "them" }
            ));
            out.extend(gone.iter().map(|entry| line(entry)));
        }
        let worse: Vec<Entry> = today
            .told()
            .filter(|(_, finding)| !finding.baselined && baseline.entry(finding).is_some())
            .map(|(_, finding)| Entry::of(finding, &today.sources))
            .collect();
        if !worse.is_empty() {
            out.push_str(&format!(
                "{} more severe now, and {} again\n",
                counted(worse.len(), "is", "are"),
                if worse.len() == 1 { "counts" } else { "count" }
            ));
            out.extend(worse.iter().map(line));
        }
        let new = today
            .told()
            .filter(|(_, finding)| !finding.baselined)
            .count()
            - worse.len();
        out.push_str(&format!(
            "{} not in it\n",
            counted(new, "finding is", "findings are")
        ));
        print(&out)?;
        Ok(Exit::Clean)
    })
}

fn open(arguments: &BaselineArguments) -> Result<Session, Failure> {
    let paths: Vec<_> = arguments.path.iter().cloned().collect();
    Ok(Session::open(&paths, Scope::default())?)
}

/// `12 findings (2 high, 10 low)`
fn counts<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let severities: Vec<Severity> = entries.map(|entry| entry.severity).collect();
    let by_severity: Vec<String> = Severity::WORST_FIRST
        .into_iter()
        .map(|severity| {
            (
                severity,
                severities.iter().filter(|one| **one == severity).count(),
            )
        })
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {}", severity.as_str()))
        .collect();
    let all = counted(severities.len(), "finding", "findings");
    match by_severity.is_empty() {
        true => all,
        false => format!("{all} ({})", by_severity.join(", ")),
    }
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// An entry as one line. Its words come from a file: nothing of them paints.
fn line(entry: &Entry) -> String {
    let text = format!(
        "  {}  {}  {}: {}",
        entry.severity.as_str(),
        entry.rule,
        entry.place,
        entry.title
    );
    let printable: String = text
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    printable + "\n"
}
