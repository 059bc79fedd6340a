//! How the code comes to its database, and what it does when that refuses.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::Expression;
use snell_project::{
    ownership::Ownership,
    schema::{Schema, SchemaId},
};

use super::Part;
use crate::{functions, rule::Context, support::tables};

/// The class or the variable that each call of application code asks, one part for each module.
pub(super) fn clients(context: &Context<'_>, schema: SchemaId) -> Vec<Part> {
    let mut seen = FxHashSet::default();
    let mut parts = Vec::new();
    for (_, call) in context.project.calls.iter() {
        let is_its =
            call.schema == Some(schema) || call.model().is_some_and(|model| model.schema == schema);
        if !is_its || !functions::is_application(context.project, call.module) {
            continue;
        }
        let is = match call.client.class {
            Some(class) => {
                let facts = context.project.modules.facts(class.module);
                facts
                    .class(class.id)
                    .name
                    .as_ref()
                    .map(|name| name.text.clone())
            }
            None => None,
        };
        let Some(is) = is else { continue };
        if seen.insert((call.module, is.clone())) {
            let module = context.project.modules.get(call.module);
            parts.push(Part {
                at: context.project.modules.at(call.module, call.name.span),
                name: module.path.clone(),
                is: Some(is),
            });
        }
    }
    parts
}

/// The modules that tell codes of Prisma's errors apart.
pub(super) fn errors(context: &Context<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    for (id, module) in context.project.modules.iter() {
        if !functions::is_application(context.project, id) {
            continue;
        }
        let first = module
            .facts
            .expressions
            .iter()
            .find(|node| matches!(&node.kind, Expression::String(text) if is_code(text)));
        if let Some(node) = first {
            parts.push(Part {
                at: context.project.modules.at(id, node.span),
                name: module.path.clone(),
                is: Some(module.path.clone()),
            });
        }
    }
    parts
}

/// `P2002`
fn is_code(text: &str) -> bool {
    text.len() == 5 && text.starts_with('P') && text[1..].bytes().all(|b| b.is_ascii_digit())
}

/// Whether the database keeps the rows of owners apart, or the code does; one part for each
/// table with an owner.
pub(super) fn isolation(context: &Context<'_>, id: SchemaId, schema: &Schema) -> Vec<Part> {
    let graph = context.project.owners.graph(id);
    let catalog = schema
        .history
        .as_ref()
        .map(|history| &history.replay.catalog);
    let own = tables::of_postgres(context).filter(|table| table.id == id);
    own.filter(|table| matches!(graph.of(table.model.id), Ownership::Owned(_)))
        .map(|table| {
            let secured = catalog.is_some_and(|catalog| {
                let mut tables = catalog.tables();
                tables.any(|(relation, known)| {
                    relation.name == table.model.db_name && known.row_security
                })
            });
            let is: SmolStr = if secured {
                "row-level security"
            } else {
                "filters of the application"
            }
            .into();
            Part {
                at: schema.model_name(table.model),
                name: table.model.name.clone(),
                is: Some(is),
            }
        })
        .collect()
}
