//! Models that nothing explains.

use snell_prisma::Model;
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::documentation::{is_documented, is_explained},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/missing-model-doc",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Few models have a comment that says what they are",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A schema of fewer models explains itself.
const FEWEST: usize = 4;
/// Models that are shown.
const SHOWN: usize = 5;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas.filter_map(|(_, schema)| finding(schema)).collect()
}

/// One finding for a schema, with the share that is documented.
fn finding(schema: &Schema) -> Option<Diagnostic> {
    let models = schema.datamodel.models().iter();
    let models: Vec<&Model> = models.filter(|model| model.ignored.is_none()).collect();
    let (documented, bare): (Vec<&Model>, Vec<&Model>) = models
        .iter()
        .copied()
        .partition(|model| is_documented(&model.comments));
    let share = documented.len() * 100 / models.len().max(1);
    if models.len() < FEWEST || documented.len() * 2 > models.len() {
        return None;
    }
    let fields = || models.iter().flat_map(|model| &model.fields);
    let explained = fields()
        .filter(|field| is_explained(&field.comments))
        .count();
    let (first, others) = bare.split_first()?;
    let commented = models
        .iter()
        .filter(|model| is_explained(&model.comments))
        .count();
    if commented * 2 > models.len() {
        return Some(unkept(schema, &models, (commented, documented.len())));
    }
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(first),
        format!("{} of {} models have a `///` comment ({share} %): what the others are, and whose, stands nowhere", documented.len(), models.len()),
    )
    .label("not documented");
    for other in others.iter().take(SHOWN) {
        finding = finding.related(schema.model_name(other), "nor is this one");
    }
    if commented > documented.len() {
        finding = finding.note(format!(
            "{} have a `//` comment, which Prisma does not keep",
            commented - documented.len()
        ));
    }
    Some(
        finding
            .note(format!("{explained} of {} fields have a comment of either kind", fields().count()))
            .help("one `///` line above each model: what a row is, who owns it, when it is made and when it goes; Prisma shows it in editors and writes it into its client")
            .subject(format!("schema:{} documentation", schema.path)),
    )
}

/// Most models are explained, by comments that nobody sees who does not open the schema.
fn unkept(
    schema: &Schema,
    models: &[&Model],
    (commented, documented): (usize, usize),
) -> Diagnostic {
    let mut without = models
        .iter()
        .filter(|model| is_explained(&model.comments) && !is_documented(&model.comments));
    let first = without.next().unwrap_or(&models[0]);
    Diagnostic::at(
        &RULE.metadata,
        schema.model_name(first),
        format!(
            "{commented} of {} models have a comment, {} of them with `//`, which Prisma does not keep",
            models.len(),
            commented - documented
        ),
    )
    .label("explained here alone")
    .lowered(Severity::Info, "the comments are there")
    .help("`///` in place of `//`: Prisma shows such comments in editors and writes them into its client")
    .subject(format!("schema:{} documentation", schema.path))
}
