//! A field that the schema calls deprecated, and that code still uses.

use snell_prisma::{Field, Model};
use snell_project::schema::{FieldRef, Schema};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        documentation::deprecation,
        field_life::{FieldLife, field_lives},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/deprecated-field-used",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A field that the schema calls deprecated is still written or read",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Places that are shown.
const SHOWN: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (id, schema, model) in context.project.schemas.models() {
        for field in model.columns() {
            let Some(note) = deprecation(&field.comments) else {
                continue;
            };
            let life = field_lives(context).field(FieldRef {
                schema: id.schema,
                field: field.id,
            });
            found.extend(finding(context, schema, model, field, &note, &life));
        }
    }
    found
}

fn finding(
    context: &Context<'_>,
    schema: &Schema,
    model: &Model,
    field: &Field,
    note: &str,
    life: &FieldLife,
) -> Option<Diagnostic> {
    let own = |places: &[Location]| -> Vec<Location> {
        let application = places.iter().copied();
        application
            .filter(|at| is_application(context, *at))
            .collect()
    };
    let written = own(&life.written);
    let mut read = own(&life.filtered);
    read.extend(own(&life.sorted));
    read.extend(own(&life.selected));
    let does = match (written.is_empty(), read.is_empty()) {
        (true, true) => return None,
        (false, true) => "still written",
        (true, false) => "still read",
        (false, false) => "still written and read",
    };
    let name = format!("{}.{}", model.name, field.name);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!("`{name}` is called deprecated and is {does}"),
    )
    .label(note.to_owned());
    for at in written.iter().take(SHOWN) {
        finding = finding.related(*at, "written here");
    }
    for at in read.iter().take(SHOWN.saturating_sub(written.len())) {
        finding = finding.related(*at, "asked for here");
    }
    let more = (written.len() + read.len()).saturating_sub(SHOWN);
    if more > 0 {
        finding = finding.note(format!("{more} more places"));
    }
    if !field.may_be_omitted() {
        finding = finding.note(
            "it is required: no row can be made without it until a migration makes it optional",
        );
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .help("move these places to what takes its place, make the column optional, then @ignore it, and drop it in a later migration")
            .subject(wording::subject(model, &field.name)),
    )
}

/// Whether a place is in code that serves requests.
fn is_application(context: &Context<'_>, at: Location) -> bool {
    let path = &context.sources.file(at.file).path;
    let file = context.project.workspace.file(path);
    file.is_some_and(|file| file.facts.is_production())
}
