//! Graphviz's DOT, with tables as HTML-like labels.

use std::fmt::Write as _;

use super::{colors, kind, marks, meaning, stroke, svg::escape, tamed::Tamed};
use crate::erd::{Holder, Link};

pub(super) fn render(tamed: &Tamed<'_>) -> String {
    let erd = tamed.erd;
    let mut out = String::from(
        "digraph erd {\n  graph [rankdir=LR, nodesep=0.4, ranksep=1.2, fontname=\"monospace\"];\n  \
         node [shape=plain, fontname=\"monospace\", fontsize=10];\n  \
         edge [fontname=\"monospace\", fontsize=9, dir=both];\n",
    );
    for (schema, path) in erd.schemas.iter().enumerate() {
        let several = erd.schemas.len() > 1;
        if several {
            let _ = writeln!(
                out,
                "  subgraph cluster_{schema} {{\n    label={};",
                quoted(path)
            );
        }
        let tables = erd.tables.iter().enumerate();
        for (at, _) in tables.filter(|(_, table)| table.schema == schema) {
            out.push_str(&node(tamed, at));
        }
        if several {
            out.push_str("  }\n");
        }
    }
    for link in tamed.lines() {
        out.push_str(&edge(tamed, link));
    }
    out.push_str(&legend(tamed));
    out.push_str("}\n");
    out
}

fn node(tamed: &Tamed<'_>, at: usize) -> String {
    let table = &tamed.erd.tables[at];
    let (fill, line) = colors(table.holder);
    let name = if table.view {
        format!("view {}", table.name)
    } else {
        table.name.clone()
    };
    let mut out = format!(
        "    t{at} [tooltip={}, label=<<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" COLOR=\"{line}\">\
         <TR><TD PORT=\"top\" COLSPAN=\"3\" BGCOLOR=\"{fill}\"><B>{}</B></TD></TR>",
        quoted(&tooltip(table.holder, table.owner.as_deref())),
        html(&name)
    );
    for (position, column) in tamed.columns(at) {
        let link = tamed.link_at(at, position);
        let hub = link.filter(|link| tamed.is_hub(link.to));
        let mut last = kind(column);
        if let Some(link) = hub {
            let to = &tamed.erd.tables[link.to].name;
            let _ = write!(last, " \u{2192} {to}, {}", meaning(link));
        }
        let _ = write!(
            out,
            "<TR><TD>{}</TD><TD PORT=\"c{position}\" ALIGN=\"LEFT\">{}</TD><TD ALIGN=\"LEFT\">{}</TD></TR>",
            html(&marks(column).join(" ")),
            html(&column.name),
            html(&last)
        );
    }
    let hidden = tamed.hidden(at);
    if hidden > 0 {
        let _ = write!(
            out,
            "<TR><TD COLSPAN=\"3\" ALIGN=\"LEFT\"><I>and {hidden} more</I></TD></TR>"
        );
    }
    out.push_str("</TABLE>>];\n");
    out
}

fn tooltip(holder: Holder, owner: Option<&str>) -> String {
    match owner {
        Some(owner) => format!("{}: {owner}", holder.words()),
        None => holder.words().to_owned(),
    }
}

fn edge(tamed: &Tamed<'_>, link: &Link) -> String {
    let port = |table: usize, columns: &[usize]| {
        let shown = columns
            .iter()
            .find(|column| tamed.columns(table).any(|(at, _)| at == **column));
        match shown {
            Some(column) => format!("t{table}:c{column}"),
            None => format!("t{table}:top"),
        }
    };
    let (tail, head) = match (link.columns.is_empty(), link.required, link.single) {
        (true, ..) => ("crowodot", "crowodot"),
        (false, true, false) => ("teetee", "crowodot"),
        (false, true, true) => ("teetee", "teeodot"),
        (false, false, false) => ("teeodot", "crowodot"),
        (false, false, true) => ("teeodot", "teeodot"),
    };
    let style = if link.kept.is_missing() {
        "dashed"
    } else {
        "solid"
    };
    format!(
        "  {} -> {} [arrowtail={tail}, arrowhead={head}, style={style}, color=\"{}\", tooltip={}];\n",
        port(link.to, &link.references),
        port(link.from, &link.columns),
        stroke(link),
        quoted(&meaning(link))
    )
}

fn legend(tamed: &Tamed<'_>) -> String {
    let mut out =
        String::from("  legend [label=<<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\">");
    for holder in Holder::ALL {
        let mut tables = tamed.erd.tables.iter();
        if tables.any(|table| table.holder == holder) {
            let (fill, _) = colors(holder);
            let _ = write!(
                out,
                "<TR><TD BGCOLOR=\"{fill}\">{}</TD></TR>",
                html(holder.words())
            );
        }
    }
    out.push_str(
        "<TR><TD>red: on delete cascade; dashed: no foreign key in the database</TD></TR></TABLE>>];\n",
    );
    out
}

/// A string of DOT, in which Graphviz reads entities too.
fn quoted(text: &str) -> String {
    let line = escape(&crate::visible::line(text));
    format!("\"{}\"", line.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Graphviz' HTML knows the entities of XML; an empty cell needs a blank.
fn html(text: &str) -> String {
    let text = escape(text);
    if text.is_empty() {
        " ".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{html, quoted};

    #[test]
    fn names_cannot_end_a_string() {
        assert_eq!(quoted("a\"]; b\\"), "\"a&quot;]; b\\\\\"");
        assert_eq!(html("<B>&"), "&lt;B&gt;&amp;");
        assert_eq!(html(""), " ");
    }
}
