//! What pipes make of what the client sends.

use camino::Utf8Path;
use snell_extract::facts::{
    Decorator, Expression, ExpressionId, ExpressionKind, ImportedName, MemberKind, ModuleFacts,
    Property, TypeExpression, TypeId,
};
use snell_flow::{Opaque, Root, Step};
use snell_project::{
    endpoint::{Endpoint, Given},
    module::{ClassRef, ExpressionRef, In, ModuleId, Symbol},
    types::{Type, Types},
};

use super::calls;
use crate::{functions, rule::Context};

/// The pipes of the workspace, taken together.
#[derive(Debug, Default)]
pub(in crate::rules) struct Pipes {
    /// NestJS's `ValidationPipe` is used somewhere.
    pub(super) validates: bool,
    /// One of them drops what the class does not declare, or may do so.
    pub(super) whitelists: bool,
    /// The application is started here, where pipes would be seen.
    pub(super) starts: Option<snell_source::Location>,
    /// The modules that start applications.
    pub(super) started: Vec<ModuleId>,
    /// There are pipes of another kind, of which nothing is known.
    pub(super) others: bool,
    /// Each `ValidationPipe` that is made.
    pub(in crate::rules) made: Vec<Made>,
}

/// A `ValidationPipe`, where it is made.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Made {
    pub(in crate::rules) module: ModuleId,
    pub(in crate::rules) at: snell_source::Location,
    /// It drops what the class does not declare, or may do so.
    pub(super) whitelists: bool,
    /// It is for all endpoints.
    pub(in crate::rules) everywhere: bool,
    /// It is for all endpoints, and certainly drops what has no validator: `whitelist: true`.
    pub(in crate::rules) drops_everywhere: bool,
    /// It refuses what it would drop: `forbidNonWhitelisted: true`.
    pub(in crate::rules) forbids: bool,
    /// It hands on an instance of the class, or what one holds: properties keep their initial values.
    pub(in crate::rules) makes: bool,
}

/// Why nothing says what a value from the client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loose {
    /// It has no type, or `any`.
    Untyped,
    /// Its type is none that is there at run time.
    Erased,
    /// A class with validators, and no pipe that runs them.
    NoPipe,
    /// A class with validators, and a pipe that keeps what the class does not have.
    Extra,
}

impl Loose {
    /// For a label.
    pub(super) fn words(self) -> &'static str {
        match self {
            Loose::Untyped => "nothing says what it is",
            Loose::Erased => "its type is gone at run time: nothing checks what is sent",
            Loose::NoPipe => "no `ValidationPipe` runs the validators of its class",
            Loose::Extra => "the `ValidationPipe` keeps properties that its class does not have",
        }
    }
}

impl Pipes {
    pub(super) fn find(context: &Context<'_>) -> Self {
        let mut pipes = Pipes::default();
        for (module, facts) in calls::modules(context) {
            let global = global(module, facts);
            for call in calls::of_module(module, facts) {
                let starts = call.name == "create"
                    && call.object.is_some_and(|object| {
                        matches!(facts.expression(object), Expression::Identifier { name, .. } if name == "NestFactory")
                    });
                if starts {
                    pipes.starts.get_or_insert_with(|| call.place(context));
                    pipes.started.push(module);
                }
                if !matches!(facts.expression(call.at), Expression::New { .. }) {
                    continue;
                }
                if call.name == "ValidationPipe" {
                    let options = call.argument(0);
                    let whitelists = may_whitelist(facts, options.map(|at| at.id));
                    pipes.validates = true;
                    pipes.whitelists |= whitelists;
                    pipes.made.push(Made {
                        module,
                        at: call.place(context),
                        whitelists,
                        everywhere: global.contains(&call.at),
                        drops_everywhere: global.contains(&call.at)
                            && is_true(facts, options, "whitelist"),
                        forbids: is_true(facts, options, "forbidNonWhitelisted"),
                        makes: ["transform", "whitelist"]
                            .iter()
                            .any(|name| is_true(facts, options, name)),
                    });
                } else if call.name.ends_with("Pipe") && !call.name.starts_with("Parse") {
                    pipes.others = true;
                }
            }
            pipes.provided(facts);
            let inherits = facts.classes.iter().any(|class| {
                class.extends.is_some_and(|base| {
                    matches!(facts.expression(base), Expression::Identifier { name, .. } if name.ends_with("ValidationPipe"))
                })
            });
            pipes.others |= inherits;
        }
        pipes
    }

