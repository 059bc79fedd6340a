//! Practices, tools and queries to watch a running database with, as the document has them.

use super::{
    super::markdown::{MONITORING, parts},
    context::Context,
    plan,
};
use crate::render::html::tags::Html;

pub(super) fn write(out: &mut Html, context: &Context<'_>) {
    for (title, lines) in parts(context.audit) {
        if lines.is_empty() {
            continue;
        }
        out.leaf("h3", &[], title);
        out.open("ul", &[]);
        for line in lines {
            // What is bold in the document is a sentence of its own here.
            out.words("li", &[], &line.replace("**", ""));
        }
        out.close();
    }
    if context.audit.models.is_empty() {
        return;
    }
    out.leaf("h3", &[], "Queries to watch a running database with");
    plan::listing(
        out,
        "What no reading of code can tell",
        "SQL",
        &[MONITORING],
    );
}
