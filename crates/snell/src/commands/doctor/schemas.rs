//! The schemas that were found: why each counts, what its migrations make of a database, and whose its rows are.

use snell_engine::{Analysis, facts::Place};
use snell_project::{
    ownership::{OwnerGraph, Ownership, RootKind},
    schema::Schema,
};

use crate::failure::reason;

/// What is shown of a long list.
const MOST: usize = 5;

/// Every candidate with the decision about it, and what belongs to the live ones.
pub(super) fn all(analysis: &Analysis) -> String {
    let mut out = String::new();
    for decision in &analysis.decisions {
        let mark = match decision.reason.is_live() {
            true => "live",
            false => "left",
        };
        let why = reason(&decision.reason);
        out.push_str(&format!("schema     {mark}  {}: {why}\n", decision.path));
        let project = &analysis.project;
        let live = project.schemas.iter();
        for (id, schema) in live.filter(|(_, schema)| schema.path == decision.path) {
            let mut lines = vec![content(schema)];
            let version = project.workspace.prisma_version(&schema.path);
            lines.extend(version.map(|version| format!("Prisma {}", version.major)));
            lines.extend(migrations(analysis, schema));
            lines.extend(owners(schema, project.owners.graph(id)));
            lines.extend(
                schema
                    .outputs
                    .iter()
                    .map(|output| format!("client in {output}")),
            );
            for line in lines {
                out.push_str(&format!("             {line}\n"));
            }
        }
    }
    match out.is_empty() {
        true => "schema     none found\n".to_owned(),
        false => out,
    }
}

fn content(schema: &Schema) -> String {
    let datamodel = &schema.datamodel;
    let provider = datamodel.datasource().map_or("no datasource", |found| {
        found.provider_name.as_deref().unwrap_or("no provider")
    });
    format!(
        "{}, {}, provider {provider}",
        counted(datamodel.models().len(), "model"),
        counted(datamodel.enums().len(), "enum")
    )
}

/// Where the migrations are, and which of their statements an empty database would refuse.
fn migrations(analysis: &Analysis, schema: &Schema) -> Vec<String> {
    let Some(folder) = &schema.migrations else {
        return vec!["no migrations".to_owned()];
    };
    let Some(history) = &schema.history else {
        return vec![format!("migrations in {folder}, not judged")];
    };
    let failures = &history.replay.failures;
    let count = counted(history.migrations.len(), "migration");
    let mut lines = vec![match failures.len() {
        0 => format!("{count} in {folder}"),
        several => format!(
            "{count} in {folder}, {} cannot run",
            counted(several, "statement")
        ),
    }];
    lines.extend(failures.iter().take(MOST).map(|failure| {
        let at = history.within(failure.statement, failure.span);
        let place = Place::of(analysis, at);
        let doubt = match failure.certain {
            true => "",
            false => " (unless a statement before it, which cannot be followed, helps)",
        };
        format!(
            "  {}:{}: {}{doubt}",
            place.file, place.line, failure.message
        )
    }));
    lines.extend(more(failures.len()).map(|more| format!("  and {more}")));
    lines
}

/// Who the owners are that isolation goes by, and whose nobody's rows are.
fn owners(schema: &Schema, graph: &OwnerGraph) -> Vec<String> {
    let datamodel = &schema.datamodel;
    if graph.roots().is_empty() {
        return vec![
            "no model of users was recognised: `isolation.userModel` in the configuration names it"
                .to_owned(),
        ];
    }
    let roots = graph.roots().iter().map(|root| {
        let stands_for = match root.kind {
            RootKind::Identity => "people",
            RootKind::Tenant => "a group of people",
            RootKind::Room => "what some people share",
        };
        format!("{} ({stands_for})", datamodel[root.model].name)
    });
    let roots: Vec<String> = roots.collect();
    let mut lines = vec![format!("rows belong to {}", roots.join(", "))];
    let models = datamodel.models().iter();
    let nobodys = models.filter(|model| *graph.of(model.id) == Ownership::Global);
    let nobodys: Vec<&str> = nobodys.map(|model| model.name.as_str()).collect();
    if !nobodys.is_empty() {
        let names = &nobodys[..nobodys.len().min(MOST)];
        let more = more(nobodys.len()).map(|more| format!(" and {more}"));
        let more = more.unwrap_or_default();
        lines.push(format!("rows of nobody: {}{more}", names.join(", ")));
    }
    lines
}

/// How many of a list are not shown.
fn more(all: usize) -> Option<String> {
    let left = all.saturating_sub(MOST);
    (left > 0).then(|| format!("{left} more"))
}

fn counted(n: usize, one: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        _ => format!("{n} {one}s"),
    }
}
