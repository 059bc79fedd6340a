//! The text of a path, as far as it is constant.

use smol_str::SmolStr;
use snell_extract::facts::{
    Argument, BinaryOperator, BindingKind, Element, Expression, ExpressionId, FunctionBody,
    MemberKind, Property, Statement,
};

use super::path::{Given, Piece, is_builder, is_empty, names};
use crate::{
    module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol},
    types::{Type, Types},
};

/// Names, members and calls on the way to a text.
const DEPTH: u32 = 16;

/// Folds paths over the front ends' modules.
#[derive(Clone, Copy)]
pub(super) struct Folder<'m> {
    pub(super) modules: &'m Modules,
}

impl<'m> Folder<'m> {
    /// The parts of a text.
    pub(super) fn fold(self, at: ExpressionRef) -> Vec<Piece> {
        self.pieces(at, DEPTH)
    }

    fn pieces(self, at: ExpressionRef, depth: u32) -> Vec<Piece> {
        let hole = || vec![Piece::Hole];
        let Some(depth) = depth.checked_sub(1) else {
            return hole();
        };
        let facts = self.modules.facts(at.module);
        let here = |id| In {
            module: at.module,
            id,
        };
        match facts.expression(facts.unwrap_casts(at.id)) {
            Expression::String(text) => vec![Piece::Text(text.clone())],
            Expression::Number(text) => vec![Piece::Text(text.clone())],
            Expression::Template { chunks, values } => {
                let mut found = Vec::new();
                for (n, chunk) in chunks.iter().enumerate() {
                    found.push(Piece::Text(chunk.text.clone()));
                    if let Some(value) = values.get(n) {
                        found.extend(self.pieces(here(*value), depth));
                    }
                }
                found
            }
            Expression::Binary {
                operator: BinaryOperator::Add,
                left,
                right,
            } => {
                let mut found = self.pieces(here(*left), depth);
                found.extend(self.pieces(here(*right), depth));
                found
            }
            Expression::Await(inner) => self.pieces(here(*inner), depth),
            Expression::Logical { left, .. } => self.pieces(here(*left), depth),
            Expression::Conditional {
                then, otherwise, ..
            } => self.either(here(*then), here(*otherwise), depth),
            Expression::Call {
                callee, arguments, ..
            } => self.called(at.module, *callee, arguments, depth),
            Expression::New {
                callee, arguments, ..
            } => self.url(at.module, *callee, arguments, depth),
            Expression::Member {
                object, property, ..
            } if matches!(property.text.as_str(), "href" | "pathname") => {
                self.pieces(here(*object), depth)
            }
            Expression::Identifier { .. } | Expression::Member { .. } => {
                if let Some(given) = self.given(at) {
                    return vec![Piece::Given(given)];
                }
                match self.named(at, depth) {
                    Some(value) => self.pieces(value, depth),
                    None => hole(),
                }
            }
            _ => hole(),
        }
    }

    fn either(self, then: ExpressionRef, otherwise: ExpressionRef, depth: u32) -> Vec<Piece> {
        let (then, otherwise) = (self.pieces(then, depth), self.pieces(otherwise, depth));
        let is_query = |pieces: &[Piece]| matches!(pieces.iter().find(|p| !is_empty(p)), Some(Piece::Text(text)) if text.starts_with('?'));
        if is_query(&then) || is_query(&otherwise) {
            return vec![Piece::Text("?".into())];
        }
        if then == otherwise {
            return then;
        }
        vec![Piece::Hole]
    }

    /// `new URL(path, base)`
    fn url(
        self,
        module: ModuleId,
        callee: ExpressionId,
        arguments: &[Argument],
        depth: u32,
    ) -> Vec<Piece> {
        let facts = self.modules.facts(module);
        let is_url = matches!(facts.expression(callee), Expression::Identifier { name, .. } if name == "URL");
        let Some(first) = arguments.first().filter(|_| is_url) else {
            return vec![Piece::Hole];
        };
        let mut found = Vec::new();
        if arguments.len() > 1 {
            found.push(Piece::Hole);
        }
        found.extend(self.pieces(
            In {
                module,
                id: first.value,
            },
            depth,
        ));
        found
    }

