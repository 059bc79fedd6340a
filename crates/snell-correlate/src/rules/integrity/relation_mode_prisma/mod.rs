//! Relations that the database knows nothing of.

use snell_prisma::{Place, Provider, RelationMode};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/relation-mode-prisma",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "`relationMode = \"prisma\"` leaves the database without foreign keys",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas.filter_map(|(_, schema)| finding(schema)).collect()
}

fn finding(schema: &Schema) -> Option<Diagnostic> {
    let datamodel = &schema.datamodel;
    let source = datamodel.datasource()?;
    if source.relation_mode != RelationMode::Prisma || source.provider != Provider::PostgreSql {
        return None;
    }
    let setting = source.settings.iter().find(|setting| {
        matches!(
            setting.key.text.as_str(),
            "relationMode" | "referentialIntegrity"
        )
    })?;
    let at: Location = schema.location(Place {
        span: setting.span,
        ..source.at
    });
    let mut relations = datamodel
        .models()
        .iter()
        .flat_map(|model| &model.fields)
        .filter(|field| field.relation().is_some_and(|relation| relation.holds_key));
    let first = relations.next()?;
    let count = relations.count() + 1;
    let what = match count {
        1 => "one relation is".to_owned(),
        count => format!("{count} relations are"),
    };
    Some(
        Diagnostic::at(
            &RULE.metadata,
            at,
            format!("PostgreSQL knows no foreign key: {what} kept by the client alone"),
        )
        .label("rows may refer to what is gone, by raw SQL, by other programs, and by two requests at once")
        .related(schema.field_name(first), "for example this one")
        .help("take the line out, and add the keys with `NOT VALID` first where there are rows: orphans show when they are validated")
        .note("the client runs a query of its own for each `onDelete` and `onUpdate`, and no index comes with a relation")
        .subject(format!("schema:{} relationMode", schema.path)),
    )
}
