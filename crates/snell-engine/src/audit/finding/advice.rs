//! What is to be done, what may go wrong while a fault is mended, and what shows that it is.

use snell_report::audit::Change;
use snell_source::Diagnostic;

use super::super::remedy::help;

/// What is to be done. The help of a finding speaks to who writes a migration; of one that has
/// run, only what it left behind can be mended.
pub(super) fn advice(diagnostic: &Diagnostic, applied: bool) -> Vec<String> {
    let said = || {
        let help = diagnostic.help.iter().map(|help| help::spelled(help));
        help.map(
            |help| match help.contains(" ... ON \"") || help.ends_with(" ...`") {
                true => format!("{help} (in full in the plan)"),
                false => help,
            },
        )
    };
    match (diagnostic.rule.name, applied) {
        ("migration/cannot-apply", true) => said()
            .filter(|help| !help.starts_with("`prisma migrate deploy` stops here"))
            .collect(),
        // What its check refused was never kept: only the file can be corrected.
        ("migration/json-text-cast", true) if diagnostic.subject.contains("column:") => {
            vec!["look for values that begin and end with a quote, and take the quotes away in a new migration: the plan has the statements".to_owned()]
        }
        ("migration/no-op-backfill", true) => {
            vec!["rows that were there when it ran have the default still: give them their own value in a new migration where it can be told from another column, else leave them".to_owned()]
        }
        ("isolation/rls-missing", _) => {
            vec!["policies for each table, ready to run, stand in part 7.2; they come after the application connects by a role that does not own the tables".to_owned()]
        }
        _ => said().collect(),
    }
}

/// What may go wrong, and how that is avoided.
pub(super) fn risk(rule: &str, change: Change) -> &'static str {
    let category = rule.split_once('/').map_or(rule, |(category, _)| category);
    match (category, change) {
        _ if snell_report::audit::moves_rows(rule) => {
            "rows that are there keep the old form until a job has gone over them: code reads both until then, and backups hold the old one for as long as they are kept"
        }
        ("security", Change::Code) if !is_about_rows(rule) => {
            "what passed by mistake fails from now on: look for who relies on it, with logs of the last weeks"
        }
        (_, Change::Keep | Change::Comment) => "none: no statement runs and no code changes",
        ("index", _) => {
            "`CREATE INDEX` blocks writes while it builds: use `CONCURRENTLY`, in a migration of its own, since it cannot run in a transaction. A build that fails leaves an invalid index to drop. Each index slows the writes of its table"
        }
        ("vector", Change::Sql) => {
            "building a vector index takes memory (`maintenance_work_mem`) and long: use `CONCURRENTLY`, outside of peak hours. An approximate index may miss neighbours: compare results before and after"
        }
        ("isolation" | "security", Change::Code) => {
            "a client that relies on rows of others gets nothing from now on: look for such uses first, jobs and administrators' pages above all"
        }
        ("isolation", _) => {
            "policies hide rows from every connection that does not set its context: jobs, webhooks, administrators' endpoints and migrations need a role or a policy of their own. Try it on a copy first"
        }
        ("migration", _) => {
            "where a database has recorded the file, its checksum is stored: it stays as it is, and a new migration corrects what it did"
        }
        ("query", _) => "the answer must stay the same: order, nulls and missing rows included",
        ("raw-sql", _) => {
            "the statement's result changes its type or its rows: read what is done with them"
        }
        ("consistency", Change::Code) => {
            "clients that are deployed already speak the old contract: change the server so that it takes both, then the clients"
        }
        (_, Change::Schema | Change::Sql) => {
            "rows that break the new rule make the migration fail: count them first, and mend them in a migration before it. `ALTER TABLE` waits for, and then blocks, everything on the table: set `lock_timeout`, and add constraints `NOT VALID` and validate them afterwards where the table is large"
        }
        (_, Change::Configuration) => {
            "a pipeline that passed may fail from now on: try it on a branch"
        }
        (_, Change::Code) => "none beyond that of any change of code",
    }
}

/// Whether a rule of security is about rows that somebody is given.
fn is_about_rows(rule: &str) -> bool {
    let rows = [
        "exposed",
        "mass-assignment",
        "operator",
        "query-shape",
        "token",
        "role",
    ];
    rows.iter().any(|word| rule.contains(word))
}

/// What shows it for rules whose faults are seen in no other way.
fn own_test(rule: &str) -> Option<&'static str> {
    Some(match rule {
        "query/missing-transaction" | "query/transaction-escape" => {
            "a test has the second write fail: nothing of the first is left"
        }
        "query/swallowed-error" | "query/error-caught-in-transaction" => {
            "a test runs it while the database is down: the caller gets an error, and no empty answer"
        }
        "query/partial-key-delete" | "query/delete-many-without-where" => {
            "a test takes one row away: the others stay"
        }
        "query/counter-race" | "query/find-then-write" | "query/check-then-update" => {
            "a test sends the same request twice at once: both count, or one is refused"
        }
        "security/error-leak" => {
            "a test makes the database fail: the answer names no table and no statement"
        }
        "security/clerk-event-unhandled" => {
            "a test sends the event: the row in the database follows it"
        }
        "security/env-undeclared" => {
            "the application starts with nothing but what the example of its environment names"
        }
        "security/guard-fails-open" => {
            "a test starts the guard without its setting: every request is refused"
        }
        _ => return None,
    })
}

/// What shows that it is mended.
pub(super) fn test(rule: &str, change: Change) -> &'static str {
    let category = rule.split_once('/').map_or(rule, |(category, _)| category);
    if let Some(test) = own_test(rule) {
        return test;
    }
    match (category, change) {
        (_, Change::Keep | Change::Comment) => {
            "none; whoever reads the schema next finds the words"
        }
        ("index" | "vector", Change::Schema | Change::Sql) => {
            "`EXPLAIN (ANALYZE, BUFFERS)` of the query on a copy with as many rows as production shows the index"
        }
        ("isolation", Change::Code) => {
            "a test signs in as one user and asks for a row of another: the answer is 404, and nothing is written"
        }
        ("isolation", _) => {
            "a test connects as the application's role with another user's context: no row of the first is seen or changed"
        }
        ("security", _) => "a test sends what the finding describes, and is refused",
        ("query", _) => {
            "a test counts statements (`log: ['query']`) for one and for many rows: the number stays"
        }
        ("raw-sql", _) => {
            "a test runs the statement on a real PostgreSQL, with the migrations applied"
        }
        ("migration", _) => {
            "`prisma migrate deploy` on an empty database and on a copy of production, then `prisma migrate diff --exit-code`"
        }
        ("seed-data", _) => {
            "`prisma db seed` twice on an empty database: the second run changes nothing"
        }
        ("consistency", Change::Schema | Change::Sql) => {
            "`prisma migrate deploy` on an empty database, then `prisma migrate diff --exit-code` against the schema"
        }
        ("consistency", _) => {
            "a test sends the request with the type in question through the real pipes"
        }
        (_, Change::Schema | Change::Sql) => {
            "the migration runs on a copy of production; a write that breaks the rule is refused by the database"
        }
        (_, Change::Configuration) => "the pipeline, on a branch with the fault put back, fails",
        (_, Change::Code) => "a unit test of the function in question",
    }
}
