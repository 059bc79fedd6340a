//! Tables that the document has, too.

use super::{super::sheets::Sheet, context::Context};
use crate::render::html::tags::Html;

/// A sheet with what it shows said above; without rows nothing.
pub(super) fn write(out: &mut Html, context: &Context<'_>, sheet: &Sheet) {
    /// Places and findings of a cell that are shown; more are counted.
    const SHOWN: usize = 4;
    if sheet.rows.is_empty() {
        return;
    }
    out.words("p", &[("class", "sub")], &sheet.lead);
    let numbers: Vec<bool> = sheet
        .heads
        .iter()
        .map(|head| head.starts_with('#'))
        .collect();
    out.table("plain", &sheet.heads, |out| {
        for row in &sheet.rows {
            out.open("tr", &[]);
            for (cell, number) in row.iter().zip(&numbers) {
                let class: &[_] = if *number { &[("class", "num")] } else { &[] };
                out.open("td", class);
                out.prose(&cell.words);
                for spot in cell.places.iter().take(SHOWN) {
                    out.text(" ");
                    out.place(&spot.file, spot.line);
                }
                for id in cell.ids.iter().take(SHOWN) {
                    out.text(" ");
                    context.link_finding(out, id);
                }
                let left =
                    cell.places.len().saturating_sub(SHOWN) + cell.ids.len().saturating_sub(SHOWN);
                if left > 0 {
                    out.text(&format!(" {left} more"));
                }
                out.close();
            }
            out.close();
        }
    });
}
