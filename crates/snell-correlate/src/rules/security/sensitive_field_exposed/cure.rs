//! Which secrets come along in a row, and how they are kept out of a response.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_prisma::ScalarType;
use snell_source::Diagnostic;

use super::{Held, Secret};
use crate::{rule::Context, rules::security::sensitive, support::name_words::split};

/// The secret that a column of a row holds: a `token` beside a `refreshToken` is what that renews.
pub(super) fn secret_of(context: &Context<'_>, held: &Held<'_>) -> Option<Secret> {
    let model = context.project.schemas.model(held.model);
    sensitive::secret_of(model, held.field).or_else(|| {
        let renewed = || {
            let mut columns = model.columns();
            columns.any(|field| split(&field.name).concat() == "refreshtoken")
        };
        let text = held.field.scalar() == Some(ScalarType::String);
        (text && held.field.name == "token" && renewed()).then_some(Secret::Token)
    })
}

/// The other secrets of the row in which one is given back.
pub(super) fn others(all: &[(Secret, Held<'_>)], worst: &Held<'_>) -> Vec<SmolStr> {
    let through = |held: &Held<'_>| held.through.map(|relation| relation.id);
    all.iter()
        .map(|(_, other)| other)
        .filter(|other| other.model == worst.model && through(other) == through(worst))
        .filter(|other| other.field.id != worst.field.id && !other.named)
        .map(|other| other.field.name.clone())
        .collect()
}

/// How to keep a secret out of a response.
pub(super) fn cure(held: &Held<'_>, others: &[SmolStr], omits: bool) -> String {
    let name = &held.field.name;
    if held.named {
        return format!("leave `{name}` out of what is selected");
    }
    let all = std::iter::once(name).chain(others);
    let all: Vec<String> = all.map(|one| format!("{one}: true")).collect();
    let all = all.join(", ");
    let secret = match others {
        [] => "the secret",
        _ => "the secrets",
    };
    match (held.through.filter(|_| held.nested), omits) {
        (Some(relation), true) => format!(
            "select of `{0}` what the response needs, or leave {secret} out: `{0}: {{ omit: {{ {all} }} }}`",
            relation.name
        ),
        (Some(relation), false) => format!(
            "select of `{0}` what the response needs, and no secret: `{0}: {{ select: {{ id: true }} }}`",
            relation.name
        ),
        (None, true) => {
            format!("select what the response needs, or leave {secret} out: `omit: {{ {all} }}`")
        }
        (None, false) => {
            "select what the response needs: `select: { id: true }`, and no secret".to_owned()
        }
    }
}

/// Where many endpoints give one column back, the client can leave it out of all of them at once.
pub(super) fn at_the_client(found: &mut [Diagnostic]) {
    const MANY: usize = 3;
    let mut columns: BTreeMap<String, usize> = BTreeMap::new();
    for cause in found.iter().filter_map(|one| one.cause.as_ref()) {
        *columns.entry(cause.clone()).or_default() += 1;
    }
    for finding in found {
        let Some(cause) = &finding.cause else {
            continue;
        };
        let omitted = cause
            .strip_prefix("omit ")
            .and_then(|column| column.split_once('.'));
        if let Some((model, name)) = omitted
            && columns[cause] >= MANY
        {
            finding.help.insert(0, format!("leave it out of every answer at the client, `new PrismaClient({{ omit: {{ {}: {{ {name}: true }} }} }})`, and ask for it where it is compared: `omit: {{ {name}: false }}`", camel(model)));
        }
    }
}

/// What the client calls a model.
fn camel(model: &str) -> String {
    let mut letters = model.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
