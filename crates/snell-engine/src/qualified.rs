//! Names with the schemas that they are in: where a database has several, no search path leads to
//! all of them.

use std::collections::BTreeMap;

use snell_report::{Report, audit::tables::IndexTable};

use crate::{Analysis, audit::quoted};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Table,
    Index,
    Type,
}

/// The tables, indexes and types of schemas that are named; empty where the datasource has none.
#[derive(Debug, Default, Clone)]
pub(crate) struct Qualified {
    names: BTreeMap<(Kind, String), Vec<String>>,
}

impl Qualified {
    /// Those of the models that say which schema is theirs.
    pub(crate) fn of(analysis: &Analysis, indexes: &[IndexTable]) -> Self {
        let mut found = Qualified::default();
        for (_, _, model) in analysis.project.schemas.models() {
            let Some(schema) = &model.schema else {
                continue;
            };
            found.add(Kind::Table, &model.db_name, &schema.name);
            let own = indexes.iter().filter(|one| {
                one.model == model.name.as_str() && one.table == model.db_name.as_str()
            });
            for row in own.flat_map(|one| &one.indexes) {
                if let Some(name) = &row.database_name {
                    found.add(Kind::Index, name, &schema.name);
                }
            }
        }
        for (_, schema) in analysis.project.schemas.iter() {
            for one in schema.datamodel.enums() {
                if let Some(schema) = &one.schema {
                    found.add(Kind::Type, &one.db_name, &schema.name);
                }
            }
        }
        found
    }

    fn add(&mut self, kind: Kind, name: &str, schema: &str) {
        let of_name = self.names.entry((kind, name.to_owned())).or_default();
        if !of_name.iter().any(|known| known == schema) {
            of_name.push(schema.to_owned());
        }
    }

    /// Whether no name needs its schema.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The schema of a name: that of `home` where several have it.
    fn schema(&self, home: Option<&str>, kind: Kind, name: &str) -> Option<&str> {
        let schemas = self.names.get(&(kind, name.to_owned()))?;
        let own = schemas.iter().find(|one| Some(one.as_str()) == home);
        own.or_else(|| schemas.first()).map(String::as_str)
    }

    /// Statements with the schema before each name that needs it. `home` is the schema of what they are about.
    /// Indexes and types that they make are known to the later ones.
    pub(crate) fn statements(&self, home: Option<&str>, sql: &mut [String]) {
        if self.is_empty() {
            return;
        }
        let mut known = self.clone();
        for one in sql {
            known.learn(home, one);
            *one = known.statement(home, one);
        }
    }

    /// The same where a text has statements among its words: names in quotes behind the words of SQL
    /// that introduce them.
    fn prose(&self, text: &mut String) {
        const FILLERS: [&str; 5] = ["IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY"];
        let mut out = String::with_capacity(text.len());
        let parts: Vec<&str> = text.split('"').collect();
        for (n, part) in parts.iter().enumerate() {
            if n > 0 {
                out.push('"');
            }
            let ends = n % 2 == 0 && n + 1 < parts.len();
            out.push_str(part);
            if !ends || parts.get(n + 2).is_some_and(|next| next.starts_with('.')) {
                continue;
            }
            let mut words = part.split_whitespace().rev();
            let word = words
                .find(|word| !FILLERS.contains(word))
                .unwrap_or_default();
            let kind = match word.trim_start_matches('`') {
                "TABLE" | "UPDATE" | "INTO" | "REFERENCES" | "ON" | "FROM" | "JOIN" => Kind::Table,
                "INDEX" => Kind::Index,
                "TYPE" => Kind::Type,
                _ => continue,
            };
            if let Some(schema) = self.schema(None, kind, parts[n + 1]) {
                out.push_str(&format!("{}.", quoted(schema)));
            }
        }
        *text = out;
    }

    /// The same in a text with spans of code.
    pub(crate) fn spans(&self, text: &mut String) {
        if self.is_empty() || !text.contains('`') {
            return;
        }
        let parts = text.split('`').enumerate();
        let parts = parts.map(|(n, part)| match n % 2 == 1 && part.contains(' ') {
            true => self.statement(None, part),
            false => part.to_owned(),
        });
        *text = parts.collect::<Vec<_>>().join("`");
    }

    /// What a statement makes.
    fn learn(&mut self, home: Option<&str>, sql: &str) {
        let text = Text::of(sql);
        match (text.word(0).as_str(), text.word(1).as_str()) {
            ("CREATE", "TYPE") => {
                if let (Some(home), false) = (home, text.is(3, ".")) {
                    self.add(Kind::Type, &text.name(2), home);
                }
            }
            ("CREATE", "INDEX" | "UNIQUE") => {
                let Some(on) = (0..text.tokens.len()).find(|n| text.word(*n) == "ON") else {
                    return;
                };
                let schema = match text.is(on + 2, ".") {
                    true => Some(text.name(on + 1)),
                    false => {
                        let table = text.name(on + 1);
                        let schema = self.schema(home, Kind::Table, &table);
                        schema.map(str::to_owned)
                    }
                };
                // One that the server names is dropped by no later statement.
                let named = text.token(on - 1).starts_with('"');
                if let Some(schema) = schema.filter(|_| named) {
                    self.add(Kind::Index, &text.name(on - 1), &schema);
                }
            }
            _ => {}
        }
    }

