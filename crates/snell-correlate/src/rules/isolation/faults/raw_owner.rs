//! Raw SQL over rows of anybody.

use rustc_hash::FxHashSet;
use snell_flow::{
    SqlPart, Value,
    raw::Reading,
    scope::{Origin, Reached, Trust, opens, origins},
};
use snell_project::{
    client::CallId, module::ExpressionRef, ownership::Ownership, schema::ModelRef,
};
use snell_sql::ast::{
    Expr, ExprKind, Insert, Part, QueryBody, Statement, StatementKind, walk_expression,
    walk_statement,
};

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault},
        reach::is_blind,
    },
};

pub(in crate::rules::isolation) fn fault(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Option<Exposure> {
    let call = context.project.calls.get(reached.query.call);
    let trust = reached.trust();
    // What goes past the policies of its client is told as such.
    if !call.operation.is_raw() || call.client.is_scoping() || !is_blind(reached, trust) {
        return None;
    }
    let written = written(context, reached.query.call);
    if !is_of_client(reached, trust, &written) {
        return None;
    }
    let (model, writes) = owned(context, reached.query.call)?;
    let guarded = if writes {
        evidence.guarded(model)?
    } else if gives_back(entry, reached) {
        evidence.given_back(model)?
    } else {
        return None;
    };
    Some(Exposure {
        guarded: Some(guarded),
        ..Exposure::of(
            entry,
            reached,
            model,
            Fault::Raw {
                writes,
                reckons: reckons(context, reached.query.call),
            },
        )
    })
}

/// Whether no column of the result is one of a table.
fn reckons(context: &Context<'_>, call: CallId) -> bool {
    let readings = context.readings.of(call);
    !readings.is_empty()
        && readings.iter().all(|reading| {
            let facts = &reading.facts;
            facts.complete && facts.columns.iter().all(|column| column.source.is_none())
        })
}

/// Whether all that a query asks for is constant or of the client, and
/// nothing ties it to who asks.
fn is_of_client(reached: &Reached<'_>, trust: &Trust, written: &FxHashSet<ExpressionRef>) -> bool {
    let mut asked = Asked::default();
    for argument in &reached.query.arguments {
        asked.argument(argument, trust, written);
    }
    asked.client && !asked.other
}

#[derive(Default)]
struct Asked {
    client: bool,
    other: bool,
}

impl Asked {
    fn argument(&mut self, value: &Value, trust: &Trust, written: &FxHashSet<ExpressionRef>) {
        let Value::Sql(parts) = value else {
            self.value(value, trust);
            return;
        };
        for part in parts.iter() {
            match part {
                // What is written says nothing of whose rows are changed.
                SqlPart::Value(_, at) if written.contains(at) => {}
                SqlPart::Value(value, _) | SqlPart::Raw(value, _) => {
                    self.argument(value, trust, written);
                }
                SqlPart::Join(join) => self.argument(&join.list, trust, written),
                SqlPart::Text { .. } => {}
            }
        }
    }

    fn value(&mut self, value: &Value, trust: &Trust) {
        value.visit(&mut |value| match value {
            Value::Unknown | Value::Function(_) => self.other = true,
            Value::Opaque(_) => {
                // The value outlives the visit only as a copy.
                let value = value.clone();
                origins(&value, &mut |origin| match origin {
                    Origin::Client(key) => {
                        self.client = true;
                        self.other |= trust.holds(&key);
                    }
                    Origin::Constant => {}
                    _ => self.other = true,
                });
            }
            _ => {}
        });
    }
}

/// The expressions whose values every text of the query only writes into rows.
fn written(context: &Context<'_>, call: CallId) -> FxHashSet<ExpressionRef> {
    let mut written = FxHashSet::default();
    let mut compared = FxHashSet::default();
    for reading in context.readings.of(call) {
        let mut assigned = Vec::new();
        let mut all = Vec::new();
        if let Some(statement) = reading.parse.statements.first() {
            for value in values(statement) {
                walk_expression(value, &mut |part| assigned.extend(parameter(part)));
            }
            walk_statement(statement, &mut |part| all.extend(parameter(part)));
        }
        for number in &assigned {
            let once = all.iter().filter(|other| *other == number).count() == 1;
            match place(reading, *number) {
                Some(at) if once => drop(written.insert(at)),
                Some(at) => drop(compared.insert(at)),
                None => {}
            }
        }
        let others = all.iter().filter(|number| !assigned.contains(number));
        compared.extend(others.filter_map(|number| place(reading, *number)));
    }
    written.retain(|at| !compared.contains(at));
    written
}

/// The values that a statement writes into rows.
fn values(statement: &Statement) -> Vec<&Expr> {
    match &statement.kind {
        StatementKind::Update(update) => {
            let assignments = update.assignments.iter();
            assignments
                .flat_map(|assignment| &assignment.values)
                .collect()
        }
        StatementKind::Insert(Insert {
            source: Some(source),
            ..
        }) => match &source.body {
            QueryBody::Select(select) => select.targets.iter().map(|target| &target.expr).collect(),
            QueryBody::Values(rows) => rows.iter().flatten().collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn parameter(part: Part<'_>) -> Option<u32> {
    match part {
        Part::Expr(Expr {
            kind: ExprKind::Parameter(number),
            ..
        }) => Some(*number),
        _ => None,
    }
}

fn place(reading: &Reading, number: u32) -> Option<ExpressionRef> {
    let position = usize::try_from(number).ok()?.checked_sub(1)?;
    reading.text.parameters.get(position)?.at
}

/// The first owned model whose table every text of the query reads or writes,
/// when each of its tables is known and no column opens rows to others.
pub(in crate::rules::isolation) fn owned(
    context: &Context<'_>,
    call: CallId,
) -> Option<(ModelRef, bool)> {
    let readings = context.readings.of(call);
    let mut found = None;
    for reading in readings {
        if !reading.errors.is_empty() || reading.assumed {
            return None;
        }
        let catalog = context.databases.catalog(context.project, reading.schema);
        let writes = match reading.facts.kind {
            "SELECT" => false,
            "UPDATE" | "DELETE" => true,
            // Rows made of the rows of others.
            "INSERT" if !reading.facts.reads.is_empty() => true,
            _ => return None,
        };
        let mut model = None;
        let copies = reading.facts.kind == "INSERT";
        let changed = reading.facts.writes.iter().filter(|_| !copies);
        for (id, column) in reading.facts.reads.iter().chain(changed) {
            let relation = catalog.relation(*id)?;
            let datamodel = &context.project.schemas.get(reading.schema).datamodel;
            let declared = datamodel
                .models()
                .iter()
                .find(|model| model.db_name == relation.name.as_str())?;
            if let Some(name) = column.and_then(|number| catalog.column_name(*id, number))
                && opens(&name)
            {
                return None;
            }
            let of = ModelRef {
                schema: reading.schema,
                model: declared.id,
            };
            if matches!(context.project.owners.of(of), Ownership::Owned(_)) {
                model.get_or_insert(of);
            }
        }
        found = Some((model?, writes));
    }
    found
}

fn gives_back(entry: &Entry<'_>, reached: &Reached<'_>) -> bool {
    let escapes = entry.walk.escapes.iter();
    !entry.walk.doubtful
        && escapes
            .filter(|escape| escape.row.call == reached.query.call)
            .any(|escape| {
                let trust = escape.trust();
                !trust.privileged
                    && !trust.opaque
                    && !entry
                        .walk
                        .asks_others(&escape.facts, &reached.query.arguments)
            })
}
