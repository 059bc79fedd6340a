//! What annotations say.

use snell_extract::facts::{TypeExpression, TypeId};

use super::{Client, Type, Types, is_client_specifier, is_client_type_name};
use crate::module::{In, ModuleId, Symbol};

impl Types<'_> {
    pub(super) fn annotation(&self, module: ModuleId, id: TypeId, depth: u32) -> Type {
        let Some(depth) = depth.checked_sub(1) else {
            return Type::Unknown;
        };
        let facts = self.modules.facts(module);
        match facts.type_expression(id) {
            TypeExpression::Named { name, arguments } => {
                self.named(module, id, name, arguments, depth)
            }
            TypeExpression::Union(members) => self.union(module, members, depth),
            TypeExpression::Intersection(members) => members
                .iter()
                .map(|member| self.annotation(module, *member, depth))
                .find(|ty| !matches!(ty, Type::Unknown | Type::Declared(_)))
                .unwrap_or(Type::Declared(In { module, id })),
            TypeExpression::Array(element) => {
                Type::List(Box::new(self.annotation(module, *element, depth)))
            }
            TypeExpression::Readonly(inner) => self.annotation(module, *inner, depth),
            TypeExpression::Typeof(name) => self.value_name(module, name, depth),
            TypeExpression::StringLiteral(_)
            | TypeExpression::NumberLiteral(_)
            | TypeExpression::BooleanLiteral(_)
            | TypeExpression::Null
            | TypeExpression::Undefined
            | TypeExpression::Template(_) => Type::Primitive,
            TypeExpression::Object(_)
            | TypeExpression::Function { .. }
            | TypeExpression::Mapped { .. } => Type::Declared(In { module, id }),
            // `Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]`
            TypeExpression::IndexedAccess { .. } if self.mentions_transaction(module, id) => {
                Type::Client(Client {
                    transaction: true,
                    ..Client::default()
                })
            }
            TypeExpression::IndexedAccess { object, index } => {
                match facts.type_expression(*index) {
                    TypeExpression::StringLiteral(name) => {
                        let object = self.annotation(module, *object, depth);
                        self.member(&object, name, depth)
                    }
                    _ => Type::Unknown,
                }
            }
            _ => Type::Unknown,
        }
    }

    fn mentions_transaction(&self, module: ModuleId, id: TypeId) -> bool {
        let facts = self.modules.facts(module);
        match facts.type_expression(id) {
            TypeExpression::IndexedAccess { object, index } => {
                matches!(facts.type_expression(*index), TypeExpression::StringLiteral(name) if name == "$transaction")
                    || self.mentions_transaction(module, *object)
            }
            TypeExpression::Named { arguments, .. } => arguments
                .iter()
                .any(|argument| self.mentions_transaction(module, *argument)),
            _ => false,
        }
    }

    fn union(&self, module: ModuleId, members: &[TypeId], depth: u32) -> Type {
        let known: Vec<Type> = members
            .iter()
            .map(|member| self.annotation(module, *member, depth))
            .filter(|ty| *ty != Type::Primitive)
            .collect();
        known
            .iter()
            .find(|ty| matches!(ty, Type::Client(_)))
            .or(known.first())
            .cloned()
            .unwrap_or(Type::Primitive)
    }

    fn named(
        &self,
        module: ModuleId,
        id: TypeId,
        name: &str,
        arguments: &[TypeId],
        depth: u32,
    ) -> Type {
        let first = |depth| {
            arguments
                .first()
                .map(|argument| self.annotation(module, *argument, depth))
        };
        match name {
            "string" | "number" | "boolean" | "bigint" | "symbol" | "void" | "never" | "Date"
            | "Buffer" | "RegExp" | "Map" | "Set" | "WeakMap" | "WeakSet" | "URL"
            | "URLSearchParams" | "FormData" | "Headers" => {
                return Type::Primitive;
            }
            "any" | "unknown" | "object" => return Type::Any,
            "Promise" | "PromiseLike" | "Awaited" | "Omit" | "Pick" | "Partial" | "Required"
            | "Readonly" | "NonNullable" | "Exclude" | "Extract" | "InstanceType" => {
                return match first(depth) {
                    // `InstanceType<typeof X>`
                    Some(Type::Constructor(class)) => self.instance(class),
                    Some(Type::ClientConstructor(origin)) => Type::Client(Client {
                        origin: Some(origin),
                        ..Client::default()
                    }),
                    Some(found) => found,
                    None => Type::Unknown,
                };
            }
            "Array" | "ReadonlyArray" => {
                return Type::List(Box::new(first(depth).unwrap_or(Type::Unknown)));
            }
            "ReturnType" => {
                return match first(depth) {
                    Some(Type::Function(function)) => self.returned(function, depth),
                    _ => Type::Unknown,
                };
            }
            _ => {}
        }
        match self.modules.type_name(module, name) {
            Symbol::Class(class) => self.of_class(class, module, depth),
            Symbol::Interface(interface) => Type::Interface(interface),
            Symbol::TypeAlias(alias) => {
                let ty = self.modules.facts(alias.module).type_aliases[alias.id as usize].ty;
                self.annotation(alias.module, ty, depth)
            }
            Symbol::External {
                specifier,
                name: exported,
            } => self.external_type(
                &specifier,
                if exported == "default" {
                    name
                } else {
                    &exported
                },
            ),
            Symbol::Enum(_) => Type::Primitive,
            Symbol::Unresolved => self.unresolved_type(module, id, name, depth),
            _ => Type::Unknown,
        }
    }

    /// A type of a package, or of a generated client that is not there.
    fn external_type(&self, specifier: &str, name: &str) -> Type {
        if is_client_type_name(name) && is_client_specifier(specifier) {
            let transaction = name.ends_with("TransactionClient");
            return Type::Client(Client {
                transaction,
                origin: Some(specifier.into()),
                ..Client::default()
            });
        }
        if let Some(model) = name
            .strip_prefix("Prisma.")
            .and_then(|n| n.strip_suffix("Delegate"))
        {
            let client = Client {
                origin: Some(specifier.into()),
                ..Client::default()
            };
            return Type::Delegate(client, lower_first(model).into());
        }
        Type::External(specifier.into(), name.into())
    }

    /// A type parameter by its constraint; otherwise nothing.
    fn unresolved_type(&self, module: ModuleId, id: TypeId, name: &str, depth: u32) -> Type {
        let facts = self.modules.facts(module);
        let span = facts.types[id.index()].span;
        let parameters = facts
            .functions
            .iter()
            .filter(|function| function.span.contains(span))
            .flat_map(|function| &function.type_parameters)
            .chain(
                facts
                    .classes
                    .iter()
                    .filter(|class| class.span.contains(span))
                    .flat_map(|c| &c.type_parameters),
            );
        let constraint = parameters
            .filter(|p| p.name == name)
            .find_map(|p| p.constraint);
        match constraint {
            Some(constraint) => self.annotation(module, constraint, depth),
            None if is_client_type_name(name) => Type::Client(Client {
                transaction: name.ends_with("TransactionClient"),
                ..Client::default()
            }),
            None => Type::Unknown,
        }
    }
}

/// `User` to `user`, as Prisma names delegates.
fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
