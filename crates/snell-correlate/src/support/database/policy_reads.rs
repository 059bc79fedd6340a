//! Which tables the policies of a table read, and the circles that they close: PostgreSQL puts the
//! policies of a table into every query that reads it, and refuses one that would never end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use smol_str::SmolStr;
use snell_project::schema::History;
use snell_sql::{
    ast::{Expr, FromItem, Part, walk_expression},
    catalog::{Policy, RelationId, Table},
};

/// The commands that policies may be for, the first of which every policy's own question is.
const COMMANDS: [&str; 4] = ["select", "insert", "update", "delete"];

/// A way from a table back to it, through policies.
#[derive(Debug)]
pub(crate) struct Circle<'a> {
    /// The command that fails on the first table.
    pub command: &'static str,
    /// The tables in the order in which they are read, each with the policy that reads the next.
    pub steps: Vec<(RelationId, &'a Policy)>,
    /// Tables that are not on the way, and whose policies lead to it.
    pub behind: BTreeSet<RelationId>,
}

/// A policy that reads another table, or its own.
#[derive(Debug, Clone, Copy)]
struct Read<'a> {
    policy: &'a Policy,
    to: RelationId,
}

/// What one role's policies read, table by table, for a command.
type Reads<'a> = BTreeMap<RelationId, Vec<Read<'a>>>;

/// The circles, each once, by the first table in the order of the catalog.
pub(crate) fn circles(history: &History) -> Vec<Circle<'_>> {
    let secured = || {
        let tables = history.replay.catalog.tables();
        tables.filter(|(relation, table)| table.row_security && !relation.uncertain)
    };
    let mut roles: BTreeSet<&str> = BTreeSet::from(["public"]);
    for (_, table) in secured() {
        roles.extend(
            table
                .policies
                .iter()
                .flat_map(|one| &one.roles)
                .map(SmolStr::as_str),
        );
    }
    let mut found: Vec<Circle<'_>> = Vec::new();
    for role in roles {
        let reads = |command: &str| -> Reads<'_> {
            secured()
                .map(|(relation, table)| (relation.id, reads(history, table, (role, command))))
                .collect()
        };
        let shown = reads(COMMANDS[0]);
        for command in COMMANDS {
            let own = match command {
                "select" => shown.clone(),
                other => reads(other),
            };
            for (relation, table) in secured() {
                // Without a query in what it shows, a table is read and nothing follows from it.
                let asks = shown_to(table, role).any(|policy| policy.using.iter().any(has_query));
                let known = found
                    .iter()
                    .any(|one| one.steps.iter().any(|(id, _)| *id == relation.id));
                if asks
                    && !known
                    && let Some(steps) = way_back(relation.id, &own, &shown)
                {
                    let on: Vec<RelationId> = steps.iter().map(|(id, _)| *id).collect();
                    let behind = match command {
                        "select" => behind(&shown, &on),
                        _ => BTreeSet::new(),
                    };
                    found.push(Circle {
                        command,
                        steps,
                        behind,
                    });
                }
            }
        }
    }
    found
}

fn is_for(policy: &Policy, command: &str) -> bool {
    policy.command == "all" || policy.command == command
}

fn binds(policy: &Policy, role: &str) -> bool {
    let mut roles = policy.roles.iter();
    policy.roles.is_empty() || roles.any(|name| name == "public" || name == role)
}

fn shown_to<'a>(table: &'a Table, role: &str) -> impl Iterator<Item = &'a Policy> {
    let policies = table.policies.iter();
    policies.filter(move |policy| is_for(policy, "select") && binds(policy, role))
}

/// What a policy's conditions of a command ask: new rows are held against `WITH CHECK`, and against
/// `USING` where there is none.
fn conditions<'a>(policy: &'a Policy, command: &str) -> impl Iterator<Item = &'a Expr> {
    let checks = matches!(command, "insert" | "update");
    let using = policy.using.iter().filter(move |_| command != "insert");
    let check = policy.check.as_ref().or(policy.using.as_ref());
    using.chain(check.filter(|_| checks))
}

fn reads<'a>(
    history: &'a History,
    table: &'a Table,
    (role, command): (&str, &str),
) -> Vec<Read<'a>> {
    let policies = table.policies.iter();
    policies
        .filter(|policy| is_for(policy, command) && binds(policy, role))
        .flat_map(|policy| {
            let to = conditions(policy, command).flat_map(|one| tables(history, one));
            to.map(|to| Read { policy, to }).collect::<Vec<_>>()
        })
        .collect()
}

/// The tables with row security that a condition reads itself. What a function reads is planned on
/// its own, and ends otherwise.
fn tables(history: &History, condition: &Expr) -> BTreeSet<RelationId> {
    let mut found = BTreeSet::new();
    walk_expression(condition, &mut |part| {
        if let Part::From(FromItem::Table(name, _)) = part
            && let Some((relation, table)) = history.replay.catalog.find_table(name)
            && table.row_security
        {
            found.insert(relation.id);
        }
    });
    found
}

fn has_query(condition: &Expr) -> bool {
    let mut found = false;
    walk_expression(condition, &mut |part| {
        found |= matches!(part, Part::Query(_))
    });
    found
}

/// The shortest way from a table back to it.
fn way_back<'a>(
    start: RelationId,
    own: &Reads<'a>,
    shown: &Reads<'a>,
) -> Option<Vec<(RelationId, &'a Policy)>> {
    let mut waiting: VecDeque<Vec<(RelationId, Read<'a>)>> = VecDeque::new();
    let mut seen = BTreeSet::new();
    waiting.extend(own.get(&start)?.iter().map(|read| vec![(start, *read)]));
    while let Some(way) = waiting.pop_front() {
        let (_, last) = way.last()?;
        if last.to == start {
            return Some(
                way.into_iter()
                    .map(|(id, read)| (id, read.policy))
                    .collect(),
            );
        }
        if !seen.insert(last.to) {
            continue;
        }
        for next in shown.get(&last.to).into_iter().flatten() {
            let mut longer = way.clone();
            longer.push((last.to, *next));
            waiting.push_back(longer);
        }
    }
    None
}

/// The tables from which others are reached, those left out.
fn behind(shown: &Reads<'_>, on: &[RelationId]) -> BTreeSet<RelationId> {
    let mut found: BTreeSet<RelationId> = on.iter().copied().collect();
    loop {
        let before = found.len();
        for (id, reads) in shown {
            if reads.iter().any(|read| found.contains(&read.to)) {
                found.insert(*id);
            }
        }
        if found.len() == before {
            break;
        }
    }
    found.retain(|id| !on.contains(id));
    found
}
