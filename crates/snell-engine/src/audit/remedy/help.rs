//! The statements that a finding's help shows, in the form that a table in use needs.

use snell_source::Diagnostic;

use super::{
    super::{quoted, reckoned::bare},
    Known, Remedy, Subject, indexes,
};

/// What the help shows: the first of several ways that has statements, and what comes with it.
pub(super) fn remedy(known: Known<'_>, diagnostic: &Diagnostic) -> Remedy {
    let mut remedy = Remedy::default();
    for help in &diagnostic.help {
        let another = help.starts_with("or ");
        if another && !remedy.sql.is_empty() {
            continue;
        }
        // An extension alone mends nothing: that way changes a column too.
        let found = statements(help).into_iter();
        remedy
            .sql
            .extend(found.filter(|sql| !sql.starts_with("CREATE EXTENSION ")));
        if help.starts_with("add `@@") || help.starts_with("declare `@@") {
            remedy.prisma.extend(attribute(help));
        }
    }
    if remedy.sql.iter().any(|sql| sql.contains("gin_trgm_ops")) {
        let extension = "CREATE EXTENSION IF NOT EXISTS pg_trgm;".to_owned();
        remedy.sql.insert(0, extension);
    }
    let replaced = indexes::replaced(known, &remedy.sql);
    remedy.sql.extend(replaced.sql);
    remedy.prisma.extend(replaced.prisma);
    remedy.checks = remedy.sql.iter().filter_map(|sql| refused(sql)).collect();
    // What no statement does, and has to be done before them.
    let mut helps = diagnostic.help.iter();
    let before = helps.find(|help| help.starts_with("first "));
    remedy.rollout = before.filter(|_| !remedy.sql.is_empty()).cloned();
    remedy
}

/// The same, where a table goes when no running version knows it any more.
pub(super) fn with_later(known: Known<'_>, diagnostic: &Diagnostic) -> Remedy {
    let mut remedy = remedy(known, diagnostic);
    for span in diagnostic.help.iter().flat_map(|help| spans(help)) {
        match span.split_once(' ') {
            Some(("SELECT", _)) => remedy.later.checks.push(ended(span)),
            Some(("DROP", rest)) if rest.starts_with("TABLE ") => {
                remedy.later.sql.push(ended(span))
            }
            _ => {}
        }
    }
    if let Some(subject) = known
        .subject(diagnostic)
        .filter(|_| !remedy.later.sql.is_empty())
    {
        remedy.later.prisma = without(&subject);
    }
    remedy
}

/// What a schema loses with a model: itself, and what others call it.
fn without(subject: &Subject<'_>) -> Vec<String> {
    let (datamodel, gone) = (&subject.schema.datamodel, subject.model);
    let mut lines = vec![format!("without model {}", gone.name)];
    for model in datamodel
        .models()
        .iter()
        .filter(|model| model.id != gone.id)
    {
        let fields = model.relation_fields();
        let back =
            fields.filter(|field| datamodel.target(field).is_some_and(|to| to.id == gone.id));
        lines.extend(back.map(|field| format!("model {}: without {}", model.name, field.name)));
    }
    lines
}

fn spans(help: &str) -> impl Iterator<Item = &str> {
    help.split('`').skip(1).step_by(2)
}

/// The rows that a check would refuse.
fn refused(sql: &str) -> Option<String> {
    let (table, rest) = sql.strip_prefix("ALTER TABLE ")?.split_once(' ')?;
    let (_, condition) = rest.split_once("CHECK ")?;
    let condition = condition
        .trim_end_matches(';')
        .trim_end_matches(" NOT VALID");
    Some(format!(
        "SELECT * FROM {table} WHERE NOT {condition} LIMIT 10;"
    ))
}

fn attribute(help: &str) -> Option<String> {
    let mut spans = help.split('`').skip(1).step_by(2);
    let (attribute, model) = (spans.next()?, spans.next()?);
    Some(format!("model {model}: {attribute}"))
}

/// Heads of statements that change a database.
const HEADS: [&str; 9] = [
    "CREATE INDEX ",
    "CREATE UNIQUE INDEX ",
    "CREATE EXTENSION ",
    "ALTER TABLE ",
    "ALTER INDEX ",
    "ALTER TYPE ",
    "DROP INDEX ",
    "UPDATE ",
    "DELETE FROM ",
];

/// The whole statements of a help: in code spans, or written out to the end.
pub(in crate::audit) fn statements(help: &str) -> Vec<String> {
    let mut found: Vec<String> = spans(help)
        .filter(|span| is_statement(span))
        .map(ended)
        .collect();
    if found.is_empty() {
        found.extend(written_out(help));
    }
    found
}

