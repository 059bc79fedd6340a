//! What an instance is beyond the class that a method stands in: whose method runs, and what the
//! constructors of its bases were handed.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{
    AssignOperator, Expression, ExpressionId, ExpressionKind, FunctionBody, FunctionId, MemberKind,
    ModuleFacts, Pattern, Statement,
};
use snell_project::{
    client::CallId,
    module::{ClassRef, FunctionRef, In, ModuleId},
    types::{Client, Type},
};

use super::{Frame, Interpreter, State};
use crate::value::{Root, Step, Value};

/// More classes than this behind one token are not followed.
const MAX_STAND_INS: usize = 8;

/// What the fields of an instance hold once it is made.
pub(super) type Fields = FxHashMap<SmolStr, Value>;

/// What is known of classes.
#[derive(Debug, Default)]
pub(super) struct Classes {
    fields: FxHashMap<ClassRef, Arc<Fields>>,
    /// The names of fields that something else than a constructor assigns, in each module.
    changed: FxHashMap<ModuleId, Arc<FxHashSet<SmolStr>>>,
}

impl Frame<'_, '_> {
    /// The class whose instance `this` is where it runs: the one that was made, not the base that
    /// holds the method.
    pub(super) fn own_class(&self, this: ExpressionId) -> Option<ClassRef> {
        let holder = self.holder(this)?;
        let made = self.this.filter(|made| {
            *made != holder && self.interpreter.types.ancestry(*made).contains(&holder)
        });
        Some(made.unwrap_or(holder))
    }

    /// The class in which a `this` stands.
    fn holder(&self, this: ExpressionId) -> Option<ClassRef> {
        let module = self.interpreter.project.modules.get(self.module);
        Some(In {
            module: self.module,
            id: module.context.this_class(this)?,
        })
    }

    /// The method that a callee names, and the class of what it is called on where that is not the
    /// class that declares it.
    pub(super) fn method(
        &mut self,
        callee: ExpressionId,
        known: Option<FunctionRef>,
    ) -> Option<(FunctionRef, Option<ClassRef>)> {
        let facts = self.facts();
        let Expression::Member {
            object, property, ..
        } = facts.expression(callee)
        else {
            return None;
        };
        let types = self.interpreter.types;
        let (class, from) = match facts.expression(*object) {
            Expression::This => {
                let class = self.own_class(*object)?;
                (class, class)
            }
            Expression::Super => match types.of(self.at(*object)) {
                Type::Instance(base) => (self.own_class(*object)?, base),
                _ => return None,
            },
            _ => {
                let class = self.class_of(*object)?;
                (class, class)
            }
        };
        if let Some(known) = known
            && from == class
            && self.declares(known) == Some(class)
        {
            return None;
        }
        let (holder, MemberKind::Method(id)) = types.member_of(from, &property.text)? else {
            return None;
        };
        let module = holder.module;
        Some((In { module, id: *id }, (holder != class).then_some(class)))
    }

    /// The class that declares a method.
    fn declares(&self, method: FunctionRef) -> Option<ClassRef> {
        let facts = self.interpreter.project.modules.facts(method.module);
        Some(In {
            module: method.module,
            id: facts.function(method.id).class?,
        })
    }

