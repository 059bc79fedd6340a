//! The policies that would give tables row security: by the column, or the chain of relations,
//! that says whose a row is.

use snell_prisma::{Datamodel, Field, Model, Provider, ScalarType};
use snell_project::{
    ownership::{Chain, Ownership, RootKind},
    schema::{ModelRef, Schema},
};
use snell_report::audit::tables::Policy;

use super::{models::row_security, quoted};
use crate::Analysis;

/// The tables whose rows somebody owns and that have none, those of owners first.
pub(super) fn policies(analysis: &Analysis) -> Vec<Policy> {
    let mut found = Vec::new();
    for (reference, schema, model) in analysis.project.schemas.models() {
        let is_table = !model.is_view && schema.datamodel.provider() == Provider::PostgreSql;
        if is_table && !row_security(schema, model) {
            found.extend(policy(analysis, schema, reference, model));
        }
    }
    found
}

fn policy(
    analysis: &Analysis,
    schema: &Schema,
    reference: ModelRef,
    model: &Model,
) -> Option<Policy> {
    let datamodel = &schema.datamodel;
    let condition = match analysis.project.owners.of(reference) {
        // Who is in a room stands in other tables.
        Ownership::Root(RootKind::Room) => return None,
        Ownership::Root(_) => {
            let key = model.primary_key()?;
            let [column] = key.columns.as_slice() else {
                return None;
            };
            let field = model.field(&column.name)?;
            compare(&quoted(&field.db_name), field)
        }
        Ownership::Owned(chains) => {
            let graph = analysis.project.owners.graph(reference.schema);
            let in_room = Ownership::Root(RootKind::Room);
            let mut chains = chains.iter().filter(|one| *graph.of(one.root) != in_room);
            let chain = (chains.clone().find(|chain| chain.required)).or_else(|| chains.next())?;
            by_chain(datamodel, model, chain)?
        }
        Ownership::Global => return None,
    };
    let table = quoted(&model.db_name);
    let name = quoted(&format!("{}_owner", model.db_name));
    Some(Policy {
        model: model.name.to_string(),
        sql: vec![
            format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"),
            format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"),
            format!(
                "CREATE POLICY {name} ON {table} USING ({condition}) WITH CHECK ({condition});"
            ),
        ],
    })
}

/// `"user_id" = (SELECT current_setting('app.user_id', true))`: the setting is read once for each
/// statement, and an unset one equals nothing.
fn compare(column: &str, field: &Field) -> String {
    let cast = match field.scalar() {
        Some(ScalarType::Int) => "::integer",
        Some(ScalarType::BigInt) => "::bigint",
        Some(ScalarType::String) if is_uuid(field) => "::uuid",
        _ => return format!("{column} = (SELECT current_setting('app.user_id', true))"),
    };
    format!("{column} = (SELECT NULLIF(current_setting('app.user_id', true), ''){cast})")
}

fn is_uuid(field: &Field) -> bool {
    let native = field.native_type.as_ref();
    native.is_some_and(|native| native.name == "Uuid")
}

fn by_chain(datamodel: &Datamodel, model: &Model, chain: &Chain) -> Option<String> {
    let key = chain.key?;
    let owner = &datamodel[key];
    if key.model == model.id {
        return Some(compare(&quoted(&owner.db_name), owner));
    }
    let mut joins = String::new();
    let mut link = String::new();
    let mut before = quoted(&model.db_name);
    for (n, relation) in chain.relations.iter().enumerate() {
        let field = &datamodel[*relation];
        if relation.model == key.model {
            break;
        }
        let side = field.relation()?;
        let target = datamodel.target(field)?;
        let name = format!("p{}", n + 1);
        let pairs = side.fields.iter().zip(&side.references);
        let on: Vec<String> = pairs
            .map(|(own, other)| {
                format!(
                    "{name}.{} = {before}.{}",
                    quoted(&datamodel[*other].db_name),
                    quoted(&datamodel[*own].db_name)
                )
            })
            .collect();
        if on.is_empty() {
            return None;
        }
        let table = quoted(&target.db_name);
        match n {
            0 => {
                joins.push_str(&format!("{table} {name}"));
                link = on.join(" AND ");
            }
            _ => joins.push_str(&format!(" JOIN {table} {name} ON {}", on.join(" AND "))),
        }
        before = name;
    }
    let owned = compare(&format!("{before}.{}", quoted(&owner.db_name)), owner);
    (!link.is_empty()).then(|| format!("EXISTS (SELECT 1 FROM {joins} WHERE {link} AND {owned})"))
}
