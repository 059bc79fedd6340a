//! What most parts have in common, and the findings that say where they do not.

use super::{
    Audit,
    health::{active, share},
    tables::Convention,
};

/// The patterns of which there is more than one example, with the findings against each.
pub(super) fn patterns(audit: &Audit) -> Vec<(&Convention, Vec<usize>)> {
    let several = audit.conventions.iter().filter(|one| one.of > 1);
    several
        .map(|one| (one, against(audit, &one.about)))
        .collect()
}

/// How many keep a pattern; where all do and findings speak of others, which those are.
pub(super) fn kept_by(one: &Convention, against: &[usize]) -> String {
    match (
        one.holds == one.of && !against.is_empty(),
        one.about.as_str(),
    ) {
        (false, _) => format!("{} of {} ({})", one.holds, one.of, share(one.holds, one.of)),
        (true, "createdAt" | "updatedAt") => format!("all {} that have one", one.of),
        (true, "isolation") => format!("all {} that are kept apart", one.of),
        (true, _) => format!(
            "all {} (the findings are about names of another kind)",
            one.of
        ),
    }
}

/// The findings that say where a pattern is not kept.
fn against(audit: &Audit, about: &str) -> Vec<usize> {
    let heads: &[&str] = match about {
        "models" => &["maintainability/model-name"],
        "fields" => &["maintainability/field-name"],
        "enums" => &["maintainability/enum-name"],
        "enumValues" => &["maintainability/enum-value"],
        "tables" | "enumTypes" => &["maintainability/table-map"],
        "columns" => &["maintainability/map-not"],
        "createdAt" => &["schema/missing-timestamps"],
        "updatedAt" => &["schema/missing-updated-at"],
        "client" => &["query/direct-client", "query/multiple-clients"],
        "errors" => &["query/error-", "query/swallowed-error"],
        "isolation" => &["isolation/"],
        "vectors" => &["vector/dimension"],
        _ => &[],
    };
    active(audit)
        .filter(|(_, finding)| {
            let rule = finding.diagnostic.rule.name;
            // That there is no second line is no departure from the first.
            heads.iter().any(|head| rule.starts_with(head)) && !rule.starts_with("isolation/rls-")
        })
        .map(|(n, _)| n)
        .collect()
}

/// What a convention is about, for readers.
pub(super) fn pattern(name: &str) -> &str {
    match name {
        "models" => "names of models",
        "fields" => "names of fields",
        "enums" => "names of enums",
        "enumValues" => "values of enums",
        "tables" => "names of tables",
        "enumTypes" => "names of enum types in the database",
        "columns" => "names of columns",
        "keys" => "primary keys",
        "ownerColumn" => "the owner's column",
        "createdAt" => "the time at which a row was made",
        "updatedAt" => "the time at which a row was changed",
        "client" => "the way to Prisma's client",
        "errors" => "where Prisma's errors are told apart",
        "isolation" => "what keeps the rows of owners apart",
        "vectors" => "how vectors are stored",
        other => other,
    }
}
