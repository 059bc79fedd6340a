//! Endpoints by which anybody makes an administrator.

use snell_flow::{
    ObjectValue,
    scope::{Origin, Reached, origins},
};
use snell_prisma::Model;
use snell_project::{client::Operation, endpoint::Endpoint, schema::ModelRef};
use snell_source::{Confidence, Diagnostic};

use super::{
    RULE,
    beside::proof::{asks_on_the_way, is_by_secret, proves},
    resets,
};
use crate::{
    rule::Context,
    rules::{
        isolation::{
            entries::{Entry, entries},
            people, tenant,
        },
        security::{Secret, secret},
    },
    support::{name_words::split, rights::holds_right},
};

/// Words in the names of endpoints by which an application gets its first administrator.
const FIRST: [&str; 6] = ["setup", "bootstrap", "init", "install", "onboard", "invit"];

/// Who is made.
struct Made {
    model: ModelRef,
    /// The role that the code gives them; nothing where the whole model is administrators.
    role: Option<(String, String)>,
}

pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    entries(context)
        .iter()
        .filter(|entry| resets::is_open(context, entry) && !is_for_the_first(entry))
        .filter_map(|entry| {
            let mut queries = entry.walk.queries.iter();
            queries.find_map(|reached| {
                let made = made(context, entry, reached)?;
                Some(finding(context, entry.endpoint, reached, &made))
            })
        })
        .collect()
}

pub(super) fn is_for_the_first(entry: &Entry<'_>) -> bool {
    let lower = entry.endpoint.name.to_ascii_lowercase();
    FIRST.iter().any(|word| lower.contains(word))
}

/// The row that a query makes, and its model, where nothing before it may have been asked.
pub(super) fn new_row<'q>(
    context: &Context<'_>,
    reached: &'q Reached<'_>,
) -> Option<(ModelRef, &'q ObjectValue)> {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model()?;
    if call.operation != Operation::Create || reached.doubtful || reached.trust().opaque {
        return None;
    }
    let arguments = reached.query.arguments.first()?.as_object()?;
    Some((model, arguments.entries.get("data")?.value.as_object()?))
}

fn made(context: &Context<'_>, entry: &Entry<'_>, reached: &Reached<'_>) -> Option<Made> {
    let (model, data) = new_row(context, reached)?;
    let declared = context.project.schemas.model(model);
    let role = match administers(&declared.name) && has_password(declared) {
        true => people_beside(context, model).then_some(None)?,
        false if people::is_identity(context, model) => {
            let mut given = data.entries.iter().filter_map(|(name, entry)| {
                let said = entry.value.as_string()?;
                (holds_right(name) && administers(said))
                    .then(|| (name.to_string(), said.to_string()))
            });
            let role = given.next()?;
            // Whoever signs up a company is its administrator, and nobody else's.
            if makes_a_tenant(
                context,
                entry,
                data.entries.keys().map(|name| name.as_str()),
                declared,
            ) {
                return None;
            }
            Some(role)
        }
        false => return None,
    };
    // Somebody has to choose who it is: what is made of constants alone is the first one.
    let mut sent = false;
    for entry in data.entries.values() {
        origins(&entry.value, &mut |origin| {
            sent |= matches!(origin, Origin::Client(_));
        });
    }
    (sent && !is_asked(context, entry, reached, model)).then_some(Made { model, role })
}

/// Whether something on the way to a query may ask for a proof of who asks, or whether there is a row of a model already.
pub(super) fn is_asked(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> bool {
    let mut before = entry.walk.queries.iter();
    reached.facts.iter().any(proves)
        || before.any(|one| is_by_secret(one) || counts(context, one, model))
        || asks_on_the_way(context, entry.endpoint, reached)
}

fn administers(name: &str) -> bool {
    let words = split(name);
    words
        .iter()
        .any(|word| word.starts_with("admin") || word == "superadmin" || word == "superuser")
}

fn has_password(model: &Model) -> bool {
    model
        .columns()
        .any(|field| secret(field) == Some(Secret::Password))
}

/// Whether others than these sign in, too.
fn people_beside(context: &Context<'_>, model: ModelRef) -> bool {
    let mut models = context.project.schemas.models();
    models.any(|(other, _, declared)| {
        other != model && has_password(declared) && !administers(&declared.name)
    })
}

/// Whether there is one already is asked first.
fn counts(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> bool {
    let call = context.project.calls.get(reached.query.call);
    let first = matches!(call.operation, Operation::Count | Operation::FindFirst);
    let by_client = || {
        let filter = reached
            .query
            .arguments
            .first()
            .and_then(|one| one.as_object()?.entries.get("where"));
        let mut sent = false;
        if let Some(filter) = filter {
            origins(&filter.value, &mut |origin| {
                sent |= matches!(origin, Origin::Client(_))
            });
        }
        sent
    };
    first && call.model() == Some(model) && !by_client()
}

/// Whether a tenant is made on the way, or the row is put into one.
fn makes_a_tenant<'n>(
    context: &Context<'_>,
    entry: &Entry<'_>,
    mut names: impl Iterator<Item = &'n str>,
    declared: &Model,
) -> bool {
    let made = creates_a_tenant(context, entry);
    let plain = |name: &str| {
        declared
            .field(name)
            .is_some_and(|field| field.relation().is_none() && !declared.is_foreign_key(field.id))
    };
    made || names.any(|name| !plain(name))
}

/// Whether an endpoint makes a row of a tenant.
pub(super) fn creates_a_tenant(context: &Context<'_>, entry: &Entry<'_>) -> bool {
    entry.walk.queries.iter().any(|one| {
        let call = context.project.calls.get(one.query.call);
        let made = call.operation.is_create() || call.operation == Operation::Upsert;
        let tenant = |model| tenant::is_tenant(context, model);
        made && call.model().is_some_and(tenant)
    })
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
    made: &Made,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = &project.schemas.model(made.model).name;
    let what = match &made.role {
        Some((column, role)) => format!("a `{model}` whose `{column}` is `{role}`"),
        None => format!("`{model}` rows, who administer"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(call.module, call.name.span),
        format!("`{}` makes {what}, of whoever asks", endpoint.name),
    )
    .label("whoever sends a name and a password may do everything then")
    .related(endpoint.at, "nobody signs in here");
    for at in reached.trail.iter().take(2) {
        found = found.related(project.modules.location(*at), "this call leads to it");
    }
    found
        .confidence(Confidence::Likely)
        .help("let those who administer already make others: put the guard before it that asks for their role, and let a script or the seed make the first one")
        .subject(format!("endpoint:{} makes:{model}", endpoint.name))
}

#[cfg(test)]
mod tests {
    use super::administers;

    #[test]
    fn names_of_administrators() {
        for name in [
            "Admin",
            "SUPER_ADMIN",
            "AdminUser",
            "superadmin",
            "ADMINISTRATOR",
        ] {
            assert!(administers(name), "{name}");
        }
        for name in ["User", "BADMINTON_CLUB", "Member"] {
            assert!(!administers(name), "{name}");
        }
    }
}
