//! A database in which nothing but the application keeps rows apart.

use snell_prisma::{Field, Model, Provider, ScalarType};
use snell_project::{
    ownership::{Chain, Ownership, RootKind},
    schema::{ModelRef, Schema, SchemaId},
};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-missing",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "No table has row security: a filter that is forgotten shows the rows of all",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter(|(_, schema)| schema.datamodel.provider() == Provider::PostgreSql)
        .filter_map(|(id, schema)| finding(context, id, schema))
        .collect()
}

/// A model whose rows belong to somebody, with the shortest way.
struct Owned<'a> {
    model: &'a Model,
    chain: &'a Chain,
}

fn owned<'a>(context: &'a Context<'_>, id: SchemaId, schema: &'a Schema) -> Vec<Owned<'a>> {
    let models = schema.datamodel.models().iter();
    models
        .filter(|model| !model.is_view && model.ignored.is_none())
        .filter_map(|model| {
            let reference = ModelRef {
                schema: id,
                model: model.id,
            };
            match context.project.owners.of(reference) {
                Ownership::Owned(chains) => {
                    let mut all = chains.iter();
                    let required = all.clone().find(|chain| chain.required);
                    let chain = required.or_else(|| all.next())?;
                    Some(Owned { model, chain })
                }
                _ => None,
            }
        })
        .collect()
}

/// Whether a migration, or an SQL file beside them, speaks of row security.
fn is_spoken_of(context: &Context<'_>, schema: &Schema) -> bool {
    let Some(history) = &schema.history else {
        return true;
    };
    let migrations = history.migrations.iter().map(|migration| migration.file);
    let strays = history.strays.iter().map(|(file, _)| *file);
    migrations.chain(strays).any(|file| {
        let text = context.sources.file(file).text.to_lowercase();
        text.contains("row level security")
    })
}

fn finding(context: &Context<'_>, id: SchemaId, schema: &Schema) -> Option<Diagnostic> {
    let roots = context.project.owners.graph(id).roots();
    let identity = roots.iter().find(|root| root.kind == RootKind::Identity)?;
    let owned = owned(context, id, schema);
    // A column of the row itself shows the policy best.
    let direct = owned.iter().find(|one| {
        let column = one.chain.relations.len() == 1 && one.chain.key.is_some();
        // Where no row must have an owner, whether the column says whose it is, is a question.
        column && one.chain.required
    })?;
    if is_spoken_of(context, schema) {
        return None;
    }
    let datamodel = &schema.datamodel;
    let person = &datamodel[identity.model];
    let key = &datamodel[direct.chain.key?];
    let tables = match owned.len() {
        1 => "1 table".to_owned(),
        many => format!("{many} tables"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(person),
        format!("{tables} of rows that belong to somebody have no row security"),
    )
    .label("the application alone keeps rows apart: one forgotten filter shows those of all")
    .related(
        schema.field_name(key),
        format!("whose a `{}` is", direct.model.name),
    )
    .help(format!(
        "in a migration of your own, for each table with the owner's column: {}",
        policy(direct.model, key)
    ));
    if let Some(through) = owned.iter().find(|one| one.chain.relations.len() == 2)
        && let Some(text) = policy_through(schema, through)
    {
        found = found.help(format!("for a table whose parent has it: {text}"));
    }
    Some(
        found
            .note("policies bind a role that does not own the tables; the application sets `app.user_id` with set_config(..., true) at the start of each transaction")
            .subject(format!("schema:{} row-security", schema.path)),
    )
}

/// Who asks, as a value of a column.
fn asker(key: &Field) -> String {
    let native = key.native_type.as_ref().map(|native| native.name.as_str());
    let cast = match (key.scalar(), native) {
        (Some(ScalarType::Int), _) => "::integer",
        (Some(ScalarType::BigInt), _) => "::bigint",
        (_, Some("Uuid")) => "::uuid",
        _ => return "(SELECT current_setting('app.user_id', true))".to_owned(),
    };
    format!("(SELECT NULLIF(current_setting('app.user_id', true), ''){cast})")
}

fn secured(model: &Model, condition: &str) -> String {
    let table = &model.db_name;
    format!(
        "ALTER TABLE \"{table}\" ENABLE ROW LEVEL SECURITY; ALTER TABLE \"{table}\" FORCE ROW LEVEL SECURITY; CREATE POLICY \"{table}_owner\" ON \"{table}\" USING ({condition}) WITH CHECK ({condition});"
    )
}

fn policy(model: &Model, key: &Field) -> String {
    secured(model, &format!("\"{}\" = {}", key.db_name, asker(key)))
}

/// The policy of a table whose rows belong to the owner of another row.
fn policy_through(schema: &Schema, owned: &Owned<'_>) -> Option<String> {
    let datamodel = &schema.datamodel;
    let [first, _] = owned.chain.relations.as_slice() else {
        return None;
    };
    let relation = datamodel[*first].relation()?;
    let parent = &datamodel[relation.target];
    let column = &datamodel[*relation.fields.first()?].db_name;
    let references = &datamodel[*relation.references.first()?].db_name;
    let key = &datamodel[owned.chain.key?];
    let condition = format!(
        "EXISTS (SELECT 1 FROM \"{}\" p WHERE p.\"{references}\" = \"{}\".\"{column}\" AND p.\"{}\" = {})",
        parent.db_name,
        owned.model.db_name,
        key.db_name,
        asker(key)
    );
    Some(secured(owned.model, &condition))
}
