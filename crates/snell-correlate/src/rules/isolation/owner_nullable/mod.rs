//! An owner that the schema calls optional, and that every row has.

use snell_flow::{
    ObjectValue, Root, Step, Value,
    scope::{Origin, origins},
};
use snell_prisma::{Field, Model, ReferentialAction};
use snell_project::{
    client::{CallId, Operation},
    endpoint::Given,
    module::FunctionRef,
    ownership::Ownership,
    schema::{ModelRef, Schema},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        declared, field_life,
        name_words::has_word,
        queries::{self, ModelQuery, objects},
        records,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/owner-nullable",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The owner of a row is optional, although every row gets one",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of models whose rows outlive whom they are about, or come before them.
const LOOSE: [&str; 12] = [
    "log",
    "event",
    "audit",
    "history",
    "metric",
    "analytic",
    "feedback",
    "report",
    "invite",
    "invitation",
    "token",
    "session",
];

/// What the code does with the column.
#[derive(Default)]
struct Uses {
    /// Where a row gets who asks for its owner.
    written: Option<CallId>,
    /// Where rows are found by their owner.
    filtered: Option<CallId>,
    /// Whether a row may come to be, or is asked for, without one.
    may_lack: bool,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_life::field_lives(context);
    tables::of_postgres(context)
        .filter(|table| lives.owned(table.model).is_none())
        .filter(|table| {
            !has_word(&table.model.name, &LOOSE) && records::record(table.model).is_none()
        })
        .filter_map(|table| {
            let owner = optional_owner(context, table)?;
            let uses = uses(context, table, owner);
            let written = uses.written.filter(|_| !uses.may_lack)?;
            if !gets_who_asks(context, table, owner) {
                return None;
            }
            Some(finding(context, table, owner, written, uses.filtered?))
        })
        .collect()
}

/// The one column by which alone rows may belong to somebody.
fn optional_owner<'a>(context: &Context<'_>, table: TableModel<'a>) -> Option<&'a Field> {
    let reference = ModelRef {
        schema: table.id,
        model: table.model.id,
    };
    let Ownership::Owned(chains) = context.project.owners.of(reference) else {
        return None;
    };
    let [chain] = chains.as_slice() else {
        return None;
    };
    let datamodel = &table.schema.datamodel;
    let outlives = chain.relations.first().is_some_and(|first| {
        datamodel
            .foreign_key(&datamodel[*first])
            .is_some_and(|key| {
                key.on_delete.explicit.is_some()
                    && key.on_delete.action == ReferentialAction::SetNull
            })
    });
    let field = &datamodel[chain.key?];
    let own = chain.relations.len() <= 1 && field.is_optional() && field.default.is_none();
    (own && !chain.required && !outlives).then_some(field)
}

fn uses(context: &Context<'_>, table: TableModel<'_>, owner: &Field) -> Uses {
    let reference = ModelRef {
        schema: table.id,
        model: table.model.id,
    };
    let mut uses = Uses::default();
    for query in queries::of_models(context) {
        if query.model != reference {
            // A row that is made inside another one's may have no owner.
            uses.may_lack |=
                query.model.schema == table.id && makes_inside(table.schema, &query, table.model);
            continue;
        }
        if !functions::is_application(context.project, query.call.module) {
            continue;
        }
        uses.add(context, table, owner, &query);
    }
    uses
}

impl Uses {
    fn add(
        &mut self,
        context: &Context<'_>,
        table: TableModel<'_>,
        owner: &Field,
        query: &ModelQuery<'_>,
    ) {
        let id = query.event.query.call;
        if let Some(filter) = query.argument("where") {
            let mut compared = false;
            filter.visit(&mut |part| {
                if let Value::Object(object) = part
                    && let Some(entry) = object.entries.get(&owner.name)
                {
                    compared = true;
                    self.may_lack |= says_null(&entry.value);
                }
            });
            if compared {
                self.filtered.get_or_insert(id);
            }
        }
        if query.call.operation.is_create() || query.call.operation == Operation::Upsert {
            let key = match query.call.operation {
                Operation::Upsert => "create",
                _ => "data",
            };
            let rows = query.argument(key).map(rows).unwrap_or_default();
            self.may_lack |= rows.is_empty();
            for row in rows {
                match given(table, owner, row) {
                    Some(value) if is_somebody(context, value) => {
                        self.written.get_or_insert(id);
                    }
                    Some(value) => self.may_lack |= says_null(value) || *value == Value::Unknown,
                    None => self.may_lack = true,
                }
            }
        }
        // What takes the owner away leaves rows without one.
        for data in query.argument("data").into_iter().flat_map(objects) {
            let entry = data.entries.get(&owner.name);
            self.may_lack |= entry.is_some_and(|entry| says_null(&entry.value));
        }
    }
}

/// The rows that data describes; none when not all of them are known.
fn rows(data: &Value) -> Vec<&ObjectValue> {
    let elements: Vec<&Value> = match data {
        Value::Array(array) => array.elements.iter().chain(&array.rest).collect(),
        value => vec![value],
    };
    let rows: Option<Vec<&ObjectValue>> = elements.into_iter().map(Value::as_object).collect();
    rows.filter(|rows| rows.iter().all(|row| row.spreads.is_empty()))
        .unwrap_or_default()
}

/// What a row gets for its owner: the column's value, or the key that it is connected by.
fn given<'v>(table: TableModel<'_>, owner: &Field, row: &'v ObjectValue) -> Option<&'v Value> {
    if let Some(entry) = row.entries.get(&owner.name) {
        return entry.always.then_some(&entry.value);
    }
    let datamodel = &table.schema.datamodel;
    let relation = table.model.relation_fields().find(|field| {
        field
            .relation()
            .is_some_and(|of| of.fields.contains(&owner.id))
    })?;
    let entry = row
        .entries
        .get(&relation.name)
        .filter(|entry| entry.always)?;
    let connect = entry.value.as_object()?.entries.get("connect")?;
    let key = relation.relation()?.references.first()?;
    let entry = connect
        .value
        .as_object()?
        .entries
        .get(&datamodel[*key].name)?;
    Some(&entry.value)
}

/// Whether a value is who asks, or handed over and never absent.
fn is_somebody(context: &Context<'_>, value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    match opaque.root {
        Root::Parameter(function, position) => {
            is_handed_who_asks(context, function, position, &opaque.path)
                || declared::value(context, None, opaque)
                    .is_some_and(|declared| !declared::may_be_absent(context, &declared))
        }
        _ => is_who_asks(value),
    }
}

