//! Secrets that are stored as the client sent them.

mod cards;
mod second_factor;

use snell_flow::{Choice, Fact, ObjectValue, Opaque, Root, Step, Value};
use snell_prisma::Field;
use snell_project::{client::Operation, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use self::cards::Card;
use super::{
    rewritten,
    sensitive::{Secret, secret},
    tell,
    traffic::{Sent, traffic},
};
use crate::{
    rule::{Context, Rule},
    support::name_words::split,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/plaintext-credential",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A secret is stored as the client sent it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in names that promise that a value is not the secret itself.
const PROMISES: [&str; 6] = ["encrypted", "hash", "hashed", "cipher", "enc", "digest"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for sent in &traffic(context).sent {
        let call = context.project.calls.get(sent.call);
        let (Some(model), Some(arguments)) = (call.model(), sent.arguments.as_object()) else {
            continue;
        };
        let writes = call.operation.is_create()
            || matches!(
                call.operation,
                Operation::Update
                    | Operation::UpdateMany
                    | Operation::UpdateManyAndReturn
                    | Operation::Upsert
            );
        if !writes {
            continue;
        }
        for key in ["data", "create", "update"] {
            let rows = arguments.entries.get(key).map(|entry| &entry.value);
            for (field, at) in rows
                .into_iter()
                .flat_map(|rows| plain(context, model, rows, 4))
            {
                if found.iter().all(|known| known.primary().at != at) {
                    found.push(finding(context, sent, (model, field), at));
                }
            }
        }
    }
    // What the client sends is told as such.
    let sent: Vec<String> = found.iter().map(|one| one.subject.clone()).collect();
    let kept = second_factor::findings(context).into_iter();
    found.extend(kept.filter(|one| {
        !sent
            .iter()
            .any(|known| one.subject.starts_with(&format!("{known} ")))
    }));
    found
}

/// The secrets among the columns of a row that are as the client sent them.
fn plain<'a>(
    context: &Context<'a>,
    model: ModelRef,
    rows: &Value,
    depth: u32,
) -> Vec<(&'a Field, Location)> {
    let Some(depth) = depth.checked_sub(1) else {
        return Vec::new();
    };
    match rows {
        Value::Object(object) => in_row(context, model, object, depth),
        Value::Array(array) => {
            let all = array.elements.iter().chain(&array.rest);
            all.flat_map(|row| plain(context, model, row, depth))
                .collect()
        }
        Value::OneOf(choices) => choices
            .iter()
            .flat_map(|one| plain(context, model, &one.value, depth))
            .collect(),
        _ => Vec::new(),
    }
}

fn in_row<'a>(
    context: &Context<'a>,
    model: ModelRef,
    row: &ObjectValue,
    depth: u32,
) -> Vec<(&'a Field, Location)> {
    let declared = context.project.schemas.model(model);
    let mut found = Vec::new();
    for (name, entry) in &row.entries {
        let Some(field) = declared.field(name) else {
            continue;
        };
        if let Some(relation) = field.relation() {
            let target = ModelRef {
                schema: model.schema,
                model: relation.target,
            };
            let created = entry
                .value
                .as_object()
                .and_then(|object| object.entries.get("create"));
            if let Some(created) = created {
                found.extend(plain(context, target, &created.value, depth));
            }
            continue;
        }
        if is_as_sent(&entry.value)
            && (is_credential(field) || cards::card(declared, field).is_some())
            && !rewritten::before_it_is_stored(context, field)
        {
            found.push((field, tell::entry(context, entry)));
        }
    }
    found
}

/// Whether a value is what the client sent, on every way on which it is there:
/// `password && hash(password)` is not.
fn is_as_sent(value: &Value) -> bool {
    let opaque = match value {
        Value::Opaque(opaque) => opaque,
        Value::OneOf(choices) => {
            let there = |choice: &&Choice| {
                choice.value.truth() != Some(false)
                    && !choice.facts.contains(&Fact::Falsy(choice.value.clone()))
            };
            let mut there = choices.iter().filter(there).peekable();
            return there.peek().is_some() && there.all(|choice| is_as_sent(&choice.value));
        }
        _ => return false,
    };
    let Opaque { root, path } = &**opaque;
    matches!(root, Root::ClientInput(decorator, key)
        if matches!(decorator.as_str(), "Body" | "Query" | "Req" | "Args")
            && (key.is_some() || !path.is_empty())
            // The client says that it has encrypted it itself.
            && !key.iter().any(|name| promises(name)))
        && path
            .iter()
            .all(|step| matches!(step, Step::Property(name) if !promises(name)))
}

fn promises(name: &str) -> bool {
    split(name)
        .iter()
        .any(|word| PROMISES.contains(&word.as_str()))
}

/// Whether a field holds what must not be read from the database: a password,
/// what its name says is encrypted or hashed, a key of another service.
fn is_credential(field: &Field) -> bool {
    match secret(field) {
        Some(Secret::Password) => true,
        Some(Secret::Key) => !matches!(field.name.as_str(), "hash" | "salt" | "secret"),
        Some(Secret::Token) => promises(&field.name),
        None => false,
    }
}

fn finding(
    context: &Context<'_>,
    sent: &Sent,
    (model, field): (ModelRef, &Field),
    at: Location,
) -> Diagnostic {
    let declared = context.project.schemas.model(model);
    let name = &field.name;
    let schema = context.project.schemas.get(model.schema);
    let promised = promises(name);
    let password = secret(field) == Some(Secret::Password);
    let card = cards::card(declared, field);
    let finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{}.{name}` is stored as the client sent it", declared.name),
    )
    .label("nothing encrypts or hashes it on the way")
    .related(
        schema.field_name(field),
        match promised {
            true => "its name says that it is not the secret itself",
            false if card.is_some() => "whoever reads the table can pay with it",
            false => "whoever reads the table reads the secret",
        },
    );
    let mut finding = tell::way(finding, context, sent, "the client sends it here");
    if card.is_some() {
        finding = finding.lowered(
            Severity::High,
            "the application has to be one that takes real cards",
        );
    } else if !promised && !password {
        finding = finding.lowered(
            Severity::Medium,
            "nothing says that the column is meant to be encrypted",
        );
    }
    finding
        .confidence(Confidence::Likely)
        .help(match (card, password) {
            (Some(Card::Code), _) => "do not keep it at all, not even encrypted (PCI DSS 3.3): hand it to whoever takes the payment, and forget it",
            (Some(Card::Number), _) => "let whoever takes the payments keep the card, and store the token they give back with the last four digits (PCI DSS 3.5: a stored number has to be unreadable)",
            (None, true) => "store `await argon2.hash(...)` or `await bcrypt.hash(..., 12)` of it",
            (None, false) => "encrypt it with an authenticated cipher whose key is not in the database",
        })
        .subject(format!("field:{}.{name}", declared.name))
}
