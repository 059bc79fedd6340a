//! A required column that the client does not know.

use snell_prisma::Field;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        growth::Growths,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/required-ignored-field",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A required column without a default is hidden from the client",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let hidden: Vec<(TableModel<'_>, &Field)> = tables::of_postgres(context)
        .flat_map(|table| {
            let fields = table.model.fields.iter();
            fields.map(move |field| (table, field))
        })
        .filter(|(_, field)| {
            field.is_column() && field.ignored.is_some() && !field.may_be_omitted()
        })
        .collect();
    if hidden.is_empty() {
        return Vec::new();
    }
    let growths = Growths::shared(context);
    let findings = hidden.into_iter();
    findings
        .map(|(table, field)| finding(&growths, table, field))
        .collect()
}

fn finding(growths: &Growths, table: TableModel<'_>, field: &Field) -> Diagnostic {
    let TableModel { schema, model, .. } = table;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!(
            "`{}` cannot be created: `{}` is required, and the client does not know it",
            model.name, field.name
        ),
    )
    .label("required, without a default");
    if let Some(span) = field.ignored {
        found = found.related(
            schema.location(field.place(span)),
            "leaves it out of every `create`: the database refuses the NULL",
        );
    }
    if growths.of_model(table.reference()).made_at.is_none() {
        found = found.lowered(Severity::Medium, "no code was seen that creates such rows");
    }
    found
        .help("make the column optional, give it a default, or take `@ignore` away")
        .subject(wording::subject(model, &field.name))
}
