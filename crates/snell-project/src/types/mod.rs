//! What a receiver is: as much type inference as finding a Prisma client,
//! a class or a declared shape behind an expression takes.
//!
//! Not a type checker: every answer may be [`Type::Unknown`], and what is
//! answered was read from an annotation, an initializer, a constructor's
//! parameter, a returned expression or the callback's place.

mod annotation;
mod callback;
mod constructed;
mod extension;
mod inference;
mod members;
mod memo;
mod provided;
mod scoped;

pub(crate) use memo::Memo;
use smol_str::SmolStr;

use snell_extract::facts::{FunctionBody, MemberKind};

use self::extension::Conditions;
pub use self::scoped::Models;
use crate::module::{ClassRef, ExpressionRef, FunctionRef, ModuleId, Modules, TypeRef};

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Nothing.
    Unknown,
    /// Declared `any` or `unknown`: the author switched the compiler off.
    Any,
    /// An instance of a class of the workspace.
    Instance(ClassRef),
    /// A class of the workspace itself.
    Constructor(ClassRef),
    /// A Prisma client.
    Client(Client),
    /// The class `PrismaClient` itself.
    ClientConstructor(SmolStr),
    /// The delegate of a model: `prisma.user`. The accessor, as written.
    Delegate(Client, SmolStr),
    /// An object literal.
    Object(ExpressionRef),
    /// A declared object type, interface or other structural type.
    Declared(TypeRef),
    /// The interface at this position of its module.
    Interface(crate::module::In<u32>),
    /// A function or method of the workspace.
    Function(FunctionRef),
    /// `import * as x`
    Namespace(ModuleId),
    /// Elements of this type.
    List(Box<Type>),
    /// Something of a foreign package: specifier and exported name.
    External(SmolStr, SmolStr),
    /// A value that is certainly none of the above: a string, a number, ...
    Primitive,
}

/// A Prisma client, and what is known of which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// Handed over by an interactive transaction.
    pub transaction: bool,
    /// Came through `$extends`.
    pub extended: bool,
    /// One of its extensions may change what queries ask for, it is not known how.
    pub amending: bool,
    /// The models to whose queries it adds whose rows they may reach: those of a client that enforces
    /// policies, or of one whose extension writes the condition.
    pub scoped: Option<Models>,
    /// The query of a call is of none of these models.
    pub left_alone: bool,
    /// The specifier that the client's class was imported from
    /// (`@prisma/client`, `../generated/prisma`), when it is known: it tells
    /// schemas apart.
    pub origin: Option<SmolStr>,
    /// The class of the workspace that extends the client, when it is one.
    pub class: Option<ClassRef>,
}

impl Client {
    /// Whether it says itself whose rows the queries of a call may reach.
    #[must_use]
    pub fn is_scoping(&self) -> bool {
        self.scoped.is_some() && !self.left_alone
    }

    /// Whether one of its extensions takes queries over: it may run them in a transaction.
    #[must_use]
    pub fn takes_queries_over(&self) -> bool {
        self.amending || self.scoped.is_some()
    }

    /// Whether it may change what queries ask for.
    #[must_use]
    pub fn changes_queries(&self) -> bool {
        self.amending || self.is_scoping()
    }

    /// The same client, as far as it concerns the queries of the model of this name. Where the policies of the
    /// database say whose rows they see, what it does not add it may leave to them.
    #[must_use]
    pub(crate) fn of_model(self, name: &str, has_policies: bool) -> Self {
        match &self.scoped {
            Some(models) if !models.holds(name) => Client {
                amending: self.amending || has_policies,
                left_alone: true,
                ..self
            },
            _ => self,
        }
    }

    /// The same client with an extension that does this.
    fn extended_by(self, conditions: Conditions) -> Self {
        Client {
            extended: true,
            amending: self.amending || conditions == Conditions::Amended,
            scoped: match conditions {
                Conditions::Scoped(models) => Models::both(self.scoped, Some(models)),
                _ => self.scoped,
            },
            ..self
        }
    }

