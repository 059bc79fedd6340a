//! The owner, twice.

use snell_project::{
    ownership::{OwnerRoot, RootKind},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::chain::{self, Detour};
use crate::{
    rule::{Context, Rule},
    support::{
        asked::{Asked, Through},
        callers::Callers,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/redundant-owner-column",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "The owner stands in a row and in the row that it belongs to",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let roots = context.project.owners.graph(table.id).roots();
        for detour in chain::detours(table) {
            let datamodel = &table.schema.datamodel;
            let root = roots.iter().find(|root| root.model == detour.target);
            let required = !chain::is_optional(datamodel, detour.direct)
                && !chain::is_optional(datamodel, detour.through);
            if let Some(root) = root.filter(|_| required)
                && (root.kind == RootKind::Tenant || is_private(context, table, &detour))
            {
                found.push(finding(context, table, &detour, *root));
            }
        }
    }
    found
}

/// Whether people only ever see their own rows of the table between: where somebody lists those
/// of others, one person's row can belong to another one's, as a comment does.
fn is_private(context: &Context<'_>, table: TableModel<'_>, detour: &Detour<'_>) -> bool {
    let asked = Asked::shared(context);
    let callers = Callers::shared(context);
    let middle = ModelRef {
        schema: table.id,
        model: detour.middle,
    };
    let owner = detour.further.columns[0];
    let mut by_owner = false;
    for (ask, uses) in asked.of_model(middle) {
        if ask.through != Through::Itself || ask.unique {
            continue;
        }
        if ask.fixes(owner) {
            by_owner = true;
        } else if uses.iter().any(|one| {
            one.call
                .is_some_and(|call| callers.is_requested_by_people(call))
        }) {
            return false;
        }
    }
    by_owner
}

fn finding(
    context: &Context<'_>,
    table: TableModel<'_>,
    detour: &Detour<'_>,
    root: OwnerRoot,
) -> Diagnostic {
    let TableModel { schema, model, .. } = table;
    let datamodel = &schema.datamodel;
    let (direct, through) = (
        &datamodel[detour.direct.columns[0]],
        &datamodel[detour.through.columns[0]],
    );
    let way = format!(
        "{}.{}",
        datamodel[detour.through.field].name, datamodel[detour.further.field].name
    );
    Diagnostic::at(
        &RULE.metadata,
        schema.field_name(direct),
        format!(
            "`{}.{}` repeats the `{}` of `{way}`",
            model.name, direct.name, datamodel[root.model].name
        ),
    )
    .label("nothing in the database keeps the two equal")
    .related(schema.field_name(through), "has an owner of its own")
    .related(
        schema.field_name(&datamodel[detour.further.columns[0]]),
        "which is required",
    )
    .confidence(Confidence::Likely)
    .note(format!(
        "the copy saves a join in filters and policies ({}), and costs a check in every write",
        chain::filters(context, table, detour)
    ))
    .help(format!(
        "keep it, tied by a composite foreign key: {}",
        chain::tie(table, detour)
    ))
    .subject(wording::subject(model, &direct.name))
}