/// `in a migration of your own: ALTER TABLE ... NOT VALID, then VALIDATE CONSTRAINT "x"`
fn written_out(help: &str) -> Vec<String> {
    let Some(start) = HEADS.iter().filter_map(|head| help.find(head)).min() else {
        return Vec::new();
    };
    let text = &help[start..];
    // What is said beside it.
    let end = ENDS.iter().filter_map(|end| text.find(end)).min();
    let text = &text[..end.unwrap_or(text.len())];
    if text.contains("...") || text.contains('`') {
        return Vec::new();
    }
    // What comes with `NOT VALID` is validated anyway.
    text.split(", then ")
        .filter(|part| !part.starts_with("VALIDATE CONSTRAINT "))
        .flat_map(|part| part.split_inclusive("; "))
        .map(str::trim)
        .filter(|part| is_whole(part))
        .map(ended)
        .collect()
}

/// What begins the words behind a statement.
const ENDS: [&str; 9] = [
    ", or ",
    ", after ",
    ", and ",
    ", which ",
    ", with a ",
    ": it ",
    " in a migration",
    " in later migrations",
    " once the ",
];

/// Whether a text begins as a statement, and is more than its name: "UPDATE and DELETE" is none.
fn is_whole(text: &str) -> bool {
    let begins = HEADS.iter().any(|head| text.starts_with(head));
    begins && (!text.starts_with("UPDATE ") || text.contains(" SET "))
}

/// The same words, with the statements that stand in them as spans of code.
pub(in crate::audit) fn spelled(help: &str) -> String {
    let Some(start) = HEADS.iter().filter_map(|head| help.find(head)).min() else {
        return help.to_owned();
    };
    let (before, text) = help.split_at(start);
    if before.matches('`').count() % 2 != 0 || text.contains('`') {
        return help.to_owned();
    }
    let end = ENDS.iter().filter_map(|end| text.find(end)).min();
    let (sql, rest) = text.split_at(end.unwrap_or(text.len()));
    let spans: Vec<String> = sql
        .split(", then ")
        .map(|one| format!("`{}`", one.trim()))
        .collect();
    format!("{before}{}{rest}", spans.join(", then "))
}

fn ended(text: &str) -> String {
    format!("{};", text.trim().trim_end_matches(';'))
}

/// Whether a code span is a whole statement that changes a database.
fn is_statement(span: &str) -> bool {
    HEADS.iter().any(|head| span.starts_with(head))
        && span.split_whitespace().count() > 2
        && !span.contains("...")
        && !span.contains('…')
}

/// A statement in the form that a table in use needs: indexes without a lock that blocks
/// writes, constraints that are validated in a second step.
pub(super) fn live(sql: &str) -> Vec<String> {
    for (head, with) in [
        ("CREATE INDEX ", "CREATE INDEX CONCURRENTLY "),
        ("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX CONCURRENTLY "),
        ("DROP INDEX ", "DROP INDEX CONCURRENTLY "),
    ] {
        if let Some(rest) = sql.strip_prefix(head) {
            let rest = rest.strip_prefix("CONCURRENTLY ").unwrap_or(rest);
            return vec![format!("{with}{rest}")];
        }
    }
    required(sql)
        .or_else(|| validated(sql))
        .unwrap_or_else(|| vec![sql.to_owned()])
}

/// `ALTER TABLE t ALTER COLUMN c SET NOT NULL`: a check that was validated before spares the
/// reading of the whole table under the lock (PostgreSQL 12).
fn required(sql: &str) -> Option<Vec<String>> {
    let rest = sql.strip_prefix("ALTER TABLE ")?;
    let (table, action) = rest.split_once(" ALTER COLUMN ")?;
    let column = action.trim_end_matches(';').strip_suffix(" SET NOT NULL")?;
    let name = quoted(&format!("{}_{}_not_null", bare(table), bare(column)));
    Some(vec![
        format!(
            "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID;"
        ),
        format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name};"),
        format!("ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;"),
        format!("ALTER TABLE {table} DROP CONSTRAINT {name};"),
    ])
}

