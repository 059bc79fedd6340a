//! Names in TypeScript: delegates of clients, keys of their arguments, SQL in templates.

use snell_extract::facts::Expression;
use snell_flow::raw::{PieceKind, SqlText};
use snell_project::{client::CallTarget, module::ModuleId, schema::SchemaId};
use snell_source::{FileId, Span};

use super::{Found, Place, Subject, sql};
use crate::{
    position,
    snapshot::{FieldUse, Snapshot, Spot},
};

/// What stands at an offset of a module.
pub(super) fn at(snapshot: &Snapshot, file: FileId, offset: u32) -> Option<Found> {
    let module = snapshot.module(file)?;
    delegate(snapshot, module, offset)
        .or_else(|| in_sql(snapshot, file, offset))
        .or_else(|| key(snapshot, file, offset))
}

/// `prisma.user.findMany`: the delegate or the operation.
fn delegate(snapshot: &Snapshot, module: ModuleId, offset: u32) -> Option<Found> {
    let project = &snapshot.analysis.project;
    let facts = project.modules.facts(module);
    let within = |span: Span| span.start <= offset && offset <= span.end;
    project.calls.of_module(module).find_map(|(_, call)| {
        let CallTarget::Models(models) = &call.target else {
            return None;
        };
        let receiver = facts.unwrap_casts(call.receiver);
        let property = match facts.expression(receiver) {
            Expression::Member { property, .. } => Some(property.span),
            _ => None,
        };
        let span = [property, Some(call.name.span)]
            .into_iter()
            .flatten()
            .find(|span| within(*span))?;
        Some(Found {
            span,
            subjects: models.iter().copied().map(Subject::Model).collect(),
            place: Place::Code,
        })
    })
}

/// A name in the text of a raw query.
fn in_sql(snapshot: &Snapshot, file: FileId, offset: u32) -> Option<Found> {
    let mut found: Option<Found> = None;
    for (schema, text) in texts(snapshot) {
        for piece in &text.pieces {
            let PieceKind::Text {
                at: Some(at),
                verbatim: true,
            } = piece.kind
            else {
                continue;
            };
            let inside = at.file == file && at.span.start <= offset && offset <= at.span.end;
            if !inside {
                continue;
            }
            let in_text = piece.start + (offset - at.span.start);
            let Some((name, subjects)) = sql::resolve(snapshot, schema, &text.text, in_text) else {
                continue;
            };
            // A name that is only partly written here is not shown.
            if name.start < piece.start || name.end > piece.end {
                continue;
            }
            let start = at.span.start + (name.start - piece.start);
            let one = found.get_or_insert_with(|| Found {
                span: Span::new(start, start + name.len()),
                subjects: Vec::new(),
                place: Place::Sql,
            });
            for subject in subjects {
                if !one.subjects.contains(&subject) {
                    one.subjects.push(subject);
                }
            }
        }
    }
    found
}

/// The texts of all raw queries, with their schemas.
pub(super) fn texts(snapshot: &Snapshot) -> impl Iterator<Item = (SchemaId, &SqlText)> {
    let analysis = &snapshot.analysis;
    analysis.raw.iter().flat_map(|query| {
        let schema = analysis.project.calls.get(query.call).schema;
        let texts = query.runs.iter().flat_map(|run| &run.texts);
        texts.filter_map(move |text| Some((schema?, text)))
    })
}

/// A key of a query's arguments.
fn key(snapshot: &Snapshot, file: FileId, offset: u32) -> Option<Found> {
    let source = snapshot.analysis.sources.file(file);
    let span = position::word(&source.text, offset);
    if span.is_empty() {
        return None;
    }
    let start = source.position(span.start);
    let quoted = span
        .start
        .checked_sub(1)
        .map(|before| source.position(before));
    let is_here = |spot: &Spot| {
        spot.file == source.path.as_str()
            && spot.line == start.line
            && (spot.column == start.column
                || quoted.is_some_and(|before| spot.column == before.column))
    };
    let uses = |field: &&FieldUse| field.places().any(is_here);
    let fields = snapshot.fields().iter().filter(uses);
    let subjects: Vec<Subject> = fields
        .filter_map(|field| snapshot.declared_field(&field.declared))
        .map(Subject::Field)
        .collect();
    (!subjects.is_empty()).then_some(Found {
        span,
        subjects,
        place: Place::Code,
    })
}
