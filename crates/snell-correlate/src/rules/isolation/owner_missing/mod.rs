//! Rows that people make, and that belong to nobody.

use snell_flow::{Query, Root, Value, scope::asks_for_role};
use snell_prisma::Model;
use snell_project::{
    client::{CallId, Operation},
    endpoint::Endpoint,
    ownership::Ownership,
    schema::{ModelRef, Schema},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        field_life,
        name_words::{has_word, words},
        queries, records,
        tables::{self, TableModel},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/owner-missing",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Signed-in people make rows of a model that has no owner, and read those of all",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of columns that may say whose a row is.
const OWNERS: [&str; 24] = [
    "owner",
    "author",
    "creator",
    "created",
    "user",
    "member",
    "account",
    "customer",
    "client",
    "tenant",
    "organization",
    "organisation",
    "org",
    "workspace",
    "team",
    "company",
    "by",
    "email",
    "profile",
    "person",
    "sender",
    "clerk",
    "uid",
    "session",
];

/// Words in the names of models that are for all by design.
const COMMON: [&str; 34] = [
    "category",
    "tag",
    "label",
    "country",
    "language",
    "currency",
    "role",
    "permission",
    "plan",
    "setting",
    "config",
    "configuration",
    "template",
    "feature",
    "type",
    "status",
    "catalog",
    "product",
    "token",
    "verification",
    "invite",
    "invitation",
    "otp",
    "event",
    "log",
    "job",
    "queue",
    "webhook",
    "cache",
    "migration",
    "metric",
    "counter",
    "waitlist",
    "lock",
];

/// What signed-in people do with a model's rows.
#[derive(Clone, Copy)]
struct Used<'a> {
    made: (CallId, &'a Endpoint),
    read: (CallId, &'a Endpoint),
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_life::field_lives(context);
    tables::of_postgres(context)
        .filter(|table| lives.owned(table.model).is_none())
        .filter_map(|table| {
            let reference = ModelRef {
                schema: table.id,
                model: table.model.id,
            };
            let lone = *context.project.owners.of(reference) == Ownership::Global
                && !context.project.owners.graph(table.id).roots().is_empty()
                && is_lone(table.schema, table.model);
            // First what costs little: the next question goes through all queries.
            if !lone {
                return None;
            }
            let used = used(context, reference).filter(|_| mostly_owned(context, table))?;
            Some(finding(context, table, used))
        })
        .collect()
}

/// Whether neither its columns nor its relations tie a model to anybody, nor its name to all.
fn is_lone(schema: &Schema, model: &Model) -> bool {
    let says_whose = model
        .columns()
        .any(|field| has_word(&field.name, &OWNERS) || field.name.eq_ignore_ascii_case("uid"));
    // What another row refers to, or is in a list with, belongs with that.
    let tied = schema.datamodel.relations().iter().any(|relation| {
        let to = relation.to.map(|field| field.model);
        relation.from.model == model.id || to == Some(model.id)
    });
    let common = words(&model.name)
        .iter()
        .any(|word| COMMON.contains(&word.as_str()));
    !says_whose && !tied && !common && records::record(model).is_none()
}

/// Whether most models of the schema have an owner: else rows are shared by custom.
fn mostly_owned(context: &Context<'_>, table: TableModel<'_>) -> bool {
    let owners = context.project.owners.graph(table.id);
    let models = table.schema.datamodel.models();
    let owned = models
        .iter()
        .filter(|model| *owners.of(model.id) != Ownership::Global);
    owned.count() * 2 > models.len()
}

fn used<'a>(context: &Context<'a>, model: ModelRef) -> Option<Used<'a>> {
    let mut made = None;
    let mut read = None;
    for walked in context.walks {
        let endpoint = context.project.endpoints.get(walked.endpoint);
        if !endpoint.is_open_to_every_user()
            || endpoint.is_limited()
            || !functions::is_application(context.project, endpoint.module)
        {
            continue;
        }
        for reached in &walked.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            // Who has a role that is asked for here may make what is for all.
            if call.model() != Some(model) || asks_for_role(context.project, &reached.facts) {
                continue;
            }
            let place = (reached.query.call, endpoint);
            match call.operation {
                Operation::Create | Operation::CreateMany if is_sent(reached.query) => {
                    made.get_or_insert(place);
                }
                Operation::FindMany
                | Operation::FindUnique
                | Operation::Update
                | Operation::Delete => {
                    read.get_or_insert(place);
                }
                _ => {}
            }
        }
    }
    Some(Used {
        made: made?,
        read: read?,
    })
}

/// Whether a row holds something that the client sent: else the system makes it for itself.
fn is_sent(query: &Query) -> bool {
    let arguments = query.arguments.first().and_then(Value::as_object);
    let data = arguments.and_then(|arguments| arguments.entries.get("data"));
    let mut found = false;
    if let Some(data) = data {
        data.value.visit(&mut |part| {
            found |= matches!(part, Value::Opaque(opaque) if matches!(opaque.root, Root::ClientInput(..)));
        });
    }
    found
}

fn finding(context: &Context<'_>, table: TableModel<'_>, used: Used<'_>) -> Diagnostic {
    let TableModel { id, schema, model } = table;
    let roots = context.project.owners.graph(id).roots();
    let root = roots.first().map(|root| &schema.datamodel[root.model]);
    let owner = root.map_or("User", |root| root.name.as_str());
    let place = |call| queries::operation_at(context, context.project.calls.get(call));
    let mut accessor = owner.to_owned();
    accessor[..1].make_ascii_lowercase();
    Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!(
            "signed-in people make `{}` rows, and nothing says whose they are",
            model.name
        ),
    )
    .label(format!("no way leads to a `{owner}`"))
    .related(
        place(used.made.0),
        format!("made by `{}`", used.made.1.name),
    )
    .related(
        place(used.read.0),
        format!("and within reach of everybody by `{}`", used.read.1.name),
    )
    .confidence(Confidence::Likely)
    .help(format!(
        "add `{accessor}Id` with a required relation to `{owner}`, set it from who asks, and filter by it; or name the model in `isolation.globalModels` when it is for all"
    ))
    .subject(format!("model:{}", model.name))
}
