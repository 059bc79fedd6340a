//! The models: a list of all, and a page for each.

use std::collections::BTreeMap;

use super::{
    super::{Owned, Query, standing::Standing},
    context::{Context, ModelPage, owned},
    count, indexes, row_filter,
};
use crate::{
    erd::{Column, Holder},
    render::html::tags::Html,
};

/// The list of all models.
pub(super) fn list(out: &mut Html, context: &Context<'_>) {
    row_filter(out, "filter models");
    let heads = [
        "Model",
        "Table",
        "# Columns",
        "Whose rows",
        "# Keys out",
        "# Keys in",
        "# Reads",
        "# Writes",
        "# Findings",
    ];
    out.table("plain rows", &heads, |out| {
        for page in &context.models {
            let name = page.table.name.as_str();
            let keys = |from: bool| {
                let keys = context.audit.relations.iter();
                keys.filter(|key| {
                    if from {
                        key.from == name
                    } else {
                        key.to == name
                    }
                })
                .count()
            };
            let (reads, writes) = queries(context, name);
            out.open("tr", &[("tabindex", "-1")]);
            out.open("th", &[("scope", "row")]);
            out.link(&page.id, name);
            out.close();
            out.code_cell(&page.table.database_name);
            out.number(page.table.columns.len());
            out.open("td", &[]);
            out.leaf(
                "span",
                &[("class", holder_class(page.table.holder))],
                &whose(page),
            );
            out.close();
            out.number(keys(true));
            out.number(keys(false));
            out.number(reads.len());
            out.number(writes.len());
            out.number(page.findings.len());
            out.close();
        }
    });
}

fn whose(page: &ModelPage<'_>) -> String {
    match page.model {
        Some(model) => owned(&model.ownership),
        None => page.table.holder.words().to_owned(),
    }
}

pub(super) fn holder_class(holder: Holder) -> &'static str {
    match holder {
        Holder::Owner => "holder owner",
        Holder::Direct => "holder direct",
        Holder::Through => "holder through",
        Holder::Shared => "holder shared",
        Holder::Global => "holder global",
    }
}

/// The queries that read and those that write rows of a model.
fn queries<'a>(context: &Context<'a>, name: &str) -> (Vec<&'a Query>, Vec<&'a Query>) {
    let queries = context.audit.queries.iter();
    let own = queries.filter(|query| query.model.as_deref() == Some(name));
    own.partition(|query| {
        let reads = ["find", "count", "aggregate", "groupBy"];
        reads.iter().any(|head| query.operation.starts_with(head))
    })
}

/// One model.
pub(super) fn page(out: &mut Html, context: &Context<'_>, n: usize) {
    let page = &context.models[n];
    out.open("p", &[("class", "facts")]);
    out.open("span", &[]);
    out.text(if page.table.view { "view " } else { "table " });
    out.leaf("code", &[], &page.table.database_name);
    out.close();
    out.leaf(
        "span",
        &[("class", holder_class(page.table.holder))],
        &format!("rows: {}", whose(page)),
    );
    if let Some(model) = page.model {
        out.open("span", &[]);
        out.text("key ");
        out.leaf("code", &[], &model.key);
        out.close();
        if !matches!(model.ownership, Owned::Global | Owned::NotAnalysed) {
            let words = if model.row_security {
                "row-level security"
            } else {
                "no row-level security"
            };
            out.leaf("span", &[], words);
        }
        if !model.documented {
            out.leaf("span", &[], "without documentation");
        }
        out.open("span", &[]);
        out.place(&model.spot.file, model.spot.line);
        out.close();
    }
    out.open("span", &[]);
    out.leaf(
        "a",
        &[
            ("href", "#diagram"),
            ("data-table", &page.id.replacen("model-", "table-", 1)),
        ],
        "in the diagram",
    );
    out.close();
    out.close();
    if page.findings.is_empty() {
        out.leaf("p", &[("class", "calm")], "No finding names it.");
    } else {
        out.leaf("h3", &[], &count(page.findings.len(), "finding"));
        context.short_list(out, &page.findings);
    }
    columns(out, context, page);
    keys(out, context, page);
    indexes::write(out, context, &page.table.name, &page.table.database_name);
    removal(out, context, page);
    who(out, context, page);
    mirrors(out, context, page);
}

