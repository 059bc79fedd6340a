//! Names in the bodies of functions: text until it runs, so that no rename or drop follows it.

use snell_report::{
    Report,
    audit::{AuditFinding, Change},
};

use super::{reckoned::bare, remedy::help};
use crate::Analysis;

/// What a statement renames or drops: a type, a table or a column.
pub(super) fn gone(sql: &str) -> Option<&str> {
    let sql = sql.trim_end_matches(';');
    for head in ["DROP TABLE ", "DROP TYPE "] {
        if let Some(rest) = sql.strip_prefix(head) {
            return Some(bare(
                rest.trim_start_matches("IF EXISTS ").split(' ').next()?,
            ));
        }
    }
    for head in ["ALTER TYPE ", "ALTER TABLE "] {
        let Some((name, action)) = sql.strip_prefix(head).and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let column = ["RENAME COLUMN ", "DROP COLUMN "]
            .iter()
            .find_map(|head| action.strip_prefix(head));
        return match column {
            Some(rest) => Some(bare(rest.split(' ').next()?)),
            None => action.starts_with("RENAME TO ").then(|| bare(name)),
        };
    }
    None
}

/// The function of a migration whose text names something.
pub(super) fn function(analysis: &Analysis, name: &str) -> Option<String> {
    let schemas = analysis.project.schemas.iter();
    let histories = schemas.filter_map(|(_, schema)| schema.history.as_ref());
    let mut files = histories.flat_map(|history| &history.migrations);
    files.find_map(|file| {
        let text = &analysis.sources.file(file.file).text;
        let mut statements = file.parse.statements.iter();
        statements.find_map(|statement| {
            let (start, end) = (statement.span.start as usize, statement.span.end as usize);
            named(text.get(start..end)?, name)
        })
    })
}

/// The name of the function that a statement makes, where it names something else.
fn named(sql: &str, name: &str) -> Option<String> {
    let head = sql.get(..6)?;
    if !head.eq_ignore_ascii_case("create") {
        return None;
    }
    let mut words = sql.split(|c: char| c.is_whitespace() || c == '(');
    let is_head = |word: &&str| {
        ["function", "procedure"]
            .iter()
            .any(|head| word.eq_ignore_ascii_case(head))
    };
    words.by_ref().take(6).find(is_head)?;
    let own = words.find(|word| !word.is_empty())?;
    let mut rest = sql.split(|c: char| !c.is_alphanumeric() && c != '_');
    let is_it = |word: &str| match name.chars().any(char::is_uppercase) {
        true => word == name,
        false => word.eq_ignore_ascii_case(name),
    };
    rest.any(is_it)
        .then(|| bare(own).to_owned())
        .filter(|own| own != name)
}

/// Says of findings that would rename what a function names that the name stays.
pub(super) fn attach(analysis: &Analysis, report: &Report, findings: &mut [AuditFinding]) {
    for (finding, more) in report.findings.iter().zip(findings) {
        let parts = finding.parts().iter();
        let renamed = parts.map(|part| {
            let statements = part.help.iter().flat_map(|text| help::statements(text));
            statements
                .filter(|sql| sql.contains(" RENAME TO "))
                .filter_map(|sql| {
                    let name = gone(&sql)?;
                    Some((name.to_owned(), function(analysis, name)?))
                })
                .next()
        });
        let renamed: Option<Vec<(String, String)>> = renamed.collect();
        if let Some((name, function)) = renamed.and_then(|found| found.into_iter().next()) {
            more.change = Change::Keep;
            more.advice = vec![format!(
                "keep it: the function `{function}` names `{name}` in its body, which a rename does not follow: it fails when it runs next; whoever renames makes each such function anew in the same migration"
            )];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_say_what_goes() {
        assert_eq!(
            gone("ALTER TYPE \"Role\" RENAME TO \"role\";"),
            Some("Role")
        );
        assert_eq!(
            gone("ALTER TABLE \"s\".\"a\" DROP COLUMN \"b\";"),
            Some("b")
        );
        assert_eq!(gone("DROP TABLE \"a\";"), Some("a"));
        assert_eq!(
            gone("ALTER TABLE \"a\" RENAME CONSTRAINT \"b\" TO \"c\";"),
            None
        );
        assert_eq!(gone("ALTER TABLE \"a\" DROP CONSTRAINT \"b\";"), None);
    }

    #[test]
    fn a_body_is_text() {
        let sql = "CREATE OR REPLACE FUNCTION public.who() RETURNS text AS $$\nDECLARE r \"Role\";\nBEGIN RETURN r; END $$ LANGUAGE plpgsql";
        assert_eq!(named(sql, "Role"), Some("public.who".to_owned()));
        assert_eq!(named(sql, "Rol"), None);
        assert_eq!(named("CREATE TABLE a (b \"Role\")", "Role"), None);
    }
}
