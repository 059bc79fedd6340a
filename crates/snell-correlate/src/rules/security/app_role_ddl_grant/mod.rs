//! A role of the application that may change what the database looks like.

use snell_project::schema::History;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::grants,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/app-role-ddl-grant",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The role of the application may create objects, or is bound by no policy",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of roles that migrate and look after the database.
const KEEPERS: [&str; 14] = [
    "migrat",
    "admin",
    "owner",
    "postgres",
    "root",
    "deploy",
    "maint",
    "dba",
    "super",
    "cloudsql",
    "rds",
    "service_role",
    "backup",
    "replica",
];

/// Attributes that let a role do more than use tables.
const ATTRIBUTES: [&str; 4] = ["superuser", "bypassrls", "createrole", "createdb"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, history) in grants::schemas(context) {
        for grant in grants::standing(context, history) {
            let creates = grant
                .privileges
                .iter()
                .any(|one| one == "create" || one == "all");
            let of = match grant.object.first().map(String::as_str) {
                Some(of @ ("schema" | "database")) => of,
                _ => continue,
            };
            if let Some(role) = grant
                .roles
                .iter()
                .find(|role| !keeps(role))
                .filter(|_| creates)
            {
                let what = format!("may create objects in the {of}");
                found.push(finding(role, grant.at, &what));
            }
        }
        found.extend(attributes(context, history));
    }
    found
}

fn keeps(role: &str) -> bool {
    KEEPERS.iter().any(|word| role.contains(word))
}

/// `CREATE ROLE app ... SUPERUSER`, `ALTER USER app BYPASSRLS`
fn attributes(context: &Context<'_>, history: &History) -> Vec<Diagnostic> {
    let mut held: Vec<(String, &str, Location)> = Vec::new();
    for (words, at) in grants::about_roles(context, history) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let [_, "role" | "user", role, options @ ..] = words.as_slice() else {
            continue;
        };
        for attribute in ATTRIBUTES {
            if options.contains(&attribute) {
                held.push(((*role).to_owned(), attribute, at));
            }
            if options.contains(&format!("no{attribute}").as_str()) {
                held.retain(|(known, what, _)| known != role || *what != attribute);
            }
        }
    }
    held.into_iter()
        .filter(|(role, ..)| !keeps(role))
        .map(|(role, attribute, at)| {
            let what = match attribute {
                "superuser" => "may do everything, whatever is granted",
                "bypassrls" => "is bound by no policy",
                "createrole" => "may make and change roles",
                _ => "may create databases",
            };
            finding(&role, at, what)
        })
        .collect()
}

fn finding(role: &str, at: Location, what: &str) -> Diagnostic {
    Diagnostic::at(&RULE.metadata, at, format!("role `{role}` {what}"))
        .label("a query that gets away can do so too")
        .confidence(Confidence::Likely)
        .help("grant what the application uses: USAGE on the schema, SELECT, INSERT, UPDATE and DELETE on its tables; let migrations run as another role")
        .subject(format!("role:{role} {what}"))
}
