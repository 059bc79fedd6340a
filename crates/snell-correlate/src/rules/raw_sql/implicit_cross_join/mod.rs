//! Tables side by side that nothing connects.

use snell_flow::raw::Reading;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{
        Expr, ExprKind, FromItem, JoinCondition, ObjectName, Part, QueryBody, Select,
        walk_expression, walk_statement,
    },
    catalog::{Catalog, Table},
};

use super::reading::{self, Findings};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/implicit-cross-join",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A raw query lists tables that no condition connects",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let Some(statement) = reading.statement() else {
            continue;
        };
        let mut selects: Vec<&Select> = Vec::new();
        walk_statement(statement, &mut |part| {
            if let Part::Query(query) = part
                && let QueryBody::Select(select) = &query.body
                && select.from.len() > 1
            {
                selects.push(select);
            }
        });
        for select in selects {
            of_select(context, reading, select, &mut findings);
        }
    }
    findings.done()
}

/// An item of a list in `FROM`: the names in it, and its table when it is one.
struct Item<'a> {
    names: Vec<&'a str>,
    table: Option<(&'a ObjectName, &'a Table)>,
}

fn of_select(
    context: &Context<'_>,
    reading: &Reading,
    select: &Select,
    findings: &mut Findings<'_, '_>,
) {
    let catalog = reading::catalog(context, reading);
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut conditions: Vec<&Expr> = select.condition.iter().collect();
    for from in &select.from {
        let mut item = Item {
            names: Vec::new(),
            table: None,
        };
        // A function or a lateral query looks at what stands before it.
        if !collect(from, catalog, &mut item, &mut conditions) {
            return;
        }
        items.push(item);
    }
    // Every item starts alone; a condition over two of them connects these.
    let mut group: Vec<usize> = (0..items.len()).collect();
    for condition in conditions {
        let mut unknown = false;
        each_atom(condition, &mut |atom| {
            let Some(used) = used_items(atom, &items) else {
                unknown = true;
                return;
            };
            if let Some(first) = used.first() {
                let to = group[*first];
                for other in &used {
                    let from = group[*other];
                    group
                        .iter_mut()
                        .filter(|g| **g == from)
                        .for_each(|g| *g = to);
                }
            }
        });
        if unknown {
            return;
        }
    }
    let first = group[0];
    let loose = group.iter().position(|one| *one != first);
    let Some(loose) = loose else { return };
    let tables: Vec<_> = items.iter().filter_map(|item| item.table).collect();
    let (Some((name, _)), true) = (items[loose].table, tables.len() == items.len()) else {
        return;
    };
    let message = format!("no condition connects `{name}` with the tables beside it");
    findings.tell(reading, name.span(), message, |one| {
        one.label("every row of one with every row of the other")
            .help("join it: `JOIN ... ON ...`; write `CROSS JOIN` when every pair is meant")
    });
}

/// Takes the names of an item; false when what it holds is not known.
fn collect<'a>(
    from: &'a FromItem,
    catalog: &'a Catalog,
    item: &mut Item<'a>,
    conditions: &mut Vec<&'a Expr>,
) -> bool {
    match from {
        FromItem::Table(name, alias) => {
            let Some((_, table)) = catalog.find_table(name) else {
                return false;
            };
            let alias = alias.as_ref().and_then(|alias| alias.name.as_ref());
            item.names
                .push(alias.map_or(name.name.text.as_str(), |alias| alias.text.as_str()));
            item.table.get_or_insert((name, table));
            true
        }
        FromItem::Join(join) => {
            if let JoinCondition::On(condition) = &join.condition {
                conditions.push(condition);
            }
            collect(&join.left, catalog, item, conditions)
                && collect(&join.right, catalog, item, conditions)
        }
        FromItem::Function(_) | FromItem::Subquery(..) => false,
    }
}

/// The parts of a condition that are true or false by themselves.
fn each_atom<'e>(condition: &'e Expr, each: &mut dyn FnMut(&'e Expr)) {
    match &condition.kind {
        ExprKind::Logical(true, operands) => {
            for operand in operands {
                each_atom(operand, each);
            }
        }
        _ => each(condition),
    }
}

/// The items whose columns a condition names; none when a name could be of several.
fn used_items(condition: &Expr, items: &[Item<'_>]) -> Option<Vec<usize>> {
    let mut used = Vec::new();
    let mut unknown = false;
    walk_expression(condition, &mut |part| {
        let Part::Expr(expr) = part else {
            // A sub-query may name any of them.
            unknown |= matches!(part, Part::Query(_));
            return;
        };
        let ExprKind::Column(parts) = &expr.kind else {
            return;
        };
        match parts.as_slice() {
            [.., qualifier, _] => {
                let item = items
                    .iter()
                    .position(|item| item.names.contains(&qualifier.text.as_str()));
                used.extend(item);
            }
            _ => unknown = true,
        }
    });
    (!unknown).then_some(used)
}
