//! What raw queries ask.

use snell_flow::raw::Reading;
use snell_prisma::{FieldId, Model};
use snell_project::schema::{ModelRef, Schema};
use snell_sql::ast::{
    Alias, Expr, ExprKind, FromItem, JoinCondition, Name, ObjectName, OrderItem, Part, Query,
    QueryBody, StatementKind, walk_expression, walk_statement,
};

use super::{Ask, Asked, Manner, Sort, Through, Use};
use crate::{functions, rule::Context};

/// Adds what the application's raw queries ask.
pub(super) fn collect(context: &Context<'_>, asked: &mut Asked) {
    for reading in context.readings.iter() {
        let Some(statement) = reading.statement() else {
            continue;
        };
        if !is_application(context, reading) {
            continue;
        }
        let reader = Reader {
            context,
            reading,
            schema: context.project.schemas.get(reading.schema),
        };
        match &statement.kind {
            StatementKind::Update(update) => {
                let mut tables = reader.tables(&update.from);
                tables.extend(reader.table(&update.table, update.alias.as_ref()));
                reader.conditions(asked, tables, update.condition.iter(), &[], false);
            }
            StatementKind::Delete(delete) => {
                let mut tables = reader.tables(&delete.using);
                tables.extend(reader.table(&delete.table, delete.alias.as_ref()));
                reader.conditions(asked, tables, delete.condition.iter(), &[], false);
            }
            _ => {}
        }
        walk_statement(statement, &mut |part| {
            if let Part::Query(query) = part {
                reader.query(asked, query);
            }
        });
    }
}

/// Whether a statement is one of code that serves requests.
fn is_application(context: &Context<'_>, reading: &Reading) -> bool {
    reading.call.is_some_and(|call| {
        let module = context.project.calls.get(call).module;
        functions::is_application(context.project, module)
    })
}

/// A table in a query's scope, and what is asked of it so far.
struct Table<'a> {
    name: &'a str,
    fields: &'a Model,
    ask: Ask,
}

struct Reader<'a> {
    context: &'a Context<'a>,
    reading: &'a Reading,
    schema: &'a Schema,
}

impl<'a> Reader<'a> {
    fn query(&self, asked: &mut Asked, query: &'a Query) {
        let QueryBody::Select(select) = &query.body else {
            return;
        };
        let mut on = Vec::new();
        select.from.iter().for_each(|item| joins(item, &mut on));
        let conditions = select.condition.iter().chain(on);
        let order: &[OrderItem] = if select.group_by.is_empty() && select.distinct.is_none() {
            &query.order_by
        } else {
            &[]
        };
        let tables = self.tables(&select.from);
        self.conditions(asked, tables, conditions, order, query.limit.is_some());
    }

    fn conditions(
        &self,
        asked: &mut Asked,
        mut tables: Vec<Table<'a>>,
        conditions: impl Iterator<Item = &'a Expr>,
        order: &'a [OrderItem],
        limited: bool,
    ) {
        for condition in conditions {
            conjunct(&mut tables, condition);
        }
        if let Some((number, sorted)) = sorted(&tables, order) {
            tables[number].ask.order = sorted;
            tables[number].ask.limited = limited;
        }
        let place = self.place();
        for mut table in tables {
            let keys = table.fields.unique_criteria();
            let mut keys = keys.filter_map(|key| key.fields());
            table.ask.unique = keys.any(|key| key.iter().all(|c| table.ask.equal.contains(c)));
            if !table.ask.columns().is_empty() {
                asked.add(table.ask, place);
            }
        }
    }

    fn place(&self) -> Use {
        Use {
            at: self.reading.method(self.context.project),
            call: self.reading.call,
            repeated: false,
        }
    }

    /// The tables that are models, of a `FROM`.
    fn tables(&self, from: &'a [FromItem]) -> Vec<Table<'a>> {
        let mut tables = Vec::new();
        for item in from {
            self.collect(item, &mut tables);
        }
        tables
    }

    fn collect(&self, item: &'a FromItem, tables: &mut Vec<Table<'a>>) {
        match item {
            FromItem::Table(name, alias) => {
                let alias = alias.as_ref().and_then(|alias: &Alias| alias.name.as_ref());
                tables.extend(self.table(name, alias));
            }
            FromItem::Join(join) => {
                self.collect(&join.left, tables);
                self.collect(&join.right, tables);
            }
            FromItem::Function(_) | FromItem::Subquery(..) => {}
        }
    }

    fn table(&self, name: &'a ObjectName, alias: Option<&'a Name>) -> Option<Table<'a>> {
        let model = self
            .schema
            .datamodel
            .models_of_table(&name.name.text)
            .next()?;
        let reference = ModelRef {
            schema: self.reading.schema,
            model: model.id,
        };
        Some(Table {
            name: alias.map_or(name.name.text.as_str(), |alias| alias.text.as_str()),
            fields: model,
            ask: Ask::new(reference, Through::Itself),
        })
    }
}

/// The conditions of joins.
fn joins<'a>(item: &'a FromItem, found: &mut Vec<&'a Expr>) {
    if let FromItem::Join(join) = item {
        joins(&join.left, found);
        joins(&join.right, found);
        if let JoinCondition::On(condition) = &join.condition {
            found.push(condition);
        }
    }
}

/// The table and column that an expression is, casts left out.
fn column(tables: &[Table<'_>], expr: &Expr) -> Option<(usize, FieldId)> {
    let ExprKind::Column(parts) = &uncast(expr).kind else {
        return None;
    };
    let (name, qualifier) = match parts.as_slice() {
        [name] => (name, None),
        [.., qualifier, name] => (name, Some(qualifier)),
        [] => return None,
    };
    let mut candidates = tables.iter().enumerate();
    candidates.find_map(|(number, table)| {
        if qualifier.is_some_and(|qualifier| qualifier.text != table.name) {
            return None;
        }
        let field = table.fields.field_of_column(&name.text)?;
        Some((number, field.id))
    })
}

fn uncast(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Cast(inner, _) => uncast(inner),
        _ => expr,
    }
}

