//! Who reaches whose rows: model by endpoint.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::Query,
    context::{Context, Standing, owned, standings},
    row_filter,
};
use crate::render::html::tags::Html;

/// Cells up to which the whole matrix is shown; of a larger one, what is open or undecided.
const WHOLE: usize = 8000;

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    let mut by_model: BTreeMap<&str, Vec<&Query>> = BTreeMap::new();
    for query in context.audit.queries.iter().filter(|query| query.owned) {
        if let Some(name) = &query.model {
            by_model.entry(name).or_default().push(query);
        }
    }
    if by_model.is_empty() {
        out.leaf(
            "p",
            &[("class", "calm")],
            "No query on rows that somebody owns was found.",
        );
        return;
    }
    out.leaf("p", &[], "Each way from an endpoint to a query on rows that somebody owns, and what ties it to who asks. A query that nothing leads to is undecided.");
    out.open("ul", &[("class", "legend")]);
    for one in Standing::ALL {
        out.open("li", &[]);
        out.leaf("span", &[("class", one.class())], one.letter());
        out.text(&format!(" {}", one.words()));
        out.close();
    }
    out.close();
    models(out, context, &by_model);
    matrix(out, context, &by_model);
}

fn models(out: &mut Html, context: &Context<'_>, by_model: &BTreeMap<&str, Vec<&Query>>) {
    out.leaf("h3", &[], "By model");
    row_filter(out, "filter models");
    let mut heads = vec![
        "Model".to_owned(),
        "Whose rows".to_owned(),
        String::new(),
        "# Queries".to_owned(),
    ];
    heads.extend(Standing::ALL.map(|one| format!("# {}", one.words())));
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    out.table("plain rows", &heads, |out| {
        for (name, queries) in by_model {
            let mut counts = [0usize; 6];
            for standing in queries.iter().flat_map(|query| standings(query)) {
                counts[standing as usize] += 1;
            }
            out.open("tr", &[("tabindex", "-1")]);
            out.open("th", &[("scope", "row")]);
            context.link_model(out, name);
            out.close();
            let model = context.model(name).and_then(|page| page.model);
            out.leaf(
                "td",
                &[],
                &model.map_or_else(String::new, |model| owned(&model.ownership)),
            );
            out.open("td", &[("class", "barred")]);
            let parts: Vec<_> = Standing::ALL
                .map(|one| (one.class(), counts[one as usize]))
                .into();
            out.bar(&parts);
            out.close();
            out.number(queries.len());
            counts.into_iter().for_each(|n| out.number(n));
            out.close();
        }
    });
}

/// The worst verdict of each endpoint on each model, and why.
type Cells<'a> = BTreeMap<&'a str, BTreeMap<&'a str, (Standing, &'a str, &'a str)>>;

fn matrix(out: &mut Html, context: &Context<'_>, by_model: &BTreeMap<&str, Vec<&Query>>) {
    let mut cells: Cells<'_> = BTreeMap::new();
    for (name, queries) in by_model {
        for way in queries.iter().flat_map(|query| &query.ways) {
            let standing = Standing::of(&way.verdict);
            let row = cells.entry(way.endpoint.as_str()).or_default();
            let cell = row
                .entry(name)
                .or_insert((standing, &way.verdict, &way.reason));
            if standing > cell.0 {
                *cell = (standing, &way.verdict, &way.reason);
            }
        }
    }
    if cells.is_empty() {
        return;
    }
    let all = cells.len();
    let mut models = columns(&cells);
    let whole = all * models.len() <= WHOLE;
    if !whole {
        cells.retain(|_, row| row.values().any(|cell| cell.0 >= Standing::Undecided));
        for row in cells.values_mut() {
            row.retain(|_, cell| cell.0 >= Standing::Undecided);
        }
        models = columns(&cells);
        while cells.len() * models.len() > WHOLE {
            let Some((last, _)) = cells.iter().min_by_key(|(name, row)| {
                let open = row.values().filter(|cell| cell.0 == Standing::Open).count();
                (open, row.len(), std::cmp::Reverse(**name))
            }) else {
                break;
            };
            let last = *last;
            cells.remove(last);
            models = columns(&cells);
        }
    }
    out.leaf("h3", &[], "By endpoint");
    if !whole {
        out.leaf("p", &[("class", "sub")], &format!(
            "{} of {all} endpoints: those with most that is open or undecided, and these verdicts alone. The pages of models and endpoints have all.",
            cells.len()
        ));
    }
    row_filter(out, "filter endpoints");
    draw(out, context, &cells, &models);
}

fn columns<'a>(cells: &Cells<'a>) -> BTreeSet<&'a str> {
    cells.values().flat_map(|row| row.keys().copied()).collect()
}

fn draw(out: &mut Html, context: &Context<'_>, cells: &Cells<'_>, models: &BTreeSet<&str>) {
    let mut rows: Vec<_> = cells.iter().collect();
    rows.sort_by_key(|(name, row)| {
        let open = row.values().filter(|cell| cell.0 == Standing::Open).count();
        (std::cmp::Reverse(open), **name)
    });
    out.open("div", &[("class", "scroll"), ("tabindex", "0")]);
    out.open("table", &[("class", "matrix rows")]);
    out.open("thead", &[]);
    out.open("tr", &[]);
    out.leaf("th", &[("scope", "col")], "Endpoint");
    for name in models {
        out.open("th", &[("scope", "col")]);
        context.link_model(out, name);
        out.close();
    }
    out.close();
    out.close();
    out.open("tbody", &[]);
    for (endpoint, row) in rows {
        out.open("tr", &[("tabindex", "-1")]);
        out.open("th", &[("scope", "row")]);
        context.link_endpoint(out, endpoint);
        out.close();
        for name in models {
            match row.get(name) {
                None => out.leaf("td", &[], ""),
                Some((standing, verdict, reason)) => {
                    let title = format!("{endpoint}, {name}: {verdict}, {reason}");
                    out.leaf(
                        "td",
                        &[("class", standing.class()), ("title", &title)],
                        standing.letter(),
                    );
                }
            }
        }
        out.close();
    }
    out.close();
    out.close();
    out.close();
}
