//! A constant that is no value of the schema's enum.

use smol_str::SmolStr;
use snell_prisma::{Enum, EnumId};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, closest};

use super::{
    calls::{Found, faults},
    walk::FaultKind,
};
use crate::{Context, rule::Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/enum-value-unknown",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A client call gives an enum a value that it does not have",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    faults(context, |kind| matches!(kind, FaultKind::UnknownValue(..)))
        .iter()
        .filter_map(|found| match &found.fault.kind {
            FaultKind::UnknownValue(value, id) => Some(finding(context, found, value, *id)),
            _ => None,
        })
        .collect()
}

fn finding(context: &Context<'_>, found: &Found<'_>, value: &SmolStr, id: EnumId) -> Diagnostic {
    let enumeration = &found.schema.datamodel[id];
    let name = &enumeration.name;
    // `Role.ADMN`: a member that the generated client does not export.
    let member = value.strip_prefix(&format!("{name}."));
    let value = member.unwrap_or(value);
    let label = match member {
        Some(_) => "`undefined` when it runs: the condition or value is dropped".to_owned(),
        None if found.fault.declared.is_some() => format!("it may be `{value}`"),
        None => format!("the value is `{value}`"),
    };
    let builder = Diagnostic::at(
        &RULE.metadata,
        found.fault.at,
        format!("enum `{name}` has no value `{value}`"),
    )
    .label(label)
    .related(
        found.schema.location(place(enumeration)),
        format!("`{name}` has {}", listed(enumeration)),
    );
    let builder = match found.field() {
        Some(field) => builder.related(
            found.schema.field_type(field),
            format!("`{}` is of this enum", field.name),
        ),
        None => builder,
    };
    let mapped = enumeration
        .values
        .iter()
        .find(|known| known.db_name == value);
    let builder = match mapped {
        Some(known) => builder.help(format!(
            "`{value}` is the name in the database: the client calls it `{}`",
            known.name
        )),
        None => {
            let names = enumeration.values.iter().map(|known| known.name.as_str());
            match closest(value, names) {
                Some(near) => builder.help(format!("did you mean `{near}`?")),
                None => builder.help(format!(
                    "give one of its values; where `{value}` is meant to be one, add it to `{name}` and migrate before the code runs"
                )),
            }
        }
    };
    found.finish(context, builder, format!("enum:{name} value:{value}"))
}

fn place(enumeration: &Enum) -> snell_prisma::Place {
    snell_prisma::Place {
        file: enumeration.at.file,
        span: enumeration.name_span,
    }
}

/// The first values, for a label.
fn listed(enumeration: &Enum) -> String {
    const SHOWN: usize = 6;
    let mut names: Vec<String> = enumeration
        .values
        .iter()
        .take(SHOWN)
        .map(|value| format!("`{}`", value.name))
        .collect();
    let more = enumeration.values.len().saturating_sub(SHOWN);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    match names.as_slice() {
        [] => "no value".to_owned(),
        [only] => format!("the value {only}"),
        [first @ .., last] => format!("the values {} and {last}", first.join(", ")),
    }
}
