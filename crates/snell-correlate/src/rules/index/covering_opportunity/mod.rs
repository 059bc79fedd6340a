//! A frequent query that reads few narrow columns beside those of its index.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use snell_flow::Value;
use snell_prisma::{Datamodel, Field, FieldId, FieldType, Model, ScalarType};
use snell_project::client::CallId;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        advice::text,
        callers::Callers,
        growth::Growths,
        index_use::{Current, CurrentIndex},
        queries::{self, objects},
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/covering-opportunity",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A frequent query could be answered from the index alone",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Columns that an index may carry along.
const MOST: usize = 3;
/// Endpoints that make a query a frequent one, where no loop does.
const ENDPOINTS: u32 = 3;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let current = Current::shared(context);
    let growths = Growths::shared(context);
    let callers = Callers::shared(context);
    let selections = selections(context);
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        if growths.of_model(table.reference()).growth.is_by_use() {
            let indexes = current.of(&table).iter();
            let carried = indexes.filter_map(|one| finding(&table, one, &callers, &selections));
            found.extend(carried);
        }
    }
    found
}

/// The selections of the calls of the client that have one.
fn selections<'a>(context: &Context<'a>) -> FxHashMap<CallId, &'a Value> {
    let mut found = FxHashMap::default();
    for query in queries::of_models(context) {
        if let Some(select) = query.argument("select") {
            found.insert(query.event.query.call, select);
        }
    }
    found
}

fn finding(
    table: &TableModel<'_>,
    one: &CurrentIndex,
    callers: &Callers,
    selections: &FxHashMap<CallId, &Value>,
) -> Option<Diagnostic> {
    let index = &one.index;
    if one.instead.is_some() || !index.is_plain() {
        return None;
    }
    let (schema, model) = (table.schema, table.model);
    let held: BTreeSet<FieldId> = index
        .fields()
        .chain(index.carried.iter().copied())
        .collect();
    let whole = one
        .services
        .iter()
        .filter(|service| service.whole && service.bound > 0);
    let mut places = whole.flat_map(|service| &service.uses);
    let (place, carried) = places.find_map(|place| {
        let call = place.call?;
        if !(place.repeated || callers.is_in_loop(call) || callers.endpoints(call) >= ENDPOINTS) {
            return None;
        }
        let selected = selected(model, selections.get(&call)?)?;
        let carried: Vec<FieldId> = selected.difference(&held).copied().collect();
        let narrow = carried
            .iter()
            .all(|field| is_narrow(&schema.datamodel, *field));
        (narrow && (1..=MOST).contains(&carried.len())).then_some((place, carried))
    })?;
    let columns: Vec<FieldId> = index.fields().collect();
    let names = wording::fields(&schema.datamodel, &carried);
    let quoted = |fields: &[FieldId]| {
        let names = fields
            .iter()
            .map(|field| format!("\"{}\"", schema.datamodel[*field].db_name));
        names.collect::<Vec<_>>().join(", ")
    };
    Some(
        Diagnostic::at(
            &RULE.metadata,
            place.at,
            format!("a frequent query of `{}` reads rows only for `{names}`", model.name),
        )
        .label("everything else is in its index")
        .related(index.at, "finds the rows")
        .help(format!(
            "carried along, the index answers alone, as long as vacuum keeps up: `CREATE INDEX CONCURRENTLY ON {} ({}) INCLUDE ({});`, in place of this one",
            text::table(model),
            quoted(&columns),
            quoted(&carried)
        ))
        .subject(wording::subject(model, &wording::fields(&schema.datamodel, &columns))),
    )
}

/// The columns that a selection names; none when it names relations or is not known whole.
fn selected(model: &Model, select: &Value) -> Option<BTreeSet<FieldId>> {
    let mut found = BTreeSet::new();
    for object in objects(select) {
        if !object.spreads.is_empty() {
            return None;
        }
        for (name, entry) in &object.entries {
            if entry.value.truth() == Some(false) {
                continue;
            }
            let field = model.field(name).filter(|field| field.is_column())?;
            found.insert(field.id);
        }
    }
    (!found.is_empty()).then_some(found)
}

/// Whether a column's values are small.
fn is_narrow(datamodel: &Datamodel, field: FieldId) -> bool {
    let field: &Field = &datamodel[field];
    let small = matches!(
        field.scalar(),
        Some(
            ScalarType::Int
                | ScalarType::BigInt
                | ScalarType::Boolean
                | ScalarType::DateTime
                | ScalarType::Float
        )
    );
    !field.is_list() && (small || matches!(field.ty, FieldType::Enum(_)))
}
