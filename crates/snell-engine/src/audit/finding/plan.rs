//! Where a rule's findings stand in an audit, and what kind of change mends them.

use snell_report::audit::{Area, Change, Phase};
use snell_source::{Diagnostic, Severity};

/// The category and the rest of a rule's name.
fn split(rule: &str) -> (&str, &str) {
    rule.split_once('/').unwrap_or((rule, ""))
}

/// The area of a rule.
pub(super) fn area(rule: &str) -> Area {
    match split(rule).0 {
        "schema" => Area::Normalization,
        "integrity" => Area::Integrity,
        "index" => Area::Indexing,
        "isolation" | "security" => Area::Security,
        "vector" => Area::VectorSearch,
        "migration" | "seed-data" => Area::Migrations,
        "scale" => Area::Performance,
        "query" if is_about_cost(rule) => Area::Performance,
        "maintainability" => Area::Maintainability,
        "domain" => Area::Domain,
        // Code against schema: contracts, queries, raw SQL.
        _ => Area::Consistency,
    }
}

/// Rules on queries that are right and cost too much.
fn is_about_cost(rule: &str) -> bool {
    matches!(
        split(rule).1,
        "n-plus-one"
            | "n-plus-one-batched"
            | "loop-write"
            | "unbounded-find-many"
            | "unpaged-list"
            | "unclamped-take"
            | "deep-offset"
            | "overfetch"
            | "include-unbounded"
            | "load-all-find-one"
            | "duplicate-query"
            | "counter-by-loop"
            | "pool-config"
            | "contains-on-large-text"
            | "sequential-independent"
    )
}

/// The letters of a category.
pub(super) fn prefix(rule: &str) -> &'static str {
    match split(rule).0 {
        "schema" => "SCH",
        "integrity" => "INT",
        "index" => "IDX",
        "isolation" => "ISO",
        "security" => "SEC",
        "consistency" => "CON",
        "query" => "QRY",
        "raw-sql" => "SQL",
        "vector" => "VEC",
        "migration" => "MIG",
        "seed-data" => "SEED",
        "scale" => "SCA",
        "maintainability" => "DOC",
        "domain" => "DOM",
        _ => "SNL",
    }
}

/// When findings of a rule are to be mended.
pub(super) fn phase(rule: &str, severity: Severity) -> Phase {
    if severity == Severity::Critical {
        return Phase::First;
    }
    let (category, name) = split(rule);
    let severe = severity >= Severity::High;
    match category {
        // What comes later adds to the history, and trusts that it builds the schema.
        "migration" if matches!(name, "cannot-apply" | "db-push-in-deploy") => Phase::First,
        "consistency" if name == "schema-migration-drift" => Phase::First,
        "isolation" | "security" if severity >= Severity::Medium => Phase::First,
        // What two requests are given at once is wrong for good.
        "query" if name == "counter-race" && severity >= Severity::Medium => Phase::First,
        "integrity" if name.contains("cascade") || name.contains("action") => Phase::Second,
        "integrity" if severity >= Severity::Medium => Phase::First,
        // Two places that say what is true: one of them is wrong sooner or later.
        "schema" if name == "attribute-kept-twice" => Phase::First,
        "raw-sql" | "consistency" | "query" | "vector" | "migration" if severe => Phase::First,
        "schema" | "integrity" | "index" | "domain" | "vector" => Phase::Second,
        // Every step that migrates is tried by them.
        "maintainability" if matches!(name, "migration-untested" | "test-database-unused") => {
            Phase::First
        }
        "maintainability" if name.ends_with("-case") || name.ends_with("-doc") => Phase::Fourth,
        _ => Phase::Third,
    }
}

/// Whether what a rule finds in a migration is over once that has run. What lasts is data that
/// it spoiled, a history that cannot be replayed, and objects that the schema does not know.
pub(super) fn is_over(rule: &str, message: &str) -> bool {
    const LASTING: [&str; 12] = [
        "cannot-apply",
        "json-text-cast",
        "no-op-backfill",
        "edited-after-apply",
        "unmanaged-object",
        "layout",
        "duplicate-timestamp",
        "out-of-order",
        "empty",
        "legacy-sql",
        "script-unwired",
        "concurrent-index-corruption-pg14",
    ];
    let (category, name) = split(rule);
    // Rows that a default has filled have it still; where nothing was to fill, nothing is lost.
    let idle = name == "no-op-backfill" && !message.contains(" the default of ");
    // What a check refused was never kept, and the file stays as it is.
    let refused = name == "json-text-cast" && message.contains("its check refuses");
    category == "migration"
        && (refused || !LASTING.contains(&name) || idle)
        && !name.contains("deploy")
}

