//! Columns with secrets, and what becomes of them, as an audit lists them.

use std::collections::BTreeSet;

use snell_correlate::{FieldLives, Sensitive, SensitiveColumn};
use snell_project::schema::FieldRef;
use snell_report::{
    Report,
    audit::{
        AuditFinding,
        tables::{SecretColumn, Verdict},
    },
    trace::Spot,
};
use snell_source::Location;

use super::{
    named::{self, Named},
    spot,
};
use crate::Analysis;

/// All of them, in the order of the schemas.
pub(super) fn secrets(
    analysis: &Analysis,
    found: Vec<SensitiveColumn>,
    lives: &FieldLives,
    (report, named, findings): (&Report, &Named, &[AuditFinding]),
) -> Vec<SecretColumn> {
    let one = |column| secret(analysis, column, lives, (report, named, findings));
    found.into_iter().map(one).collect()
}

fn secret(
    analysis: &Analysis,
    column: SensitiveColumn,
    lives: &FieldLives,
    (report, named, findings): (&Report, &Named, &[AuditFinding]),
) -> SecretColumn {
    let schema = analysis.project.schemas.get(column.model.schema);
    let model = analysis.project.schemas.model(column.model);
    let field = &schema.datamodel[column.field];
    let life = lives.field(FieldRef {
        schema: column.model.schema,
        field: column.field,
    });
    let is_code = |at: &&Location| {
        let file = at.file;
        let mut modules = analysis.project.modules.iter();
        modules
            .find(|(_, module)| module.file == file)
            .is_some_and(|(id, _)| analysis.project.path_facts(id).is_production())
    };
    let places = |found: &mut dyn Iterator<Item = Location>| -> Vec<Spot> {
        let spots: BTreeSet<Spot> = found.map(|at| spot(analysis, at)).collect();
        spots.into_iter().collect()
    };
    let about: Vec<usize> = named
        .of_field(&model.name, &field.name)
        .filter(|n| is_about_secrets(report.findings[*n].diagnostic.rule.name))
        .collect();
    let of_rule = |rule: &str| {
        let own = about
            .iter()
            .filter(|n| report.findings[**n].diagnostic.rule.name == rule)
            .flat_map(|n| report.findings[*n].parts())
            .filter(|part| {
                let (models, fields) = named::names(&part.subject);
                models.iter().any(|name| *name == model.name)
                    && fields.iter().any(|name| *name == field.name)
            })
            .map(|part| part.primary().at);
        places(&mut own.collect::<Vec<_>>().into_iter())
    };
    let place = |at: Location| spot(analysis, at);
    let encryption = column.encryption.as_ref();
    SecretColumn {
        verdict: verdict(&column, report, &about),
        model: model.name.to_string(),
        field: field.name.to_string(),
        kind: column.kind.as_str().to_owned(),
        secret: column.kind.is_secret(),
        spot: spot(analysis, schema.field_name(field)),
        written: places(&mut life.written.iter().filter(is_code).copied()),
        algorithm: encryption.and_then(|one| {
            let algorithm = one.algorithm.clone()?;
            Some((algorithm, place(one.at)))
        }),
        hashed: column.hashed.map(|one| (one.by.to_owned(), place(one.at))),
        vector: encryption
            .and_then(|one| one.vector)
            .map(|(words, at)| (words.to_owned(), place(at))),
        tag: encryption
            .into_iter()
            .flat_map(|one| [one.tag, one.tag_checked])
            .flatten()
            .map(place)
            .collect(),
        key: encryption
            .and_then(|one| one.key)
            .map(|(words, at)| (words.to_owned(), place(at))),
        version: column
            .version
            .filter(|_| column.hashed.is_none())
            .map(|field| schema.datamodel[field].name.to_string()),
        decrypted: encryption
            .into_iter()
            .flat_map(|one| one.decrypted.iter().copied())
            .map(place)
            .collect(),
        returned: of_rule("security/sensitive-field-exposed"),
        logged: of_rule("security/sensitive-field-logged"),
        given: column.returned.map(|all| names_of(analysis, all)),
        promised: column.promised,
        findings: about.iter().map(|n| findings[*n].id.clone()).collect(),
    }
}

/// The names of endpoints, each once.
fn names_of(analysis: &Analysis, endpoints: Vec<usize>) -> Vec<String> {
    let endpoints = endpoints
        .into_iter()
        .map(|n| analysis.project.endpoints.get(n));
    let names: BTreeSet<String> = endpoints.map(|one| one.name.to_string()).collect();
    names.into_iter().collect()
}

fn is_about_secrets(rule: &str) -> bool {
    matches!(
        rule,
        "security/sensitive-field-exposed"
            | "security/sensitive-field-logged"
            | "security/plaintext-credential"
            | "security/pii-unencrypted"
            | "security/credential-key-version"
            | "security/weak-encryption"
            | "security/static-iv"
            | "security/hardcoded-key"
    )
}

fn verdict(column: &SensitiveColumn, report: &Report, about: &[usize]) -> Verdict {
    let grave = about
        .iter()
        .any(|n| report.findings[*n].diagnostic.severity >= snell_source::Severity::Low);
    let sound = column.encryption.as_ref().is_some_and(|one| one.sound);
    // A fast digest will do for what nobody could guess, and for nothing that people think up.
    let hashed = column
        .hashed
        .is_some_and(|one| one.slow || column.kind != Sensitive::Password);
    match (grave, column.kind) {
        (true, _) => Verdict::Faulty,
        _ if hashed => Verdict::Sound,
        _ if sound || column.on_the_way => Verdict::Sound,
        (_, kind) if !kind.is_secret() => Verdict::Plain,
        _ => Verdict::NotSeen,
    }
}
