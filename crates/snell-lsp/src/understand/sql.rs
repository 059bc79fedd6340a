//! Names in SQL, read from its words: also in texts of which a part is known at run time only,
//! and while they are being typed.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_prisma::Model;
use snell_project::schema::{FieldRef, ModelRef, SchemaId};
use snell_source::{FileId, Span};

use super::{Found, Place, Subject};
use crate::snapshot::Snapshot;

/// A word or a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    span: Span,
    kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum TokenKind {
    /// A name as the database reads it; whether it was quoted.
    Name(SmolStr, bool),
    Sign(char),
}

impl Token {
    fn name(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Name(name, _) => Some(name),
            TokenKind::Sign(_) => None,
        }
    }

    /// A word that is no quoted name.
    fn is_word(&self, words: &[&str]) -> bool {
        matches!(&self.kind, TokenKind::Name(name, false) if words.contains(&name.as_str()))
    }

    fn is(&self, sign: char) -> bool {
        self.kind == TokenKind::Sign(sign)
    }
}

/// What stands before a table's name.
const BEFORE_TABLES: [&str; 13] = [
    "from",
    "join",
    "into",
    "update",
    "only",
    "table",
    "using",
    "exists",
    "references",
    "truncate",
    "on",
    "view",
    "lateral",
];

/// What may stand behind a table's name without being its alias.
const NO_ALIAS: [&str; 40] = [
    "where",
    "on",
    "set",
    "join",
    "left",
    "right",
    "inner",
    "outer",
    "cross",
    "full",
    "order",
    "group",
    "limit",
    "values",
    "using",
    "returning",
    "natural",
    "having",
    "union",
    "intersect",
    "except",
    "window",
    "fetch",
    "offset",
    "for",
    "select",
    "default",
    "do",
    "with",
    "tablesample",
    "add",
    "drop",
    "alter",
    "rename",
    "enable",
    "disable",
    "cascade",
    "restrict",
    "when",
    "partition",
];

/// What a name in a file of SQL means.
pub(super) fn in_file(snapshot: &Snapshot, file: FileId, offset: u32) -> Option<Found> {
    let source = snapshot.analysis.sources.file(file);
    let schemas = &snapshot.analysis.project.schemas;
    let of_history = schemas.iter().find(|(_, schema)| {
        let migrations = schema
            .history
            .iter()
            .flat_map(|history| &history.migrations);
        migrations.map(|one| one.file).any(|one| one == file)
            || schema.typed.iter().any(|query| query.file == file)
    });
    let schema = of_history
        .map(|(id, _)| id)
        .or_else(|| schemas.nearest(source.path.as_str()))?;
    let (span, subjects) = resolve(snapshot, schema, &source.text, offset)?;
    Some(Found {
        span,
        subjects,
        place: Place::Sql,
    })
}

/// What the name at an offset of a text means to a schema.
pub(super) fn resolve(
    snapshot: &Snapshot,
    schema: SchemaId,
    text: &str,
    offset: u32,
) -> Option<(Span, Vec<Subject>)> {
    let tokens = tokens(text);
    let touches = |token: &&Token| {
        token.span.start <= offset && offset <= token.span.end && token.name().is_some()
    };
    let at = tokens.iter().position(|token| touches(&token))?;
    let statement = statement(&tokens, at);
    let at = at - statement.0;
    let tokens = &tokens[statement.0..statement.1];
    let token = &tokens[at];
    let scope = Scope::of(snapshot, schema, tokens);
    let subjects = scope.meaning(tokens, at)?;
    (!subjects.is_empty()).then_some((token.span, subjects))
}

/// The models whose tables a text names.
pub(super) fn models(snapshot: &Snapshot, schema: SchemaId, text: &str) -> Vec<ModelRef> {
    Scope::of(snapshot, schema, &tokens(text)).tables
}

/// The tokens between the semicolons around one.
fn statement(tokens: &[Token], at: usize) -> (usize, usize) {
    let before = tokens[..at].iter().rposition(|token| token.is(';'));
    let after = tokens[at..].iter().position(|token| token.is(';'));
    (
        before.map_or(0, |n| n + 1),
        after.map_or(tokens.len(), |n| at + n),
    )
}

