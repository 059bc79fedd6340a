//! Keys for services outside, and the record of who did what.

use snell_prisma::{Field, FieldId, FieldType, Model};
use snell_project::ownership::Ownership;

use super::{AuditLog, Candidate, Credential, ends_in, is_text};
use crate::support::name_words::{has_word, words};

/// Words in the names of models that hold keys.
const HOLDERS: [&str; 8] = [
    "credential",
    "key",
    "token",
    "secret",
    "integration",
    "connection",
    "provider",
    "api",
];

/// Words in the names of columns that say for which service.
const PROVIDERS: [&str; 6] = [
    "provider",
    "service",
    "vendor",
    "platform",
    "integration",
    "app",
];

/// Words in the names of columns of which each of several keys has its own.
const TELLING: [&str; 12] = [
    "label",
    "name",
    "title",
    "nickname",
    "alias",
    "account",
    "profile",
    "external",
    "priority",
    "default",
    "environment",
    "scope",
];

/// The model as keys for services outside, one for each owner and service.
pub(super) fn credential(candidate: Candidate<'_>) -> Option<Credential> {
    let Candidate { model, .. } = candidate;
    let secret = candidate.column(|field| is_text(model, field) && is_secret(field))?;
    let provider = candidate.column(|field| {
        let kind = matches!(field.ty, FieldType::Enum(_)) || is_text(model, field);
        let name = words(&field.name);
        let says = name
            .first()
            .is_some_and(|first| PROVIDERS.contains(&first.as_str()));
        kind && says
            && field.is_required()
            && (name.len() == 1 || ends_in(&field.name, &["type", "slug"]))
    })?;
    let recognised = match candidate.named("credential") {
        Some(named) => named,
        // Where something tells them apart, there may be several for one service.
        None => {
            has_word(&model.name, &HOLDERS)
                && !model
                    .columns()
                    .any(|field| field.id != provider.id && has_word(&field.name, &TELLING))
        }
    };
    let Ownership::Owned(chains) = candidate.context.project.owners.of(candidate.reference) else {
        return None;
    };
    // A person's key within a tenant has two of them.
    let mut owners: Vec<FieldId> = chains
        .iter()
        .filter(|chain| chain.required && chain.relations.len() <= 1)
        .filter_map(|chain| chain.key)
        .collect();
    owners.sort_unstable();
    owners.dedup();
    (recognised && !owners.is_empty()).then_some(Credential {
        model: candidate.reference,
        owners,
        provider: provider.id,
        secret: secret.id,
    })
}

/// `encryptedKey`, `apiKey`, `accessToken`, `secret`.
fn is_secret(field: &Field) -> bool {
    let name = words(&field.name);
    let has = |word: &str| name.iter().any(|one| one == word);
    has("encrypted")
        || has("ciphertext")
        || ends_in(&field.name, &["secret", "token", "credential"])
        || ends_in(&field.name, &["key"])
            && (has("api") || has("secret") || has("access") || has("private"))
}

/// Words before `log`, `trail` or `history` in the names of models that say who did what.
const DEEDS: [&str; 8] = [
    "audit", "activity", "access", "security", "admin", "change", "action", "login",
];

/// Words in the names of columns that say what was done.
const ACTIONS: [&str; 8] = [
    "action",
    "event",
    "operation",
    "activity",
    "verb",
    "type",
    "method",
    "actor",
];

/// The model as the record of who did what.
pub(super) fn audit_log(candidate: Candidate<'_>) -> Option<AuditLog> {
    let Candidate { model, .. } = candidate;
    let recognised = match candidate.named("auditLog") {
        Some(named) => named,
        None => {
            is_record(model)
                && candidate.is_dated()
                && model.columns().all(|field| field.updated_at.is_none())
                && candidate
                    .column(|field| has_word(&field.name, &ACTIONS))
                    .is_some()
        }
    };
    recognised.then_some(AuditLog {
        model: candidate.reference,
    })
}

fn is_record(model: &Model) -> bool {
    let name = words(&model.name);
    let keeps = ends_in(
        &model.name,
        &[
            "log", "trail", "history", "journal", "event", "entry", "record",
        ],
    );
    match name.as_slice() {
        [only] => matches!(only.as_str(), "audit" | "auditlog"),
        [.., before, _] => {
            has_word(&model.name, &["audit"]) && keeps
                || keeps
                    && DEEDS.contains(&before.as_str())
                    && !ends_in(&model.name, &["event", "entry", "record"])
        }
        [] => false,
    }
}
