//! Ids of Clerk, and nothing in the database that says how they look.

use smol_str::SmolStr;
use snell_prisma::Provider;
use snell_project::schema::History;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Expr, ExprKind, QueryBody, StatementKind};

use super::keys::{Person, keys};
use crate::{
    rule::{Context, Rule},
    support::built,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/clerk-id-unchecked",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A column of ids of Clerk takes any text",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let keys = keys(context);
    keys.people
        .iter()
        .filter_map(|person| of_person(context, person))
        .collect()
}

fn of_person(context: &Context<'_>, person: &Person) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(person.model.schema);
    let model = context.project.schemas.model(person.model);
    let field = &schema.datamodel[person.clerks];
    let table = built::table(schema, model)
        .filter(|_| schema.datamodel.provider() == Provider::PostgreSql)?;
    if table.has_check_of(&field.db_name) {
        return None;
    }
    let (table, column) = (
        snell_sql::print::identifier(&model.db_name),
        snell_sql::print::identifier(&field.db_name),
    );
    let check = format!("ALTER TABLE {table} ADD CHECK ({column} LIKE 'user\\_%')");
    let stranger = schema
        .history
        .as_ref()
        .and_then(|history| stranger(history, &model.db_name, &field.db_name));
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!(
            "`{}.{}` takes any text for an id of Clerk",
            model.name, field.name
        ),
    )
    .label("a seed, a script or another provider's id gets in unnoticed");
    let found = match stranger {
        Some((at, id)) => found
            .related(at, format!("a migration makes a row of `{id}`, whom Clerk does not know"))
            .help(format!(
                "first give what belongs to `{id}` to somebody, or delete it, and then that row: nobody can sign in as it, and the check would refuse each change of it"
            ))
            .help(format!("then, in a migration: {check}")),
        None => found.help(format!(
            "in a migration, after a look at the rows that are there: {check}"
        )),
    };
    Some(
        found
            .confidence(Confidence::Likely)
            .subject(format!("model:{} field:{}", model.name, field.name)),
    )
}

/// A row that the migrations make, in a block with variables too, whose id is none of Clerk's.
fn stranger(history: &History, table: &str, column: &str) -> Option<(Location, SmolStr)> {
    let mut steps = history.replay.steps.iter();
    steps.find_map(|step| {
        let StatementKind::Insert(insert) = &step.statement.kind else {
            return None;
        };
        let mut columns = insert.columns.iter();
        let place = columns.position(|name| name.text == column)?;
        if insert.table.name.text != table {
            return None;
        }
        let QueryBody::Values(rows) = &insert.source.as_ref()?.body else {
            return None;
        };
        let variables = variables(history, step.place);
        let mut ids = rows
            .iter()
            .filter_map(|row| text(row.get(place)?, &variables));
        let id = ids.find(|id| !id.starts_with("user_"))?;
        let file = history.migrations.get(step.place.migration as usize)?.file;
        Some((Location::new(file, step.span), id))
    })
}

/// The first values of the variables of the block that a statement stands in.
fn variables(history: &History, place: snell_sql::catalog::Place) -> Vec<(&SmolStr, &Expr)> {
    let file = history.migrations.get(place.migration as usize);
    let statements = file.into_iter().flat_map(|file| &file.parse.statements);
    let mut at = statements.filter(|statement| statement.span == place.span);
    let block = at.find_map(|statement| match &statement.kind {
        StatementKind::Do(block) => block.block.as_ref(),
        _ => None,
    });
    let declared = block.into_iter().flat_map(|block| &block.variables);
    declared
        .filter_map(|one| Some((&one.name.text, one.value.as_ref()?)))
        .collect()
}

/// The text of a literal, or of a variable that holds one.
fn text(value: &Expr, variables: &[(&SmolStr, &Expr)]) -> Option<SmolStr> {
    match &value.kind {
        ExprKind::String(text) => Some(text.clone()),
        ExprKind::Cast(inner, _) => text(inner, variables),
        ExprKind::Column(names) => {
            let [name] = names.as_slice() else {
                return None;
            };
            let (_, value) = variables.iter().find(|(own, _)| **own == name.text)?;
            match &value.kind {
                ExprKind::String(text) => Some(text.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}
