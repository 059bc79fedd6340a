//! The tables of a picture, measured: each row a text with its marks.

use super::{kind, layout::Point, marks, meaning, tamed::Tamed};
use crate::{erd::Link, visible};

/// The height of a row.
pub(super) const ROW: f64 = 20.0;
/// The height of a heading.
pub(super) const HEAD: f64 = 26.0;
/// A character's width: texts are set in a typeface whose letters are all as wide.
const LETTER: f64 = 7.3;
/// The room around texts.
pub(super) const PAD: f64 = 8.0;
/// Longer texts are cut: they stand whole in the tooltip.
const LONGEST: usize = 60;

/// A table as it is drawn.
pub(super) struct Box<'a> {
    pub(super) name: String,
    pub(super) rows: Vec<Row<'a>>,
    /// Where the names of columns start.
    pub(super) names_at: f64,
    pub(super) size: Point,
    /// Whether the last row says how many columns are left out.
    pub(super) more: Option<String>,
}

/// A column as it is drawn.
pub(super) struct Row<'a> {
    pub(super) marks: String,
    pub(super) name: String,
    pub(super) kind: String,
    /// Its position in the table; none for a join table.
    pub(super) column: Option<usize>,
    /// What it leads to: with the name where no line is drawn.
    pub(super) leads: Option<(String, &'a Link)>,
}

impl<'a> Box<'a> {
    pub(super) fn of(tamed: &Tamed<'a>, at: usize) -> Self {
        let table = &tamed.erd.tables[at];
        let name = cut(&if table.view {
            format!("{} (view)", table.name)
        } else {
            table.name.clone()
        });
        let mut rows: Vec<Row<'_>> = tamed
            .columns(at)
            .map(|(position, column)| {
                let link = tamed.link_at(at, position);
                Row {
                    marks: marks(column).join(" "),
                    name: cut(&column.name),
                    kind: cut(&kind(column)),
                    column: Some(position),
                    leads: link.map(|link| (leads(tamed, link), link)),
                }
            })
            .collect();
        rows.extend(
            tamed
                .joins(at)
                .filter(|link| tamed.is_hub(link.to))
                .map(|link| Row {
                    marks: String::new(),
                    name: String::new(),
                    kind: String::new(),
                    column: None,
                    leads: Some((leads(tamed, link), link)),
                }),
        );
        let hidden = tamed.hidden(at);
        let more = (hidden > 0).then(|| format!("and {hidden} more"));
        let widest = |text: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(text).max().unwrap_or(0);
        let marks = widest(&|row| row.marks.len());
        let names_at = PAD + letters(marks) + if marks > 0 { PAD } else { 0.0 };
        let row = widest(&|row| {
            let leads = row
                .leads
                .as_ref()
                .map_or(0, |(text, _)| visible::width(text) + 2);
            visible::width(&row.name) + 2 + visible::width(&row.kind) + leads
        });
        let inner = letters(row.max(12)) + names_at + PAD;
        let head = letters(visible::width(&name)) * 1.08 + PAD * 2.0;
        let lines = rows.len() + usize::from(more.is_some());
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 columns")]
        let height = HEAD + ROW * lines as f64;
        Box {
            name,
            names_at,
            size: Point {
                x: inner.max(head).ceil(),
                y: height,
            },
            rows,
            more,
        }
    }

    /// How far below the upper edge the row of one of these columns stands; the
    /// heading's middle when none is shown.
    pub(super) fn height_of(&self, columns: &[usize]) -> f64 {
        let at = self
            .rows
            .iter()
            .position(|row| row.column.is_some_and(|column| columns.contains(&column)));
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 columns")]
        at.map_or(HEAD / 2.0, |at| HEAD + ROW * at as f64 + ROW / 2.0)
    }
}

/// What stands on a row that leads somewhere: the table where no line shows it.
fn leads(tamed: &Tamed<'_>, link: &Link) -> String {
    let meaning = meaning(link);
    let name = &tamed.erd.tables[link.to].name;
    match (tamed.is_hub(link.to), meaning.is_empty()) {
        (true, true) => cut(&format!("\u{2192} {name}")),
        (true, false) => cut(&format!("\u{2192} {name}, {meaning}")),
        (false, _) => meaning,
    }
}

fn cut(text: &str) -> String {
    let text = visible::line(text);
    if text.chars().count() <= LONGEST {
        return text.into_owned();
    }
    let short: String = text.chars().take(LONGEST - 1).collect();
    format!("{short}\u{2026}")
}

/// The width of a text of so many columns.
pub(super) fn letters(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "texts are cut")]
    let count = count as f64;
    count * LETTER
}