    fn called(
        self,
        module: ModuleId,
        callee: ExpressionId,
        arguments: &[Argument],
        depth: u32,
    ) -> Vec<Piece> {
        let facts = self.modules.facts(module);
        let here = |id| In { module, id };
        let first = arguments.first().map(|argument| here(argument.value));
        match facts.expression(callee) {
            Expression::Identifier { name, .. }
                if matches!(name.as_str(), "encodeURIComponent" | "encodeURI" | "String") =>
            {
                return first.map_or(vec![Piece::Hole], |first| self.pieces(first, depth));
            }
            Expression::Member {
                object, property, ..
            } => match property.text.as_str() {
                "toString" | "trim" | "replace" | "toUpperCase" | "toLowerCase" => {
                    return self.pieces(here(*object), depth);
                }
                "join" => return self.joined(here(*object), first, depth),
                _ => {}
            },
            _ => {}
        }
        let found = self.inlined(module, callee, arguments, depth);
        if found
            .iter()
            .any(|piece| matches!(piece, Piece::Text(text) if text.contains('/')))
        {
            return found;
        }
        // A builder of paths that is too clever: what it is handed is the path.
        let builds = match facts.expression(callee) {
            Expression::Identifier { name, .. } => is_builder(name),
            Expression::Member { property, .. } => is_builder(&property.text),
            _ => false,
        };
        let Some(first) = first.filter(|_| builds) else {
            return found;
        };
        let mut handed = self.pieces(first, depth);
        match handed.first() {
            Some(Piece::Text(text)) if text.starts_with('/') => handed,
            Some(Piece::Given(_)) => {
                handed.insert(0, Piece::Hole);
                handed
            }
            _ => found,
        }
    }

    /// `[a, b].join('/')`
    fn joined(
        self,
        list: ExpressionRef,
        separator: Option<ExpressionRef>,
        depth: u32,
    ) -> Vec<Piece> {
        let facts = self.modules.facts(list.module);
        let Expression::Array(elements) = facts.expression(facts.unwrap_casts(list.id)) else {
            return vec![Piece::Hole];
        };
        let between = separator.map_or(vec![Piece::Text(",".into())], |at| self.pieces(at, depth));
        let mut found = Vec::new();
        for (n, element) in elements.iter().enumerate() {
            if n > 0 {
                found.extend(between.iter().cloned());
            }
            match element {
                Element::Value(value) => found.extend(self.pieces(
                    In {
                        module: list.module,
                        id: *value,
                    },
                    depth,
                )),
                _ => found.push(Piece::Hole),
            }
        }
        found
    }

    /// What a function of the workspace gives back for these arguments.
    fn inlined(
        self,
        module: ModuleId,
        callee: ExpressionId,
        arguments: &[Argument],
        depth: u32,
    ) -> Vec<Piece> {
        let callee = In { module, id: callee };
        let Some(function) = self.callee(callee) else {
            return vec![Piece::Hole];
        };
        let facts = self.modules.facts(function.module);
        let value = match &facts.function(function.id).body {
            FunctionBody::Expression(value) => Some(*value),
            FunctionBody::Block(block) => block.iter().rev().find_map(|s| match &s.kind {
                Statement::Return(value) => *value,
                _ => None,
            }),
            FunctionBody::None => None,
        };
        let Some(value) = value else {
            return vec![Piece::Hole];
        };
        let pieces = self.pieces(
            In {
                module: function.module,
                id: value,
            },
            depth,
        );
        self.handed(pieces, function, module, arguments, depth)
    }

    /// The function that a call runs, if it is one of the workspace.
    pub(super) fn callee(self, callee: ExpressionRef) -> Option<FunctionRef> {
        if let Some(function) = Types::new(self.modules).callee(callee) {
            return Some(function);
        }
        let value = self.named(callee, DEPTH)?;
        match self.modules.facts(value.module).expression(value.id) {
            Expression::Function(id) => Some(In {
                module: value.module,
                id: *id,
            }),
            _ => None,
        }
    }

    /// The same parts with the function's parameters replaced by what a call hands over.
    pub(super) fn substituted(
        self,
        pieces: &[Piece],
        function: FunctionRef,
        module: ModuleId,
        arguments: &[Argument],
    ) -> Vec<Piece> {
        self.handed(pieces.to_vec(), function, module, arguments, DEPTH)
    }

