//! What is encrypted, and by which key nobody can tell.

use snell_prisma::{Field, FieldId, Model, ScalarType};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::calls;
use crate::{
    rule::{Context, Rule},
    support::{
        name_words::split,
        tables::{self, TableModel},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/credential-key-version",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A row does not say with which key it is encrypted",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Services whose texts say themselves which key is needed.
const SERVICES: [&str; 5] = [
    "@aws-sdk/client-kms",
    "@aws-crypto/client-node",
    "@google-cloud/kms",
    "@azure/keyvault-keys",
    "node-vault",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let by_service = calls::modules(context).any(|(_, facts)| calls::imports(facts, &SERVICES));
    if by_service {
        return Vec::new();
    }
    tables::of_postgres(context)
        .filter_map(|table| {
            let encrypted = table.model.columns().find(|field| is_encrypted(field))?;
            names_key(table.model)
                .is_none()
                .then(|| finding(&table, encrypted))
        })
        .collect()
}

/// `encryptedKey`, `token_ciphertext`
pub(super) fn is_encrypted(field: &Field) -> bool {
    let words = split(&field.name);
    let says = words
        .iter()
        .any(|word| matches!(word.as_str(), "encrypted" | "ciphertext" | "cipher" | "enc"));
    let about = words.last().is_some_and(|last| {
        matches!(
            last.as_str(),
            "at" | "by" | "version" | "id" | "algorithm" | "iv"
        )
    });
    says && !about && matches!(field.scalar(), Some(ScalarType::String | ScalarType::Bytes))
}

/// The column that says which key it is.
pub(super) fn names_key(model: &Model) -> Option<FieldId> {
    let mut columns = model.columns();
    let found = columns.find(|field| {
        let plain = split(&field.name).concat();
        let says = [
            "keyversion",
            "keyid",
            "kid",
            "encryptionversion",
            "cipherversion",
            "keyref",
            "kms",
            "dek",
        ];
        says.iter()
            .any(|word| plain.ends_with(word) || plain.starts_with(word))
    });
    found.map(|field| field.id)
}

fn finding(table: &TableModel<'_>, field: &Field) -> Diagnostic {
    let (schema, model) = (table.schema, table.model);
    Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!("a row of `{}` does not say with which key `{}` is encrypted", model.name, field.name),
    )
    .label("a second key makes all of them unreadable, or is tried on each")
    .confidence(Confidence::Possible)
    .help("`keyVersion Int @default(1)` beside it, or the version at the head of the text itself; then rows can be encrypted anew one by one")
    .subject(format!("model:{} field:{}", model.name, field.name))
}
