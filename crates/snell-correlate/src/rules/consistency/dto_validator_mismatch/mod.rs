//! A validator that asks for another value than the column takes.

use snell_prisma::{Field, FieldType, ScalarType};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Joined, Location, Preset, RuleMetadata, Severity};

use super::{
    contract::{Bound, bound, joined},
    id_type_mismatch::{cause, made_otherwise},
};
use crate::{
    rule::{Context, Rule},
    support::{accepts::Kind, closed_set, ids},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/dto-validator-mismatch",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A validator lets through what the column refuses, or refuses what it takes",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let bound = bound(context);
    let found = bound.iter().filter_map(|one| finding(context, one));
    joined(found.collect())
}

/// What is wrong, and how to mend it.
struct Fault {
    at: Location,
    message: String,
    label: &'static str,
    help: String,
    /// Why it is less than it seems.
    mild: Option<&'static str>,
    /// How keys are made that a validator asks for in another form.
    made: Option<&'static str>,
}

/// For what gets through, and fails later.
const THROUGH: &str = "lets it through: who sends it gets an error of the server";

fn finding(context: &Context<'_>, bound: &Bound<'_>) -> Option<Diagnostic> {
    if bound.accepts.converted || !bound.accepts.checked || bound.field.is_list() {
        return None;
    }
    let fault = of_kind(bound)
        .or_else(|| too_great(bound))
        .or_else(|| outside_enum(context, bound))?;
    let column = format!("takes {}", takes(bound.schema, bound.field));
    let finding = bound.finding(
        &RULE.metadata,
        fault.at,
        fault.message,
        (fault.label, &column),
    );
    let finding = match fault.mild {
        Some(why) => finding.lowered(Severity::Low, why),
        None => finding,
    };
    // The keys of the workspace are made in one way: what asks for another is one habit with `consistency/id-type-mismatch`.
    let finding = match fault.made {
        Some(made) => finding.caused_by(cause("a UUID", made)),
        None => finding,
    };
    Some(finding.help(fault.help).subject(bound.subject()))
}

/// The column's type, for a label.
fn takes(schema: &Schema, field: &Field) -> String {
    if is_uuid(field) {
        return "a UUID".to_owned();
    }
    match (&field.ty, field.scalar()) {
        (FieldType::Enum(id), _) => format!("a value of `{}`", schema.datamodel[*id].name),
        (_, Some(scalar)) => format!("`{}`", scalar.as_str()),
        _ => "another value".to_owned(),
    }
}

fn is_uuid(field: &Field) -> bool {
    let native = field.native_type.as_ref();
    native.is_some_and(|native| native.name == "Uuid")
}

/// A kind of value that the column does not take, or takes only in part.
fn of_kind(bound: &Bound<'_>) -> Option<Fault> {
    use ScalarType as S;
    let (kind, at) = bound.accepts.kind?;
    let (name, column) = (&bound.name, bound.column());
    let scalar = bound.field.scalar()?;
    let part = |what: &str, help: &str, mild| {
        Some(Fault {
            mild,
            made: None,
            at,
            message: format!("`{name}` may be {what}, which `{column}` refuses"),
            label: THROUGH,
            help: help.to_owned(),
        })
    };
    // In the words of the library that the property is written for.
    let words = |decorator: &'static str, schema: &'static str| match bound.declared.decorators {
        [] => schema,
        _ => decorator,
    };
    let refused = match (scalar, kind) {
        (S::Int | S::BigInt, Kind::Number) => {
            return part(
                "1.5",
                words("`@IsInt()`", "`z.number().int()`"),
                Some("only who sends a fraction gets an error of the server in place of an answer"),
            );
        }
        (S::DateTime, Kind::Text) if !bound.accepts.formed => {
            return part(
                "any text",
                words("`@IsISO8601({ strict: true })`", "`z.string().datetime()`"),
                None,
            );
        }
        (S::String, Kind::Text) if is_uuid(bound.field) && !bound.accepts.formed => {
            return part(
                "any text",
                words("`@IsUUID()`", "`z.string().uuid()`"),
                Some("only who sends no UUID gets an error of the server in place of an answer"),
            );
        }
        (S::String, Kind::Uuid) => return other_ids(bound, at),
        (S::Int | S::BigInt | S::Float | S::Boolean, Kind::Text | Kind::Uuid) => true,
        (S::Boolean | S::DateTime | S::String, Kind::Number | Kind::Integer) => true,
        (S::Boolean | S::Json | S::Bytes, _) => false,
        (_, Kind::Boolean) => true,
        (S::DateTime, Kind::Date) => false,
        (_, Kind::Date) => true,
        _ => false,
    };
    refused.then(|| Fault {
        mild: None,
        made: None,
        at,
        message: format!(
            "`{name}` must be {}, and `{column}` takes `{}`",
            kind_words(kind),
            scalar.as_str()
        ),
        label: "whatever passes here is refused by the write",
        help: "ask for what the column takes, or convert it before the write".to_owned(),
    })
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a string",
        Kind::Integer | Kind::Number => "a number",
        Kind::Boolean => "a boolean",
        Kind::Date => "a `Date`",
        Kind::Uuid => "a UUID",
    }
}

/// A UUID is asked for, and the ids that the column holds are made in another way.
fn other_ids(bound: &Bound<'_>, at: Location) -> Option<Fault> {
    let name = ids::made_by(bound.schema, bound.model, bound.field)?;
    made_otherwise(name).map(|made| Fault {
        mild: None,
        made: Some(made),
        at,
        message: format!(
            "`{}` must be a UUID, and the ids of `{}` are made by `{name}()`",
            bound.name,
            bound.column()
        ),
        label: "refuses every id that there is",
        help: "`@IsString()`, `z.string()`, or a validator of that form".to_owned(),
    })
}

/// The greatest number of an `Int` column: 32 bits.
const GREATEST: f64 = 2_147_483_647.0;

fn too_great(bound: &Bound<'_>) -> Option<Fault> {
    let (most, at) = bound.accepts.greatest?;
    (bound.field.scalar() == Some(ScalarType::Int) && most > GREATEST).then(|| Fault {
        mild: None,
        made: None,
        at,
        message: format!(
            "`{}` may be {most}, and `{}` holds {GREATEST} at most",
            bound.name,
            bound.column()
        ),
        label: THROUGH,
        help: "lower it, or make the column a `BigInt`".to_owned(),
    })
}

/// A list of values with one that the enum does not have.
fn outside_enum(context: &Context<'_>, bound: &Bound<'_>) -> Option<Fault> {
    let FieldType::Enum(id) = bound.field.ty else {
        return None;
    };
    let declared = &bound.schema.datamodel[id];
    let set = closed_set::of(context, &bound.declared)?;
    let is_foreign =
        |value: &&smol_str::SmolStr| !declared.values.iter().any(|one| one.name == **value);
    let foreign: Vec<String> = set
        .values
        .iter()
        .filter(is_foreign)
        .map(|value| format!("`{value}`"))
        .collect();
    // Other words for the same are translated somewhere.
    if foreign.is_empty() || foreign.len() == set.values.len() {
        return None;
    }
    let name = &declared.name;
    Some(Fault {
        mild: None,
        made: None,
        at: set.at,
        message: format!(
            "`{}` may be {}, which `{name}` does not have",
            bound.name,
            foreign.join(", ")
        ),
        label: THROUGH,
        help: format!("take the enum itself: `@IsEnum({name})`, `z.nativeEnum({name})`"),
    })
}
