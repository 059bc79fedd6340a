//! Relations: two sides that find each other, and a foreign key that can exist.

use std::collections::BTreeMap;

use super::Checker;
use crate::ast::Attribute;
use crate::datamodel::{
    Cardinality, Datamodel, Field, FieldType, ForeignKey, Model, Provider, ReferentialAction,
    Relation, RelationField,
};

pub(super) fn check(checker: &mut Checker<'_>) {
    let datamodel: &Datamodel = checker.datamodel;
    if ambiguous(checker) {
        return;
    }
    for model in datamodel.models() {
        for field in model.relation_fields() {
            if let (Some(relation), Some(attribute)) =
                (field.relation(), field.attribute("relation"))
            {
                named_fields(checker, field, model, attribute, "fields");
                named_fields(
                    checker,
                    field,
                    &datamodel[relation.target],
                    attribute,
                    "references",
                );
                actions(checker, field, attribute);
            }
        }
    }
    for relation in datamodel.relations() {
        whole(checker, relation);
    }
}

/// Several fields that could be the same side of one relation. Prisma reports nothing else then.
fn ambiguous(checker: &mut Checker<'_>) -> bool {
    let datamodel: &Datamodel = checker.datamodel;
    let mut found = false;
    for model in datamodel.models() {
        let mut sides: BTreeMap<_, Vec<&Field>> = BTreeMap::new();
        for field in model.relation_fields() {
            if let Some(relation) = field.relation() {
                let name = relation.name.as_ref().map(|n| &n.name);
                sides
                    .entry((relation.target, name))
                    .or_default()
                    .push(field);
            }
        }
        for ((target, name), fields) in sides {
            let allowed = if target == model.id && name.is_some() {
                2
            } else {
                1
            };
            for field in fields.iter().skip(allowed) {
                found = true;
                let message = format!(
                    "which relation of `{}` and `{}` is `{}`? Name them: `@relation(\"...\")`",
                    model.name, datamodel[target].name, field.name
                );
                checker.in_field(field, field.name_span, message);
            }
        }
    }
    found
}

fn named_fields(
    checker: &mut Checker<'_>,
    field: &Field,
    model: &Model,
    attribute: &Attribute,
    argument: &str,
) {
    let elements = attribute
        .named(argument)
        .map(|a| a.value.elements())
        .unwrap_or_default();
    for element in elements {
        let Some(name) = element.as_constant() else {
            continue;
        };
        match model.field(name) {
            None if !model.is_complete => {}
            None => {
                let message = format!("`{}` has no field `{name}`", model.name);
                checker.in_field(field, element.span, message);
            }
            Some(found) if found.relation().is_some() => {
                checker.in_field(field, element.span, format!("`{name}` is a relation field"));
            }
            Some(_) => {}
        }
    }
}

fn actions(checker: &mut Checker<'_>, field: &Field, attribute: &Attribute) {
    for name in ["onDelete", "onUpdate"] {
        let Some(argument) = attribute.named(name) else {
            continue;
        };
        let known = argument
            .value
            .as_constant()
            .is_some_and(|action| ReferentialAction::of(action).is_some());
        if !known {
            let message =
                format!("`{name}` is `Cascade`, `Restrict`, `NoAction`, `SetNull` or `SetDefault`");
            checker.in_field(field, argument.span, message);
        }
    }
}

fn whole(checker: &mut Checker<'_>, relation: &Relation) {
    let datamodel: &Datamodel = checker.datamodel;
    let from = &datamodel[relation.from];
    let Some(to) = relation.to.map(|id| &datamodel[id]) else {
        let Some(target) = datamodel.target(from).filter(|m| m.is_complete) else {
            return;
        };
        let message = format!(
            "`{}` has no opposite: a relation field of the type `{}` is missing in `{}`",
            from.name, datamodel[from.id.model].name, target.name
        );
        checker.in_field(from, from.name_span, message);
        return;
    };
    let (Some(front), Some(back)) = (from.relation(), to.relation()) else {
        return;
    };
    match relation.cardinality {
        Cardinality::ManyToMany => many_to_many(checker, relation, [(from, front), (to, back)]),
        Cardinality::OneToMany => one_to_many(checker, (from, front), (to, back)),
        Cardinality::OneToOne => one_to_one(checker, (from, front), (to, back)),
    }
    if let Some(key) = &relation.foreign_key {
        foreign_key(checker, from, key);
    }
}

fn says_action(relation: &RelationField) -> bool {
    relation.on_delete.is_some() || relation.on_update.is_some()
}

/// Whether `references` is written.
fn has_references(field: &Field) -> bool {
    field
        .attribute("relation")
        .and_then(|a| a.named("references"))
        .is_some_and(|a| !a.value.elements().is_empty())
}

fn many_to_many(
    checker: &mut Checker<'_>,
    relation: &Relation,
    sides: [(&Field, &RelationField); 2],
) {
    if relation.join_table.is_none() {
        return;
    }
    let datamodel: &Datamodel = checker.datamodel;
    for (field, side) in sides {
        if says_action(side) {
            let message = "a many-to-many relation takes no `onDelete` or `onUpdate`";
            checker.in_field(field, field.name_span, message);
        }
        let target = &datamodel[side.target];
        let single = target
            .primary_key()
            .is_some_and(|key| key.columns.len() == 1);
        if !single {
            let message = format!(
                "an implicit many-to-many relation needs an `@id` of one field on `{}`",
                target.name
            );
            checker.in_field(field, field.type_span, message);
        }
    }
}

