//! The row security that stands when the migrations have run: tables, policies as they are written,
//! and the roles that migrations make.

use snell_flow::scope;
use snell_project::schema::History;
use snell_report::audit::tables::{DatabaseRole, GuardedTable, RowSecurity, TablePolicy};
use snell_sql::{
    ast::Expr,
    catalog::{Policy, Table},
    print,
};

use super::spot;
use crate::Analysis;

/// Of every database that migrations build.
pub(super) fn row_security(analysis: &Analysis) -> RowSecurity {
    let mut found = RowSecurity::default();
    let project = &analysis.project;
    for (_, schema) in project.schemas.iter() {
        let Some(history) = &schema.history else {
            continue;
        };
        for (relation, table) in history.replay.catalog.tables() {
            if relation.schema == "pg_temp" {
                continue;
            }
            found.tables.push(GuardedTable {
                name: match relation.schema.as_str() {
                    "public" => relation.name.to_string(),
                    own => format!("{own}.{}", relation.name),
                },
                enabled: table.row_security,
                forced: table.force_row_security,
                policies: policies(analysis, history, table),
            });
        }
        for migration in &history.migrations {
            let text = &analysis.sources.file(migration.file).text;
            made(text, &mut found.roles);
        }
    }
    found.tables.sort_by(|a, b| a.name.cmp(&b.name));
    for (model, ..) in project.schemas.models() {
        let of_table = scope::row_security(project, model);
        let settings = of_table.into_iter().flat_map(|one| one.settings);
        found.settings.extend(settings.map(String::from));
    }
    found.settings.sort_unstable();
    found.settings.dedup();
    found
}

fn policies(analysis: &Analysis, history: &History, table: &Table) -> Vec<TablePolicy> {
    let policies = table.policies.iter();
    policies
        .map(|policy| {
            let text =
                |expr: &Option<Expr>| Some(written(analysis, history, policy, expr.as_ref()?));
            TablePolicy {
                name: policy.name.to_string(),
                restrictive: !policy.permissive,
                command: policy.command.to_string(),
                roles: policy.roles.iter().map(ToString::to_string).collect(),
                using: text(&policy.using),
                check: text(&policy.check),
                spot: spot(analysis, history.location(policy.provenance.created)),
            }
        })
        .collect()
}

/// A condition of a policy as its migration has it, in one line and without comments; as it is read
/// where a block puts its statement together when it runs.
fn written(analysis: &Analysis, history: &History, policy: &Policy, expr: &Expr) -> String {
    if is_put_together(analysis, history, policy) {
        return print::expression(expr);
    }
    let at = history.within(policy.provenance.created, expr.span);
    without_comments(analysis.sources.text(at))
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether the statement that makes a policy is no text of its migration: spans of it lead nowhere.
pub(super) fn is_put_together(analysis: &Analysis, history: &History, policy: &Policy) -> bool {
    let at = history.location(policy.provenance.created);
    let text = without_comments(analysis.sources.text(at));
    let mut words = text.split_whitespace();
    !words.next().is_some_and(|word| {
        word.eq_ignore_ascii_case("create") || word.eq_ignore_ascii_case("alter")
    })
}

fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// Reads what a migration says of roles: `CREATE ROLE app LOGIN`, `ALTER ROLE app BYPASSRLS`.
fn made(text: &str, roles: &mut Vec<DatabaseRole>) {
    let text = without_comments(text).to_ascii_lowercase();
    for statement in text.split(';') {
        let words: Vec<&str> = statement.split_whitespace().collect();
        for (at, pair) in words.windows(2).enumerate() {
            let creates = pair[0] == "create";
            if !(creates || pair[0] == "alter") || !matches!(pair[1], "role" | "user") {
                continue;
            }
            let Some((name, options)) = words[at + 2..].split_first() else {
                continue;
            };
            let name = name.trim_matches('"');
            if name == "mapping" || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let known = roles.iter().position(|role| role.name == name);
            let place = match known {
                Some(place) => place,
                None if creates => {
                    roles.push(DatabaseRole {
                        name: name.to_owned(),
                        login: pair[1] == "user",
                        bypasses: false,
                    });
                    roles.len() - 1
                }
                None => continue,
            };
            let role = &mut roles[place];
            for option in options {
                match *option {
                    "login" => role.login = true,
                    "nologin" => role.login = false,
                    "bypassrls" | "superuser" => role.bypasses = true,
                    "nobypassrls" => role.bypasses = false,
                    _ => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_with_what_they_may() {
        let mut roles = Vec::new();
        made(
            "-- ALTER ROLE nobody LOGIN;\nDO $$ BEGIN\n  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk') THEN\n    CREATE ROLE desk LOGIN PASSWORD 'x';\n  END IF;\nEND $$;\nCREATE USER jobs WITH BYPASSRLS;\nCREATE ROLE readers;\nALTER ROLE readers NOLOGIN;\nCREATE USER MAPPING FOR desk SERVER s;",
            &mut roles,
        );
        let role = |name: &str, login, bypasses| DatabaseRole {
            name: name.to_owned(),
            login,
            bypasses,
        };
        assert_eq!(
            roles,
            [
                role("desk", true, false),
                role("jobs", true, true),
                role("readers", false, false),
            ]
        );
    }
}
