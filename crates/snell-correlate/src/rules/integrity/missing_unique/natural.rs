//! Columns whose names say that they tell rows apart, and that the code takes to do so.

use std::sync::Arc;

use snell_prisma::{Field, Model, ScalarType};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{ModelRef, Schema},
};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::{RULE, is_kept};
use crate::{
    rule::Context,
    rules::security,
    support::{
        asked::{Asked, Through},
        field_life,
        name_words::words,
        tables, wording,
    },
};

/// Words of ids that another system gives.
const PROVIDERS: [&str; 18] = [
    "clerk", "stripe", "auth0", "google", "github", "facebook", "apple", "firebase", "supabase",
    "cognito", "external", "discord", "telegram", "slack", "paypal", "linkedin", "razorpay",
    "oauth",
];

/// Columns of models that no race was found for.
pub(super) fn all(context: &Context<'_>, told: &[ModelRef]) -> Vec<Diagnostic> {
    let asked = Asked::shared(context);
    let lives = field_life::field_lives(context);
    let keys = security::keys(context);
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let reference = ModelRef {
            schema: table.id,
            model: table.model.id,
        };
        if told.contains(&reference) || lives.owned(table.model).is_some() {
            continue;
        }
        for field in table.model.columns() {
            if let Some(why) = natural(context, &asked, reference, table.model, field)
                && !is_kept(table.schema, table.model, &[field.id])
                && !is_in_a_key(table.model, field)
            {
                let copied = keys.people.iter().any(|person| person.model == reference);
                found.push(finding(table.schema, table.model, field, (why, copied)));
            }
        }
    }
    found
}

/// Why a column is taken for a key.
#[derive(Debug, Clone, Copy)]
enum Why {
    /// Where one row is looked up by it.
    LookedUp(Location),
    /// It is the address of a person who signs in.
    Address,
}

fn natural(
    context: &Context<'_>,
    asked: &Arc<Asked>,
    reference: ModelRef,
    model: &Model,
    field: &Field,
) -> Option<Why> {
    let plain = field.scalar() == Some(ScalarType::String)
        && !field.is_list()
        && !model.is_foreign_key(field.id);
    let name = words(&field.name);
    let name: Vec<&str> = name.iter().map(String::as_str).collect();
    let is_name = match name.as_slice() {
        ["slug" | "handle" | "username"] => true,
        [provider, .., "id"] => PROVIDERS.contains(provider),
        ["email"] => {
            let owners = &context.project.owners;
            *owners.of(reference) == Ownership::Root(RootKind::Identity)
        }
        _ => false,
    };
    if !plain || !is_name || is_said(field) {
        return None;
    }
    let one = asked.of_model(reference).find(|(ask, _)| {
        ask.limited
            && ask.order.is_empty()
            && ask.through == Through::Itself
            && ask.equal.len() == 1
            && ask.equal.contains(&field.id)
            && ask.listed.is_empty()
            && ask.ranged.is_empty()
    });
    match one.and_then(|(_, uses)| uses.first()) {
        Some(place) => Some(Why::LookedUp(place.at)),
        None => {
            (name == ["email"] && !is_of_a_group(context, reference, model)).then_some(Why::Address)
        }
    }
}

/// Whether each row belongs to a group: who is in two of them has a row, and the address, in each.
fn is_of_a_group(context: &Context<'_>, reference: ModelRef, model: &Model) -> bool {
    let roots = context.project.owners.graph(reference.schema).roots();
    let mut sides = model
        .relation_fields()
        .filter(|field| field.is_required())
        .filter_map(Field::relation);
    sides.any(|side| {
        let mut roots = roots.iter();
        side.holds_key
            && roots.any(|root| root.model == side.target && root.kind == RootKind::Tenant)
    })
}

/// Whether the comments of a column say that several rows may have the same.
fn is_said(field: &Field) -> bool {
    field.comments.iter().any(|comment| {
        let text = comment.text.to_lowercase();
        ["share", "same", "several"]
            .iter()
            .any(|word| text.contains(word))
    })
}

/// Whether a unique key of several columns has it: it is one within something.
fn is_in_a_key(model: &Model, field: &Field) -> bool {
    model.unique_criteria().any(|key| {
        key.columns
            .iter()
            .any(|column| column.field == Some(field.id))
    })
}

/// `copied` tells whether a provider of sign-ins has the rows, and these are copies.
fn finding(
    schema: &Schema,
    model: &Model,
    field: &Field,
    (why, copied): (Why, bool),
) -> Diagnostic {
    let name = format!("{}.{}", model.name, field.name);
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!("`{name}` tells rows apart, and no unique keeps it so"),
    )
    .label("two rows may have the same");
    let found = match why {
        Why::LookedUp(at) => found
            .related(at, "takes the first row that has it")
            .lowered(
                Severity::Low,
                "no code was seen that looks such a row up and then creates it",
            ),
        Why::Address => found.lowered(Severity::Low, "no code looks a row up by it"),
    };
    let is_address = words(&field.name) == ["email"];
    found
        .confidence(Confidence::Likely)
        .help(match copied && is_address {
            // Who deletes an account and comes again has two rows for a while, of one address.
            true => "keep it while the provider of sign-ins decides who has an address: a unique here refuses the copy of a new account as long as the row of the old one is there; an index, where people are searched by it".to_owned(),
            false => format!(
                "declare `@unique` at `{}`, after the duplicates are gone",
                field.name
            ),
        })
        .subject(wording::subject(model, &field.name))
}
