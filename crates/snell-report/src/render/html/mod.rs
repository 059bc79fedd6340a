//! HTML: one file that loads nothing. What is on a page is there without its script; the script
//! folds, filters, moves between pages and pans the diagram, and makes no element of its own.

mod findings;
mod frame;
mod report;
pub(crate) mod tags;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};

pub(super) use self::report::render;
pub(crate) use self::{
    findings::{Entry, More, capital, severity, write as findings},
    report::{notices, read},
    tags::{Html, Own},
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page that is being written: its parts are shown one at a time when scripts run, and one
/// below the other when they do not.
pub(crate) struct Document {
    /// What is written so far of the parts.
    pub(crate) out: Html,
    title: String,
    mark: Option<&'static str>,
    version: String,
    /// Id, name, and a number beside it.
    parts: Vec<(String, &'static str, Option<usize>)>,
}

impl Document {
    /// A document. What has `mark` in its second line may be replaced by snell.
    pub(crate) fn new(title: &str, version: &str, mark: Option<&'static str>) -> Self {
        Document {
            out: Html::default(),
            title: title.to_owned(),
            mark,
            version: version.to_owned(),
            parts: Vec::new(),
        }
    }

    /// A part that the navigation leads to.
    pub(crate) fn part(
        &mut self,
        id: &'static str,
        name: &'static str,
        count: Option<usize>,
        write: impl FnOnce(&mut Html),
    ) {
        let class = if self.parts.is_empty() {
            "part on"
        } else {
            "part"
        };
        self.parts.push((id.to_owned(), name, count));
        self.section(id, id, name, class, write);
    }

    /// A part that another one's lists lead to.
    pub(crate) fn below(
        &mut self,
        parent: &'static str,
        id: &str,
        name: &str,
        write: impl FnOnce(&mut Html),
    ) {
        self.section(parent, id, name, "part", write);
    }

    fn section(
        &mut self,
        parent: &'static str,
        id: &str,
        name: &str,
        class: &'static str,
        write: impl FnOnce(&mut Html),
    ) {
        let out = &mut self.out;
        out.open(
            "section",
            &[
                ("class", class),
                ("id", id),
                ("data-nav", parent),
                ("tabindex", "-1"),
                ("aria-label", name),
            ],
        );
        out.leaf("h2", &[], name);
        write(out);
        out.close();
    }

    /// The whole file.
    pub(crate) fn finish(self) -> String {
        let Document {
            out: body,
            title,
            mark,
            version,
            parts,
        } = self;
        let mut out = Html::default();
        let head = match mark {
            Some(mark) => format!("<!doctype html>\n{mark}\n"),
            None => "<!doctype html>\n".to_owned(),
        };
        out.open("html", &[("lang", "en")]);
        head_of(&mut out, &title);
        out.open("body", &[]);
        out.leaf(
            "a",
            &[("class", "skip"), ("href", "#main")],
            "Skip to the content",
        );
        header(&mut out, &title, &parts);
        out.open("main", &[("id", "main"), ("tabindex", "-1")]);
        out.append(body);
        out.close();
        footer(&mut out, &version);
        keys(&mut out);
        head + &out.finish()
    }
}

/// What a page may do: its own style and script, known by their hashes, and nothing else.
fn policy() -> String {
    let hash = |text: &str| {
        format!(
            "'sha256-{}'",
            BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()))
        )
    };
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

fn head_of(out: &mut Html, title: &str) {
    out.open("head", &[]);
    out.open("meta", &[("charset", "utf-8")]);
    out.open(
        "meta",
        &[
            ("http-equiv", "Content-Security-Policy"),
            ("content", &policy()),
        ],
    );
    out.open(
        "meta",
        &[
            ("name", "viewport"),
            ("content", "width=device-width, initial-scale=1"),
        ],
    );
    out.open("meta", &[("name", "referrer"), ("content", "no-referrer")]);
    out.leaf("title", &[], title);
    out.open("link", &[("rel", "icon"), ("href", "data:,")]);
    out.open("style", &[]);
    out.own(&Own::asset(STYLE));
    out.close();
    out.open("script", &[]);
    out.own(&Own::asset(SCRIPT));
    out.close();
    out.close();
}

fn header(out: &mut Html, title: &str, parts: &[(String, &'static str, Option<usize>)]) {
    out.open("header", &[]);
    out.leaf("p", &[("class", "brand")], title);
    out.open("nav", &[("aria-label", "Parts")]);
    out.open("ul", &[]);
    for (n, (id, name, count)) in parts.iter().enumerate() {
        out.open("li", &[]);
        let current: &[_] = if n == 0 {
            &[("aria-current", "page")]
        } else {
            &[]
        };
        let href = format!("#{id}");
        let mut attributes = vec![("href", href.as_str())];
        attributes.extend(current);
        out.open("a", &attributes);
        out.text(name);
        if let Some(count) = count {
            out.text(" ");
            out.leaf("span", &[("class", "n")], &count.to_string());
        }
        out.close();
        out.close();
    }
    out.close();
    out.close();
    out.open("div", &[("class", "tools")]);
    out.leaf(
        "button",
        &[
            ("type", "button"),
            ("id", "theme"),
            ("title", "Light or dark (t)"),
            ("aria-label", "Light or dark"),
        ],
        "\u{25d0}",
    );
    out.leaf(
        "button",
        &[
            ("type", "button"),
            ("id", "print"),
            ("title", "Print all parts"),
            ("aria-label", "Print all parts"),
        ],
        "print",
    );
    out.leaf(
        "button",
        &[
            ("type", "button"),
            ("id", "help"),
            ("title", "Keys (?)"),
            ("aria-label", "Keys"),
        ],
        "?",
    );
    out.close();
    out.close();
}

fn footer(out: &mut Html, version: &str) {
    out.open("footer", &[]);
    out.text(&format!(
        "snell {version}. Static analysis: nothing was run, and no database was asked."
    ));
    out.close();
}

/// The keys, shown by `?`.
fn keys(out: &mut Html) {
    out.open("dialog", &[("id", "keys"), ("aria-label", "Keys")]);
    out.open("dl", &[]);
    for (key, words) in [
        ("/", "search the findings"),
        ("j  k", "next and previous row"),
        ("Enter", "unfold or follow it"),
        ("u", "back to the list"),
        ("1 to 9", "the parts, in order"),
        ("+  \u{2212}  0", "zoom the diagram, and fit it"),
        ("t", "light or dark"),
        ("?", "these keys"),
    ] {
        out.leaf("dt", &[], key);
        out.leaf("dd", &[], words);
    }
    out.close();
    out.open("form", &[("method", "dialog")]);
    out.leaf("button", &[], "Close");
    out.close();
    out.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_end_where_they_end() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--") && text.ends_with('\n'));
        }
    }

    #[test]
    fn the_script_makes_no_markup() {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "createElement",
            "eval(",
            "Function(",
            "fetch(",
            "import(",
            "XMLHttp",
        ] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
    }

    #[test]
    fn a_document_names_its_policy_before_anything_runs() {
        let mut document = Document::new("a <b>", "1.2.3", Some("<!-- mine -->"));
        document.part("one", "One", Some(3), |out| out.text("<script>"));
        let page = document.finish();
        assert!(page.starts_with("<!doctype html>\n<!-- mine -->\n<html lang=\"en\"><head>"));
        let policy = page.find("Content-Security-Policy").expect("a policy");
        assert!(
            policy < page.find("<style").expect("a style")
                && policy < page.find("<script").expect("a script")
        );
        assert!(page.contains("<title>a &lt;b&gt;</title>") && page.contains("&lt;script&gt;"));
    }
}
