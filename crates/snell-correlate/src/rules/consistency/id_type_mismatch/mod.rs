//! A key that the client sends is asked for in a form that no key of the column has.

use std::collections::BTreeMap;

use snell_extract::facts::{Expression, ModuleFacts};
use snell_flow::{ObjectValue, Opaque, Root, Step, Value};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    rules::security::clerk_id_format,
    support::{
        accepts::{self, Kind},
        declared::{self, Declared},
        ids,
        queries::objects,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/id-type-mismatch",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A pipe or validator asks for keys in a form that the column's keys do not have",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Objects inside objects are looked at this deep.
const DEPTH: u32 = 8;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut keys = Keys {
        context,
        found: BTreeMap::new(),
    };
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if !endpoint.kind.is_request()
            || !functions::is_application(context.project, endpoint.module)
        {
            continue;
        }
        for reached in &entered.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            let arguments = reached.query.arguments.first().and_then(Value::as_object);
            let (Some(model), Some(arguments), false) =
                (call.model(), arguments, call.client.extended)
            else {
                continue;
            };
            let place = Place {
                endpoint: entered.endpoint,
                schema: context.project.schemas.get(model.schema),
                query: context.project.modules.at(call.module, call.name.span),
            };
            let model = context.project.schemas.model(model);
            for key in ["where", "cursor"] {
                if let Some(entry) = arguments.entries.get(key) {
                    keys.filter(&place, model, &entry.value, DEPTH);
                }
            }
            for key in ["data", "create", "update"] {
                if let Some(entry) = arguments.entries.get(key) {
                    keys.data(&place, model, &entry.value, DEPTH);
                }
            }
        }
    }
    let mut found: Vec<Diagnostic> = keys.found.into_values().collect();
    if !found.is_empty() {
        // What is known of the ids of a service says more.
        let told = (clerk_id_format::RULE.check)(context);
        found.retain(|one| {
            let at = one.primary().at;
            let mut others = told.iter().map(|other| other.primary().at);
            !others.any(|other| {
                let (own, theirs) = (at.span, other.span);
                other.file == at.file && (own.contains(theirs) || theirs.contains(own))
            })
        });
    }
    found
}

/// The query that is looked at.
struct Place<'a> {
    endpoint: usize,
    schema: &'a Schema,
    query: Location,
}

struct Keys<'c, 'a> {
    context: &'c Context<'a>,
    found: BTreeMap<(Location, Location), Diagnostic>,
}

impl<'a> Keys<'_, 'a> {
    /// The columns of a `where`, those behind relations and compound keys included.
    fn filter(&mut self, place: &Place<'a>, model: &'a Model, value: &Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        if let Value::Array(array) = value {
            for element in array.elements.iter().chain(&array.rest) {
                self.filter(place, model, element, depth);
            }
        }
        for object in objects(value) {
            for (name, entry) in &object.entries {
                match model.field(name) {
                    Some(field) if field.is_column() => {
                        self.column(place, model, field, &entry.value)
                    }
                    Some(field) => {
                        if let Some(target) = place.schema.datamodel.target(field) {
                            for inner in nested(&entry.value, &["is", "some", "every", "none"]) {
                                self.filter(place, target, inner, depth);
                            }
                            self.filter(place, target, &entry.value, depth);
                        }
                    }
                    None if matches!(name.as_str(), "AND" | "OR")
                        || model.unique_criterion(name).is_some() =>
                    {
                        self.filter(place, model, &entry.value, depth);
                    }
                    None => {}
                }
            }
        }
    }

    /// What `data` connects to.
    fn data(&mut self, place: &Place<'a>, model: &'a Model, value: &Value, depth: u32) {
        for object in objects(value) {
            for (name, entry) in &object.entries {
                let Some(field) = model.field(name).filter(|field| !field.is_column()) else {
                    continue;
                };
                let Some(target) = place.schema.datamodel.target(field) else {
                    continue;
                };
                for inner in nested(&entry.value, &["connect", "disconnect", "set", "delete"]) {
                    self.filter(place, target, inner, depth);
                }
            }
        }
    }

    fn column(&mut self, place: &Place<'a>, model: &'a Model, field: &'a Field, value: &Value) {
        match value {
            Value::Opaque(key) => self.key(place, model, field, key),
            Value::OneOf(_) | Value::Object(_) => {
                for inner in nested(value, &["equals"]) {
                    if let Value::Opaque(key) = inner {
                        self.key(place, model, field, key);
                    }
                }
            }
            _ => {}
        }
    }

    fn key(&mut self, place: &Place<'a>, model: &'a Model, field: &'a Field, key: &Opaque) {
        let is_plain = key
            .path
            .iter()
            .all(|step| matches!(step, Step::Property(_) | Step::Without(_)));
        if !is_plain || field.is_list() || !matches!(key.root, Root::ClientInput(..)) {
            return;
        }
        let endpoint = self.context.project.endpoints.get(place.endpoint);
        let Some(declared) = declared::value(self.context, Some(endpoint), key) else {
            return;
        };
        let Some((asked, at)) = asked(self.context, &declared) else {
            return;
        };
        let maker = ids::made_by(place.schema, model, field);
        let Some(why) = never_fits(field, maker.map(smol_str::SmolStr::as_str), asked) else {
            return;
        };
        let column = format!("{}.{}", model.name, field.name);
        let message = format!("{} is asked for, and {why}: `{column}`", asked.words());
        let finding = Diagnostic::at(&RULE.metadata, at, message)
            .label("refuses every key that there is, or lets through what the query refuses")
            .related(place.schema.field_type(field), why)
            .related(place.query, "looked up here as it was sent")
            .help(asked.help(field))
            .caused_by(cause(asked.words(), why))
            .subject(format!("column:{column} endpoint:{}", endpoint.name));
        self.found
            .entry((at, place.schema.field_name(field)))
            .or_insert(finding);
    }
}

