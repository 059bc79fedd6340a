//! A deletion that takes what has to be kept, or far more than its name says.

mod asked;

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use snell_prisma::{ModelId, RelationId};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{ModelRef, Schema, SchemaId},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use asked::Asked;

use super::cascades::{self, Taken};
use crate::{
    rule::{Context, Rule},
    support::{
        deletions::Deletions,
        records::{self, Record},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/cascade-blast-radius",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A deletion takes rows along that have to be kept",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Fewer models than this are no radius worth a word.
const MANY_MODELS: usize = 3;

/// A deletion of the code, and what goes with it.
struct Blast<'a> {
    schema: &'a Schema,
    model: ModelId,
    at: Location,
    taken: Vec<Taken>,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .flat_map(|(id, schema)| of_schema(context, id, schema))
        .collect()
}

fn of_schema(context: &Context<'_>, id: SchemaId, schema: &Schema) -> Vec<Diagnostic> {
    let deletions = Deletions::shared(context);
    let mut with_people = Vec::new();
    let mut blasts = Vec::new();
    for model in schema.datamodel.models() {
        let reference = ModelRef {
            schema: id,
            model: model.id,
        };
        let Some(at) = cascades::deleted_at(&deletions, reference) else {
            continue;
        };
        let taken = cascades::taken(&schema.datamodel, model.id);
        // What goes with a person is another rule's.
        if *context.project.owners.of(reference) == Ownership::Root(RootKind::Identity) {
            with_people.extend(taken.iter().filter_map(|one| one.way.last().copied()));
            continue;
        }
        blasts.push(Blast {
            schema,
            model: model.id,
            at,
            taken,
        });
    }
    let (mut found, told) = kept(context, id, &blasts, &with_people);
    found.extend(wide(&blasts, &told));
    found
}

/// Records that go with something else: one finding for each key that takes them, and the
/// models whose deletion they go with.
fn kept(
    context: &Context<'_>,
    id: SchemaId,
    blasts: &[Blast<'_>],
    told: &[RelationId],
) -> (Vec<Diagnostic>, Vec<ModelId>) {
    let mut by_key: BTreeMap<RelationId, (&Blast<'_>, &Taken, Record)> = BTreeMap::new();
    for blast in blasts {
        for taken in &blast.taken {
            let model = &blast.schema.datamodel[taken.model];
            let (Some(record), Some(last)) = (records::record(model), taken.way.last()) else {
                continue;
            };
            // A line of an order goes with the order: both are the record.
            let above = &blast.schema.datamodel[parent(blast, *last)];
            if told.contains(last) || records::record(above).is_some() {
                continue;
            }
            let shorter = by_key
                .get(last)
                .is_none_or(|(_, known, _)| taken.way.len() < known.way.len());
            if shorter {
                by_key.insert(*last, (blast, taken, record));
            }
        }
    }
    let of = by_key.values().map(|(blast, ..)| blast.model).collect();
    if by_key.is_empty() {
        return (Vec::new(), of);
    }
    let asked = context.shared.get_or_init(|| Asked::of(context));
    let found = by_key.values().filter_map(|(blast, taken, record)| {
        let unasked = asked.unasked(id, blast, &on_the_way(id, blast, taken));
        record_finding(blast, taken, *record, unasked)
    });
    (found.collect(), of)
}

/// The model that a relation's key refers to.
fn parent(blast: &Blast<'_>, relation: RelationId) -> ModelId {
    let datamodel = &blast.schema.datamodel;
    let key = datamodel[relation].foreign_key.as_ref();
    key.and_then(|key| datamodel.target(&datamodel[key.field]))
        .map_or(blast.model, |model| model.id)
}

/// The models of a way, the deleted one left out: where there are no rows of one of them, none go at its end.
fn on_the_way(id: SchemaId, blast: &Blast<'_>, taken: &Taken) -> FxHashSet<ModelRef> {
    let datamodel = &blast.schema.datamodel;
    let keys = taken.way.iter();
    let keys = keys.filter_map(|relation| datamodel[*relation].foreign_key.as_ref());
    keys.map(|key| key.field.model)
        .filter(|model| *model != blast.model)
        .map(|model| ModelRef { schema: id, model })
        .collect()
}

/// One record that goes with a deletion; `unasked` is a place that deletes without looking for such rows.
fn record_finding(
    blast: &Blast<'_>,
    taken: &Taken,
    record: Record,
    unasked: Option<Location>,
) -> Option<Diagnostic> {
    let Blast { schema, .. } = blast;
    let datamodel = &schema.datamodel;
    let key = datamodel[*taken.way.last()?].foreign_key.as_ref()?;
    let (deleted, child) = (&datamodel[blast.model].name, &datamodel[taken.model].name);
    let found = Diagnostic::at(
        &RULE.metadata,
        cascades::action_at(schema, key),
        format!(
            "deleting a `{deleted}` deletes its `{child}` rows, {}",
            record.what()
        ),
    )
    .label(match unasked {
        Some(_) => "nothing is left of them, and nobody is asked",
        None => "nothing is left of them, where something else deletes",
    })
    .related(
        unasked.unwrap_or(blast.at),
        format!("the code deletes `{deleted}` rows here"),
    );
    let found = match unasked {
        Some(_) => found,
        None => found.lowered(
            Severity::Low,
            "the code looks for such rows before it deletes: only a deletion beside it, or a row that is made in between, takes any",
        ),
    };
    let found = cascades::show(found, schema, &taken.way, 1);
    let nullable = key
        .columns
        .iter()
        .all(|column| datamodel[*column].is_optional());
    let help = match nullable {
        true => "`onDelete: SetNull` keeps them without the reference".to_owned(),
        false => format!(
            "`onDelete: Restrict` refuses the deletion as long as there are any; a nullable key with `onDelete: SetNull` keeps them when the `{deleted}` goes"
        ),
    };
    Some(
        found
            .confidence(Confidence::Likely)
            .help(help)
            .note(format!(
                "a deleted `{deleted}` takes rows of {}",
                cascades::models(datamodel, &blast.taken)
            ))
            .subject(format!("model:{deleted} cascade:{child}")),
    )
}

/// Deletions that take many models along, and whose models do not say so: the widest of
/// those inside each other.
fn wide(blasts: &[Blast<'_>], told: &[ModelId]) -> Vec<Diagnostic> {
    let is_wide = |blast: &&Blast<'_>| {
        blast.taken.len() >= MANY_MODELS
            && blast.taken.iter().any(|one| one.way.len() > 1)
            && !told.contains(&blast.model)
            && !cascades::is_said(&blast.schema.datamodel[blast.model])
    };
    let inside = |blast: &Blast<'_>| {
        blasts.iter().any(|other| {
            other.model != blast.model
                && other.taken.len() > blast.taken.len()
                && other.taken.iter().any(|one| one.model == blast.model)
        })
    };
    blasts
        .iter()
        .filter(is_wide)
        .filter(|blast| !inside(blast))
        .map(wide_finding)
        .collect()
}

fn wide_finding(blast: &Blast<'_>) -> Diagnostic {
    let Blast { schema, taken, .. } = blast;
    let model = &schema.datamodel[blast.model];
    let deepest = taken.iter().max_by_key(|one| one.way.len());
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!(
            "deleting a `{}` deletes rows of {}",
            model.name,
            cascades::models(&schema.datamodel, taken)
        ),
    )
    .label("all of them go in one statement, and cannot be had back")
    .related(blast.at, "the code deletes such rows here");
    let found = match deepest {
        Some(deepest) => cascades::show(found, schema, &deepest.way, 0),
        None => found,
    };
    found
        .lowered(
            Severity::Info,
            "they may well be parts of it: none of them is known to be a record that has to be kept",
        )
        .confidence(Confidence::Likely)
        .help("say above the model what a deletion takes, when this is meant")
        .subject(format!("model:{} cascade", model.name))
}
