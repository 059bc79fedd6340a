//! Questions on whose answers the plan hangs: what the database in use holds, and what only its
//! owners know. Each is asked where this project gives a reason to, with the statement to run.

use snell_source::Sources;

use super::super::{Audit, digest::Question, health::spot};
use crate::{Finding, trace::Spot};

/// So many names stand in a question.
const SHOWN: usize = 6;

pub(super) fn questions(audit: &Audit, sources: &Sources) -> Vec<Question> {
    let mut schemas = audit.report.schemas.iter();
    if !schemas.any(|schema| schema.provider == "postgresql") {
        return Vec::new();
    }
    let all = [
        recorded(audit),
        missing(audit),
        rows(audit),
        retention(audit, sources),
        roles(audit),
        version(audit, sources),
    ];
    all.into_iter().flatten().collect()
}

fn asked(question: String, evidence: String, spot: &Spot, ask: Option<String>) -> Question {
    Question {
        question: crate::visible::line(&question).into_owned(),
        evidence: crate::visible::line(&evidence).into_owned(),
        file: spot.file.clone(),
        line: spot.line,
        ask,
    }
}

/// Which migrations databases have recorded, where some cannot be run.
fn recorded(audit: &Audit) -> Option<Question> {
    let fails = || audit.migrations.iter().filter(|one| one.failure.is_some());
    let first = fails().next()?;
    let names: Vec<String> = fails()
        .take(SHOWN)
        .map(|one| format!("`{}`", one.name))
        .collect();
    Some(asked(
        "Which migrations does each database record, which of them were only marked as applied, and which have failed?".to_owned(),
        format!(
            "{} of {} files cannot be replayed, {} among them: where they are recorded as finished, somebody has marked them or has run something else",
            fails().count(),
            audit.migrations.len(),
            names.join(", ")
        ),
        &first.spot,
        Some("SELECT migration_name, started_at, finished_at, rolled_back_at, applied_steps_count FROM _prisma_migrations ORDER BY started_at;".to_owned()),
    ))
}

/// Whether tables that no migration makes are there.
fn missing(audit: &Audit) -> Option<Question> {
    let cures = audit.drift.iter().flat_map(|drift| &drift.cure);
    let tables: Vec<&str> = cures
        .filter_map(|sql| sql.strip_prefix("CREATE TABLE "))
        .filter_map(|rest| rest.split_once(" ("))
        .map(|(name, _)| name.trim_matches('"'))
        .collect();
    let first = tables.first()?;
    let model = audit.models.iter().find(|model| model.table == *first)?;
    let names: Vec<String> = tables.iter().map(|name| format!("`{name}`")).collect();
    let asks: Vec<String> = tables
        .iter()
        .map(|name| format!("to_regclass('\"{}\"')", name.replace('\'', "''")))
        .collect();
    Some(asked(
        format!("Are {} there, made by `db push` or by hand?", names.join(", ")),
        "the schema has them, and no migration makes them: what is there already is left out of the plan's first steps".to_owned(),
        &model.spot,
        Some(format!("SELECT {};", asks.join(", "))),
    ))
}

/// How large the tables are that grow.
fn rows(audit: &Audit) -> Option<Question> {
    let growing: Vec<_> = audit
        .lives
        .iter()
        .filter(|life| life.growth == "append-only" || life.growth == "by action")
        .filter_map(|life| audit.models.iter().find(|model| model.name == life.model))
        .collect();
    let first = growing.first()?;
    let names: Vec<String> = growing
        .iter()
        .map(|model| format!("'{}'", model.table.replace('\'', "''")))
        .collect();
    Some(asked(
        format!(
            "How many rows do the {} growing tables have, how many come each day, and how many does the largest owner have?",
            growing.len()
        ),
        "it decides whether indexes are built `CONCURRENTLY` at night or at once, whether a page is worth it, and whether anything is to be archived or partitioned".to_owned(),
        &first.spot,
        Some(format!(
            "SELECT relname, n_live_tup, n_tup_ins, n_dead_tup, pg_size_pretty(pg_total_relation_size(relid)) FROM pg_stat_user_tables WHERE relname IN ({}) ORDER BY n_live_tup DESC;",
            names.join(", ")
        )),
    ))
}

/// How long what people wrote is kept.
fn retention(audit: &Audit, sources: &Sources) -> Option<Question> {
    const RULES: [&str; 2] = ["domain/raw-payload-retention", "scale/missing-retention"];
    let (ids, findings) = of_rules(audit, &RULES);
    let first = findings.first()?;
    Some(asked(
        "How long must and may rows with requests, answers and messages be kept, and may the deletion of a user erase them?".to_owned(),
        format!("nothing removes them ({}); law and contracts say how long, no file does", ids.join(", ")),
        &spot(sources, first),
        None,
    ))
}

/// By which role the application connects.
fn roles(audit: &Audit) -> Option<Question> {
    let policy = audit
        .policies
        .iter()
        .find(|policy| !policy.sql.is_empty())?;
    let model = audit
        .models
        .iter()
        .find(|model| model.name == policy.model)?;
    Some(asked(
        "By which role does the application connect, and which one runs migrations: is it a superuser, the tables' owner, or past row security?".to_owned(),
        "policies bind neither superusers nor, without `FORCE`, the owner of a table".to_owned(),
        &model.spot,
        Some("SELECT r.rolname, r.rolsuper, r.rolbypassrls, (SELECT count(*) FROM pg_tables t WHERE t.tableowner = r.rolname) AS owns FROM pg_roles r WHERE r.rolcanlogin;".to_owned()),
    ))
}

/// What server it is, where statements hang on that.
fn version(audit: &Audit, sources: &Sources) -> Option<Question> {
    const RULES: [&str; 3] = [
        "vector/missing-index",
        "vector/filtered-search",
        "integrity/nullable-unique",
    ];
    let (ids, findings) = of_rules(audit, &RULES);
    let first = findings.first()?;
    Some(asked(
        "Which PostgreSQL is it, and which extensions are installed?".to_owned(),
        format!(
            "`NULLS NOT DISTINCT` needs 15, iterative scans of pgvector need 0.8: {} hang on that",
            ids.join(", ")
        ),
        &spot(sources, first),
        Some("SELECT version(), (SELECT string_agg(extname || ' ' || extversion, ', ') FROM pg_extension);".to_owned()),
    ))
}

/// The ids of findings of some rules, and the findings.
fn of_rules<'a>(audit: &'a Audit, rules: &[&str]) -> (Vec<String>, Vec<&'a Finding>) {
    audit
        .findings
        .iter()
        .zip(&audit.report.findings)
        .filter(|(_, finding)| finding.is_active() && rules.contains(&finding.diagnostic.rule.name))
        .take(SHOWN)
        .map(|(more, finding)| (more.id.clone(), finding))
        .unzip()
}
