//! `snell check`: finds problems, writes them down, and says by its exit code
//! whether they matter.

use std::{collections::BTreeSet, time::Instant};

use camino::{Utf8Path, Utf8PathBuf};
use snell_correlate::{Judgement, Selection, Wanted, rules, unknown_patterns};
use snell_engine::{Analysis, Baseline, Clock, Memory, NewMigrations, analyze_with, join};
use snell_report::{Finding, Hidden, HiddenBecause, NoticeKind, Report, Summary, epilogue};
use snell_source::{Confidence, Diagnostic, Preset, Severity, Sources};
use snell_workspace::{Config, FileSystem, Ignore, Workspace};

mod outputs;

use super::{fix, stats};
use crate::{
    Exit, Failure,
    args::{CheckArguments, PresetName},
    cache::CacheArguments,
    environment::Environment,
    progress::Progress,
    session::{Refusal, Scope, Session, discover, is_relevant},
    terminal::{Terminal, tell},
    timings,
};

/// Runs the command; with `--watch`, again whenever a file changes.
pub(crate) fn run(
    arguments: &CheckArguments,
    cache: &CacheArguments,
    terminal: Terminal,
) -> Result<Exit, Failure> {
    match arguments.watch {
        true => super::watch::run(arguments, cache, terminal),
        false => once(arguments, cache, terminal),
    }
}

/// One check.
pub(super) fn once(
    arguments: &CheckArguments,
    cache: &CacheArguments,
    terminal: Terminal,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    outputs::verify(arguments)?;
    let session = Session::open(&arguments.paths, scope_of(arguments))?;
    let nothing = |changed: &[Utf8PathBuf]| !changed.iter().any(|path| is_relevant(path));
    if session.changed().is_some_and(nothing) {
        return Ok(Exit::Clean);
    }
    let wanted = wanted(arguments);
    if let Some(pattern) = unknown_patterns(&wanted).next() {
        return Err(Failure::unknown_rule(pattern));
    }
    let statistics = arguments.stats.as_ref();
    let statistics = statistics.map(|path| stats::read(path)).transpose()?;
    let memory = cache.memory(&session.decision.root);
    let mut clock = Clock::start();
    let known = known_before(&session, &wanted, arguments.preset, &memory)?;
    session.with_files(|fs| {
        let (workspace, config) = with_preset(fs, arguments.preset)?;
        clock.lap("discover");
        let baseline = match arguments.no_baseline {
            true => None,
            false => Baseline::read(fs, &config.baseline.value)?,
        };
        let environment = Environment::of_process();
        let progress = progress(arguments, &environment, workspace.files.len());
        let mut analysis = analyze_with(fs, workspace, &config, session.new_migrations(), &memory);
        analysis.statistics = statistics;
        if analysis.project.schemas.is_empty() {
            return match session.changed() {
                Some(_) => Ok(Exit::Clean),
                None => Err(Failure::no_schema(&session, &analysis)),
            };
        }
        clock.lap("analyze");
        let selection = Selection::new(&config, &wanted);
        let mut judgement = analysis.judge(&selection);
        clock.lap("rules");
        let rules = std::mem::take(&mut judgement.spent);
        let baseline = baseline.as_ref();
        let scope = Reported {
            session: &session,
            known: known.as_ref(),
        };
        let accept = Accept {
            accepted: accepted(&config.ignore),
            baseline,
            selection: &selection,
            usual: usual_confidence(config.preset.value),
        };
        let mut report = judged(&analysis, judgement, arguments, accept, &scope);
        drop(progress);
        fix::run(&analysis, &mut report, arguments, &session)?;
        join(&mut report, &analysis.sources);
        tell(&remarks(&report, &session, arguments.verbose));
        if !arguments.diff {
            let to = (terminal, &environment);
            let from = (session.decision.root.as_path(), &analysis.sources);
            outputs::write(&report, from, arguments, to)?;
        }
        clock.lap("report");
        if timings::wanted() {
            memory.finish();
            clock.lap("keep facts");
            timings::show(&clock.laps, &analysis.spent, rules);
        }
        let exit = exit(&report, arguments);
        let configured = config.file.is_some() || baseline.is_some();
        let next_steps = terminal.interactive && !configured;
        if !arguments.quiet {
            tell(&match (arguments.staged, exit) {
                (true, Exit::Found) => ACCEPT.to_owned(),
                (true, _) => String::new(),
                (false, _) => epilogue(&report, Some(started.elapsed()), next_steps),
            });
        }
        // The process ends here: to free what it holds, piece by piece, would only take time.
        if !arguments.watch {
            std::mem::forget((analysis, report));
        }
        Ok(exit)
    })
}

/// What of the workspace is looked at.
fn scope_of(arguments: &CheckArguments) -> Scope<'_> {
    Scope {
        staged: arguments.staged,
        changed: arguments.changed,
        since: arguments.since.as_deref(),
        all_migrations: arguments.all_migrations,
    }
}

/// What tells people that something is done, where they see it.
fn progress(arguments: &CheckArguments, environment: &Environment, files: usize) -> Progress {
    let wanted = !(arguments.no_progress || arguments.quiet || environment.pipeline);
    Progress::start(wanted, format!("Reading {files} files"))
}

