//! Texts whose length clients decide.

use snell_prisma::{Field, Model, ScalarType};
use snell_project::schema::FieldRef;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    together::{self, Column},
    words,
};
use crate::{
    rule::{Context, Rule},
    support::{accepts, carried, queries},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/unbounded-string",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "Clients decide how long texts are",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let open = open(context);
    let schemas = together::columns(context, |column| {
        let column = FieldRef {
            schema: column.table.id,
            field: column.field.id,
        };
        open.iter().any(|(of, _)| *of == column)
    });
    schemas
        .iter()
        .filter_map(|columns| finding(columns, &open))
        .collect()
}

/// Columns of text that take what clients send, with no limit on either side.
fn open(context: &Context<'_>) -> Vec<(FieldRef, Location)> {
    let mut found: Vec<(FieldRef, Location)> = Vec::new();
    for one in carried::carried(context).iter() {
        let field = context.project.schemas.field(one.column);
        let limited = field
            .native_type
            .as_ref()
            .is_some_and(|native| native.name != "Text");
        let plain = field.scalar() == Some(ScalarType::String) && !field.is_list() && !limited;
        let model = &context.project.schemas.get(one.column.schema).datamodel[field.id.model];
        if !plain
            || is_reference(model, field)
            || found.iter().any(|(column, _)| *column == one.column)
        {
            continue;
        }
        let Some(declared) = one.declared(context) else {
            continue;
        };
        let accepts = accepts::of(context, &declared);
        if !accepts.formed && accepts.longest.is_none() && !accepts.converted {
            let call = context.project.calls.get(one.call);
            found.push((one.column, queries::operation_at(context, call)));
        }
    }
    found
}

/// Whether a column holds the key of something: it has the length of one, or finds nothing.
fn is_reference(model: &Model, field: &Field) -> bool {
    let words = words::of(&field.name);
    let called = words
        .last()
        .is_some_and(|last| matches!(last.as_str(), "id" | "ids" | "uid"));
    called || model.is_id(field.id) || model.is_foreign_key(field.id)
}

fn finding(columns: &[Column<'_>], open: &[(FieldRef, Location)]) -> Option<Diagnostic> {
    let first = columns.first()?;
    let found = together::about(
        &RULE.metadata,
        columns,
        Column::at_type,
        ("columns", "as long as clients like"),
        "neither the column nor a validator has a limit",
    )?
    .related(
        open.iter()
            .find(|(of, _)| of.field == first.field.id && of.schema == first.table.id)?
            .1,
        "writes what the client sent",
    )
    .confidence(Confidence::Likely)
    .help(
        "`@MaxLength(n)` where the request comes in; in the database a check, or `@db.VarChar(n)`",
    );
    Some(found.subject("schema:unbounded-strings"))
}
