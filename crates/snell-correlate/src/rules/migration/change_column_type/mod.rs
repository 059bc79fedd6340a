//! A column gets another type, and every row is written anew.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{AlterAction, AlterActionKind, ColumnChange};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, Lived, TypeChange, actions, qualified, type_change, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/change-column-type",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration changes the type of a column, which rewrites the table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut statements: Vec<(Change<'_>, Lived<'_>, Vec<Changed<'_>>)> = Vec::new();
    for (change, action, lived) in actions(context) {
        let Some(changed) = changed(change, action, lived) else {
            continue;
        };
        match statements.last_mut() {
            Some((other, _, list)) if std::ptr::eq(other.step, change.step) => list.push(changed),
            _ => statements.push((change, lived, vec![changed])),
        }
    }
    let each = statements.iter();
    each.filter_map(|(change, lived, list)| finding(*change, *lived, list))
        .collect()
}

/// A column that a statement gives another type.
struct Changed<'a> {
    action: &'a AlterAction,
    column: &'a str,
    from: String,
    into: String,
    casts: bool,
}

fn changed<'a>(
    change: Change<'a>,
    action: &'a AlterAction,
    lived: Lived<'a>,
) -> Option<Changed<'a>> {
    let AlterActionKind::AlterColumn(name, ColumnChange::Type(written, using)) = &action.kind
    else {
        return None;
    };
    let catalog = &change.step.before;
    let column = lived.table.column(&name.text)?;
    let to = catalog.resolve_type(written)?;
    let rewrites = type_change(catalog, &column.data_type, &to) == TypeChange::Rewrite;
    rewrites.then(|| Changed {
        action,
        column: &column.name,
        from: catalog.format_type(&column.data_type),
        into: catalog.format_type(&to),
        casts: using.is_some(),
    })
}

/// One finding for a statement: it rewrites the table once, whatever it changes.
fn finding(change: Change<'_>, lived: Lived<'_>, list: &[Changed<'_>]) -> Option<Diagnostic> {
    let (first, others) = list.split_first()?;
    let (table, own) = (&lived.relation.name, first.column);
    let more = match others.len() {
        0 => String::new(),
        1 => ", and of another column,".to_owned(),
        more => format!(", and of {more} more columns,"),
    };
    let (from, into) = (&first.from, &first.into);
    let started = change
        .finding(
            &RULE.metadata,
            first.action.span,
            format!("changing the type of `{own}` from {from} to {into}{more} rewrites `{table}` and locks it meanwhile"),
        )
        .label("every row is written anew, and every index on the column");
    let mut finding = with_place(started, change.declared(table, Some(own)), "the field");
    for other in others.iter().take(SHOWN) {
        let words = format!("from {} to {}", other.from, other.into);
        finding = finding.related(change.at(other.action.span), words);
    }
    if list
        .iter()
        .any(|one| may_fail(&one.from, &one.into, one.casts))
    {
        finding = finding.note("it fails at the first row whose value does not fit");
    }
    let on = qualified(lived.relation);
    Some(
        finding
            .help(format!("add a column of the new type beside it (ALTER TABLE {on} ADD COLUMN ...), write both, fill it in batches, read the new one, and drop the old one in a later migration"))
            .note("code that runs while the migration is deployed still expects the old type")
            .subject(change.subject(&format!("table:{table} column:{own}"))),
    )
}

/// Further columns that are shown.
const SHOWN: usize = 4;

/// Whether values of a type may not fit into another: only what is certain to fit is left out.
fn may_fail(from: &str, into: &str, casts: bool) -> bool {
    const WIDER: [(&str, &str); 8] = [
        ("smallint", "integer"),
        ("smallint", "bigint"),
        ("integer", "bigint"),
        ("integer", "numeric"),
        ("bigint", "numeric"),
        ("real", "double precision"),
        ("integer", "double precision"),
        ("json", "jsonb"),
    ];
    let is_text = into == "text" || into == "character varying";
    let is_time = from.starts_with("timestamp") && into.starts_with("timestamp");
    casts && !is_time || !is_text && !is_time && !WIDER.contains(&(from, into))
}
