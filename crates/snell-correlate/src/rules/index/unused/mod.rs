//! An index that the database itself has not used.

use snell_prisma::Index;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::statistics::IndexStatistics;

use crate::{
    rule::{Context, Rule},
    support::{
        built,
        index_overlap::overlaps,
        statistics::{self, Counted, days, namespace, size},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/unused",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "The database has not used an index since it counts",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Smaller ones cost nothing worth a migration.
const LEAST_BYTES: u64 = 1 << 20;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(taken) = context.statistics else {
        return Vec::new();
    };
    let Some(days) = days(taken) else {
        return Vec::new();
    };
    // That another index does their work is told already.
    let schemas = context.project.schemas.iter();
    let superfluous: Vec<Location> = schemas
        .flat_map(|(_, schema)| {
            let overlaps = overlaps(schema).into_iter();
            overlaps.map(move |(model, overlap)| schema.location(model.place(overlap.index.span)))
        })
        .collect();
    let mut found = Vec::new();
    for counted in statistics::tables(context, taken) {
        let model = counted.table.model;
        let schema = namespace(model).unwrap_or("public");
        let of_table = taken.indexes.iter().filter(|index| {
            index.table == model.db_name
                && index.schema == schema
                && !index.unique
                && (index.scans == 0 || !index.valid)
                && index.bytes >= LEAST_BYTES
        });
        for index in of_table {
            let place = place(&counted, index);
            if !superfluous.contains(&place.at) {
                found.push(finding(&counted, index, &place, days));
            }
        }
    }
    found
}

/// Where an index is made, and what it is there.
struct Place<'a> {
    at: Location,
    declared: Option<&'a Index>,
    built: bool,
}

fn place<'a>(counted: &Counted<'a>, index: &IndexStatistics) -> Place<'a> {
    let (schema, model) = (counted.table.schema, counted.table.model);
    let mut declared = model.all_indexes.iter();
    let declared = declared.find(|one| one.db_name.as_deref() == Some(index.name.as_str()));
    let built = built::table(schema, model).and_then(|table| table.index(&index.name));
    let at = match (declared, built) {
        (Some(declared), _) => schema.location(model.place(declared.span)),
        (None, Some(built)) => built.created(),
        (None, None) => schema.model_name(model),
    };
    Place {
        at,
        declared,
        built: built.is_some(),
    }
}

fn finding(
    counted: &Counted<'_>,
    index: &IndexStatistics,
    place: &Place<'_>,
    days: u64,
) -> Diagnostic {
    let (schema, model) = (counted.table.schema, counted.table.model);
    let name = place
        .declared
        .map_or_else(|| index.name.clone(), wording::declared);
    let message = match index.valid {
        true => format!(
            "`{name}` on `{}` was not used once in {days} days",
            model.name
        ),
        false => format!(
            "`{name}` on `{}` is invalid: no query can use it",
            model.name
        ),
    };
    let mut found = Diagnostic::at(&RULE.metadata, place.at, message).label(format!(
        "{}, and each write of a row maintains it",
        size(index.bytes)
    ));
    let leads = place
        .declared
        .and_then(|declared| declared.columns.first()?.field);
    let mut keys = schema.datamodel.foreign_keys_of(model.id);
    let key = keys.find(|(_, key)| leads.is_some_and(|first| key.columns.first() == Some(&first)));
    if let (Some((_, key)), true) = (key, index.valid) {
        let field = &schema.datamodel[key.field];
        found = found
            .related(
                schema.field_name(field),
                "the deletion of the row that this leads to would use it",
            )
            .lowered(
                Severity::Info,
                "it finds the rows of a foreign key: without deletions it is not asked",
            );
    }
    if place.declared.is_none() && !place.built {
        found = found.note(format!(
            "neither the schema nor a migration makes `{}`",
            index.name
        ));
    }
    let help = match index.valid {
        true => "ask each replica too, then remove it: the counters are of one server",
        false => "a concurrent build failed: `REINDEX INDEX CONCURRENTLY`, or drop it",
    };
    found
        .confidence(Confidence::Likely)
        .help(help)
        .subject(format!("model:{} index:{}", model.name, index.name))
}
