//! `snell audit`: everything that was understood, and what was found in it, as one document.

mod askers;
mod bodies;
mod code;
mod column_types;
mod database;
mod drift;
mod finding;
mod gone;
mod guarded;
mod held;
mod made;
mod models;
mod named;
mod points;
mod policies;
mod policy_reads;
mod reckoned;
mod remedy;
mod rollout;
mod secrets;
mod seeds;
mod standing;
mod steps;
mod tables;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use finding::{audit_finding, audit_prefix};
use rustc_hash::FxHashSet;
use snell_correlate::{
    Contract, Conventions, DerivedColumn, FieldLives, Life, Seeds, SensitiveColumn, TableIndexes,
    VectorSearch, contracts, conventions, derived_columns, field_lives, index_facts, lives,
    seeds as seeded, sensitive_columns, vector_searches,
};
use snell_prisma::FieldType;
use snell_report::{
    Report,
    audit::{Audit, AuditFinding, Owned},
    trace::Spot,
};
use snell_source::{FileId, Location};
use snell_workspace::Config;

use crate::{Analysis, qualified::Qualified, together, trace};

/// The audit of what was understood. `report` holds all findings, mild ones and those of
/// migrations that have run included: all but those after `migrationsAfter` of the configuration.
#[must_use]
pub fn audit(analysis: &Analysis, mut report: Report, config: &Config) -> Audit {
    together::join(&mut report, &analysis.sources);
    let ids = ids(&report);
    let applied = applied(analysis, config.migrations_after.value.as_deref());
    let findings = report
        .findings
        .iter()
        .zip(ids)
        .map(|(finding, id)| {
            let mut more = audit_finding(finding, id, &analysis.sources, &|file| {
                applied.contains(&file)
            });
            let mut parts = finding.parts().iter();
            let gone =
                more.applied_migration && parts.all(|part| remedy::types::is_gone(analysis, part));
            more.past |= gone;
            more
        })
        .collect();
    let mut findings: Vec<AuditFinding> = findings;
    let gone = gone::gone(&report, &findings);
    gone::attach(&report, &mut findings, &gone);
    let held = held::Held::of(analysis);
    held::attach(analysis, &report, &mut findings, &held);
    bodies::attach(analysis, &report, &mut findings);
    let asked = analysis.within(|context| Asked {
        fields: field_lives(context),
        mirrors: contracts(context),
        indexes: index_facts(context),
        seeds: seeded(context),
        conventions: conventions(context),
        lives: lives(context),
        secrets: sensitive_columns(context),
        searches: vector_searches(context),
        derived: derived_columns(context),
    });
    let mut audit = Audit {
        findings,
        models: models::models(analysis),
        relations: models::relations(analysis),
        removals: models::removals(analysis),
        drift: drift::drift(analysis),
        queries: {
            let mut queries = code::queries(analysis);
            code::refer(analysis, &report, &mut queries);
            queries
        },
        endpoints: trace::all(analysis),
        raw: code::raw(analysis),
        fields: code::fields(analysis, &asked.fields),
        mirrors: code::mirrors(analysis, asked.mirrors.clone()),
        row_security: guarded::row_security(analysis),
        seeds: seeds::seeds(analysis, &asked.seeds),
        conventions: tables::conventions(analysis, &asked.conventions),
        erd: analysis.erd(),
        report,
        ..Audit::default()
    };
    audit.policies = policies::policies(analysis, &audit.queries);
    audit.policies.retain(|policy| {
        let mut tables = gone.iter().filter(|one| one.takes_table());
        tables.all(|one| one.model != policy.model)
    });
    audit.migrations = database::migrations(analysis, &audit);
    complete(analysis, &mut audit, asked, (&gone, &held));
    audit
}

/// What the judgement's facts say for an audit, asked for at once.
struct Asked {
    fields: Arc<FieldLives>,
    mirrors: Vec<Contract>,
    indexes: Vec<TableIndexes>,
    seeds: Arc<Seeds>,
    conventions: Arc<Conventions>,
    lives: Vec<Life>,
    secrets: Vec<SensitiveColumn>,
    searches: Vec<VectorSearch>,
    derived: Vec<DerivedColumn>,
}