/// What the tree holds, with the preset that the command line asks for.
fn with_preset(
    fs: &dyn FileSystem,
    preset: Option<PresetName>,
) -> Result<(Workspace, Config), Refusal> {
    let (workspace, mut config) = discover(fs)?;
    if let Some(preset) = preset {
        config.preset.value = preset.into();
    }
    Ok((workspace, config))
}

/// The fingerprints of what was there before a change that takes files away.
fn known_before(
    session: &Session,
    wanted: &Wanted,
    preset: Option<PresetName>,
    memory: &Memory,
) -> Result<Option<BTreeSet<String>>, Failure> {
    let found = session.with_files_before(|fs| {
        // A configuration that had faults tells nothing: all is old then.
        let (workspace, config) = with_preset(fs, preset).ok()?;
        let analysis = analyze_with(fs, workspace, &config, &NewMigrations::Configured, memory);
        let judgement = analysis.judge(&Selection::new(&config, wanted));
        let findings = analysis.report(judgement, session.name(), &[]).findings;
        Some(findings.into_iter().map(|f| f.fingerprint).collect())
    })?;
    Ok(found.flatten())
}

/// What is said of the arguments and, when asked, of the schemas.
fn remarks(report: &Report, session: &Session, verbose: bool) -> String {
    let mut out = String::new();
    for path in session.missing() {
        out.push_str(&format!("warning: {path}: no such file or folder\n"));
    }
    let schemas = report.schemas.iter().filter(|_| verbose);
    for schema in schemas {
        out.push_str(&format!("schema {} ({})\n", schema.path, schema.provider));
    }
    out
}

/// What silences findings, and what is shown of the others.
struct Accept<'a> {
    accepted: Vec<Ignore>,
    baseline: Option<&'a Baseline>,
    selection: &'a Selection,
    usual: Confidence,
}

/// What the rules found, what silences it, and what of it was asked for.
fn judged(
    analysis: &Analysis,
    mut judgement: Judgement,
    arguments: &CheckArguments,
    mut accept: Accept<'_>,
    scope: &Reported<'_>,
) -> Report {
    if arguments.no_ignores {
        accept.accepted.clear();
        for verdict in &mut judgement.verdicts {
            verdict.suppressed = None;
        }
    }
    let mut report = analysis.report(judgement, scope.session.name(), &accept.accepted);
    if let Some(baseline) = accept.baseline {
        baseline.apply(&mut report, |rule| accept.selection.runs(rule));
    }
    let sure = arguments
        .min_confidence
        .map_or(accept.usual, Confidence::from);
    let shows = |diagnostic: &Diagnostic| {
        let fails = arguments.fail_on.severity();
        accept.selection.shows(diagnostic)
            || fails.is_some_and(|mildest| diagnostic.severity >= mildest)
    };
    filter(
        &mut report,
        &analysis.sources,
        arguments,
        (sure, &shows),
        scope,
    );
    report
}

/// What may be done with findings that stop a commit.
const ACCEPT: &str =
    "To commit anyway: `git commit --no-verify`   to accept: `snell baseline create --staged`\n";

/// The rules that the command line asks for.
fn wanted(arguments: &CheckArguments) -> Wanted {
    let mut wanted = Wanted {
        only: arguments.only.clone(),
        skip: arguments.skip.clone(),
        also: Vec::new(),
        least: arguments.min_severity.map(Severity::from),
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

/// Takes out what was not asked for, and counts it. `shows` says what is shown when no severity was asked for.
fn filter(
    report: &mut Report,
    sources: &Sources,
    arguments: &CheckArguments,
    (sure, shows): (Confidence, &dyn Fn(&Diagnostic) -> bool),
    scope: &Reported<'_>,
) {
    let session = scope.session;
    let least = arguments.min_severity.map(Severity::from);
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
        } else if least.is_none() && !shows(&finding.diagnostic) {
            Some(HiddenBecause::Mild)
        } else {
            None
        }
    };
    let mut hidden: std::collections::BTreeMap<HiddenBecause, usize> = Default::default();
    report.findings.retain(|finding| match why_hidden(finding) {
        Some(why) => {
            // What is only possible is no news unless somebody asks how sure.
            let asked = why != HiddenBecause::Confidence || arguments.min_confidence.is_some();
            *hidden.entry(why).or_default() += usize::from(asked && finding.is_active());
            false
        }
        None => true,
    });
    let counted = hidden.into_iter().filter(|(_, count)| *count > 0);
    report.hidden = counted.map(|(why, count)| Hidden { count, why }).collect();
}

fn exit(report: &Report, arguments: &CheckArguments) -> Exit {
    let threshold = arguments.fail_on.severity();
    let summary = Summary::of(report);
    let high = summary.at_least(Severity::High);
    let most = arguments.max_warnings;
    if most.is_some() {
        tell(
            "hint: `--fail-on medium` says which findings fail, `snell baseline create` accepts those of today\n",
        );
    }
    let too_many = most.is_some_and(|most| summary.at_least(Severity::Low) - high > most);
    let severe = threshold.is_some_and(|severity| summary.at_least(severity) > 0);
    if (too_many || severe) && !arguments.exit_zero {
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
