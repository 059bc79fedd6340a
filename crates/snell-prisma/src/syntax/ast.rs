//! The syntax tree of one schema file, with the span of everything.
//!
//! Names are Prisma's. The tree keeps what Prisma does not know (blocks with
//! other keywords, attributes of any name) and the lines that could not be read,
//! so that a tool may look at them.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::token::Token;

/// A piece of text with its place. For an attribute the text is its dotted path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The text.
    pub text: SmolStr,
    /// Its bytes.
    pub span: Span,
}

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SchemaFile {
    /// Every byte of the file, in order.
    pub tokens: Vec<Token>,
    /// What the file declares, in order.
    pub items: Vec<Item>,
}

impl SchemaFile {
    /// The blocks of the file, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.items.iter().filter_map(|item| match item {
            Item::Block(block) => Some(block),
            Item::Comment(_) | Item::Unread(_) => None,
        })
    }
}

/// Something at the top level of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// `keyword Name { ... }`
    Block(Block),
    /// A comment that belongs to no block.
    Comment(Comment),
    /// A line that could not be read.
    Unread(Span),
}

/// What a block's keyword says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BlockKind {
    /// `model`
    Model,
    /// `view`
    View,
    /// `enum`
    Enum,
    /// `type`
    CompositeType,
    /// `datasource`
    Datasource,
    /// `generator`
    Generator,
    /// Any other keyword: kept, never lowered.
    Unknown,
}

/// `keyword Name { ... }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What the keyword says that it is.
    pub kind: BlockKind,
    /// The keyword as written.
    pub keyword: Name,
    /// The name; empty text when it is missing.
    pub name: Name,
    /// From the keyword to the closing brace.
    pub span: Span,
    /// The comments above, and the one after the opening brace.
    pub comments: Comments,
    /// What the block holds, in order.
    pub members: Vec<Member>,
}

impl Block {
    /// Whether every line of the block could be read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.members.iter().any(|m| matches!(m, Member::Unread(_)))
    }

    /// The `@@` attributes of the block, in order.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.members.iter().filter_map(|member| match member {
            Member::Attribute(attribute) => Some(attribute),
            _ => None,
        })
    }

    /// The fields of a model, view or composite type, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.members.iter().filter_map(|member| match member {
            Member::Field(field) => Some(field),
            _ => None,
        })
    }

    /// The values of an enum, in order.
    pub fn values(&self) -> impl Iterator<Item = &EnumValue> {
        self.members.iter().filter_map(|member| match member {
            Member::Value(value) => Some(value),
            _ => None,
        })
    }

    /// The settings of a datasource or generator, in order.
    pub fn settings(&self) -> impl Iterator<Item = &Setting> {
        self.members.iter().filter_map(|member| match member {
            Member::Setting(setting) => Some(setting),
            _ => None,
        })
    }
}

/// Something inside a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Member {
    /// A field of a model, view or composite type.
    Field(Field),
    /// A value of an enum.
    Value(EnumValue),
    /// `@@name(...)`
    Attribute(Attribute),
    /// `key = value` of a datasource or generator.
    Setting(Setting),
    /// A comment that belongs to no member.
    Comment(Comment),
    /// A line that could not be read.
    Unread(Span),
}

/// `name Type @attribute ...`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its type; absent when the line has none, which is an error.
    pub ty: Option<TypeReference>,
    /// Its attributes, in order.
    pub attributes: Vec<Attribute>,
    /// Comments above and behind it.
    pub comments: Comments,
    /// From the name to the last attribute.
    pub span: Span,
}

/// How many values a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Arity {
    /// Exactly one.
    Required,
    /// None or one: `?`.
    Optional,
    /// Any number: `[]`.
    List,
}

/// A type as a field writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeReference {
    /// Its name; for `Unsupported("...")`, the text in the string.
    pub name: Name,
    /// Whether it is `Unsupported("...")`.
    pub unsupported: bool,
    /// `?`, `[]` or neither.
    pub arity: Arity,
    /// With its arity.
    pub span: Span,
}

