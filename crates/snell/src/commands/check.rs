//! `snell check`: finds problems, writes them down, and says by its exit code
//! whether they matter.

use std::{collections::BTreeSet, time::Instant};

use camino::{Utf8Path, Utf8PathBuf};
use snell_correlate::{Selection, Wanted, rules, unknown_patterns};
use snell_engine::{Clock, Memory, NewMigrations, analyze_with};
use snell_report::{
    Finding, Format, Hidden, HiddenBecause, NoticeKind, RenderOptions, Report, Summary, epilogue,
    render, statistics,
};
use snell_source::{Confidence, Preset, Sources};
use snell_workspace::Ignore;

use super::stats;
use crate::{
    Exit, Failure,
    args::{CheckArguments, Output},
    cache::CacheArguments,
    session::{Scope, Session, discover, is_relevant},
    terminal::{Terminal, print, tell, write_file},
    timings,
};

/// Runs the command.
pub(crate) fn run(
    arguments: &CheckArguments,
    cache: &CacheArguments,
    terminal: Terminal,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let session = Session::open(
        &arguments.paths,
        Scope {
            staged: arguments.staged,
            changed: arguments.changed,
            since: arguments.since.as_deref(),
            all_migrations: arguments.all_migrations,
        },
    )?;
    if session
        .changed()
        .is_some_and(|changed| !changed.iter().any(|path| is_relevant(path)))
    {
        return Ok(Exit::Clean);
    }
    let wanted = wanted(arguments);
    if let Some(pattern) = unknown_patterns(&wanted).next() {
        return Err(Failure::unknown_rule(pattern));
    }
    let statistics = match &arguments.stats {
        Some(path) => Some(stats::read(path)?),
        None => None,
    };
    let memory = cache.memory(&session.decision.root);
    let mut clock = Clock::start();
    let known = known_before(&session, &wanted, &memory)?;
    session.with_files(|fs| {
        let (workspace, mut config) = discover(fs)?;
        if let Some(preset) = arguments.preset {
            config.preset.value = preset.into();
        }
        clock.lap("discover");
        let mut analysis = analyze_with(fs, workspace, &config, session.new_migrations(), &memory);
        analysis.statistics = statistics;
        if analysis.project.schemas.is_empty() {
            return if session.changed().is_some() {
                Ok(Exit::Clean)
            } else {
                Err(Failure::no_schema(&session, &analysis))
            };
        }
        clock.lap("analyze");
        let selection = Selection::new(&config, &wanted);
        let mut judgement = analysis.judge(&selection);
        clock.lap("rules");
        let rules = std::mem::take(&mut judgement.spent);
        let mut accepted = accepted(&config.ignore);
        if arguments.no_ignores {
            accepted.clear();
            for verdict in &mut judgement.verdicts {
                verdict.suppressed = None;
            }
        }
        let mut report = analysis.report(judgement, session.name(), &accepted);
        let sure = arguments
            .min_confidence
            .map_or_else(|| usual_confidence(config.preset.value), Confidence::from);
        let scope = Reported {
            session: &session,
            known: known.as_ref(),
        };
        filter(&mut report, &analysis.sources, arguments, sure, &scope);
        for path in session.missing() {
            tell(&format!("warning: {path}: no such file or folder\n"));
        }
        if arguments.verbose {
            for schema in &report.schemas {
                tell(&format!("schema {} ({})\n", schema.path, schema.provider));
            }
        }
        write(&report, &analysis.sources, arguments, terminal)?;
        clock.lap("report");
        if timings::wanted() {
            memory.finish();
            clock.lap("keep facts");
            timings::show(&clock.laps, &analysis.spent, rules);
        }
        if !arguments.quiet && !arguments.staged {
            let next_steps = terminal.interactive && config.file.is_none();
            tell(&epilogue(&report, Some(started.elapsed()), next_steps));
        }
        let exit = exit(&report, arguments);
        // The process ends here: to free what it holds, piece by piece, would only take time.
        std::mem::forget((analysis, report));
        Ok(exit)
    })
}

/// The fingerprints of what was there before a change that takes files away.
fn known_before(
    session: &Session,
    wanted: &Wanted,
    memory: &Memory,
) -> Result<Option<BTreeSet<String>>, Failure> {
    let found = session.with_files_before(|fs| {
        // A configuration that had faults tells nothing: all is old then.
        let (workspace, config) = discover(fs).ok()?;
        let analysis = analyze_with(fs, workspace, &config, &NewMigrations::Configured, memory);
        let judgement = analysis.judge(&Selection::new(&config, wanted));
        let findings = analysis.report(judgement, session.name(), &[]).findings;
        Some(findings.into_iter().map(|f| f.fingerprint).collect())
    })?;
    Ok(found.flatten())
}

