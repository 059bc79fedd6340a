//! Fields whose meaning nobody can guess, and that nothing explains.

use snell_prisma::{Field, Model, ScalarType};
use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::documentation::is_explained,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/missing-field-doc",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Fields that need an explanation have none: units, JSON, flags, numbers with a meaning",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Fields that are shown.
const SHOWN: usize = 6;
/// One or two are found out by asking.
const FEWEST: usize = 3;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas.filter_map(|(_, schema)| finding(schema)).collect()
}

/// One finding for a schema.
fn finding(schema: &Schema) -> Option<Diagnostic> {
    let models = schema.datamodel.models().iter();
    let fields = models
        .filter(|model| model.ignored.is_none())
        .flat_map(|model| model.columns().map(move |field| (model, field)));
    let unclear: Vec<(&Model, &Field, &'static str)> = fields
        .filter(|(_, field)| !is_explained(&field.comments))
        .filter_map(|(model, field)| Some((model, field, question(field)?)))
        .collect();
    if unclear.len() < FEWEST {
        return None;
    }
    let ((model, field, asked), others) = unclear.split_first()?;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!(
            "{} fields leave a question open that a comment would answer: `{}.{}`, {asked}",
            unclear.len(),
            model.name,
            field.name
        ),
    )
    .label(*asked);
    for (model, field, asked) in others.iter().take(SHOWN) {
        let asked = format!("`{}.{}`, {asked}", model.name, field.name);
        finding = finding.related(schema.field_name(field), asked);
    }
    Some(
        finding
            .confidence(Confidence::Possible)
            .help("a `///` line with the unit, the shape or the range")
            .subject(format!("schema:{} fields", schema.path)),
    )
}

/// What nobody can tell from the name and the type.
fn question(field: &Field) -> Option<&'static str> {
    let name = field.name.to_ascii_lowercase();
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    match field.scalar()? {
        ScalarType::Json => Some("which keys does it hold?"),
        ScalarType::Int | ScalarType::BigInt | ScalarType::Float | ScalarType::Decimal => {
            let has_unit = ends(&[
                "ms", "seconds", "minutes", "hours", "days", "bytes", "cents", "percent", "count",
                "id",
            ]);
            let is_amount = ends(&[
                "duration", "timeout", "size", "interval", "weight", "distance", "length", "price",
                "amount", "fee", "cost", "rate", "score",
            ]);
            (is_amount && !has_unit).then_some("in which unit?")
        }
        _ => None,
    }
}
