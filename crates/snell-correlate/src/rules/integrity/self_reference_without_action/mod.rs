//! A tree whose schema does not say what becomes of children.

use snell_prisma::{ReferentialAction, RelationMode};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/self-reference-without-action",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A model refers to itself, and nothing says what becomes of the rows below",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .filter(|table| table.schema.datamodel.relation_mode() == RelationMode::ForeignKeys)
        .flat_map(of_model)
        .collect()
}

fn of_model(table: TableModel<'_>) -> Vec<Diagnostic> {
    let TableModel { schema, model, .. } = table;
    let datamodel = &schema.datamodel;
    let mut found = Vec::new();
    for (_, key) in datamodel.foreign_keys_of(model.id) {
        let field = &datamodel[key.field];
        let itself = datamodel
            .target(field)
            .is_some_and(|target| target.id == model.id);
        if !itself || key.on_delete.explicit.is_some() {
            continue;
        }
        let columns = wording::fields(datamodel, &key.columns);
        let what = match key.on_delete.action {
            ReferentialAction::SetNull => "the rows below become roots of their own",
            _ => "a row with rows below it cannot be deleted",
        };
        found.push(
            Diagnostic::at(
                &RULE.metadata,
                schema.field_name(field),
                format!(
                    "`{}.{}` leaves open what becomes of the rows below a deleted `{}`",
                    model.name, field.name, model.name
                ),
            )
            .label(format!("by default {what}"))
            .help("say it: `onDelete: Cascade` takes the whole branch, `Restrict` keeps it, `SetNull` sets it free")
            .subject(wording::subject(model, &columns)),
        );
    }
    found
}