/// Rules whose mild findings tell of a choice that may well be meant: nothing has to change.
const CHOICES: [&str; 22] = [
    "schema/all-nullable",
    "schema/quoted-identifier",
    "schema/isolated-table",
    "schema/json-opaque",
    "schema/enumerable-public-id",
    "schema/unbounded-string",
    "schema/duplicated-column",
    "schema/serial-over-identity",
    "schema/surrogate-on-join-table",
    "schema/int-primary-key",
    "schema/primary-key-not-first",
    "schema/varchar-primary-key",
    "integrity/cascade-blast-radius",
    "integrity/cascade-diamond",
    "integrity/external-id",
    "domain/agent-config-json",
    "domain/word-translation-duplication",
    "domain/session-lifecycle-missing",
    "index/overlapping",
    "migration/missing-down",
    "migration/name-convention",
    "query/n-plus-one-batched",
];

/// What kind of change mends findings of a rule.
pub(super) fn change(rule: &str, severity: Severity) -> Change {
    if severity <= Severity::Low && CHOICES.contains(&rule) {
        return Change::Keep;
    }
    let (category, name) = split(rule);
    match category {
        _ if name.ends_with("-doc") || name == "unmanaged-object" => Change::Comment,
        "domain" if matches!(name, "message-ordering-ambiguous" | "raw-payload-retention") => {
            Change::Code
        }
        "migration" if matches!(name, "legacy-sql" | "marked-applied") => Change::Configuration,
        // The file goes elsewhere before its column does.
        "schema" if name == "blob-in-table" => Change::Code,
        "security" if matches!(name, "roles-json" | "credential-key-version") => Change::Schema,
        "security" if matches!(name, "clerk-id-unchecked" | "extension-in-public") => Change::Sql,
        "isolation" if name.starts_with("rls-") => Change::Sql,
        "isolation" if matches!(name, "owner-missing" | "owner-nullable") => Change::Schema,
        "integrity" if is_a_check(name) => Change::Sql,
        "index" if is_beyond_prisma(name) => Change::Sql,
        "vector" if name.contains("index") || name.contains("opclass") => Change::Sql,
        "consistency" if name == "schema-migration-drift" => Change::Sql,
        "security" if matches!(name, "env-undeclared" | "insecure-ssl") => Change::Configuration,
        "security" if name.starts_with("security-definer") || name.starts_with("function-") => {
            Change::Sql
        }
        "migration" if name.contains("deploy") => Change::Configuration,
        "migration" => Change::Sql,
        "maintainability" if name.contains("migration") || name.contains("review") => {
            Change::Configuration
        }
        "schema" | "integrity" | "index" | "domain" | "maintainability" => Change::Schema,
        _ => Change::Code,
    }
}

/// What mends this one, where what its help says is another kind of change than its rule's.
pub(super) fn variant(diagnostic: &Diagnostic, usual: Change) -> Change {
    let (category, _) = split(diagnostic.rule.name);
    let said = |words: &str| diagnostic.help.iter().any(|help| help.contains(words));
    let first = diagnostic.help.first().map_or("", |help| help.as_str());
    match (category, usual) {
        // What is a copy of something elsewhere is changed there.
        ("security", Change::Schema) if first.contains(" at the provider") => Change::Code,
        // `@map` keeps the name that the database has.
        ("maintainability", Change::Schema) if said("keeps its ") && !said("ALTER ") => {
            Change::Code
        }
        (_, Change::Code) if first.starts_with("drop the column") => Change::Schema,
        _ => usual,
    }
}

/// Constraints that the schema language has no words for.
fn is_a_check(name: &str) -> bool {
    matches!(
        name,
        "missing-check"
            | "redundant-check"
            | "nullable-unique"
            | "nullable-composite-fk"
            | "soft-delete-unique"
            | "not-valid-constraint-left"
    )
}

/// Indexes that the schema language has no words for: conditions, expressions, included columns.
fn is_beyond_prisma(name: &str) -> bool {
    name.ends_with("-opportunity")
        || matches!(
            name,
            "like-without-trigram" | "where-on-not-null" | "nullable-leading"
        )
}
