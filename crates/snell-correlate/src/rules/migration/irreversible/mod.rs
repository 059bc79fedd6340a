//! Rows are deleted or overwritten, and nothing says how to get them back.

use camino::Utf8Path;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Expr, ExprKind, StatementKind};
use snell_workspace::Purpose;

use crate::{
    rule::{Context, Rule},
    rules::migration::{backfill, no_op_backfill},
    support::migrations::{Change, Lived, changes, mentions_column},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/irreversible",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A migration deletes or overwrites data, and nothing tells how to undo it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<(Change<'_>, Vec<Loss<'_>>)> = Vec::new();
    for change in changes(context) {
        let Some(loss) = loss(change) else {
            continue;
        };
        match found.last_mut() {
            Some((first, losses)) if first.migration.file == change.migration.file => {
                losses.push(loss)
            }
            _ => found.push((change, vec![loss])),
        }
    }
    found
        .into_iter()
        .filter(|(change, _)| !says_how(context, *change))
        .filter_map(|(change, losses)| finding(change, &losses))
        .collect()
}

/// What a statement takes away for good.
struct Loss<'a> {
    change: Change<'a>,
    does: String,
}

/// Rows that are deleted by what they hold, or values that are overwritten. What drops objects
/// or takes all rows is told by the rules about those.
fn loss(change: Change<'_>) -> Option<Loss<'_>> {
    let does = match &change.step.statement.kind {
        StatementKind::Delete(delete) => {
            let lived = change.lived(&delete.table)?;
            if delete.using.is_empty() && backfill::is_everything(delete.condition.as_ref()) {
                return None;
            }
            is_kept(change, lived).then_some(())?;
            format!("deletes rows of `{}`", lived.relation.name)
        }
        StatementKind::Update(update) => {
            let lived = change.lived(&update.table)?;
            if backfill::may_take_all(change, update, lived)
                || no_op_backfill::reason(change, update).is_some()
            {
                return None;
            }
            let (column, _) = backfill::sets(update, lived).find(|(column, value)| {
                let fills = update
                    .condition
                    .as_ref()
                    .is_some_and(|c| asks_for_null(c, &column.name));
                let keeps = value.is_some_and(|value| is_itself(value, &column.name));
                !backfill::is_young(change, lived, column) && !fills && !keeps && value.is_some()
            })?;
            is_kept(change, lived).then_some(())?;
            format!("overwrites `{}` of `{}`", column.name, lived.relation.name)
        }
        _ => return None,
    };
    Some(Loss { change, does })
}

/// Whether no earlier statement of the migration has copied rows of the table elsewhere.
fn is_kept(change: Change<'_>, lived: Lived<'_>) -> bool {
    !change.earlier().any(|other| {
        let copies = matches!(
            other.step.statement.kind,
            StatementKind::Insert(_) | StatementKind::CreateTableAs(_)
        );
        copies && other.text().contains(lived.relation.name.as_str())
    })
}

/// Whether a value is the column that it is for.
fn is_itself(value: &Expr, column: &str) -> bool {
    match &value.kind {
        ExprKind::Column(parts) => parts.last().is_some_and(|name| name.text == column),
        _ => false,
    }
}

/// Whether a condition asks for rows without a value in a column.
fn asks_for_null(condition: &Expr, column: &str) -> bool {
    match &condition.kind {
        ExprKind::Logical(_, parts) => parts.iter().any(|part| asks_for_null(part, column)),
        ExprKind::IsNull(operand, true) => mentions_column(operand, column),
        _ => false,
    }
}

/// Whether the author has thought of a way back: a file beside the migration, or words in it.
fn says_how(context: &Context<'_>, change: Change<'_>) -> bool {
    const WORDS: [&str; 8] = [
        "rollback",
        "roll back",
        "revert",
        "undo",
        "backup",
        "back up",
        "restore",
        "irreversible",
    ];
    let file = context.sources.file(change.migration.file);
    let path = Utf8Path::new(file.path.as_str());
    let beside = context.project.workspace.files.iter().any(|other| {
        other.path.parent() == path.parent() && other.path != *path && other.purpose == Purpose::Sql
    });
    let comments = file.text.lines().filter_map(|line| line.split_once("--"));
    beside
        || comments
            .map(|(_, comment)| comment.to_lowercase())
            .any(|comment| {
                // Our own comments name the rule.
                !comment.contains("migration/irreversible")
                    && WORDS.iter().any(|word| comment.contains(word))
            })
}

fn finding(first: Change<'_>, losses: &[Loss<'_>]) -> Option<Diagnostic> {
    let (loss, others) = losses.split_first()?;
    let mut finding = loss
        .change
        .finding(
            &RULE.metadata,
            loss.change.step.span,
            format!(
                "migration `{}` {}: nothing tells how to get them back",
                first.migration.name, loss.does
            ),
        )
        .label("what was there is lost");
    for other in others.iter().take(SHOWN) {
        finding = finding.related(other.change.at(other.change.step.span), other.does.clone());
    }
    Some(
        finding
            .help("copy what goes into a table of its own first (CREATE TABLE ... AS SELECT ...), and drop that later")
            .help("or say in a comment why nobody will want it back, or put the way back beside it (`down.sql`)")
            .subject(first.subject("irreversible")),
    )
}

/// Further losses that are shown.
const SHOWN: usize = 3;
