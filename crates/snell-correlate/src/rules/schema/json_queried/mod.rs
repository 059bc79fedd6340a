//! JSON by which rows are found.

use std::collections::BTreeMap;

use snell_flow::{Literal, Value, raw::Reading};
use snell_prisma::{Model, Provider};
use snell_project::schema::{FieldRef, ModelRef};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};
use snell_sql::ast::{
    Expr, ExprKind, Part, QueryBody, StatementKind, walk_expression, walk_statement,
};

use super::json;
use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        built,
        queries::{self, objects},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/json-queried",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Queries look rows up by what is inside a JSON column",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Operators that look inside, or compare with a part.
const OPERATORS: [&str; 10] = ["->", "->>", "#>", "#>>", "@>", "<@", "?", "?|", "?&", "@@"];

/// Objects inside objects are looked into this deep.
const DEPTH: u32 = 6;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut looks: BTreeMap<FieldRef, Vec<Look>> = BTreeMap::new();
    of_client(context, &mut looks);
    of_raw(context, &mut looks);
    looks
        .into_iter()
        .filter(|(column, _)| {
            let schema = context.project.schemas.get(column.schema);
            schema.datamodel.provider() == Provider::PostgreSql
        })
        .map(|(column, looks)| finding(context, column, &looks))
        .collect()
}

/// A query that looks inside.
struct Look {
    at: Location,
    /// The key, when it is written out.
    path: Option<String>,
    /// Other conditions find the rows first.
    beside: bool,
    /// The Prisma type of what is compared, where that shows.
    kind: Kind,
}

/// What a column in place of the key would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Compared with this type.
    Of(&'static str),
    /// Compared with something: text, for all that is seen.
    Equal,
    /// Smaller or larger than something: hardly text.
    Ordered,
}

impl Kind {
    /// What the conditions of a filter on JSON compare with.
    fn of_filter(filter: &snell_flow::ObjectValue) -> Self {
        let mut kind = Kind::Equal;
        for (name, entry) in &filter.entries {
            let ordered = matches!(name.as_str(), "gt" | "gte" | "lt" | "lte");
            if !ordered && !matches!(name.as_str(), "equals" | "not") {
                continue;
            }
            match &entry.value {
                Value::Literal(Literal::Number(text)) if text.contains('.') => {
                    return Kind::Of("Float");
                }
                Value::Literal(Literal::Number(_)) => return Kind::Of("Int"),
                Value::Literal(Literal::BigInt(_)) => return Kind::Of("BigInt"),
                Value::Literal(Literal::Boolean(_)) => return Kind::Of("Boolean"),
                _ if ordered => kind = Kind::Ordered,
                _ => {}
            }
        }
        kind
    }

    /// What a cast makes of the text.
    fn of_cast(name: &str) -> Self {
        Kind::Of(match name.to_ascii_lowercase().as_str() {
            "int" | "integer" | "int2" | "int4" | "smallint" => "Int",
            "int8" | "bigint" => "BigInt",
            "numeric" | "decimal" => "Decimal",
            "float4" | "float8" | "real" | "float" => "Float",
            "bool" | "boolean" => "Boolean",
            "timestamp" | "timestamptz" | "date" => "DateTime",
            _ => return Kind::Equal,
        })
    }
}

fn of_client(context: &Context<'_>, looks: &mut BTreeMap<FieldRef, Vec<Look>>) {
    for query in queries::of_models(context) {
        if !functions::is_application(context.project, query.call.module) {
            continue;
        }
        if let Some(filter) = query.argument("where") {
            let mut walk = Walk {
                context,
                looks,
                at: queries::operation_at(context, query.call),
            };
            walk.filter(query.model, filter, false, DEPTH);
        }
    }
}

struct Walk<'w, 'a> {
    context: &'w Context<'a>,
    looks: &'w mut BTreeMap<FieldRef, Vec<Look>>,
    at: Location,
}

