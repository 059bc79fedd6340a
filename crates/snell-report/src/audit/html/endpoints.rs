//! The endpoints: who is let through, what one request asks of the database, whose rows.

use super::{super::roles, context::Context, count, row_filter};
use crate::{
    render::html::tags::Html,
    trace::{Standing, Step, StepKind, Trace},
};

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    let endpoints = &context.audit.endpoints;
    if endpoints.is_empty() {
        out.leaf("p", &[("class", "calm")], "No endpoint was found.");
        return;
    }
    let in_loops = endpoints
        .iter()
        .filter(|trace| !trace.budget.repeated.is_empty())
        .count();
    let unfollowed = endpoints.iter().filter(|trace| !trace.followed).count();
    let mut words = format!(
        "{}; {in_loops} run queries in loops",
        count(endpoints.len(), "endpoint")
    );
    if unfollowed > 0 {
        words.push_str(&format!("; {unfollowed} could not be followed to the end"));
    }
    out.leaf(
        "p",
        &[],
        &format!("{words}. 1 + 2 x agents is one query, and two for each agent."),
    );
    row_filter(out, "filter endpoints");
    let mut order: Vec<usize> = (0..endpoints.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&endpoints[*a], &endpoints[*b]);
        let open = standing(b, Standing::Open).cmp(&standing(a, Standing::Open));
        open.then_with(|| b.budget.weight().cmp(&a.budget.weight()))
            .then_with(|| a.name.cmp(&b.name))
            .then_with(|| a.spot.cmp(&b.spot))
    });
    out.open("div", &[("class", "rows")]);
    for n in order {
        one(out, context, n);
    }
    out.close();
}

/// How many queries of an endpoint stand so.
fn standing(trace: &Trace, wanted: Standing) -> usize {
    fn of(steps: &[Step], wanted: Standing) -> usize {
        let own = |step: &Step| match &step.kind {
            StepKind::Query { standing, .. } => usize::from(*standing == wanted),
            _ => 0,
        };
        steps
            .iter()
            .map(|step| own(step) + of(&step.steps, wanted))
            .sum()
    }
    of(&trace.steps, wanted)
}

fn one(out: &mut Html, context: &Context<'_>, n: usize) {
    let trace = &context.audit.endpoints[n];
    out.open(
        "details",
        &[("class", "endpoint row"), ("id", &context.endpoints[n])],
    );
    out.open("summary", &[]);
    out.leaf("span", &[("class", "route")], &trace.name);
    out.words("span", &[("class", "access")], &roles::who(trace));
    for (wanted, class, words) in [
        (Standing::Open, "v open", "open"),
        (Standing::Unknown, "v undecided", "undecided"),
    ] {
        let n = standing(trace, wanted);
        if n > 0 {
            out.leaf("span", &[("class", class)], &format!("{n} {words}"));
        }
    }
    let class = if trace.budget.repeated.is_empty() {
        "budget"
    } else {
        "budget loops"
    };
    out.leaf(
        "span",
        &[("class", class), ("title", "queries of one request")],
        &trace.budget.to_string(),
    );
    out.close();
    out.open("div", &[("class", "body")]);
    out.open("p", &[("class", "facts")]);
    out.leaf("code", &[], &trace.handler);
    out.open("span", &[]);
    out.place(&trace.spot.file, trace.spot.line);
    out.close();
    if !trace.identity.is_empty() {
        out.leaf(
            "span",
            &[],
            &format!("who asks: {}", trace.identity.join(", ")),
        );
    }
    if !trace.client.is_empty() {
        out.leaf(
            "span",
            &[],
            &format!("from the client: {}", trace.client.join(", ")),
        );
    }
    if !trace.followed {
        out.leaf(
            "span",
            &[("class", "v undecided")],
            "not followed to the end",
        );
    }
    out.close();
    if trace.steps.is_empty() {
        out.leaf(
            "p",
            &[("class", "calm")],
            "It asks nothing of the database.",
        );
    } else {
        steps(out, context, &trace.steps);
    }
    out.close();
    out.close();
}

fn steps(out: &mut Html, context: &Context<'_>, list: &[Step]) {
    out.open("ol", &[("class", "steps")]);
    for step in list {
        out.open("li", &[]);
        head(out, context, step);
        if !step.steps.is_empty() {
            steps(out, context, &step.steps);
        }
        out.close();
    }
    out.close();
}

fn head(out: &mut Html, context: &Context<'_>, step: &Step) {
    match &step.kind {
        StepKind::Query {
            query,
            verdict,
            reason,
            standing,
            executions,
        } => {
            let (model, operation) = query.split_once('.').unwrap_or(("", query));
            if !model.is_empty() {
                context.link_model(out, model);
                out.text(".");
            }
            out.leaf("code", &[], operation);
            out.text(" ");
            if executions != "1" {
                out.leaf("span", &[("class", "budget loops")], executions);
                out.text(" ");
            }
            let class = match standing {
                Standing::Sound => "v scoped",
                Standing::Unknown => "v undecided",
                Standing::Open => "v open",
            };
            out.leaf("span", &[("class", class)], verdict);
            out.text(" ");
            out.words("span", &[("class", "reason")], reason);
        }
        StepKind::Call { calls } => out.leaf("code", &[], &calls.join(" \u{2192} ")),
        StepKind::Loop { over } => {
            out.text("for each of ");
            out.leaf("code", &[], over);
        }
        StepKind::Transaction => out.text("in one transaction"),
        StepKind::Remote { system } => {
            out.text("asks ");
            out.leaf("code", &[], system);
        }
    }
    out.text(" ");
    out.place(&step.spot.file, step.spot.line);
}
