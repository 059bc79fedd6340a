//! What a front end's type says of an answer.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::{MemberKind, TypeExpression, TypeId, TypeMember, TypeParameter};
use snell_project::module::{In, ModuleId, Modules, Symbol, TypeRef};
use snell_source::Location;

use crate::rule::Context;

/// A type of a front end.
#[derive(Debug, Clone)]
pub(crate) enum Taken<'a> {
    /// Elements of a list.
    List(Box<Taken<'a>>),
    /// Properties of an object.
    Object(Vec<Property<'a>>),
    /// A name of the language, as written: `string`, `Date`.
    Plain(SmolStr),
}

/// A property of a front end's type.
#[derive(Debug, Clone)]
pub(crate) struct Property<'a> {
    /// Its name.
    pub(crate) name: SmolStr,
    /// Whether it may be left out.
    pub(crate) optional: bool,
    /// Where it is declared.
    pub(crate) at: Location,
    /// The name of the type that declares it.
    pub(crate) owner: Option<&'a str>,
    ty: Option<TypeRef>,
    given: Parameters,
}

/// What type parameters stand for.
type Parameters = Rc<FxHashMap<SmolStr, (TypeRef, Option<Outer>)>>;

/// The parameters of the place where an argument was written.
#[derive(Debug, Clone)]
struct Outer(Parameters);

impl<'a> Property<'a> {
    /// What its type says, `null` and `undefined` aside; nothing when that is not known.
    pub(crate) fn taken(&self, context: &Context<'a>) -> Option<Taken<'a>> {
        let reader = Reader {
            modules: &context.project.front.modules,
        };
        reader.of(self.ty?, &self.given, DEPTH)
    }

    /// Whether it may be `null` or left out.
    pub(crate) fn is_nullable(&self, context: &Context<'a>) -> bool {
        let modules = &context.project.front.modules;
        let includes = |ty: TypeRef| {
            let facts = modules.facts(ty.module);
            match facts.type_expression(ty.id) {
                TypeExpression::Union(members) => members.iter().any(|member| {
                    matches!(
                        facts.type_expression(*member),
                        TypeExpression::Null | TypeExpression::Undefined
                    )
                }),
                _ => false,
            }
        };
        self.optional || self.ty.is_none_or(includes)
    }
}

/// Names inside names are followed this deep.
const DEPTH: u32 = 12;

/// What a type says.
pub(super) fn of<'a>(context: &Context<'a>, ty: TypeRef) -> Option<Taken<'a>> {
    let reader = Reader {
        modules: &context.project.front.modules,
    };
    reader.of(ty, &Parameters::default(), DEPTH)
}

struct Reader<'a> {
    modules: &'a Modules,
}