impl Walk<'_, '_> {
    fn filter(&mut self, model: ModelRef, value: &Value, beside: bool, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        if let Value::Array(array) = value {
            for element in array.elements.iter().chain(&array.rest) {
                self.filter(model, element, beside, depth);
            }
        }
        let datamodel = &self.context.project.schemas.get(model.schema).datamodel;
        let fields = &datamodel[model.model];
        for object in objects(value) {
            let narrowed = beside || is_narrowed(fields, object);
            for (name, entry) in &object.entries {
                if matches!(name.as_str(), "AND" | "OR" | "NOT") {
                    self.filter(model, &entry.value, narrowed, depth);
                    continue;
                }
                let Some(field) = fields.field(name) else {
                    continue;
                };
                if json::is_json(field) {
                    let column = FieldRef {
                        schema: model.schema,
                        field: field.id,
                    };
                    self.json(column, &entry.value, narrowed);
                } else if let Some(target) = datamodel.target(field) {
                    let target = ModelRef {
                        model: target.id,
                        ..model
                    };
                    for object in objects(&entry.value) {
                        let mut inner = ["some", "every", "none", "is", "isNot"]
                            .iter()
                            .filter_map(|key| object.entries.get(*key))
                            .peekable();
                        if inner.peek().is_none() {
                            self.filter(target, &entry.value, narrowed, depth);
                            break;
                        }
                        for entry in inner {
                            self.filter(target, &entry.value, narrowed, depth);
                        }
                    }
                }
            }
        }
    }

    fn json(&mut self, column: FieldRef, value: &Value, beside: bool) {
        for object in objects(value) {
            let path = object.entries.get("path");
            let looks = path.is_some()
                || object
                    .entries
                    .keys()
                    .any(|key| key.starts_with("array_") || key.starts_with("string_"));
            if looks {
                self.looks.entry(column).or_default().push(Look {
                    at: self.at,
                    path: path.and_then(|entry| written_out(&entry.value)),
                    beside,
                    kind: Kind::of_filter(object),
                });
            }
        }
    }
}

/// The keys of a path that is written out.
fn written_out(path: &Value) -> Option<String> {
    let Value::Array(array) = path else {
        return None;
    };
    let keys: Option<Vec<&str>> = array
        .elements
        .iter()
        .map(|key| key.as_string().map(smol_str::SmolStr::as_str))
        .collect();
    keys.filter(|_| array.rest.is_none())
        .map(|keys| keys.join("."))
}

/// Whether a filter also names a row, or those of a foreign key.
fn is_narrowed(model: &Model, object: &snell_flow::ObjectValue) -> bool {
    object.entries.iter().any(|(name, entry)| {
        let field = model.field(name);
        let by_key = field.is_some_and(|field| {
            model.is_id(field.id) || model.is_unique(field.id) || model.is_foreign_key(field.id)
        });
        entry.always && (by_key || model.unique_criterion(name).is_some())
    })
}

fn of_raw(context: &Context<'_>, looks: &mut BTreeMap<FieldRef, Vec<Look>>) {
    for reading in context.readings.iter() {
        let serves = reading.call.is_some_and(|call| {
            functions::is_application(context.project, context.project.calls.get(call).module)
        });
        let Some(statement) = reading.statement().filter(|_| serves) else {
            continue;
        };
        let mut tables: Vec<&str> = Vec::new();
        let mut conditions: Vec<&Expr> = Vec::new();
        match &statement.kind {
            StatementKind::Update(update) => {
                tables.push(&update.table.name.text);
                conditions.extend(&update.condition);
            }
            StatementKind::Delete(delete) => {
                tables.push(&delete.table.name.text);
                conditions.extend(&delete.condition);
            }
            _ => {}
        }
        walk_statement(statement, &mut |part| {
            if let Part::Query(query) = part
                && let QueryBody::Select(select) = &query.body
            {
                conditions.extend(&select.condition);
                for item in &select.from {
                    tables_of(item, &mut tables);
                }
            }
        });
        for condition in conditions {
            inside(context, reading, &tables, condition, looks);
        }
    }
}

fn tables_of<'s>(item: &'s snell_sql::ast::FromItem, tables: &mut Vec<&'s str>) {
    use snell_sql::ast::FromItem;
    match item {
        FromItem::Table(name, _) => tables.push(&name.name.text),
        FromItem::Join(join) => {
            tables_of(&join.left, tables);
            tables_of(&join.right, tables);
        }
        FromItem::Function(_) | FromItem::Subquery(..) => {}
    }
}

