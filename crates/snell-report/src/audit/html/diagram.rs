//! The part with the diagram of tables.

use super::context::Context;
use crate::render::html::{Own, tags::Html};

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
