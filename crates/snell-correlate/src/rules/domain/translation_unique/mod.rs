//! Two translations of one text into one language.

use snell_prisma::{FieldId, Model};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    translations::{self, Translated},
    unique::is_kept,
};
use crate::{
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/translation-unique",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A row may have two translations into one language",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    translations::findings(context, finding)
}

fn finding(translated: Translated<'_>) -> Option<Diagnostic> {
    let Translated {
        translation,
        schema,
        datamodel,
        model,
        of,
        parent,
    } = translated;
    // Of the words of a text there are many.
    if translation.word.is_some() {
        return None;
    }
    let columns: Vec<FieldId> = std::iter::once(translation.key)
        .chain(translation.locale)
        .collect();
    let further: Vec<FieldId> = columns.iter().copied().chain(parts(model)).collect();
    if is_kept(schema, model, &further) {
        return None;
    }
    let names = wording::fields(datamodel, &columns);
    let what = match translation.locale {
        Some(_) => format!(
            "a `{parent}` may have two `{}` rows in one language",
            model.name
        ),
        None => format!(
            "a `{parent}` may have two `{}` rows, and nothing says which counts",
            model.name
        ),
    };
    let mut found = Diagnostic::at(&RULE.metadata, schema.model_name(model), what)
        .label(format!("no unique over ({names})"))
        .related(schema.field_name(of), "what is translated");
    found = match translation.locale {
        Some(locale) => found
            .related(schema.field_name(&datamodel[locale]), "into which language")
            .confidence(Confidence::Likely)
            .help(format!("`@@unique([{names}])`, and `upsert` by it")),
        None => found
            .confidence(Confidence::Possible)
            .help(format!(
                "`@unique` at `{names}` when there is one translation for each, or a `language` with `@@unique([{names}, language])`"
            )),
    };
    Some(found.subject(wording::subject(model, &names)))
}

/// Columns that say which part of a row is translated: `field`, `key`.
fn parts(model: &Model) -> Vec<FieldId> {
    let parts = [
        "field",
        "key",
        "attribute",
        "property",
        "column",
        "fieldName",
    ];
    model
        .columns()
        .filter(|field| parts.contains(&field.name.as_str()))
        .map(|field| field.id)
        .collect()
}
