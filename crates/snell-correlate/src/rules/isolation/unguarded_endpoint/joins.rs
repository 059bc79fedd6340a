//! Endpoints by which anybody is put into a tenant of others, as somebody who runs it.

use smol_str::SmolStr;
use snell_flow::{
    ObjectValue,
    scope::{Key, Origin, Reached, origins},
};
use snell_project::schema::ModelRef;
use snell_source::{Confidence, Diagnostic};

use super::{RULE, registers, resets};
use crate::{
    rule::Context,
    rules::isolation::{
        entries::{Entry, entries},
        people,
        references::key_of,
        tenant,
    },
    support::{name_words::split, rights::holds_right},
};

/// Words in the names of the roles of those who run a tenant.
const RUN: [&str; 4] = ["admin", "administrator", "owner", "superadmin"];

/// Who is put where.
struct Joined {
    model: ModelRef,
    /// The tenant, and what the client sent to name it.
    tenant: ModelRef,
    key: Key,
    role: SmolStr,
}

pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    entries(context)
        .iter()
        .filter(|entry| {
            resets::is_open(context, entry)
                && !registers::is_for_the_first(entry)
                && !registers::creates_a_tenant(context, entry)
        })
        .filter_map(|entry| {
            let mut queries = entry.walk.queries.iter();
            queries.find_map(|reached| {
                let joined = joined(context, entry, reached)?;
                Some(finding(context, entry, reached, &joined))
            })
        })
        .collect()
}

fn joined(context: &Context<'_>, entry: &Entry<'_>, reached: &Reached<'_>) -> Option<Joined> {
    let (model, data) = registers::new_row(context, reached)?;
    let role = data.entries.iter().find_map(|(name, entry)| {
        let said = entry.value.as_string()?;
        (holds_right(name) && runs(said)).then(|| said.clone())
    })?;
    let (tenant, key) = named(context, model, data)?;
    let declared = context.project.schemas.model(model);
    // A row of a person, or one that says of a person what they are there.
    let person = people::is_identity(context, model)
        || !people::columns(context, model.schema, declared).is_empty();
    (person && !registers::is_asked(context, entry, reached, model)).then_some(Joined {
        model,
        tenant,
        key,
        role,
    })
}

fn runs(role: &str) -> bool {
    let words = split(role);
    words.iter().any(|word| RUN.contains(&word.as_str()))
}

/// The tenant of a new row, where the client alone names it.
fn named(context: &Context<'_>, model: ModelRef, data: &ObjectValue) -> Option<(ModelRef, Key)> {
    let declared = context.project.schemas.model(model);
    let sides = declared.relation_fields().filter_map(|field| {
        let side = field.relation().filter(|side| side.holds_key)?;
        let target = ModelRef {
            schema: model.schema,
            model: side.target,
        };
        tenant::is_tenant(context, target).then_some((field, side, target))
    });
    let mut named = sides.filter_map(|(field, side, target)| {
        let column = side.fields.first()?;
        let column = declared.fields.iter().find(|own| own.id == *column)?;
        let entry = data.entries.get(&column.name);
        let entry = entry.or_else(|| data.entries.get(&field.name))?;
        let (mut sent, mut other) = (None, false);
        origins(key_of(&entry.value), &mut |origin| match origin {
            Origin::Client(key) => sent = Some(key),
            _ => other = true,
        });
        Some((target, sent.filter(|_| !other)?))
    });
    named.next()
}

fn finding(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    joined: &Joined,
) -> Diagnostic {
    let project = context.project;
    let endpoint = entry.endpoint;
    let call = project.calls.get(reached.query.call);
    let model = &project.schemas.model(joined.model).name;
    let tenant = &project.schemas.model(joined.tenant).name;
    let key = joined.key.text();
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(call.module, call.name.span),
        format!(
            "`{}` makes whoever asks `{}` of the `{tenant}` that `{key}` names",
            endpoint.name, joined.role
        ),
    )
    .label("whoever knows the key of one runs it then")
    .related(endpoint.at, "nobody signs in here");
    for at in reached.trail.iter().take(2) {
        found = found.related(project.modules.location(*at), "this call leads to it");
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "let those who run a `{tenant}` already invite others, and ask for what the invitation holds; or make the `{tenant}` here"
        ))
        .subject(format!("endpoint:{} joins:{model}", endpoint.name))
}