fn one_to_many(
    checker: &mut Checker<'_>,
    (from, front): (&Field, &RelationField),
    (to, back): (&Field, &RelationField),
) {
    let (one, many) = if from.is_list() {
        ((to, back), (from, front))
    } else {
        ((from, front), (to, back))
    };
    if !one.1.holds_key {
        let message = format!(
            "`{}` needs `@relation(fields: [...], references: [...])`",
            one.0.name
        );
        checker.in_field(one.0, one.0.name_span, message);
    } else if !has_references(one.0) {
        let message = format!(
            "`{}` needs `references: [...]` in its `@relation`",
            one.0.name
        );
        checker.in_field(one.0, one.0.name_span, message);
    }
    if many.1.holds_key || has_references(many.0) || says_action(many.1) {
        let message = format!(
            "the foreign key belongs to `{}`: a list takes no `fields`, `references` or actions",
            one.0.name
        );
        checker.in_field(many.0, many.0.name_span, message);
    }
}

fn one_to_one(
    checker: &mut Checker<'_>,
    (from, front): (&Field, &RelationField),
    (to, back): (&Field, &RelationField),
) {
    if !front.holds_key && !back.holds_key {
        let message = format!(
            "`{}` or `{}` needs `fields` in its `@relation`",
            from.name, to.name
        );
        checker.in_field(from, from.name_span, message);
        return;
    }
    if front.holds_key && back.holds_key {
        let message = format!(
            "`fields` stands on one side only: `{}` has it already",
            from.name
        );
        checker.in_field(to, to.name_span, message);
        return;
    }
    if has_references(from) == has_references(to) {
        let message = "`references` stands on one side of the relation, beside `fields`";
        checker.in_field(from, from.name_span, message);
    }
    if says_action(front) && says_action(back) {
        checker.in_field(
            to,
            to.name_span,
            "actions stand on one side of the relation only",
        );
    }
    if to.is_required() {
        let message = format!(
            "`{}` has to be optional: the database cannot demand the row that holds the key",
            to.name
        );
        checker.in_field(to, to.type_span, message);
    }
    let model = &checker.datamodel[from.id.model];
    let complete = from
        .attribute("relation")
        .and_then(|a| a.named("fields"))
        .is_some_and(|a| a.value.elements().len() == front.fields.len());
    // One with a condition does as well (`prisma validate` of 7.5).
    let mut uniques = model.all_indexes.iter().filter(|index| index.is_unique());
    let unique = uniques.any(|index| {
        index.fields().is_some_and(|mut fields| {
            let mut wanted = front.fields.clone();
            fields.sort_unstable();
            wanted.sort_unstable();
            fields == wanted
        })
    });
    if complete && !unique {
        let message = format!(
            "a one-to-one relation needs a `@unique` over the fields of `{}`",
            from.name
        );
        checker.in_field(from, from.name_span, message);
    }
}

fn foreign_key(checker: &mut Checker<'_>, field: &Field, key: &ForeignKey) {
    let datamodel: &Datamodel = checker.datamodel;
    let Some(attribute) = field.attribute("relation") else {
        return;
    };
    let written = |name: &str| {
        attribute
            .named(name)
            .map_or(0, |a| a.value.elements().len())
    };
    let (fields, references) = (written("fields"), written("references"));
    if fields != references && references > 0 {
        let message = "`fields` and `references` name the same number of fields";
        checker.in_field(field, attribute.span, message);
    }
    if fields != key.columns.len() || references != key.references.len() || references == 0 {
        return;
    }
    if field.is_required() && key.columns.iter().any(|c| datamodel[*c].is_optional()) {
        let message = format!(
            "`{}` has to be optional, as the fields of its key are",
            field.name
        );
        checker.in_field(field, field.type_span, message);
    }
    for (column, reference) in key.columns.iter().zip(&key.references) {
        let (column, reference) = (&datamodel[*column], &datamodel[*reference]);
        if !same_type(column, reference) {
            let message = format!(
                "`{}` and `{}` are of different types",
                column.name, reference.name
            );
            checker.in_field(field, attribute.span, message);
        }
    }
    let target = &datamodel[key.references[0].model];
    let unique = target
        .all_indexes
        .iter()
        .filter(|i| i.is_unique())
        .any(|index| {
            index.fields().is_some_and(|mut fields| {
                let mut wanted = key.references.clone();
                fields.sort_unstable();
                wanted.sort_unstable();
                fields == wanted
            })
        });
    // MySQL let a foreign key reference any index.
    if !unique && datamodel.provider() != Provider::MySql {
        let message = format!(
            "`references` has to name a key of `{}`: `@id` or `@unique`",
            target.name
        );
        checker.in_field(field, attribute.span, message);
    }
}

fn same_type(one: &Field, other: &Field) -> bool {
    match (&one.ty, &other.ty) {
        (FieldType::Scalar(a), FieldType::Scalar(b)) => a == b,
        (FieldType::Enum(a), FieldType::Enum(b)) => a == b,
        (FieldType::Scalar(_), FieldType::Enum(_)) | (FieldType::Enum(_), FieldType::Scalar(_)) => {
            false
        }
        _ => true,
    }
}
