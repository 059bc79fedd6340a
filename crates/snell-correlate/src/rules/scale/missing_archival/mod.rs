//! Growing tables from which old rows never go.

use snell_prisma::ScalarType;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::lasting::AllLasting;
use crate::{
    rule::{Context, Rule},
    support::{
        growth::Growths,
        tables::{self, TableModel},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/missing-archival",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Nothing moves old rows out of the growing tables",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Tables that the finding names beside its own.
const MOST: usize = 5;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let growths = Growths::shared(context);
    let lasting = AllLasting::shared(context);
    let mut found = Vec::new();
    for (id, schema) in context.project.schemas.iter() {
        let mut tables: Vec<TableModel<'_>> = tables::of_postgres(context)
            .filter(|table| table.id == id && !lasting.tells_of(table.reference()))
            .filter(|table| is_kept(table, &growths))
            .collect();
        tables.sort_by_key(|table| {
            let pace = growths.of_model(table.reference()).pace;
            (std::cmp::Reverse(pace.endpoints), table.model.id)
        });
        let Some((first, rest)) = tables.split_first() else {
            continue;
        };
        let mut one = Diagnostic::at(
            &RULE.metadata,
            schema.model_name(first.model),
            match rest.len() {
                0 => format!(
                    "old `{}` rows stay in the table of the new ones",
                    first.model.name
                ),
                more => format!(
                    "old rows of `{}` and {more} more tables stay among the new ones",
                    first.model.name
                ),
            },
        )
        .label("grows with use, and no code moves or removes rows by their age");
        if let Some(at) = growths.of_model(first.reference()).made_at {
            one = one.related(at, "adds rows");
        }
        for table in rest.iter().take(MOST) {
            one = one.related(schema.model_name(table.model), "likewise");
        }
        found.push(
            one.confidence(Confidence::Likely)
                .help("decide for each table when a row is history: mark it (`archivedAt`), move it to a table of its own, or partition by month and detach")
                .subject(format!("schema:{} archival", schema.path)),
        );
    }
    found
}

/// Whether a table grows by the rows of another growing one, and keeps them whatever their age.
fn is_kept(table: &TableModel<'_>, growths: &Growths) -> bool {
    let grown = growths.of_model(table.reference());
    let datamodel = &table.schema.datamodel;
    let dated = table.model.columns().any(|field| {
        let now = field
            .default
            .as_ref()
            .is_some_and(|default| default.value.is_function("now"));
        field.scalar() == Some(ScalarType::DateTime) && now
    });
    let marked = table.model.columns().any(|field| {
        let name = field.name.to_ascii_lowercase();
        field.scalar() == Some(ScalarType::DateTime)
            && ["archiv", "delet", "expire", "close"]
                .iter()
                .any(|word| name.contains(word))
    });
    let hangs = datamodel.foreign_keys_of(table.model.id).any(|(_, key)| {
        let target = datamodel.target(&datamodel[key.field]);
        target.is_some_and(|target| {
            let parent = snell_project::schema::ModelRef {
                schema: table.id,
                model: target.id,
            };
            target.id != table.model.id && growths.of_model(parent).growth.is_by_use()
        })
    });
    // A few rows for each row of another table are history when that one is.
    let bounded = datamodel.bounded_by(table.model).is_some();
    grown.growth.is_by_use() && grown.swept_at.is_none() && dated && !marked && hangs && !bounded
}
