//! A partial index whose condition no row fails.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Expr, ExprKind};

use crate::{
    rule::{Context, Rule},
    support::{
        built::{self, BuiltTable},
        tables, wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/where-on-not-null",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "The condition of a partial index is always true",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let Some(built) = built::table(table.schema, table.model) else {
            continue;
        };
        for index in built.indexes() {
            let Some(column) = index
                .index
                .predicate
                .as_ref()
                .and_then(|one| always(built, one))
            else {
                continue;
            };
            let mut one = Diagnostic::at(
                &RULE.metadata,
                index.created(),
                format!(
                    "the condition of `{}` on `{}` leaves no row out",
                    index.name, table.model.name
                ),
            )
            .label(format!("`{column}` is never NULL"));
            if let Some(field) = table.model.field_of_column(column) {
                one = one.related(table.schema.field_name(field), "required");
            }
            found.push(
                one.help("leave the condition out: Prisma can declare the index then, and every query can use it")
                    .subject(wording::subject(table.model, index.name)),
            );
        }
    }
    found
}

/// The column of `column IS NOT NULL` that is never NULL, when that is the whole condition.
fn always<'e>(table: BuiltTable<'_>, condition: &'e Expr) -> Option<&'e str> {
    let ExprKind::IsNull(operand, false) = &condition.kind else {
        return None;
    };
    let ExprKind::Column(names) = &operand.kind else {
        return None;
    };
    let name = names.last()?.text.as_str();
    table.is_not_null(name).then_some(name)
}
