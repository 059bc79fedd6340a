//! What policies ask of a platform that brings it along: a database elsewhere has none of it, and
//! refuses the policies.

use snell_project::schema::History;

/// The functions of Supabase that policies call: who asks, as the token of the request says
/// (<https://supabase.com/docs/guides/database/postgres/row-level-security#helper-functions>).
const FUNCTIONS: [(&str, &str, &str); 4] = [
    (
        "uid",
        "uuid",
        "NULLIF(current_setting(''request.jwt.claim.sub'', true), '''')::uuid",
    ),
    (
        "role",
        "text",
        "NULLIF(current_setting(''request.jwt.claim.role'', true), '''')",
    ),
    (
        "email",
        "text",
        "NULLIF(current_setting(''request.jwt.claim.email'', true), '''')",
    ),
    (
        "jwt",
        "jsonb",
        "NULLIF(current_setting(''request.jwt.claims'', true), '''')::jsonb",
    ),
];

/// The roles that Supabase gives those who ask.
const ROLES: [&str; 3] = ["anon", "authenticated", "service_role"];

/// Statements that make a stand-in for what statements ask of Supabase and no migration makes, where
/// it is not there.
pub(super) fn stand_in(history: &History, statements: &[String]) -> Vec<String> {
    if history.replay.catalog.schemas.contains_key("auth") {
        return Vec::new();
    }
    let asked = |name: &str| {
        let call = format!("auth.{name}(");
        statements.iter().any(|statement| statement.contains(&call))
    };
    let functions: Vec<String> = FUNCTIONS
        .iter()
        .filter(|(name, ..)| asked(name))
        .map(|(name, ty, body)| {
            format!(
                "    CREATE FUNCTION auth.{name}() RETURNS {ty} LANGUAGE sql STABLE AS 'SELECT {body}';"
            )
        })
        .collect();
    let mut found = Vec::new();
    if !functions.is_empty() {
        found.push(format!(
            "DO $$\nBEGIN\n  IF NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'auth') THEN\n    CREATE SCHEMA auth;\n{}\n  END IF;\nEND\n$$;",
            functions.join("\n")
        ));
    }
    let made = |role: &str| {
        let make = format!("create role {role}");
        let mut texts = statements.iter();
        texts.any(|statement| statement.to_ascii_lowercase().contains(&make))
    };
    for role in ROLES.into_iter().filter(|role| !made(role)) {
        if statements.iter().any(|statement| is_for(statement, role)) {
            found.push(format!(
                "DO $$\nBEGIN\n  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN\n    CREATE ROLE {role};\n  END IF;\nEND\n$$;"
            ));
        }
    }
    found
}

/// Whether a policy or a grant is for a role.
fn is_for(statement: &str, role: &str) -> bool {
    let words = statement.split_whitespace().collect::<Vec<_>>();
    let mut pairs = words.windows(2);
    pairs.any(|pair| {
        pair[0].eq_ignore_ascii_case("to")
            && pair[1].trim_matches(|c| matches!(c, ',' | ';' | '"')) == role
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_after_to() {
        let policy = "CREATE POLICY p ON notes FOR SELECT TO authenticated USING (true);";
        assert!(is_for(policy, "authenticated"));
        assert!(!is_for(policy, "anon"));
    }
}
