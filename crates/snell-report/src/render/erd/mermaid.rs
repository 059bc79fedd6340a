//! Mermaid's `erDiagram`: GitHub refuses texts of more than 50,000 characters,
//! and a name may hold nothing that ends a word.

use std::fmt::Write as _;

use super::{colors, kind, marks, meaning, tamed::Tamed};
use crate::{
    erd::{Holder, Link, Table},
    visible,
};

/// Mermaid's `maxTextSize`, which readers of pages cannot change.
const MOST: usize = 50_000;

pub(super) fn render(tamed: &Tamed<'_>) -> String {
    let full = diagram(tamed, true);
    if full.len() <= MOST {
        return full;
    }
    let keys = diagram(&tamed.with_keys_only(), true);
    if keys.len() <= MOST {
        return keys;
    }
    diagram(tamed, false)
}

fn diagram(tamed: &Tamed<'_>, columns: bool) -> String {
    let erd = tamed.erd;
    let mut out = String::from("erDiagram\n");
    let hubs: Vec<&str> = tamed.hubs().map(|table| table.name.as_str()).collect();
    if !hubs.is_empty() {
        let hubs = hubs.iter().map(|name| word(name)).collect::<Vec<_>>();
        let _ = writeln!(out, "  %% without the lines to {}", hubs.join(", "));
    }
    for (at, table) in erd.tables.iter().enumerate() {
        let id = format!("{}:::{}", id(tamed, table), table.holder.as_str());
        let shown: Vec<_> = tamed.columns(at).filter(|_| columns).collect();
        if shown.is_empty() {
            let _ = writeln!(out, "  {id}");
            continue;
        }
        let _ = writeln!(out, "  {id} {{");
        for (position, column) in shown {
            let mut line = format!("    {} {}", word(&kind(column)), word(&column.name));
            let marks = marks(column);
            if !marks.is_empty() {
                line.push(' ');
                line.push_str(&marks.join(", "));
            }
            // Lines say it for the rest.
            let hub = tamed
                .link_at(at, position)
                .filter(|link| tamed.is_hub(link.to));
            let mut notes = Vec::new();
            if column.optional {
                notes.push("optional".to_owned());
            }
            if let Some(link) = hub {
                let to = &erd.tables[link.to].name;
                notes.push(format!("to {to}, {}", meaning(link)));
            }
            if !notes.is_empty() {
                let _ = write!(line, " \"{}\"", text(&notes.join(", ")));
            }
            out.push_str(&line);
            out.push('\n');
        }
        out.push_str("  }\n");
    }
    for link in tamed.lines() {
        out.push_str(&line(tamed, link));
    }
    out.push_str(&classes(tamed));
    out
}

/// `"User" ||--o{ "Agent" : "userId, cascade"`
fn line(tamed: &Tamed<'_>, link: &Link) -> String {
    let erd = tamed.erd;
    let (from, to) = (&erd.tables[link.from], &erd.tables[link.to]);
    let names: Vec<&str> = link
        .columns
        .iter()
        .map(|column| from.columns[*column].name.as_str())
        .collect();
    let (one, many) = match (link.columns.is_empty(), link.required, link.single) {
        (true, ..) => ("}o", "o{"),
        (false, true, false) => ("||", "o{"),
        (false, true, true) => ("||", "o|"),
        (false, false, false) => ("|o", "o{"),
        (false, false, true) => ("|o", "o|"),
    };
    let between = if link.kept.is_missing() { ".." } else { "--" };
    let mut words = vec![names.join(" + "), meaning(link)];
    words.retain(|word| !word.is_empty());
    format!(
        "  {} {one}{between}{many} {} : \"{}\"\n",
        id(tamed, to),
        id(tamed, from),
        text(&words.join(", "))
    )
}

/// The colours: one class for each kind of owner that occurs.
fn classes(tamed: &Tamed<'_>) -> String {
    let mut out = String::new();
    for holder in Holder::ALL {
        let mut tables = tamed.erd.tables.iter();
        if tables.any(|table| table.holder == holder) {
            let (fill, stroke) = colors(holder);
            // Dark themes would write in white on these.
            let _ = writeln!(
                out,
                "  classDef {} fill:{fill},stroke:{stroke},color:#111111",
                holder.as_str()
            );
        }
    }
    out
}

/// The name of an entity, in quotes: `Style` and `End` would be words of Mermaid's.
/// With several schemas, names can repeat.
fn id(tamed: &Tamed<'_>, table: &Table) -> String {
    let name = word(&table.name);
    match tamed.erd.schemas.len() {
        0 | 1 => format!("\"{name}\""),
        _ => format!("\"s{}_{name}\"", table.schema + 1),
    }
}

/// A word of letters, digits and underscores that starts with a letter.
fn word(text: &str) -> String {
    let text = text.trim_end_matches('?');
    let (text, list) = match text.strip_suffix("[]") {
        Some(of) => (of, "[]"),
        None => (text, ""),
    };
    let plain: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let plain = plain.trim_matches('_');
    let first = plain.chars().next();
    match first {
        Some(c) if c.is_ascii_alphabetic() => format!("{plain}{list}"),
        _ => format!("x_{plain}{list}"),
    }
}

/// What may stand between quotes.
fn text(text: &str) -> String {
    let line = visible::line(text);
    line.chars()
        .map(|c| match c {
            '"' => '\'',
            // Mermaid reads entities and HTML in texts.
            '<' | '>' | '&' | '#' | ';' | '%' | '\\' | '`' | '{' | '}' => '_',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{text, word};

    #[test]
    fn words_hold_nothing_that_ends_them() {
        assert_eq!(word("vector(1536)"), "vector_1536");
        assert_eq!(word("String?"), "String");
        assert_eq!(word("Int[]"), "Int[]");
        assert_eq!(word("_x"), "x");
        assert_eq!(word("9 lives\n%%{init}"), "x_9_lives____init");
        assert_eq!(text("a\"b<script>"), "a'b_script_");
    }
}
