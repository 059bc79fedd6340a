//! The part with the diagram of tables.

use super::{context::Context, models::holder_class};
use crate::{
    erd::{Holder, Link, OnDelete},
    render::html::{Own, tags::Html},
};

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    if context.audit.erd.tables.is_empty() {
        out.leaf("p", &[("class", "calm")], "There are no tables.");
        return;
    }
    out.leaf(
        "p",
        &[("class", "sub")],
        "Drag to move, scroll or + and \u{2212} to zoom, 0 to fit. A click shows what a table is linked to, a second one opens its page.",
    );
    legend(out, context);
    out.open("div", &[("class", "canvas-tools")]);
    out.open(
        "input",
        &[
            ("type", "search"),
            ("id", "find-table"),
            ("list", "tables"),
            ("placeholder", "find a table"),
            ("aria-label", "find a table"),
            ("autocomplete", "off"),
            ("spellcheck", "false"),
        ],
    );
    out.open("datalist", &[("id", "tables")]);
    for model in &context.models {
        out.leaf("option", &[("value", &model.table.name)], "");
    }
    out.close();
    for (id, title, sign) in [
        ("zoom-in", "zoom in", "+"),
        ("zoom-out", "zoom out", "\u{2212}"),
        ("zoom-fit", "fit", "fit"),
    ] {
        out.leaf(
            "button",
            &[
                ("type", "button"),
                ("id", id),
                ("title", title),
                ("aria-label", title),
            ],
            sign,
        );
    }
    if context.picture.contains("<g class=\"hubs\">") {
        out.open("label", &[("class", "switch")]);
        out.open("input", &[("type", "checkbox"), ("id", "hub-edges")]);
        out.text(" lines to tables that many lead to");
        out.close();
    }
    out.close();
    out.open(
        "div",
        &[
            ("class", "canvas"),
            ("id", "canvas"),
            ("tabindex", "0"),
            ("role", "application"),
            ("aria-label", "Diagram of the tables"),
        ],
    );
    out.own(&Own::drawn(context.picture.clone()));
    out.close();
}

/// What colours and lines mean, outside of what is moved.
fn legend(out: &mut Html, context: &Context<'_>) {
    let erd = &context.audit.erd;
    out.open("ul", &[("class", "legend")]);
    for holder in Holder::ALL {
        let held = erd.tables.iter().filter(|table| table.holder == holder);
        let n = held.count();
        if n > 0 {
            out.open("li", &[]);
            let words = format!("{} ({n})", holder.words());
            out.leaf("span", &[("class", holder_class(holder))], &words);
            out.close();
        }
    }
    let mut lines: Vec<(&str, &str)> = Vec::new();
    let cascades = |link: &Link| link.on_delete == Some(OnDelete::Cascade);
    if erd
        .links
        .iter()
        .any(|link| cascades(link) && !link.kept.is_missing())
    {
        lines.push(("key", "on delete cascade"));
    }
    if erd.links.iter().any(|link| link.kept.is_missing()) {
        lines.push(("key missing", "no foreign key in the database"));
    }
    for (class, words) in lines {
        out.open("li", &[]);
        out.leaf("span", &[("class", class)], "");
        out.text(words);
        out.close();
    }
    out.close();
}
