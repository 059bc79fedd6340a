//! Who reaches whose rows: model by endpoint.

use std::collections::BTreeMap;

use super::{
    super::{
        Query,
        health::unowned,
        sheets,
        standing::{Matrix, Standing},
    },
    context::{Context, owned},
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
        let unknown = unowned(context.audit).map(|said| said.words);
        let none = "No query on rows that somebody owns was found.";
        out.open("p", &[("class", "calm")]);
        out.prose(unknown.as_deref().unwrap_or(none));
        out.close();
        return;
    }
    out.leaf("p", &[], "Each way from an endpoint to a query on rows that somebody owns, and what ties it to who asks. A query that no endpoint was found to lead to is undecided, unless nothing calls its method.");
    out.open("ul", &[("class", "legend")]);
    for one in Standing::ALL {
        out.open("li", &[]);
        out.leaf("span", &[("class", one.class())], one.letter());
        out.text(&format!(" {}", one.words()));
        out.close();
    }
    out.close();
    if let Some(words) = sheets::beside_conditions(context.audit) {
        out.words("p", &[("class", "sub")], &words);
    }
    models(out, context, &by_model);
    matrix(out, context);
}

fn models(out: &mut Html, context: &Context<'_>, by_model: &BTreeMap<&str, Vec<&Query>>) {
    out.leaf("h3", &[], "By model");
    row_filter(out, "filter models");
    // What asks for a look comes first.
    let mut order = Standing::ALL;
    order.rotate_right(2);
    order[..2].reverse();
    let mut heads = vec!["Model".to_owned(), "Whose rows".to_owned(), String::new()];
    heads.extend(order.map(|one| format!("# {}", one.short())));
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    out.table("plain rows verdicts", &heads, |out| {
        for (name, queries) in by_model {
            let mut counts = [0usize; 6];
            for standing in queries.iter().flat_map(|query| Standing::all_of(query)) {
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
            order
                .into_iter()
                .for_each(|one| out.number(counts[one as usize]));
            out.close();
        }
    });
}

fn matrix(out: &mut Html, context: &Context<'_>) {
    let mut matrix = Matrix::of(context.audit);
    let all = matrix.len();
    if all == 0 {
        return;
    }
    out.leaf("h3", &[], "By endpoint");
    if matrix.is_larger_than(WHOLE) {
        matrix.cut(WHOLE);
        let words = format!(
            "{} of {all} endpoints: those with most that is open or undecided, and these verdicts alone. The pages of models and endpoints have all.",
            matrix.len()
        );
        out.leaf("p", &[("class", "sub")], &words);
    }
    row_filter(out, "filter endpoints");
    let models = matrix.models();
    out.open("div", &[("class", "scroll"), ("tabindex", "0")]);
    out.open("table", &[("class", "matrix rows")]);
    out.open("thead", &[]);
    out.open("tr", &[]);
    out.leaf("th", &[("scope", "col")], "Endpoint");
    for name in &models {
        out.open("th", &[("scope", "col")]);
        context.link_model(out, name);
        out.close();
    }
    out.close();
    out.close();
    out.open("tbody", &[]);
    for (endpoint, row) in matrix.rows() {
        out.open("tr", &[("tabindex", "-1")]);
        out.open("th", &[("scope", "row")]);
        context.link_endpoint(out, endpoint);
        out.close();
        for name in &models {
            match row.get(name) {
                None => out.leaf("td", &[], ""),
                Some(cell) => {
                    let title = format!("{endpoint}, {name}: {}, {}", cell.verdict, cell.reason);
                    let attributes = [("class", cell.standing.class()), ("title", title.as_str())];
                    out.leaf("td", &attributes, cell.standing.letter());
                }
            }
        }
        out.close();
    }
    out.close();
    out.close();
    out.close();
}
