//! What identifies people for good, readable in the table.

use snell_prisma::{Field, ScalarType};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{calls, rewritten};
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
        name: "security/pii-unencrypted",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Numbers that identify people for good are stored as plain text",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Names that mean one thing only, without case and underscores.
const NAMES: [&str; 46] = [
    "ssn",
    "socialsecuritynumber",
    "socialsecurityno",
    "nationalid",
    "nationalidnumber",
    "nationalinsurancenumber",
    "passportnumber",
    "passportno",
    "taxid",
    "taxidnumber",
    "taxnumber",
    "taxpayerid",
    "iban",
    "bankaccount",
    "bankaccountnumber",
    "routingnumber",
    "cardnumber",
    "creditcard",
    "creditcardnumber",
    "cvv",
    "cvc",
    "driverlicense",
    "driverlicensenumber",
    "driverslicense",
    "drivinglicensenumber",
    "idcardnumber",
    "insurancenumber",
    "healthinsurancenumber",
    "medicalrecordnumber",
    "bankiban",
    "ibannumber",
    "iqama",
    "iqamanumber",
    "residencepermitnumber",
    "workpermitnumber",
    "emiratesid",
    "aadhaar",
    "aadhaarnumber",
    "cpf",
    "cpfnumber",
    "pesel",
    "bsn",
    "curp",
    "tckn",
    "personnummer",
    "fodselsnummer",
];

/// Words that say that the value is another one.
const PROMISES: [&str; 8] = [
    "encrypted",
    "hash",
    "hashed",
    "cipher",
    "masked",
    "last4",
    "token",
    "digest",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .filter_map(|table| {
            let open: Vec<&Field> = table
                .model
                .columns()
                .filter(|field| is_plain(field) && !is_encrypted(context, field))
                .collect();
            finding(&table, &open)
        })
        .collect()
}

/// Whether the client, or code that speaks of the field, encrypts.
fn is_encrypted(context: &Context<'_>, field: &Field) -> bool {
    rewritten::before_it_is_stored(context, field)
        || calls::modules(context).any(|(module, _)| {
            calls::mentions(context, module, &["crypt", "Crypt", "cipher", "Cipher"])
                && calls::mentions(context, module, &[field.name.as_str()])
        })
}

fn is_plain(field: &Field) -> bool {
    if field.scalar() != Some(ScalarType::String) {
        return false;
    }
    let words = split(&field.name);
    let promised = words.iter().any(|word| PROMISES.contains(&word.as_str()));
    let marked = field
        .documentation()
        .is_some_and(|text| text.contains("@pii") || text.contains("@personal"));
    !promised && (marked || NAMES.contains(&words.concat().as_str()))
}

fn finding(table: &TableModel<'_>, open: &[&Field]) -> Option<Diagnostic> {
    let (first, others) = open.split_first()?;
    let (schema, model) = (table.schema, table.model);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(first),
        format!(
            "`{}.{}`{} can be read by whoever reads the table",
            model.name,
            first.name,
            match others.len() {
                0 => String::new(),
                1 => " and 1 more column".to_owned(),
                n => format!(" and {n} more columns"),
            }
        ),
    )
    .label("no code on the way to it encrypts");
    for other in others {
        found = found.related(schema.field_name(other), "nor this");
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help("encrypt it with an authenticated cipher before it is written, and keep a keyed hash beside it to search by; or keep it with a service that is made for it")
            .subject(format!("model:{} field:{}", model.name, first.name)),
    )
}
