//! What one TypeScript module says, as plain data.
//!
//! [`ModuleFacts`] is the whole of what later floors see of a module: its
//! declarations, and the bodies of its functions as a small typed tree (arenas
//! of expressions, patterns, statements and types, addressed by ids). It
//! depends on the file's text alone, owns its strings, names no file, and is
//! serializable: the cache maps a content hash to it.

mod binding;
mod declaration;
mod expression;
mod lookup;
mod pattern;
mod site;
mod statement;
mod types;
pub mod walk;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::{Span, SyntaxError};

pub use binding::{Binding, BindingKind, Initializer, PatternStep, VariableKind};
pub use declaration::{
    Accessibility, Class, Decorator, Enum, EnumMember, Export, Function, FunctionBody,
    FunctionKind, Import, ImportedName, Interface, Member, MemberKind, Parameter, TypeAlias,
    TypeParameter,
};
pub use expression::{
    Argument, AssignOperator, BinaryOperator, CastKind, Element, Expression, ExpressionNode,
    JsxElement, LogicalOperator, Property, PropertyKey, Tagged, TemplateChunk, UnaryOperator,
};
pub use lookup::ExpressionKind;
pub use pattern::{Pattern, PatternProperty};
pub use site::{Site, SiteKind};
pub use statement::{Block, Case, Statement, StatementNode, VariableDeclarator};
pub use types::{TypeExpression, TypeMember, TypeNode};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in its arena.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// An expression of the module.
    ExpressionId
);
id!(
    /// A type annotation or type argument of the module.
    TypeId
);
id!(
    /// A function of the module: declaration, method, accessor, arrow, ...
    FunctionId
);
id!(
    /// A class of the module.
    ClassId
);
id!(
    /// A name that the module declares in some scope.
    BindingId
);

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The identifier (or the text of a string used as one).
    pub text: SmolStr,
    /// Where; the quotes of a string included.
    pub span: Span,
}

/// The facts of one module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModuleFacts {
    /// `import` declarations, one entry for each imported name, in order.
    pub imports: Vec<Import>,
    /// What the module exports, in order.
    pub exports: Vec<Export>,
    /// Classes, in order of their first byte.
    pub classes: Vec<Class>,
    /// Functions of every kind; an outer one comes before those inside it.
    pub functions: Vec<Function>,
    /// `enum` declarations.
    pub enums: Vec<Enum>,
    /// `interface` declarations.
    pub interfaces: Vec<Interface>,
    /// `type` declarations.
    pub type_aliases: Vec<TypeAlias>,
    /// Declared names of all scopes.
    pub bindings: Vec<Binding>,
    /// The statements of the module itself.
    pub body: Block,
    /// All expressions.
    pub expressions: Vec<ExpressionNode>,
    /// All types.
    pub types: Vec<TypeNode>,
    /// What `queries/typescript.scm` found, in source order.
    pub sites: Vec<Site>,
    /// All comments, in source order, delimiters included.
    pub comments: Vec<Span>,
    /// What could not be understood.
    pub errors: Vec<SyntaxError>,
    /// Where expressions of a kind, and uses of a name, are; follows from them.
    #[serde(skip)]
    pub(crate) lookup: lookup::Lookup,
}

/// `object.property(arguments)`
#[derive(Debug, Clone, Copy)]
pub struct MethodCall<'f> {
    /// What it is called on.
    pub object: ExpressionId,
    /// The method.
    pub property: &'f Name,
    /// What it is handed.
    pub arguments: &'f [Argument],
}

impl ModuleFacts {
    /// The parts of a call of a method, when an expression of the module is one.
    #[must_use]
    pub fn method_call<'f>(&'f self, expression: &'f Expression) -> Option<MethodCall<'f>> {
        let Expression::Call {
            callee, arguments, ..
        } = expression
        else {
            return None;
        };
        match self.expression(*callee) {
            Expression::Member {
                object, property, ..
            } => Some(MethodCall {
                object: *object,
                property,
                arguments,
            }),
            _ => None,
        }
    }

    /// The expression of this id.
    #[must_use]
    pub fn expression(&self, id: ExpressionId) -> &Expression {
        &self.expressions[id.index()].kind
    }

    /// Where an expression stands.
    #[must_use]
    pub fn span(&self, id: ExpressionId) -> Span {
        self.expressions[id.index()].span
    }

    /// The type of this id.
    #[must_use]
    pub fn type_expression(&self, id: TypeId) -> &TypeExpression {
        &self.types[id.index()].kind
    }

    /// The function of this id.
    #[must_use]
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.index()]
    }

    /// The function around this one that is inside no other: a callback is a part of its method.
    #[must_use]
    pub fn outermost(&self, mut id: FunctionId) -> FunctionId {
        while let Some(around) = self.function(id).parent {
            id = around;
        }
        id
    }

    /// The class of this id.
    #[must_use]
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.index()]
    }

    /// The binding of this id.
    #[must_use]
    pub fn binding(&self, id: BindingId) -> &Binding {
        &self.bindings[id.index()]
    }

    /// The expression without the wrappers that do not change its value at
    /// run time: casts, `satisfies`, `!`. (Parentheses leave no node.)
    #[must_use]
    pub fn unwrap_casts(&self, mut id: ExpressionId) -> ExpressionId {
        while let Expression::Cast { value, .. } = self.expression(id) {
            id = *value;
        }
        id
    }
}
