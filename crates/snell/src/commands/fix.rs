//! `snell check --fix` and `--diff`: what fixes would write, shown or written.

use similar::TextDiff;
use snell_engine::{Analysis, Plan};
use snell_report::{Applicability, Report};

use crate::{
    Failure,
    args::CheckArguments,
    session::Session,
    terminal::{print, tell},
};

/// Shows or writes the fixes that the arguments ask for. The findings that are gone by then leave
/// the report.
pub(super) fn run(
    analysis: &Analysis,
    report: &mut Report,
    arguments: &CheckArguments,
    session: &Session,
) -> Result<(), Failure> {
    if !arguments.fix && !arguments.diff {
        return Ok(());
    }
    let most = match arguments.unsafe_fixes {
        true => Applicability::Unsafe,
        false => Applicability::Safe,
    };
    let plan = analysis.plan(report, most, now());
    if arguments.diff {
        print(&printable(&diff(&plan)))?;
    } else if !plan.changes.is_empty() {
        plan.write(&session.decision.root)
            .map_err(|error| Failure::not_fixed(&error))?;
        report
            .findings
            .retain(|one| !plan.fixed.contains(&one.fingerprint));
    }
    if !arguments.quiet {
        tell(&told(&plan, report, arguments));
    }
    Ok(())
}

/// The time as folders of migrations have it: `20250131123000`.
fn now() -> u64 {
    let now = time::OffsetDateTime::now_utc();
    let (year, month, day) = now.to_calendar_date();
    let (hour, minute, second) = now.to_hms();
    let parts = [u8::from(month), day, hour, minute, second];
    let year = u64::try_from(year).unwrap_or_default();
    parts
        .into_iter()
        .fold(year, |time, part| time * 100 + u64::from(part))
}

/// All changes as one patch, which `git apply` takes.
pub(super) fn diff(plan: &Plan) -> String {
    let mut out = String::new();
    for change in &plan.changes {
        let path = &change.path;
        let before = change.before.as_deref().unwrap_or_default();
        let old = match change.before {
            Some(_) => format!("a/{path}"),
            None => "/dev/null".to_owned(),
        };
        let patch = TextDiff::from_lines(before, &change.after);
        let mut unified = patch.unified_diff();
        out.push_str(&unified.header(&old, &format!("b/{path}")).to_string());
    }
    out
}

/// The texts of files reach a terminal: nothing of them paints.
pub(super) fn printable(text: &str) -> String {
    text.replace(
        |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r'),
        "\u{fffd}",
    )
}

fn told(plan: &Plan, report: &Report, arguments: &CheckArguments) -> String {
    let fixed = plan.fixed.len();
    let findings = if fixed == 1 { "finding" } else { "findings" };
    let files = match plan.changes.len() {
        1 => "1 file".to_owned(),
        n => format!("{n} files"),
    };
    let mut out = match (fixed, arguments.diff) {
        (0, _) => "Nothing to fix.\n".to_owned(),
        (_, true) => format!("Would fix {fixed} {findings} in {files}.\n"),
        (_, false) => format!("Fixed {fixed} {findings} in {files}.\n"),
    };
    if plan.left > 0 {
        out.push_str(&format!(
            "{} more would touch the same places: run it again.\n",
            plan.left
        ));
    }
    let open = report.findings.iter().filter(|one| {
        one.is_active() && !plan.fixed.contains(&one.fingerprint) && !one.fixes.is_empty()
    });
    let open = open.count();
    if open > 0 && !arguments.unsafe_fixes {
        out.push_str(&format!(
            "{open} more with --unsafe-fixes: they change a schema and add a migration to it.\n"
        ));
    }
    out
}
