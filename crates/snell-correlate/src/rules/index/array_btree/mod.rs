//! A B-tree over a list.

use snell_prisma::{Algorithm, IndexKind};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        asked::{Asked, Manner},
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/array-btree",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "An ordinary index on a list finds no elements",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let asked = Asked::shared(context);
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        found.extend(of_table(&table, &asked));
    }
    found
}

fn of_table(table: &TableModel<'_>, asked: &Asked) -> Vec<Diagnostic> {
    let model = table.model;
    let sorted = model.all_indexes.iter().filter(|index| {
        index.kind == IndexKind::Normal && matches!(index.algorithm, None | Some(Algorithm::BTree))
    });
    let found = sorted.filter_map(|index| {
        let field = index.columns.first()?.field?;
        let list = &table.schema.datamodel[field];
        if !list.is_list() {
            return None;
        }
        let looked: Vec<Location> = asked
            .of_model(table.reference())
            .filter(|(ask, _)| ask.compared.get(&field) == Some(&Manner::Contents))
            .filter_map(|(_, uses)| Some(uses.first()?.at))
            .collect();
        let mut one = Diagnostic::at(
            &RULE.metadata,
            table.schema.location(model.place(index.span)),
            format!(
                "`{}` on `{}` finds no elements of `{}`",
                wording::declared(index),
                model.name,
                list.name
            ),
        )
        .label("sorted by the list as a whole: of use only for a list that equals another")
        .related(table.schema.field_name(list), "a list");
        match looked.first() {
            Some(at) => one = one.related(*at, "looks for elements: reads the whole table"),
            None => one = one.lowered(Severity::Low, "no query is known that looks for elements"),
        }
        let rest = if index.columns.len() > 1 {
            ", and keep the other columns in an index of their own"
        } else {
            ""
        };
        Some(
            one.help(format!("use `@@index([{}], type: Gin)`{rest}", list.name))
                .subject(wording::subject(model, &list.name)),
        )
    });
    found.collect()
}
