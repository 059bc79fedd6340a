//! Names, types and literals.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind as K, SyntaxNode, SyntaxToken};

use super::{Lower, child, children, has, has_token, tokens};
use crate::ast::{Name, ObjectName, TypeName};

/// PostgreSQL cuts identifiers at `NAMEDATALEN - 1` bytes.
const NAME_BYTES: usize = 63;

/// Folds, unquotes and cuts an identifier as PostgreSQL does.
pub(crate) fn identifier(text: &str) -> (SmolStr, bool) {
    let (folded, quoted) = match text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) => (inner.replace("\"\"", "\""), true),
        None => (text.to_ascii_lowercase(), false),
    };
    let mut end = folded.len().min(NAME_BYTES);
    while !folded.is_char_boundary(end) {
        end -= 1;
    }
    (SmolStr::from(&folded[..end]), quoted)
}

impl Lower<'_> {
    pub(super) fn name_token(&self, token: &SyntaxToken) -> Name {
        let (text, quoted) = identifier(token.text());
        Name {
            text,
            span: self.token_span(token),
            quoted,
        }
    }

    /// The name that a node of one token holds.
    pub(super) fn name(&self, node: &SyntaxNode) -> Option<Name> {
        node.descendants_with_tokens()
            .filter_map(rowan::NodeOrToken::into_token)
            .find(|token| !token.kind().is_trivia())
            .map(|token| self.name_token(&token))
    }

    /// The name in the first child of `kind`.
    pub(super) fn child_name(&self, node: &SyntaxNode, kind: K) -> Option<Name> {
        child(node, kind).and_then(|child| self.name(&child))
    }

    /// The names in the children of `kind`.
    pub(super) fn names(&self, node: &SyntaxNode, kind: K) -> Vec<Name> {
        children(node, kind)
            .filter_map(|child| self.name(&child))
            .collect()
    }

    /// The names in the list `list` of items `item`.
    pub(super) fn list_names(&self, node: &SyntaxNode, list: K, item: K) -> Vec<Name> {
        child(node, list)
            .map(|list| self.names(&list, item))
            .unwrap_or_default()
    }

    /// The parts of a dotted path, under any node that holds one.
    pub(super) fn path_parts(&self, node: &SyntaxNode) -> Vec<Name> {
        node.descendants()
            .filter(|part| matches!(part.kind(), K::PATH_SEGMENT | K::PATH_SEGMENT_REF))
            .filter_map(|part| self.name(&part))
            .collect()
    }

    /// A name with its schema, under any node that holds a path.
    pub(super) fn object(&self, node: &SyntaxNode) -> Option<ObjectName> {
        object_of(self.path_parts(node))
    }

    /// The object that the first child of `kind` names.
    pub(super) fn child_object(&self, node: &SyntaxNode, kind: K) -> Option<ObjectName> {
        child(node, kind).and_then(|child| self.object(&child))
    }

    /// The first type below `node`.
    pub(super) fn child_type(&self, node: &SyntaxNode) -> Option<TypeName> {
        node.children()
            .find(|child| is_type(child.kind()))
            .and_then(|child| self.type_name(&child))
    }

    pub(super) fn type_name(&self, node: &SyntaxNode) -> Option<TypeName> {
        if node.kind() == K::ARRAY_TYPE {
            let mut inner = self.child_type(node)?;
            inner.array = true;
            inner.span = self.span(node);
            return Some(inner);
        }
        if matches!(node.kind(), K::PERCENT_TYPE | K::PLPGSQL_PERCENT_ROWTYPE) {
            return Some(TypeName {
                span: self.span(node),
                name: self.object(node)?,
                modifiers: Vec::new(),
                array: false,
                indirect: true,
            });
        }
        let name = match node.kind() {
            K::PATH_TYPE => {
                let mut name = self.child_object(node, K::PATH_REF)?;
                if name.schema.is_none()
                    && !name.name.quoted
                    && let Some(known) = alias(&name.name.text)
                {
                    name.name.text = known.into();
                }
                name
            }
            kind => self.built_in(node, built_in_name(kind, node)?),
        };
        Some(TypeName {
            span: self.span(node),
            name,
            modifiers: modifiers(node),
            array: false,
            indirect: has_token(node, K::SETOF_KW),
        })
    }

    fn built_in(&self, node: &SyntaxNode, name: &str) -> ObjectName {
        ObjectName {
            schema: None,
            name: Name {
                text: name.into(),
                span: self.span(node),
                quoted: false,
            },
        }
    }
}

