//! What belongs to no object that a schema compares, and is lost with the file that says it: row
//! security, roles and what they may do.

use snell_project::schema::History;
use snell_report::audit::Drift;

use super::quoted;
use crate::Analysis;

/// Row security of tables, then roles and grants in the order in which the migrations have them.
pub(super) fn beside(analysis: &Analysis, history: &History) -> Vec<Drift> {
    let catalog = &history.replay.catalog;
    let mut found = Vec::new();
    for (relation, table) in catalog.tables() {
        let name = match relation.schema.as_str() {
            "public" => quoted(&relation.name),
            schema => format!("{}.{}", quoted(schema), quoted(&relation.name)),
        };
        for (is_on, word, clause) in [
            (table.row_security, "enabled", "ENABLE"),
            (table.force_row_security, "forced", "FORCE"),
        ] {
            if is_on {
                found.push(unmanaged(
                    format!("row security of `{}`: `{word}`", relation.name),
                    Some(relation.name.to_string()),
                    format!("ALTER TABLE {name} {clause} ROW LEVEL SECURITY;"),
                ));
            }
        }
    }
    for text in about_roles(analysis, history) {
        let text = without_passwords(text);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        const LONGEST: usize = 160;
        let shown: String = line.chars().take(LONGEST).collect();
        let more = if shown.len() < line.len() { "..." } else { "" };
        let shown = shown.replace('`', "'");
        let statement = format!("{};", text.trim_end_matches(';'));
        found.push(unmanaged(
            format!("roles and grants: `{shown}{more}`"),
            None,
            statement,
        ));
    }
    found
}

fn unmanaged(what: String, table: Option<String>, made: String) -> Drift {
    Drift {
        what,
        managed: false,
        table,
        cure: Vec::new(),
        declared: Vec::new(),
        stays: None,
        made: vec![made],
    }
}

/// The statements about roles: `GRANT`, `REVOKE`, default privileges, and what makes a role, in a
/// block that asks whether it is there, too. Those that name a table which is no more are over.
fn about_roles<'a>(analysis: &'a Analysis, history: &'a History) -> impl Iterator<Item = &'a str> {
    let files = history.migrations.iter();
    let texts = files.flat_map(move |file| {
        let statements = file.parse.statements.iter();
        statements.map(move |statement| {
            let at = snell_source::Location::new(file.file, statement.span);
            analysis.sources.text(at).trim()
        })
    });
    texts.filter(move |text| {
        let words = text.to_ascii_lowercase();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        is_about_roles(&words) && tables(&words).all(|name| is_there(history, name))
    })
}

/// A statement without the passwords that it gives roles: whoever reads an audit has no use for them,
/// and a role without one cannot connect before somebody gives it one.
fn without_passwords(text: &str) -> String {
    const WORD: &str = "password";
    let mut found = text.to_owned();
    let mut from = 0;
    while let Some(at) = found[from..].to_ascii_lowercase().find(WORD) {
        let at = from + at;
        let after = &found[at + WORD.len()..];
        let literal = after.trim_start().strip_prefix('\'');
        let rest = literal.and_then(|literal| literal.split_once('\''));
        from = match rest.map(|(_, rest)| rest.len()) {
            Some(left) => {
                let start = found[..at].trim_end().len();
                found.replace_range(start..found.len() - left, "");
                start
            }
            None => at + WORD.len(),
        };
    }
    found
}

fn is_about_roles(words: &str) -> bool {
    let heads = [
        "grant ",
        "revoke ",
        "alter default privileges",
        "create role ",
        "create user ",
        "alter role ",
    ];
    let makes = ["create role ", "create user ", "grant "];
    heads.iter().any(|head| words.starts_with(head))
        || words.starts_with("do ") && makes.iter().any(|word| words.contains(word))
}

/// The tables of `GRANT select ON a, b TO ...`
fn tables(words: &str) -> impl Iterator<Item = &str> {
    const OTHERS: [&str; 9] = [
        "all ",
        "schema ",
        "database ",
        "function ",
        "sequence ",
        "type ",
        "sequences ",
        "tables ",
        "functions ",
    ];
    let own = (words.starts_with("grant ") || words.starts_with("revoke "))
        .then(|| words.split_once(" on "))
        .flatten();
    let names = own.map_or("", |(_, rest)| {
        let ends = [rest.find(" to "), rest.find(" from ")];
        let end = ends.into_iter().flatten().min().unwrap_or(rest.len());
        &rest[..end]
    });
    let names = match OTHERS.iter().any(|head| names.starts_with(head)) {
        true => "",
        false => names.trim_start_matches("table "),
    };
    let names = names.split(',').map(str::trim);
    names.filter(|name| !name.is_empty())
}

fn is_there(history: &History, name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
    let relations = history.replay.catalog.relations();
    let mut relations = relations.into_iter();
    relations.any(|relation| relation.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_name_their_tables() {
        let of = |words| tables(words).collect::<Vec<_>>();
        assert_eq!(
            of("grant select, insert on notes, \"pets\" to app"),
            ["notes", "\"pets\""]
        );
        assert_eq!(of("revoke all on table notes from public"), ["notes"]);
        assert!(of("grant usage on schema public to app").is_empty());
        assert!(of("create role app").is_empty());
    }

    #[test]
    fn passwords_are_left_out() {
        assert_eq!(
            without_passwords(
                "create role desk login password 'let me in' nosuperuser; ALTER ROLE jobs PASSWORD 'x';"
            ),
            "create role desk login nosuperuser; ALTER ROLE jobs;"
        );
        let other = "GRANT UPDATE (password) ON users TO desk";
        assert_eq!(without_passwords(other), other);
    }

    #[test]
    fn blocks_may_make_a_role() {
        assert!(is_about_roles(
            "do $$ begin if not exists (select from pg_roles) then create role app; end if; end $$"
        ));
        assert!(!is_about_roles("do $$ begin perform 1; end $$"));
        assert!(!is_about_roles("create table grants (id int)"));
    }
}
