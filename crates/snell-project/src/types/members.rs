//! What a member of a value is.

use snell_extract::facts::{Expression, Member, MemberKind, Property, TypeExpression, TypeMember};

use super::{Client, Type, Types, is_client_type_name};
use crate::module::{ClassRef, ExpressionRef, In, ModuleId};

impl Types<'_> {
    /// What `value.name` is.
    pub(super) fn member(&self, value: &Type, name: &str, depth: u32) -> Type {
        let Some(depth) = depth.checked_sub(1) else {
            return Type::Unknown;
        };
        match value {
            Type::Instance(class) => self
                .instance_member(*class, name, depth)
                .unwrap_or(Type::Unknown),
            Type::Client(client) => self.client_member(client, name, depth),
            Type::Constructor(class) => self
                .static_member(*class, name, depth)
                .unwrap_or(Type::Unknown),
            Type::Object(object) => self.object_member(*object, name, depth),
            Type::Declared(ty) => self.declared_member(ty.module, ty.id, name, depth),
            Type::Interface(interface) => self.interface_member(*interface, name, depth),
            Type::Namespace(module) => self.symbol(self.modules.export(*module, name), depth),
            Type::External(specifier, outer) if is_client_type_name(name) => {
                let _ = outer;
                Type::ClientConstructor(specifier.clone())
            }
            Type::Any => Type::Any,
            _ => Type::Unknown,
        }
    }

    /// The instance of a class: a client when it extends one.
    pub(super) fn instance(&self, class: ClassRef) -> Type {
        match self.class_client(class, super::DEPTH) {
            Some(client) => Type::Client(client),
            None => Type::Instance(class),
        }
    }

    /// The class that a class extends, when it is of the workspace.
    pub(super) fn base(&self, class: ClassRef) -> Option<ClassRef> {
        let facts = self.modules.facts(class.module);
        let base = facts.class(class.id).extends?;
        let infer = || match self.expression(class.module, base, super::DEPTH / 2) {
            Type::Constructor(base) => Some(base),
            _ => None,
        };
        self.modules.memo().base(class, infer)
    }

    /// The client that a class is, when it extends one.
    pub(super) fn inherited_client(&self, class: ClassRef, depth: u32) -> Option<Client> {
        let mut current = class;
        for _ in 0..depth.min(16) {
            let facts = self.modules.facts(current.module);
            let base = facts.class(current.id).extends?;
            match self.expression(current.module, base, depth.checked_sub(4)?) {
                Type::ClientConstructor(origin) => {
                    return Some(Client {
                        origin: Some(origin),
                        class: Some(class),
                        ..Client::default()
                    });
                }
                Type::Client(client) => {
                    return Some(Client {
                        class: Some(class),
                        ..client
                    });
                }
                Type::Constructor(base) if base != current => current = base,
                _ => return None,
            }
        }
        None
    }

    pub(super) fn instance_member(&self, class: ClassRef, name: &str, depth: u32) -> Option<Type> {
        self.ancestry(class)
            .into_iter()
            .find_map(|class| self.own_member(class, name, depth))
    }

    fn own_member(&self, class: ClassRef, name: &str, depth: u32) -> Option<Type> {
        let facts = self.modules.facts(class.module);
        let declared = facts.class(class.id);
        let own = declared
            .members
            .iter()
            .filter(|m| !m.is_static && m.key.name().is_some_and(|n| n.text == name));
        let found: Option<Type> = own
            .map(|member| {
                let declared = self.member_type(class.module, member, depth);
                match (&member.kind, &declared) {
                    (
                        MemberKind::Field { init: None, .. },
                        Type::Unknown | Type::Any | Type::Client(_),
                    ) => {
                        let assigned = self.assigned(class, name, depth);
                        self.with(declared, assigned)
                    }
                    _ => declared,
                }
            })
            .next();
        found.or_else(|| self.parameter_property(class, name, depth))
    }

    fn static_member(&self, class: ClassRef, name: &str, depth: u32) -> Option<Type> {
        self.ancestry(class).into_iter().find_map(|class| {
            let facts = self.modules.facts(class.module);
            let members = &facts.class(class.id).members;
            let member = members
                .iter()
                .find(|m| m.is_static && m.key.name().is_some_and(|n| n.text == name))?;
            Some(self.member_type(class.module, member, depth))
        })
    }

    fn member_type(&self, module: ModuleId, member: &Member, depth: u32) -> Type {
        match member.kind {
            MemberKind::Method(id) => Type::Function(In { module, id }),
            MemberKind::Getter(id) => self.returned(In { module, id }, depth),
            // `list: RequestHandler = async (request, response) => {}`
            MemberKind::Field {
                init: Some(init), ..
            } if matches!(
                self.modules.facts(module).expression(init),
                Expression::Function(_)
            ) =>
            {
                self.expression(module, init, depth)
            }
            MemberKind::Field { ty, init, .. } => {
                let annotated = ty.map_or(Type::Unknown, |ty| self.annotation(module, ty, depth));
                let annotated = self.injected(module, &member.decorators, annotated, depth);
                match (annotated, init) {
                    (Type::Unknown | Type::Any, Some(init)) => self.expression(module, init, depth),
                    (annotated @ Type::Client(_), Some(init)) => {
                        let held = self.expression(module, init, depth);
                        self.with(annotated, held)
                    }
                    (annotated, _) => annotated,
                }
            }
            _ => Type::Unknown,
        }
    }

    /// What is declared, with what is held there: that may say more, and add to a client.
    fn with(&self, declared: Type, held: Type) -> Type {
        match (&declared, held) {
            (Type::Unknown | Type::Any, Type::Unknown | Type::Any | Type::Primitive) => declared,
            (Type::Unknown | Type::Any, held) => held,
            (Type::Client(_), held @ Type::Client(_)) => {
                self.rather(&declared, vec![held]).unwrap_or(declared)
            }
            _ => declared,
        }
    }

    /// `constructor(private readonly name: T)`
    fn parameter_property(&self, class: ClassRef, name: &str, depth: u32) -> Option<Type> {
        let facts = self.modules.facts(class.module);
        let constructor = facts.function(facts.class(class.id).constructor()?);
        let parameter = constructor.parameters.iter().find(|parameter| {
            parameter.property.is_some()
                && self.pattern_name(class.module, &parameter.pattern) == Some(name)
        })?;
        let annotated = parameter
            .ty
            .map_or(Type::Unknown, |ty| self.annotation(class.module, ty, depth));
        Some(self.injected(class.module, &parameter.decorators, annotated, depth))
    }

    /// A delegate, a method or field of the class that is the client, or a way to another client.
    fn client_member(&self, client: &Client, name: &str, depth: u32) -> Type {
        if let Some(own) = client
            .class
            .and_then(|class| self.instance_member(class, name, depth))
        {
            return own;
        }
        match name {
            "$transaction" | "$queryRaw" | "$executeRaw" | "$extends" | "$on" | "$use"
            | "$connect" => Type::Unknown,
            // `client.$replica()`, `client.$primary()` of the read-replica extension.
            _ if name.starts_with('$') => Type::Client(client.clone()),
            _ => Type::Delegate(client.clone(), name.into()),
        }
    }

    fn object_member(&self, object: ExpressionRef, name: &str, depth: u32) -> Type {
        let facts = self.modules.facts(object.module);
        let Expression::Object(properties) = facts.expression(object.id) else {
            return Type::Unknown;
        };
        for property in properties.iter().rev() {
            match property {
                Property::Value { key, value, .. }
                    if key.name().is_some_and(|n| n.text == name) =>
                {
                    return self.expression(object.module, *value, depth);
                }
                Property::Method { key, function, .. }
                    if key.name().is_some_and(|n| n.text == name) =>
                {
                    return Type::Function(In {
                        module: object.module,
                        id: *function,
                    });
                }
                Property::Spread { value, .. } => {
                    let spread = self.expression(object.module, *value, depth);
                    match self.member(&spread, name, depth) {
                        Type::Unknown => {}
                        found => return found,
                    }
                }
                _ => {}
            }
        }
        Type::Unknown
    }

    fn declared_member(
        &self,
        module: ModuleId,
        id: snell_extract::facts::TypeId,
        name: &str,
        depth: u32,
    ) -> Type {
        let Some(depth) = depth.checked_sub(1) else {
            return Type::Unknown;
        };
        match self.modules.facts(module).type_expression(id) {
            TypeExpression::Object(members) => self
                .type_member(module, members, name, depth)
                .unwrap_or(Type::Unknown),
            TypeExpression::Intersection(parts) => parts
                .iter()
                .map(|part| {
                    let part = self.annotation(module, *part, depth);
                    self.member(&part, name, depth)
                })
                .find(|ty| *ty != Type::Unknown)
                .unwrap_or(Type::Unknown),
            _ => Type::Unknown,
        }
    }

    fn type_member(
        &self,
        module: ModuleId,
        members: &[TypeMember],
        name: &str,
        depth: u32,
    ) -> Option<Type> {
        let member = members.iter().find(|member| member.name.text == name)?;
        Some(
            member
                .ty
                .map_or(Type::Unknown, |ty| self.annotation(module, ty, depth)),
        )
    }

    /// A member of an interface, of one it extends, or of its single implementation.
    fn interface_member(&self, interface: In<u32>, name: &str, depth: u32) -> Type {
        let declared = &self.modules.facts(interface.module).interfaces[interface.id as usize];
        if let Some(implementation) = self.implementation(interface)
            && let Some(found) = self.instance_member(implementation, name, depth)
        {
            return found;
        }
        if let Some(found) = self.type_member(interface.module, &declared.members, name, depth) {
            return found;
        }
        declared
            .extends
            .iter()
            .map(|base| {
                let base = self.annotation(interface.module, *base, depth);
                self.member(&base, name, depth)
            })
            .find(|ty| *ty != Type::Unknown)
            .unwrap_or(Type::Unknown)
    }
}
