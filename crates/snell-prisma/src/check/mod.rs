//! What Prisma refuses although it can read it: the faults that it finds in every version from 5
//! to 7 and for every provider, or for the provider that the schema names.
//!
//! What depends on more than the schema (preview features, extensions of the database) is left
//! to Prisma: a schema that it accepts gets no error here.

mod attributes;
mod constraints;
mod defaults;
mod fields;
mod indexes;
mod names;
mod native_types;
mod relations;

use snell_source::Span;

use crate::datamodel::{Datamodel, Field, Model, Place};
use crate::lower::Sources;
use crate::{ErrorKind, SchemaError};

/// The schema and the faults found so far.
struct Checker<'a> {
    datamodel: &'a Datamodel,
    errors: Vec<SchemaError>,
}

impl Checker<'_> {
    fn error(&mut self, at: Place, message: impl Into<String>) {
        self.errors.push(SchemaError {
            kind: ErrorKind::Semantic,
            file: at.file,
            span: at.span,
            message: message.into(),
        });
    }

    fn in_field(&mut self, field: &Field, span: Span, message: impl Into<String>) {
        self.error(field.place(span), message);
    }

    fn in_model(&mut self, model: &Model, span: Span, message: impl Into<String>) {
        self.error(model.place(span), message);
    }
}

/// The semantic faults of a schema, in no particular order.
pub(crate) fn errors(datamodel: &Datamodel, sources: &Sources<'_>) -> Vec<SchemaError> {
    let mut checker = Checker {
        datamodel,
        errors: Vec::new(),
    };
    names::check(&mut checker, sources);
    attributes::check(&mut checker, sources);
    fields::check(&mut checker);
    defaults::check(&mut checker);
    native_types::check(&mut checker);
    indexes::check(&mut checker);
    constraints::check(&mut checker);
    relations::check(&mut checker);
    checker.errors
}
