//! Declarations: imports, exports, classes, functions, enums, types.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use snell_source::Span;

use super::{
    BindingId, Block, ClassId, ExpressionId, FunctionId, Name, Pattern, PropertyKey, Statement,
    StatementNode, TypeId, TypeMember,
};

/// One imported name, or an import for its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The module specifier.
    pub source: Name,
    /// What is imported.
    pub imported: ImportedName,
    /// The local name; absent for effects.
    pub local: Option<BindingId>,
    /// `import type`
    pub type_only: bool,
    /// The specifier in the braces, or the whole statement.
    pub span: Span,
}

/// What an import takes from the other module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportedName {
    /// `{ name as local }`
    Named(SmolStr),
    /// `import local from`, `import local = require()`, and at the top of the
    /// module `const local = require()`
    Default,
    /// `* as local`
    Namespace,
    /// `import 'x'`
    Effect,
}

/// What a module exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Export {
    /// A name of this module: `export const a`, `export { a as b }`, `export default class A`.
    Local {
        /// The name outside; `default` for default exports.
        exported: SmolStr,
        /// The name inside.
        local: SmolStr,
        /// Where the name stands.
        span: Span,
    },
    /// `export default expression`, `export = expression`; the expression is
    /// also a statement of the module's body.
    DefaultExpression {
        /// The value.
        value: ExpressionId,
    },
    /// `export { a as b } from 'x'`; `export * as b from 'x'` has the imported name `*`.
    From {
        /// The other module.
        source: Name,
        /// The name there.
        imported: SmolStr,
        /// The name outside.
        exported: SmolStr,
    },
    /// `export * from 'x'`
    All {
        /// The other module.
        source: Name,
    },
}

/// `@Name(arguments)`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decorator {
    /// The dotted name: `UseGuards`, `Prisma.X`; empty when it is no name.
    pub name: SmolStr,
    /// The expression after the `@`: a name, or a call of one.
    pub expression: ExpressionId,
    /// With the `@`.
    pub span: Span,
}

/// A class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Class {
    /// Absent for anonymous class expressions.
    pub name: Option<Name>,
    /// The whole declaration, decorators left out.
    pub span: Span,
    /// The base: a name, a member, or a call (`PartialType(X)`, a mixin).
    pub extends: Option<ExpressionId>,
    /// `extends Base<T>`
    pub extends_arguments: Vec<TypeId>,
    /// `implements A, B`
    pub implements: Vec<TypeId>,
    /// Type parameters.
    pub type_parameters: Vec<TypeParameter>,
    /// Decorators.
    pub decorators: Vec<Decorator>,
    /// `abstract`
    pub is_abstract: bool,
    /// Members in order; overload signatures left out.
    pub members: Vec<Member>,
}

impl Class {
    /// The constructor, if it is written.
    pub fn constructor(&self) -> Option<FunctionId> {
        self.members.iter().find_map(|member| match member.kind {
            MemberKind::Constructor(function) => Some(function),
            _ => None,
        })
    }

    /// The first member of this name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members
            .iter()
            .find(|member| member.key.name().is_some_and(|n| n.text == name))
    }
}

/// `public`, `protected`, `private`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Accessibility {
    /// `public`, or nothing.
    #[default]
    Public,
    /// `protected`
    Protected,
    /// `private`, or a name with `#`.
    Private,
}

/// A member of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The name.
    pub key: PropertyKey,
    /// The whole member, decorators left out.
    pub span: Span,
    /// `static`
    pub is_static: bool,
    /// `readonly`
    pub is_readonly: bool,
    /// `abstract`, or `declare`.
    pub is_abstract: bool,
    /// Who may use it.
    pub accessibility: Accessibility,
    /// Decorators.
    pub decorators: Vec<Decorator>,
    /// What it is.
    pub kind: MemberKind,
}

/// The kinds of class members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum MemberKind {
    /// `name() { }`
    Method(FunctionId),
    /// `constructor() { }`
    Constructor(FunctionId),
    /// `get name() { }`
    Getter(FunctionId),
    /// `set name(v) { }`
    Setter(FunctionId),
    /// `name: T = init`
    Field {
        /// The annotation.
        ty: Option<TypeId>,
        /// The initial value.
        init: Option<ExpressionId>,
        /// `?`
        optional: bool,
    },
    /// `static { }`
    StaticBlock(FunctionId),
}

