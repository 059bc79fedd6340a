//! `snell lsp`: serves an editor over standard input and output.

use snell_correlate::{Selection, Wanted};
use snell_engine::{Analysis, Baseline};
use snell_lsp::Policy;
use snell_report::Report;
use snell_workspace::{Config, ConfigError, FileSystem, Workspace};

use super::check::{accepted, usual_confidence};
use crate::{
    Exit, Failure,
    session::{Refusal, discover},
};

/// Runs the command. An editor that leaves without `shutdown` is one that broke down: the
/// protocol has 1 for that.
pub(crate) fn run() -> Result<Exit, Failure> {
    let orderly = snell_lsp::serve(Policy {
        discover: configured,
        judge: judged,
    })?;
    Ok(if orderly { Exit::Clean } else { Exit::Found })
}

fn configured(fs: &dyn FileSystem) -> Result<(Workspace, Config), Vec<ConfigError>> {
    discover(fs).map_err(|refusal| match refusal {
        Refusal::Config(faults) => faults,
        // Nothing else is refused once a root is open.
        _ => Vec::new(),
    })
}

/// What `snell check` without arguments would say.
fn judged(fs: &dyn FileSystem, analysis: &Analysis, config: &Config, workspace: &str) -> Report {
    if analysis.project.schemas.is_empty() {
        return Report::default();
    }
    let selection = Selection::new(config, &Wanted::default());
    let accepted = accepted(&config.ignore);
    let mut report = analysis.report(analysis.judge(&selection), workspace, &accepted);
    analysis.qualify(&mut report);
    // One that cannot be read accepts nothing: `snell check` says why.
    if let Ok(Some(baseline)) = Baseline::read(fs, &config.baseline.value) {
        baseline.apply(&mut report, &analysis.sources, |rule| selection.runs(rule));
    }
    let sure = usual_confidence(config.preset.value);
    report
        .findings
        .retain(|one| one.diagnostic.confidence >= sure && selection.shows(&one.diagnostic));
    report
}
