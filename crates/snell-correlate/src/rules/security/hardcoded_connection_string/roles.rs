//! Passwords that migrations give roles: every database in which they ran has them.

use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, FileId, Location, Severity, Span};

use super::RULE;
use crate::rule::Context;

/// A role with a password that a migration has in full.
#[derive(Debug, PartialEq, Eq)]
struct Given<'a> {
    role: &'a str,
    /// The literal without its quotes, by bytes of the text.
    secret: (usize, usize),
}

/// One finding for each migration that gives roles passwords.
pub(super) fn findings(context: &Context<'_>, schema: &Schema) -> Vec<Diagnostic> {
    let histories = schema.history.iter();
    let migrations = histories.flat_map(|history| &history.migrations);
    migrations
        .filter_map(|migration| finding(context, migration.file))
        .collect()
}

fn finding(context: &Context<'_>, file: FileId) -> Option<Diagnostic> {
    let source = context.sources.file(file);
    let given = given(&source.text);
    let (first, others) = given.split_first()?;
    let more = match others.len() {
        0 => String::new(),
        n => format!(" (and {n} more here)"),
    };
    let at = |one: &Given<'_>| location(file, one.secret);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at(first),
        format!(
            "The password of the role `{}` stands in a migration{more}",
            first.role
        ),
    )
    .label("every database in which this ran has it, until somebody changes it")
    .secret(at(first));
    for other in others {
        found = found
            .related(at(other), format!("and that of `{}`", other.role))
            .secret(at(other));
    }
    Some(
        found
            .lowered(
                Severity::Medium,
                "whoever sets the database up may have changed it; no file says so",
            )
            .confidence(Confidence::Likely)
            .help("`CREATE ROLE ... LOGIN` without `PASSWORD`, and `ALTER ROLE ... PASSWORD` where a database is set up; on databases in use change it now")
            .subject(format!("role:{} {}", first.role, source.path)),
    )
}

fn location(file: FileId, (start, end): (usize, usize)) -> Location {
    let place = |at: usize| u32::try_from(at).unwrap_or_default();
    Location {
        file,
        span: Span::new(place(start), place(end)),
    }
}

/// The statements that make or change roles with a literal password; what is a comment, or is put
/// together when it runs, is none.
fn given(text: &str) -> Vec<Given<'_>> {
    const WORD: &str = "password";
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (at, _) in lower.match_indices(WORD) {
        let after = at + WORD.len();
        let Some(quote) = text[after..].find(|c: char| !c.is_whitespace()) else {
            continue;
        };
        let start = after + quote + 1;
        if quote == 0 || text.as_bytes()[after + quote] != b'\'' {
            continue;
        }
        let Some(length) = text[start..].find('\'') else {
            continue;
        };
        let line = lower[..at].rfind('\n').map_or(0, |end| end + 1);
        let begin = lower[..at].rfind([';', '\'']).map_or(0, |end| end + 1);
        let literal = &text[start..start + length];
        let put_together = literal.is_empty() || literal.contains(['%', '$', '{', ':', '<']);
        if put_together || lower[line..at].contains("--") {
            continue;
        }
        if let Some(role) = role(&text[begin..at]) {
            found.push(Given {
                role,
                secret: (start, start + length),
            });
        }
    }
    found
}

/// The role of `... CREATE ROLE app LOGIN`.
fn role(head: &str) -> Option<&str> {
    let words: Vec<&str> = head.split_whitespace().collect();
    let is = |word: &str, all: &[&str]| all.iter().any(|one| word.eq_ignore_ascii_case(one));
    let at = words
        .windows(2)
        .rposition(|pair| is(pair[0], &["create", "alter"]) && is(pair[1], &["role", "user"]))?;
    Some(words.get(at + 2)?.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_passwords_of_roles_are_found() {
        let text = "DO $$ BEGIN\n  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk') THEN\n    CREATE ROLE desk LOGIN PASSWORD 'letmein';\n  END IF;\nEND $$;\nALTER USER \"jobs\" WITH PASSWORD 'again';";
        let found = given(text);
        let named: Vec<_> = found
            .iter()
            .map(|one| (one.role, &text[one.secret.0..one.secret.1]))
            .collect();
        assert_eq!(named, [("desk", "letmein"), ("jobs", "again")]);
    }

    #[test]
    fn what_is_no_literal_is_none() {
        for text in [
            "-- ALTER ROLE desk PASSWORD 'x' where it is set up",
            "CREATE ROLE desk LOGIN PASSWORD NULL;",
            "EXECUTE format('CREATE ROLE desk PASSWORD %L', given);",
            "CREATE ROLE desk LOGIN PASSWORD '${DESK_PASSWORD}';",
            "INSERT INTO settings (password) VALUES ('x');",
        ] {
            assert_eq!(given(text), [], "{text}");
        }
    }
}
