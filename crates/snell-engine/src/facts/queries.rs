//! `snell facts queries`: every query, and whose rows it reaches from where.

use std::collections::BTreeSet;

use serde::Serialize;
use snell_flow::scope::{QueryPath, Round, Scope, Verdict, query_paths};
use snell_project::{
    client::{CallId, CallTarget},
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::Location;

use super::{calls, place::Place};
use crate::Analysis;

/// One query; the position is that of the operation's name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Query<'a> {
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// The datamodel's name; nothing for raw queries.
    pub model: Option<String>,
    /// The models whose tables a raw query reads or writes, and whose rows somebody owns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    /// `findMany`, `$queryRaw`, ...
    pub operation: &'static str,
    /// The worst verdict of all ways.
    pub verdict: &'static str,
    /// Why.
    pub reason: String,
    /// The ways from endpoints.
    pub paths: Vec<Way<'a>>,
    /// How often it runs for one request, on the way where it runs most often.
    pub executions: String,
    /// Whether somebody owns rows of the model.
    pub owned: bool,
    /// Whether the file is a test.
    pub test: bool,
    /// Whether nothing that runs calls its method; the reason says so as well.
    #[serde(skip)]
    pub idle: bool,
}

/// One way.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Way<'a> {
    /// `GET /agents/:id`
    pub endpoint: &'a str,
    /// The verdict on this way.
    pub verdict: &'static str,
    /// Why.
    pub reason: String,
    /// The calls that lead to it, outermost first.
    pub calls: Vec<Place<'a>>,
    /// `1`, `1 x agents`
    pub executions: String,
}

/// All queries, in the order of files and places.
#[must_use]
pub fn queries(analysis: &Analysis) -> Vec<Query<'_>> {
    let project = &analysis.project;
    let paths = query_paths(project, analysis.ways());
    let none = Vec::new();
    let mut found: Vec<Query<'_>> = project
        .calls
        .with_opened(paths.keys().copied())
        .filter(|(_, call)| {
            call.operation != snell_project::client::Operation::Transaction
                && !matches!(call.target, CallTarget::UnknownModel(_))
        })
        .map(|(id, call)| {
            let ways = paths.get(&id).unwrap_or(&none);
            let worst = ways.iter().max_by_key(|way| rank(&way.scope));
            let idle = ways.is_empty() && analysis.is_idle(call);
            let (verdict, reason) = match worst {
                Some(way) => (verdict_name(&way.scope), reason(&way.scope)),
                None if !project.path_facts(call.module).is_production() => {
                    ("System", "a script, a seed or a test runs it".to_owned())
                }
                None if idle => ("Unreached", "nothing that runs calls its method".to_owned()),
                None => (
                    "Unreached",
                    "no endpoint was found that leads here".to_owned(),
                ),
            };
            let most = ways.iter().max_by_key(|way| way.loops.len());
            Query {
                place: Place::of(analysis, project.modules.at(call.module, call.name.span)),
                model: calls::model_name(analysis, call),
                tables: match call.operation.is_raw() {
                    true => owned_tables(analysis, id),
                    false => Vec::new(),
                },
                operation: call.operation.as_str(),
                verdict,
                reason,
                idle,
                paths: ways.iter().map(|way| written(analysis, way)).collect(),
                executions: most
                    .map_or_else(|| "0".to_owned(), |way| executions(analysis, &way.loops)),
                owned: call
                    .model()
                    .is_some_and(|model| matches!(project.owners.of(model), Ownership::Owned(_))),
                test: project.path_facts(call.module).test,
            }
        })
        .collect();
    found.sort_by(|a, b| a.place.cmp(&b.place));
    found
}

/// The models whose tables the texts of a raw query read or write, of those that somebody owns.
fn owned_tables(analysis: &Analysis, call: CallId) -> Vec<String> {
    let project = &analysis.project;
    let mut names = BTreeSet::new();
    for reading in analysis.readings.of(call) {
        let catalog = analysis.databases.catalog(project, reading.schema);
        let datamodel = &project.schemas.get(reading.schema).datamodel;
        let touched = reading.facts.reads.iter().chain(&reading.facts.writes);
        let tables: BTreeSet<_> = touched.map(|(table, _)| *table).collect();
        let models = tables
            .into_iter()
            .filter_map(|table| catalog.relation(table))
            .filter_map(|relation| datamodel.models_of_table(&relation.name).next());
        for model in models {
            let of = ModelRef {
                schema: reading.schema,
                model: model.id,
            };
            if matches!(project.owners.of(of), Ownership::Owned(_)) {
                names.insert(model.name.to_string());
            }
        }
    }
    names.into_iter().collect()
}

