//! What front ends send as another kind of value than the class that takes it asks for.

use std::collections::BTreeMap;

use snell_source::{Diagnostic, Location, Severity};

use super::RULE;
use crate::{
    rule::Context,
    rules::consistency::{
        response_mismatch::sides,
        sendings::{Sending, Sent, sendings},
    },
    support::{
        accepts::{self, Kind},
        answers::Taken,
    },
};

/// Properties whose kind no validator of the class lets through.
pub(super) fn find(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<Location, Diagnostic> = BTreeMap::new();
    for sending in sendings(context) {
        let pipe = context.project.modules.get(sending.pipe.module);
        let text = &context.sources.file(pipe.file).text;
        if text.contains("enableImplicitConversion") {
            continue;
        }
        for sent in &sending.sent {
            if let Some(finding) = refused(context, &sending, sent) {
                found.entry(sent.at).or_insert(finding);
            }
        }
    }
    found.into_values().collect()
}

fn refused(context: &Context<'_>, sending: &Sending<'_>, sent: &Sent<'_>) -> Option<Diagnostic> {
    let Taken::Plain(kind) = sent.declared.as_ref()?.taken(context)? else {
        return None;
    };
    let declared = sending.property(context, &sent.name)?;
    let accepts = accepts::of(context, &declared);
    let (asked, at) = accepts.kind.filter(|_| !accepts.converted)?;
    let is = match (kind.as_str(), asked) {
        ("string", Kind::Integer | Kind::Number | Kind::Boolean) => "a string",
        ("number", Kind::Text | Kind::Uuid | Kind::Boolean) => "a number",
        ("boolean", Kind::Text | Kind::Uuid | Kind::Integer | Kind::Number) => "a boolean",
        ("string" | "Date", Kind::Date) => "a string: JSON holds no `Date`",
        _ => return None,
    };
    let wanted = match asked {
        Kind::Text => "a string",
        Kind::Uuid => "a UUID",
        Kind::Integer | Kind::Number => "a number",
        Kind::Boolean => "a boolean",
        Kind::Date => "a `Date`",
    };
    let (name, class) = (&sent.name, sending.name);
    let finding = Diagnostic::at(
        &RULE.metadata,
        sent.at,
        format!("`{name}` is sent as {is}, and `{class}` asks for {wanted}"),
    )
    .label(format!("`{kind}` here"));
    let finding = sides(context, &sending.pair, finding)
        .related(at, format!("lets {wanted} through, and nothing else"))
        .lowered(
            Severity::Medium,
            "the request is refused before anything is written",
        )
        .help("declare and send what the class asks for, or convert it there: `@Type(() => ...)`");
    let finding = if sent.optional {
        finding.lowered(Severity::Low, "a request that leaves it out passes")
    } else {
        finding
    };
    Some(finding.subject(format!("class:{class} sent:{name}")))
}
