//! HTML as it is written: names of tags and attributes are literals of this program, everything
//! else is escaped. There is no other way into a page, so nothing of a scanned file is markup.

use crate::visible;

/// A page that grows. Tags close in the order in which they were opened.
#[derive(Debug, Default)]
pub(crate) struct Html {
    text: String,
    open: Vec<&'static str>,
}

/// Tags without content.
const VOID: [&str; 6] = ["br", "hr", "input", "link", "meta", "rect"];

/// Markup of this crate's own making: a picture, or a file of this folder.
pub(crate) struct Own(String);

impl Own {
    /// A picture that was drawn here: its own texts are escaped where it is drawn.
    pub(crate) fn drawn(svg: String) -> Self {
        Own(svg)
    }

    /// A file of this folder.
    pub(super) fn asset(text: &'static str) -> Self {
        Own(text.to_owned())
    }
}

impl Html {
    /// Opens a tag.
    pub(crate) fn open(&mut self, tag: &'static str, attributes: &[(&'static str, &str)]) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes {
            debug_assert!(may_stand(name, value), "{name}={value:?} could run or load");
            self.text.push(' ');
            self.text.push_str(name);
            if !value.is_empty() {
                self.text.push_str("=\"");
                escape_into(&mut self.text, value);
                self.text.push('"');
            }
        }
        self.text.push('>');
        if !VOID.contains(&tag) {
            self.open.push(tag);
        }
    }

    /// Closes the tag that was opened last.
    pub(crate) fn close(&mut self) {
        if let Some(tag) = self.open.pop() {
            self.text.push_str("</");
            self.text.push_str(tag);
            self.text.push('>');
            if matches!(
                tag,
                "section"
                    | "details"
                    | "li"
                    | "tr"
                    | "table"
                    | "figure"
                    | "p"
                    | "div"
                    | "head"
                    | "style"
                    | "script"
            ) {
                self.text.push('\n');
            }
        }
    }

    /// Text of anybody.
    pub(crate) fn text(&mut self, text: &str) {
        escape_into(&mut self.text, text);
    }

    /// A tag with text of anybody in it.
    pub(crate) fn leaf(
        &mut self,
        tag: &'static str,
        attributes: &[(&'static str, &str)],
        text: &str,
    ) {
        self.open(tag, attributes);
        self.text(text);
        self.close();
    }

    /// Words of a finding: what stands between backticks is code, line breaks stay.
    pub(crate) fn prose(&mut self, text: &str) {
        for (n, line) in text.trim().lines().enumerate() {
            if n > 0 {
                self.text.push('\n');
            }
            let parts: Vec<&str> = line.split('`').collect();
            // Spans that do not end are none.
            if parts.len().is_multiple_of(2) {
                self.text(line);
                continue;
            }
            for (n, part) in parts.iter().enumerate() {
                match n % 2 {
                    1 => self.leaf("code", &[], part),
                    _ => self.text(part),
                }
            }
        }
    }

    /// A tag with words in it.
    pub(crate) fn words(
        &mut self,
        tag: &'static str,
        attributes: &[(&'static str, &str)],
        text: &str,
    ) {
        self.open(tag, attributes);
        self.prose(text);
        self.close();
    }

    /// Markup of this crate's own making.
    pub(crate) fn own(&mut self, markup: &Own) {
        self.text.push_str(&markup.0);
    }

    /// What was written apart, at its end.
    pub(crate) fn append(&mut self, other: Html) {
        self.text.push_str(other.finish().trim_end_matches('\n'));
    }

    /// A table that is scrolled where it is too wide. A head that begins with `#` stands over
    /// numbers.
    pub(crate) fn table(
        &mut self,
        class: &'static str,
        heads: &[&str],
        rows: impl FnOnce(&mut Html),
    ) {
        // What is scrolled is reached by the keyboard.
        self.open("div", &[("class", "scroll"), ("tabindex", "0")]);
        self.open("table", &[("class", class)]);
        self.open("thead", &[]);
        self.open("tr", &[]);
        for head in heads {
            match head.strip_prefix("# ") {
                Some(head) => self.leaf("th", &[("class", "num"), ("scope", "col")], head),
                None => self.leaf("th", &[("scope", "col")], head),
            }
        }
        self.close();
        self.close();
        self.open("tbody", &[]);
        rows(self);
        self.close();
        self.close();
        self.close();
    }

    /// A cell with a number; nothing is easier to overlook than a zero.
    pub(crate) fn number(&mut self, n: usize) {
        match n {
            0 => self.leaf("td", &[("class", "num zero")], "\u{2013}"),
            n => self.leaf("td", &[("class", "num")], &n.to_string()),
        }
    }

    /// A cell with a name or a piece of code.
    pub(crate) fn code_cell(&mut self, text: &str) {
        self.open("td", &[]);
        if !text.is_empty() {
            self.leaf("code", &[], text);
        }
        self.close();
    }

    /// A place in a file, to be copied.
    pub(crate) fn place(&mut self, file: &str, line: u32) {
        let name = file.rsplit('/').next().unwrap_or(file);
        let whole = format!("{file}:{line}");
        self.leaf(
            "span",
            &[("class", "at"), ("data-copy", &whole), ("title", &whole)],
            &format!("{name}:{line}"),
        );
    }

    /// A bar whose parts are as long as their numbers.
    pub(crate) fn bar(&mut self, parts: &[(&'static str, usize)]) {
        let all: usize = parts.iter().map(|(_, n)| n).sum();
        self.open(
            "svg",
            &[
                ("class", "bar"),
                ("viewBox", "0 0 1000 10"),
                ("preserveAspectRatio", "none"),
                ("aria-hidden", "true"),
            ],
        );
        let mut at = 0;
        for (class, n) in parts.iter().filter(|(_, n)| *n > 0) {
            let width = n * 1000 / all.max(1);
            self.open(
                "rect",
                &[
                    ("class", class),
                    ("x", &at.to_string()),
                    ("width", &width.max(6).to_string()),
                    ("height", "10"),
                ],
            );
            self.close_void();
            at += width;
        }
        self.close();
    }

    /// A tag of SVG that holds nothing ends where it begins.
    fn close_void(&mut self) {
        self.text.truncate(self.text.len() - 1);
        self.text.push_str("/>");
    }

    /// A link to something on the page.
    pub(crate) fn link(&mut self, id: &str, text: &str) {
        self.leaf("a", &[("href", &format!("#{}", address(id)))], text);
    }

    /// The page; whatever is open still is closed.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text.push('\n');
        self.text
    }
}

/// Whether an attribute neither runs nor loads anything.
fn may_stand(name: &str, value: &str) -> bool {
    match name {
        "href" => value.starts_with('#') || value.starts_with("https://") || value == "data:,",
        "src" | "srcset" | "style" | "action" | "formaction" | "srcdoc" => false,
        name => !name.starts_with("on"),
    }
}

/// The name of a place on the page, in the address of a link to it.
pub(crate) fn address(id: &str) -> String {
    let mut out = String::new();
    for byte in visible::line(id).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Text in which nothing is markup, and nothing hides or reorders.
fn escape_into(out: &mut String, text: &str) {
    for c in text.chars().filter_map(visible::shown) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_file_is_markup() {
        let mut out = Html::default();
        out.open("p", &[("title", "\" onclick=alert(1) x='")]);
        out.text("</script><script>alert(1)</script>&amp;\u{1b}[31m\u{202e}");
        assert_eq!(
            out.finish(),
            "<p title=\"&quot; onclick=alert(1) x=&#39;\">&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;␛[31m\u{fffd}</p>\n\n"
        );
    }

    #[test]
    fn backticks_make_code_and_a_lone_one_does_not() {
        let mut out = Html::default();
        out.prose("a `<b>` c\nan open ` span");
        assert_eq!(out.finish(), "a <code>&lt;b&gt;</code> c\nan open ` span\n");
    }

    #[test]
    fn what_is_left_open_is_closed() {
        let mut out = Html::default();
        out.open("ul", &[]);
        out.open("li", &[]);
        out.open("br", &[]);
        assert_eq!(out.finish(), "<ul><li><br></li>\n</ul>\n");
    }

    #[test]
    fn attributes_that_run_or_load_are_refused() {
        assert!(!may_stand("onclick", "x") && !may_stand("src", "x") && !may_stand("style", "x"));
        assert!(!may_stand("href", "javascript:alert(1)") && may_stand("href", "#x"));
    }

    #[test]
    fn places_have_addresses_in_one_alphabet() {
        assert_eq!(address("model-A b\"<"), "model-A%20b%22%3C");
    }
}