/// What kind of function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FunctionKind {
    /// `function f() { }`
    Declaration,
    /// `function () { }`
    Expression,
    /// `() => { }`
    Arrow,
    /// A method of a class or an object.
    Method,
    /// `constructor`
    Constructor,
    /// `get x()`
    Getter,
    /// `set x(v)`
    Setter,
    /// `static { }`
    StaticBlock,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its own name; for an arrow or expression assigned to a variable,
    /// property or field, that name.
    pub name: Option<Name>,
    /// The whole function.
    pub span: Span,
    /// What kind.
    pub kind: FunctionKind,
    /// `async`
    pub is_async: bool,
    /// `function*`
    pub is_generator: bool,
    /// Parameters in order; a `this` parameter is left out.
    pub parameters: Vec<Parameter>,
    /// The annotation of the result.
    pub result: Option<TypeId>,
    /// Type parameters.
    pub type_parameters: Vec<TypeParameter>,
    /// The statements.
    pub body: FunctionBody,
    /// The class whose member it is, or whose field's initial value it stands in,
    /// outside of any other function: the class that `this` is an instance of.
    pub class: Option<ClassId>,
    /// The function around it.
    pub parent: Option<FunctionId>,
}

/// What a function does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FunctionBody {
    /// No body: abstract, overload, `declare`.
    None,
    /// `=> expression`
    Expression(ExpressionId),
    /// `{ }`
    Block(Block),
}

impl FunctionBody {
    /// What it gives back: the values of its `return` statements, in source order, those of functions inside
    /// left out.
    #[must_use]
    pub fn returned(&self) -> Vec<ExpressionId> {
        let mut values = Vec::new();
        match self {
            FunctionBody::Expression(value) => values.push(*value),
            FunctionBody::Block(block) => collect_returned(block, &mut values),
            FunctionBody::None => {}
        }
        values
    }
}

fn collect_returned(block: &[StatementNode], values: &mut Vec<ExpressionId>) {
    for statement in block {
        match &statement.kind {
            Statement::Return(Some(value)) => values.push(*value),
            Statement::If {
                then, otherwise, ..
            } => {
                collect_returned(then, values);
                collect_returned(otherwise.as_deref().unwrap_or_default(), values);
            }
            Statement::Block(body)
            | Statement::Labeled { body, .. }
            | Statement::For { body, .. }
            | Statement::ForOf { body, .. }
            | Statement::ForIn { body, .. }
            | Statement::While { body, .. }
            | Statement::DoWhile { body, .. } => collect_returned(body, values),
            Statement::Switch { cases, .. } => cases
                .iter()
                .for_each(|case| collect_returned(&case.body, values)),
            Statement::Try {
                block,
                handler,
                finalizer,
                ..
            } => {
                collect_returned(block, values);
                collect_returned(handler.as_deref().unwrap_or_default(), values);
                collect_returned(finalizer.as_deref().unwrap_or_default(), values);
            }
            _ => {}
        }
    }
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// What it binds, its default included ([`Pattern::Default`]).
    pub pattern: Pattern,
    /// The annotation.
    pub ty: Option<TypeId>,
    /// `?`
    pub optional: bool,
    /// `...`
    pub rest: bool,
    /// Decorators.
    pub decorators: Vec<Decorator>,
    /// `private`, `protected`, `public` or `readonly` before a constructor's
    /// parameter makes it a field of the same name.
    pub property: Option<Accessibility>,
    /// Where, decorators left out.
    pub span: Span,
}

/// `T extends C = D`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeParameter {
    /// `T`
    pub name: SmolStr,
    /// `C`
    pub constraint: Option<TypeId>,
    /// `D`
    pub default: Option<TypeId>,
}

/// `enum Name { }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enum {
    /// The name.
    pub name: Name,
    /// The whole.
    pub span: Span,
    /// The members in order.
    pub members: Vec<EnumMember>,
}

/// A member of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumMember {
    /// The name.
    pub name: Name,
    /// `= value`
    pub value: Option<ExpressionId>,
}

/// `interface Name { }`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interface {
    /// The name.
    pub name: Name,
    /// The whole.
    pub span: Span,
    /// Type parameters.
    pub type_parameters: Vec<TypeParameter>,
    /// `extends A, B`
    pub extends: Vec<TypeId>,
    /// The members in order.
    pub members: Vec<TypeMember>,
}

/// `type Name = T`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeAlias {
    /// The name.
    pub name: Name,
    /// The whole.
    pub span: Span,
    /// Type parameters.
    pub type_parameters: Vec<TypeParameter>,
    /// `T`
    pub ty: TypeId,
}
