//! A list of one owner's or parent's rows that an endpoint gives whole.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use snell_prisma::{FieldId, FieldType, ScalarType};
use snell_project::{
    client::{CallId, Operation},
    endpoint::EndpointKind,
    schema::ModelRef,
};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        asked::{Ask, Asked, Through},
        growth::{Grown, Growth, Growths},
        name_words::words,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/unpaged-list",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "An endpoint gives all rows of one owner or parent at once",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Further places that a finding shows.
const SHOWN: usize = 5;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let asked = Asked::shared(context);
    let growths = Growths::shared(context);
    let read = read_by_endpoints(context);
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let model = ModelRef {
            schema: table.id,
            model: table.model.id,
        };
        let grown = growths.of_model(model);
        if !grown.growth.is_by_use() || has_few_for_each(&table) {
            continue;
        }
        let asks = asked.of_model(model);
        let lists = asks.filter(|(ask, _)| is_list_of_a_parent(&table, ask));
        let mut places: BTreeMap<Location, &Ask> = BTreeMap::new();
        for (ask, uses) in lists {
            for place in uses {
                if place.call.is_some_and(|call| read.contains(&call)) {
                    places.entry(place.at).or_insert(ask);
                }
            }
        }
        found.extend(finding(&table, grown, &places));
    }
    found
}

/// The lists that requests for reading come to: `GET` routes and GraphQL queries.
fn read_by_endpoints(context: &Context<'_>) -> FxHashSet<CallId> {
    let mut read = FxHashSet::default();
    for walked in context.walks {
        let endpoint = context.project.endpoints.get(walked.endpoint);
        let reads = match endpoint.kind {
            EndpointKind::Query | EndpointKind::Field => true,
            EndpointKind::Http | EndpointKind::Route => endpoint.name.starts_with("GET "),
            _ => false,
        };
        if reads {
            let queries = walked.walk.queries.iter();
            let calls = queries.map(|reached| reached.query.call);
            read.extend(
                calls.filter(|call| {
                    context.project.calls.get(*call).operation == Operation::FindMany
                }),
            );
        }
    }
    read
}

/// Names of columns that tell the rows of one owner or parent apart by what there is little of: providers, kinds, languages.
const OF_FEW: [&str; 12] = [
    "provider", "kind", "type", "category", "channel", "platform", "language", "locale", "role",
    "day", "weekday", "month",
];

/// Whether a unique keeps each owner or parent to one row for each of a few things: a provider, a
/// language, a value of an enum.
fn has_few_for_each(table: &TableModel<'_>) -> bool {
    let datamodel = &table.schema.datamodel;
    let mut uniques = table.model.uniques().chain(table.model.primary_key());
    uniques.any(|unique| {
        let Some(fields) = unique.fields() else {
            return false;
        };
        let (keys, others): (Vec<_>, Vec<_>) = fields
            .iter()
            .partition(|field| table.model.is_foreign_key(**field));
        let of_few = |field: &FieldId| {
            let field = &datamodel[*field];
            matches!(field.ty, FieldType::Enum(_))
                || field.scalar() == Some(ScalarType::String)
                    && words(&field.name)
                        .last()
                        .is_some_and(|word| OF_FEW.contains(&word.as_str()))
        };
        keys.len() == 1 && others.len() == 1 && others.iter().all(of_few)
    })
}

/// Whether it asks for all rows that one other row has: a foreign key's columns equal a
/// value, and nothing else picks few of them out.
fn is_list_of_a_parent(table: &TableModel<'_>, ask: &Ask) -> bool {
    let datamodel = &table.schema.datamodel;
    let mut keys = datamodel.foreign_keys_of(table.model.id);
    let of_parent =
        keys.any(|(_, key)| key.columns.iter().all(|column| ask.equal.contains(column)));
    of_parent
        && ask.through == Through::Itself
        && !ask.limited
        && !ask.unique
        && !ask.open
        && ask.listed.is_empty()
        && ask.ranged.is_empty()
        && ask.compared.is_empty()
}

fn finding(
    table: &TableModel<'_>,
    grown: Grown,
    places: &BTreeMap<Location, &Ask>,
) -> Option<Diagnostic> {
    let (first, ask) = places.first_key_value()?;
    let columns: Vec<_> = ask.fixed().collect();
    let by = wording::fields(&table.schema.datamodel, &columns);
    let model = table.model;
    let message = match places.len() {
        1 => format!("all `{}` rows of one `{by}` are read at once", model.name),
        n => format!(
            "all `{}` rows of one owner or parent are read at once, at {n} places",
            model.name
        ),
    };
    let grows = match grown.growth {
        Growth::AppendOnly => "what people do adds rows, and nothing takes them away",
        _ => "what people do adds rows",
    };
    let mut found = Diagnostic::at(&RULE.metadata, *first, message)
        .label("no `take`")
        .related(table.schema.model_name(model), grows);
    if let Some(made_at) = grown.made_at {
        found = found.related(made_at, "the application adds rows here");
    }
    for place in places.keys().skip(1).take(SHOWN) {
        found = found.related(*place, "here too");
    }
    let found = found.help(
        "take `limit` and `cursor` from the request with an upper bound, and give the next cursor along with the rows",
    );
    Some(found.subject(format!("model:{}", model.name)))
}
