//! An aggregate over all rows of a table that only grows.

use snell_flow::Value;
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::ast::{ExprKind, FromItem, Query, QueryBody, StatementKind};

use super::lasting::AllLasting;
use crate::{
    rule::{Context, Rule},
    support::{
        callers::Callers,
        policies,
        queries::{self, ModelQuery},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/heavy-aggregate",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A request counts all rows of a table that only grows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let judge = Judge {
        context,
        callers: Callers::shared(context),
        lasting: AllLasting::shared(context),
        guarded: guarded(context),
    };
    let mut found = Vec::new();
    for query in queries::of_models(context) {
        let aggregates = matches!(
            query.call.operation,
            Operation::Count | Operation::Aggregate | Operation::GroupBy
        );
        if aggregates && is_of_all(&query) {
            let at = queries::operation_at(context, query.call);
            found.extend(judge.finding(query.model, query.event.query.call, at));
        }
    }
    for reading in context.readings.iter() {
        let (Some(call), Some(statement)) = (reading.call, reading.statement()) else {
            continue;
        };
        let StatementKind::Query(query) = &statement.kind else {
            continue;
        };
        let datamodel = &context.project.schemas.get(reading.schema).datamodel;
        let table = aggregated(query);
        if let Some(model) = table.and_then(|name| datamodel.models_of_table(name).next()) {
            let model = ModelRef {
                schema: reading.schema,
                model: model.id,
            };
            found.extend(judge.finding(model, call, reading.method(context.project)));
        }
    }
    found
}

/// Whether nothing narrows the rows.
fn is_of_all(query: &ModelQuery<'_>) -> bool {
    let arguments = query.event.query.arguments.first();
    let plain = arguments.is_none_or(|value| matches!(value, Value::Object(_) | Value::Undefined));
    let all = match query.argument("where") {
        None | Some(Value::Undefined) => true,
        Some(Value::Object(filter)) => {
            // What only some runs ask for narrows nothing in the others.
            filter.spreads.is_empty() && filter.entries.values().all(|entry| !entry.always)
        }
        Some(_) => false,
    };
    plain && all && query.argument("take").is_none()
}

/// The table of a statement that counts or sums all its rows.
fn aggregated(query: &Query) -> Option<&str> {
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let [FromItem::Table(name, _)] = select.from.as_slice() else {
        return None;
    };
    let aggregates = select.targets.iter().any(|target| {
        matches!(&target.expr.kind, ExprKind::Call(call)
            if call.over.is_none() && matches!(call.name.name.text.as_str(), "count" | "sum" | "avg"))
    });
    (aggregates && select.condition.is_none()).then_some(name.name.text.as_str())
}

/// Tables whose row security is on.
fn guarded(context: &Context<'_>) -> Vec<ModelRef> {
    let mut found = Vec::new();
    for guarded in policies::active(context) {
        let schemas = context.project.schemas.iter();
        for (id, schema) in schemas.filter(|(_, schema)| schema.path == guarded.schema.path) {
            let models = schema.datamodel.models_of_table(&guarded.relation.name);
            found.extend(models.map(|model| ModelRef {
                schema: id,
                model: model.id,
            }));
        }
    }
    found
}

struct Judge<'c, 'a> {
    context: &'c Context<'a>,
    callers: std::sync::Arc<Callers>,
    lasting: std::sync::Arc<AllLasting>,
    /// Tables of which policies show each one its own rows.
    guarded: Vec<ModelRef>,
}

impl Judge<'_, '_> {
    fn finding(&self, model: ModelRef, call: CallId, at: Location) -> Option<Diagnostic> {
        let lasting = self.lasting.large(model)?;
        if self.guarded.contains(&model) {
            return None;
        }
        if !self.callers.is_requested(call) {
            return None;
        }
        let schema = self.context.project.schemas.get(model.schema);
        let declared = self.context.project.schemas.model(model);
        let mut found = Diagnostic::at(
            &RULE.metadata,
            at,
            format!(
                "each request reads all of `{}` for one number",
                declared.name
            ),
        )
        .label("PostgreSQL keeps no count: it looks at every row")
        .related(schema.model_name(declared), "only grows")
        .confidence(Confidence::Likely);
        if let Some(made_at) = lasting.grown.made_at {
            found = found.related(made_at, "adds rows");
        }
        if self.callers.is_for_few(call) {
            let why = "only those who run the system ask for it";
            found = found.lowered(Severity::Low, why);
        }
        let subject = format!(
            "query:{} {}",
            declared.name,
            self.context.project.calls.get(call).operation.as_str()
        );
        Some(
            found
                .help("count within bounds that an index serves (a day, an owner), keep the number in a row of its own, or show \"more than 1000\" (`take: 1001`)")
                .help("where an estimate does: `SELECT reltuples FROM pg_class`")
                .subject(subject),
        )
    }
}
