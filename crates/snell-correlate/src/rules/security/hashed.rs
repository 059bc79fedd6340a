//! Columns that are written with a digest: of a password, of a key.

use std::{collections::BTreeMap, sync::Arc};

use snell_extract::facts::Expression;
use snell_flow::{
    Value, foreign_call,
    scope::{Origin, origins},
};
use snell_prisma::FieldId;
use snell_project::{module::ExpressionRef, schema::ModelRef, types::Types};
use snell_source::Location;

use super::traffic::traffic;
use crate::rule::Context;

/// What makes digests, by a word of its name or of its package; those that are slow on purpose first.
const MAKERS: [(&str, &str); 6] = [
    ("bcrypt", "bcrypt"),
    ("argon2", "argon2"),
    ("pbkdf2", "PBKDF2"),
    ("scrypt", "scrypt"),
    ("createHmac", "HMAC"),
    ("createHash", "a digest"),
];

/// How a column is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashed {
    /// `bcrypt`
    pub by: &'static str,
    /// Whether trying many inputs takes long.
    pub slow: bool,
    /// Where.
    pub at: Location,
}

/// The columns that requests fill with digests.
#[derive(Debug, Default)]
pub(super) struct Hashes(BTreeMap<(ModelRef, FieldId), Hashed>);

impl Hashes {
    /// Looked for once.
    pub(super) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| Hashes::of(context))
    }

    /// How a column is hashed.
    pub(super) fn field(&self, model: ModelRef, field: FieldId) -> Option<Hashed> {
        self.0.get(&(model, field)).copied()
    }

    fn of(context: &Context<'_>) -> Self {
        let mut found = Hashes::default();
        let types = Types::new(&context.project.modules);
        for sent in &traffic(context).sent {
            let call = context.project.calls.get(sent.call);
            let (Some(model), Some(arguments)) = (call.model(), sent.arguments.as_object()) else {
                continue;
            };
            let declared = context.project.schemas.model(model);
            for key in ["data", "create", "update"] {
                let Some(entry) = arguments.entries.get(key) else {
                    continue;
                };
                let Some(row) = entry.value.as_object() else {
                    continue;
                };
                for (name, entry) in &row.entries {
                    if let Some(field) = declared.field(name)
                        && let Some(hashed) = maker(context, &types, &entry.value)
                    {
                        found.0.entry((model, field.id)).or_insert(hashed);
                    }
                }
            }
        }
        found
    }
}

/// What made a value, where it is a digest.
fn maker(context: &Context<'_>, types: &Types<'_>, value: &Value) -> Option<Hashed> {
    let mut results: Vec<ExpressionRef> = Vec::new();
    origins(value, &mut |origin| {
        if let Origin::Result(at) = origin {
            results.push(at);
        }
    });
    results
        .into_iter()
        .find_map(|at| made_by(context, types, at))
}

fn made_by(context: &Context<'_>, types: &Types<'_>, at: ExpressionRef) -> Option<Hashed> {
    let named = foreign_call(context.project, types, at);
    let names = named.map_or_else(
        || called(context, at),
        |(package, name)| vec![package, name],
    );
    let (number, (_, by)) = MAKERS.iter().enumerate().find(|(_, (word, _))| {
        let word = word.to_ascii_lowercase();
        names
            .iter()
            .any(|name| name.to_ascii_lowercase().contains(&word))
    })?;
    Some(Hashed {
        by,
        slow: number < 4,
        at: context.project.modules.location(at),
    })
}

/// The names on the way from a call to where it begins: `createHmac(...).update(...).digest(...)`.
fn called(context: &Context<'_>, at: ExpressionRef) -> Vec<String> {
    let facts = context.project.modules.facts(at.module);
    let mut names = Vec::new();
    let mut here = at.id;
    loop {
        match facts.expression(facts.unwrap_casts(here)) {
            Expression::Call { callee, .. } => here = *callee,
            Expression::Member {
                object, property, ..
            } => {
                names.push(property.text.to_string());
                here = *object;
            }
            Expression::Identifier { name, .. } => {
                names.push(name.to_string());
                return names;
            }
            _ => return names,
        }
    }
}
