//! Ids of Clerk, and nothing in the database that says how they look.

use snell_prisma::Provider;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

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
    Some(
        Diagnostic::at(
            &RULE.metadata,
            schema.field_name(field),
            format!("`{}.{}` takes any text for an id of Clerk", model.name, field.name),
        )
        .label("a seed, a script or another provider's id gets in unnoticed")
        .confidence(Confidence::Likely)
        .help(format!(
            "in a migration, after a look at the rows that are there: ALTER TABLE {table} ADD CHECK ({column} LIKE 'user\\_%')"
        ))
        .subject(format!("model:{} field:{}", model.name, field.name)),
    )
}