/// The tables that cite findings, and the plan.
fn complete(
    analysis: &Analysis,
    audit: &mut Audit,
    asked: Asked,
    (gone, held): (&[gone::Gone], &held::Held),
) {
    let named = named::Named::of(&audit.report);
    audit.indexes = tables::indexes(analysis, asked.indexes);
    audit.derived = tables::derived(analysis, asked.derived);
    audit.searches = tables::searches(analysis, asked.searches);
    audit.lives = tables::lives(
        analysis,
        asked.lives,
        &asked.fields,
        (&named, &audit.findings),
    );
    let told: (&Report, &named::Named, &[AuditFinding]) = (&audit.report, &named, &audit.findings);
    audit.secrets = secrets::secrets(analysis, asked.secrets, &asked.fields, told);
    let subjects = points::Subjects {
        lives: &audit.lives,
        models: &audit.models,
        vectors: vectors(analysis),
        migrations: !audit.migrations.is_empty(),
        raw: !audit.raw.is_empty(),
        seeds: audit.seeds.iter().any(|seed| !seed.starts.is_empty()),
        owners: audit
            .models
            .iter()
            .any(|model| model.ownership == Owned::Owner),
    };
    audit.points = points::points(&audit.report, &audit.findings, &subjects);
    let qualified = Qualified::of(analysis, &audit.indexes);
    let policies = audit.policies.iter_mut();
    policies.for_each(|policy| {
        let home = remedy::home(analysis, &policy.model);
        qualified.statements(home, &mut policy.sql);
    });
    let advice = audit.findings.iter_mut().flat_map(|more| &mut more.advice);
    advice.for_each(|text| qualified.spans(text));
    let known = remedy::Known {
        analysis,
        qualified: &qualified,
        indexes: &audit.indexes,
        drift: &audit.drift,
        policies: &audit.policies,
        gone,
        held,
        searches: &audit.searches,
        raw: &audit.raw,
        lives: &asked.fields,
        zoned: (audit.report.findings.iter()).any(|finding| {
            finding.is_active()
                && finding.diagnostic.rule.name == "schema/timestamp-without-timezone"
        }),
    };
    audit.plan = steps::plan(audit, known);
    standing::settle(audit);
    leave_to_plan(audit);
}

/// Takes the statements for tables in use out of what findings advise where a step of the plan has
/// them: one place says what is to be run.
fn leave_to_plan(audit: &mut Audit) {
    let steps = audit.plan.iter().flat_map(|phase| &phase.steps);
    let planned: BTreeSet<&str> = steps
        .flat_map(|step| &step.sql)
        .map(|statement| statement.text.as_str())
        .collect();
    for finding in &mut audit.findings {
        let in_plan = |help: &String| {
            let sql = help.strip_prefix("on a table in use: `");
            let sql = sql.and_then(|rest| rest.strip_suffix("`, alone in its migration"));
            sql.is_some_and(|sql| planned.contains(sql))
        };
        if finding.advice.len() > 1 {
            finding.advice.retain(|help| !in_plan(help));
        }
    }
}

/// Whether a column holds vectors, in the schema or in the database that migrations build.
fn vectors(analysis: &Analysis) -> bool {
    let mut models = analysis.project.schemas.models();
    models.any(|(_, _, model)| {
        model.columns().any(|field| {
            matches!(&field.ty, FieldType::Unsupported(kind)
                if ["vector", "halfvec", "sparsevec"].iter().any(|name| kind.starts_with(name)))
        })
    })
}

/// A name in quotes, as Prisma writes all of them.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The number of each finding: its category's letters and the first digits of its fingerprint,
/// as many as tell all of them apart.
fn ids(report: &Report) -> Vec<String> {
    const SHORTEST: usize = 4;
    let fingerprints = || report.findings.iter().map(|finding| &finding.fingerprint);
    let longest = fingerprints().map(String::len).max().unwrap_or(SHORTEST);
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for (finding, fingerprint) in report.findings.iter().zip(fingerprints()) {
        let prefix = audit_prefix(finding.diagnostic.rule.name);
        for digits in SHORTEST..=longest {
            let end = digits.min(fingerprint.len());
            *taken
                .entry(format!("{prefix}-{}", &fingerprint[..end]))
                .or_default() += 1;
        }
    }
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut ids = Vec::new();
    for (finding, fingerprint) in report.findings.iter().zip(fingerprints()) {
        let prefix = audit_prefix(finding.diagnostic.rule.name);
        let mut candidates = (SHORTEST..=longest)
            .map(|digits| format!("{prefix}-{}", &fingerprint[..digits.min(fingerprint.len())]));
        let alone = candidates.clone().find(|id| taken.get(id) == Some(&1));
        // Findings of one fingerprint are told apart by their order.
        let base = alone.or_else(|| candidates.next_back()).unwrap_or_default();
        let mut id = base.clone();
        let mut number = 2;
        while !used.insert(id.clone()) {
            id = format!("{base}-{number}");
            number += 1;
        }
        ids.push(id);
    }
    ids
}

/// The migrations that databases have run. All of them are judged, so their age does not say it.
fn applied(analysis: &Analysis, after: Option<&str>) -> FxHashSet<FileId> {
    let schemas = analysis.project.schemas.iter();
    let histories = schemas.filter_map(|(_, schema)| schema.history.as_ref());
    let migrations = histories.flat_map(|history| &history.migrations);
    migrations
        .filter(|migration| after.is_none_or(|after| migration.name.as_str() <= after))
        .map(|migration| migration.file)
        .collect()
}

/// The file and line of a location.
fn spot(analysis: &Analysis, at: Location) -> Spot {
    let file = analysis.sources.file(at.file);
    Spot {
        file: file.path.to_string(),
        line: file.position(at.span.start).line,
    }
}

/// The name that Prisma gives a constraint or an index: no longer than PostgreSQL takes, with
/// the end whole.
fn constraint_name(table: &str, columns: &[&str], end: &str) -> String {
    const LONGEST: usize = 63;
    let middle = if columns.is_empty() {
        table.to_owned()
    } else {
        format!("{table}_{}", columns.join("_"))
    };
    let room = LONGEST - end.len() - 1;
    let mut cut = middle.len().min(room);
    while !middle.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}_{end}", &middle[..cut])
}