fn columns(out: &mut Html, context: &Context<'_>, page: &ModelPage<'_>) {
    out.leaf("h3", &[], "Columns");
    let fields: BTreeMap<&str, _> = context
        .audit
        .fields
        .iter()
        .filter(|field| field.model == page.table.name)
        .map(|field| (field.name.as_str(), field))
        .collect();
    let heads = [
        "Column",
        "Type",
        "Keys",
        "# Written",
        "# Asked by",
        "# Front ends",
    ];
    out.table("plain", &heads, |out| {
        for column in &page.table.columns {
            out.open("tr", &[]);
            out.open("th", &[("scope", "row")]);
            out.leaf("code", &[], &column.name);
            out.close();
            out.code_cell(&kind(column));
            out.leaf("td", &[], &marks(column));
            match fields.get(column.name.as_str()) {
                Some(field) => {
                    match (field.written, field.elsewhere) {
                        (0, true) => out.leaf(
                            "td",
                            &[
                                ("class", "num calm"),
                                (
                                    "title",
                                    "by raw SQL, or by an object that is handed on whole",
                                ),
                            ],
                            "not by name",
                        ),
                        (n, _) => out.number(n),
                    }
                    out.number(field.asked);
                    out.number(field.front_ends);
                }
                None => (0..3).for_each(|_| out.leaf("td", &[], "")),
            }
            out.close();
        }
    });
}

fn kind(column: &Column) -> String {
    let end = match (column.list, column.optional) {
        (true, _) => "[]",
        (false, true) => "?",
        (false, false) => "",
    };
    format!("{}{end}", column.kind)
}

fn marks(column: &Column) -> String {
    let marks = [
        (column.primary, "primary"),
        (column.foreign, "foreign"),
        (column.unique && !column.primary, "unique"),
    ];
    let marks: Vec<&str> = marks
        .into_iter()
        .filter_map(|(is, mark)| is.then_some(mark))
        .collect();
    marks.join(", ")
}

/// The foreign keys that the model holds, and those that lead to it.
fn keys(out: &mut Html, context: &Context<'_>, page: &ModelPage<'_>) {
    let name = page.table.name.as_str();
    let own: Vec<_> = context
        .audit
        .relations
        .iter()
        .filter(|key| key.from == name || key.to == name)
        .collect();
    if own.is_empty() {
        return;
    }
    out.leaf("h3", &[], "Links");
    out.table(
        "plain",
        &["From", "To", "On delete", "Every row", "Index"],
        |out| {
            for key in own {
                out.open("tr", &[]);
                out.open("td", &[]);
                if key.from == name {
                    out.leaf("code", &[], &key.columns.join(", "));
                } else {
                    context.link_model(out, &key.from);
                    out.text(" ");
                    out.leaf("code", &[], &key.columns.join(", "));
                }
                out.close();
                out.open("td", &[]);
                context.link_model(out, &key.to);
                out.close();
                let mut action = match key.explicit {
                    true => key.on_delete.clone(),
                    false => format!("{} (Prisma's default)", key.on_delete),
                };
                if let Some(built) = &key.built {
                    action.push_str(&format!("; the migrations: {built}"));
                }
                out.leaf("td", &[], &action);
                out.leaf(
                    "td",
                    &[],
                    if key.required {
                        "has one"
                    } else {
                        "may have one"
                    },
                );
                out.leaf(
                    "td",
                    &[("class", if key.indexed { "" } else { "lack" })],
                    if key.indexed { "yes" } else { "none" },
                );
                out.close();
            }
        },
    );
}

