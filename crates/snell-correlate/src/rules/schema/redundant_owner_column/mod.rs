//! The owner, twice.

use std::collections::{BTreeMap, BTreeSet};

use snell_prisma::ModelId;
use snell_project::{
    ownership::RootKind,
    schema::{ModelRef, SchemaId},
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
        preset: Preset::Strict,
        summary: "The owner stands in a row and in the row that it belongs to",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A table with its way round.
type Repeated<'a> = (TableModel<'a>, Detour<'a>);

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    // The owner in each row is one decision, however many tables have it.
    let mut owners: BTreeMap<(SchemaId, ModelId), Vec<Repeated<'_>>> = BTreeMap::new();
    for table in tables::of_postgres(context) {
        let roots = context.project.owners.graph(table.id).roots();
        let mut told = BTreeSet::new();
        for detour in chain::detours(table) {
            let datamodel = &table.schema.datamodel;
            let root = roots.iter().find(|root| root.model == detour.target);
            let required = !chain::is_optional(datamodel, detour.direct)
                && !chain::is_optional(datamodel, detour.through);
            if let Some(root) = root.filter(|_| required)
                && (root.kind == RootKind::Tenant || is_private(context, table, &detour))
                && told.insert(detour.direct.field)
            {
                let of_owner = owners.entry((table.id, root.model)).or_default();
                of_owner.push((table, detour));
            }
        }
    }
    let findings = owners.values();
    findings
        .filter_map(|repeated| finding(context, repeated))
        .collect()
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

/// Tables that a finding shows beside its first.
const SHOWN: usize = 8;

fn finding(context: &Context<'_>, repeated: &[Repeated<'_>]) -> Option<Diagnostic> {
    let ((table, detour), others) = repeated.split_first()?;
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
    let owner = &datamodel[detour.target].name;
    let message = match others.len() {
        0 => format!(
            "`{}.{}` repeats the `{owner}` of `{way}`",
            model.name, direct.name
        ),
        more => format!(
            "{} tables repeat the `{owner}` of a row that they belong to",
            more + 1
        ),
    };
    let mut found = Diagnostic::at(&RULE.metadata, schema.field_name(direct), message)
        .label("nothing in the database keeps the two equal")
        .related(schema.field_name(through), "has an owner of its own")
        .related(
            schema.field_name(&datamodel[detour.further.columns[0]]),
            "which is required",
        )
        .confidence(Confidence::Likely);
    for (table, detour) in others.iter().take(SHOWN) {
        let column = &table.schema.datamodel[detour.direct.columns[0]];
        let name = format!("{}.{}", table.model.name, column.name);
        found = found.related(table.schema.field_name(column), name);
    }
    Some(
        found
            .note(format!(
                "the copy saves a join in filters and policies ({}), and costs a check in every write",
                chain::filters(context, *table, detour)
            ))
            .help(format!(
                "keep it, tied by a composite foreign key: {}",
                chain::tie(*table, detour)
            ))
            .subject(wording::subject(&datamodel[detour.target], "owner")),
    )
}
