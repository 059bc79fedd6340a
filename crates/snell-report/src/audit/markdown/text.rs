//! The text of a markdown document: nothing from scanned files is markup in it.

use std::collections::BTreeMap;

use super::{
    super::sheets::{Cell, Sheet},
    summary::link,
};
use crate::{trace::Spot, visible};

pub(super) use super::super::health::{count, share};

/// A document that grows line by line.
pub(super) struct Document {
    text: String,
    base: String,
    /// The headings with numbers that were written: the number, and what a link to it names.
    parts: BTreeMap<String, String>,
}

impl Document {
    /// An empty one; `base` leads from its folder to the root.
    pub(super) fn new(base: &str) -> Self {
        Document {
            text: String::new(),
            base: base.to_owned(),
            parts: BTreeMap::new(),
        }
    }

    /// A line as it is.
    pub(super) fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A line without anything; two in a row are one.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A heading, with what it needs around it.
    pub(super) fn heading(&mut self, level: usize, text: &str) {
        if let Some((number, _)) = text.split_once(' ')
            && number.starts_with(|c: char| c.is_ascii_digit())
        {
            // Steps of the plan have numbers, too: the part that stands above them is meant.
            let number = number.trim_end_matches('.').to_owned();
            self.parts.entry(number).or_insert_with(|| anchor(text));
        }
        self.blank();
        self.line(&format!("{} {text}", "#".repeat(level)));
        self.blank();
    }

    /// A link to a part that stands above, by its number.
    pub(super) fn part(&self, number: &str) -> Option<String> {
        let anchor = self.parts.get(number)?;
        Some(format!("[{number}](#{anchor})"))
    }

    /// A paragraph of its own.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.blank();
        self.line(text);
        self.blank();
    }

    /// Where a picture is, if there is a file of it beside the document.
    pub(super) fn picture(&mut self, words: &str, file: Option<&str>) {
        if let Some(file) = file {
            let link = format!("[{}]({})", escaped(file), address(file));
            self.paragraph(&format!("{words}: {link}."));
        }
    }

    /// A table; without rows nothing. Cells are markdown already; a head that begins with `#`
    /// stands over numbers.
    pub(super) fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        self.blank();
        let names: Vec<&str> = heads
            .iter()
            .map(|head| head.trim_start_matches("# "))
            .collect();
        self.line(&format!("| {} |", names.join(" | ")));
        let rule: Vec<&str> = heads
            .iter()
            .map(|head| match head.starts_with('#') {
                true => "---:",
                false => "---",
            })
            .collect();
        self.line(&format!("|{}|", rule.join("|")));
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| cell_of(cell)).collect();
            self.line(&format!("| {} |", cells.join(" | ")));
        }
        self.blank();
    }

    /// A table that is folded away when it is longer than a screen.
    pub(super) fn long_table(&mut self, what: &str, heads: &[&str], rows: &[Vec<String>]) {
        const SCREEN: usize = 25;
        if rows.len() <= SCREEN {
            return self.table(heads, rows);
        }
        self.blank();
        self.line(&format!(
            "<details><summary>{} {what}</summary>",
            rows.len()
        ));
        self.table(heads, rows);
        self.line("</details>");
        self.blank();
    }

    /// A sheet, folded away when it is long; without rows nothing.
    pub(super) fn sheet(&mut self, what: &str, sheet: &Sheet) {
        const SHOWN: usize = 4;
        if sheet.rows.is_empty() {
            return;
        }
        let cell = |cell: &Cell| {
            let mut parts = Vec::new();
            if !cell.words.is_empty() {
                parts.push(prose(&cell.words));
            }
            if !cell.places.is_empty() {
                parts.push(self.places(&cell.places, SHOWN));
            }
            let mut links: Vec<String> = cell.ids.iter().take(SHOWN).map(|id| link(id)).collect();
            if cell.ids.len() > SHOWN {
                links.push(format!("{} more", cell.ids.len() - SHOWN));
            }
            parts.extend(links);
            parts.join(" ")
        };
        let rows: Vec<Vec<String>> = sheet
            .rows
            .iter()
            .map(|row| row.iter().map(cell).collect())
            .collect();
        self.paragraph(&prose(&sheet.lead));
        self.long_table(what, &sheet.heads, &rows);
    }

    /// Lines of a scanned file.
    pub(super) fn fence(&mut self, language: &str, text: &str) {
        let ticks = longest_run(text, '`').max(2) + 1;
        let fence = "`".repeat(ticks);
        self.blank();
        self.line(&format!("{fence}{language}"));
        for line in text.lines() {
            self.line(&visible::line(line.trim_end()));
        }
        self.line(&fence);
        self.blank();
    }

    /// A link to a line of a file.
    pub(super) fn at(&self, spot: &Spot) -> String {
        let name = spot.file.rsplit('/').next().unwrap_or(&spot.file);
        format!(
            "[{}:{}]({}{}#L{})",
            escaped(name),
            spot.line,
            self.base,
            address(&spot.file),
            spot.line
        )
    }

    /// A link with words of its own, which are markdown already.
    pub(super) fn named(&self, words: &str, spot: &Spot) -> String {
        format!(
            "[{words}]({}{}#L{})",
            self.base,
            address(&spot.file),
            spot.line
        )
    }

    /// Links to places, the first few of them.
    pub(super) fn places(&self, spots: &[Spot], most: usize) -> String {
        let mut links: Vec<String> = spots.iter().take(most).map(|spot| self.at(spot)).collect();
        if spots.len() > most {
            links.push(format!("{} more", spots.len() - most));
        }
        links.join(", ")
    }

    /// A link to a place, or that none was seen.
    pub(super) fn place(&self, spot: Option<&Spot>) -> String {
        spot.map_or_else(|| "not seen".to_owned(), |spot| self.at(spot))
    }

    /// A diagram's text, which is made of tamed names alone.
    pub(super) fn diagram(&mut self, text: &str) {
        self.blank();
        self.line("```mermaid");
        for line in text.lines() {
            self.line(line.trim_end());
        }
        self.line("```");
        self.blank();
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        let mut text = self.text;
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}