impl<'a> Reader<'a> {
    fn of(&self, ty: TypeRef, given: &Parameters, depth: u32) -> Option<Taken<'a>> {
        let depth = depth.checked_sub(1)?;
        let facts = self.modules.facts(ty.module);
        let here = |id: TypeId| In {
            module: ty.module,
            id,
        };
        match facts.type_expression(ty.id) {
            TypeExpression::Array(element) => {
                let element = self.of(here(*element), given, depth)?;
                Some(Taken::List(Box::new(element)))
            }
            TypeExpression::Readonly(inner) => self.of(here(*inner), given, depth),
            TypeExpression::Object(members) => self
                .members(ty.module, members, None, given)
                .map(Taken::Object),
            TypeExpression::Intersection(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    match self.of(here(*part), given, depth)? {
                        Taken::Object(properties) => all.extend(properties),
                        _ => return None,
                    }
                }
                Some(Taken::Object(all))
            }
            TypeExpression::Union(members) => {
                let mut known = members.iter().filter(|member| {
                    !matches!(
                        facts.type_expression(**member),
                        TypeExpression::Null | TypeExpression::Undefined
                    )
                });
                let only = known.next()?;
                if known.next().is_some() {
                    return None;
                }
                self.of(here(*only), given, depth)
            }
            TypeExpression::Named { name, arguments } => {
                let arguments: Vec<TypeRef> = arguments.iter().map(|id| here(*id)).collect();
                self.named(ty.module, name, &arguments, given, depth)
            }
            _ => None,
        }
    }

    fn named(
        &self,
        module: ModuleId,
        name: &str,
        arguments: &[TypeRef],
        given: &Parameters,
        depth: u32,
    ) -> Option<Taken<'a>> {
        if let (Some((ty, outer)), true) = (given.get(name), arguments.is_empty()) {
            let outer = outer
                .as_ref()
                .map_or_else(Parameters::default, |o| Rc::clone(&o.0));
            return self.of(*ty, &outer, depth);
        }
        let first = arguments.first().copied();
        match name {
            "string" | "number" | "boolean" | "Date" | "bigint" => {
                return Some(Taken::Plain(name.into()));
            }
            "Array" | "ReadonlyArray" => {
                let element = self.of(first?, given, depth)?;
                return Some(Taken::List(Box::new(element)));
            }
            "Promise" | "Observable" | "AxiosResponse" | "AxiosPromise" | "Readonly"
            | "Required" | "NonNullable" | "Awaited" => return self.of(first?, given, depth),
            "Partial" => {
                let Taken::Object(mut properties) = self.of(first?, given, depth)? else {
                    return None;
                };
                for property in &mut properties {
                    property.optional = true;
                }
                return Some(Taken::Object(properties));
            }
            "Pick" | "Omit" => return self.chosen(name == "Pick", arguments, given, depth),
            _ => {}
        }
        self.declared(
            self.modules.type_name(module, name),
            arguments,
            given,
            depth,
        )
    }

    /// What a declaration of the workspace says.
    fn declared(
        &self,
        symbol: Symbol,
        arguments: &[TypeRef],
        given: &Parameters,
        depth: u32,
    ) -> Option<Taken<'a>> {
        match symbol {
            Symbol::Interface(interface) => {
                let facts = self.modules.facts(interface.module);
                let declared = &facts.interfaces[interface.id as usize];
                let given = bound(&declared.type_parameters, arguments, given)?;
                let owner = Some(declared.name.text.as_str());
                let mut all = self.members(interface.module, &declared.members, owner, &given)?;
                for base in &declared.extends {
                    let base = In {
                        module: interface.module,
                        id: *base,
                    };
                    let Taken::Object(inherited) = self.of(base, &given, depth)? else {
                        return None;
                    };
                    let own: Vec<SmolStr> = all.iter().map(|p| p.name.clone()).collect();
                    all.extend(inherited.into_iter().filter(|p| !own.contains(&p.name)));
                }
                Some(Taken::Object(all))
            }
            Symbol::TypeAlias(alias) => {
                let facts = self.modules.facts(alias.module);
                let declared = &facts.type_aliases[alias.id as usize];
                let given = bound(&declared.type_parameters, arguments, given)?;
                let ty = In {
                    module: alias.module,
                    id: declared.ty,
                };
                if let TypeExpression::Object(members) = facts.type_expression(declared.ty) {
                    let owner = Some(declared.name.text.as_str());
                    return self
                        .members(alias.module, members, owner, &given)
                        .map(Taken::Object);
                }
                self.of(ty, &given, depth)
            }
            Symbol::Class(class) => {
                let facts = self.modules.facts(class.module);
                let declared = facts.class(class.id);
                if declared.extends.is_some() || !declared.type_parameters.is_empty() {
                    return None;
                }
                let fields = declared.members.iter().filter_map(|member| {
                    let MemberKind::Field { ty, optional, .. } = member.kind else {
                        return None;
                    };
                    let key = member.key.name().filter(|_| !member.is_static)?;
                    Some(Property {
                        name: key.text.clone(),
                        optional,
                        at: self.modules.at(class.module, key.span),
                        owner: declared.name.as_ref().map(|name| name.text.as_str()),
                        ty: ty.map(|id| In {
                            module: class.module,
                            id,
                        }),
                        given: Parameters::default(),
                    })
                });
                Some(Taken::Object(fields.collect()))
            }
            _ => None,
        }
    }

    /// `Pick<T, 'a' | 'b'>`, `Omit<T, 'a'>`
    fn chosen(
        &self,
        picks: bool,
        arguments: &[TypeRef],
        given: &Parameters,
        depth: u32,
    ) -> Option<Taken<'a>> {
        let [of, keys] = arguments else { return None };
        let Taken::Object(properties) = self.of(*of, given, depth)? else {
            return None;
        };
        let facts = self.modules.facts(keys.module);
        let parts = match facts.type_expression(keys.id) {
            TypeExpression::Union(parts) => parts.clone(),
            _ => vec![keys.id],
        };
        let mut names = Vec::new();
        for part in parts {
            match facts.type_expression(part) {
                TypeExpression::StringLiteral(name) => names.push(name.clone()),
                _ => return None,
            }
        }
        let kept = properties.into_iter();
        Some(Taken::Object(
            kept.filter(|property| names.contains(&property.name) == picks)
                .collect(),
        ))
    }

    /// The properties of members; nothing where an index leaves them open.
    fn members(
        &self,
        module: ModuleId,
        members: &[TypeMember],
        owner: Option<&'a str>,
        given: &Parameters,
    ) -> Option<Vec<Property<'a>>> {
        let property = |member: &TypeMember| {
            (!member.name.text.is_empty()).then(|| Property {
                name: member.name.text.clone(),
                optional: member.optional,
                at: self.modules.at(module, member.name.span),
                owner,
                ty: member.ty.map(|id| In { module, id }),
                given: Rc::clone(given),
            })
        };
        members.iter().map(property).collect()
    }
}

/// The type parameters of a declaration with what they stand for.
fn bound(
    parameters: &[TypeParameter],
    arguments: &[TypeRef],
    outer: &Parameters,
) -> Option<Parameters> {
    if parameters.is_empty() {
        return Some(Parameters::default());
    }
    if parameters.len() != arguments.len() {
        return None;
    }
    let pairs = parameters.iter().zip(arguments).map(|(parameter, ty)| {
        let outer = Some(Outer(Rc::clone(outer)));
        (parameter.name.clone(), (*ty, outer))
    });
    Some(Rc::new(pairs.collect()))
}