/// What findings have in common: a form is asked for, and keys are made in another one.
pub(super) fn cause(asked: &str, why: &str) -> String {
    format!("{asked}: {why}")
}

/// The values under some keys of an object.
fn nested<'v>(value: &'v Value, keys: &[&str]) -> Vec<&'v Value> {
    let inner = |object: &'v ObjectValue| {
        let entries = object.entries.iter();
        let found = entries.filter(|(name, _)| keys.contains(&name.as_str()));
        found.map(|(_, entry)| &entry.value).collect::<Vec<_>>()
    };
    objects(value).flat_map(inner).collect()
}

/// The form in which a key is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Number,
    Uuid,
    Text,
}

impl Asked {
    fn words(self) -> &'static str {
        match self {
            Asked::Number => "a number",
            Asked::Uuid => "a UUID",
            Asked::Text => "a string",
        }
    }

    fn help(self, field: &Field) -> &'static str {
        match (self, field.scalar()) {
            (Asked::Number, _) => {
                "take the key as the string that it is: leave the pipe or validator out"
            }
            (_, Some(ScalarType::Int)) => "take a number: `ParseIntPipe`, `@IsInt()`",
            (_, Some(ScalarType::BigInt)) => "convert it with `BigInt(...)`",
            _ => "take any string, or write a pipe for the form that the keys have",
        }
    }
}

/// What a pipe or a validator asks for, and where.
fn asked(context: &Context<'_>, declared: &Declared<'_>) -> Option<(Asked, Location)> {
    let modules = &context.project.modules;
    let facts = modules.facts(declared.module);
    for decorator in declared.decorators {
        let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
            continue;
        };
        let mut others = 0;
        let mut found = None;
        for argument in arguments {
            match pipe(facts, argument.value) {
                Some("ParseIntPipe" | "ParseFloatPipe") => {
                    found = Some((Asked::Number, argument.value))
                }
                Some("ParseUUIDPipe") => found = Some((Asked::Uuid, argument.value)),
                Some(_) => others += 1,
                None => {}
            }
        }
        // Another pipe may make something else of it.
        if let (Some((asked, value)), 0) = (found, others) {
            return Some((asked, modules.at(declared.module, facts.span(value))));
        }
    }
    let accepts = accepts::of(context, declared);
    if accepts.converted || !accepts.checked {
        return None;
    }
    let (kind, at) = accepts.kind?;
    let asked = match kind {
        Kind::Integer | Kind::Number => Asked::Number,
        Kind::Uuid => Asked::Uuid,
        Kind::Text => Asked::Text,
        Kind::Boolean | Kind::Date => return None,
    };
    Some((asked, at))
}

/// The name of a pipe: `ParseIntPipe`, `new ParseIntPipe({ ... })`.
fn pipe(facts: &ModuleFacts, argument: snell_extract::facts::ExpressionId) -> Option<&str> {
    match facts.expression(argument) {
        Expression::Identifier { name, .. } => Some(name),
        Expression::New { callee, .. } => match facts.expression(*callee) {
            Expression::Identifier { name, .. } => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Why no key of the column has the form, if none does.
fn never_fits(field: &Field, maker: Option<&str>, asked: Asked) -> Option<&'static str> {
    use ScalarType as S;
    let is_uuid = field
        .native_type
        .as_ref()
        .is_some_and(|native| native.name == "Uuid");
    match (field.scalar()?, asked) {
        (S::String, Asked::Number) if is_uuid => Some("the column holds UUIDs"),
        (S::String, Asked::Number) => Some("the column holds strings"),
        (S::String, Asked::Uuid) => made_otherwise(maker?),
        (S::Int | S::BigInt, Asked::Uuid) => Some("the column holds numbers"),
        (S::Int, Asked::Text) => Some("the column holds numbers"),
        _ => None,
    }
}

/// How keys are made that are strings and no UUIDs.
pub(super) fn made_otherwise(maker: &str) -> Option<&'static str> {
    match maker {
        "cuid" => Some("the keys are made by `cuid()`"),
        "nanoid" => Some("the keys are made by `nanoid()`"),
        "ulid" => Some("the keys are made by `ulid()`"),
        _ => None,
    }
}