    fn statement(&self, home: Option<&str>, sql: &str) -> String {
        let text = Text::of(sql);
        let mut out = String::with_capacity(sql.len());
        let mut at = 0;
        for n in 0..text.tokens.len() {
            let Some(kind) = text.kind(n) else { continue };
            if let Some(schema) = self.schema(home, kind, &text.name(n)) {
                let start = text.tokens[n].start;
                out.push_str(&sql[at..start]);
                out.push_str(&quoted(schema));
                out.push('.');
                at = start;
            }
        }
        out.push_str(&sql[at..]);
        out
    }
}

impl Analysis {
    /// Gives the names in what findings advise the schemas that they are in, where a database has several.
    pub fn qualify(&self, report: &mut Report) {
        let names = Qualified::of(self, &[]);
        if names.is_empty() {
            return;
        }
        let helps = report.findings.iter_mut();
        for help in helps.flat_map(|finding| &mut finding.diagnostic.help) {
            names.spans(help);
            names.prose(help);
        }
    }
}

/// A statement in tokens.
struct Text<'a> {
    sql: &'a str,
    tokens: Vec<std::ops::Range<usize>>,
}

impl<'a> Text<'a> {
    fn of(sql: &'a str) -> Self {
        Text {
            sql,
            tokens: snell_sql::tokens(sql).collect(),
        }
    }

