//! Permissions that are noted at an endpoint, and that no guard before it reads.

use rustc_hash::FxHashSet;
use snell_project::endpoint::{Endpoint, Noted};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    exposure::Fault,
    milder,
    noted::{AllMissing, Missing, read_at},
    survey::survey,
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/guard-metadata-unread",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "An endpoint names a role or permission, and no guard before it reads that",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Others of one key that a finding shows.
const SHOWN: usize = 2;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = AllMissing::shared(context);
    // One guard is missing before a whole class: it weighs what the worst of it does.
    let changed = |missing: &Missing| {
        let exposures = &survey(context).exposures;
        let own = exposures
            .iter()
            .filter(|one| one.endpoint == missing.endpoint);
        let mut changes = own
            .filter(|one| matches!(one.fault, Fault::Write(_) | Fault::Sweep | Fault::Upsert(_)));
        changes.any(|one| milder::why(context, one, false).is_none())
    };
    let grave: FxHashSet<&str> = all
        .0
        .iter()
        .filter(|missing| changed(missing))
        .map(|missing| missing.cause.as_str())
        .collect();
    let told = all.0.iter();
    told.map(|missing| finding(context, missing, grave.contains(missing.cause.as_str())))
        .collect()
}

fn finding(context: &Context<'_>, missing: &Missing, grave: bool) -> Diagnostic {
    let endpoint = context.project.endpoints.get(missing.endpoint);
    let noted = &endpoint.access.noted[missing.noted];
    let reader = &missing.reader;
    // Those of its own class say most.
    let mut beside: Vec<(&Endpoint, &Noted)> = read_at(context, &noted.key).collect();
    beside.sort_by_key(|(other, _)| other.class != endpoint.class);
    let whom = match endpoint.access.authenticated {
        true => "everyone who is signed in",
        false => "everybody",
    };
    let message = match noted.own {
        true => format!(
            "`{}` names a `{}`, and no guard before it reads that: it lets {whom} through",
            endpoint.name, noted.name
        ),
        false => format!(
            "`{}` stands below the `{}` of its class, and no guard before it reads that: it lets {whom} through",
            endpoint.name, noted.name
        ),
    };
    let mut found = Diagnostic::at(&RULE.metadata, endpoint.at, message)
        .label(format!("`{reader}` does not stand before it"));
    for (other, _) in beside.into_iter().take(SHOWN) {
        found = found.related(other.at, format!("`{reader}` stands before this one"));
    }
    if !grave {
        found = found.lowered(
            Severity::High,
            "nothing is seen to be changed where it is missing that others would miss",
        );
    }
    found
        .confidence(Confidence::Likely)
        .caused_by(&missing.cause)
        .help(format!(
            "put `{reader}` before it (`@UseGuards(..., {reader})`), or before the whole class"
        ))
        .subject(format!("endpoint:{} key:{}", endpoint.name, noted.key))
}
