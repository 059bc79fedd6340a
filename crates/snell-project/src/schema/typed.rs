//! TypedSQL: one query a file, beside the schema, that becomes a function of the client.

use std::sync::Arc;

use smol_str::SmolStr;
use snell_source::{FileId, Span};

/// A file of TypedSQL.
#[derive(Debug, Clone)]
pub struct TypedQuery {
    /// The name of the function, which is that of the file.
    pub name: SmolStr,
    /// The file.
    pub file: FileId,
    /// What it says.
    pub text: Arc<str>,
    /// What its comments say of parameters.
    pub parameters: Vec<DeclaredParameter>,
}

/// `-- @param {Int} $1:age how old`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredParameter {
    /// `$1` has the number 1.
    pub number: u32,
    /// The type in the braces, without `?`.
    pub ty: Option<SmolStr>,
    /// Whether `null` may be handed over.
    pub nullable: bool,
    /// The name in TypeScript.
    pub alias: Option<SmolStr>,
    /// From the `@` to the name.
    pub span: Span,
}

impl TypedQuery {
    /// From a file whose name is a name of JavaScript: Prisma takes no others.
    #[must_use]
    pub fn new(stem: &str, file: FileId, text: Arc<str>) -> Option<TypedQuery> {
        let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
        let starts = |c: char| name(c) && !c.is_ascii_digit();
        (stem.starts_with(starts) && stem.chars().all(name)).then(|| TypedQuery {
            name: stem.into(),
            file,
            parameters: declared(&text),
            text,
        })
    }
}

/// The parameters that comments describe; what is not of that form is left.
fn declared(text: &str) -> Vec<DeclaredParameter> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some(comment) = line.trim_start().strip_prefix("--") else {
            continue;
        };
        let Some(rest) = comment.trim_start().strip_prefix("@param") else {
            continue;
        };
        let from = start + line.len() - rest.len() - "@param".len();
        if let Some((parameter, left)) = described(rest) {
            let end = start + line.len() - left.len();
            found.push(DeclaredParameter {
                span: Span::from_range(from..end),
                ..parameter
            });
        }
    }
    found
}

/// `{Int?} $1:age`, and what follows it.
fn described(text: &str) -> Option<(DeclaredParameter, &str)> {
    let mut rest = text.trim_start();
    let mut ty = None;
    let mut nullable = false;
    if let Some(inner) = rest.strip_prefix('{') {
        let (word, after) = inner.split_once('}')?;
        let word = word.trim();
        nullable = word.ends_with('?');
        ty = Some(SmolStr::from(word.trim_end_matches('?')));
        rest = after.trim_start();
    }
    let rest = rest.strip_prefix('$')?;
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let number = rest[..digits].parse().ok()?;
    let rest = &rest[digits..];
    let (alias, rest) = match rest.strip_prefix(':') {
        Some(name) => {
            let end = name
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                .unwrap_or(name.len());
            (Some(SmolStr::from(&name[..end])), &name[end..])
        }
        None => (None, rest),
    };
    let parameter = DeclaredParameter {
        number,
        ty,
        nullable,
        alias,
        span: Span::default(),
    };
    Some((parameter, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_describe_parameters() {
        let text = "-- @param {Int} $1:minAge at least\n--  @param {String?} $2\n-- @param nothing\nSELECT $1, $2";
        let query = TypedQuery::new("getUsers", FileId::default(), text.into()).unwrap();
        let told: Vec<_> = query
            .parameters
            .iter()
            .map(|one| {
                (
                    one.number,
                    one.ty.as_deref(),
                    one.nullable,
                    one.alias.as_deref(),
                    one.span.text(text),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    1,
                    Some("Int"),
                    false,
                    Some("minAge"),
                    "@param {Int} $1:minAge"
                ),
                (2, Some("String"), true, None, "@param {String?} $2"),
            ]
        );
    }

    #[test]
    fn only_names_of_functions_count() {
        assert!(TypedQuery::new("get-users", FileId::default(), "".into()).is_none());
        assert!(TypedQuery::new("2users", FileId::default(), "".into()).is_none());
    }
}
