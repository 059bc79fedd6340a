//! Tables, and types of enums, that are not snake_case where most tables are.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::maintainability::naming::{self, Words},
    support::conventions::{About, Case, Conventions, SchemaConventions, conventions},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/table-map-not-snake-case",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Some tables or types are not snake_case in the database, as the tables are",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let words = Words {
        one: "table",
        many: "tables",
        cure: |departure, proposed| {
            format!(
                "`@@map(\"{proposed}\")`, and rename the table from `{}` in a migration, when all code that runs goes through the client",
                departure.name
            )
        },
    };
    let mut found = naming::of(context, &RULE.metadata, About::Tables, &words, |pattern| {
        pattern.is == "snake_case"
    });
    found.extend(types(context, &conventions(context)));
    found
}

/// Enums whose types are named otherwise than nearly all tables.
fn types(context: &Context<'_>, conventions: &Conventions) -> Vec<Diagnostic> {
    conventions
        .iter()
        .filter_map(|own| of_enums(context, own))
        .collect()
}

/// Further enums that are shown.
const SHOWN: usize = 5;

fn of_enums(context: &Context<'_>, own: &SchemaConventions) -> Option<Diagnostic> {
    let tables = own.about(About::Tables)?;
    // What types of enums have in common may be declared apart.
    if tables.is != "snake_case"
        || own
            .about(About::EnumTypes)
            .is_some_and(|types| types.declared)
    {
        return None;
    }
    let schema = context.project.schemas.get(own.schema);
    let enums = schema.datamodel.enums();
    let odd: Vec<_> = enums
        .iter()
        .filter(|one| !Case::Snake.fits(&one.db_name))
        .collect();
    let (first, others) = odd.split_first()?;
    let at = |one: &snell_prisma::Enum| {
        schema.location(snell_prisma::Place {
            span: one.name_span,
            ..one.at
        })
    };
    let message = match others.len() {
        0 => format!(
            "the type of enum `{}` is not snake_case in the database, as {} of {} tables are",
            first.name, tables.holds, tables.of
        ),
        _ => format!(
            "the types of {} of {} enums are not snake_case in the database, as {} of {} tables are",
            odd.len(),
            enums.len(),
            tables.holds,
            tables.of
        ),
    };
    let mut finding = Diagnostic::at(&RULE.metadata, at(first), message)
        .label(format!("\"{}\" must be quoted in SQL", first.db_name));
    for other in others.iter().take(SHOWN) {
        finding = finding.related(at(other), format!("\"{}\"", other.db_name));
    }
    if let Some(shown) = tables.shown.first() {
        finding = finding.related(*shown, "tables are");
    }
    let renames: Vec<String> = odd
        .iter()
        .map(|one| {
            let proposed = Case::Snake.write(&one.db_name);
            format!("`ALTER TYPE \"{}\" RENAME TO \"{proposed}\";`", one.db_name)
        })
        .collect();
    let proposed = Case::Snake.write(&first.db_name);
    Some(
        finding
            .help(format!("`@@map(\"{proposed}\")` at `{}`{}, and in a migration by hand: {}", first.name, if others.is_empty() { "" } else { ", the others alike" }, renames.join(" ")))
            .help("or keep the names: whoever runs has to stop for it, since Prisma names the type in its casts")
            .subject(format!("schema:{} names:enumTypes", schema.path)),
    )
}
