//! A record of who did what that the application rewrites.

use snell_flow::scope::leaves;
use snell_prisma::ScalarType;
use snell_project::client::Operation;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        queries::{self, ModelQuery},
        roles::{AuditLog, Roles},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/audit-log-mutable",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The application changes or deletes what its audit log says",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Further places that a finding shows.
const MOST_SHOWN: usize = 2;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let roles = Roles::shared(context);
    let logs = roles.audit_logs.iter();
    logs.filter_map(|log| finding(context, log)).collect()
}

/// What a query does to rows that are there.
fn changes(context: &Context<'_>, query: &ModelQuery<'_>) -> Option<&'static str> {
    match query.call.operation {
        Operation::Update | Operation::UpdateMany | Operation::UpdateManyAndReturn => {
            Some("changes what was recorded")
        }
        Operation::Upsert => Some("overwrites what was recorded"),
        Operation::Delete => Some("deletes what was recorded"),
        Operation::DeleteMany if !by_age(context, query) => Some("deletes what was recorded"),
        _ => None,
    }
}

/// Whether rows go by their age, which is retention, or by a filter that is not known.
fn by_age(context: &Context<'_>, query: &ModelQuery<'_>) -> bool {
    let model = context.project.schemas.model(query.model);
    let Some(filter) = query.argument("where") else {
        return false;
    };
    leaves(filter).is_none_or(|leaves| {
        leaves.iter().any(|leaf| {
            let field = leaf.path.last().and_then(|name| model.field(name));
            field.is_some_and(|field| field.scalar() == Some(ScalarType::DateTime))
        })
    })
}

fn finding(context: &Context<'_>, log: &AuditLog) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(log.model.schema);
    let model = context.project.schemas.model(log.model);
    let found: Vec<_> = queries::of_model(context, log.model)
        .into_iter()
        .filter(|query| functions::is_application(context.project, query.call.module))
        .filter_map(|query| {
            let what = changes(context, &query)?;
            Some((queries::operation_at(context, query.call), what))
        })
        .collect();
    let (at, what) = found.first()?;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        *at,
        format!("`{}` is an audit log, and this {what}", model.name),
    )
    .label("nobody can tell afterwards")
    .related(schema.model_name(model), "says who did what");
    for (at, what) in found.iter().skip(1).take(MOST_SHOWN) {
        finding = finding.related(*at, *what);
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .help("write a further row that corrects the first, and let old rows go by their age alone")
            .help(format!(
                "in a migration of your own: REVOKE UPDATE, DELETE ON \"{}\" FROM <the application's role>",
                model.db_name
            ))
            .subject(format!("model:{} mutable", model.name)),
    )
}