/// What one conjunct of a condition asks.
fn conjunct(tables: &mut [Table<'_>], expr: &Expr) {
    match &expr.kind {
        ExprKind::Logical(true, operands) => {
            for operand in operands {
                conjunct(tables, operand);
            }
        }
        ExprKind::Binary(operator, left, right) => {
            let sides = (column(tables, left), column(tables, right));
            match (operator.symbol.as_str(), sides) {
                ("=", (Some(one), Some(other))) if one.0 != other.0 => {
                    // Whichever table is read first, the other is found by this.
                    tables[one.0].ask.equal.insert(one.1);
                    tables[other.0].ask.equal.insert(other.1);
                }
                ("=", (Some(one), None) | (None, Some(one))) => {
                    let ask = &mut tables[one.0].ask;
                    ask.equal.insert(one.1);
                    if let Some(constant) = constant(left).or_else(|| constant(right)) {
                        ask.constant.insert(one.1, Some(format!("= {constant}")));
                    }
                }
                ("<" | "<=" | ">" | ">=", (Some(one), None) | (None, Some(one))) => {
                    tables[one.0].ask.ranged.insert(one.1);
                }
                _ => compared(tables, expr, manner(expr)),
            }
        }
        ExprKind::InList(operand, _, true) | ExprKind::InQuery(operand, _, true) => {
            listed(tables, expr, operand);
        }
        ExprKind::AnyArray(operator, operand, _, true)
        | ExprKind::AnyQuery(operator, operand, _, true)
            if operator.symbol == "=" =>
        {
            listed(tables, expr, operand);
        }
        ExprKind::Between(operand, _, _, true) => match column(tables, operand) {
            Some((number, field)) => {
                tables[number].ask.ranged.insert(field);
            }
            None => compared(tables, expr, Manner::Other),
        },
        ExprKind::IsNull(operand, true) => match column(tables, operand) {
            Some((number, field)) => {
                tables[number].ask.equal.insert(field);
                let ask = &mut tables[number].ask;
                ask.constant.insert(field, Some("IS NULL".to_owned()));
            }
            None => compared(tables, expr, Manner::Other),
        },
        _ => compared(tables, expr, Manner::Other),
    }
}

/// A literal, as SQL writes it.
fn constant(expr: &Expr) -> Option<String> {
    match &uncast(expr).kind {
        ExprKind::String(text) => Some(format!("'{}'", text.replace('\'', "''"))),
        ExprKind::Bool(value) => Some(value.to_string()),
        ExprKind::Integer(text) => Some(text.to_string()),
        _ => None,
    }
}

/// In which manner an operator compares what stands at its left.
fn manner(expr: &Expr) -> Manner {
    let ExprKind::Binary(operator, left, right) = &expr.kind else {
        return Manner::Other;
    };
    let is_document = |side: &Expr| matches!(&uncast(side).kind, ExprKind::Binary(inner, _, _) if matches!(inner.symbol.as_str(), "->" | "->>" | "#>" | "#>>"));
    match operator.symbol.as_str() {
        "@>" | "?" | "?|" | "?&" | "&&" | "@?" | "@@" => Manner::Contents,
        "~~*" => Manner::Part,
        "~~" => match beginning(right) {
            Some(text) if text.starts_with('%') => Manner::Part,
            Some(_) => Manner::Start,
            None => Manner::Other,
        },
        "=" if is_document(left) || is_document(right) => Manner::Contents,
        "=" if is_folded(left) || is_folded(right) => Manner::Folded,
        _ => Manner::Other,
    }
}

/// How the text of a pattern begins: `'%x'`, `'%' || $1`.
fn beginning(pattern: &Expr) -> Option<&str> {
    match &uncast(pattern).kind {
        ExprKind::String(text) => Some(text),
        ExprKind::Binary(operator, left, _) if operator.symbol == "||" => beginning(left),
        _ => None,
    }
}

/// `lower(...)`
fn is_folded(side: &Expr) -> bool {
    matches!(&uncast(side).kind, ExprKind::Call(call) if matches!(call.name.name.text.as_str(), "lower" | "upper"))
}

fn listed(tables: &mut [Table<'_>], expr: &Expr, operand: &Expr) {
    match column(tables, operand) {
        Some((number, field)) => {
            tables[number].ask.listed.insert(field);
        }
        None => compared(tables, expr, Manner::Other),
    }
}

/// The columns of a condition that no ordinary index serves.
fn compared(tables: &mut [Table<'_>], expr: &Expr, manner: Manner) {
    let mut found = Vec::new();
    walk_expression(expr, &mut |part| {
        if let Part::Expr(inner) = part {
            found.extend(column(tables, inner));
        }
    });
    for (number, field) in found {
        tables[number].ask.compared.insert(field, manner);
    }
}

/// The order, when all its items are columns of one table.
fn sorted(tables: &[Table<'_>], order: &[OrderItem]) -> Option<(usize, Vec<Sort>)> {
    let mut sorted = Vec::new();
    let mut of = None;
    for item in order {
        let (number, field) = column(tables, &item.expr)?;
        if of.is_some_and(|of| of != number) {
            return None;
        }
        of = Some(number);
        sorted.push(Sort {
            field,
            descending: item.descending,
            nulls_first: item.nulls_first.unwrap_or(item.descending),
        });
    }
    Some((of?, sorted))
}
