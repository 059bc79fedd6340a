//! A wide primary key.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{tables, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/composite-pk-too-wide",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A primary key of many columns is copied into what refers to it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Keys up to this are those of tables between tables, and of parts of a whole.
const WIDE: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .filter_map(|table| {
            let (schema, model) = (table.schema, table.model);
            let key = model
                .primary_key()
                .filter(|key| key.columns.len() >= WIDE)?;
            let relations = schema.datamodel.relations().iter();
            let referring = relations
                .filter_map(|relation| relation.foreign_key.as_ref())
                .filter(|foreign| {
                    foreign
                        .references
                        .first()
                        .is_some_and(|to| to.model == model.id)
                        && foreign.references.len() == key.columns.len()
                });
            let referring = referring.count();
            let columns = wording::columns(key);
            let mut found = Diagnostic::at(
                &RULE.metadata,
                schema.location(model.place(key.span)),
                format!(
                    "the key of `{}` has {} columns",
                    model.name,
                    key.columns.len()
                ),
            )
            .label("each row is addressed by all of them")
            .help(format!(
                "give rows an `id`, and keep `@@unique([{columns}])`"
            ));
            if referring > 0 {
                found = found.note(format!("{referring} tables repeat the key to refer to it"));
            } else {
                found = found.lowered(Severity::Info, "no table refers to it");
            }
            Some(found.subject(wording::subject(model, &columns)))
        })
        .collect()
}
