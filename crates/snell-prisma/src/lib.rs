//! Parses Prisma schema files into a [`Datamodel`].
//!
//! Two steps. [`parse`] reads one file: a lossless tree with a span for everything, and the syntax
//! errors; it depends on nothing but the text, so its result can be cached. [`lower`] puts the
//! files of one schema together: names resolved, relations paired, keys and indexes with the
//! names that they get in the database, and the errors that Prisma itself would raise.
//!
//! ```
//! let text = "
//! model User {
//!   id    Int    @id
//!   email String @unique
//!   posts Post[]
//! }
//! model Post {
//!   id       Int  @id
//!   author   User @relation(fields: [authorId], references: [id])
//!   authorId Int
//! }
//! ";
//! let parse = snell_prisma::parse(text);
//! let (datamodel, errors) = snell_prisma::lower(&[(0, &parse)]);
//! assert!(errors.is_empty());
//!
//! let user = datamodel.model("User").unwrap();
//! let email = user.field("email").unwrap();
//! assert!(user.is_unique(email.id));
//! assert_eq!(email.name_span.text(text), "email");
//!
//! let author = datamodel.model("Post").unwrap().field("author").unwrap();
//! assert_eq!(datamodel.target(author).unwrap().name, "User");
//! let key = datamodel.foreign_key(author).unwrap();
//! assert_eq!(key.db_name, "Post_authorId_fkey");
//! assert_eq!(key.on_delete.action.as_str(), "Restrict");
//! assert!(key.on_delete.explicit.is_none());
//! ```
//!
//! What Prisma accepts in any of its versions 5 to 7 gets no error here. The blocks of Prisma 8
//! (`namespace`, `native_enum`, ...) are kept in the tree as [`ast::BlockKind::Unknown`].

mod check;
mod datamodel;
pub mod dmmf;
mod lower;
mod syntax;

use serde::{Deserialize, Serialize};
use snell_source::Span;

pub use datamodel::{
    Action, Algorithm, Cardinality, CompositeType, CompositeTypeId, Datamodel, Datasource,
    Declaration, Default, Enum, EnumId, EnumValue, Field, FieldId, FieldType, ForeignKey,
    Generator, Index, IndexColumn, IndexKind, JoinTable, Mapped, Model, ModelId, NativeType,
    OperatorClass, Place, Provider, ReferentialAction, Relation, RelationField, RelationId,
    RelationMode, ScalarType, SortOrder, Value,
};
pub use lower::names;
pub use syntax::ast::{self, Arity, Comment, CommentKind, Comments};
pub use syntax::{Parse, Token, TokenKind, parse, tokenize};

/// Whether a text cannot be read, or is read and means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorKind {
    /// The text is not Prisma's language.
    Syntax,
    /// The text is, and Prisma still refuses the schema.
    Semantic,
}

/// A fault for which Prisma refuses the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaError {
    /// Which of the two.
    pub kind: ErrorKind,
    /// The number that the caller gave the file.
    pub file: usize,
    /// Where in it.
    pub span: Span,
    /// What, in words for the schema's author.
    pub message: String,
}

/// Puts the files of one schema together, in the order given; each comes with a number of the
/// caller's choice, by which [`Place`]s and errors name it.
///
/// The errors are those of [`Parse::errors`] and the semantic ones, sorted by file and place.
#[must_use]
pub fn lower(files: &[(usize, &Parse)]) -> (Datamodel, Vec<SchemaError>) {
    let blocks = files.iter().flat_map(|(file, parse)| {
        parse
            .tree
            .blocks()
            .map(|block| lower::Source { file: *file, block })
    });
    let sources = lower::Sources::collect(blocks);
    let datamodel = lower::datamodel(&sources);
    let mut errors: Vec<SchemaError> = files
        .iter()
        .flat_map(|(file, parse)| {
            parse.errors.iter().map(|error| SchemaError {
                kind: ErrorKind::Syntax,
                file: *file,
                span: error.span,
                message: error.message.clone(),
            })
        })
        .collect();
    errors.extend(check::errors(&datamodel, &sources));
    let order = |file: usize| files.iter().position(|(f, _)| *f == file);
    errors.sort_by_key(|e| (order(e.file), e.span));
    (datamodel, errors)
}