fn written<'a>(analysis: &'a Analysis, way: &QueryPath) -> Way<'a> {
    let modules = &analysis.project.modules;
    Way {
        endpoint: &analysis.project.endpoints.get(way.endpoint).name,
        verdict: verdict_name(&way.scope),
        reason: reason(&way.scope),
        calls: way
            .trail
            .iter()
            .map(|at| Place::of(analysis, modules.location(*at)))
            .collect(),
        executions: executions(analysis, &way.loops),
    }
}

/// `1 x agents x messages`: once for each element of what the loops go through.
pub(crate) fn executions(analysis: &Analysis, loops: &[Round]) -> String {
    let mut text = "1".to_owned();
    for around in loops {
        text.push_str(" x ");
        text.push_str(&iterated(analysis, around.at));
    }
    text
}

/// What a loop goes through, by its head: `agents` of `const a of await agents`.
pub(crate) fn iterated(analysis: &Analysis, around: Location) -> String {
    let head = analysis.sources.text(around);
    let list = head.rsplit_once(" of ").map_or_else(
        || head.rsplit_once('.').map_or(head, |(list, _)| list),
        |(_, list)| list,
    );
    let words: Vec<&str> = list.split_whitespace().collect();
    let short: String = words.join(" ").chars().take(40).collect();
    short.trim_start_matches("await ").to_owned()
}

/// The name of a verdict.
#[must_use]
pub fn verdict_name(scope: &Scope) -> &'static str {
    match scope {
        Scope::Told(_) => "Unknown",
        Scope::CheckedAfter => "CheckedAfter",
        Scope::Admin => "Admin",
        Scope::Public => "Public",
        Scope::System => "System",
        Scope::Of(verdict) => match verdict {
            Verdict::Scoped => "Scoped",
            Verdict::ScopedByParent => "ScopedByParent",
            Verdict::CheckedBefore => "CheckedBefore",
            Verdict::NotOwned => "NotOwned",
            Verdict::OwnerFromClient(_) => "OwnerFromClient",
            Verdict::ClientKeyOnly(_) => "ClientKeyOnly",
            Verdict::Unfiltered => "Unfiltered",
            Verdict::Unknown => "Unknown",
        },
    }
}

/// Why, in words.
pub(crate) fn reason(scope: &Scope) -> String {
    let text = match scope {
        Scope::Told(verdict) => {
            let only = reason(&Scope::Of(verdict.clone()));
            return format!("{only}: no rule judges that here");
        }
        Scope::CheckedAfter => "what it finds is compared with who asks before it is used",
        Scope::Admin => "only those with a role or a permission come here",
        Scope::Public => "nobody has to sign in there",
        Scope::System => "nobody asks: it runs by itself, or before endpoints",
        Scope::Of(verdict) => match verdict {
            Verdict::Scoped => "who asks is a part of the condition",
            Verdict::ScopedByParent => "its key is of a row that was found in scope",
            Verdict::CheckedBefore => "a check before it ties its key to who asks",
            Verdict::NotOwned => "nobody owns the rows",
            Verdict::OwnerFromClient(keyed) => {
                return format!("the owner in `{}` is what the client sent", keyed.field);
            }
            Verdict::ClientKeyOnly(keyed) => {
                return format!(
                    "`{}` is what the client sent, and nothing else",
                    keyed.field
                );
            }
            Verdict::Unfiltered => "no condition says whose the rows are",
            Verdict::Unknown => "could not be decided",
        },
    };
    text.to_owned()
}

/// Verdicts from best to worst.
fn rank(scope: &Scope) -> u8 {
    match scope {
        Scope::Of(Verdict::NotOwned) => 0,
        Scope::Admin | Scope::System => 1,
        Scope::Of(Verdict::Scoped) => 2,
        Scope::Of(Verdict::ScopedByParent) => 3,
        Scope::Of(Verdict::CheckedBefore) => 4,
        Scope::CheckedAfter => 5,
        Scope::Public => 6,
        Scope::Of(Verdict::Unknown) | Scope::Told(_) => 7,
        Scope::Of(Verdict::Unfiltered) => 8,
        Scope::Of(Verdict::OwnerFromClient(_)) => 9,
        Scope::Of(Verdict::ClientKeyOnly(_)) => 10,
    }
}
