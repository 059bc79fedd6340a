//! An update that leaves `@updatedAt` as it was.

use std::collections::BTreeMap;

use snell_flow::raw::Reading;
use snell_prisma::Field;
use snell_project::schema::FieldRef;
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{ExprKind, Part, StatementKind, Update, walk_expression, walk_statement},
    catalog::RelationKind,
};

use super::reading;
use crate::{
    rule::{Context, Rule},
    support::callers::{Callers, Unawaited},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/updated-at-bypassed",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A raw update changes a row and not its `@updatedAt`",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    // One finding for each table: what its raw updates leave out is one habit.
    let mut tables: BTreeMap<FieldRef, Updates<'_>> = BTreeMap::new();
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let mut updates: Vec<&Update> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Change(change) = part
                && let StatementKind::Update(update) = &change.kind
            {
                updates.push(update);
            }
        });
        for update in updates {
            let Some(field) = kept_by_client(context, reading, update) else {
                continue;
            };
            let known = tables.entry(FieldRef {
                schema: reading.schema,
                field: field.id,
            });
            let known = known.or_insert_with(|| Updates {
                field,
                setting: 0,
                leaving: Vec::new(),
            });
            let mut set = update.assignments.iter().flat_map(|set| &set.columns);
            if set.any(|name| name.text == field.db_name) {
                known.setting += 1;
                continue;
            }
            if reckons(update) && is_in_background(context, reading) {
                continue;
            }
            let at = reading.place(context.project, update.table.span());
            if known.leaving.iter().all(|(_, told)| *told != at) {
                known.leaving.push((reading, at));
            }
        }
    }
    tables
        .values()
        .filter_map(|updates| finding(context, updates))
        .collect()
}

/// The raw updates of a table.
struct Updates<'a> {
    /// Its `@updatedAt`.
    field: &'a Field,
    /// How many set it.
    setting: usize,
    /// Those that do not.
    leaving: Vec<(&'a Reading, Location)>,
}

/// Updates that a finding shows.
const SHOWN: usize = 6;
/// So many updates of a table that all leave it alone may mean to.
const HABIT: usize = 3;

/// The `@updatedAt` of the table that is updated, when the database does not set it.
fn kept_by_client<'a>(
    context: &Context<'a>,
    reading: &Reading,
    update: &Update,
) -> Option<&'a Field> {
    let relation = reading::catalog(context, reading).find(&update.table)?;
    let RelationKind::Table(table) = &relation.kind else {
        return None;
    };
    let mut triggers = table.triggers.iter();
    // A trigger may set it.
    if triggers.any(|trigger| trigger.timing == "before") {
        return None;
    }
    let datamodel = &reading::schema(context, reading).datamodel;
    let model = datamodel.models_of_table(&relation.name).next()?;
    model.columns().find(|field| field.updated_at.is_some())
}

/// Whether all that is set is reckoned from the row's own columns: `SET score = likes * 3`.
fn reckons(update: &Update) -> bool {
    let mut values = update.assignments.iter().flat_map(|set| &set.values);
    update.from.is_empty()
        && values.all(|value| {
            let (mut columns, mut others) = (false, false);
            walk_expression(value, &mut |part| match part {
                Part::Expr(inner) => match &inner.kind {
                    ExprKind::Column(_) => columns = true,
                    ExprKind::Parameter(_) => others = true,
                    _ => {}
                },
                Part::Query(_) => others = true,
                _ => {}
            });
            columns && !others
        })
}

/// Whether a schedule alone sends it: nobody changed the row.
fn is_in_background(context: &Context<'_>, reading: &Reading) -> bool {
    let callers = Callers::shared(context);
    let unawaited = reading.call.and_then(|call| callers.unawaited(call));
    unawaited == Some(Unawaited::Background)
}

fn finding(context: &Context<'_>, updates: &Updates<'_>) -> Option<Diagnostic> {
    let ((reading, at), others) = updates.leaving.split_first()?;
    let field = updates.field;
    let schema = reading::schema(context, reading);
    let column = reading::quoted(&field.db_name);
    let table = &schema.datamodel[field.id.model].db_name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        *at,
        format!("the update leaves `{column}` of `{table}` as it was"),
    )
    .label("rows change, and their time of change does not")
    .related(
        schema.location(field.place(field.updated_at.unwrap_or(field.name_span))),
        "set by Prisma's client, not by the database",
    );
    for (_, place) in others.iter().take(SHOWN) {
        found = found.related(*place, "and here");
    }
    if let Some(more) = others.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        found = found.note(format!("{more} more updates of the table do the same"));
    }
    if updates.setting == 0 && others.len() + 1 >= HABIT {
        found = found.lowered(
            Severity::Low,
            "no raw update of the table sets it: perhaps on purpose",
        );
    }
    Some(
        found
            .help(format!("add `{column} = now()` to `SET`"))
            .subject(format!("raw:{table}.{}", field.db_name)),
    )
}