    fn handed(
        self,
        pieces: Vec<Piece>,
        function: FunctionRef,
        module: ModuleId,
        arguments: &[Argument],
        depth: u32,
    ) -> Vec<Piece> {
        let mut found = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Given(given) if given.function == function => {
                    let argument = arguments
                        .get(given.index as usize)
                        .filter(|argument| !argument.spread);
                    let argument = argument.map(|argument| In {
                        module,
                        id: argument.value,
                    });
                    match argument {
                        Some(argument) => {
                            found.extend(self.inside(argument, &given.path, depth));
                        }
                        None => found.push(Piece::Hole),
                    }
                }
                piece => found.push(piece),
            }
        }
        found
    }

    fn inside(self, at: ExpressionRef, path: &[SmolStr], depth: u32) -> Vec<Piece> {
        let Some((first, rest)) = path.split_first() else {
            return self.pieces(at, depth);
        };
        if let Some(mut given) = self.given(at) {
            given.path.extend(path.iter().cloned());
            return vec![Piece::Given(given)];
        }
        match self.property(at, first, depth) {
            Some(value) => self.inside(value, rest, depth),
            None => vec![Piece::Hole],
        }
    }

    /// The parameter that an expression is, or a property of one.
    pub(super) fn given(self, at: ExpressionRef) -> Option<Given> {
        let facts = self.modules.facts(at.module);
        match facts.expression(facts.unwrap_casts(at.id)) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => {
                let binding = facts.binding(*binding);
                match &binding.kind {
                    BindingKind::Parameter {
                        function,
                        index,
                        path,
                    } if !binding.reassigned => Some(Given {
                        function: In {
                            module: at.module,
                            id: *function,
                        },
                        index: *index,
                        path: names(path)?,
                    }),
                    // `const { path, ...rest } = options`
                    BindingKind::Variable {
                        init: Some(init), ..
                    } if !init.path.is_empty() && !binding.reassigned => {
                        let mut given = self.given(In {
                            module: at.module,
                            id: init.value,
                        })?;
                        given.path.extend(names(&init.path)?);
                        Some(given)
                    }
                    _ => None,
                }
            }
            Expression::Member {
                object, property, ..
            } => {
                let mut given = self.given(In {
                    module: at.module,
                    id: *object,
                })?;
                given.path.push(property.text.clone());
                Some(given)
            }
            _ => None,
        }
    }

    /// The expression that a name or a member of a constant stands for.
    pub(super) fn named(self, at: ExpressionRef, depth: u32) -> Option<ExpressionRef> {
        let depth = depth.checked_sub(1)?;
        let facts = self.modules.facts(at.module);
        match facts.expression(facts.unwrap_casts(at.id)) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => self.initial(self.modules.binding(at.module, *binding), depth),
            Expression::Member {
                object, property, ..
            } => {
                let object = In {
                    module: at.module,
                    id: *object,
                };
                self.property(object, &property.text, depth)
            }
            _ => None,
        }
    }

    fn initial(self, symbol: Symbol, depth: u32) -> Option<ExpressionRef> {
        match symbol {
            Symbol::Expression(value) => Some(value),
            Symbol::Variable(variable) => {
                let binding = self.modules.facts(variable.module).binding(variable.id);
                let BindingKind::Variable {
                    init: Some(init), ..
                } = &binding.kind
                else {
                    return None;
                };
                if binding.reassigned {
                    return None;
                }
                let mut value = In {
                    module: variable.module,
                    id: init.value,
                };
                for name in names(&init.path)? {
                    value = self.property(value, &name, depth)?;
                }
                Some(value)
            }
            _ => None,
        }
    }

    /// A property of an object literal, a static or plain field of a class, an export.
    pub(super) fn property(
        self,
        object: ExpressionRef,
        name: &str,
        depth: u32,
    ) -> Option<ExpressionRef> {
        let depth = depth.checked_sub(1)?;
        let facts = self.modules.facts(object.module);
        let id = facts.unwrap_casts(object.id);
        let here = |id| In {
            module: object.module,
            id,
        };
        match facts.expression(id) {
            Expression::Object(properties) => {
                properties.iter().rev().find_map(|property| match property {
                    Property::Value { key, value, .. } => {
                        (key.name()?.text == name).then(|| here(*value))
                    }
                    Property::Spread { value, .. } => self.property(here(*value), name, depth),
                    Property::Method { .. } => None,
                })
            }
            Expression::Call {
                arguments, callee, ..
            } => {
                let freezes = matches!(facts.expression(*callee), Expression::Member { property, .. } if property.text == "freeze");
                let first = arguments.first().filter(|_| freezes)?;
                self.property(here(first.value), name, depth)
            }
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match self.modules.binding(object.module, *binding) {
                Symbol::Namespace(module) => self.initial(self.modules.export(module, name), depth),
                Symbol::Enum(of) => {
                    let members = &self.modules.facts(of.module).enums[of.id as usize].members;
                    let member = members.iter().find(|m| m.name.text == name)?;
                    Some(In {
                        module: of.module,
                        id: member.value?,
                    })
                }
                Symbol::Class(class) => self.field(class, name),
                symbol => self.property(self.initial(symbol, depth)?, name, depth),
            },
            Expression::Member { .. } => {
                let value = self.named(here(id), depth)?;
                self.property(value, name, depth)
            }
            Expression::This => match Types::new(self.modules).of(here(id)) {
                Type::Instance(class) => self.field(class, name),
                _ => None,
            },
            _ => None,
        }
    }

    fn field(self, class: crate::module::ClassRef, name: &str) -> Option<ExpressionRef> {
        let facts = self.modules.facts(class.module);
        match facts.class(class.id).member(name)?.kind {
            MemberKind::Field {
                init: Some(init), ..
            } => Some(In {
                module: class.module,
                id: init,
            }),
            _ => None,
        }
    }
}
