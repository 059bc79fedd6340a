//! What a client sends is written as it is, whatever columns it names.

use smol_str::SmolStr;
use snell_flow::{ObjectValue, Opaque, Root, Step, Value};
use snell_project::{
    client::Operation,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    deciding::Deciding,
    pipes::{Loose, loose},
    tell,
    traffic::{Sent, is_for_few, traffic},
};
use crate::{
    rule::{Context, Rule},
    support::{name_words::split, rights::holds_right},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/mass-assignment",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "The client decides which columns are written",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Columns that decide what somebody may do, in lower case letters.
const PRIVILEGES: [&str; 28] = [
    "role",
    "roles",
    "roleid",
    "isadmin",
    "admin",
    "issuperuser",
    "superadmin",
    "isstaff",
    "isowner",
    "permissions",
    "permission",
    "scopes",
    "accesslevel",
    "verified",
    "isverified",
    "emailverified",
    "approved",
    "isapproved",
    "balance",
    "credits",
    "credit",
    "quota",
    "ispremium",
    "subscriptionstatus",
    "paid",
    "ispaid",
    "tenantid",
    "organizationid",
];

/// The same where a row is somebody who signs in, or a group of people.
const OF_ACCOUNTS: [&str; 11] = [
    "plan",
    "planid",
    "tier",
    "subscriptionplan",
    "subscriptiontier",
    "banned",
    "isbanned",
    "blocked",
    "isblocked",
    "suspended",
    "issuspended",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let deciding = Deciding::find(context);
    each(context, &mut |sent, model, whole, loose, at| {
        if found.iter().all(|known| known.primary().at != at) {
            found.extend(finding(context, sent, model, whole, (loose, at), &deciding));
        }
    });
    found
}

/// Whether some write is handed properties that a pipe could have dropped.
pub(super) fn takes_extra(context: &Context<'_>) -> bool {
    let mut takes = false;
    each(context, &mut |_, _, _, loose, _| {
        takes |= loose == Loose::Extra
    });
    takes
}

type Each<'e> = dyn FnMut(&Sent, ModelRef, &Whole<'_>, Loose, Location) + 'e;

/// Visits the writes that are handed what a client sent as a whole.
fn each(context: &Context<'_>, visit: &mut Each<'_>) {
    let traffic = traffic(context);
    for sent in &traffic.sent {
        let endpoint = sent.endpoint(context);
        let call = context.project.calls.get(sent.call);
        let writes = call.operation.is_create()
            || matches!(
                call.operation,
                Operation::Update
                    | Operation::UpdateMany
                    | Operation::UpdateManyAndReturn
                    | Operation::Upsert
            );
        let (true, Some(model), Some(arguments)) =
            (writes, call.model(), sent.arguments.as_object())
        else {
            continue;
        };
        if is_for_few(endpoint) {
            continue;
        }
        for key in ["data", "create", "update"] {
            if let Some(entry) = arguments.entries.get(key)
                && let Some(whole) = whole(&entry.value, &[])
                && let Some(loose) = loose(context, &traffic.pipes, endpoint, whole.value)
            {
                visit(sent, model, &whole, loose, tell::entry(context, entry));
            }
        }
    }
}

/// A value of the client's that is written whole.
struct Whole<'v> {
    value: &'v Opaque,
    /// The columns that the program sets itself, or takes out.
    held: Vec<SmolStr>,
}

fn whole<'v>(value: &'v Value, held: &[SmolStr]) -> Option<Whole<'v>> {
    match value {
        Value::Opaque(opaque) => {
            let Root::ClientInput(..) = opaque.root else {
                return None;
            };
            let mut held = held.to_vec();
            for step in &opaque.path {
                match step {
                    Step::Without(names) => held.extend(names.iter().cloned()),
                    Step::Property(_) | Step::Each(_) | Step::At(_) => {}
                    Step::Converted => return None,
                }
            }
            Some(Whole {
                value: opaque,
                held,
            })
        }
        Value::Object(object) => of_object(object, held),
        Value::Array(array) => {
            let mut all = array.elements.iter().chain(&array.rest);
            all.find_map(|element| whole(element, held))
        }
        Value::OneOf(choices) => choices.iter().find_map(|one| whole(&one.value, held)),
        _ => None,
    }
}

