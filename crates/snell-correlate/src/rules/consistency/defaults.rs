//! Defaults that the code gives to columns which have one already.

use std::collections::BTreeMap;

use snell_extract::facts::{Expression, LogicalOperator};
use snell_flow::{Entry, Literal, Value as Followed};
use snell_prisma::{Field, Model, Place, Value};
use snell_project::{client::Operation, module::In, schema::Schema};
use snell_source::{Diagnostic, DiagnosticBuilder, Location, RuleMetadata};

use crate::{
    rule::Context,
    support::{
        queries::{self, ModelQuery, objects},
        wording,
    },
};

/// `column: value ?? default` in the data of a new row.
pub(super) struct Given<'a> {
    schema: &'a Schema,
    model: &'a Model,
    pub(super) field: &'a Field,
    /// The default in the code.
    pub(super) at: Location,
    /// What it is.
    pub(super) code: String,
    /// What the schema's is.
    pub(super) declared: String,
    /// Whether both are the same.
    pub(super) same: bool,
}

impl Given<'_> {
    /// A finding at the default of the code.
    pub(super) fn finding(
        &self,
        rule: &'static RuleMetadata,
        message: String,
        label: &str,
    ) -> DiagnosticBuilder {
        let span = self.field.default.as_ref().map(|default| default.span);
        let declared = Place {
            span: span.unwrap_or(self.field.name_span),
            ..self.field.at
        };
        Diagnostic::at(rule, self.at, message).label(label).related(
            self.schema.location(declared),
            format!("a row without one gets {}", self.declared),
        )
    }

    /// `Model.column`.
    pub(super) fn column(&self) -> String {
        format!("{}.{}", self.model.name, self.field.name)
    }

    /// What a finding is about.
    pub(super) fn subject(&self) -> String {
        wording::subject(self.model, &self.field.name)
    }
}

/// All of them, in the order of places.
pub(super) fn given<'a>(context: &Context<'a>) -> Vec<Given<'a>> {
    let mut found: BTreeMap<Location, Given<'a>> = BTreeMap::new();
    for query in queries::of_models(context) {
        let Some(data) = created(&query) else {
            continue;
        };
        let rows: Vec<&Followed> = match data {
            Followed::Array(array) => array.elements.iter().chain(&array.rest).collect(),
            data => vec![data],
        };
        let schema = context.project.schemas.get(query.model.schema);
        let model = context.project.schemas.model(query.model);
        for (name, entry) in rows.into_iter().flat_map(objects).flat_map(|o| &o.entries) {
            let one = model
                .field(name)
                .and_then(|field| read(context, (schema, model, field), entry));
            if let Some(one) = one {
                found.insert(one.at, one);
            }
        }
    }
    found.into_values().collect()
}

/// The data of new rows.
fn created<'a>(query: &ModelQuery<'a>) -> Option<&'a Followed> {
    let operation = query.call.operation;
    if operation == Operation::Upsert {
        query.argument("create")
    } else if operation.is_create() {
        query.argument("data")
    } else {
        None
    }
}

fn read<'a>(
    context: &Context<'_>,
    (schema, model, field): (&'a Schema, &'a Model, &'a Field),
    entry: &Entry,
) -> Option<Given<'a>> {
    let default = &field.default.as_ref()?.value;
    let at = entry.at?;
    let facts = context.project.modules.facts(at.module);
    let Expression::Logical {
        operator: LogicalOperator::Or | LogicalOperator::Coalesce,
        right,
        ..
    } = facts.expression(facts.unwrap_casts(at.id))
    else {
        return None;
    };
    let mut constants = entry
        .value
        .choices()
        .into_iter()
        .filter_map(|one| match one {
            Followed::Literal(literal) => Some(literal),
            _ => None,
        });
    let (Some(constant), None) = (constants.next(), constants.next()) else {
        return None;
    };
    let (declared, same) = compared(default, constant)?;
    Some(Given {
        schema,
        model,
        field,
        at: context.project.modules.location(In { id: *right, ..at }),
        code: words(constant),
        declared,
        same,
    })
}

/// The schema's default in words, and whether the constant is the same.
fn compared(default: &Value, constant: &Literal) -> Option<(String, bool)> {
    match (default, constant) {
        (Value::String(text) | Value::EnumValue(text), Literal::String(own)) => {
            Some((format!("`{text}`"), text == own))
        }
        (Value::Number(text), Literal::Number(own)) => {
            let number = |text: &str| text.replace('_', "").parse::<f64>().ok();
            let (declared, own) = (number(text)?, number(own)?);
            Some((format!("`{text}`"), (declared - own).abs() < f64::EPSILON))
        }
        (Value::Boolean(value), Literal::Boolean(own)) => {
            Some((format!("`{value}`"), value == own))
        }
        _ => None,
    }
}

fn words(constant: &Literal) -> String {
    match constant {
        Literal::String(text) => format!("`{text}`"),
        Literal::Number(text) | Literal::BigInt(text) | Literal::Pattern(text) => {
            format!("`{text}`")
        }
        Literal::Boolean(value) => format!("`{value}`"),
    }
}
