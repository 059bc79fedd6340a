//! An update that leaves `@updatedAt` as it was.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Part, StatementKind, Update, walk_statement},
    catalog::RelationKind,
};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/updated-at-bypassed",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A raw update changes a row and not its `@updatedAt`",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
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
        let catalog = reading::catalog(context, reading);
        let schema = reading::schema(context, reading);
        for update in updates {
            let Some(relation) = catalog.find(&update.table) else {
                continue;
            };
            let RelationKind::Table(table) = &relation.kind else {
                continue;
            };
            // A trigger may set it.
            if table
                .triggers
                .iter()
                .any(|trigger| trigger.timing == "before")
            {
                continue;
            }
            let model = schema.datamodel.models_of_table(&relation.name).next();
            let field = model.and_then(|model| model.columns().find(|f| f.updated_at.is_some()));
            let Some(field) = field else { continue };
            let set = update
                .assignments
                .iter()
                .flat_map(|assignment| &assignment.columns)
                .any(|name| name.text == field.db_name);
            if set {
                continue;
            }
            let column = reading::quoted(&field.db_name);
            let message = format!(
                "the update leaves `{column}` of `{}` as it was",
                relation.name
            );
            findings.tell(reading, update.table.span(), message, |one| {
                let at = field.updated_at.unwrap_or(field.name_span);
                one.label("rows change, and their time of change does not")
                    .related(
                        schema.location(field.place(at)),
                        "set by Prisma's client, not by the database",
                    )
                    .help(format!("add `{column} = now()` to `SET`"))
            });
        }
    }
    findings.done()
}