    /// The same client with what is added on the way to another one.
    fn with(self, other: Client) -> Self {
        Client {
            extended: self.extended || other.extended,
            amending: self.amending || other.amending,
            scoped: Models::both(self.scoped, other.scoped),
            ..self
        }
    }
}

/// Answers what expressions are.
#[derive(Debug, Clone, Copy)]
pub struct Types<'p> {
    modules: &'p Modules,
}

/// How many steps an answer may take: names, members, calls.
const DEPTH: u32 = 24;

impl<'p> Types<'p> {
    /// Over these modules.
    #[must_use]
    pub fn new(modules: &'p Modules) -> Self {
        Types { modules }
    }

    /// What an expression is.
    #[must_use]
    pub fn of(&self, expression: ExpressionRef) -> Type {
        let infer = || self.expression(expression.module, expression.id, DEPTH);
        self.modules.memo().of(expression, infer)
    }

    /// What an annotation says.
    #[must_use]
    pub fn of_annotation(&self, ty: TypeRef) -> Type {
        self.annotation(ty.module, ty.id, DEPTH)
    }

    /// The method or function that a call's callee names, if it is one of the workspace.
    #[must_use]
    pub fn callee(&self, callee: ExpressionRef) -> Option<FunctionRef> {
        match self.of(callee) {
            Type::Function(function) => Some(function),
            _ => None,
        }
    }

    /// The class and its bases, nearest first, as far as they are of the workspace.
    #[must_use]
    pub fn ancestry(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut chain = vec![class];
        while let Some(base) = self.base(*chain.last().unwrap_or(&class)) {
            if chain.contains(&base) || chain.len() > 16 {
                break;
            }
            chain.push(base);
        }
        chain
    }

    /// What a way of names from a value leads to.
    #[must_use]
    pub fn along_names<'n>(&self, from: Type, way: impl IntoIterator<Item = &'n str>) -> Type {
        way.into_iter()
            .fold(from, |value, name| self.member(&value, name, DEPTH))
    }

    /// What a field of a class is.
    #[must_use]
    pub fn of_field(&self, class: ClassRef, name: &str) -> Type {
        let whole = self.instance(class);
        self.member(&whole, name, DEPTH)
    }

    /// What a parameter of a function is declared as.
    #[must_use]
    pub fn of_parameter(&self, function: FunctionRef, index: u32) -> Type {
        self.parameter(function, index, DEPTH)
    }

    /// The member of this name that instances of a class have, as far as it is written out, and
    /// the class that declares it.
    #[must_use]
    pub fn member_of(&self, class: ClassRef, name: &str) -> Option<(ClassRef, &'p MemberKind)> {
        self.ancestry(class).into_iter().find_map(|holder| {
            let facts = self.modules.facts(holder.module);
            let mut members = facts.class(holder.id).members.iter();
            let own = members.find(|member| {
                !member.is_static && member.key.name().is_some_and(|key| key.text == name)
            })?;
            let written = match own.kind {
                MemberKind::Method(id) | MemberKind::Getter(id) => {
                    facts.function(id).body != FunctionBody::None
                }
                MemberKind::Field { init, .. } => init.is_some(),
                _ => false,
            };
            written.then_some((holder, &own.kind))
        })
    }

    /// The client that instances of a class are, when it extends one.
    #[must_use]
    pub fn client_of_class(&self, class: ClassRef) -> Option<Client> {
        self.class_client(class, DEPTH)
    }
}

/// Whether a name is that of Prisma's client class, or of a type that stands for a client.
fn is_client_type_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    matches!(
        last,
        "PrismaClient" | "TransactionClient" | "PrismaPromiseClient" | "DynamicClientExtensionThis"
    ) || last.ends_with("PrismaClient")
}

/// Whether a specifier may lead to a generated client: Prisma's package, or a
/// module that is not there and whose path says so.
fn is_client_specifier(specifier: &str) -> bool {
    let lower = specifier.to_ascii_lowercase();
    lower.contains("prisma")
        || lower.contains("generated")
        || lower.ends_with("/client")
        || lower.contains("db")
}
