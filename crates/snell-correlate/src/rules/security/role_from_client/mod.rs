//! Roles that are given to whoever asks for them.

mod above;
mod asked;
mod columns;
mod given;

use rustc_hash::FxHashSet;
use snell_flow::{
    Entry, Value,
    scope::{Reached, Walk},
};
use snell_prisma::FieldId;
use snell_project::{
    client::{CallId, Operation},
    endpoint::{Endpoint, EndpointKind, Given},
    schema::{FieldRef, ModelRef},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use self::{
    above::{Above, Ranks},
    columns::{Columns, is_people},
    given::Giving,
};
use super::{deciding::Deciding, tell};
use crate::{
    functions,
    rule::{Context, Rule},
    rules::isolation::unguarded_endpoint::routes::left_open,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/role-from-client",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "Whoever asks for it is given a role, and nobody is asked for theirs",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A query of an endpoint, where roles may be written.
struct Written<'a> {
    context: &'a Context<'a>,
    endpoint: &'a Endpoint,
    walk: &'a Walk<'a>,
    reached: &'a Reached<'a>,
    model: ModelRef,
    /// What is written: one row.
    data: &'a Value,
    /// It is a route that signs nobody in, where others beside it do.
    left_open: bool,
    /// The endpoint asks for a role: there may be those above it.
    ranked: bool,
    /// It asks for one that a row which a guard looks up says of who asks: of the same kind, there may be those above it.
    of_row: bool,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let columns = Columns::find(context);
    if columns.is_empty() {
        return Vec::new();
    }
    let deciding = Deciding::find(context);
    let ranks = Ranks::find(context);
    let open = left_open(context);
    let mut found = Vec::new();
    let mut seen: FxHashSet<(CallId, FieldId)> = FxHashSet::default();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        let left = endpoint.class.is_none() && open.has(entered.endpoint);
        let known = endpoint.kind == EndpointKind::Route && endpoint.access.authenticated;
        let judged = endpoint.kind.is_request()
            && (endpoint.class.is_some() || left || known)
            && functions::is_application(context.project, endpoint.module)
            && !entered.walk.cut;
        let asks = !left && asked::before(endpoint);
        // Who has a role may still write one above it.
        let ranked = asks && endpoint.class.is_some() && !endpoint.access.roles.is_empty();
        let of_row = !asks && !left && !endpoint.access.of_row.is_empty();
        if !judged || asks && !ranked {
            continue;
        }
        for reached in &entered.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            let (Some(model), Some(arguments)) = (call.model(), reached.query.arguments.first())
            else {
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
            let Some(arguments) = arguments.as_object().filter(|_| writes) else {
                continue;
            };
            for key in ["data", "create", "update"] {
                let Some(data) = arguments.entries.get(key) else {
                    continue;
                };
                // `createMany` is handed a list.
                let rows: Vec<&Value> = match &data.value {
                    Value::Array(list) => list.elements.iter().chain(&list.rest).collect(),
                    row => vec![row],
                };
                for row in rows {
                    let written = Written {
                        context,
                        endpoint,
                        walk: &entered.walk,
                        reached,
                        model,
                        data: row,
                        left_open: left,
                        ranked,
                        of_row,
                    };
                    written.look(&columns, &ranks, data, &mut |field, entry, giving| {
                        if seen.insert((reached.query.call, field.field)) {
                            found.push(finding(&written, (field, entry), giving, &deciding));
                        }
                    });
                }
            }
        }
    }
    found
}

type Found<'f> = dyn FnMut(FieldRef, &Entry, &Giving) + 'f;