fn of_object<'v>(object: &'v ObjectValue, held: &[SmolStr]) -> Option<Whole<'v>> {
    // What is spread after a column (`{ userId, ...dto }`) overrules it.
    let own = object.entries.iter();
    let own = own.filter(|(_, entry)| entry.always && !entry.beneath);
    let mut held = held.to_vec();
    held.extend(own.map(|(name, _)| name.clone()));
    object
        .spreads
        .iter()
        .find_map(|spread| whole(spread, &held))
}

fn finding(
    context: &Context<'_>,
    sent: &Sent,
    model: ModelRef,
    whole: &Whole<'_>,
    (loose, at): (Loose, Location),
    deciding: &Deciding,
) -> Option<Diagnostic> {
    let declared = context.project.schemas.model(model);
    let open = |name: &SmolStr| !whole.held.contains(name);
    let owner = match context.project.owners.of(model) {
        Ownership::Owned(chains) => chains
            .iter()
            .find(|chain| chain.required && chain.relations.len() < 2)
            .and_then(|chain| chain.key)
            .and_then(|key| declared.fields.iter().find(|field| field.id == key))
            .map(|field| field.name.clone()),
        _ => None,
    };
    let root = matches!(context.project.owners.of(model), Ownership::Root(_));
    let mut columns: Vec<&SmolStr> = declared
        .columns()
        .map(|field| &field.name)
        .filter(|name| open(name))
        .filter(|name| {
            let plain = split(name).concat();
            PRIVILEGES.contains(&plain.as_str())
                || root && OF_ACCOUNTS.contains(&plain.as_str())
                || owner.as_ref() == Some(name)
        })
        .collect();
    columns.truncate(3);
    let anything = declared
        .columns()
        .any(|field| open(&field.name) && !declared.is_id(field.id));
    if !anything {
        return None;
    }
    let title = tell::title(context, sent.call);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{title}` writes every column that the client names"),
    )
    .label(loose.words());
    for name in &columns {
        if let Some(field) = declared.field(name) {
            let schema = context.project.schemas.get(model.schema);
            finding = finding.related(
                schema.field_name(field),
                "the client can write this as well",
            );
        }
    }
    finding = tell::way(finding, context, sent, "the client sends it here");
    let person = *context.project.owners.of(model) == Ownership::Root(RootKind::Identity);
    let rights = columns.iter().filter(|name| holds_right(name));
    let read = rights.filter_map(|name| deciding.by(name)).next();
    if let Some(read) = read.filter(|_| person) {
        finding = finding.related(
            read,
            "a guard decides by it: whoever comes here may let themselves in",
        );
    } else {
        finding = finding.lowered(
            Severity::High,
            "no guard of the workspace decides by a column that the client can write",
        );
    }
    if columns.is_empty() {
        finding = finding.lowered(
            Severity::Medium,
            "no column of the model says what somebody may do; one that is added later will be open",
        );
    }
    // One pipe mends all of them.
    if loose == Loose::NoPipe {
        finding = finding
            .help("run the validators of all classes: `app.useGlobalPipes(new ValidationPipe({ whitelist: true }))` where the application is made")
            .caused_by("no ValidationPipe");
    } else if context.project.calls.get(sent.call).operation == Operation::Upsert {
        // What is created and what is changed is one body.
        finding = finding.caused_by(format!("{:?} {}", sent.call, sent.endpoint(context).name));
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .help("name the columns that may be written (`data: { ... }`), or declare a class with validators and use `new ValidationPipe({ whitelist: true })`")
            .subject(format!("query:{title} {}", sent.endpoint(context).name)),
    )
}
