//! Views that migrations built: with whose rights they read.

use snell_project::schema::{History, Schema};
use snell_source::Location;
use snell_sql::{
    ast::StatementKind,
    catalog::{Relation, RelationKind, View},
};

use crate::{
    rule::Context,
    support::{migrations::histories, statements},
};

/// A view that reads with the rights of its owner.
#[derive(Clone, Copy)]
pub(crate) struct OwnersView<'a> {
    /// The live schema whose migrations built it.
    pub schema: &'a Schema,
    /// Those migrations.
    pub history: &'a History,
    /// Its name and place.
    pub relation: &'a Relation,
    /// What it reads.
    pub view: &'a View,
}

impl<'a> OwnersView<'a> {
    /// The statement that says what the view is.
    pub(crate) fn at(&self) -> Location {
        let place = self.relation.provenance.shaped;
        self.history.part(place, &self.relation.name)
    }

    /// The tables that it reads, those of views in it included.
    pub(crate) fn tables(&self) -> Vec<&'a Relation> {
        let catalog = &self.history.replay.catalog;
        let (mut found, mut open) = (Vec::new(), vec![self.view]);
        let mut seen = Vec::new();
        while let Some(view) = open.pop() {
            for (id, _) in &view.reads {
                let Some(relation) = catalog.relation(*id).filter(|_| !seen.contains(id)) else {
                    continue;
                };
                seen.push(*id);
                match &relation.kind {
                    RelationKind::Table(_) => found.push(relation),
                    RelationKind::View(inner) => open.push(inner),
                    _ => {}
                }
            }
        }
        found
    }
}

/// Views without `security_invoker`; those of which a condition decides are left out.
pub(crate) fn of_owners<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = OwnersView<'a>> + use<'a> {
    let context = *context;
    histories(&context).flat_map(move |(schema, history)| {
        let views = history.replay.catalog.views();
        views
            .filter(|(relation, _)| !relation.uncertain)
            .filter(move |(relation, _)| !is_invokers(&context, history, relation))
            .map(move |(relation, view)| OwnersView {
                schema,
                history,
                relation,
                view,
            })
    })
}

/// Whether the last statement that says so makes a view read with the rights of who asks.
fn is_invokers(context: &Context<'_>, history: &History, relation: &Relation) -> bool {
    let mut invoker = false;
    for (place, statement) in statements::all(history) {
        let text = context.text(history.location(place));
        let lower = text.to_ascii_lowercase();
        let says = match &statement.kind {
            StatementKind::CreateView(create) => create.name.name.text == relation.name,
            _ => {
                lower.starts_with("alter view")
                    && lower.contains("security_invoker")
                    && text.contains(relation.name.as_str())
            }
        };
        if says {
            // What follows `AS` is the query.
            let options = lower.split(" as ").next().unwrap_or(&lower);
            let off = ["= false", "=false", "= off", "=off", "reset"];
            invoker = options.contains("security_invoker")
                && !off.iter().any(|word| options.contains(word));
        }
    }
    invoker
}
