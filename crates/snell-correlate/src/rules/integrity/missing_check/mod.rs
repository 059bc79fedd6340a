//! Limits of numbers that the code keeps and the database does not.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use snell_prisma::{Field, FieldId, Model, Provider, ScalarType};
use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::consistency::bound,
    support::{built, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/missing-check",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Numbers of a table have limits that no check of the database keeps",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// The limits of a column, and what says so.
#[derive(Debug, Clone, Copy, Default)]
struct Limits<'a> {
    least: Option<f64>,
    greatest: Option<f64>,
    says: Option<Location>,
    /// The model whose column of the same name a check limits.
    twin: Option<&'a Model>,
}

impl Limits<'_> {
    /// As SQL.
    fn condition(self, column: &str) -> Option<String> {
        match (self.least, self.greatest) {
            (Some(least), Some(greatest)) => {
                Some(format!("\"{column}\" BETWEEN {least} AND {greatest}"))
            }
            (Some(least), None) => Some(format!("\"{column}\" >= {least}")),
            (None, Some(greatest)) => Some(format!("\"{column}\" <= {greatest}")),
            (None, None) => None,
        }
    }
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let sent = sent(context);
    let mut found = Vec::new();
    for (_, schema, model) in context.project.schemas.models() {
        let has_checks = matches!(
            schema.datamodel.provider(),
            Provider::PostgreSql | Provider::CockroachDb
        );
        if !has_checks || model.is_view || model.ignored.is_some() {
            continue;
        }
        // Without migrations nobody says what the database checks.
        let Some(table) = built::table(schema, model).filter(|table| !table.is_uncertain()) else {
            continue;
        };
        let open: Vec<(&Field, Limits<'_>)> = model
            .columns()
            .filter(|field| is_number(field) && !model.is_id(field.id))
            .filter(|field| !model.is_foreign_key(field.id) && !table.is_checked(&field.db_name))
            .filter_map(|field| Some((field, limits(&sent, schema, (model, field))?)))
            .collect();
        if !open.is_empty() {
            found.push(finding(schema, model, &open));
        }
    }
    found
}

fn is_number(field: &Field) -> bool {
    field.is_visible()
        && !field.is_list()
        && matches!(
            field.scalar(),
            Some(ScalarType::Int | ScalarType::BigInt | ScalarType::Float | ScalarType::Decimal)
        )
}

/// Limits by the schema's path and the column.
type Sent = BTreeMap<(Utf8PathBuf, FieldId), Limits<'static>>;

/// The limits that validators lay down. Where two differ, the wider one holds.
fn sent(context: &Context<'_>) -> Sent {
    let mut found = Sent::new();
    for one in bound(context) {
        let limits = Limits {
            least: one.accepts.least.map(|(least, _)| least),
            greatest: one.accepts.greatest.map(|(greatest, _)| greatest),
            says: one.accepts.least.or(one.accepts.greatest).map(|(_, at)| at),
            twin: None,
        };
        found
            .entry((one.schema.path.clone(), one.field.id))
            .and_modify(|known| {
                known.least = wider(known.least, limits.least, f64::min);
                known.greatest = wider(known.greatest, limits.greatest, f64::max);
            })
            .or_insert(limits);
    }
    found
}

fn wider(one: Option<f64>, other: Option<f64>, most: fn(f64, f64) -> f64) -> Option<f64> {
    Some(most(one?, other?))
}

/// What names of numbers end with that are never below zero.
const AMOUNTS: [&str; 14] = [
    "count", "counts", "tokens", "price", "amount", "quantity", "cost", "fee", "size", "bytes",
    "attempts", "retries", "seats", "stock",
];

/// What is said of a column: by a validator, by a check of a table like this one, or by its name.
fn limits<'a>(
    sent: &Sent,
    schema: &'a Schema,
    (model, field): (&Model, &Field),
) -> Option<Limits<'a>> {
    if let Some(limits) = sent.get(&(schema.path.clone(), field.id))
        && (limits.least.is_some() || limits.greatest.is_some())
    {
        return Some(*limits);
    }
    if let Some(limits) = of_twin(schema, model, field) {
        return Some(limits);
    }
    let is_amount = AMOUNTS.contains(&last_word(&field.name).as_str());
    is_amount.then_some(Limits {
        least: Some(0.0),
        ..Limits::default()
    })
}

/// So many columns that two tables share are no accident.
const SHARED: usize = 8;

/// The limits that a check of another table lays on the same column, where the two tables share
/// most of what they have: rows go from the one to the other.
fn of_twin<'a>(schema: &'a Schema, model: &Model, field: &Field) -> Option<Limits<'a>> {
    let same = |one: &Field, other: &Field| {
        one.db_name == other.db_name && one.ty == other.ty && one.is_list() == other.is_list()
    };
    let others = schema.datamodel.models().iter();
    let others = others.filter(|other| other.id != model.id && !other.is_view);
    others
        .filter(|other| {
            let shared = other
                .columns()
                .filter(|one| model.columns().any(|own| same(own, one)));
            shared.count() >= SHARED
        })
        .find_map(|other| {
            let twin = other.columns().find(|one| same(one, field))?;
            let (least, greatest, at) = built::table(schema, other)?.range(&twin.db_name)?;
            Some(Limits {
                least,
                greatest,
                says: Some(at),
                twin: Some(other),
            })
        })
}

/// `tokens` of `promptTokens`, `prompt_tokens`.
fn last_word(name: &str) -> String {
    let start = name
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_ascii_uppercase() || *c == '_')
        .map_or(0, |(at, _)| at);
    name[start..].trim_start_matches('_').to_ascii_lowercase()
}

/// More columns than these are counted.
const SHOWN: usize = 4;

fn finding(schema: &Schema, model: &Model, open: &[(&Field, Limits<'_>)]) -> Diagnostic {
    let (first, _) = open[0];
    let names: Vec<String> = open
        .iter()
        .take(SHOWN)
        .map(|(field, _)| format!("`{}`", field.name))
        .collect();
    let more = open.len().saturating_sub(SHOWN);
    let names = match more {
        0 => wording::and(&names),
        more => format!("{} and {more} more", names.join(", ")),
    };
    let table = &model.db_name;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(first),
        format!(
            "no check of the database limits {names} of `{}`",
            model.name
        ),
    )
    .label("takes any number");
    for (field, limits) in open.iter().take(SHOWN) {
        finding = match limits.says {
            Some(says) => finding.related(
                says,
                match limits.twin {
                    Some(twin) => format!("limits `{}` of `{}`", field.name, twin.name),
                    None => format!("limits `{}` for who sends it", field.name),
                },
            ),
            None if field.id != first.id => {
                finding.related(schema.field_name(field), "takes any number, too")
            }
            None => finding,
        };
    }
    let conditions = open
        .iter()
        .take(SHOWN)
        .filter_map(|(field, limits)| limits.condition(&field.db_name));
    let conditions: Vec<String> = conditions.collect();
    finding
        .confidence(Confidence::Likely)
        .help(format!(
            "in a migration of your own: ALTER TABLE \"{table}\" ADD CONSTRAINT \"{table}_limits\" CHECK ({}) NOT VALID, then VALIDATE CONSTRAINT \"{table}_limits\"",
            conditions.join(" AND ")
        ))
        .subject(format!("model:{}", model.name))
}
