//! What a change makes of the findings: those that its base has not are its doing, wherever they stand. A guard that is
//! taken away opens endpoints in files that nobody touched, and a comment in a schema is guilty of nothing there.

use camino::Utf8Path;
use snell_correlate::{Selection, Wanted};
use snell_engine::{
    Analysis, Baseline, Before, Memory, NewMigrations, analyze_with, index_name,
    statistics::Statistics, tree_name,
};
use snell_report::{Finding, Report};
use snell_source::{Confidence, Role, Sources};
use snell_workspace::FileSystem;

use crate::{
    Failure,
    args::PresetName,
    commands::check::{accepted, today, with_preset},
    session::{Session, is_relevant},
};

/// What is asked of the base: the same as of the change.
pub(crate) struct News<'a> {
    pub(crate) session: &'a Session,
    pub(crate) memory: &'a Memory,
    pub(crate) wanted: &'a Wanted,
    pub(crate) preset: Option<PresetName>,
    pub(crate) no_baseline: bool,
    pub(crate) no_ignores: bool,
    pub(crate) all_migrations: bool,
    pub(crate) statistics: Option<&'a Statistics>,
}

impl News<'_> {
    /// For each finding whether the change is to blame for it, where the change alone is asked about. `meant` says which
    /// of them anybody would see: without one the base is not looked at.
    pub(crate) fn of(
        &self,
        report: &Report,
        sources: &Sources,
        sure: Confidence,
        meant: impl Fn(&Finding) -> bool,
    ) -> Result<Option<Vec<bool>>, Failure> {
        let (Some(changed), Some(base)) = (self.session.changed(), self.session.base()?) else {
            return Ok(None);
        };
        let findings = &report.findings;
        let touched = |finding: &Finding| {
            touches(finding, sources, |path| {
                changed.iter().any(|one| one == path)
            })
        };
        let asked = |finding: &Finding| finding.is_active() && meant(finding);
        if !findings.iter().any(asked) {
            return Ok(Some(findings.iter().map(touched).collect()));
        }
        let before = self.before(&base)?;
        self.keep_index(report, sources);
        let Some(before) = before else {
            // Nothing is known of the base: what touches the change is taken for its own.
            return Ok(Some(findings.iter().map(touched).collect()));
        };
        let mut new = before.news(findings, sources, sure);
        for (new, finding) in new.iter_mut().zip(findings) {
            // What is silenced was there, and is shown to those who ask where they changed something.
            if !finding.is_active() {
                *new = touched(finding);
            }
        }
        Ok(Some(new))
    }

    /// Whether the base had a schema, and whoever uses Prisma is still there.
    pub(crate) fn lost_its_schema(&self, now: &Analysis) -> Result<bool, Failure> {
        let changed = self.session.changed().unwrap_or_default();
        let decides = |path: &Utf8Path| {
            is_relevant(path) && !matches!(path.extension(), Some("ts" | "tsx" | "js" | "sql"))
        };
        let Some(base) = self.session.base()? else {
            return Ok(false);
        };
        if !changed.iter().any(|path| decides(path)) {
            return Ok(false);
        }
        let had = self.session.with_files_of(&base, |fs| {
            let (workspace, config) = with_preset(fs, self.preset).ok()?;
            Some(analyze_with(
                fs,
                workspace,
                &config,
                &NewMigrations::default(),
                self.memory,
            ))
        })?;
        let Some(had) = had else {
            return Ok(changed
                .iter()
                .any(|path| path.extension() == Some("prisma")));
        };
        let uses_prisma = |analysis: &Analysis| {
            let packages = &analysis.project.workspace.packages;
            packages.iter().any(|package| {
                ["prisma", "@prisma/client"]
                    .iter()
                    .any(|name| package.manifest.dependencies.contains_key(*name))
            })
        };
        let given_up = uses_prisma(&had) && !uses_prisma(now);
        Ok(!had.project.schemas.is_empty() && !given_up)
    }

    /// What was found in the base; `None` when it cannot be known.
    fn before(&self, base: &str) -> Result<Option<Before>, Failure> {
        let root = &self.session.decision.root;
        let tree = tree_name(root, base).ok();
        let name = tree.and_then(|tree| self.name(&tree));
        if let Some(name) = &name
            && let Some(known) = self.memory.before(name)
        {
            return Ok(Some(known));
        }
        let found = self.session.with_files_of(base, |fs| self.found_in(fs))?;
        if let (Some(name), Some(found)) = (&name, &found) {
            self.memory.keep_before(name, found.clone());
        }
        Ok(found)
    }

    /// What is found in a tree in which no migration is new.
    fn found_in(&self, fs: &dyn FileSystem) -> Option<Before> {
        // A configuration or a baseline with faults tells nothing.
        let (workspace, config) = with_preset(fs, self.preset).ok()?;
        let baseline = match self.no_baseline {
            true => None,
            false => Baseline::read(fs, &config.baseline.value).ok()?,
        };
        let new = match self.all_migrations {
            true => NewMigrations::All,
            false => NewMigrations::Changed(snell_engine::Changes::default()),
        };
        let mut analysis = analyze_with(fs, workspace, &config, &new, self.memory);
        analysis.statistics = self.statistics.cloned();
        let selection = Selection::new(&config, self.wanted);
        let mut judgement = analysis.judge(&selection);
        let mut ignored = accepted(&config.ignore);
        if self.no_ignores {
            ignored.clear();
            for verdict in &mut judgement.verdicts {
                verdict.suppressed = None;
            }
        }
        let mut report = analysis.report(judgement, self.session.name(), &ignored);
        if let Some(baseline) = baseline {
            baseline.apply(&mut report, &analysis.sources, |rule| selection.runs(rule));
        }
        Before::of(&report, &analysis.sources)
    }

    /// What was found in the index is what the next commit is told against. Migrations that are new in it are
    /// judged by their text, and will not be then.
    fn keep_index(&self, report: &Report, sources: &Sources) {
        let changed = self.session.changed().unwrap_or_default();
        let sql = changed.iter().any(|path| path.extension() == Some("sql"));
        if !self.session.is_staged() || sql || self.no_ignores {
            return;
        }
        let tree = index_name(&self.session.decision.root).ok();
        if let Some(name) = tree.and_then(|tree| self.name(&tree))
            && let Some(found) = Before::of(report, sources)
        {
            self.memory.keep_before(&name, found);
        }
    }

    /// A name for what is found in a tree; `None` when it depends on more than that.
    fn name(&self, tree: &str) -> Option<String> {
        // Entries of `ignore` end with a day.
        let day = today();
        self.statistics.is_none().then(|| {
            format!(
                "{tree} {day} {:?} {:?} {} {} {}",
                self.wanted, self.preset, self.no_baseline, self.no_ignores, self.all_migrations
            )
        })
    }
}

/// Whether a finding has a place in such a file that is a part of the fault.
pub(crate) fn touches(
    finding: &Finding,
    sources: &Sources,
    matches: impl Fn(&Utf8Path) -> bool,
) -> bool {
    let mut labels = finding.diagnostic.labels.iter();
    labels.any(|label| label.role != Role::Example && matches(&sources.file(label.at.file).path))
}
