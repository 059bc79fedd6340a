//! Row-level security, as the migrations give it to tables, and the policies that others could have.

use super::{
    super::{
        Audit, Owned, health,
        policies::of_policies,
        tables::{GuardedTable, TablePolicy},
    },
    about::about,
    text::{Document, code, codes, count, prose, share},
};

pub(super) fn write(out: &mut Document, audit: &Audit) {
    if health::elsewhere(audit) {
        out.paragraph(health::UNJUDGED);
        return;
    }
    let tables = &audit.row_security.tables;
    let guarded = |table: &&GuardedTable| table.enabled || !table.policies.is_empty();
    if tables.iter().any(|table| guarded(&table)) {
        standing(out, audit);
    } else {
        let owned = owned(audit).count();
        out.paragraph(&format!(
            "No table has row-level security: isolation of {} rests on conditions in the application alone. That is a common and sound choice while one tested layer makes the queries; policies are a second line for tables with secrets.",
            count(owned, "model")
        ));
    }
    about(out, audit, "Row-level security", &["isolation/rls-"]);
    policies(out, audit);
}

fn owned(audit: &Audit) -> impl Iterator<Item = &super::super::Model> {
    let models = audit.models.iter();
    models.filter(|model| matches!(model.ownership, Owned::Directly(_) | Owned::Through(_)))
}

/// What the migrations give tables: how many, for whom, and each policy.
fn standing(out: &mut Document, audit: &Audit) {
    let security = &audit.row_security;
    let enabled: Vec<&GuardedTable> = security.tables.iter().filter(|one| one.enabled).collect();
    let policies = || security.tables.iter().flat_map(|one| &one.policies);
    let mut roles: Vec<String> = policies()
        .flat_map(|one| one.roles.iter().cloned())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    let mut words = format!(
        "{} of {} that the migrations build {} row-level security ({}), with {}",
        enabled.len(),
        count(security.tables.len(), "table"),
        if enabled.len() == 1 { "has" } else { "have" },
        share(enabled.len(), security.tables.len()),
        count(policies().count(), "policy"),
    );
    if !roles.is_empty() {
        words.push_str(&format!(" for the roles {}", codes(&roles)));
    }
    words.push('.');
    if !security.settings.is_empty() {
        words.push_str(&format!(
            " Who asks, they read from {}.",
            codes(&security.settings)
        ));
    }
    let forced = enabled.iter().filter(|one| one.forced).count();
    words.push_str(match forced {
        0 if enabled.is_empty() => "",
        0 => " None is forced: policies do not bind the owner of the tables, nor a role that bypasses row security.",
        n if n == enabled.len() => " All are forced: they bind the owner of the tables as well, superusers and roles that bypass row security excepted.",
        _ => " Where they are forced, they bind the owner of the table as well.",
    });
    out.paragraph(&words);
    out.long_table(
        "policies",
        &[
            "Table",
            "Policy",
            "For",
            "Roles",
            "USING",
            "WITH CHECK",
            "Made",
        ],
        &rows(out, &security.tables),
    );
    let without: Vec<String> = security
        .tables
        .iter()
        .filter(|one| !one.enabled)
        .map(|one| one.name.clone())
        .collect();
    if !without.is_empty() {
        out.paragraph(&format!("Tables without: {}.", codes(&without)));
    }
    let open: Vec<String> = owned(audit)
        .filter(|model| !model.row_security)
        .map(|model| model.name.clone())
        .collect();
    if !open.is_empty() {
        out.paragraph(&format!(
            "Of the models whose rows somebody owns, {} are without: conditions of the application alone keep their rows apart.",
            codes(&open)
        ));
    }
}

/// Each policy in a row of its own; a table whose policies are off, or that has none, says so.
fn rows(out: &Document, tables: &[GuardedTable]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for table in tables {
        let name = match (table.enabled, table.forced) {
            (false, _) => format!("{}, **not enabled**", code(&table.name)),
            (true, true) => format!("{}, forced", code(&table.name)),
            (true, false) => code(&table.name),
        };
        if table.enabled && table.policies.is_empty() {
            let mut row = vec![name.clone(), "none: it shows nobody a row".to_owned()];
            row.resize(7, String::new());
            rows.push(row);
        }
        rows.extend(table.policies.iter().map(|one| row(out, &name, one)));
    }
    rows
}

fn row(out: &Document, table: &str, policy: &TablePolicy) -> Vec<String> {
    let condition = |text: &Option<String>| text.as_deref().map_or_else(String::new, cut);
    let restrictive = if policy.restrictive {
        ", restrictive"
    } else {
        ""
    };
    vec![
        table.to_owned(),
        format!("{}{restrictive}", code(&policy.name)),
        policy.command.clone(),
        match policy.roles.is_empty() {
            true => "everybody".to_owned(),
            false => codes(&policy.roles),
        },
        condition(&policy.using),
        condition(&policy.check),
        out.at(&policy.spot),
    ]
}

/// A condition as code; the end of a long one is in its migration.
fn cut(text: &str) -> String {
    const LONGEST: usize = 160;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => code(&format!("{} ...", &text[..end])),
        None => code(text),
    }
}

/// Ready policies: the setting has to be made in the transaction of each query.
fn policies(out: &mut Document, audit: &Audit) {
    let (derived, without): (Vec<_>, Vec<_>) = audit
        .policies
        .iter()
        .partition(|policy| policy.without.is_none());
    if !without.is_empty() {
        let reasons: Vec<String> = without
            .iter()
            .map(|policy| {
                let why = policy.without.as_deref().unwrap_or_default();
                format!("{} ({})", code(&policy.model), prose(why))
            })
            .collect();
        out.paragraph(&format!(
            "No policy is written here for {}. Who may see such rows, and when, is for a person to write down; these tables are open until then.",
            reasons.join(", ")
        ));
    }
    if derived.is_empty() {
        return;
    }
    out.paragraph(&prose(&of_policies(&derived, &audit.row_security)));
    out.line("<details><summary>Policies, to be read and tried on a copy</summary>");
    let statements: Vec<String> = derived.iter().map(|policy| policy.sql.join("\n")).collect();
    out.fence("sql", &statements.join("\n\n"));
    out.line("</details>");
    out.blank();
}