impl Written<'_> {
    /// Visits the roles that are given to whoever asks.
    fn look(&self, columns: &Columns, ranks: &Ranks, whole: &Entry, found: &mut Found<'_>) {
        let mut given: Vec<(FieldRef, &Entry, Giving)> = Vec::new();
        for field in columns.of(self.model) {
            let name = &self.context.project.schemas.field(field.at).name;
            if self.ranked || self.of_row && ranks.are_of_row(self.context, self.endpoint, field) {
                let Some(above) = ranks.above(self.context, self.endpoint, field) else {
                    continue;
                };
                let of_role = field.of_role(&above.role);
                given.extend(self.giving(&of_role, name).and_then(|(entry, giving)| {
                    let asked = matches!(giving, Giving::Asked(_));
                    asked.then(|| (field.at, entry.unwrap_or(whole), Giving::Above(above)))
                }));
                continue;
            }
            given.extend(
                self.giving(field, name)
                    .map(|(entry, giving)| (field.at, entry.unwrap_or(whole), giving)),
            );
        }
        if given.is_empty() || asked::of_owner(self) || asked::on_the_way(self) || self.founds() {
            return;
        }
        for (field, entry, giving) in given {
            found(field, entry, &giving);
        }
    }
}

fn finding(
    written: &Written<'_>,
    (field, entry): (FieldRef, &Entry),
    giving: &Giving,
    deciding: &Deciding,
) -> Diagnostic {
    let Written {
        context,
        endpoint,
        reached,
        ..
    } = *written;
    let title = tell::title(context, reached.query.call);
    let access = &endpoint.access;
    let signed_in = access.authenticated || endpoint.parameters.contains(&Given::Identity);
    let whom = match signed_in {
        true => "everyone who is signed in",
        false => "everybody",
    };
    let declared = context.project.schemas.field(field);
    let schema = context.project.schemas.get(field.schema);
    let (message, label) = words(giving, &title, whom);
    let here = match giving {
        Giving::Above(Above { own, .. }) => format!("`{own}` comes here"),
        _ => "no role is asked for here".to_owned(),
    };
    let mut found = Diagnostic::at(&RULE.metadata, tell::entry(context, entry), message)
        .label(label)
        .related(endpoint.at, here)
        .related(schema.field_name(declared), "says what somebody may do");
    for at in reached.trail.iter().take(2) {
        found = found.related(tell::callee(context, *at), "this call leads to the query");
    }
    if let Giving::Above(Above { own, role, asked }) = giving {
        found = found
            .related(*asked, format!("here `{role}` comes, and `{own}` does not"))
            .lowered(Severity::High, format!("nobody without `{own}` comes here"));
    }
    match deciding
        .by(&declared.name)
        .filter(|_| is_people(context, written.model))
    {
        Some(guard) => found = found.related(guard, "a guard decides by it"),
        None => {
            found = found.lowered(
                Severity::High,
                "no guard of the workspace decides by this column of people",
            );
        }
    }
    let exempt = access.exempt && !written.ranked;
    if !written.left_open && !access.unknown.is_empty() || exempt {
        found = found.lowered(
            Severity::Medium,
            "a guard before the endpoint may ask for a role of its own",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help(help(giving))
        .subject(format!(
            "query:{title} {} column:{}",
            endpoint.name, declared.name
        ))
}

/// What is told, and the label at what is written.
fn words(giving: &Giving, title: &str, whom: &str) -> (String, &'static str) {
    match giving {
        Giving::Asked(most) => (
            format!("`{title}` writes the role that the client names: {whom} can ask for `{most}`"),
            "the client says which role",
        ),
        Giving::Any(of) => (
            format!(
                "`{title}` writes the role that the client names: {whom} can ask for any `{of}`"
            ),
            "the client says which role",
        ),
        Giving::Always(role) => (
            format!("`{title}` gives `{role}` to {whom}"),
            "whoever comes here",
        ),
        Giving::Above(Above { own, role, .. }) => (
            format!(
                "`{title}` writes the role that the client names: who is `{own}` can ask for `{role}`"
            ),
            "the client says which role",
        ),
    }
}

fn help(giving: &Giving) -> &'static str {
    match giving {
        Giving::Above(_) => {
            "refuse a role above that of who calls, and to change the role of those who have one"
        }
        Giving::Asked(_) | Giving::Any(_) => {
            "ask for the role of who calls before a role is written, and never for one above theirs; elsewhere leave it out of what the client sends, and write the least one"
        }
        Giving::Always(_) => {
            "ask for the role of who calls before a role is given, or give the least one"
        }
    }
}
