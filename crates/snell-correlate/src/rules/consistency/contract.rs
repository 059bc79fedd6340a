//! What is sent beside the column that it is written to: what rules about DTOs share.

use std::collections::BTreeMap;

use snell_prisma::{Field, Model};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, DiagnosticBuilder, Location, RuleMetadata};

use crate::{
    rule::Context,
    support::{
        accepts::{self, Accepts},
        carried::{Carried, carried},
        declared::Declared,
    },
};

/// A property that a client sends, and the column that takes it as it is.
pub(super) struct Bound<'a> {
    /// The property.
    pub(super) declared: Declared<'a>,
    /// Where its name stands.
    pub(super) at: Location,
    /// What its validators let through.
    pub(super) accepts: Accepts,
    /// What it is called by who sends it.
    pub(super) name: String,
    /// The schema of the column.
    pub(super) schema: &'a Schema,
    /// Its model.
    pub(super) model: &'a Model,
    /// The column.
    pub(super) field: &'a Field,
    /// Where it is written.
    pub(super) write: Location,
    /// Whether a new row is made of it on every way, and nothing asks for it before.
    pub(super) creates: bool,
    /// Whether nothing asks for it before it is written.
    pub(super) unasked: bool,
}

/// All properties whose values are written as they are sent, each once for a column; where some
/// endpoint makes rows of one, that one.
pub(super) fn bound<'a>(context: &Context<'a>) -> Vec<Bound<'a>> {
    let mut known: BTreeMap<(Location, Location), Bound<'a>> = BTreeMap::new();
    for one in carried(context).iter() {
        let Some(found) = bind(context, one) else {
            continue;
        };
        let key = (found.at, found.schema.field_name(found.field));
        match known.get(&key) {
            Some(other) if other.creates || !found.creates => {}
            _ => {
                known.insert(key, found);
            }
        }
    }
    known.into_values().collect()
}

fn bind<'a>(context: &Context<'a>, one: &Carried) -> Option<Bound<'a>> {
    let declared = one.declared(context)?;
    let schema = context.project.schemas.get(one.column.schema);
    let call = context.project.calls.get(one.call);
    Some(Bound {
        at: context.project.modules.at(declared.module, declared.at),
        accepts: accepts::of(context, &declared),
        declared,
        name: one.name(),
        schema,
        model: &schema.datamodel[one.model.model],
        field: &schema.datamodel[one.column.field],
        write: context.project.modules.at(call.module, call.name.span),
        creates: one.creates && !one.asked,
        unasked: !one.asked,
    })
}

impl Bound<'_> {
    /// `Model.column`.
    pub(super) fn column(&self) -> String {
        format!("{}.{}", self.model.name, self.field.name)
    }

    /// A finding at a part of the property, with the column and the write beside it.
    pub(super) fn finding(
        &self,
        rule: &'static RuleMetadata,
        at: Location,
        message: impl Into<String>,
        (label, column): (&str, &str),
    ) -> DiagnosticBuilder {
        Diagnostic::at(rule, at, message)
            .label(label)
            .related(self.schema.field_type(self.field), column)
            .related(self.write, format!("writes `{}` as it was sent", self.name))
    }

    /// What a finding is about.
    pub(super) fn subject(&self) -> String {
        let (model, field) = (&self.model.name, &self.field.name);
        format!("model:{model} field:{field} from:{}", self.name)
    }
}