/// What goes with a row of an owner.
fn removal(out: &mut Html, context: &Context<'_>, page: &ModelPage<'_>) {
    let removals = context.audit.removals.iter();
    for removal in removals.filter(|removal| removal.model == page.table.name) {
        let parts = [
            ("Goes along", &removal.removed),
            ("Stays without it", &removal.detached),
            ("Forbids it", &removal.restricted),
        ];
        if parts.iter().all(|(_, names)| names.is_empty()) {
            continue;
        }
        out.leaf("h3", &[], "When a row is deleted");
        out.open("dl", &[("class", "removal")]);
        for (head, names) in parts {
            if names.is_empty() {
                continue;
            }
            out.leaf("dt", &[], head);
            out.open("dd", &[]);
            for (n, name) in names.iter().enumerate() {
                if n > 0 {
                    out.text(", ");
                }
                context.link_model(out, name);
            }
            out.close();
        }
        out.close();
    }
}

/// Who reads and who writes rows.
fn who(out: &mut Html, context: &Context<'_>, page: &ModelPage<'_>) {
    let (reads, writes) = queries(context, &page.table.name);
    for (title, queries) in [("Who reads it", reads), ("Who writes it", writes)] {
        if queries.is_empty() {
            continue;
        }
        out.open("h3", &[]);
        out.text(title);
        out.text(" ");
        out.leaf("span", &[("class", "n")], &queries.len().to_string());
        out.close();
        out.table(
            "plain",
            &["Operation", "Where", "From", "Whose rows"],
            |out| {
                for query in queries {
                    one_query(out, context, query);
                }
            },
        );
    }
}

fn one_query(out: &mut Html, context: &Context<'_>, query: &Query) {
    /// Ways that are named; more are counted.
    const SHOWN: usize = 4;
    out.open("tr", &[]);
    out.code_cell(&query.operation);
    out.open("td", &[]);
    out.place(&query.spot.file, query.spot.line);
    out.close();
    out.open("td", &[]);
    for (n, way) in query.ways.iter().take(SHOWN).enumerate() {
        if n > 0 {
            out.open("br", &[]);
        }
        context.link_endpoint(out, &way.endpoint);
    }
    if query.ways.len() > SHOWN {
        out.open("br", &[]);
        out.text(&format!("and {} more", query.ways.len() - SHOWN));
    }
    out.close();
    out.open("td", &[]);
    if query.owned {
        let worst = Standing::all_of(query)
            .into_iter()
            .max()
            .unwrap_or(Standing::Undecided);
        let way = query
            .ways
            .iter()
            .find(|way| Standing::of(&way.verdict) == worst);
        let reason = way.map_or("", |way| way.reason.as_str());
        out.leaf(
            "span",
            &[("class", worst.class()), ("title", reason)],
            worst.words(),
        );
    } else {
        out.leaf("span", &[("class", "zero")], "nobody's");
    }
    out.close();
    out.close();
}

/// The types of the code that mirror it.
fn mirrors(out: &mut Html, context: &Context<'_>, page: &ModelPage<'_>) {
    let mirrors: Vec<_> = context
        .audit
        .mirrors
        .iter()
        .filter(|mirror| mirror.model == page.table.name)
        .collect();
    if mirrors.is_empty() {
        return;
    }
    out.leaf("h3", &[], "Types that mirror it");
    out.table(
        "plain",
        &[
            "Type",
            "Kind",
            "Known by",
            "Properties that are fields",
            "Where",
        ],
        |out| {
            for mirror in mirrors {
                out.open("tr", &[]);
                match mirror.name.is_empty() {
                    true => out.leaf("td", &[], "(inline)"),
                    false => out.code_cell(&mirror.name),
                }
                out.leaf("td", &[], &mirror.kind);
                out.leaf("td", &[], &mirror.evidence);
                let words = mirror.properties.map_or_else(
                    || "not all known".to_owned(),
                    |(all, bound)| format!("{bound} of {all}"),
                );
                out.leaf("td", &[], &words);
                out.open("td", &[]);
                out.place(&mirror.spot.file, mirror.spot.line);
                out.close();
                out.close();
            }
        },
    );
}
