//! Of the plan: what stands above the listings of a step.

use super::{
    super::plan::{Statement, Step},
    text::{Document, code},
};

/// What nothing drops, though the schema lacks it.
pub(super) fn stays(out: &mut Document, step: &Step) {
    if step.stays.is_empty() {
        return;
    }
    out.paragraph(STAYS);
    for name in &step.stays {
        out.line(&format!("- {}", code(name)));
    }
    out.blank();
}

/// Why.
pub(in crate::audit) const STAYS: &str = "The database has what the schema lacks and Prisma cannot say, or only a person can. It stays: where `prisma migrate dev` proposes to drop it, leave that out of the migration:";

/// What the queries before the statements are for.
pub(in crate::audit) fn before(step: &Step) -> &'static str {
    let mut checks = step.checks.iter();
    if checks.any(|check| check.contains("pg_stat_user_indexes")) {
        return "First ask a server that has run for weeks: an index that comes back is read, and stays:";
    }
    if step.rule == "vector/missing-index" {
        return "First count what one search compares: while nothing comes back, the exact search is fast and misses no neighbour, and this step waits:";
    }
    let mut checks = step.checks.iter();
    if checks.any(|check| check.contains("to_regclass")) {
        return "First look whether the tables are there, made by `db push` or by hand: what is there already is left out below:";
    }
    if !step.sql.is_empty() && step.sql.iter().all(|one| one.text.starts_with("UPDATE ")) {
        return "First look at the values that will change:";
    }
    "First look at what is there; rows that come back, and counts above zero, have to be mended before:"
}

/// How statements are divided into migrations.
pub(in crate::audit) fn order(step: &Step) -> &'static str {
    let sql = &step.sql;
    if step.outside {
        return "Databases may differ, where nobody knows what has run on them: the second command of the next step (`prisma migrate diff`) prints what each one lacks of the schema. Read that, and run it, by `npx prisma db execute --file` and in no migration, since the baseline of the next step has all of it. A database that `prisma migrate deploy` made stands at the migration before the first that fails, and lacks what all later ones make as well. What follows is lacking where every other statement of the history has run; each `CONCURRENTLY` in a file of its own:";
    }
    if sql.len() > 3 && sql[0].text.starts_with("SET timezone") {
        return "One migration for each table, with the first and the last line around it, so that one table is locked at a time; set `lock_timeout` in each:";
    }
    let alone = sql.iter().filter(|one| one.alone).count();
    let validates = |one: &Statement| one.text.contains(" VALIDATE CONSTRAINT ");
    match (alone, sql.len(), sql.iter().any(validates)) {
        (0, 1, _) => "The migration:",
        (0, _, false) => "The migration, in this order:",
        (0, _, true) => {
            "In this order; each `VALIDATE CONSTRAINT` begins a new migration, so that it reads without the lock of the one before:"
        }
        (1, 1, _) => "A migration of its own:",
        (_, _, false) => "In this order, each `CONCURRENTLY` in a migration of its own:",
        (_, _, true) => {
            "In this order, each `CONCURRENTLY` in a migration of its own; each `VALIDATE CONSTRAINT` begins a new one, so that it reads without the lock of the one before:"
        }
    }
}
