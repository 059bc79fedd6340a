//! What the validators of a property let through.

use snell_extract::facts::{Argument, Expression, ExpressionId, ModuleFacts, Property};
use snell_project::module::ModuleId;
use snell_source::{Location, Span};

use crate::rule::Context;
use crate::support::{
    declared::{Declared, Said},
    zod,
};

/// What a validator lets through.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Accepts {
    /// The kind of value, and where it is said.
    pub kind: Option<(Kind, Location)>,
    /// The longest text.
    pub longest: Option<(u64, Location)>,
    /// The least number.
    pub least: Option<(f64, Location)>,
    /// The greatest number.
    pub greatest: Option<(f64, Location)>,
    /// Its form is laid down (an address, a list of values, a pattern), and with it its length.
    pub formed: bool,
    /// `undefined` gets through.
    pub absent: bool,
    /// It is looked at only when something else says so (`@ValidateIf`): whether it may be left out then is not known.
    pub conditional: bool,
    /// `null` gets through because somebody says so, and not only because `@IsOptional` lets it.
    pub null: Option<Location>,
    /// It is made into something else before anybody reads it.
    pub converted: bool,
    /// There is a validator.
    pub checked: bool,
}

/// The kinds of values that validators ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string.
    Text,
    /// A number without a fraction.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A `Date`.
    Date,
    /// A UUID, as text.
    Uuid,
}

/// Names inside names are followed this deep.
const DEPTH: u32 = 8;

/// What is let through for a property: by `class-validator`, or by zod.
pub(crate) fn of(context: &Context<'_>, declared: &Declared<'_>) -> Accepts {
    let mut reader = Reader {
        context,
        accepts: Accepts {
            absent: declared.optional,
            ..Accepts::default()
        },
    };
    match declared.ty {
        Said::Zod(schema) => {
            reader.accepts.checked = true;
            reader.zod(declared.module, schema, DEPTH);
        }
        Said::Type(_) | Said::Nothing => {
            let facts = context.project.modules.facts(declared.module);
            let is_optional = declared
                .decorators
                .iter()
                .any(|one| matches!(one.name.as_str(), "IsOptional" | "ValidateIf"));
            for decorator in declared.decorators {
                let arguments = match facts.expression(decorator.expression) {
                    Expression::Call { arguments, .. } => &arguments[..],
                    _ => &[],
                };
                let place = Place {
                    module: declared.module,
                    span: decorator.span,
                    arguments,
                };
                reader.decorator(decorator.name.as_str(), facts, &place);
            }
            // `@IsString() name?: string` refuses what the `?` allows.
            reader.accepts.absent &= is_optional || !reader.accepts.checked;
        }
    }
    reader.accepts
}

/// A validator that is called.
struct Place<'a> {
    module: ModuleId,
    span: Span,
    arguments: &'a [Argument],
}

struct Reader<'c, 'a> {
    context: &'c Context<'a>,
    accepts: Accepts,
}

impl Reader<'_, '_> {
    fn at(&self, place: &Place<'_>) -> Location {
        self.context.project.modules.at(place.module, place.span)
    }

    fn kind(&mut self, kind: Kind, place: &Place<'_>) {
        self.accepts.kind = Some((kind, self.at(place)));
    }

    fn longest(&mut self, facts: &ModuleFacts, place: &Place<'_>, argument: usize) {
        match number(facts, place, argument) {
            Some(most) if most >= 0.0 => {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let most = most as u64;
                self.accepts.longest = Some((most, self.at(place)));
            }
            // A constant or something computed: some length there is.
            _ => self.accepts.formed = true,
        }
    }

    fn least(&mut self, facts: &ModuleFacts, place: &Place<'_>) {
        if let Some(least) = number(facts, place, 0) {
            self.accepts.least = Some((least, self.at(place)));
        }
    }

    fn greatest(&mut self, facts: &ModuleFacts, place: &Place<'_>) {
        if let Some(most) = number(facts, place, 0) {
            self.accepts.greatest = Some((most, self.at(place)));
        }
    }

