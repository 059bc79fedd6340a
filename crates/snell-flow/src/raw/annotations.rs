//! What the values of declared types look like.

use snell_extract::facts::TypeExpression;
use snell_project::module::{Symbol, TypeRef};

use super::values::{Nature, Values, beside};

impl Values<'_> {
    /// What a declared type's values look like.
    pub(super) fn annotated(&self, ty: TypeRef, depth: u32) -> Option<Nature> {
        let depth = depth.checked_sub(1)?;
        let facts = self.project.modules.facts(ty.module);
        let inside = |id| beside(ty, id);
        match facts.type_expression(ty.id) {
            TypeExpression::NumberLiteral(_) | TypeExpression::BooleanLiteral(_) => {
                Some(Nature::Number)
            }
            TypeExpression::StringLiteral(_) | TypeExpression::Keyof(_) => Some(Nature::Words),
            // `(typeof NAMES)[number]`
            TypeExpression::IndexedAccess { object, .. } => {
                matches!(facts.type_expression(*object), TypeExpression::Typeof(_))
                    .then_some(Nature::Words)
            }
            TypeExpression::Null | TypeExpression::Undefined => Some(Nature::Number),
            TypeExpression::Readonly(of) => self.annotated(inside(*of), depth),
            TypeExpression::Union(members) => members
                .iter()
                .map(|member| self.annotated(inside(*member), depth))
                .reduce(|a, b| Some(a?.max(b?)))
                .flatten(),
            TypeExpression::Array(element) => self.annotated(inside(*element), depth)?.listed(),
            TypeExpression::Template(_) => Some(Nature::Words),
            TypeExpression::Named { name, arguments } => match name.as_str() {
                "number" | "bigint" | "boolean" | "Date" => Some(Nature::Number),
                "string" => Some(Nature::Text),
                "Prisma.Sql" | "Sql" => Some(Nature::Fragment),
                "Promise" | "Readonly" | "NonNullable" => {
                    self.annotated(inside(*arguments.first()?), depth)
                }
                "Array" | "ReadonlyArray" | "Set" => {
                    self.annotated(inside(*arguments.first()?), depth)?.listed()
                }
                "Prisma.Decimal" | "Decimal" => Some(Nature::Number),
                name => self.alias(ty, name, depth),
            },
            _ => None,
        }
    }

    fn alias(&self, ty: TypeRef, name: &str, depth: u32) -> Option<Nature> {
        match self.project.modules.type_name(ty.module, name) {
            Symbol::TypeAlias(alias) => {
                let facts = self.project.modules.facts(alias.module);
                let id = facts.type_aliases[alias.id as usize].ty;
                self.annotated(beside(alias, id), depth)
            }
            Symbol::Enum(_) => Some(Nature::Words),
            // An enum of the generated client.
            Symbol::External { specifier, name }
                if specifier.contains("prisma") && name != "Prisma" =>
            {
                Some(Nature::Words)
            }
            _ => None,
        }
    }
}