    /// `{ provide: APP_PIPE, useClass: ValidationPipe }`
    fn provided(&mut self, facts: &ModuleFacts) {
        for object in app_pipes(facts) {
            let class = calls::property(facts, object, "useClass");
            let plain = class.is_some_and(|class| {
                matches!(facts.expression(class), Expression::Identifier { name, .. } if name == "ValidationPipe")
            });
            match plain {
                true => self.validates = true,
                false => self.others = true,
            }
        }
    }
}

/// The folder of the package that a module belongs to: of several applications, each has pipes of
/// its own.
pub(in crate::rules) fn folder<'a>(
    context: &Context<'a>,
    module: ModuleId,
) -> Option<&'a Utf8Path> {
    let path = context.project.modules.get(module).path.as_str();
    let package = context.project.workspace.package_of(path.into())?;
    Some(&package.folder)
}

/// The application that a module is a part of: the folder of the start that stands nearest
/// above it. What several applications share is a part of none.
pub(super) fn application<'a>(
    context: &Context<'a>,
    pipes: &Pipes,
    module: ModuleId,
) -> Option<&'a Utf8Path> {
    let path = |module: ModuleId| Utf8Path::new(context.project.modules.get(module).path.as_str());
    let folders = pipes
        .started
        .iter()
        .filter_map(|start| path(*start).parent());
    folders
        .filter(|folder| path(module).starts_with(folder))
        .max_by_key(|folder| folder.components().count())
}

/// What a module makes a pipe of all endpoints: `app.useGlobalPipes(...)`,
/// `{ provide: APP_PIPE, useValue: ... }`.
fn global(module: ModuleId, facts: &ModuleFacts) -> Vec<ExpressionId> {
    let used = calls::of_module(module, facts)
        .filter(|call| call.name == "useGlobalPipes")
        .flat_map(|call| call.arguments)
        .map(|argument| argument.value);
    used.chain(app_pipes(facts).filter_map(|object| calls::property(facts, object, "useValue")))
        .map(|value| facts.unwrap_casts(value))
        .collect()
}

/// The objects that provide `APP_PIPE`.
fn app_pipes(facts: &ModuleFacts) -> impl Iterator<Item = ExpressionId> {
    facts
        .all([ExpressionKind::Object])
        .map(|(id, _)| id)
        .filter(|object| {
            calls::property(facts, *object, "provide").is_some_and(|token| {
                matches!(facts.expression(token),
                    Expression::Identifier { name, .. } | Expression::String(name) if name == "APP_PIPE")
            })
        })
}

/// Whether options hold `name: true`, as written.
fn is_true(facts: &ModuleFacts, options: Option<ExpressionRef>, name: &str) -> bool {
    let value = options.and_then(|options| calls::property(facts, options.id, name));
    value.is_some_and(|value| matches!(facts.expression(value), Expression::Boolean(true)))
}

/// Whether the options of a pipe make it drop what the class does not declare, or may do so.
fn may_whitelist(facts: &ModuleFacts, options: Option<ExpressionId>) -> bool {
    let Some(options) = options else {
        return false;
    };
    let literal = match facts.expression(facts.unwrap_casts(options)) {
        Expression::Object(properties) => !properties
            .iter()
            .any(|property| matches!(property, Property::Spread { .. })),
        _ => false,
    };
    match calls::property(facts, options, "whitelist") {
        Some(value) => !matches!(facts.expression(value), Expression::Boolean(false)),
        None => !literal,
    }
}

/// Decorators that say nothing of what a property holds.
const NEUTRAL: [&str; 10] = [
    "IsOptional",
    "IsDefined",
    "IsNotEmpty",
    "Allow",
    "Expose",
    "Exclude",
    "Transform",
    "Type",
    "Field",
    "IsObject",
];

