//! The secret of a second factor, kept in an application that decrypts nothing. Codes are reckoned
//! from the secret itself, so that one which had been encrypted would have to be decrypted.

use std::collections::BTreeMap;

use snell_flow::{Entry, Value};
use snell_prisma::{Field, FieldId};
use snell_project::{client::CallId, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::{RULE, promises};
use crate::{
    functions,
    rule::Context,
    rules::security::{
        rewritten,
        sensitive::{Secret, secret},
        tell,
    },
    support::{name_words::split, queries},
};

/// Words of code that makes texts readable again, or leaves that to others.
const READS_AGAIN: [&str; 6] = [
    "decrypt",
    "decipher",
    "unseal",
    "field-encryption",
    "kms",
    "vault",
];

/// What a name of such a secret holds beside `secret`.
const FACTORS: [&str; 6] = ["totp", "otp", "mfa", "2fa", "twofactor", "tfa"];

/// Where a secret is written.
struct Written {
    call: CallId,
    at: Location,
}

/// One finding for each column.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut written: BTreeMap<(ModelRef, FieldId), Vec<Written>> = BTreeMap::new();
    for (call, event) in queries::application(context) {
        let Some(model) = call.model() else { continue };
        let declared = context.project.schemas.model(model);
        if !declared.columns().any(is_second_factor) {
            continue;
        }
        let arguments = event.query.arguments.first();
        let Some(arguments) = arguments.and_then(Value::as_object) else {
            continue;
        };
        let rows = ["data", "create", "update"].map(|key| arguments.entries.get(key));
        let rows = rows
            .into_iter()
            .flatten()
            .flat_map(|row| queries::objects(&row.value));
        for (name, entry) in rows.flat_map(|row| &row.entries) {
            let field = declared.field(name).filter(|field| is_second_factor(field));
            if let Some(field) = field
                && keeps(entry)
                && !rewritten::before_it_is_stored(context, field)
            {
                let places = written.entry((model, field.id)).or_default();
                places.push(Written {
                    call: event.query.call,
                    at: tell::entry(context, entry),
                });
            }
        }
    }
    if written.is_empty() || reads_again(context) {
        return Vec::new();
    }
    let found = written.into_iter();
    found
        .filter_map(|((model, field), places)| finding(context, model, field, &places))
        .collect()
}

fn is_second_factor(field: &Field) -> bool {
    let words = split(&field.name);
    let of_factor = words.concat();
    secret(field) == Some(Secret::Key)
        && words.last().is_some_and(|last| last == "secret")
        && FACTORS.iter().any(|factor| of_factor.contains(factor))
        && !promises(&field.name)
}

/// Whether something is stored, and not taken away: `null` or an empty text.
fn keeps(entry: &Entry) -> bool {
    entry.value.truth() != Some(false)
}

/// Whether any code of the application could read what it had encrypted.
fn reads_again(context: &Context<'_>) -> bool {
    let project = context.project;
    project.modules.iter().any(|(id, module)| {
        functions::is_application(project, id) && {
            let text = context.sources.file(module.file).text.to_ascii_lowercase();
            READS_AGAIN.iter().any(|word| text.contains(word))
        }
    })
}

fn finding(
    context: &Context<'_>,
    model: ModelRef,
    field: FieldId,
    places: &[Written],
) -> Option<Diagnostic> {
    const SHOWN: usize = 3;
    let schema = context.project.schemas.get(model.schema);
    let declared = context.project.schemas.model(model);
    let field = &schema.datamodel[field];
    let (first, others) = places.split_first()?;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        first.at,
        format!(
            "`{}.{}` keeps the secret of a second factor as it is",
            declared.name, field.name
        ),
    )
    .label("nothing in the application decrypts anything, so that this is not encrypted")
    .related(
        schema.field_name(field),
        "whoever reads the table makes the codes of everybody",
    );
    for other in others.iter().filter(|one| one.at != first.at).take(SHOWN) {
        found = found.related(other.at, "and here");
    }
    Some(
        found
            .lowered(Severity::High, "the password is still needed beside it")
            .confidence(Confidence::Likely)
            .help("encrypt it with an authenticated cipher whose key is not in the database, and decrypt it where a code is checked; what is stored already has to be encrypted in place")
            .subject(format!(
                "field:{}.{} {}",
                declared.name,
                field.name,
                tell::title(context, first.call)
            )),
    )
}