/// The rules that the command line asks for.
fn wanted(arguments: &CheckArguments) -> Wanted {
    let mut wanted = Wanted {
        only: arguments.only.clone(),
        skip: arguments.skip.clone(),
        also: Vec::new(),
    };
    if arguments.stats.is_some() {
        wanted.also = rules::BY_STATISTICS.to_vec();
        if wanted.only.is_empty() {
            // The database itself says which indexes are used.
            wanted
                .skip
                .push(rules::GUESSED_WITHOUT_STATISTICS.to_owned());
        }
    }
    wanted
}

/// What may be less than certain is for those who ask for it.
pub(super) fn usual_confidence(preset: Preset) -> Confidence {
    match preset {
        Preset::Recommended => Confidence::Likely,
        Preset::Strict | Preset::All => Confidence::Possible,
    }
}

/// The entries of `ignore` whose last day has not passed.
pub(super) fn accepted(entries: &[Ignore]) -> Vec<Ignore> {
    let today = time::OffsetDateTime::now_utc().date();
    let (year, month, day) = today.to_calendar_date();
    let today = format!("{year:04}-{:02}-{day:02}", u8::from(month));
    let holds = |entry: &&Ignore| entry.until.as_ref().is_none_or(|until| *until >= today);
    entries.iter().filter(holds).cloned().collect()
}

/// What of the findings is reported.
struct Reported<'a> {
    session: &'a Session,
    /// The fingerprints of what was there before, when the change takes files away: all
    /// others are its doing, wherever they stand.
    known: Option<&'a BTreeSet<String>>,
}

/// Takes out what was not asked for, and counts it.
fn filter(
    report: &mut Report,
    sources: &Sources,
    arguments: &CheckArguments,
    sure: Confidence,
    scope: &Reported<'_>,
) {
    let session = scope.session;
    let least = arguments.min_severity.map(snell_source::Severity::from);
    let paths = &session.decision.filters;
    let changed: Option<BTreeSet<&Utf8Path>> = session
        .changed()
        .map(|changed| changed.iter().map(Utf8PathBuf::as_path).collect());
    let touches = |finding: &Finding, matches: &dyn Fn(&Utf8Path) -> bool| {
        let mut labels = finding.diagnostic.labels.iter();
        labels.any(|label| matches(&sources.file(label.at.file).path))
    };
    let is_new = |finding: &Finding| {
        let known = scope.known;
        known.is_some_and(|known| !known.contains(&finding.fingerprint))
    };
    let why_hidden = |finding: &Finding| {
        if changed
            .as_ref()
            .is_some_and(|changed| !touches(finding, &|path| changed.contains(path)))
            && !is_new(finding)
        {
            Some(HiddenBecause::Unchanged)
        } else if !touches(finding, &|path| paths.matches(path)) {
            Some(HiddenBecause::Paths)
        } else if least.is_some_and(|least| finding.diagnostic.severity < least) {
            Some(HiddenBecause::Severity)
        } else if finding.diagnostic.confidence < sure {
            Some(HiddenBecause::Confidence)
        } else {
            None
        }
    };
    let mut hidden: std::collections::BTreeMap<HiddenBecause, usize> = Default::default();
    report.findings.retain(|finding| match why_hidden(finding) {
        Some(why) => {
            // What is hidden by default is not news.
            let asked = why != HiddenBecause::Confidence || arguments.min_confidence.is_some();
            *hidden.entry(why).or_default() += usize::from(asked && finding.is_active());
            false
        }
        None => true,
    });
    let counted = hidden.into_iter().filter(|(_, count)| *count > 0);
    report.hidden = counted.map(|(why, count)| Hidden { count, why }).collect();
}

fn write(
    report: &Report,
    sources: &Sources,
    arguments: &CheckArguments,
    terminal: Terminal,
) -> Result<(), Failure> {
    let default = [Output {
        format: Format::Human,
        file: arguments.output_file.clone(),
    }];
    let outputs: Vec<Output> = match &arguments.formats[..] {
        [] => default.to_vec(),
        [only] if only.file.is_none() => vec![Output {
            file: arguments.output_file.clone(),
            ..only.clone()
        }],
        several => several.to_vec(),
    };
    let silent = arguments.staged && Summary::of(report).total() == 0;
    for output in outputs {
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
    Ok(())
}

fn exit(report: &Report, arguments: &CheckArguments) -> Exit {
    let threshold = arguments.fail_on.severity();
    let summary = Summary::of(report);
    if threshold.is_some_and(|severity| summary.at_least(severity) > 0) && !arguments.exit_zero {
        Exit::Found
    } else if report
        .notices
        .iter()
        .any(|notice| notice.kind == NoticeKind::Internal)
    {
        Exit::NotJudged
    } else {
        Exit::Clean
    }
}
