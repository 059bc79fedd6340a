//! What a word means, stored once for each text that has it.

use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    translations::{self, Translated},
    unique::is_kept,
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::{queries, roles::Translation, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/word-translation-duplication",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "What a word means is stored again for each text that has it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    translations::findings(context, |translated| finding(context, translated))
}

fn finding(context: &Context<'_>, translated: Translated<'_>) -> Option<Diagnostic> {
    let Translated {
        translation,
        schema,
        datamodel,
        model,
        parent,
        ..
    } = translated;
    let word = &datamodel[translation.word?];
    // One row for each word of the language: it is a dictionary.
    if is_kept(schema, model, &[word.id]) {
        return None;
    }
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!(
            "`{}` stores what a word means again for each `{parent}` that has it",
            model.name
        ),
    )
    .label("one word, many rows, and nothing keeps them alike")
    .related(schema.field_name(word), "the word")
    .related(
        schema.field_name(&datamodel[translation.text]),
        "what it means there",
    );
    if let Some(at) = stored(context, translation) {
        found = found.related(at, "stores a row for each word of a text");
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help(format!(
                "where the meaning does not depend on the sentence, keep words once (word, language, translation; unique over the first two) and let a join table tie them to a `{parent}`; where it does, say so in the model's documentation"
            ))
            .subject(wording::subject(model, &word.name)),
    )
}

/// Where the code stores several rows at once.
fn stored(context: &Context<'_>, translation: &Translation) -> Option<Location> {
    queries::of_model(context, translation.model)
        .into_iter()
        .filter(|query| functions::is_application(context.project, query.call.module))
        .find(|query| query.call.operation.is_create())
        .map(|query| queries::operation_at(context, query.call))
}
