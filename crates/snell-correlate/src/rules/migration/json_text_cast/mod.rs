//! Text that is filled from JSON keeps its quotes.

use smol_str::SmolStr;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{AlterActionKind, ColumnChange, Expr, ExprKind, QueryBody, StatementKind},
    catalog::{Table, TableConstraint, TypeId},
};

use crate::{
    rule::{Context, Rule},
    support::{
        built,
        migrations::{Change, changes},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/json-text-cast",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration casts jsonb to text, which keeps the quotes of strings",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A JSON value whose text goes into a column.
struct Filled<'a> {
    change: Change<'a>,
    column: &'a str,
    cast: &'a Expr,
    /// Whether a check of the column takes no text in quotes.
    refused: bool,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let filled: Vec<Filled<'_>> = changes(context).flat_map(filled).collect();
    let (refused, kept): (Vec<_>, Vec<_>) = filled.into_iter().partition(|one| one.refused);
    let mut found: Vec<Diagnostic> = kept.iter().map(keeps).collect();
    let migrations = refused.chunk_by(|a, b| a.change.migration.file == b.change.migration.file);
    found.extend(migrations.filter_map(fails));
    found
}

fn filled(change: Change<'_>) -> Vec<Filled<'_>> {
    let names = names_of_json(change);
    match &change.step.statement.kind {
        StatementKind::Update(update) => update
            .assignments
            .iter()
            .flat_map(|assignment| assignment.columns.iter().zip(&assignment.values))
            .filter_map(|(column, value)| {
                let table = change.step.before.find_table(&update.table)?.1;
                put(change, table, &column.text, value, &names)
            })
            .collect(),
        StatementKind::Insert(insert) => {
            let Some((_, table)) = change.step.before.find_table(&insert.table) else {
                return Vec::new();
            };
            let Some(QueryBody::Select(select)) = insert.source.as_ref().map(|query| &query.body)
            else {
                return Vec::new();
            };
            insert
                .columns
                .iter()
                .zip(&select.targets)
                .filter_map(|(column, target)| {
                    put(change, table, &column.text, &target.expr, &names)
                })
                .collect()
        }
        StatementKind::AlterTable(alter) => {
            let Some((_, table)) = change.step.before.find_table(&alter.name) else {
                return Vec::new();
            };
            alter
                .actions
                .iter()
                .filter_map(|action| {
                    let AlterActionKind::AlterColumn(name, ColumnChange::Type(to, using)) =
                        &action.kind
                    else {
                        return None;
                    };
                    let column = table.column(&name.text)?;
                    let to = change.step.before.resolve_type(to)?;
                    let from_json = is_json(column.data_type.id) && is_text(to.id);
                    let cast = cast_to_text(change, using.as_ref()?, &names)?;
                    from_json.then_some(Filled {
                        change,
                        column: &name.text,
                        cast,
                        refused: is_refused(table, &name.text),
                    })
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A value for a text column that is the text of a JSON document.
fn put<'a>(
    change: Change<'a>,
    table: &Table,
    column: &'a str,
    value: &'a Expr,
    names: &[&SmolStr],
) -> Option<Filled<'a>> {
    let target = table.column(column)?;
    if !is_text(target.data_type.id) {
        return None;
    }
    Some(Filled {
        change,
        column,
        cast: cast_to_text(change, value, names)?,
        refused: is_refused(table, column),
    })
}

/// Whether a check lists the texts of a column, and none of them has quotes.
fn is_refused(table: &Table, column: &str) -> bool {
    table.constraints.iter().any(|constraint| {
        let TableConstraint::Check(check) = &constraint.kind else {
            return false;
        };
        built::listed(check, column)
            .is_some_and(|values| values.iter().all(|value| !value.starts_with('"')))
    })
}

fn keeps(filled: &Filled<'_>) -> Diagnostic {
    let Filled { change, column, .. } = filled;
    change
        .finding(
            &RULE.metadata,
            filled.cast.span,
            format!("`{column}` gets the text of a JSON value: a string keeps its quotes"),
        )
        .label("'\"word\"', with the quotes, for the string word")
        .help(filled.cure())
        .confidence(Confidence::Likely)
        .subject(change.subject(&format!("column:{column} json")))
}

/// One finding for the columns of a migration whose checks refuse what they are filled with.
fn fails(filled: &[Filled<'_>]) -> Option<Diagnostic> {
    let first = filled.first()?;
    let change = first.change;
    let mut found = change
        .finding(
            &RULE.metadata,
            first.cast.span,
            format!(
                "the migration fails where a row has a string for `{}`: its check refuses the quotes",
                first.column
            ),
        )
        .label("'\"word\"', with the quotes, for the string word");
    for other in &filled[1..] {
        let at = other.change.at(other.cast.span);
        found = found.related(at, format!("the same for `{}`", other.column));
    }
    Some(
        found
            .help(first.cure())
            .confidence(Confidence::Likely)
            .lowered(
                Severity::Medium,
                "nothing wrong is kept: the check stops it",
            )
            .subject(change.subject("json refused")),
    )
}

impl Filled<'_> {
    fn cure(&self) -> String {
        let json = match &self.cast.kind {
            ExprKind::Cast(inner, _) => self.change.text_of(inner.span),
            _ => self.change.text_of(self.cast.span),
        };
        format!(
            "take the string out of it: `{json} #>> '{{}}'` (`->>` where it is a key of an object)"
        )
    }
}

/// The cast of a JSON value to text that an expression ends in.
fn cast_to_text<'e>(change: Change<'_>, value: &'e Expr, names: &[&SmolStr]) -> Option<&'e Expr> {
    match &value.kind {
        ExprKind::Cast(inner, to) => {
            let to = change.step.before.resolve_type(to)?;
            (is_text(to.id) && gives_json(inner, names)).then_some(value)
        }
        // Functions that only choose one of their arguments.
        ExprKind::Call(call)
            if call.name.name.text == "coalesce" || call.name.name.text == "nullif" =>
        {
            let mut arguments = call.arguments.iter();
            arguments.find_map(|argument| cast_to_text(change, &argument.value, names))
        }
        ExprKind::Case(case) => {
            let results = case
                .branches
                .iter()
                .map(|(_, result)| result)
                .chain(&case.otherwise);
            results
                .into_iter()
                .find_map(|result| cast_to_text(change, result, names))
        }
        ExprKind::Subquery(query) => match &query.body {
            QueryBody::Select(select) => match select.targets.as_slice() {
                [only] => cast_to_text(change, &only.expr, names),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression gives JSON: a column of that type alone, or `->` of something.
fn gives_json(expr: &Expr, names: &[&SmolStr]) -> bool {
    match &expr.kind {
        ExprKind::Column(parts) => parts.last().is_some_and(|name| names.contains(&&name.text)),
        ExprKind::Binary(operator, ..) => matches!(operator.symbol.as_str(), "->" | "#>"),
        _ => false,
    }
}

/// The names of columns that are JSON in every table that the statement names.
fn names_of_json<'a>(change: Change<'a>) -> Vec<&'a SmolStr> {
    let columns = || {
        change
            .step
            .before
            .tables()
            .flat_map(|(_, table)| &table.columns)
    };
    columns()
        .filter(|column| is_json(column.data_type.id))
        .filter(|column| {
            columns().all(|other| other.name != column.name || is_json(other.data_type.id))
        })
        .map(|column| &column.name)
        .collect()
}

fn is_json(id: TypeId) -> bool {
    id == TypeId::JSON || id == TypeId::JSONB
}

fn is_text(id: TypeId) -> bool {
    id == TypeId::TEXT || id == TypeId::VARCHAR
}
