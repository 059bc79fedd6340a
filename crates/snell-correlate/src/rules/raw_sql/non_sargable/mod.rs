//! A condition that hides a column from its index.

use snell_flow::raw::Reading;
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity, Span};
use snell_sql::{
    ast::{Expr, ExprKind, Part, QueryBody, Select, walk_expression, walk_statement},
    catalog::{Catalog, Column, Index, KeyTarget, Relation, RelationId},
};

use super::{
    columns,
    reading::{self, Findings},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/non-sargable",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A condition works on a changed column, which no index holds",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let catalog = reading::catalog(context, reading);
        let mut selects = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Query(query) = part
                && let QueryBody::Select(select) = &query.body
            {
                selects.push(&**select);
            }
        });
        for select in selects {
            let Some(condition) = &select.condition else {
                continue;
            };
            let mut atoms = Vec::new();
            conjuncts(condition, &mut atoms);
            // What another condition finds through an index is little.
            if atoms.iter().any(|atom| is_served(atom, select, catalog)) {
                continue;
            }
            for atom in atoms {
                if let Some(hidden) = hidden(atom, select, catalog) {
                    tell(context, reading, &hidden, &mut findings);
                }
            }
        }
    }
    findings.done()
}

/// A column inside an expression, and the index that would be of use.
struct Hidden<'a> {
    span: Span,
    table: RelationId,
    column: &'a Column,
    index: &'a Relation,
    help: String,
}

fn tell(
    context: &Context<'_>,
    reading: &Reading,
    hidden: &Hidden<'_>,
    findings: &mut Findings<'_, '_>,
) {
    let name = &hidden.column.name;
    let message = format!(
        "`{name}` is changed before it is compared: index `{}` cannot be used",
        hidden.index.name
    );
    findings.tell(reading, hidden.span, message, |mut one| {
        one = one.label("worked out for every row");
        if let Some(at) = index_at(context, reading, hidden.index) {
            one = one.related(at, format!("holds `{name}` as it is"));
        } else if let Some(at) =
            reading::origin(context, reading, hidden.table, Some(hidden.column.number))
        {
            one = one.related(at, "the column");
        }
        one.help(hidden.help.clone())
    });
}

fn index_at(context: &Context<'_>, reading: &Reading, index: &Relation) -> Option<Location> {
    let history = reading::schema(context, reading).history.as_ref()?;
    Some(history.location(index.provenance.created))
}

/// The conditions that all have to hold.
fn conjuncts<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Logical(true, operands) => {
            for operand in operands {
                conjuncts(operand, found);
            }
        }
        _ => found.push(expr),
    }
}

/// The sides of a comparison by value.
fn sides(atom: &Expr) -> Vec<(&Expr, bool)> {
    match &atom.kind {
        ExprKind::Binary(operator, left, right)
            if matches!(operator.symbol.as_str(), "=" | "<" | "<=" | ">" | ">=") =>
        {
            let equal = operator.symbol == "=";
            vec![(&**left, equal), (&**right, equal)]
        }
        ExprKind::Between(operand, _, _, true) => vec![(&**operand, false)],
        ExprKind::InList(operand, _, true) | ExprKind::InQuery(operand, _, true) => {
            vec![(&**operand, true)]
        }
        ExprKind::AnyArray(operator, operand, _, true) if operator.symbol == "=" => {
            vec![(&**operand, true)]
        }
        _ => Vec::new(),
    }
}

/// Whether a condition fixes a column that an index leads with.
fn is_served(atom: &Expr, select: &Select, catalog: &Catalog) -> bool {
    sides(atom).into_iter().any(|(side, equal)| {
        equal
            && columns::of(side, select, catalog)
                .is_some_and(|(table, column)| leading(catalog, table, column).is_some())
    })
}

/// The column that one side of a comparison hides.
fn hidden<'a>(atom: &Expr, select: &Select, catalog: &'a Catalog) -> Option<Hidden<'a>> {
    let sides = sides(atom);
    for (n, (side, _)) in sides.iter().enumerate() {
        // A comparison with another column joins: either side may be looked up.
        let others = sides.iter().enumerate().filter(|(m, _)| *m != n);
        if others
            .into_iter()
            .any(|(_, (other, _))| names_column(other))
        {
            continue;
        }
        let (inner, help) = match &side.kind {
            ExprKind::Call(call) if call.arguments.len() <= 2 => {
                let name = call.name.name.text.as_str();
                let mut arguments = call.arguments.iter().map(|argument| &argument.value);
                let inner =
                    arguments.find(|argument| columns::of(argument, select, catalog).is_some())?;
                (inner, changed_by(name)?)
            }
            ExprKind::Cast(inner, _) => (
                &**inner,
                "compare the column as it is, and cast the value instead".to_owned(),
            ),
            _ => continue,
        };
        let Some((table, column)) = columns::of(inner, select, catalog) else {
            continue;
        };
        if let ExprKind::Cast(_, wanted) = &side.kind
            && !changes(catalog, column, wanted.name.name.text.as_str())
        {
            continue;
        }
        let Some((index, _)) = leading(catalog, table, column) else {
            continue;
        };
        if !holds_expression(catalog, table, column) {
            return Some(Hidden {
                span: side.span,
                table,
                column,
                index,
                help,
            });
        }
    }
    None
}

/// What to write in place of a function over a column.
fn changed_by(function: &str) -> Option<String> {
    Some(match function {
        "date" | "date_trunc" | "extract" | "date_part" | "to_char" => {
            "compare the column with the ends of the span: `>= ... AND ... < ...`".to_owned()
        }
        "lower" | "upper" | "trim" | "btrim" => {
            format!(
                "create an index over `{function}(...)` of the column, or make the column `citext`"
            )
        }
        "coalesce" => "write `column = ... OR column IS NULL`".to_owned(),
        _ => return None,
    })
}

/// Whether a cast makes another value of a column: `text` of a `varchar` is the same.
fn changes(catalog: &Catalog, column: &Column, wanted: &str) -> bool {
    let own = catalog.type_name(column.data_type.id);
    let is_text = |name: &str| matches!(name, "text" | "varchar" | "bpchar" | "citext" | "name");
    own != wanted && !(is_text(&own) && is_text(wanted))
}

fn names_column(expr: &Expr) -> bool {
    let mut names = false;
    walk_expression(expr, &mut |part| {
        names |= matches!(part, Part::Expr(inner) if matches!(inner.kind, ExprKind::Column(_)))
            || matches!(part, Part::Query(_));
    });
    names
}

/// An index that leads with a column.
fn leading<'a>(
    catalog: &'a Catalog,
    table: RelationId,
    column: &Column,
) -> Option<(&'a Relation, &'a Index)> {
    catalog.indexes_of(table).find(|(_, index)| {
        index.method == "btree"
            && index.predicate.is_none()
            && index.keys.first().is_some_and(
                |key| matches!(key.target, KeyTarget::Column(number) if number == column.number),
            )
    })
}

/// Whether an index holds an expression over the column: it may well be this one.
fn holds_expression(catalog: &Catalog, table: RelationId, column: &Column) -> bool {
    catalog.indexes_of(table).any(|(_, index)| {
        index.keys.iter().any(|key| match &key.target {
            KeyTarget::Expression(expr) => {
                let mut over = false;
                walk_expression(expr, &mut |part| {
                    if let Part::Expr(inner) = part
                        && let ExprKind::Column(parts) = &inner.kind
                    {
                        over |= parts.last().is_some_and(|part| part.text == column.name);
                    }
                });
                over
            }
            KeyTarget::Column(_) => false,
        })
    })
}
