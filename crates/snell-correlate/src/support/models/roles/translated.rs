//! Text in another language.

use snell_prisma::{Field, FieldType, Model};
use snell_project::{ownership::Ownership, schema::ModelRef};

use super::{Candidate, Translation, ends_in, is_text};
use crate::support::name_words::{has_word, words};

/// Last words in the names of models whose rows are translations.
const TRANSLATIONS: [&str; 4] = ["translation", "localization", "localisation", "locale"];

/// Words in the names of columns that say the language.
const LANGUAGES: [&str; 3] = ["locale", "language", "lang"];

/// Words in the names of columns that hold a single word.
const WORDS: [&str; 4] = ["word", "term", "phrase", "token"];

/// The model as translations of rows of another one.
pub(super) fn translation(candidate: Candidate<'_>) -> Option<Translation> {
    let Candidate { model, .. } = candidate;
    let recognised = match candidate.named("translation") {
        Some(named) => named,
        None => ends_in(&model.name, &TRANSLATIONS),
    };
    if !recognised {
        return None;
    }
    let (of, _) = parent(candidate)?;
    let [key] = of.relation()?.fields.as_slice() else {
        return None;
    };
    let word = candidate.column(|field| {
        is_text(model, field) && has_word(&field.name, &WORDS) && !is_language(field)
    });
    let text = candidate.column(|field| {
        is_text(model, field)
            && !is_language(field)
            && word.is_none_or(|word| word.id != field.id)
            && field.is_required()
    })?;
    let locale = candidate.column(|field| field.id != *key && is_language(field));
    Some(Translation {
        model: candidate.reference,
        of: of.id,
        key: *key,
        locale: locale.map(|field| field.id),
        word: word.map(|field| field.id),
        text: text.id,
    })
}

/// `locale`, `targetLanguage`, `languageId`, `langCode`.
fn is_language(field: &Field) -> bool {
    let kind = matches!(field.ty, FieldType::Scalar(_) | FieldType::Enum(_));
    let name = words(&field.name);
    let last = name.last().map_or("", String::as_str);
    let says = LANGUAGES.contains(&last)
        || matches!(last, "code" | "id" | "tag") && has_word(&field.name, &LANGUAGES);
    // The language that something is translated from is not the one of the text.
    kind && says && !has_word(&field.name, &["source", "original", "from", "default"])
}

/// What is translated: the model whose name the translation's name begins with, or
/// else the only one that is no language.
fn parent<'a>(candidate: Candidate<'a>) -> Option<(&'a Field, &'a Model)> {
    let own = words(&candidate.model.name);
    let named = candidate.parents().find(|(_, target)| {
        let target = words(&target.name);
        own.len() > target.len() && own.starts_with(&target)
    });
    let owns = |model: &Model| {
        let reference = ModelRef {
            model: model.id,
            ..candidate.reference
        };
        let owners = &candidate.context.project.owners;
        matches!(owners.of(reference), Ownership::Root(_))
    };
    named.or_else(|| {
        let mut others = candidate
            .parents()
            .filter(|(_, target)| !has_word(&target.name, &LANGUAGES) && !owns(target));
        let only = others.next();
        only.filter(|_| others.next().is_none())
    })
}
