//! Keys of people that are sent on purpose: whom one adds to a group, writes to, mentions, or
//! tells of oneself.

use snell_flow::{
    ObjectValue, TextPart, Value,
    scope::{Origin, origins},
};
use snell_prisma::{Field, Model};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use super::{Search, key_of, names_who_asks, soft};
use crate::rules::isolation::people;

impl Search<'_, '_> {
    /// Whether a field names somebody whom who asks may name.
    pub(super) fn is_meant(&self, model: &Model, object: &ObjectValue, field: &Field) -> bool {
        self.is_membership(model, object, field)
            || self.is_second_party(model, object, field)
            || self.is_mention(model, object, field)
            || self.is_notice(model, object, field)
    }

    /// Whether a row joins a person to a group that was checked: whom, the one
    /// who may add people says.
    fn is_membership(&self, model: &Model, object: &ObjectValue, field: &Field) -> bool {
        let columns = |field: &Field| match field.relation() {
            Some(side) => side.fields.clone(),
            None => vec![field.id],
        };
        let joined = |other: &Field| {
            model.unique_criteria().any(|key| {
                let has = |field: &Field| {
                    let own = columns(field);
                    let mut columns = key.columns.iter();
                    !own.is_empty() && columns.any(|column| column.field == Some(own[0]))
                };
                has(field) && has(other)
            })
        };
        let names_group = |other: &Field| {
            let own = columns(other);
            let mut sides = model.relation_fields().filter_map(|field| field.relation());
            sides.any(|side| {
                let target = ModelRef {
                    schema: self.schema,
                    model: side.target,
                };
                let owners = &self.context.project.owners;
                let person = *owners.of(target) == Ownership::Root(RootKind::Identity);
                !own.is_empty() && side.fields == own && !person
            })
        };
        let own = columns(field);
        let mut sides = model.relation_fields().filter_map(|field| field.relation());
        let names_person = sides.any(|side| {
            let target = ModelRef {
                schema: self.schema,
                model: side.target,
            };
            side.fields == own
                && *self.context.project.owners.of(target) == Ownership::Root(RootKind::Identity)
        });
        names_person
            && object.entries.iter().any(|(name, entry)| {
                let other = model.field(name).filter(|other| other.id != field.id);
                other.is_some_and(|other| names_group(other) && joined(other))
                    && self.trust.is_trusted(&entry.value)
            })
    }

    /// Whether a row names two people, the other of whom is who asks: a message, a
    /// tip, a block. Whom it is about, the sender says.
    fn is_second_party(&self, model: &Model, object: &ObjectValue, field: &Field) -> bool {
        let columns = people::columns(self.context, self.schema, model);
        let own = people::is_one_of(&columns, model, field);
        own.is_some_and(|own| {
            object.entries.iter().any(|(name, entry)| {
                let other = model.field(name);
                let other = other.and_then(|other| people::is_one_of(&columns, model, other));
                other.is_some_and(|other| other != own) && names_who_asks(&entry.value)
            })
        })
    }

    /// Whether a row names somebody as a part of what is in scope: a mention in a comment, who
    /// is to do a task, whose customer it is in the team of who asks.
    fn is_mention(&self, model: &Model, object: &ObjectValue, field: &Field) -> bool {
        let columns = people::columns(self.context, self.schema, model);
        people::is_one_of(&columns, model, field).is_some()
            && object.entries.iter().any(|(name, entry)| {
                let other = model.field(name);
                let value = key_of(&entry.value);
                other.is_some_and(|other| {
                    self.leads_to_owner(model, other) && self.trust.is_trusted(value)
                        || self.leads_to_group(model, other) && is_of_who_asks(value)
                })
            })
    }

    /// Whether a row tells whom it names of who asks, in words: an invitation, a notice. It is
    /// theirs, and whom it is for, the sender says.
    fn is_notice(&self, model: &Model, object: &ObjectValue, field: &Field) -> bool {
        let columns = people::columns(self.context, self.schema, model);
        people::is_one_of(&columns, model, field).is_some()
            && object
                .entries
                .values()
                .any(|entry| self.tells_of_who_asks(&entry.value))
    }

    /// Whether a text has a part that is who asks, or stands in their row.
    fn tells_of_who_asks(&self, value: &Value) -> bool {
        let project = self.context.project;
        let of_who_asks = |part: &Value| {
            let mut found = false;
            origins(part, &mut |origin| {
                found |= match origin {
                    Origin::Identity(_) => true,
                    Origin::Row(row, _) => {
                        let model = project.calls.get(row.call).model();
                        let person = Ownership::Root(RootKind::Identity);
                        model.is_some_and(|model| *project.owners.of(model) == person)
                            && names_who_asks(&row.arguments)
                    }
                    _ => false,
                };
            });
            found
        };
        match value {
            Value::Text(parts) => parts
                .iter()
                .any(|part| matches!(part, TextPart::Value(value, _) if of_who_asks(value))),
            Value::OneOf(choices) => {
                let mut choices = choices.iter();
                choices.any(|one| self.tells_of_who_asks(&one.value))
            }
            _ => false,
        }
    }

    /// Whether a field is a key of what the row is a part of, other than a person: where it is what is known of
    /// who asks, that is their group.
    fn leads_to_group(&self, model: &Model, field: &Field) -> bool {
        let mut sides = model.relation_fields().filter_map(Field::relation);
        let side = match field.relation() {
            Some(side) => Some(side),
            None => sides.find(|side| side.fields.as_slice() == [field.id]),
        };
        let target = side.map(|side| ModelRef {
            schema: self.schema,
            model: side.target,
        });
        target.map_or_else(
            || soft::group(self.context, self.schema, model, field).is_some(),
            |target| !people::is_identity(self.context, target),
        )
    }

    /// Whether a field is the key of a row that belongs to somebody.
    fn leads_to_owner(&self, model: &Model, field: &Field) -> bool {
        let side = match field.relation() {
            Some(side) => Some(side),
            None => model
                .relation_fields()
                .filter_map(Field::relation)
                .find(|side| side.fields.as_slice() == [field.id]),
        };
        side.is_some_and(|side| {
            let target = ModelRef {
                schema: self.schema,
                model: side.target,
            };
            !side.fields.is_empty()
                && matches!(self.context.project.owners.of(target), Ownership::Owned(_))
        })
    }
}

/// Whether a value is what is known of who asks, and nothing that the client may send in its place.
fn is_of_who_asks(value: &Value) -> bool {
    let (mut who, mut sent) = (false, false);
    origins(value, &mut |origin| match origin {
        Origin::Identity(_) => who = true,
        Origin::Client(_) => sent = true,
        _ => {}
    });
    who && !sent
}