/// `ALTER TABLE t ADD CONSTRAINT c CHECK|FOREIGN KEY ...`, split in two.
fn validated(sql: &str) -> Option<Vec<String>> {
    let rest = sql.strip_prefix("ALTER TABLE ")?;
    let (table, action) = rest.split_once(' ')?;
    let body = action.trim_end_matches(';').trim_end_matches(" NOT VALID");
    let named = body.rsplit_once("ADD CONSTRAINT ").map(|(_, rest)| rest);
    let (body, name) = match named {
        Some(rest) => {
            let (name, kind) = rest.split_once(' ')?;
            let late = kind.starts_with("CHECK ") || kind.starts_with("FOREIGN KEY ");
            if !late {
                return None;
            }
            (body.to_owned(), name.to_owned())
        }
        None => {
            let check = body.strip_prefix("ADD CHECK ")?;
            let column = check
                .trim_start_matches('(')
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .find(|word| !word.is_empty())?;
            let name = format!("\"{}_{column}_check\"", bare(table));
            (format!("ADD CONSTRAINT {name} CHECK {check}"), name)
        }
    };
    Some(vec![
        format!("ALTER TABLE {table} {body} NOT VALID;"),
        format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name};"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_validated_in_a_second_step() {
        let drop_and_add = "ALTER TABLE \"a\" DROP CONSTRAINT \"k\", ADD CONSTRAINT \"k\" FOREIGN KEY (\"b\") REFERENCES \"c\"(\"id\") ON DELETE SET NULL;";
        assert_eq!(
            live(drop_and_add),
            [
                "ALTER TABLE \"a\" DROP CONSTRAINT \"k\", ADD CONSTRAINT \"k\" FOREIGN KEY (\"b\") REFERENCES \"c\"(\"id\") ON DELETE SET NULL NOT VALID;",
                "ALTER TABLE \"a\" VALIDATE CONSTRAINT \"k\";",
            ]
        );
        assert_eq!(
            live("ALTER TABLE users ADD CHECK (id LIKE 'user\\_%');"),
            [
                "ALTER TABLE users ADD CONSTRAINT \"users_id_check\" CHECK (id LIKE 'user\\_%') NOT VALID;",
                "ALTER TABLE users VALIDATE CONSTRAINT \"users_id_check\";",
            ]
        );
    }

    #[test]
    fn a_column_is_required_by_a_check_that_was_validated() {
        let statements = live("ALTER TABLE \"a\" ALTER COLUMN \"b\" SET NOT NULL;");
        assert_eq!(statements.len(), 4);
        assert_eq!(
            statements[2],
            "ALTER TABLE \"a\" ALTER COLUMN \"b\" SET NOT NULL;"
        );
    }

    #[test]
    fn statements_in_words_are_spans() {
        assert_eq!(
            spelled(
                "make it required: UPDATE \"a\" SET \"b\" = 1 WHERE \"b\" IS NULL, then ALTER TABLE \"a\" ALTER COLUMN \"b\" SET NOT NULL"
            ),
            "make it required: `UPDATE \"a\" SET \"b\" = 1 WHERE \"b\" IS NULL`, then `ALTER TABLE \"a\" ALTER COLUMN \"b\" SET NOT NULL`"
        );
        assert_eq!(
            spelled("`a`, with ALTER TYPE b RENAME TO c"),
            "`a`, with `ALTER TYPE b RENAME TO c`"
        );
    }

    #[test]
    fn indexes_are_made_and_dropped_beside_writes() {
        assert_eq!(
            live("CREATE INDEX ON \"a\" (\"b\");"),
            ["CREATE INDEX CONCURRENTLY ON \"a\" (\"b\");"]
        );
        assert_eq!(
            live("DROP INDEX CONCURRENTLY \"b\";"),
            ["DROP INDEX CONCURRENTLY \"b\";"]
        );
        let other = "ALTER TABLE \"a\" DROP COLUMN \"b\";";
        assert_eq!(live(other), [other]);
    }

    #[test]
    fn statements_stand_in_spans_or_to_the_end() {
        assert_eq!(
            statements("on a table in use: `CREATE INDEX CONCURRENTLY ON \"a\" (\"b\");`, alone"),
            ["CREATE INDEX CONCURRENTLY ON \"a\" (\"b\");"]
        );
        assert_eq!(
            statements(
                "yours: ALTER TABLE \"a\" ADD CONSTRAINT \"c\" CHECK (\"b\" >= 0) NOT VALID, then VALIDATE CONSTRAINT \"c\""
            ),
            ["ALTER TABLE \"a\" ADD CONSTRAINT \"c\" CHECK (\"b\" >= 0) NOT VALID;"]
        );
        assert_eq!(
            statements(
                "UPDATE \"a\" SET \"b\" = 1 WHERE \"b\" IS NULL, then ALTER TABLE \"a\" ALTER COLUMN \"b\" SET NOT NULL"
            )
            .len(),
            2
        );
        assert!(statements("`ALTER TABLE ... DROP CONSTRAINT ...`").is_empty());
        assert!(statements("take the `DROP INDEX` out").is_empty());
    }
}
