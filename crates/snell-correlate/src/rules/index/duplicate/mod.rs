//! Two indexes that are the same.

use snell_prisma::{Index, IndexKind, Model};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::fixes;
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
        name: "index/duplicate",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Two indexes are the same",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    index_overlap::findings(context, OverlapKind::Duplicate, |schema, model, overlap| {
        finding(context, schema, model, overlap)
    })
}

fn finding(
    context: &Context<'_>,
    schema: &Schema,
    model: &Model,
    overlap: &Overlap<'_>,
) -> Diagnostic {
    let (index, by) = (overlap.index, overlap.by);
    let name = wording::declared(index);
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.location(model.place(index.span)),
        format!(
            "`{name}` on `{}` is the same index as `{}`",
            model.name,
            wording::declared(by)
        ),
    )
    .label("every write keeps both, every read can use either")
    .related(schema.location(model.place(by.span)), first(by))
    .help(format!("remove `{}`", attribute(index)));
    let found = match fixes::remove(context, schema, model, index) {
        Some(fix) => found.fix(fix),
        None => found,
    };
    found.subject(wording::subject(model, &wording::columns(index)))
}

fn first(by: &Index) -> &'static str {
    match by.kind {
        IndexKind::PrimaryKey => "the primary key is unique already, and its index is the same",
        IndexKind::Unique => "the same key",
        IndexKind::Normal | IndexKind::Fulltext => "the same index",
    }
}

/// What stands in the schema: the attribute, without the field before it.
fn attribute(index: &Index) -> String {
    if index.on_field {
        "@unique".to_owned()
    } else {
        wording::declared(index)
    }
}