/// The last two parts of a path (a database's name before them is dropped).
pub(super) fn object_of(mut parts: Vec<Name>) -> Option<ObjectName> {
    let name = parts.pop()?;
    Some(ObjectName {
        schema: parts.pop(),
        name,
    })
}

pub(super) fn is_type(kind: K) -> bool {
    matches!(
        kind,
        K::ARRAY_TYPE
            | K::PATH_TYPE
            | K::PERCENT_TYPE
            | K::PLPGSQL_PERCENT_ROWTYPE
            | K::VARCHAR_TYPE
            | K::CHARACTER_TYPE
            | K::BIT_TYPE
            | K::BIT_VARYING_TYPE
            | K::DOUBLE_TYPE
            | K::TIME_TYPE
            | K::TIMESTAMP_TYPE
            | K::INTERVAL_TYPE
    )
}

/// The grammar's own spellings of built-in types (`SystemTypeName` in gram.y).
fn alias(name: &str) -> Option<&'static str> {
    Some(match name {
        "int" | "integer" => "int4",
        "smallint" => "int2",
        "bigint" => "int8",
        "real" => "float4",
        "boolean" => "bool",
        "dec" | "decimal" => "numeric",
        "float" => "float8",
        _ => return None,
    })
}

fn built_in_name(kind: K, node: &SyntaxNode) -> Option<&'static str> {
    let zoned = has(node, K::WITH_TIMEZONE);
    Some(match kind {
        K::VARCHAR_TYPE => "varchar",
        K::CHARACTER_TYPE => "bpchar",
        K::BIT_TYPE => "bit",
        K::BIT_VARYING_TYPE => "varbit",
        K::DOUBLE_TYPE => "float8",
        K::TIME_TYPE if zoned => "timetz",
        K::TIME_TYPE => "time",
        K::TIMESTAMP_TYPE if zoned => "timestamptz",
        K::TIMESTAMP_TYPE => "timestamp",
        K::INTERVAL_TYPE => "interval",
        _ => return None,
    })
}

fn modifiers(node: &SyntaxNode) -> Vec<SmolStr> {
    let list = child(node, K::ARG_LIST);
    let values: Vec<SmolStr> = match &list {
        Some(list) => children(list, K::ARG)
            .map(|argument| argument.text().to_string().trim().into())
            .collect(),
        None => children(node, K::LITERAL)
            .map(|literal| literal.text().to_string().trim().into())
            .collect(),
    };
    if values.is_empty() && matches!(node.kind(), K::CHARACTER_TYPE | K::BIT_TYPE) {
        return vec!["1".into()];
    }
    values
}

/// The value of a string literal, whatever its quoting.
pub(super) fn string_value(node: &SyntaxNode) -> Option<SmolStr> {
    use squawk_syntax::ast::AstNode;
    let literal = if node.kind() == K::LITERAL {
        squawk_syntax::ast::Literal::cast(node.clone())?
    } else {
        child(node, K::LITERAL).and_then(squawk_syntax::ast::Literal::cast)?
    };
    literal.string_value().map(SmolStr::from)
}

/// A node's words in lower case, joined by single spaces.
pub(super) fn words(node: &SyntaxNode) -> String {
    node.descendants_with_tokens()
        .filter_map(rowan::NodeOrToken::into_token)
        .filter(|token| !token.kind().is_trivia())
        .map(|token| token.text().to_ascii_lowercase())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether one of the node's own tokens spells `word`.
pub(super) fn has_word(node: &SyntaxNode, word: &str) -> bool {
    tokens(node).any(|token| token.text().eq_ignore_ascii_case(word))
}