/// Whether a value is who asks, and nothing else: also as the request holds it.
fn is_who_asks(value: &Value) -> bool {
    let (mut who, mut others) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Identity(_) => who = true,
        _ => others = true,
    });
    who && !others
}

/// Whether an endpoint is handed who asks as this parameter: by itself, or in the request
/// (`@Req() req`, `req.user.id`).
fn is_handed_who_asks(
    context: &Context<'_>,
    function: FunctionRef,
    position: u32,
    path: &[Step],
) -> bool {
    let endpoints = &context.project.endpoints;
    let in_request =
        matches!(path.first(), Some(Step::Property(name)) if endpoints.principals().contains(name));
    let mut own = endpoints
        .iter()
        .filter(|endpoint| endpoint.handler == function);
    own.any(
        |endpoint| match endpoint.parameters.get(position as usize) {
            Some(Given::Identity) => true,
            Some(Given::Request | Given::Circumstances) => in_request,
            _ => false,
        },
    )
}

/// Whether an endpoint makes a row that gets who asks, and none makes one that may get nobody.
fn gets_who_asks(context: &Context<'_>, table: TableModel<'_>, owner: &Field) -> bool {
    let mut gets = false;
    for walked in context.walks {
        for reached in &walked.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            let model = call.model();
            let is_it = model
                .is_some_and(|model| model.schema == table.id && model.model == table.model.id);
            if !is_it || call.operation != Operation::Create {
                continue;
            }
            let arguments = reached.query.arguments.first().and_then(Value::as_object);
            let data = arguments.and_then(|arguments| arguments.entries.get("data"));
            let row = data.and_then(|data| data.value.as_object());
            match row.and_then(|row| given(table, owner, row)) {
                Some(value @ Value::Opaque(_)) => gets |= is_who_asks(value),
                _ => return false,
            }
        }
    }
    gets
}

fn says_null(value: &Value) -> bool {
    let mut found = false;
    value.visit(&mut |part| found |= matches!(part, Value::Null | Value::Undefined));
    found
}

/// Whether rows of the model are made inside those of another one.
fn makes_inside(schema: &Schema, query: &ModelQuery<'_>, model: &Model) -> bool {
    let datamodel = &schema.datamodel;
    let of = &datamodel[query.model.model];
    let mut found = false;
    for key in ["data", "create", "update"] {
        let Some(value) = query.argument(key) else {
            continue;
        };
        value.visit(&mut |part| {
            if let Value::Object(object) = part {
                found |= object.entries.keys().any(|name| {
                    let field = of.field(name);
                    let target = field.and_then(|field| datamodel.target(field));
                    target.is_some_and(|target| target.id == model.id)
                });
            }
        });
    }
    found
}

fn finding(
    context: &Context<'_>,
    table: TableModel<'_>,
    owner: &Field,
    written: CallId,
    filtered: CallId,
) -> Diagnostic {
    let TableModel { schema, model, .. } = table;
    let place = |call| queries::operation_at(context, context.project.calls.get(call));
    Diagnostic::at(
        &RULE.metadata,
        schema.field_type(owner),
        format!(
            "a `{}` may be without an owner, and no code makes one without",
            model.name
        ),
    )
    .label("a row without it is nobody's: no filter by the owner finds it")
    .related(place(written), "each row gets who asks")
    .related(place(filtered), "rows are found by their owner")
    .confidence(Confidence::Likely)
    .help(format!(
        "make `{}` required, after the rows without one are given away or removed",
        owner.name
    ))
    .subject(wording::subject(model, &owner.name))
}
