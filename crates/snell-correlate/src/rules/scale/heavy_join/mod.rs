//! Joins that multiply lists with each other.

use std::collections::BTreeMap;

use snell_flow::raw::Reading;
use snell_prisma::{Datamodel, FieldId, Model};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{
    Expr, ExprKind, FromItem, JoinCondition, Part, QueryBody, Select, walk_expression,
    walk_statement,
};

use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
    support::growth::Growths,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/heavy-join",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Joins multiply the rows of one list with those of another",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let growths = Growths::shared(context);
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let datamodel = &reading::schema(context, reading).datamodel;
        walk_statement(statement, &mut |part| {
            if let Part::Query(query) = part
                && let QueryBody::Select(select) = &query.body
            {
                let fans = fans(datamodel, select);
                tell(
                    context,
                    &growths,
                    reading,
                    datamodel,
                    select,
                    &fans,
                    &mut findings,
                );
            }
        });
    }
    findings.done()
}

/// A table of a `FROM`, by the name that the statement gives it.
#[derive(Clone, Copy)]
struct Joined<'a> {
    name: &'a str,
    model: &'a Model,
    at: snell_source::Span,
}

/// For each table, those that have many rows for each of its rows.
type Fans<'a> = BTreeMap<String, Vec<Joined<'a>>>;

fn fans<'a>(datamodel: &'a Datamodel, select: &'a Select) -> Fans<'a> {
    let mut tables = Vec::new();
    let mut conditions: Vec<&Expr> = select.condition.iter().collect();
    for item in &select.from {
        collect(datamodel, item, &mut tables, &mut conditions);
    }
    let mut pairs = Vec::new();
    conditions
        .iter()
        .for_each(|condition| equalities(condition, &mut pairs));
    let mut found: Fans<'a> = BTreeMap::new();
    for (left, right) in pairs {
        let (Some(left), Some(right)) = (column(&tables, left), column(&tables, right)) else {
            continue;
        };
        for (child, parent) in [(left, right), (right, left)] {
            let (table, key) = child;
            let references = datamodel.foreign_keys_of(table.model.id).any(|(_, one)| {
                one.columns == [key]
                    && one.references == [parent.1]
                    && parent.0.model.is_id(parent.1)
            });
            if references && !table.model.is_unique(key) && table.name != parent.0.name {
                let fan = found.entry(parent.0.name.to_owned()).or_default();
                if !fan.iter().any(|known| known.name == table.name) {
                    fan.push(*table);
                }
            }
        }
    }
    found
}

fn collect<'a>(
    datamodel: &'a Datamodel,
    item: &'a FromItem,
    tables: &mut Vec<Joined<'a>>,
    conditions: &mut Vec<&'a Expr>,
) {
    match item {
        FromItem::Table(name, alias) => {
            let alias = alias.as_ref().and_then(|alias| alias.name.as_ref());
            tables.extend(
                datamodel
                    .models_of_table(&name.name.text)
                    .next()
                    .map(|model| Joined {
                        name: alias.map_or(name.name.text.as_str(), |alias| alias.text.as_str()),
                        model,
                        at: name.name.span,
                    }),
            );
        }
        FromItem::Join(join) => {
            collect(datamodel, &join.left, tables, conditions);
            collect(datamodel, &join.right, tables, conditions);
            if let JoinCondition::On(condition) = &join.condition {
                conditions.push(condition);
            }
        }
        FromItem::Function(_) | FromItem::Subquery(..) => {}
    }
}

/// The equalities that all have to hold.
fn equalities<'a>(condition: &'a Expr, found: &mut Vec<(&'a Expr, &'a Expr)>) {
    match &condition.kind {
        ExprKind::Logical(true, operands) => {
            operands
                .iter()
                .for_each(|operand| equalities(operand, found));
        }
        ExprKind::Binary(operator, left, right) if operator.symbol == "=" => {
            found.push((left, right));
        }
        _ => {}
    }
}

fn column<'t, 'a>(tables: &'t [Joined<'a>], expr: &Expr) -> Option<(&'t Joined<'a>, FieldId)> {
    let ExprKind::Column(parts) = &expr.kind else {
        return None;
    };
    let [.., qualifier, name] = parts.as_slice() else {
        return None;
    };
    let table = tables.iter().find(|table| table.name == qualifier.text)?;
    Some((table, table.model.field_of_column(&name.text)?.id))
}

fn tell(
    context: &Context<'_>,
    growths: &Growths,
    reading: &Reading,
    datamodel: &Datamodel,
    select: &Select,
    fans: &Fans<'_>,
    findings: &mut Findings<'_, '_>,
) {
    if select.distinct.is_some() || folds(select) {
        return;
    }
    let grows = |joined: &&Joined<'_>| {
        let model = snell_project::schema::ModelRef {
            schema: reading.schema,
            model: joined.model.id,
        };
        growths.of_model(model).growth.is_by_use()
    };
    for fan in fans.values() {
        let lists: Vec<&Joined<'_>> = fan.iter().filter(grows).collect();
        let [first, second, ..] = lists.as_slice() else {
            continue;
        };
        let schema = context.project.schemas.get(reading.schema);
        let (one, other) = (&first.model.name, &second.model.name);
        let message =
            format!("each `{one}` row is joined with each `{other}` row of the same parent");
        findings.tell(reading, second.at, message, |found| {
            let key = |model: &Model| {
                let mut keys = datamodel.foreign_keys_of(model.id);
                keys.next().map(|(_, key)| schema.field_name(&datamodel[key.field]))
            };
            let mut found = found.label("ten of one and ten of the other are a hundred rows");
            found = found.related(reading.place(context.project, first.at), "the first list");
            for model in [first.model, second.model] {
                if let Some(at) = key(model) {
                    found = found.related(at, "many for one parent");
                }
            }
            found.help("aggregate each list in a subquery of its own (LEFT JOIN LATERAL), or read them by two queries; sums over the product count rows more than once")
        });
    }
}

/// Whether what is multiplied is folded again: by aggregates that all say `DISTINCT`,
/// or by those that a multiplication does not change.
fn folds(select: &Select) -> bool {
    let mut aggregates = 0;
    let mut harmless = 0;
    for target in &select.targets {
        walk_expression(&target.expr, &mut |part| {
            if let Part::Expr(inner) = part
                && let ExprKind::Call(call) = &inner.kind
            {
                match call.name.name.text.as_str() {
                    "count" | "sum" | "avg" | "array_agg" | "json_agg" | "jsonb_agg"
                    | "string_agg" => {
                        aggregates += 1;
                        harmless += usize::from(call.distinct);
                    }
                    "min" | "max" | "bool_or" | "bool_and" | "every" => {
                        aggregates += 1;
                        harmless += 1;
                    }
                    _ => {}
                }
            }
        });
    }
    aggregates == harmless && (aggregates > 0 || !select.group_by.is_empty())
}
