//! Row security of the tables that migrations built.

use snell_project::schema::{History, Schema};
use snell_source::Location;
use snell_sql::catalog::{Catalog, Policy, Relation, Table};

use crate::rule::Context;

/// A table with at least one policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guarded<'a> {
    /// The live schema whose migrations built it.
    pub schema: &'a Schema,
    /// Its name and place.
    pub relation: &'a Relation,
    /// Its columns, policies and switches.
    pub table: &'a Table,
    history: &'a History,
}

impl Guarded<'_> {
    /// The database that the migrations built.
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.history.replay.catalog
    }

    /// The statement that created a policy.
    pub(crate) fn policy_at(&self, policy: &Policy) -> Location {
        self.history.location(policy.provenance.created)
    }

    /// The name of the model that is this table, or the table's own.
    pub(crate) fn model(&self) -> Option<Location> {
        let mut models = self.schema.datamodel.models_of_table(&self.relation.name);
        models.next().map(|model| self.schema.model_name(model))
    }
}

/// Tables with policies; those of which a condition decides are left out.
pub(crate) fn guarded<'a>(context: &Context<'a>) -> impl Iterator<Item = Guarded<'a>> + use<'a> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| Some((schema, schema.history.as_ref()?)))
        .flat_map(|(schema, history)| {
            let tables = history.replay.catalog.tables();
            tables.map(move |(relation, table)| Guarded {
                schema,
                relation,
                table,
                history,
            })
        })
        .filter(|guarded| !guarded.relation.uncertain && !guarded.table.policies.is_empty())
}