/// The tables that a statement names.
struct Scope<'s> {
    snapshot: &'s Snapshot,
    schema: SchemaId,
    tables: Vec<ModelRef>,
    aliases: BTreeMap<SmolStr, Vec<ModelRef>>,
}

impl<'s> Scope<'s> {
    fn of(snapshot: &'s Snapshot, schema: SchemaId, tokens: &[Token]) -> Self {
        let mut scope = Scope {
            snapshot,
            schema,
            tables: Vec::new(),
            aliases: BTreeMap::new(),
        };
        for n in 0..tokens.len() {
            let Some(model) = scope.table(tokens, n) else {
                continue;
            };
            if !scope.tables.contains(&model) {
                scope.tables.push(model);
            }
            let next = match tokens.get(n + 1) {
                Some(word) if word.is_word(&["as"]) => tokens.get(n + 2),
                next => next,
            };
            if let Some(alias) = next
                && let Some(name) = alias.name()
                && !alias.is_word(&NO_ALIAS)
            {
                scope.aliases.entry(name.into()).or_default().push(model);
            }
        }
        scope
    }

    fn model(&self, id: ModelRef) -> &'s Model {
        self.snapshot.analysis.project.schemas.model(id)
    }

    /// The model whose table has a name.
    fn named(&self, name: &str) -> Option<ModelRef> {
        let schema = self.snapshot.analysis.project.schemas.get(self.schema);
        let mut models = schema.datamodel.models().iter();
        let model = models.find(|model| model.db_name == name)?;
        Some(ModelRef {
            schema: self.schema,
            model: model.id,
        })
    }

    /// The model whose table a token is, at a place where tables stand.
    fn table(&self, tokens: &[Token], n: usize) -> Option<ModelRef> {
        let model = self.named(tokens[n].name()?)?;
        let is_dot = |n: Option<usize>| n.and_then(|n| tokens.get(n)).is_some_and(|t| t.is('.'));
        // `public.users`
        let first = if is_dot(n.checked_sub(1)) {
            n.checked_sub(2)?
        } else {
            n
        };
        let before = first.checked_sub(1).map(|n| &tokens[n]);
        let introduced = before.is_some_and(|token| token.is_word(&BEFORE_TABLES));
        // `FROM a, b`, `FROM a x, b`: the list goes on.
        let listed = before.is_some_and(|token| token.is(',')) && self.is_in_from(tokens, first);
        (introduced || listed).then_some(model)
    }

    /// Whether the last clause before a token is `FROM` or `USING`.
    fn is_in_from(&self, tokens: &[Token], n: usize) -> bool {
        let mut depth = 0_i32;
        for token in tokens[..n].iter().rev() {
            match token.kind {
                TokenKind::Sign(')') => depth += 1,
                TokenKind::Sign('(') if depth == 0 => return false,
                TokenKind::Sign('(') => depth -= 1,
                TokenKind::Name(..) if depth > 0 => {}
                TokenKind::Name(..) if token.is_word(&["from", "using", "truncate", "table"]) => {
                    return true;
                }
                TokenKind::Name(..)
                    if token.is_word(&["select", "where", "by", "set", "on", "values", "into"]) =>
                {
                    return false;
                }
                _ => {}
            }
        }
        false
    }

    /// What a name means.
    fn meaning(&self, tokens: &[Token], n: usize) -> Option<Vec<Subject>> {
        let name = tokens[n].name()?;
        if let Some(model) = self.table(tokens, n) {
            return Some(vec![Subject::Model(model)]);
        }
        let dotted = n >= 2 && tokens[n - 1].is('.');
        if dotted {
            let of = tokens[n - 2].name()?;
            let models = match self.aliases.get(of) {
                Some(models) => models.clone(),
                None => match self.named(of).filter(|model| self.tables.contains(model)) {
                    Some(model) => vec![model],
                    // `excluded`, a common table expression, a subquery.
                    None => self.tables.clone(),
                },
            };
            return Some(self.columns(&models, name));
        }
        let alias = self.aliases.get(name);
        let qualifies = tokens.get(n + 1).is_some_and(|token| token.is('.'));
        let own = self.named(name).filter(|model| self.tables.contains(model));
        match (alias, own) {
            (Some(models), _) => Some(models.iter().copied().map(Subject::Model).collect()),
            (None, Some(model)) if qualifies => Some(vec![Subject::Model(model)]),
            _ => Some(self.columns(&self.tables, name)),
        }
    }

    /// The fields of these models whose column has a name.
    fn columns(&self, models: &[ModelRef], name: &str) -> Vec<Subject> {
        let fields = models.iter().filter_map(|id| {
            let field = self.model(*id).field_of_column(name)?;
            Some(Subject::Field(FieldRef {
                schema: id.schema,
                field: field.id,
            }))
        });
        let mut found: Vec<Subject> = Vec::new();
        for field in fields {
            if !found.contains(&field) {
                found.push(field);
            }
        }
        found
    }
}

