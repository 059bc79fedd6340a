//! Names in Prisma schemas.

use snell_prisma::{Field, FieldType, Model};
use snell_project::schema::{FieldRef, ModelRef, Schema, SchemaId};
use snell_source::{FileId, Location, Span};

use super::{Found, Place, Subject};
use crate::{position, snapshot::Snapshot};

/// What stands at an offset of a schema's file.
pub(super) fn at(snapshot: &Snapshot, file: FileId, offset: u32) -> Option<Found> {
    let holds = |at: Location| at.file == file && at.span.start <= offset && offset <= at.span.end;
    let text = &snapshot.analysis.sources.file(file).text;
    let models = snapshot.analysis.project.schemas.models();
    for (id, schema, model) in models {
        if !holds(schema.location(model.at)) {
            continue;
        }
        if holds(schema.model_name(model)) {
            return found(model.name_span, Place::Declaration, Subject::Model(id));
        }
        if is_comment(text, offset) {
            return None;
        }
        let field = model.fields.iter();
        let field = field.clone().find(|field| holds(schema.location(field.at)));
        let word = position::word(text, offset);
        return match field {
            Some(field) => in_field(id, schema, field, (text, offset, word)),
            None => named(id.schema, model, text, word, Place::Schema),
        };
    }
    None
}

fn in_field(
    id: ModelRef,
    schema: &Schema,
    field: &Field,
    (text, offset, word): (&str, u32, Span),
) -> Option<Found> {
    let within = |span: Span| span.start <= offset && offset <= span.end;
    if within(field.name_span) {
        let subject = Subject::Field(FieldRef {
            schema: id.schema,
            field: field.id,
        });
        return found(field.name_span, Place::Declaration, subject);
    }
    let target = match &field.ty {
        FieldType::Relation(relation) => Some(relation.target),
        _ => None,
    };
    if within(field.type_span) {
        let model = ModelRef {
            schema: id.schema,
            model: target?,
        };
        return found(field.type_span, Place::Schema, Subject::Model(model));
    }
    // `@relation(fields: [here], references: [there])`
    let before = text.get(field.at.span.start as usize..offset as usize)?;
    let there = before.rfind("references") > before.rfind("fields");
    let model = match target {
        Some(target) if there => &schema.datamodel[target],
        _ => schema
            .datamodel
            .models()
            .iter()
            .find(|model| model.id == id.model)?,
    };
    named(id.schema, model, text, word, Place::Schema)
}

/// The field of this name.
fn named(schema: SchemaId, model: &Model, text: &str, word: Span, place: Place) -> Option<Found> {
    let field = model.field(word.text(text))?;
    let subject = Subject::Field(FieldRef {
        schema,
        field: field.id,
    });
    found(word, place, subject)
}

fn found(span: Span, place: Place, subject: Subject) -> Option<Found> {
    Some(Found {
        span,
        subjects: vec![subject],
        place,
    })
}

/// Whether a comment began on the line.
fn is_comment(text: &str, offset: u32) -> bool {
    let before = text.get(..offset as usize).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.contains("//")
}