/// Why nothing says what a value is that a client sends to an endpoint; `None`
/// when something does, or may.
pub(super) fn loose(
    context: &Context<'_>,
    pipes: &Pipes,
    endpoint: &Endpoint,
    value: &Opaque,
) -> Option<Loose> {
    let Root::ClientInput(decorator, key) = &value.root else {
        return None;
    };
    let names: Vec<&str> = value
        .path
        .iter()
        .filter_map(|step| match step {
            Step::Property(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    match decorator.as_str() {
        // Nothing runs on what is taken from the request itself.
        "Req" => {
            let part = names.first().copied();
            return matches!(part, Some("body" | "query")).then_some(Loose::Untyped);
        }
        "Body" | "Query" => {}
        _ => return None,
    }
    let given = Given::Client(decorator.clone(), key.clone());
    let index = endpoint.parameters.iter().position(|one| *one == given)?;
    let handler = endpoint.handler;
    let parameter = functions::declared(context.project, handler)?
        .parameters
        .get(index)?;
    let facts = context.project.modules.facts(handler.module);
    if parameter.decorators.iter().any(|one| has_pipe(facts, one))
        || own_pipes(context, endpoint)
        || is_of_system(context, endpoint)
    {
        return None;
    }
    let reader = Reader { context, pipes };
    match parameter.ty {
        None => Some(Loose::Untyped),
        Some(ty) => reader.of_type(handler.module, ty, &names, 8, decorator == "Query"),
    }
}

/// `@Body(new SomePipe())`, `@Query('id', ParseIntPipe)`
fn has_pipe(facts: &ModuleFacts, decorator: &Decorator) -> bool {
    let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
        return false;
    };
    arguments.iter().any(|argument| {
        !matches!(
            facts.expression(argument.value),
            Expression::String(_) | Expression::Object(_)
        )
    })
}

/// Whether another system calls the endpoint, which signs what it sends, or has a secret:
/// `@Headers('x-signature') signature`.
fn is_of_system(context: &Context<'_>, endpoint: &Endpoint) -> bool {
    if endpoint.access.verified {
        return true;
    }
    let facts = context.project.modules.facts(endpoint.handler.module);
    let Some(handler) = functions::declared(context.project, endpoint.handler) else {
        return false;
    };
    let mut decorators = handler.parameters.iter().flat_map(|one| &one.decorators);
    decorators.any(|decorator| {
        let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
            return false;
        };
        last_name(decorator) == "Headers"
            && arguments.iter().any(|argument| {
                matches!(facts.expression(argument.value), Expression::String(name)
                    if ["signature", "secret", "hmac", "svix"].iter().any(|word| name.to_ascii_lowercase().contains(word)))
            })
    })
}

/// `@UsePipes(...)` on the method or its class.
fn own_pipes(context: &Context<'_>, endpoint: &Endpoint) -> bool {
    let facts = context.project.modules.facts(endpoint.handler.module);
    let Some(class) = functions::class_of(context.project, endpoint.handler) else {
        return false;
    };
    let member = class
        .members
        .iter()
        .find(|member| matches!(member.kind, MemberKind::Method(id) if id == endpoint.handler.id));
    let own = member.into_iter().flat_map(|member| &member.decorators);
    own.chain(&class.decorators).any(|decorator| {
        let at = context
            .project
            .modules
            .at(endpoint.handler.module, decorator.span);
        let text = context.text(at).to_ascii_lowercase();
        let name = last_name(decorator);
        name == "UsePipes"
            // An interceptor that looks at requests: `UseInterceptors(AclValidateRequest)`.
            || name == "UseInterceptors"
                && ["valid", "acl", "sanitiz", "transform", "request"]
                    .iter()
                    .any(|word| text.contains(word))
            || matches!(
                facts.expression(decorator.expression),
                Expression::Call { .. }
            ) && ["Zod", "Validate", "Schema", "TsRest", "Parse"]
                .iter()
                .any(|word| name.contains(word))
    })
}

/// `UsePipes` of `@common.UsePipes(...)`.
fn last_name(decorator: &Decorator) -> &str {
    decorator.name.rsplit('.').next().unwrap_or_default()
}

struct Reader<'c, 'a> {
    context: &'c Context<'a>,
    pipes: &'c Pipes,
}

impl Reader<'_, '_> {
    fn of_type(
        &self,
        module: ModuleId,
        ty: TypeId,
        names: &[&str],
        depth: u32,
        query: bool,
    ) -> Option<Loose> {
        let depth = depth.checked_sub(1)?;
        let facts = self.context.project.modules.facts(module);
        match facts.type_expression(ty) {
            TypeExpression::Named { name, arguments } => match name.as_str() {
                "any" | "unknown" | "object" | "Record" => Some(Loose::Untyped),
                // Texts of a query string may be turned into what is declared.
                "string" | "number" | "boolean" if query => None,
                "string" => Some(Loose::Erased),
                "number" | "boolean" | "Date" => None,
                "Partial" | "Omit" | "Pick" | "Required" => Some(Loose::Erased),
                "Array" => self.of_type(module, *arguments.first()?, names, depth, query),
                name if name.starts_with("Prisma.") => Some(Loose::Erased),
                // Whether anything parses it is not seen here.
                name if name.starts_with("z.") || name == "Infer" => None,
                name => self.of_name(module, name, names, depth),
            },
            TypeExpression::Array(inner) => self.of_type(module, *inner, names, depth, query),
            TypeExpression::Object(_) => Some(Loose::Erased),
            TypeExpression::Intersection(_) => Some(Loose::Erased),
            _ => None,
        }
    }

    fn of_name(&self, module: ModuleId, name: &str, names: &[&str], depth: u32) -> Option<Loose> {
        match self.context.project.modules.type_name(module, name) {
            Symbol::Interface(_) => Some(Loose::Erased),
            Symbol::TypeAlias(alias) => {
                let facts = self.context.project.modules.facts(alias.module);
                let inner = facts.type_aliases[alias.id as usize].ty;
                self.of_type(alias.module, inner, names, depth, false)
            }
            Symbol::Class(class) => self.of_class(class, names),
            _ => None,
        }
    }

    fn of_class(&self, class: ClassRef, names: &[&str]) -> Option<Loose> {
        let lineage = self.lineage(class, 6)?;
        let validated = lineage.iter().any(|class| {
            let facts = self.context.project.modules.facts(class.module);
            let members = facts.class(class.id).members.iter();
            members
                .flat_map(|member| &member.decorators)
                .any(|decorator| is_validator(facts, decorator))
        });
        if self.pipes.others || !validated {
            return None;
        }
        if !self.pipes.validates {
            return self.pipes.starts.map(|_| Loose::NoPipe);
        }
        match names.first() {
            None if !self.pipes.whitelists => Some(Loose::Extra),
            None => None,
            // One property: it says what it is, or not at all.
            Some(name) => {
                let declared = lineage.iter().find_map(|class| {
                    let facts = self.context.project.modules.facts(class.module);
                    let member = facts.class(class.id).member(name)?;
                    Some((facts, member))
                });
                let Some((facts, member)) = declared else {
                    return (!self.pipes.whitelists).then_some(Loose::Extra);
                };
                let says = member.decorators.iter().any(|one| {
                    !NEUTRAL.contains(&one.name.as_str()) && !one.name.starts_with("Api")
                });
                let MemberKind::Field { ty: Some(ty), .. } = member.kind else {
                    return None;
                };
                let open = match facts.type_expression(ty) {
                    TypeExpression::Named { name, .. } => {
                        matches!(name.as_str(), "any" | "unknown" | "object" | "Record")
                            || name.starts_with("Prisma.") && (name.ends_with("Input"))
                    }
                    _ => false,
                };
                (!says && open).then_some(Loose::Erased)
            }
        }
    }

    /// A class with its bases and the classes that mapped types are made of;
    /// `None` when some of it is not known.
    fn lineage(&self, class: ClassRef, depth: u32) -> Option<Vec<ClassRef>> {
        let depth = depth.checked_sub(1)?;
        let facts = self.context.project.modules.facts(class.module);
        let mut all = vec![class];
        if let Some(base) = facts.class(class.id).extends {
            all.extend(self.bases(class.module, base, depth)?);
        }
        Some(all)
    }

    fn bases(&self, module: ModuleId, base: ExpressionId, depth: u32) -> Option<Vec<ClassRef>> {
        let depth = depth.checked_sub(1)?;
        let facts = self.context.project.modules.facts(module);
        if let Expression::Call {
            callee, arguments, ..
        } = facts.expression(base)
        {
            let mapped = matches!(facts.expression(*callee), Expression::Identifier { name, .. }
                if matches!(name.as_str(), "PartialType" | "PickType" | "OmitType" | "IntersectionType"));
            if !mapped {
                return None;
            }
            let mut all = Vec::new();
            for argument in arguments {
                if !matches!(facts.expression(argument.value), Expression::Array(_)) {
                    all.extend(self.bases(module, argument.value, depth)?);
                }
            }
            return Some(all);
        }
        match Types::new(&self.context.project.modules).of(In { module, id: base }) {
            Type::Constructor(class) => self.lineage(class, depth),
            _ => None,
        }
    }
}

/// A decorator of `class-validator`.
pub(in crate::rules) fn is_validator(facts: &ModuleFacts, decorator: &Decorator) -> bool {
    facts.imports.iter().any(|import| {
        import.source.text == "class-validator"
            && match &import.imported {
                ImportedName::Named(name) => *name == decorator.name,
                ImportedName::Namespace => true,
                _ => false,
            }
    })
}
