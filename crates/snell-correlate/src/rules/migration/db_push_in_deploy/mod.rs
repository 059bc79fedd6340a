//! A deployment changes the database by `prisma db push`.

use crate::{
    rule::{Context, Rule},
    support::deployed::{self, Deployed},
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/db-push-in-deploy",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A deployment runs `prisma db push`",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = deployed::commands(context.project, deployed::is_push);
    // One script pushes once, whichever way it takes; what empties the database is a fault of its own.
    let is_first = |at: usize| {
        let (file, empties) = (all[at].command.file, empties(&all[at]));
        let mut before = all[..at].iter();
        before.all(|one| one.command.file != file || self::empties(one) != empties)
    };
    let of = |deployed: &Deployed<'_>| match empties(deployed) {
        true => emptied(deployed),
        false => pushed(deployed),
    };
    let chosen = (0..all.len()).filter(|at| is_first(*at));
    chosen.map(|at| of(&all[at])).collect()
}

fn empties(deployed: &Deployed<'_>) -> bool {
    deployed.command.fact.text.contains("--force-reset")
}

/// A deployment that can empty the database.
fn emptied(deployed: &Deployed<'_>) -> Diagnostic {
    let mut finding = deployed
        .finding(
            &RULE.metadata,
            "a deployment can empty the database: `prisma db push --force-reset` drops all of it first",
            "every row is gone once this has run",
        )
        .help("take it out of what deploys; a database that may be lost is emptied by hand, where its address is not that of production")
        .help("until then: who may start the deployment that comes here, who has to approve it, and whether a backup is taken before, decides over all data");
    let path = deployed.command.fact.path.as_str();
    if ["staging", "preview"]
        .iter()
        .any(|word| path.contains(word))
    {
        finding = finding.lowered(
            Severity::Medium,
            "its name says that it does not deploy to production",
        );
    }
    finding.subject(format!("{} empties", deployed.subject()))
}

fn pushed(deployed: &Deployed<'_>) -> Diagnostic {
    let mut finding = deployed
        .finding(
            &RULE.metadata,
            "a deployment runs `prisma db push`: the database becomes what the schema says, whatever is in it",
            "no migration says what it does",
        )
        .help("write migrations, and run `prisma migrate deploy` in their place; `db push` is for a database that may be lost");
    if !deployed.command.fact.text.contains("--accept-data-loss") {
        finding = finding.lowered(
            Severity::Medium,
            "without `--accept-data-loss` it refuses to drop what holds data",
        );
    }
    finding.subject(deployed.subject())
}