fn inside(
    context: &Context<'_>,
    reading: &Reading,
    tables: &[&str],
    condition: &Expr,
    looks: &mut BTreeMap<FieldRef, Vec<Look>>,
) {
    // A cast is seen before what it casts.
    let mut casts: Vec<(Span, Kind)> = Vec::new();
    walk_expression(condition, &mut |part| {
        let Part::Expr(expr) = part else { return };
        if let ExprKind::Cast(inner, to) = &expr.kind {
            casts.push((inner.span, Kind::of_cast(&to.name.name.text)));
        }
        let ExprKind::Binary(operator, left, right) = &expr.kind else {
            return;
        };
        if !OPERATORS.contains(&operator.symbol.as_str()) {
            return;
        }
        let ExprKind::Column(names) = &uncast(left).kind else {
            return;
        };
        let Some(name) = names.last() else { return };
        let column = tables
            .iter()
            .find_map(|table| json::column(context, reading.schema, table, &name.text));
        if let Some(column) = column {
            let path = match &uncast(right).kind {
                ExprKind::String(text) if operator.symbol.starts_with("->") => {
                    Some(text.to_string())
                }
                _ => None,
            };
            looks.entry(column).or_default().push(Look {
                at: reading.place(context.project, expr.span),
                path,
                beside: false,
                kind: casts
                    .iter()
                    .find(|(span, _)| *span == expr.span)
                    .map_or(Kind::Equal, |(_, kind)| *kind),
            });
        }
    });
}

fn uncast(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Cast(inner, _) => uncast(inner),
        _ => expr,
    }
}

/// Queries that a finding shows.
const SHOWN: usize = 4;

fn finding(context: &Context<'_>, column: FieldRef, looks: &[Look]) -> Diagnostic {
    let schema = context.project.schemas.get(column.schema);
    let model = &schema.datamodel[column.field.model];
    let field = &schema.datamodel[column.field];
    let mut paths: Vec<String> = looks.iter().filter_map(|look| look.path.clone()).collect();
    paths.sort();
    paths.dedup();
    let quoted: Vec<String> = paths
        .iter()
        .take(3)
        .map(|path| format!("`{path}`"))
        .collect();
    let what = match quoted.as_slice() {
        [] => "what is inside".to_owned(),
        quoted => wording::and(quoted),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(field),
        format!(
            "rows of `{}` are looked up by {what} in `{}`",
            model.name, field.name
        ),
    )
    .label("no column, so no type, no check and no statistics")
    .confidence(Confidence::Likely);
    let mut places: Vec<Location> = looks.iter().map(|look| look.at).collect();
    places.dedup();
    for at in places.into_iter().take(SHOWN) {
        found = found.related(at, "looks inside");
    }
    let index = built::table(schema, model).and_then(|table| {
        table.indexes().find(|index| {
            index.index.method == "gin" && index.columns().any(|name| name == Some(&field.db_name))
        })
    });
    if let Some(index) = index {
        found = found
            .related(index.created(), "an index over what is inside")
            .lowered(Severity::Low, "an index finds the rows");
    } else if paths.is_empty() {
        found = found.lowered(
            Severity::Low,
            "which key is meant is known at run time alone",
        );
    } else if super::words::of_others(&field.name) {
        found = found.lowered(
            Severity::Low,
            "a document of others: a generated column can say it as well",
        );
    } else if looks.iter().all(|look| look.beside) {
        found = found.lowered(
            Severity::Low,
            "other conditions of the queries find the rows first",
        );
    }
    let name = paths
        .first()
        .map_or("kind", |path| path.rsplit('.').next().unwrap_or(path));
    let shown = |look: &&Look| paths.is_empty() || look.path.as_ref() == paths.first();
    let kinds: Vec<Kind> = looks.iter().filter(shown).map(|look| look.kind).collect();
    let typed = kinds.iter().find_map(|kind| match kind {
        Kind::Of(name) => Some(*name),
        Kind::Equal | Kind::Ordered => None,
    });
    let column = match typed {
        Some(of) => format!(", `{name} {of}` with an index"),
        None if kinds.contains(&Kind::Ordered) => format!(" (`{name}`) with an index"),
        None => format!(", `{name} String` with an index"),
    };
    found
        .help(format!(
            "make it a column of its own{column}, or a generated one (`GENERATED ALWAYS AS`)"
        ))
        .subject(wording::subject(model, &field.name))
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn a_cast_says_what_the_column_would_be() {
        assert_eq!(Kind::of_cast("int4"), Kind::Of("Int"));
        assert_eq!(Kind::of_cast("NUMERIC"), Kind::Of("Decimal"));
        assert_eq!(Kind::of_cast("text"), Kind::Equal);
    }
}