    /// A decorator of `class-validator` or `class-transformer`.
    fn decorator(&mut self, name: &str, facts: &ModuleFacts, place: &Place<'_>) {
        let is_validator = name.starts_with("Is")
            || matches!(
                name,
                "Length"
                    | "MaxLength"
                    | "MinLength"
                    | "Max"
                    | "Min"
                    | "Matches"
                    | "Validate"
                    | "ValidateIf"
                    | "ValidateNested"
                    | "Allow"
                    | "Contains"
            );
        self.accepts.checked |= is_validator;
        match name {
            "IsOptional" => self.accepts.absent = true,
            "ValidateIf" => {
                self.accepts.absent = true;
                self.accepts.conditional = true;
            }
            "IsString" => self.kind(Kind::Text, place),
            "IsInt" => self.kind(Kind::Integer, place),
            "IsNumber" if has_no_fraction(facts, place) => self.kind(Kind::Integer, place),
            "IsNumber" | "IsPositive" | "IsNegative" if self.accepts.kind.is_none() => {
                self.kind(Kind::Number, place);
            }
            "IsBoolean" => self.kind(Kind::Boolean, place),
            "IsDate" => self.kind(Kind::Date, place),
            "IsUUID" => {
                self.kind(Kind::Uuid, place);
                self.accepts.formed = true;
            }
            "MaxLength" => self.longest(facts, place, 0),
            "Length" if place.arguments.len() > 1 => self.longest(facts, place, 1),
            "Min" => self.least(facts, place),
            "Max" => self.greatest(facts, place),
            "Transform" | "Type" => self.accepts.converted = true,
            "IsNumber" | "IsPositive" | "IsNegative" | "IsDefined" | "IsNotEmpty" | "MinLength"
            | "Length" | "IsArray" | "IsObject" | "IsEmpty" => {}
            _ if is_validator => self.accepts.formed = true,
            _ => {}
        }
    }

    /// A chain of zod: what is called on `z`, from its end to its start.
    fn zod(&mut self, module: ModuleId, schema: ExpressionId, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            self.accepts.converted = true;
            return;
        };
        // `z.coerce`, and what no call makes.
        let Some(link) = zod::link(self.context, module, schema) else {
            self.accepts.converted = true;
            return;
        };
        let facts = self.context.project.modules.facts(link.module);
        let place = Place {
            module: link.module,
            span: link.at,
            arguments: link.arguments,
        };
        let is_root = matches!(facts.expression(link.object), Expression::Identifier { name, .. } if name == "z" || name == "zod");
        if is_root {
            self.zod_root(link.method, &place);
        } else {
            // What is called first is nearer to the value: it is read first.
            self.zod(link.module, link.object, depth);
            self.zod_step(link.method, facts, &place);
        }
    }

    fn zod_root(&mut self, name: &str, place: &Place<'_>) {
        match name {
            "string" => self.kind(Kind::Text, place),
            "number" => self.kind(Kind::Number, place),
            "int" | "int32" => self.kind(Kind::Integer, place),
            "boolean" => self.kind(Kind::Boolean, place),
            "date" => self.kind(Kind::Date, place),
            "uuid" | "guid" | "uuidv4" | "uuidv7" => {
                self.kind(Kind::Uuid, place);
                self.accepts.formed = true;
            }
            "any" | "unknown" | "preprocess" | "transform" | "pipe" | "lazy" => {
                self.accepts.converted = true
            }
            _ => self.accepts.formed = true,
        }
    }

    fn zod_step(&mut self, name: &str, facts: &ModuleFacts, place: &Place<'_>) {
        let kind = self.accepts.kind.map(|(kind, _)| kind);
        match name {
            "optional" => self.accepts.absent = true,
            "nullish" => {
                self.accepts.absent = true;
                self.accepts.null = Some(self.at(place));
            }
            "nullable" => self.accepts.null = Some(self.at(place)),
            "default" | "prefault" | "catch" => {
                self.accepts.absent = false;
            }
            "max" | "lte" if kind == Some(Kind::Text) => self.longest(facts, place, 0),
            "length" => self.longest(facts, place, 0),
            "max" | "lte" => self.greatest(facts, place),
            "min" | "gte" if kind != Some(Kind::Text) => self.least(facts, place),
            "nonnegative" => self.accepts.least = Some((0.0, self.at(place))),
            "int" | "safe" => self.kind(Kind::Integer, place),
            "uuid" => {
                self.kind(Kind::Uuid, place);
                self.accepts.formed = true;
            }
            "transform" | "pipe" | "or" | "and" | "array" | "overwrite" => {
                self.accepts.converted = true
            }
            "min" | "gte" | "gt" | "lt" | "nonempty" | "trim" | "toLowerCase" | "toUpperCase"
            | "positive" | "negative" | "nonpositive" | "finite" | "describe" | "openapi"
            | "meta" | "brand" | "readonly" => {}
            _ => self.accepts.formed = true,
        }
    }
}

/// A number that is written as an argument.
fn number(facts: &ModuleFacts, place: &Place<'_>, argument: usize) -> Option<f64> {
    let value = place.arguments.get(argument)?.value;
    match facts.expression(facts.unwrap_casts(value)) {
        Expression::Number(text) => text.replace('_', "").parse().ok(),
        _ => None,
    }
}

/// `@IsNumber({ maxDecimalPlaces: 0 })`
fn has_no_fraction(facts: &ModuleFacts, place: &Place<'_>) -> bool {
    let Some(options) = place.arguments.first() else {
        return false;
    };
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(options.value)) else {
        return false;
    };
    properties.iter().any(|property| match property {
        Property::Value { key, value, .. } => {
            key.name()
                .is_some_and(|name| name.text == "maxDecimalPlaces")
                && matches!(facts.expression(*value), Expression::Number(text) if text == "0")
        }
        _ => false,
    })
}
