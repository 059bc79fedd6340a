//! Who decides what text comes into a query.

use snell_extract::facts::{BindingKind, Expression, ExpressionId, Pattern};
use snell_flow::{
    Fact, Opaque, Root, Step, TextPart, Value,
    raw::{Hole, HoleKind, Nature, RawForm, RawQuery, RawRun, SqlText, Values},
};
use snell_prisma::ScalarType;
use snell_project::{
    Project,
    module::{ExpressionRef, FunctionRef, In},
};
use snell_source::{Location, Severity};

use super::allowed;
use crate::{functions, rule::Context};

/// Where a text comes from, least dangerous first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// Known to be harmless, or not known at all.
    Silent,
    /// A row of the database, written by whoever wrote the row.
    Row,
    /// A parameter of a function that others may call.
    Parameter(FunctionRef, u32),
    /// The client of an endpoint.
    Client(FunctionRef, u32),
}

/// A text that comes into a query from outside.
pub(super) struct Intake<'a> {
    pub(super) run: &'a RawRun,
    pub(super) text: &'a SqlText,
    pub(super) hole: &'a Hole,
    pub(super) origin: Origin,
}

/// What comes into a query, one for each place, each from its worst origin.
pub(super) fn intakes<'a>(
    context: &Context<'a>,
    query: &'a RawQuery,
    kind: HoleKind,
) -> Vec<Intake<'a>> {
    let judge = Judge {
        context: *context,
        values: Values::new(context.project),
    };
    let mut found: Vec<Intake<'a>> = Vec::new();
    for run in &query.runs {
        for text in &run.texts {
            for hole in text.holes().filter(|hole| hole.kind == kind) {
                let origin = judge.hole(hole, run);
                if origin == Origin::Silent {
                    continue;
                }
                let intake = Intake {
                    run,
                    text,
                    hole,
                    origin,
                };
                match found.iter_mut().find(|known| known.hole.at == hole.at) {
                    Some(known) if known.origin < origin => *known = intake,
                    Some(_) => {}
                    None => found.push(intake),
                }
            }
        }
    }
    found.sort_by_key(|intake| std::cmp::Reverse(intake.origin));
    found
}

struct Judge<'a> {
    context: Context<'a>,
    values: Values<'a>,
}

impl Judge<'_> {
    fn hole(&self, hole: &Hole, run: &RawRun) -> Origin {
        if self.is_harmless(hole.at) {
            return Origin::Silent;
        }
        let held: Vec<&Fact> = run.facts.iter().chain(&hole.facts).collect();
        match self.value(&hole.value, &held) {
            // Only what is known to be text; a number cannot do harm.
            Origin::Row if !self.is_text(hole) => Origin::Silent,
            Origin::Parameter(..) if !self.is_text(hole) => Origin::Silent,
            origin => origin,
        }
    }

    /// By the expression: numbers, closed sets of words, quoted names.
    fn is_harmless(&self, at: ExpressionRef) -> bool {
        matches!(
            self.values.nature(at),
            Some(
                Nature::Number
                    | Nature::Words
                    | Nature::Numbers
                    | Nature::WordList
                    | Nature::Fragment
            )
        ) || is_made_safe(self.context.project, at, 8)
    }

    /// Whether what is put in is surely text: by its type, or by the column it was read from.
    fn is_text(&self, hole: &Hole) -> bool {
        matches!(
            self.values.nature(hole.at),
            Some(Nature::Text | Nature::List)
        ) || is_text_column(self.context.project, &hole.value)
    }

    fn value(&self, value: &Value, held: &[&Fact]) -> Origin {
        if value.is_constant() || allowed::is_allowed(value, held) {
            return Origin::Silent;
        }
        match value {
            Value::Text(parts) => {
                let inside = parts.iter().filter_map(|part| match part {
                    TextPart::Value(value, at) if !self.is_harmless(*at) => Some(value),
                    _ => None,
                });
                self.worst(inside, held)
            }
            Value::Array(array) => self.worst(array.elements.iter().chain(&array.rest), held),
            Value::OneOf(choices) => {
                let each = choices.iter().map(|choice| {
                    let held: Vec<&Fact> =
                        held.iter().copied().chain(choice.facts.iter()).collect();
                    self.value(&choice.value, &held)
                });
                each.max().unwrap_or(Origin::Silent)
            }
            Value::Opaque(opaque) => self.opaque(opaque, held),
            _ => Origin::Silent,
        }
    }

    fn worst<'v>(&self, values: impl Iterator<Item = &'v Value>, held: &[&Fact]) -> Origin {
        values
            .map(|value| self.value(value, held))
            .max()
            .unwrap_or(Origin::Silent)
    }

    fn opaque(&self, opaque: &Opaque, held: &[&Fact]) -> Origin {
        match &opaque.root {
            Root::Parameter(function, index) => self.parameter(*function, *index, opaque),
            Root::Row(_) if !counts(&opaque.path) => Origin::Row,
            Root::Derived(values) => self.worst(values.iter(), held),
            _ => Origin::Silent,
        }
    }

    fn parameter(&self, function: FunctionRef, index: u32, opaque: &Opaque) -> Origin {
        let project = self.context.project;
        if functions::client_decorator(project, function, index).is_some()
            || is_request(project, function, index, opaque)
        {
            return Origin::Client(function, index);
        }
        // What callers hand over is judged where they are.
        if self.context.raw.is_called(function) || !functions::is_exported(project, function) {
            return Origin::Silent;
        }
        Origin::Parameter(function, index)
    }
}

