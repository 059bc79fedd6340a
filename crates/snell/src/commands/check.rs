//! `snell check`: finds problems, writes them down, and says by its exit code
//! whether they matter.

use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use snell_correlate::{Judgement, Selection, Wanted, rules, unknown_patterns};
use snell_engine::{Analysis, Baseline, Clock, Memory, analyze_with, join, statistics::Statistics};
use snell_report::{Finding, Hidden, HiddenBecause, NoticeKind, Report, Summary, epilogue};
use snell_source::{Confidence, Diagnostic, Preset, Severity, Sources};
use snell_workspace::{Config, FileSystem, Ignore, Origin, Workspace};

mod in_diff;
mod outputs;

use super::{fix, stats};
use crate::{
    Exit, Failure,
    args::{CheckArguments, PresetName},
    cache::CacheArguments,
    environment::Environment,
    news::{News, touches},
    progress::Progress,
    session::{Refusal, Scope, Session, check_names, discover, is_relevant},
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
    let environment = Environment::of_process();
    let to = (terminal, &environment);
    if session.changed().is_some_and(nothing) {
        outputs::write_nothing(&session, arguments, to)?;
        return Ok(Exit::Clean);
    }
    let wanted = wanted(arguments);
    if let Some(pattern) = unknown_patterns(&wanted).next() {
        return Err(Failure::unknown_rule(pattern));
    }
    let statistics = arguments.stats.as_ref();
    let statistics = statistics.map(|path| stats::read(path)).transpose()?;
    let memory = memory_for(&session, cache);
    let mut clock = Clock::start();
    session.with_files(|fs| {
        let (workspace, config) = with_preset(fs, arguments.preset)?;
        clock.lap("discover");
        let baseline = match arguments.no_baseline {
            true => None,
            false => baseline_of(fs, &config)?,
        };
        let progress = progress(arguments, &environment, workspace.files.len());
        let mut analysis = analyze_with(fs, workspace, &config, session.new_migrations(), &memory);
        analysis.statistics.clone_from(&statistics);
        let news = news(&session, &memory, &wanted, arguments, statistics.as_ref());
        if analysis.project.schemas.is_empty() {
            return match session.changed() {
                Some(_) if !news.lost_its_schema(&analysis)? => {
                    outputs::write_nothing(&session, arguments, to)?;
                    Ok(Exit::Clean)
                }
                _ => Err(Failure::no_schema(&session, &analysis)),
            };
        }
        check_names(&analysis, &config)?;
        clock.lap("analyze");
        let selection = Selection::new(&config, &wanted);
        let mut judgement = analysis.judge(&selection);
        clock.lap("rules");
        let rules = std::mem::take(&mut judgement.spent);
        let baseline = baseline.as_ref();
        let accept = Accept {
            accepted: accepted(&config.ignore),
            baseline,
            selection: &selection,
            usual: usual_confidence(config.preset.value),
        };
        let mut report = judged(&analysis, judgement, arguments, accept, &news)?;
        drop(progress);
        fix::run(&analysis, &mut report, arguments, &session)?;
        join(&mut report, &analysis.sources);
        tell(&remarks(&report, &session, arguments.verbose));
        if !arguments.diff {
            outputs::write(&report, (&session, &analysis.sources), arguments, to)?;
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
                (true, Exit::Found) => how_to_accept(&report, &session, &config.baseline.value),
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

/// What the base of a change is asked, if there is one.
fn news<'a>(
    session: &'a Session,
    memory: &'a Memory,
    wanted: &'a Wanted,
    arguments: &CheckArguments,
    statistics: Option<&'a Statistics>,
) -> News<'a> {
    News {
        session,
        memory,
        wanted,
        preset: arguments.preset,
        no_baseline: arguments.no_baseline,
        no_ignores: arguments.no_ignores,
        all_migrations: arguments.all_migrations,
        statistics,
    }
}

/// What is remembered for one look at the workspace, or for two: the second one, at the base of a change, says what of
/// the findings the change brings.
pub(super) fn memory_for(session: &Session, cache: &CacheArguments) -> Memory {
    match session.changed() {
        Some(_) => cache.memory_of_two(&session.decision.root),
        None => cache.memory(&session.decision.root),
    }
}

/// The baseline that the workspace's own configuration names, or the usual one if it is there.
fn baseline_of(fs: &dyn FileSystem, config: &Config) -> Result<Option<Baseline>, Failure> {
    let path = &config.baseline;
    let found = Baseline::read(fs, &path.value)?;
    let is_own = |file: &Utf8PathBuf| config.file.as_ref() == Some(file);
    match &path.origin {
        Origin::File { file, .. }
            if found.is_none()
                && is_own(file)
                && path.value != Config::default().baseline.value =>
        {
            Err(Failure::no_baseline_at(&path.value, &path.origin))
        }
        _ => Ok(found),
    }
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
pub(crate) fn with_preset(
    fs: &dyn FileSystem,
    preset: Option<PresetName>,
) -> Result<(Workspace, Config), Refusal> {
    let (workspace, mut config) = discover(fs)?;
    if let Some(preset) = preset {
        config.preset.value = preset.into();
    }
    Ok((workspace, config))
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
    news: &News<'_>,
) -> Result<Report, Failure> {
    if arguments.no_ignores {
        accept.accepted.clear();
        for verdict in &mut judgement.verdicts {
            verdict.suppressed = None;
        }
    }
    let mut report = analysis.report(judgement, news.session.name(), &accept.accepted);
    analysis.qualify(&mut report);
    if let Some(baseline) = accept.baseline {
        baseline.apply(&mut report, &analysis.sources, |rule| {
            accept.selection.runs(rule)
        });
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
        news,
    )?;
    Ok(report)
}

/// What may be done with findings that stop a commit. The hook reads the index: the baseline must be in it.
fn how_to_accept(report: &Report, session: &Session, baseline: &Utf8Path) -> String {
    let mut findings = report.findings.iter().filter(|finding| finding.is_active());
    let critical = findings.any(|finding| finding.diagnostic.severity == Severity::Critical);
    let include = if critical { " --include critical" } else { "" };
    format!(
        "To commit anyway: `git commit --no-verify`   to accept: `snell baseline create --staged{include} && {}`\n",
        session.to_stage(baseline)
    )
}

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
pub(crate) fn accepted(entries: &[Ignore]) -> Vec<Ignore> {
    let today = today();
    let holds = |entry: &&Ignore| entry.until.as_ref().is_none_or(|until| *until >= today);
    entries.iter().filter(holds).cloned().collect()
}

/// Today, as `ignore` writes days.
pub(crate) fn today() -> String {
    let today = time::OffsetDateTime::now_utc().date();
    let (year, month, day) = today.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

/// Takes out what was not asked for, and counts it. `shows` says what is shown when no severity was asked for.
fn filter(
    report: &mut Report,
    sources: &Sources,
    arguments: &CheckArguments,
    (sure, shows): (Confidence, &dyn Fn(&Diagnostic) -> bool),
    news: &News<'_>,
) -> Result<(), Failure> {
    let least = arguments.min_severity.map(Severity::from);
    let why_hidden = |finding: &Finding| {
        if !is_in_paths(finding, sources, news.session) {
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
    let new = news.of(report, sources, sure, |finding| {
        why_hidden(finding).is_none()
    })?;
    let mut hidden: std::collections::BTreeMap<HiddenBecause, usize> = Default::default();
    let mut new = new.into_iter().flatten();
    report.findings.retain(|finding| {
        let unchanged = new.next() == Some(false);
        let Some(why) =
            why_hidden(finding).or_else(|| unchanged.then_some(HiddenBecause::Unchanged))
        else {
            return true;
        };
        // What is only possible is no news unless somebody asks how sure.
        let asked = why != HiddenBecause::Confidence || arguments.min_confidence.is_some();
        *hidden.entry(why).or_default() += usize::from(asked && finding.is_active());
        false
    });
    let counted = hidden.into_iter().filter(|(_, count)| *count > 0);
    report.hidden = counted.map(|(why, count)| Hidden { count, why }).collect();
    Ok(())
}

/// Whether a finding belongs to the paths that were named. Hooks name the files that changed: what these do to others
/// belongs to them, too.
pub(super) fn is_in_paths(finding: &Finding, sources: &Sources, session: &Session) -> bool {
    let paths = &session.decision.filters;
    if touches(finding, sources, |path| paths.matches(path)) {
        return true;
    }
    let changed = session.changed().unwrap_or_default();
    let is_changed = |path: &Utf8Path| changed.iter().any(|one| one == path);
    let of_hook = paths.paths.iter().any(|path| is_changed(path));
    of_hook && !touches(finding, sources, is_changed)
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
