//! A validator that lets through more characters than the column holds.

use snell_prisma::{Field, ScalarType};
use snell_source::{Diagnostic, Joined, Preset, RuleMetadata, Severity};

use super::contract::{Bound, bound, joined};
use crate::{
    rule::{Context, Rule},
    support::{accepts::Kind, closed_set},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/length-mismatch",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A validator lets through more characters than the column holds",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let bound = bound(context);
    let found = bound.iter().filter_map(|one| finding(context, one));
    joined(found.collect())
}

fn finding(context: &Context<'_>, bound: &Bound<'_>) -> Option<Diagnostic> {
    let limit = limit(bound.field)?;
    let accepts = &bound.accepts;
    if accepts.converted || !accepts.checked {
        return None;
    }
    let (name, column) = (&bound.name, bound.column());
    let holds = format!("holds {limit} characters");
    let finding = match accepts.longest {
        Some((most, at)) if most > limit => bound.finding(
            &RULE.metadata,
            at,
            format!("`{name}` may have {most} characters, and `{column}` holds {limit}"),
            ("lets through what the database refuses (P2000)", &holds),
        ),
        None if is_open_text(context, bound) => bound
            .finding(
                &RULE.metadata,
                bound.at,
                format!("`{name}` may have any length, and `{column}` holds {limit} characters"),
                ("nothing says how long it may be", &holds),
            )
            .lowered(
                Severity::Low,
                "who sends more gets an error of the server in place of an answer",
            ),
        _ => return None,
    };
    let finding = finding.help(format!(
        "let the validator say it: `@MaxLength({limit})`, `.max({limit})`"
    ));
    Some(finding.subject(bound.subject()))
}

/// Whether any text gets through.
fn is_open_text(context: &Context<'_>, bound: &Bound<'_>) -> bool {
    let kind = bound.accepts.kind.map(|(kind, _)| kind);
    kind == Some(Kind::Text)
        && !bound.accepts.formed
        && closed_set::of(context, &bound.declared).is_none()
}

/// How many characters the column holds: `@db.VarChar(20)`.
fn limit(field: &Field) -> Option<u64> {
    let native = field.native_type.as_ref()?;
    let is_text = field.scalar() == Some(ScalarType::String) && !field.is_list();
    if !is_text || !matches!(native.name.as_str(), "VarChar" | "Char") {
        return None;
    }
    native.arguments.first()?.parse().ok()
}