    fn token(&self, n: usize) -> &'a str {
        let token = self.tokens.get(n);
        token.map_or("", |token| &self.sql[token.clone()])
    }

    fn word(&self, n: usize) -> String {
        self.token(n).to_ascii_uppercase()
    }

    fn is(&self, n: usize, sign: &str) -> bool {
        self.token(n) == sign
    }

    fn name(&self, n: usize) -> String {
        let token = self.token(n);
        match token.strip_prefix('"') {
            Some(rest) => rest.trim_end_matches('"').replace("\"\"", "\""),
            None => token.to_ascii_lowercase(),
        }
    }

    /// What a token names, by the words before it; nothing where it is no name, or has its schema.
    fn kind(&self, n: usize) -> Option<Kind> {
        const FILLERS: [&str; 5] = ["IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY"];
        let token = self.token(n);
        let is_name = token.starts_with(|c: char| c == '"' || c == '_' || c.is_alphabetic())
            && !FILLERS.contains(&self.word(n).as_str());
        if n == 0 || !is_name || self.is(n + 1, ".") || self.is(n - 1, ".") {
            return None;
        }
        if self.is(n - 1, ":") || self.token(n - 1).starts_with('"') && token.starts_with('"') {
            return Some(Kind::Type);
        }
        let mut before = n - 1;
        while before > 0 && FILLERS.contains(&self.word(before).as_str()) {
            before -= 1;
        }
        let first = self.word(0);
        match self.word(before).as_str() {
            "TABLE" | "JOIN" | "INTO" | "REFERENCES" => Some(Kind::Table),
            "UPDATE" if before == 0 => Some(Kind::Table),
            "FROM" if !self.is_within_call(before) => Some(Kind::Table),
            "USING" if first == "DELETE" => Some(Kind::Table),
            "ON" if first != "SELECT" && first != "UPDATE" && first != "DELETE" => {
                Some(Kind::Table)
            }
            "INDEX" if first != "CREATE" => Some(Kind::Index),
            "TYPE" => Some(Kind::Type),
            _ => None,
        }
    }

    /// Whether `FROM` is a word of a function (`extract(epoch FROM a)`) or of `IS DISTINCT FROM`.
    fn is_within_call(&self, from: usize) -> bool {
        const CALLS: [&str; 5] = ["EXTRACT", "SUBSTRING", "TRIM", "OVERLAY", "POSITION"];
        let mut depth = 0_usize;
        for n in (0..from).rev() {
            match self.token(n) {
                ")" => depth += 1,
                "(" if depth == 0 => {
                    return n > 0 && CALLS.contains(&self.word(n - 1).as_str());
                }
                "(" => depth -= 1,
                _ if n + 1 == from && self.word(n) == "DISTINCT" => return true,
                _ => {}
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn several() -> Qualified {
        let mut names = Qualified::default();
        names.add(Kind::Table, "bills", "money");
        names.add(Kind::Table, "pets", "zoo");
        names.add(Kind::Table, "notes", "money");
        names.add(Kind::Table, "notes", "zoo");
        names.add(Kind::Index, "bills_pet_idx", "money");
        names.add(Kind::Type, "mood", "zoo");
        names
    }

    #[test]
    fn each_name_has_its_schema() {
        let names = several();
        for (sql, wanted) in [
            (
                "CREATE INDEX CONCURRENTLY ON \"bills\" (\"pets\");",
                "CREATE INDEX CONCURRENTLY ON \"money\".\"bills\" (\"pets\");",
            ),
            (
                "DROP INDEX CONCURRENTLY IF EXISTS \"bills_pet_idx\";",
                "DROP INDEX CONCURRENTLY IF EXISTS \"money\".\"bills_pet_idx\";",
            ),
            (
                "ALTER TABLE \"bills\" ADD CONSTRAINT \"k\" FOREIGN KEY (\"pets\") REFERENCES \"pets\" (\"id\") ON DELETE CASCADE;",
                "ALTER TABLE \"money\".\"bills\" ADD CONSTRAINT \"k\" FOREIGN KEY (\"pets\") REFERENCES \"zoo\".\"pets\" (\"id\") ON DELETE CASCADE;",
            ),
            (
                "ALTER TABLE \"pets\" ALTER COLUMN \"mood\" TYPE \"mood\" USING \"mood\"::\"mood\";",
                "ALTER TABLE \"zoo\".\"pets\" ALTER COLUMN \"mood\" TYPE \"zoo\".\"mood\" USING \"mood\"::\"zoo\".\"mood\";",
            ),
            (
                "UPDATE \"pets\" SET \"a\" = to_timestamp(extract(epoch FROM \"bills\")) WHERE \"b\" IS DISTINCT FROM \"bills\";",
                "UPDATE \"zoo\".\"pets\" SET \"a\" = to_timestamp(extract(epoch FROM \"bills\")) WHERE \"b\" IS DISTINCT FROM \"bills\";",
            ),
            (
                "CREATE POLICY \"p\" ON \"bills\" USING (EXISTS (SELECT 1 FROM \"pets\" r WHERE r.\"id\" = \"bills\".\"id\"));",
                "CREATE POLICY \"p\" ON \"money\".\"bills\" USING (EXISTS (SELECT 1 FROM \"zoo\".\"pets\" r WHERE r.\"id\" = \"bills\".\"id\"));",
            ),
            (
                "SELECT count(*) FROM bills c JOIN \"zoo\".\"pets\" p ON p.\"id\" = c.\"pets\";",
                "SELECT count(*) FROM \"money\".bills c JOIN \"zoo\".\"pets\" p ON p.\"id\" = c.\"pets\";",
            ),
        ] {
            assert_eq!(names.statement(None, sql), wanted);
        }
    }

    #[test]
    fn the_schema_of_the_subject_comes_first() {
        let names = several();
        let sql = "UPDATE \"notes\" SET \"a\" = 1;";
        assert_eq!(
            names.statement(Some("zoo"), sql),
            "UPDATE \"zoo\".\"notes\" SET \"a\" = 1;"
        );
        assert_eq!(
            names.statement(None, sql),
            "UPDATE \"money\".\"notes\" SET \"a\" = 1;"
        );
    }

    #[test]
    fn what_a_statement_makes_is_known_to_the_next() {
        let mut sql = [
            "CREATE INDEX CONCURRENTLY ON \"bills\" (\"a\");".to_owned(),
            "DROP INDEX CONCURRENTLY \"bills_pet_idx\";".to_owned(),
            "CREATE UNIQUE INDEX \"k\" ON \"bills\" (\"a\");".to_owned(),
            "ALTER INDEX \"k\" RENAME TO \"l\";".to_owned(),
            "CREATE TYPE \"kind\" AS ENUM ('a');".to_owned(),
        ];
        several().statements(Some("money"), &mut sql);
        assert_eq!(
            [&sql[1], &sql[3], &sql[4]],
            [
                "DROP INDEX CONCURRENTLY \"money\".\"bills_pet_idx\";",
                "ALTER INDEX \"money\".\"k\" RENAME TO \"l\";",
                "CREATE TYPE \"money\".\"kind\" AS ENUM ('a');"
            ]
        );
        let mut plain = ["DROP INDEX \"k\";".to_owned()];
        Qualified::default().statements(Some("money"), &mut plain);
        assert_eq!(plain, ["DROP INDEX \"k\";"]);
    }

    #[test]
    fn statements_among_words_are_found() {
        let mut text = "in a migration of your own: ALTER TABLE \"bills\" ALTER COLUMN \"pets\" SET NOT NULL, then \"pets\" is on \"bills\"; DROP INDEX CONCURRENTLY \"bills_pet_idx\" and UPDATE \"zoo\".\"pets\"".to_owned();
        several().prose(&mut text);
        assert_eq!(
            text,
            "in a migration of your own: ALTER TABLE \"money\".\"bills\" ALTER COLUMN \"pets\" SET NOT NULL, then \"pets\" is on \"bills\"; DROP INDEX CONCURRENTLY \"money\".\"bills_pet_idx\" and UPDATE \"zoo\".\"pets\""
        );
    }

    #[test]
    fn words_stay_as_they_are() {
        let mut text =
            "keep `bills`: `ALTER TABLE \"bills\" DROP COLUMN \"a\"` on `zoo.pets`".to_owned();
        several().spans(&mut text);
        assert_eq!(
            text,
            "keep `bills`: `ALTER TABLE \"money\".\"bills\" DROP COLUMN \"a\"` on `zoo.pets`"
        );
    }
}