    /// The class of what a method is called on. A field of a base may hold an instance of a nearer
    /// class than the base says.
    fn class_of(&mut self, object: ExpressionId) -> Option<ClassRef> {
        let facts = self.facts();
        if let Expression::Member {
            object: this,
            property,
            ..
        } = facts.expression(object)
            && matches!(facts.expression(*this), Expression::This)
            && let Some(class) = self.own_class(*this)
            && self.is_derived(class)
            && let Some(held) = self.fields(class).get(&property.text)
            && let Type::Instance(held) = self.type_of(held)
        {
            return Some(held);
        }
        match self.interpreter.types.of(self.at(object)) {
            Type::Instance(class) => Some(class),
            interface @ Type::Interface(_) => {
                match self.interpreter.types.stand_ins(&interface, self.module)[..] {
                    [only] => Some(only),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The methods one of which a call runs where several classes may stand behind what it is
    /// called on, each with the class of the instance where a base of it declares the method.
    pub(super) fn stand_ins(&self, callee: ExpressionId) -> Vec<(FunctionRef, Option<ClassRef>)> {
        let Expression::Member {
            object, property, ..
        } = self.facts().expression(callee)
        else {
            return Vec::new();
        };
        let types = self.interpreter.types;
        let declared = types.of(self.at(*object));
        let classes = types.stand_ins(&declared, self.module).into_iter();
        let methods = classes.filter_map(|class| {
            let (holder, MemberKind::Method(id)) = types.member_of(class, &property.text)? else {
                return None;
            };
            let module = holder.module;
            Some((In { module, id: *id }, (holder != class).then_some(class)))
        });
        methods.take(MAX_STAND_INS).collect()
    }

    fn is_derived(&self, class: ClassRef) -> bool {
        let facts = self.interpreter.project.modules.facts(class.module);
        facts.class(class.id).extends.is_some()
    }

    /// What a field holds that the instance was made with: a delegate, or what a base was handed.
    pub(super) fn made_with(&mut self, class: ClassRef, name: &str) -> Option<Value> {
        let derived = self.is_derived(class);
        let value = match self.interpreter.types.member_of(class, name) {
            Some((holder, MemberKind::Getter(id))) => {
                let getter = In {
                    module: holder.module,
                    id: *id,
                };
                let this = (holder != class).then_some(class);
                let summary = self
                    .interpreter
                    .call_on(getter, this, Vec::new(), &self.stack);
                summary.result.clone()
            }
            _ => self.fields(class).get(name)?.clone(),
        };
        let settled = derived && (value.is_constant() || matches!(value, Value::Object(_)));
        (settled || self.delegate(&value).is_some()).then_some(value)
    }

    fn fields(&mut self, class: ClassRef) -> Arc<Fields> {
        if let Some(known) = self.interpreter.classes.fields.get(&class) {
            return Arc::clone(known);
        }
        // What is asked of it while it is made, nobody knows.
        let nothing: Arc<Fields> = Arc::default();
        self.interpreter.classes.fields.insert(class, nothing);
        let fields = Arc::new(
            self.interpreter
                .aside(|interpreter| interpreter.made(class)),
        );
        let known = Arc::clone(&fields);
        self.interpreter.classes.fields.insert(class, known);
        fields
    }

    /// What a value is, by where it came from.
    pub(super) fn type_of(&self, value: &Value) -> Type {
        let Value::Opaque(opaque) = value else {
            return Type::Unknown;
        };
        let types = self.interpreter.types;
        let from = match &opaque.root {
            Root::Outer(at) | Root::Result(at) => types.of(*at),
            Root::Field(class, name) => types.of_field(*class, name),
            Root::Parameter(function, n) => types.of_parameter(*function, *n),
            _ => return Type::Unknown,
        };
        let mut names = Vec::new();
        for step in &opaque.path {
            match step {
                Step::Property(name) => names.push(name.as_str()),
                Step::Converted => {}
                _ => return Type::Unknown,
            }
        }
        types.along_names(from, names)
    }

    /// The delegate that a value is: `prisma.user`, handed on.
    fn delegate(&self, value: &Value) -> Option<(Client, SmolStr)> {
        match self.type_of(value) {
            Type::Delegate(client, accessor) => Some((client, accessor)),
            _ => None,
        }
    }

    /// The client call that an expression is, where it runs.
    pub(super) fn client_call_at(&mut self, id: ExpressionId, state: &State) -> Option<CallId> {
        let project = self.interpreter.project;
        let known = project.call_at(self.at(id));
        if !project.calls.is_open(self.at(id)) {
            return known;
        }
        // What stands in the receiver runs once more when the call does.
        let recorded = self.events.len();
        let opened = self.opened(id, known, &mut state.clone());
        self.events.truncate(recorded);
        opened.or(known)
    }

    /// The call of a model that a place is of which only what runs knows the model.
    fn opened(
        &mut self,
        id: ExpressionId,
        known: Option<CallId>,
        state: &mut State,
    ) -> Option<CallId> {
        let facts = self.facts();
        let Expression::Call { callee, .. } = facts.expression(id) else {
            return None;
        };
        let (Expression::Member { object, .. } | Expression::Index { object, .. }) =
            facts.expression(*callee)
        else {
            return None;
        };
        let project = self.interpreter.project;
        let (client, accessor) = match (known, facts.expression(facts.unwrap_casts(*object))) {
            (Some(known), Expression::Index { index, .. }) => {
                let name = self.expression(*index, state).as_string()?.clone();
                (project.calls.get(known).client.clone(), name)
            }
            _ => {
                let value = self.expression(*object, state);
                let found = self.delegate(&value)?;
                // The call itself does not say what its client adds.
                if found.0.changes_queries() {
                    return None;
                }
                found
            }
        };
        let path = &project.modules.get(self.module).path;
        let schema = project.schemas.of_client(&client, path);
        let at = self.at(id);
        project.calls.on_delegate(at, &accessor, schema)
    }
}

impl Interpreter<'_> {
    /// What the fields of an instance hold: what constructors put there, the nearest first, and
    /// what is written at the fields.
    fn made(&mut self, class: ClassRef) -> Fields {
        let project = self.project;
        let chain = self.types.ancestry(class);
        let mut fields = Fields::default();
        let mut handed: Option<Vec<Value>> = None;
        for holder in &chain {
            let facts = project.modules.facts(holder.module);
            let declared = facts.class(holder.id);
            let nowhere = In {
                module: holder.module,
                id: FunctionId(u32::MAX),
            };
            let mut frame = Frame::new(self, nowhere, &[]);
            frame.this = Some(class);
            let mut state = State::new();
            if let Some(constructor) = declared.constructor() {
                if let Some(values) = &handed {
                    let constructor = In {
                        module: holder.module,
                        id: constructor,
                    };
                    frame.bind_parameters(constructor, values, &mut state);
                    taken_over(facts, constructor.id, values, &mut fields);
                }
                handed = frame.construct(constructor, &mut state, &mut fields);
            }
            for member in &declared.members {
                if let MemberKind::Field {
                    init: Some(init), ..
                } = member.kind
                    && !member.is_static
                    && let Some(name) = member.key.name()
                    && !fields.contains_key(&name.text)
                {
                    let value = frame.expression(init, &mut state);
                    fields.insert(name.text.clone(), value);
                }
            }
        }
        for holder in &chain {
            let changed = self.changed(holder.module);
            fields.retain(|name, _| !changed.contains(name));
        }
        fields
    }

    /// The fields of which no constructor tells what they hold, whatever class of the module: those
    /// that something else assigns, or a constructor on some of its ways.
    fn changed(&mut self, module: ModuleId) -> Arc<FxHashSet<SmolStr>> {
        if let Some(known) = self.classes.changed.get(&module) {
            return Arc::clone(known);
        }
        let owner = self.project.modules.get(module);
        let facts = &owner.facts;
        let constructors = facts.classes.iter().filter_map(|class| class.constructor());
        let always: FxHashSet<ExpressionId> = constructors
            .flat_map(|constructor| match &facts.function(constructor).body {
                FunctionBody::Block(body) => body.as_slice(),
                _ => &[],
            })
            .filter_map(|statement| match statement.kind {
                Statement::Expression(id) => Some(id),
                _ => None,
            })
            .collect();
        let mut changed = FxHashSet::default();
        for (id, node) in facts.all([ExpressionKind::Assign, ExpressionKind::Update]) {
            let target = match &node.kind {
                Expression::Assign { target, .. } => assigned_to(facts, target),
                Expression::Update { target, .. } => own_name(facts, *target),
                _ => None,
            };
            if let Some(name) = target
                && !always.contains(&id)
            {
                changed.insert(name);
            }
        }
        let changed = Arc::new(changed);
        let known = Arc::clone(&changed);
        self.classes.changed.insert(module, known);
        changed
    }
}

impl Frame<'_, '_> {
    /// Runs a constructor as far as it fills fields; what it hands to that of its base.
    fn construct(
        &mut self,
        constructor: FunctionId,
        state: &mut State,
        fields: &mut Fields,
    ) -> Option<Vec<Value>> {
        let facts = self.facts();
        let FunctionBody::Block(body) = &facts.function(constructor).body else {
            return None;
        };
        let mut handed = None;
        for statement in body {
            let Statement::Expression(id) = &statement.kind else {
                continue;
            };
            match facts.expression(*id) {
                Expression::Call {
                    callee, arguments, ..
                } if matches!(facts.expression(*callee), Expression::Super) => {
                    handed = Some(self.values_of(arguments, state));
                }
                Expression::Assign {
                    operator: AssignOperator::Assign,
                    target,
                    value,
                } => {
                    if let Some(name) = assigned_to(facts, target) {
                        let value = self.expression(*value, state);
                        fields.entry(name).or_insert(value);
                    }
                }
                _ => {}
            }
        }
        handed
    }
}

/// `constructor(protected readonly name: T)`
fn taken_over(facts: &ModuleFacts, constructor: FunctionId, values: &[Value], fields: &mut Fields) {
    let parameters = facts.function(constructor).parameters.iter();
    for (parameter, value) in parameters.zip(values) {
        if parameter.property.is_some()
            && let Pattern::Binding(binding) = parameter.pattern
        {
            let name = facts.binding(binding).name.clone();
            fields.entry(name).or_insert_with(|| value.clone());
        }
    }
}

/// The name in `this.name = value`.
pub(super) fn assigned_to(facts: &ModuleFacts, target: &Pattern) -> Option<SmolStr> {
    match target {
        Pattern::Expression(target) => own_name(facts, *target),
        _ => None,
    }
}

/// The name in `this.name`.
fn own_name(facts: &ModuleFacts, id: ExpressionId) -> Option<SmolStr> {
    match facts.expression(id) {
        Expression::Member {
            object, property, ..
        } if matches!(facts.expression(*object), Expression::This) => Some(property.text.clone()),
        _ => None,
    }
}
