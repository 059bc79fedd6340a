//! Indexes that lead with a nullable column.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        advice::{self, Advice},
        asked::Asked,
        growth::Growths,
        index_use::{Current, CurrentIndex, Standing},
        indexes::TableIndex,
        tables::{self, TableModel},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/nullable-leading",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "Indexes hold the rows without a value, which no query finds by them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Indexes that the finding names beside its own.
const MOST: usize = 5;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let current = Current::shared(context);
    let asked = Asked::shared(context);
    let advice = Advice::shared(context);
    // What another finding puts a wider one in the place of is not made narrower.
    let replaced = |index: &TableIndex| {
        let mut others = advice.proposals.iter().flat_map(|one| &one.replaces);
        others.any(|one| one.index.at == index.at)
    };
    let growths = Growths::shared(context);
    let mut found = Vec::new();
    for (id, schema) in context.project.schemas.iter() {
        let tables = tables::of_postgres(context).filter(|table| table.id == id);
        // Of few rows, a part is not worth an index.
        let leading: Vec<_> = tables
            .filter(|table| !advice::is_few_for_each(context, &growths, table))
            .flat_map(|table| {
                let indexes = current.of(&table).iter();
                let leading = indexes
                    .filter(|one| leads_with_nullable(&table, one, &asked))
                    .filter(|one| !replaced(&one.index));
                leading.map(|one| &one.index).collect::<Vec<_>>()
            })
            .collect();
        let Some((first, rest)) = leading.split_first() else {
            continue;
        };
        let mut one = Diagnostic::at(
            &RULE.metadata,
            first.at,
            match rest.len() {
                0 => "an index holds entries for rows without a value, which no query finds by it".to_owned(),
                more => format!("{} indexes hold entries for rows without a value, which no query finds by them", more + 1),
            },
        )
        .label("its first column may be NULL, and no query asks for NULL");
        for index in rest.iter().take(MOST) {
            one = one.related(index.at, "likewise");
        }
        found.push(
            one.help("where most rows have no value, an index of those that have one (`WHERE ... IS NOT NULL`) is a fraction of the size: by SQL in a migration, for Prisma cannot declare it")
                .subject(format!("schema:{}", schema.path)),
        );
    }
    found
}

fn leads_with_nullable(table: &TableModel<'_>, one: &CurrentIndex, asked: &Asked) -> bool {
    let Some(field) = one.index.fields().next() else {
        return false;
    };
    let wants_null = || {
        asked.of_model(table.reference()).any(|(ask, _)| {
            let null = ask
                .constant
                .get(&field)
                .is_some_and(|value| value.as_deref() == Some("IS NULL"));
            null || ask.order.first().is_some_and(|sort| sort.field == field)
        })
    };
    one.index.is_plain()
        && table.schema.datamodel[field].is_optional()
        && one.known
        && matches!(one.standing(), Standing::Used | Standing::Partly)
        && !one.services.is_empty()
        && !wants_null()
}
