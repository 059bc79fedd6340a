//! SVG: real text, one group for each table, nothing to load.

use std::fmt::Write as _;

use super::{
    colors,
    layout::{self, Layers, Placed, Plan, Point},
    meaning,
    sheet::{Box, HEAD, PAD, ROW, Row, letters},
    stroke,
    tamed::Tamed,
};
use crate::{
    erd::{Erd, Holder, Kept, Link, OnDelete},
    visible,
};

/// The room around the picture.
const MARGIN: f64 = 24.0;
/// How far a line runs out of a table before it bends.
const STUB: f64 = 18.0;

pub(super) fn render(tamed: &Tamed<'_>) -> String {
    drawing(tamed, STYLE, false)
}

/// The same without a style of its own: part of a page that has one for it, and that can show
/// the lines to hubs, which are a group of their own.
pub(super) fn part(tamed: &Tamed<'_>) -> String {
    drawing(tamed, "", true)
}

fn drawing(tamed: &Tamed<'_>, style: &str, with_hubs: bool) -> String {
    let boxes: Vec<Box<'_>> = (0..tamed.erd.tables.len())
        .map(|at| Box::of(tamed, at))
        .collect();
    let links: Vec<&Link> = tamed.lines().collect();
    let plan = Plan {
        sizes: boxes.iter().map(|one| one.size).collect(),
        // The table that others lead to stands left of them.
        lines: links.iter().map(|link| (link.to, link.from)).collect(),
        // Whom all belong to, and whose lines are left out for that, is looked for first.
        first: (0..boxes.len())
            .filter(|at| tamed.erd.tables[*at].holder == Holder::Owner)
            .collect(),
    };
    let placed = layout::place(&plan, &Layers);
    let legend = legend(tamed);
    let width = (placed.size.x + MARGIN * 2.0 + STUB * 2.0).max(420.0);
    let top = legend.height + MARGIN;
    let height = top + placed.size.y + MARGIN * 2.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" class=\"erd\" role=\"img\">\n\
         <title>{}</title>\n{style}{MARKERS}",
        escape(&title(tamed.erd)),
        w = number(width.ceil()),
        h = number(height.ceil()),
    );
    let _ = writeln!(
        out,
        "<rect class=\"sheet\" width=\"100%\" height=\"100%\"/>\n{}<g transform=\"translate({} {})\">",
        legend.text,
        number(MARGIN + STUB),
        number(top)
    );
    for (link, way) in links.iter().zip(&placed.ways) {
        out.push_str(&line(tamed.erd, link, way, &boxes, &placed));
    }
    if with_hubs && tamed.hub_lines().next().is_some() {
        out.push_str("<g class=\"hubs\">\n");
        for link in tamed.hub_lines() {
            out.push_str(&line(tamed.erd, link, &[], &boxes, &placed));
        }
        out.push_str("</g>\n");
    }
    for (at, (one, corner)) in boxes.iter().zip(&placed.corners).enumerate() {
        out.push_str(&table(tamed, at, one, *corner));
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// Colours for light and for dark surroundings.
const STYLE: &str = "<style>
text { font: 12px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1c2430; }
.sheet { fill: #ffffff; }
.box { fill: #ffffff; stroke-width: 1.2; }
.name { font-weight: 600; font-size: 13px; fill: #111111; }
.mark, .kind, .more { fill: #64707f; }
.row { stroke: #dfe3e8; stroke-width: 0.6; }
.to-cascade { fill: #c01c3c; }
.to-nothing { fill: #c2410c; }
.to-null { fill: #7a7a7a; }
.to { fill: #3d4b5c; }
.line { fill: none; stroke-width: 1.3; }
.missing { stroke-dasharray: 6 4; }
@media (prefers-color-scheme: dark) {
  text { fill: #dfe5ec; }
  .sheet { fill: #11161d; }
  .box { fill: #1a212b; }
  .mark, .kind, .more { fill: #93a0b0; }
  .row { stroke: #2c3644; }
  .to-cascade { fill: #ff8296; }
  .to-nothing { fill: #ff9d66; }
  .to-null, .to { fill: #93a0b0; }
}
</style>
";

/// The ends of lines: one, none or one, many, none or many.
const MARKERS: &str = "<defs>
<marker id=\"one\" viewBox=\"0 0 16 16\" refX=\"16\" refY=\"8\" markerWidth=\"12\" markerHeight=\"12\" orient=\"auto-start-reverse\"><path d=\"M7 2v12M11 2v12\" fill=\"none\" stroke=\"#5b6673\"/></marker>
<marker id=\"maybe\" viewBox=\"0 0 16 16\" refX=\"16\" refY=\"8\" markerWidth=\"12\" markerHeight=\"12\" orient=\"auto-start-reverse\"><circle cx=\"5\" cy=\"8\" r=\"3\" fill=\"none\" stroke=\"#5b6673\"/><path d=\"M12 2v12\" fill=\"none\" stroke=\"#5b6673\"/></marker>
<marker id=\"many\" viewBox=\"0 0 16 16\" refX=\"16\" refY=\"8\" markerWidth=\"12\" markerHeight=\"12\" orient=\"auto-start-reverse\"><circle cx=\"3.5\" cy=\"8\" r=\"3\" fill=\"none\" stroke=\"#5b6673\"/><path d=\"M7 8L16 2M7 8L16 14M7 8H16\" fill=\"none\" stroke=\"#5b6673\"/></marker>
</defs>
";

struct Legend {
    text: String,
    height: f64,
}

fn legend(tamed: &Tamed<'_>) -> Legend {
    let mut text = String::new();
    let mut x = MARGIN;
    for holder in Holder::ALL {
        let count = tamed
            .erd
            .tables
            .iter()
            .filter(|table| table.holder == holder);
        let count = count.count();
        if count == 0 {
            continue;
        }
        let (fill, line) = colors(holder);
        let words = format!("{} ({count})", holder.words());
        let _ = writeln!(
            text,
            "<rect x=\"{}\" y=\"18\" width=\"14\" height=\"14\" rx=\"3\" fill=\"{fill}\" stroke=\"{line}\"/>\
             <text x=\"{}\" y=\"29\">{}</text>",
            number(x),
            number(x + 20.0),
            escape(&words)
        );
        x += 44.0 + letters(words.len());
    }
    let mut x = MARGIN;
    let has = |wanted: &dyn Fn(&Link) -> bool| tamed.erd.links.iter().any(wanted);
    let lines = [
        (
            has(&|link| link.on_delete == Some(OnDelete::Cascade) && !link.kept.is_missing()),
            "#c01c3c",
            "",
            "on delete cascade",
        ),
        (
            has(&|link| link.kept.is_missing()),
            "#c2410c",
            " missing",
            "no foreign key in the database",
        ),
    ];
    for (_, color, class, words) in lines.iter().filter(|(shown, ..)| *shown) {
        let _ = writeln!(
            text,
            "<path class=\"line{class}\" d=\"M{} 49h24\" stroke=\"{color}\"/><text x=\"{}\" y=\"53\">{words}</text>",
            number(x),
            number(x + 30.0)
        );
        x += 54.0 + letters(words.len());
    }
    let hubs: Vec<&str> = tamed.hubs().map(|table| table.name.as_str()).collect();
    if !hubs.is_empty() {
        let words = format!("without lines: \u{2192} {}", hubs.join(", "));
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"53\">{}</text>",
            number(x),
            escape(&words)
        );
    }
    Legend { text, height: 64.0 }
}

fn title(erd: &Erd) -> String {
    let tables = erd.tables.len();
    format!("{tables} tables of {}", erd.schemas.join(", "))
}

fn table(tamed: &Tamed<'_>, at: usize, one: &Box<'_>, corner: Point) -> String {
    let table = &tamed.erd.tables[at];
    let (fill, stroke_color) = colors(table.holder);
    let mut tip = format!("{}: {}", table.name, table.holder.words());
    if let Some(owner) = &table.owner {
        let _ = write!(tip, " ({owner})");
    }
    if table.database_name != table.name {
        let _ = write!(tip, ", table {}", table.database_name);
    }
    let mut out = format!(
        "<g id=\"{}\" class=\"table {}\" transform=\"translate({} {})\"><title>{}</title>\n\
         <rect class=\"box\" width=\"{w}\" height=\"{}\" rx=\"5\" stroke=\"{stroke_color}\"/>\
         <path class=\"head\" d=\"M0 {HEAD}V5a5 5 0 0 1 5-5H{}a5 5 0 0 1 5 5V{HEAD}z\" fill=\"{fill}\" stroke=\"{stroke_color}\"/>\
         <text class=\"name\" x=\"{}\" y=\"18\">{}</text>\n",
        escape(&identifier(tamed.erd, at)),
        table.holder.as_str(),
        number(corner.x),
        number(corner.y),
        escape(&tip),
        number(one.size.y),
        number(one.size.x - 5.0),
        number(PAD),
        escape(&one.name),
        w = number(one.size.x),
    );
    let mut y = HEAD;
    for line in &one.rows {
        out.push_str(&row(line, one, y));
        y += ROW;
    }
    if let Some(more) = &one.more {
        let _ = writeln!(
            out,
            "<text class=\"more\" x=\"{}\" y=\"{}\">{more}</text>",
            number(one.names_at),
            number(y + 14.0)
        );
    }
    out.push_str("</g>\n");
    out
}

/// A column at its height in the table.
fn row(row: &Row<'_>, one: &Box<'_>, y: f64) -> String {
    let mut out = String::new();
    let base = number(y + 14.0);
    if y > HEAD {
        let _ = write!(
            out,
            "<path class=\"row\" d=\"M0 {}h{}\"/>",
            number(y),
            number(one.size.x)
        );
    }
    if !row.marks.is_empty() {
        let _ = write!(
            out,
            "<text class=\"mark\" x=\"{}\" y=\"{base}\">{}</text>",
            number(PAD),
            row.marks
        );
    }
    let _ = write!(
        out,
        "<text x=\"{}\" y=\"{base}\">{}</text>",
        number(one.names_at),
        escape(&row.name)
    );
    let mut end = one.size.x - PAD;
    if let Some((words, link)) = &row.leads
        && !words.is_empty()
    {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{base}\" class=\"{}\" text-anchor=\"end\">{}</text>",
            number(end),
            leads_class(link),
            escape(words)
        );
        end -= letters(visible::width(words) + 2);
    }
    let _ = writeln!(
        out,
        "<text class=\"kind\" x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text>",
        number(end),
        escape(&row.kind)
    );
    out
}

/// The colour of words about a link, as a class: `style` attributes are not allowed everywhere.
fn leads_class(link: &Link) -> &'static str {
    match link.on_delete {
        _ if link.kept.is_missing() => "to-nothing",
        Some(OnDelete::Cascade) => "to-cascade",
        Some(OnDelete::SetNull | OnDelete::SetDefault) => "to-null",
        _ => "to",
    }
}

/// The name of a table's group: what a page can link to.
pub(super) fn identifier(erd: &Erd, at: usize) -> String {
    let table = &erd.tables[at];
    match erd.schemas.len() {
        0 | 1 => format!("table-{}", table.name),
        _ => format!("table-{}-{}", table.schema + 1, table.name),
    }
}

fn line(erd: &Erd, link: &Link, way: &[Point], boxes: &[Box<'_>], placed: &Placed) -> String {
    let end = |table: usize, columns: &[usize], toward: f64| {
        let (one, corner) = (&boxes[table], placed.corners[table]);
        let right = toward >= corner.x + one.size.x / 2.0;
        let point = Point {
            x: if right {
                corner.x + one.size.x
            } else {
                corner.x
            },
            y: corner.y + one.height_of(columns),
        };
        (point, if right { 1.0 } else { -1.0 })
    };
    let middle = |table: usize| placed.corners[table].x + boxes[table].size.x / 2.0;
    let (first, last) = (way.first(), way.last());
    let (from, to) = if link.from == link.to {
        let out = f64::INFINITY;
        (
            end(link.to, &link.references, out),
            end(link.from, &link.columns, out),
        )
    } else {
        (
            end(
                link.to,
                &link.references,
                first.map_or_else(|| middle(link.from), |p| p.x),
            ),
            end(
                link.from,
                &link.columns,
                last.map_or_else(|| middle(link.to), |p| p.x),
            ),
        )
    };
    let mut d = format!("M{} {}", number(from.0.x), number(from.0.y));
    let mut at = Point {
        x: from.0.x + STUB * from.1,
        y: from.0.y,
    };
    let _ = write!(d, "H{}", number(at.x));
    let target = Point {
        x: to.0.x + STUB * to.1,
        y: to.0.y,
    };
    for next in way.iter().copied().chain([target]) {
        let half = (at.x + next.x) / 2.0;
        let _ = write!(
            d,
            "C{} {} {} {} {} {}",
            number(half),
            number(at.y),
            number(half),
            number(next.y),
            number(next.x),
            number(next.y)
        );
        at = next;
    }
    let _ = write!(d, "H{}", number(to.0.x));
    let many = link.columns.is_empty();
    let start = match (many, link.required) {
        (true, _) => "many",
        (false, true) => "one",
        (false, false) => "maybe",
    };
    let finish = if link.single { "maybe" } else { "many" };
    let missing = if link.kept.is_missing() {
        " missing"
    } else {
        ""
    };
    format!(
        "<path class=\"line{missing}\" d=\"{d}\" stroke=\"{}\" marker-start=\"url(#{start})\" marker-end=\"url(#{finish})\"><title>{}</title></path>\n",
        stroke(link),
        escape(&words(erd, link))
    )
}

/// `Agent.userId leads to User.id: cascade`
fn words(erd: &Erd, link: &Link) -> String {
    let named = |table: usize, columns: &[usize]| {
        let table = &erd.tables[table];
        let names: Vec<&str> = columns
            .iter()
            .map(|column| table.columns[*column].name.as_str())
            .collect();
        match names.is_empty() {
            true => table.name.clone(),
            false => format!("{}.{}", table.name, names.join("+")),
        }
    };
    let verb = match link.kept {
        Kept::JoinTable(_) => "and",
        _ => "leads to",
    };
    let meaning = meaning(link);
    let end = if meaning.is_empty() {
        String::new()
    } else {
        format!(": {meaning}")
    };
    format!(
        "{} {verb} {}{end}",
        named(link.from, &link.columns),
        named(link.to, &link.references)
    )
}

/// A number with at most one decimal.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// Text of others in XML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible::line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no way to write these.
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}
