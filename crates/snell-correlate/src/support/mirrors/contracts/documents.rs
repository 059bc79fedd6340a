//! The bindings as plain data, for other programs.

use snell_project::names::plain;
use snell_source::Location;

use super::{Mirror, bindings, members};
use crate::rule::Context;

/// A mirror of a model.
#[derive(Debug, Clone)]
pub struct Contract {
    /// `class`, `interface`, `alias`, `zod` or `inline`.
    pub kind: &'static str,
    /// What it is called; empty for an inline type.
    pub name: String,
    /// Where it is declared.
    pub at: Location,
    /// The model.
    pub model: String,
    /// Where the model is declared.
    pub declared: Location,
    /// `written`, `returned`, `mapped`, `asserted` or `named`.
    pub evidence: &'static str,
    /// What shows it.
    pub because: Location,
    /// Its properties; none when some of them are not known.
    pub properties: Option<Vec<ContractProperty>>,
}

/// A property of a mirror.
#[derive(Debug, Clone)]
pub struct ContractProperty {
    /// Its name.
    pub name: String,
    /// The model's field that it stands for.
    pub field: Option<String>,
}

/// All mirrors of models, in the order of places.
#[must_use]
pub fn contracts(context: &Context<'_>) -> Vec<Contract> {
    let schemas = &context.project.schemas;
    bindings(context)
        .iter()
        .map(|one| {
            let model = schemas.model(one.model);
            let field = |name: &str| {
                let name = plain(name);
                let mut fields = model.fields.iter();
                let found = fields
                    .find(|field| plain(&field.name) == name || plain(&field.db_name) == name);
                found.map(|field| field.name.to_string())
            };
            let properties = members::names(context, one.mirror).map(|names| {
                let properties = names.iter().map(|name| ContractProperty {
                    name: name.to_string(),
                    field: field(name),
                });
                properties.collect()
            });
            Contract {
                kind: kind(one.mirror),
                name: one.name.to_string(),
                at: one.at,
                model: model.name.to_string(),
                declared: schemas.get(one.model.schema).model_name(model),
                evidence: one.evidence.as_str(),
                because: one.because,
                properties,
            }
        })
        .collect()
}

fn kind(mirror: Mirror) -> &'static str {
    match mirror {
        Mirror::Class(_) => "class",
        Mirror::Interface(_) => "interface",
        Mirror::Alias(_) => "alias",
        Mirror::Zod(_) => "zod",
        Mirror::Inline(_) => "inline",
    }
}
