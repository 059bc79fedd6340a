//! A plain index on what a unique indexes already.

use snell_prisma::{IndexKind, Model};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        index_overlap::{self, Overlap, OverlapKind},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/unique-already-indexed",
        severity: Severity::Low,
        preset: Preset::Recommended,
        summary: "A unique is indexed a second time",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    index_overlap::findings(context, OverlapKind::AlreadyUnique, finding)
}

fn finding(schema: &Schema, model: &Model, overlap: &Overlap<'_>) -> Diagnostic {
    let (index, by) = (overlap.index, overlap.by);
    let name = wording::declared(index);
    let key = match by.kind {
        IndexKind::PrimaryKey => "primary key",
        _ => "unique constraint",
    };
    Diagnostic::at(
        &RULE.metadata,
        schema.location(model.place(index.span)),
        format!(
            "`{name}` on `{}` indexes what `{}` indexes already",
            model.name,
            wording::declared(by)
        ),
    )
    .label("a second index on the same columns")
    .related(
        schema.location(model.place(by.span)),
        format!("the database keeps this {key} by an index"),
    )
    .help(format!("remove `{name}`"))
    .subject(wording::subject(model, &wording::columns(index)))
}
