//! Row-level security, as the migrations give it to tables, and the policies that others could have.

use super::{
    super::{
        Audit, health,
        policies::{of_policies, reasons},
        sheets,
    },
    about::about,
    text::{Document, codes, count, prose},
};

pub(super) fn write(out: &mut Document, audit: &Audit) {
    if health::elsewhere(audit) {
        out.paragraph(health::UNJUDGED);
        return;
    }
    let standing = sheets::policies(audit);
    if standing.rows.is_empty() {
        let owned = sheets::owned(audit).count();
        out.paragraph(&match owned {
            0 => "No table has row-level security.".to_owned(),
            _ => format!(
                "No table has row-level security: isolation of {} rests on conditions in the application alone. That is a common and sound choice while one tested layer makes the queries; policies are a second line for tables with secrets.",
                count(owned, "model")
            ),
        });
    } else {
        out.sheet("policies", &standing);
        for said in sheets::without(audit) {
            out.paragraph(&prose(&said));
        }
    }
    about(out, audit, "Row-level security", &["isolation/rls-"]);
    policies(out, audit);
}

/// Ready policies: the setting has to be made in the transaction of each query.
fn policies(out: &mut Document, audit: &Audit) {
    let derived: Vec<_> = audit
        .policies
        .iter()
        .filter(|policy| policy.without.is_none())
        .collect();
    let reasons: Vec<String> = reasons(&audit.policies)
        .into_iter()
        .map(|(why, models)| format!("{} ({})", codes(models), prose(why)))
        .collect();
    if !reasons.is_empty() {
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
