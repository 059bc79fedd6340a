//! The names that a text of SQL makes, whatever stands around them: scripts
//! hide `CREATE` in `DO` blocks and strings, and assembled texts have holes.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

/// Names of database objects, whatever schema they are in.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) relations: FxHashSet<SmolStr>,
    /// With the names of their tables.
    pub(super) columns: FxHashSet<(SmolStr, SmolStr)>,
    pub(super) functions: FxHashSet<SmolStr>,
    pub(super) types: FxHashSet<SmolStr>,
}

impl Names {
    /// What a text creates.
    pub(super) fn made_by(text: &str) -> Names {
        let mut names = Names::default();
        let tokens = tokens(&snell_sql::filled(text));
        let mut rest = tokens.as_slice();
        while let Some((first, after)) = rest.split_first() {
            rest = match first {
                Token::Word(word) if word == "create" => names.create(after),
                Token::Word(word) if word == "alter" => names.alter(after),
                _ => after,
            };
        }
        names
    }

    /// Takes over what others hold.
    pub(super) fn absorb(&mut self, other: Names) {
        self.relations.extend(other.relations);
        self.columns.extend(other.columns);
        self.functions.extend(other.functions);
        self.types.extend(other.types);
    }

    fn create<'t>(&mut self, after: &'t [Token]) -> &'t [Token] {
        const WORDS: [&str; 9] = [
            "or",
            "replace",
            "temp",
            "temporary",
            "unlogged",
            "materialized",
            "recursive",
            "local",
            "global",
        ];
        let skipped = after
            .iter()
            .take_while(|token| WORDS.iter().any(|word| token.is(word)))
            .count();
        let [Token::Word(kind), rest @ ..] = &after[skipped..] else {
            return after;
        };
        let Some((name, rest)) = name(unless_exists(rest)) else {
            return after;
        };
        match kind.as_str() {
            "table" => {
                self.relations.insert(name.clone());
                for column in columns(rest) {
                    self.columns.insert((name.clone(), column));
                }
            }
            "view" => {
                self.relations.insert(name);
            }
            "function" | "procedure" | "aggregate" => {
                self.functions.insert(name);
            }
            "type" | "domain" => {
                self.types.insert(name);
            }
            _ => {}
        }
        rest
    }

    /// `ALTER TABLE name ADD [COLUMN] ..., RENAME [COLUMN] a TO b`
    fn alter<'t>(&mut self, after: &'t [Token]) -> &'t [Token] {
        const PARTS: [&str; 6] = [
            "constraint",
            "primary",
            "foreign",
            "unique",
            "check",
            "exclude",
        ];
        let [Token::Word(kind), rest @ ..] = after else {
            return after;
        };
        if kind != "table" {
            return after;
        }
        let rest = unless_exists(rest);
        let rest = rest
            .strip_prefix(&[Token::Word("only".into())])
            .unwrap_or(rest);
        let Some((table, rest)) = name(rest) else {
            return after;
        };
        let end = rest.iter().position(|token| *token == Token::Mark(b';'));
        let actions = &rest[..end.unwrap_or(rest.len())];
        for (n, token) in actions.iter().enumerate() {
            let next = &actions[n + 1..];
            if token.is("add") {
                let next = next
                    .strip_prefix(&[Token::Word("column".into())])
                    .unwrap_or(next);
                let next = unless_exists(next);
                if let Some((column, _)) = name(next)
                    && !PARTS.iter().any(|part| next[0].is(part))
                {
                    self.columns.insert((table.clone(), column));
                }
            } else if token.is("to")
                && let Some((renamed, _)) = name(next)
            {
                self.columns.insert((table.clone(), renamed.clone()));
                self.relations.insert(renamed);
            }
        }
        rest
    }
}

/// A word, a quoted name or a mark.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(SmolStr),
    Quoted(SmolStr),
    Mark(u8),
}

impl Token {
    fn is(&self, wanted: &str) -> bool {
        matches!(self, Token::Word(word) if word == wanted)
    }
}

/// Behind `IF [NOT] EXISTS`.
fn unless_exists(tokens: &[Token]) -> &[Token] {
    let skipped = tokens
        .iter()
        .take_while(|token| token.is("if") || token.is("not") || token.is("exists"))
        .count();
    &tokens[skipped..]
}

/// A name, its schema left out.
fn name(tokens: &[Token]) -> Option<(SmolStr, &[Token])> {
    let (Token::Word(first) | Token::Quoted(first)) = tokens.first()? else {
        return None;
    };
    match &tokens[1..] {
        [
            Token::Mark(b'.'),
            Token::Word(second) | Token::Quoted(second),
            rest @ ..,
        ] => Some((second.clone(), rest)),
        rest => Some((first.clone(), rest)),
    }
}

/// The first names of the items between parentheses.
fn columns(tokens: &[Token]) -> Vec<SmolStr> {
    let mut found = Vec::new();
    let mut depth = 0;
    let mut before = None;
    for token in tokens {
        match token {
            Token::Mark(b'(') => depth += 1,
            Token::Mark(b')') => depth -= 1,
            Token::Word(name) | Token::Quoted(name)
                if depth == 1 && matches!(before, Some(b'(' | b',')) =>
            {
                found.push(name.clone());
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        before = match token {
            Token::Mark(mark) => Some(*mark),
            _ => None,
        };
    }
    found
}

fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let start = at;
        at += 1;
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 {
            while at < bytes.len()
                && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_' || bytes[at] >= 0x80)
            {
                at += 1;
            }
            tokens.push(Token::Word(text[start..at].to_ascii_lowercase().into()));
        } else if byte == b'"' {
            let end = text[at..].find('"').map_or(bytes.len(), |end| at + end);
            tokens.push(Token::Quoted(text[at..end].into()));
            at = (end + 1).min(bytes.len());
        } else if byte == b'-' && bytes.get(at) == Some(&b'-') {
            at = text[at..].find('\n').map_or(bytes.len(), |end| at + end);
        } else if !byte.is_ascii_whitespace() {
            tokens.push(Token::Mark(byte));
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn finds_names_in_blocks_and_assembled_texts() {
        let names = Names::made_by(
            "DO $$ BEGIN EXECUTE 'CREATE MATERIALIZED VIEW IF NOT EXISTS \"Board\" AS SELECT 1'; END $$;
             create temp table old_rows on commit drop as select id from t where ;
             CREATE TABLE public.notes (id int, \"ownerId\" numeric(4, 2) NOT NULL);
             ALTER TABLE ONLY users ADD COLUMN IF NOT EXISTS age int, ADD CONSTRAINT c CHECK (true);
             CREATE OR REPLACE FUNCTION is_new(a int) RETURNS bool AS $$ $$;",
        );
        for relation in ["Board", "old_rows", "notes"] {
            assert!(names.relations.contains(relation), "{relation}");
        }
        assert!(names.functions.contains("is_new"));
        let has =
            |table: &str, column: &str| names.columns.contains(&(table.into(), column.into()));
        assert!(has("notes", "ownerId") && has("users", "age"));
        assert!(!has("users", "constraint") && !has("notes", "2"));
    }
}