/// What a link to a heading names, as GitHub makes it: letters, digits and dashes.
pub(in crate::audit) fn anchor(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let kept = lower
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A path in the target of a link.
pub(super) fn address(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn longest_run(text: &str, of: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Words of a finding: code spans stay, anything else that could be markup is escaped.
pub(super) fn prose(text: &str) -> String {
    let text = visible::line(text);
    let parts: Vec<&str> = text.split('`').collect();
    // Spans that do not end are none.
    if parts.len().is_multiple_of(2) {
        return escaped(&text);
    }
    let mut out = String::new();
    for (n, part) in parts.iter().enumerate() {
        if n % 2 == 1 {
            out.push_str(&code(part));
        } else {
            out.push_str(&escaped(part));
        }
    }
    out
}

/// Text in which nothing is markup.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in visible::line(text).chars() {
        match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '␊' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Markdown as a cell of a table: what code has of the sign between cells does not end it.
fn cell_of(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut before = ' ';
    for c in markdown.chars() {
        if c == '|' && before != '\\' {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// A name or a piece of code as a span.
pub(super) fn code(text: &str) -> String {
    let text = visible::line(text).replace('␊', " ");
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Names as spans, with commas between them.
pub(super) fn codes<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| code(name)).collect();
    names.join(", ")
}

/// The first letter as a sentence has it.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_file_is_markup() {
        assert_eq!(
            prose("a `b|c` <script>*x*"),
            "a `b|c` &lt;script&gt;\\*x\\*"
        );
        let mut out = Document::new("");
        out.table(&["a"], &[vec![prose("`b|c` d|e")]]);
        assert_eq!(out.finish(), "| a |\n|---|\n| `b\\|c` d\\|e |\n");
        assert_eq!(prose("an open ` span"), "an open \\` span");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(escaped("a\u{202e}b"), "a\u{fffd}b");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let mut out = Document::new("");
        out.fence("ts", "a ```` b\n</details>");
        assert_eq!(out.finish(), "`````ts\na ```` b\n</details>\n`````\n");
    }

    #[test]
    fn links_lead_from_the_document_to_lines() {
        let out = Document::new("../../");
        let spot = Spot {
            file: "apps/a b/(x).ts".to_owned(),
            line: 3,
        };
        assert_eq!(out.at(&spot), "[(x).ts:3](../../apps/a%20b/%28x%29.ts#L3)");
    }
}
