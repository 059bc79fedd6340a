//! The row type that a raw query is declared to return.

use smol_str::SmolStr;
use snell_extract::facts::{BindingKind, Expression, TypeExpression, TypeId};
use snell_project::{
    client::ClientCall,
    module::{In, ModuleId, Symbol, TypeRef},
};
use snell_source::Location;

use super::js::{JsType, JsTypes, is_client};

/// What a raw query is declared to return.
#[derive(Debug, Clone, PartialEq)]
pub struct RowType {
    /// Where it is declared.
    pub at: Location,
    /// Whether it is a list of rows, as the result always is.
    pub list: bool,
    /// What a row holds; none when that is not known.
    pub shape: Option<Shape>,
}

/// The members of an object type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shape {
    /// In order of declaration.
    pub members: Vec<Member>,
    /// Whether there may be further ones.
    pub open: bool,
}

/// A member of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub ty: JsType,
    /// Where it is declared.
    pub at: Location,
}

/// Aliases, bases and wrappers that are followed for one answer.
const DEPTH: u32 = 12;

impl JsTypes<'_> {
    /// What a raw query's type argument says, else what its rows are cast or assigned to.
    #[must_use]
    pub fn row_type(&self, call: &ClientCall) -> Option<RowType> {
        let facts = self.project.modules.facts(call.module);
        let arguments = match facts.expression(call.expression) {
            Expression::TaggedTemplate { type_arguments, .. }
            | Expression::Call { type_arguments, .. } => type_arguments,
            _ => return None,
        };
        let first = match arguments.first() {
            Some(first) => *first,
            None => self.declared_beside(call)?,
        };
        let at = self
            .project
            .modules
            .at(call.module, facts.types[first.index()].span);
        let (element, list) = self.element(call.module, first, DEPTH);
        Some(RowType {
            at,
            list,
            shape: element.and_then(|ty| self.shape(ty, DEPTH)),
        })
    }

    /// The type that awaited rows are cast to, or that the variable is declared to have.
    fn declared_beside(&self, call: &ClientCall) -> Option<TypeId> {
        let module = self.project.modules.get(call.module);
        let mut outer = call.expression;
        let mut awaited = false;
        while let Some(parent) = module.context.parent(outer) {
            match module.facts.expression(parent) {
                Expression::Await(_) => awaited = true,
                Expression::Cast { ty, .. } if awaited => return *ty,
                _ => return None,
            }
            outer = parent;
        }
        module
            .facts
            .bindings
            .iter()
            .find_map(|binding| match &binding.kind {
                BindingKind::Variable {
                    ty,
                    init: Some(init),
                    ..
                } if awaited && init.value == outer && init.path.is_empty() => *ty,
                _ => None,
            })
    }

    /// A list's element type, and whether it is a list at all; anything that
    /// is not understood counts as one.
    fn element(&self, module: ModuleId, id: TypeId, depth: u32) -> (Option<TypeRef>, bool) {
        let Some(depth) = depth.checked_sub(1) else {
            return (None, true);
        };
        let modules = &self.project.modules;
        match modules.facts(module).type_expression(id) {
            TypeExpression::Array(element) => (
                Some(In {
                    module,
                    id: *element,
                }),
                true,
            ),
            TypeExpression::Readonly(inner) => self.element(module, *inner, depth),
            TypeExpression::Named { name, arguments } => match name.as_str() {
                "Array" | "ReadonlyArray" => {
                    (arguments.first().map(|id| In { module, id: *id }), true)
                }
                "string" | "number" | "boolean" | "bigint" => (None, false),
                _ => match self.type_named(In { module, id }, name) {
                    Symbol::TypeAlias(alias) if arguments.is_empty() => {
                        let ty = modules.facts(alias.module).type_aliases[alias.id as usize].ty;
                        self.element(alias.module, ty, depth)
                    }
                    Symbol::Interface(_) => (Some(In { module, id }), false),
                    Symbol::External { specifier, .. } if is_client(&specifier) => {
                        let found = In { module, id };
                        let known = self.shape(found, depth).is_some();
                        (known.then_some(found), !known)
                    }
                    _ => (None, true),
                },
            },
            TypeExpression::Object(_) => (Some(In { module, id }), false),
            _ => (None, true),
        }
    }

    /// The members of an object type.
    pub(super) fn shape(&self, ty: TypeRef, depth: u32) -> Option<Shape> {
        let depth = depth.checked_sub(1)?;
        let modules = &self.project.modules;
        let facts = modules.facts(ty.module);
        let inside = |id| In { id, ..ty };
        match facts.type_expression(ty.id) {
            TypeExpression::Object(members) => Some(Shape {
                open: members.iter().any(|member| member.name.text.is_empty()),
                members: members
                    .iter()
                    .filter(|member| !member.name.text.is_empty())
                    .map(|member| Member {
                        name: member.name.text.clone(),
                        ty: self.member_type(ty.module, member, depth),
                        at: modules.at(ty.module, member.span),
                    })
                    .collect(),
            }),
            TypeExpression::Intersection(parts) => {
                let mut all = Shape::default();
                for part in parts {
                    match self.shape(inside(*part), depth) {
                        Some(shape) => all.absorb(shape),
                        None => all.open = true,
                    }
                }
                (!all.members.is_empty()).then_some(all)
            }
            TypeExpression::Readonly(inner) => self.shape(inside(*inner), depth),
            TypeExpression::Named { name, arguments } => {
                self.named_shape(ty, name, arguments, depth)
            }
            _ => None,
        }
    }

    fn named_shape(
        &self,
        ty: TypeRef,
        name: &str,
        arguments: &[TypeId],
        depth: u32,
    ) -> Option<Shape> {
        let modules = &self.project.modules;
        let first = || {
            self.shape(
                In {
                    id: *arguments.first()?,
                    ..ty
                },
                depth,
            )
        };
        let names = || {
            self.literals(In {
                id: *arguments.get(1)?,
                ..ty
            })
        };
        match name {
            "Readonly" | "Required" | "NonNullable" => return first(),
            "Partial" => {
                let mut shape = first()?;
                for member in &mut shape.members {
                    member.ty.undefined = true;
                }
                return Some(shape);
            }
            "Pick" => {
                let (mut shape, names) = (first()?, names()?);
                shape.members.retain(|member| names.contains(&member.name));
                shape.open = false;
                return Some(shape);
            }
            "Omit" => {
                let (mut shape, names) = (first()?, names()?);
                shape.members.retain(|member| !names.contains(&member.name));
                return Some(shape);
            }
            _ => {}
        }
        match self.type_named(ty, name) {
            Symbol::TypeAlias(alias) => {
                let declared = &modules.facts(alias.module).type_aliases[alias.id as usize];
                let ty = In {
                    module: alias.module,
                    id: declared.ty,
                };
                declared
                    .type_parameters
                    .is_empty()
                    .then(|| self.shape(ty, depth))?
            }
            Symbol::Interface(found) => self.interface_shape(found, depth),
            Symbol::External { specifier, name } if is_client(&specifier) => {
                self.model_shape(&name)
            }
            _ => None,
        }
    }

    pub(super) fn interface_shape(&self, found: In<u32>, depth: u32) -> Option<Shape> {
        let depth = depth.checked_sub(1)?;
        let modules = &self.project.modules;
        let declared = &modules.facts(found.module).interfaces[found.id as usize];
        if !declared.type_parameters.is_empty() {
            return None;
        }
        let mut shape = Shape::default();
        for base in &declared.extends {
            match self.shape(
                In {
                    module: found.module,
                    id: *base,
                },
                depth,
            ) {
                Some(base) => shape.absorb(base),
                None => shape.open = true,
            }
        }
        let own = declared.members.iter().map(|member| Member {
            name: member.name.text.clone(),
            ty: self.member_type(found.module, member, depth),
            at: modules.at(found.module, member.span),
        });
        shape.absorb(Shape {
            open: declared.members.iter().any(|m| m.name.text.is_empty()),
            members: own.filter(|member| !member.name.is_empty()).collect(),
        });
        Some(shape)
    }

    /// What a type's name means: several functions of a module may each have their own.
    fn type_named(&self, at: TypeRef, name: &str) -> Symbol {
        let modules = &self.project.modules;
        let facts = modules.facts(at.module);
        let place = facts.types[at.id.index()].span;
        let aliases = facts.type_aliases.iter().zip(0u32..);
        let alike: Vec<_> = aliases.filter(|(one, _)| one.name.text == name).collect();
        if alike.len() < 2 {
            return modules.type_name(at.module, name);
        }
        // The nearest function around both.
        let around = |span: snell_source::Span| {
            let holders = facts
                .functions
                .iter()
                .filter(move |f| f.span.contains(span));
            holders.map(|f| f.span).min_by_key(|span| span.len())
        };
        let visible = alike
            .into_iter()
            .filter_map(|(alias, n)| match around(alias.span) {
                Some(function) => function.contains(place).then_some((function.len(), n)),
                None => Some((u32::MAX, n)),
            });
        visible.min().map_or(Symbol::Unresolved, |(_, id)| {
            Symbol::TypeAlias(In {
                module: at.module,
                id,
            })
        })
    }

    /// The scalar fields of a model, as the client hands them over.
    fn model_shape(&self, name: &str) -> Option<Shape> {
        let schema = self.project.schemas.get(self.schema);
        let name = name.rsplit('.').next().unwrap_or(name);
        let model = schema.datamodel.model(name)?;
        Some(Shape {
            open: false,
            members: model
                .columns()
                .filter(|field| field.is_visible())
                .map(|field| Member {
                    name: field.name.clone(),
                    ty: JsTypes::field_type(field),
                    at: schema.field_name(field),
                })
                .collect(),
        })
    }

    /// The strings of `'a' | 'b'`.
    fn literals(&self, ty: TypeRef) -> Option<Vec<SmolStr>> {
        let facts = self.project.modules.facts(ty.module);
        match facts.type_expression(ty.id) {
            TypeExpression::StringLiteral(text) => Some(vec![text.clone()]),
            TypeExpression::Union(members) => members
                .iter()
                .map(|id| match facts.type_expression(*id) {
                    TypeExpression::StringLiteral(text) => Some(text.clone()),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }
}

impl Shape {
    /// Adds members; a later one of the same name wins.
    fn absorb(&mut self, other: Shape) {
        self.open |= other.open;
        for member in other.members {
            self.members.retain(|known| known.name != member.name);
            self.members.push(member);
        }
    }
}
