//! A view that every role may read, with the rights of its owner.

use snell_project::ownership::Ownership;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::catalog::Relation;

use crate::{
    rule::{Context, Rule},
    rules::isolation::rls_view_bypass,
    support::{
        grants::{self, Grant},
        views::{self, OwnersView},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/security-definer-view",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Every role reads a view of rows that belong to somebody, with the rights of its owner",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Roles that everybody who gets to the database has.
const EVERYBODY: [&str; 3] = ["public", "anon", "authenticated"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (schema, history) in grants::schemas(context) {
        let standing = grants::standing(context, history);
        for view in views::of_owners(context).filter(|view| std::ptr::eq(view.schema, schema)) {
            let tables = view.tables();
            // What passes policies is told as such.
            if tables.iter().any(|table| rls_view_bypass::is_passed(table)) {
                continue;
            }
            let granted = standing
                .iter()
                .find(|grant| lets_everybody(grant, view.relation));
            let owned = tables
                .into_iter()
                .find(|table| is_owned(context, &view, table));
            if let (Some(grant), Some(owned)) = (granted, owned) {
                found.push(finding(&view, grant, owned));
            }
        }
    }
    found
}

fn lets_everybody(grant: &Grant, view: &Relation) -> bool {
    let reads = ["select", "all"];
    let named = grant
        .object
        .iter()
        .any(|word| word.rsplit('.').next() == Some(view.name.to_ascii_lowercase().as_str()));
    named
        && grant
            .privileges
            .iter()
            .any(|one| reads.contains(&one.as_str()))
        && grant
            .roles
            .iter()
            .any(|role| EVERYBODY.contains(&role.as_str()))
}

fn is_owned(context: &Context<'_>, view: &OwnersView<'_>, table: &Relation) -> bool {
    let mut schemas = context.project.schemas.iter();
    let Some((id, _)) = schemas.find(|(_, schema)| std::ptr::eq(*schema, view.schema)) else {
        return false;
    };
    let mut models = view.schema.datamodel.models_of_table(&table.name);
    models.any(|model| {
        matches!(
            context.project.owners.graph(id).of(model.id),
            Ownership::Owned(_)
        )
    })
}

fn finding(view: &OwnersView<'_>, grant: &Grant, owned: &Relation) -> Diagnostic {
    let name = &view.relation.name;
    let role = grant
        .roles
        .iter()
        .find(|role| EVERYBODY.contains(&role.as_str()));
    let mut found = Diagnostic::at(
        &RULE.metadata,
        view.at(),
        format!(
            "every role reads rows of `{}` through view `{name}`",
            owned.name
        ),
    )
    .label("reads with the rights of its owner, whoever asks")
    .related(
        grant.at,
        format!("`{}` may read it", role.map_or("public", String::as_str)),
    );
    let mut models = view.schema.datamodel.models_of_table(&owned.name);
    if let Some(model) = models.next() {
        found = found.related(view.schema.model_name(model), "its rows belong to somebody");
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "ALTER VIEW \"{name}\" SET (security_invoker = true), or grant it to the role that needs it"
        ))
        .subject(format!("view:{name}"))
}