/// A value of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumValue {
    /// Its name.
    pub name: Name,
    /// Its attributes, in order.
    pub attributes: Vec<Attribute>,
    /// Comments above and behind it.
    pub comments: Comments,
    /// From the name to the last attribute.
    pub span: Span,
}

/// `key = value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The key.
    pub key: Name,
    /// The value; absent when nothing follows the `=`, which is an error.
    pub value: Option<Expression>,
    /// Comments above and behind it.
    pub comments: Comments,
    /// From the key to the value.
    pub span: Span,
}

/// `@name(...)` or `@@name(...)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// The dotted path without `@`; its span too is without `@`.
    pub name: Name,
    /// What stands in parentheses, in order.
    pub arguments: Vec<Argument>,
    /// The parentheses and what is between them.
    pub parentheses: Option<Span>,
    /// Comments above and behind it: only on `@@` attributes.
    pub comments: Comments,
    /// From the `@` to the closing parenthesis.
    pub span: Span,
}

impl Attribute {
    /// The argument of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Argument> {
        named(&self.arguments, name)
    }

    /// The argument of this name or, if there is none, the one without a name.
    #[must_use]
    pub fn named_or_unnamed(&self, name: &str) -> Option<&Argument> {
        self.named(name)
            .or_else(|| self.arguments.iter().find(|a| a.name.is_none()))
    }
}

fn named<'a>(arguments: &'a [Argument], name: &str) -> Option<&'a Argument> {
    arguments
        .iter()
        .find(|a| a.name.as_ref().is_some_and(|n| n.text == name))
}

/// `value` or `name: value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// The name before the colon.
    pub name: Option<Name>,
    /// The value.
    pub value: Expression,
    /// Name and value.
    pub span: Span,
}

/// A value as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Its bytes.
    pub span: Span,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExpressionKind {
    /// `"..."`, escapes resolved.
    String(SmolStr),
    /// A number as written.
    Number(SmolStr),
    /// A name or dotted path: `true`, `Cascade`, `address.street`.
    Constant(SmolStr),
    /// `name(...)`.
    Function {
        /// Its dotted path.
        name: Name,
        /// Its arguments, in order.
        arguments: Vec<Argument>,
    },
    /// `[...]`.
    List(Vec<Expression>),
    /// `{ key: value }`: the condition of a partial index.
    Object(Vec<Argument>),
    /// Nothing where a value must be; an error was reported.
    Missing,
}

impl Expression {
    /// The text of a string.
    #[must_use]
    pub fn as_string(&self) -> Option<&SmolStr> {
        match &self.kind {
            ExpressionKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The path of a constant.
    #[must_use]
    pub fn as_constant(&self) -> Option<&SmolStr> {
        match &self.kind {
            ExpressionKind::Constant(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list; anything else is a list of itself, as Prisma reads it.
    #[must_use]
    pub fn elements(&self) -> &[Expression] {
        match &self.kind {
            ExpressionKind::List(elements) => elements,
            _ => std::slice::from_ref(self),
        }
    }
}

/// How a comment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CommentKind {
    /// `// ...`
    Line,
    /// `/// ...`
    Doc,
    /// `/* ... */`
    Block,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// How it is written.
    pub kind: CommentKind,
    /// What it says, without its marks and the white space around.
    pub text: SmolStr,
    /// Its bytes, marks included.
    pub span: Span,
}

/// The comments that belong to an item.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Comments {
    /// On the lines above it.
    pub leading: Vec<Comment>,
    /// On its own line, after it.
    pub trailing: Option<Comment>,
}

impl Comments {
    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Comment> {
        self.leading.iter().chain(&self.trailing)
    }

    /// The text of the `///` comments, joined by line breaks, as Prisma documents the item.
    #[must_use]
    pub fn documentation(&self) -> Option<String> {
        let lines: Vec<&str> = self
            .iter()
            .filter(|c| c.kind == CommentKind::Doc)
            .map(|c| c.text.as_str())
            .collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}