/// The names and signs of a text; strings, numbers and comments are left out.
fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = &text[at..];
        let start = at;
        if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |n| n + 2);
        } else if c == '\'' {
            at += quoted(rest, '\'').0;
        } else if c == '"' {
            let (length, name) = quoted(rest, '"');
            at += length;
            found.push(token(start..at, TokenKind::Name(name.into(), true)));
        } else if c == '$' {
            at += dollar(rest);
        } else if c.is_alphabetic() || c == '_' {
            let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
            at += rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            // `E'...'`, `U&"..."`: the letter belongs to the string.
            if at - start > 1 || bytes.get(at) != Some(&b'\'') {
                let name = text[start..at].to_lowercase();
                found.push(token(start..at, TokenKind::Name(name.into(), false)));
            }
        } else if c.is_ascii_digit() {
            let is_part = |c: char| c.is_alphanumeric() || c == '.' || c == '_';
            at += rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        } else {
            at += c.len_utf8();
            if !c.is_whitespace() {
                found.push(token(start..at, TokenKind::Sign(c)));
            }
        }
    }
    found
}

fn token(range: std::ops::Range<usize>, kind: TokenKind) -> Token {
    Token {
        span: Span::from_range(range),
        kind,
    }
}

/// The bytes of a quoted stretch, and what it says: a doubled quote stands for one.
fn quoted(text: &str, quote: char) -> (usize, String) {
    let mut said = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((n, c)) = chars.next() {
        if c != quote {
            said.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
            chars.next();
            said.push(quote);
        } else {
            return (n + c.len_utf8(), said);
        }
    }
    (text.len(), said)
}

/// The bytes of `$1`, or of `$tag$`: what a function's body says counts as SQL.
fn dollar(text: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let end = text[1..]
        .find(|c| !is_part(c))
        .map_or(text.len(), |n| n + 1);
    match text[end..].starts_with('$') {
        true => end + 1,
        false => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let found = tokens(text).into_iter().map(|token| match token.kind {
            TokenKind::Name(name, true) => format!("\"{name}\""),
            TokenKind::Name(name, false) => name.to_string(),
            TokenKind::Sign(sign) => sign.to_string(),
        });
        found.collect()
    }

    #[test]
    fn names_are_read_as_the_database_reads_them() {
        let text = r#"SELECT U."userId", 'it''s a "name"' -- users
            FROM "we""ird" /* users */ WHERE id = $1 AND n > 1.5e3"#;
        assert_eq!(
            words(text),
            [
                "select",
                "u",
                ".",
                "\"userId\"",
                ",",
                "from",
                "\"we\"ird\"",
                "where",
                "id",
                "=",
                "and",
                "n",
                ">"
            ]
        );
    }

    #[test]
    fn unfinished_texts_end() {
        for text in ["'a", "\"a", "/* a", "-- a", "$", "$tag", "é'", "E'"] {
            let _ = tokens(text);
        }
        assert_eq!(
            words("DO $$ BEGIN UPDATE t $$"),
            ["do", "begin", "update", "t"]
        );
    }

    #[test]
    fn statements_end_at_semicolons() {
        let all = tokens("a; b c; d");
        assert_eq!(statement(&all, 2), (2, 4));
        assert_eq!(statement(&all, 0), (0, 1));
    }
}
