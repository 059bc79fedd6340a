//! What a deleted row takes along.

use std::collections::{BTreeSet, VecDeque};

use snell_prisma::{
    Datamodel, ForeignKey, Model, ModelId, ReferentialAction, Relation, RelationId,
};
use snell_project::schema::Schema;
use snell_source::{DiagnosticBuilder, Location};

use crate::support::{deletions::Deletions, wording};

/// A model whose rows go with a row of another one.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    /// The model.
    pub(super) model: ModelId,
    /// The relations on the shortest way, the deleted row's first.
    pub(super) way: Vec<RelationId>,
}

/// Names that a sentence lists.
const MOST_NAMES: usize = 6;
/// Steps of a way that a finding shows.
const MOST_STEPS: usize = 4;

/// The foreign keys of a schema, with the model that each refers to.
pub(super) fn keys(
    datamodel: &Datamodel,
) -> impl Iterator<Item = (&Relation, &ForeignKey, ModelId)> {
    datamodel.relations().iter().filter_map(|relation| {
        let key = relation.foreign_key.as_ref()?;
        let target = datamodel.target(&datamodel[key.field])?;
        Some((relation, key, target.id))
    })
}

/// The models that lose rows with a row of `root`, nearest first, itself left out.
pub(super) fn taken(datamodel: &Datamodel, root: ModelId) -> Vec<Taken> {
    let mut seen = BTreeSet::from([root]);
    let mut waiting = VecDeque::from([(root, Vec::new())]);
    let mut found = Vec::new();
    while let Some((at, way)) = waiting.pop_front() {
        for (relation, key, target) in keys(datamodel) {
            let child = key.field.model;
            let goes = target == at && key.on_delete.action == ReferentialAction::Cascade;
            if !goes || datamodel[child].is_view || !seen.insert(child) {
                continue;
            }
            let mut longer: Vec<RelationId> = way.clone();
            longer.push(relation.id);
            found.push(Taken {
                model: child,
                way: longer.clone(),
            });
            waiting.push_back((child, longer));
        }
    }
    found
}

/// Where a schema says what becomes of rows when the row that they refer to goes.
pub(super) fn action_at(schema: &Schema, key: &ForeignKey) -> Location {
    let field = &schema.datamodel[key.field];
    match key.on_delete.explicit {
        Some(span) => schema.location(field.place(span)),
        None => schema.field_name(field),
    }
}

/// The models of a closure in a sentence: ``8 further models: `A`, `B` and 6 more``.
pub(super) fn models(datamodel: &Datamodel, taken: &[Taken]) -> String {
    let mut names: Vec<String> = taken
        .iter()
        .take(MOST_NAMES)
        .map(|one| format!("`{}`", datamodel[one.model].name))
        .collect();
    if taken.len() > MOST_NAMES {
        names.push(format!("{} more", taken.len() - MOST_NAMES));
    }
    let what = match taken.len() {
        1 => "1 further model".to_owned(),
        many => format!("{many} further models"),
    };
    format!("{what}: {}", wording::and(&names))
}

/// Whether the comments of a model say what its deletion takes: then that is meant.
pub(super) fn is_said(model: &Model) -> bool {
    model.comments.iter().any(|comment| {
        let text = comment.text.to_lowercase();
        ["delet", "remov"].iter().any(|word| text.contains(word))
    })
}

/// Shows the steps of a way, but for the last `without`.
pub(super) fn show(
    found: DiagnosticBuilder,
    schema: &Schema,
    way: &[RelationId],
    without: usize,
) -> DiagnosticBuilder {
    let datamodel = &schema.datamodel;
    let steps = way.len().saturating_sub(without).min(MOST_STEPS);
    way[..steps].iter().fold(found, |found, step| {
        let Some(key) = &datamodel[*step].foreign_key else {
            return found;
        };
        let child = &datamodel[key.field.model].name;
        found.related(action_at(schema, key), format!("takes rows of `{child}`"))
    })
}

/// Where the code deletes rows of a model itself.
pub(super) fn deleted_at(
    deletions: &Deletions,
    model: snell_project::schema::ModelRef,
) -> Option<Location> {
    let of_model = deletions.of_model(model);
    [of_model.single, of_model.many]
        .into_iter()
        .flatten()
        .find(|deletion| deletion.cascade.is_none())
        .map(|deletion| deletion.at)
}
