//! Foreign keys in a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use snell_prisma::{Datamodel, FieldId, ModelId};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::together;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/relation-cycle",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Tables refer to each other in a circle",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = together::schemas(context);
    schemas
        .iter()
        .flat_map(|tables| cycles(tables[0].schema))
        .collect()
}

/// The relation fields through which a model refers to others, by model.
type References = BTreeMap<ModelId, Vec<(ModelId, FieldId)>>;

fn references(datamodel: &Datamodel) -> References {
    let mut references = References::new();
    for key in datamodel
        .relations()
        .iter()
        .filter_map(|r| r.foreign_key.as_ref())
    {
        let from = key.field.model;
        let to = datamodel
            .target(&datamodel[key.field])
            .map(|target| target.id);
        if let Some(to) = to.filter(|to| *to != from) {
            references.entry(from).or_default().push((to, key.field));
        }
    }
    references
}

fn cycles(schema: &Schema) -> Vec<Diagnostic> {
    let datamodel = &schema.datamodel;
    let references = references(datamodel);
    let mut told: BTreeSet<ModelId> = BTreeSet::new();
    let mut found = Vec::new();
    for start in references.keys() {
        if told.contains(start) {
            continue;
        }
        if let Some(cycle) = shortest(&references, *start) {
            // One circle for tables that are in several.
            told.extend(cycle.iter().map(|field| field.model));
            found.push(finding(schema, &cycle));
        }
    }
    found
}

/// The shortest way from a model back to it.
fn shortest(references: &References, start: ModelId) -> Option<Vec<FieldId>> {
    let mut ways: BTreeMap<ModelId, Vec<FieldId>> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(model) = queue.pop_front() {
        let way = ways.get(&model).cloned().unwrap_or_default();
        for (to, field) in references.get(&model).into_iter().flatten() {
            let mut longer = way.clone();
            longer.push(*field);
            if *to == start {
                return Some(longer);
            }
            if !ways.contains_key(to) {
                ways.insert(*to, longer);
                queue.push_back(*to);
            }
        }
    }
    None
}

fn finding(schema: &Schema, cycle: &[FieldId]) -> Diagnostic {
    let datamodel = &schema.datamodel;
    let name = |field: &FieldId| {
        let model = &datamodel[field.model];
        format!("{}.{}", model.name, datamodel[*field].name)
    };
    let required = cycle.iter().all(|field| {
        datamodel
            .foreign_key(&datamodel[*field])
            .is_some_and(|key| {
                key.columns
                    .iter()
                    .all(|column| datamodel[*column].is_required())
            })
    });
    let models: Vec<String> = cycle
        .iter()
        .map(|f| datamodel[f.model].name.to_string())
        .collect();
    let first = &datamodel[cycle[0]];
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(first),
        format!(
            "{} refer to each other in a circle",
            crate::support::wording::and(&models)
        ),
    )
    .label(if required {
        "every column on the way is required: no first row can be inserted"
    } else {
        "of two rows that refer to each other, one is inserted without it"
    });
    for field in &cycle[1..] {
        found = found.related(schema.field_name(&datamodel[*field]), name(field));
    }
    found
        .help(if required {
            "make one of the columns optional, or let a migration defer its foreign key to the end of the transaction"
        } else {
            "where one side says which of its children is the chosen one, a flag with a partial unique index on the children says it without the circle"
        })
        .subject(format!("models:{}", models.join(",")))
}
