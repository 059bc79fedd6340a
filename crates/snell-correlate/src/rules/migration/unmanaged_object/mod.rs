//! Objects that Prisma does not know of, and the schema does not mention.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity, Span};
use snell_sql::ast::{
    AlterActionKind, Constraint, ConstraintKind, ExprKind, IndexKey, StatementKind,
};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/unmanaged-object",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration makes what a Prisma schema cannot express, and the schema does not mention it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Vec<Made<'_>>> = Vec::new();
    for change in changes(context) {
        for made in made(change) {
            if is_mentioned(context, &made) || is_gone(&made) {
                continue;
            }
            match found.last_mut() {
                Some(list) if list[0].change.migration.file == change.migration.file => {
                    list.push(made)
                }
                _ => found.push(vec![made]),
            }
        }
    }
    found.iter().map(|made| finding(made)).collect()
}

/// An object that a statement makes and Prisma cannot describe.
struct Made<'a> {
    change: Change<'a>,
    span: Span,
    what: &'static str,
    name: &'a str,
    /// Whether it does or shows something: a trigger, a policy, a view.
    acts: bool,
    /// The table that it belongs to.
    table: Option<&'a str>,
}

fn made(change: Change<'_>) -> Vec<Made<'_>> {
    let one = |what, name, span, acts| Made {
        change,
        span,
        what,
        name,
        acts,
        table: table(&change.step.statement.kind),
    };
    match &change.step.statement.kind {
        StatementKind::CreateTrigger(trigger) => {
            vec![one(
                "trigger",
                trigger.name.text.as_str(),
                trigger.name.span,
                true,
            )]
        }
        StatementKind::CreatePolicy(policy) => {
            vec![one(
                "policy",
                policy.name.text.as_str(),
                policy.name.span,
                true,
            )]
        }
        StatementKind::CreateFunction(function) => {
            let name = &function.name.name;
            vec![one(
                "function",
                name.text.as_str(),
                function.name.span(),
                false,
            )]
        }
        StatementKind::CreateView(view) if !view.temporary => {
            let name = view.name.name.text.as_str();
            // The preview feature for views declares them.
            let mut models = change.schema.datamodel.models_of_table(name);
            if models.next().is_some() {
                return Vec::new();
            }
            let what = if view.materialized {
                "materialized view"
            } else {
                "view"
            };
            vec![one(what, name, view.name.span(), true)]
        }
        StatementKind::CreateTable(_) | StatementKind::AlterTable(_) => checks(change)
            .into_iter()
            .map(|(name, span)| one("check", name, span, false))
            .collect(),
        StatementKind::CreateIndex(create) => {
            let is_expression = |key: &IndexKey| !matches!(key.item.expr.kind, ExprKind::Column(_));
            let what = if create.keys.iter().any(is_expression) {
                "expression index"
            } else if create.predicate.is_some() {
                "partial index"
            } else {
                return Vec::new();
            };
            let Some(name) = &create.name else {
                return Vec::new();
            };
            vec![one(what, name.name.text.as_str(), name.span(), false)]
        }
        _ => Vec::new(),
    }
}

/// The table that an object of a statement belongs to.
fn table(kind: &StatementKind) -> Option<&str> {
    let name = match kind {
        StatementKind::CreateTrigger(trigger) => &trigger.table,
        StatementKind::CreatePolicy(policy) => &policy.table,
        StatementKind::CreateTable(create) => &create.name,
        StatementKind::AlterTable(alter) => &alter.name,
        _ => return None,
    };
    Some(name.name.text.as_str())
}

/// The named checks that a statement adds to a table.
fn checks(change: Change<'_>) -> Vec<(&str, Span)> {
    let named = |constraint: &Constraint| is_unknown(&constraint.kind);
    match &change.step.statement.kind {
        StatementKind::CreateTable(create) if !create.temporary => create
            .constraints
            .iter()
            .chain(create.columns.iter().flat_map(|column| &column.constraints))
            .filter(|constraint| named(constraint))
            .filter_map(|added| Some((added.name.as_ref()?.text.as_str(), added.span)))
            .collect(),
        StatementKind::AlterTable(alter) => alter
            .actions
            .iter()
            .filter_map(|action| match &action.kind {
                AlterActionKind::AddConstraint(added) if named(added) => {
                    Some((added.name.as_ref()?.text.as_str(), action.span))
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn is_unknown(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::Check(_) | ConstraintKind::Exclude(_))
}

/// Whether a schema file names the object, in a comment or an index of its own, or a comment at the
/// model says that there is one of its kind.
fn is_mentioned(context: &Context<'_>, made: &Made<'_>) -> bool {
    let schema = made.change.schema;
    let mut texts = schema.files.iter();
    texts.any(|file| context.sources.file(*file).text.contains(made.name))
        || made.table.is_some_and(|table| {
            let mut models = schema.datamodel.models_of_table(table);
            models.any(|model| {
                let fields = model.fields.iter().map(|field| &field.comments);
                let comments = std::iter::once(&model.comments).chain(fields);
                let mut comments = comments.flat_map(|comments| comments.iter());
                comments.any(|comment| speaks_of(&comment.text, made.what))
            })
        })
}

/// Whether a comment speaks of a kind of object: "the row-level security of this table".
fn speaks_of(comment: &str, what: &str) -> bool {
    let words: &[&str] = match what {
        "policy" => &[
            "rls",
            "policy",
            "policies",
            "row security",
            "level security",
        ],
        "trigger" => &["trigger", "triggers"],
        "check" => &[
            "check constraint",
            "check constraints",
            "checks",
            "exclusion constraint",
        ],
        _ => return false,
    };
    let lower = comment.to_ascii_lowercase();
    let text: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let text = format!(" {} ", text.join(" "));
    words.iter().any(|word| text.contains(&format!(" {word} ")))
}

/// Whether a later migration has taken it away again.
fn is_gone(made: &Made<'_>) -> bool {
    let catalog = &made.change.history.replay.catalog;
    let name = made.name;
    match made.what {
        "function" => !catalog
            .functions
            .iter()
            .any(|function| function.name == name),
        "trigger" => !catalog
            .tables()
            .any(|(_, table)| table.triggers.iter().any(|t| t.name == name)),
        "policy" => !catalog
            .tables()
            .any(|(_, table)| table.policies.iter().any(|p| p.name == name)),
        "check" => !catalog
            .tables()
            .any(|(_, table)| table.constraint(name).is_some()),
        _ => !catalog.relations().any(|relation| relation.name == name),
    }
}

/// One finding for a migration.
fn finding(made: &[Made<'_>]) -> Diagnostic {
    // What acts is worth more words than what only guards.
    let first = made.iter().find(|one| one.acts).unwrap_or(&made[0]);
    let others: Vec<&Made<'_>> = made
        .iter()
        .filter(|one| !std::ptr::eq(*one, first))
        .collect();
    let change = first.change;
    let count = match others.len() {
        0 => String::new(),
        1 => ", and another object".to_owned(),
        more => format!(", and {more} other objects"),
    };
    let mut finding = change
        .finding(
            &RULE.metadata,
            first.span,
            format!(
                "Prisma does not know of the {} `{}`{count}: the schema does not mention it",
                first.what, first.name
            ),
        )
        .label("made here alone");
    for other in others.iter().take(SHOWN) {
        finding = finding.related(
            other.change.at(other.span),
            format!("nor of this {}", other.what),
        );
    }
    finding = finding
        .help("write a comment into the schema, at the model that it belongs to, so that whoever changes the model knows of it")
        .note("a database that was made by `prisma db push`, or a history that was squashed from the schema, lacks it");
    if !first.acts {
        finding = finding.lowered(
            Severity::Low,
            "it keeps or speeds up what is there, and nothing asks for it by name",
        );
    }
    finding.subject(change.subject(&format!("{}:{}", first.what.replace(' ', "-"), first.name)))
}

/// Further objects that are shown.
const SHOWN: usize = 4;