/// `row.name`, when `name` is a `String` field of the model that was asked for.
fn is_text_column(project: &Project, value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    let (Root::Row(row), Some(Step::Property(name))) = (&opaque.root, opaque.path.last()) else {
        return false;
    };
    let Some(model) = project.calls.get(row.call).model() else {
        return false;
    };
    let field = project.schemas.model(model).field(name);
    field.is_some_and(|field| field.scalar() == Some(ScalarType::String))
}

/// `rows.length`
fn counts(path: &[Step]) -> bool {
    matches!(path.last(), Some(Step::Property(name)) if matches!(name.as_str(), "length" | "count"))
}

/// `req.query.x` of a handler's plain parameter.
fn is_request(project: &Project, function: FunctionRef, index: u32, opaque: &Opaque) -> bool {
    const PARTS: [&str; 6] = ["query", "body", "params", "headers", "cookies", "rawBody"];
    let sent = opaque
        .path
        .iter()
        .any(|step| matches!(step, Step::Property(name) if PARTS.contains(&name.as_str())));
    let facts = project.modules.facts(function.module);
    let parameter = functions::declared(project, function)
        .and_then(|declared| declared.parameters.get(index as usize));
    let named = parameter.is_some_and(|parameter| {
        matches!(
            &parameter.pattern,
            Pattern::Binding(id)
                if matches!(facts.binding(*id).name.as_str(), "req" | "request" | "_req")
        )
    });
    sent && named
}

/// Whether the text went through a function that quotes it, or comes from a
/// query builder, which does so itself.
fn is_made_safe(project: &Project, at: ExpressionRef, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let facts = project.modules.facts(at.module);
    let inside = |id: ExpressionId| In {
        module: at.module,
        id,
    };
    match facts.expression(at.id) {
        Expression::Call {
            callee, arguments, ..
        } => {
            let name = match facts.expression(*callee) {
                Expression::Identifier { name, .. } => name,
                Expression::Member { property, .. } => &property.text,
                _ => return false,
            };
            makes_safe(name)
                || matches!(facts.expression(*callee), Expression::Member { object, property, .. }
                    if (property.text == "replace" || property.text == "replaceAll")
                        && matches!(arguments.first().map(|a| facts.expression(a.value)),
                            Some(Expression::Regex(_) | Expression::String(_)))
                        || matches!(property.text.as_str(), "trim" | "toString" | "join")
                            && is_made_safe(project, inside(*object), depth))
        }
        // `builder.toSQL().sql`
        Expression::Member {
            object, property, ..
        } => {
            matches!(property.text.as_str(), "sql" | "text" | "query")
                && is_made_safe(project, inside(*object), depth)
        }
        Expression::Await(value) | Expression::Cast { value, .. } => {
            is_made_safe(project, inside(*value), depth)
        }
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match &facts.binding(*binding).kind {
            BindingKind::Variable {
                init: Some(init), ..
            } => is_made_safe(project, inside(init.value), depth),
            _ => false,
        },
        _ => false,
    }
}

fn makes_safe(name: &str) -> bool {
    const BUILDERS: [&str; 8] = [
        "toQuery",
        "toSQL",
        "toSql",
        "toNative",
        "compile",
        "getSql",
        "getQuery",
        "getQueryAndParameters",
    ];
    const QUOTING: [&str; 6] = [
        "escape", "quote", "sanitize", "sanitise", "ident", "literal",
    ];
    let lower = name.to_ascii_lowercase();
    BUILDERS.contains(&name) || QUOTING.iter().any(|word| lower.contains(word))
}

/// The place where an intake is written.
pub(super) fn place(context: &Context<'_>, at: ExpressionRef) -> Location {
    context.project.modules.location(at)
}

/// What the origin says of a finding's weight.
pub(super) fn severity(origin: Origin) -> Severity {
    match origin {
        Origin::Client(..) => Severity::Critical,
        Origin::Parameter(..) => Severity::High,
        Origin::Row | Origin::Silent => Severity::Medium,
    }
}

/// Where a parameter is declared.
pub(super) fn parameter_place(
    context: &Context<'_>,
    function: FunctionRef,
    index: u32,
) -> Option<Location> {
    let declared = functions::declared(context.project, function)?;
    let parameter = declared.parameters.get(index as usize)?;
    Some(context.project.modules.at(function.module, parameter.span))
}

/// The raw query's method, where it stands.
pub(super) fn method(context: &Context<'_>, query: &RawQuery) -> Location {
    let call = context.project.calls.get(query.call);
    context.project.modules.at(call.module, call.name.span)
}

/// Whether a query is written with one of the methods that take plain text.
pub(super) fn takes_text(query: &RawQuery) -> bool {
    matches!(query.form, RawForm::Unsafe | RawForm::Called)
}
