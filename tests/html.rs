//! Pages of `snell audit` and `snell check`: one file, the same bytes, nothing loaded, nothing of
//! a scanned file run. `tests/referees/html` opens them in a browser.

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};
use support::{
    door::{snell, stderr, stdout, workspace},
    repository::{root, text, update},
};

/// Where an audit's page goes when nothing is said.
const USUAL: &str = "_prompts/audits/database-audit.html";

/// A tag with its attributes, as they are written.
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

/// The opening tags of a page, its style and script left out.
///
/// Values of attributes hold neither quotes nor angle brackets, so that a tag ends at the first
/// `>`: were anything not escaped, what is read here would be no known tag.
fn tags(page: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let (inside, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        if inside.starts_with(['/', '!']) {
            continue;
        }
        let inside = inside.trim_end_matches('/');
        let (name, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
        if name == "style" || name == "script" {
            let (_, after) = rest.split_once(&format!("</{name}>")).expect("it ends");
            rest = after;
        }
        found.push(Tag {
            name: name.to_owned(),
            attributes: read(attributes),
        });
    }
    found
}

fn read(mut text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return found;
        }
        let end = text.find(['=', ' ']).unwrap_or(text.len());
        let name = text[..end].to_owned();
        text = &text[end..];
        let mut value = String::new();
        if let Some(after) = text.strip_prefix("=\"") {
            let (inside, after) = after.split_once('"').expect("a value ends");
            value = inside.to_owned();
            text = after;
        }
        assert!(found.insert(name.clone(), value).is_none(), "{name} twice");
    }
}

/// The tags of which pages are made.
const KNOWN: &str = "html head meta title link style script body a header p nav ul ol li span div button main section h2 h3 strong form label input datalist option select fieldset legend output details summary dl dt dd figure figcaption pre mark code table thead tbody tr th td br svg rect g path text defs marker circle footer dialog";

/// What holds of every page.
fn is_inert(page: &str) {
    let known: BTreeSet<&str> = KNOWN.split(' ').collect();
    let tags = tags(page);
    let mut ids = BTreeSet::new();
    for tag in &tags {
        assert!(known.contains(tag.name.as_str()), "<{}>", tag.name);
        for (name, value) in &tag.attributes {
            let runs = name.starts_with("on");
            let loads = [
                "src",
                "srcset",
                "style",
                "action",
                "formaction",
                "data",
                "background",
            ];
            assert!(
                !runs && !loads.contains(&name.as_str()),
                "<{} {name}=\"{value}\">",
                tag.name
            );
            if name == "href" {
                let is_harmless = value.starts_with('#')
                    || value == "data:,"
                    || (tag.name == "a" && value.starts_with("https://snell.dev/rules/"));
                assert!(is_harmless, "{value}");
            }
            if name == "id" {
                assert!(ids.insert(value.clone()), "two are called {value}");
            }
        }
    }
    let scripts = tags.iter().filter(|tag| tag.name == "script").count();
    assert_eq!(scripts, 1, "its own script alone");
    for tag in &tags {
        let href = tag.attributes.get("href");
        if let Some(target) = href.and_then(|href| href.strip_prefix('#')) {
            assert!(ids.contains(&decoded(target)), "nothing is called {target}");
        }
    }
    let hidden = page
        .chars()
        .find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
    assert_eq!(hidden, None, "what hides or reorders");
}

/// The id that the address of a link names, as it is escaped.
fn decoded(target: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = target.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let digits = std::str::from_utf8(&rest[..2]).expect("ASCII");
            bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// The text between the tags of a name.
fn inside<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, after) = page.split_once(&format!("<{name}>")).expect("it is there");
    after.split_once(&format!("</{name}>")).expect("it ends").0
}

/// The page that the program writes of a workspace.
fn audit(folder: &Path) -> String {
    let output = snell(folder, &["audit", "--format", "html", "-o", "-"]);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

fn check(folder: &Path) -> String {
    let output = snell(folder, &["check", "--format", "html", "--exit-zero"]);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn the_pages_of_the_example_are_inert_and_the_same_every_time() {
    let example = root().join("examples/openai-chat");
    for write in [audit, check] {
        let page = write(&example);
        is_inert(&page);
        assert_eq!(page, write(&example), "the same bytes");
        let here = root().display().to_string();
        assert!(!page.contains(&here), "no path of this machine");
    }
    let page = audit(&example);
    for part in [
        "overview",
        "findings",
        "diagram",
        "models",
        "endpoints",
        "isolation",
        "secrets",
        "migrations",
        "plan",
        "recommendations",
        "questions",
        "coverage",
    ] {
        assert!(
            page.contains(&format!(" id=\"{part}\" data-nav=\"{part}\"")),
            "{part}"
        );
    }
    assert!(page.contains("class=\"finding\"") && page.contains("<mark class=\"p\">"));
}

#[test]
fn a_page_may_run_its_own_script_and_style_and_nothing_else() {
    let page = check(&root().join("examples/openai-chat"));
    let hash = |text: &str| {
        let digest = Sha256::digest(text.as_bytes());
        format!("&#39;sha256-{}&#39;", BASE64_STANDARD.encode(digest))
    };
    let policy = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; script-src {}; style-src {}; img-src data:; base-uri &#39;none&#39;; form-action &#39;none&#39;\">",
        hash(inside(&page, "script")),
        hash(inside(&page, "style")),
    );
    assert!(page.contains(&policy), "{policy}");
    let rest = page.replacen(inside(&page, "script"), "", 1);
    let at = rest.find(&policy).expect("a policy");
    assert!(
        at < rest.find("<script>").expect("a script"),
        "before anything runs"
    );
}

#[test]
fn names_and_comments_of_the_workspace_are_text() {
    let evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>`|\u{202e}\u{1b}[31m";
    let schema = format!(
        "datasource db {{
  provider = \"postgresql\"
}}

/// {evil}
model User {{
  id    String  @id @map(\"{evil}\")
  email String? @map(\"</details></section><b>\") // {evil}
  notes Note[]

  @@unique([email], map: \"</title>\")
  @@map(\"</svg><script>alert(3)</script>\")
}}

model Note {{
  id     String @id
  userId String // {evil}
  user   User   @relation(fields: [userId], references: [id])
}}
"
    );
    let code = format!(
        "import {{ Controller, Get, Param }} from '@nestjs/common';
import {{ PrismaClient }} from '@prisma/client';

export class PrismaService extends PrismaClient {{}}

@Controller('</a><script>alert(4)</script>')
export class EvilController {{
  constructor(private readonly prisma: PrismaService) {{}}

  @Get(':id') // {evil}
  one(@Param('id') id: string) {{
    return this.prisma.note.findUnique({{ where: {{ id }} }});
  }}
}}
"
    );
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", &schema),
        ("src/evil.controller.ts", &code),
        (
            "prisma/migrations/20250101000000_init/migration.sql",
            "DROP TABLE \"</td><script>alert(5)</script>\";\n",
        ),
    ]);
    for page in [audit(folder.path()), check(folder.path())] {
        is_inert(&page);
        assert!(
            page.contains("&lt;script&gt;alert("),
            "the names are there, as text"
        );
    }
}

#[test]
fn a_page_stands_beside_the_document_and_only_its_own_is_replaced() {
    let schema =
        "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel User {\n  id String @id\n}\n";
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", schema),
    ]);
    let write = |more: &[&str]| {
        let output = snell(
            folder.path(),
            &[&["audit", "--format", "html"], more].concat(),
        );
        assert!(output.status.success(), "{}", stderr(&output));
    };
    let usual = folder.path().join(USUAL);
    let second = usual.with_file_name("database-audit-2.html");
    write(&[]);
    let page = std::fs::read_to_string(&usual).expect("a page");
    assert!(
        page.starts_with("<!doctype html>\n<!-- snell audit: "),
        "{page}"
    );
    write(&["--update"]);
    assert!(!second.exists(), "its own is replaced");
    std::fs::write(&usual, "<!doctype html>\n<p>by hand\n").expect("a file");
    write(&["--update"]);
    assert!(second.exists(), "the next free name is taken");
    let kept = std::fs::read_to_string(&usual).expect("it stays");
    assert_eq!(kept, "<!doctype html>\n<p>by hand\n");
}

#[test]
fn the_sample_is_what_snell_writes() {
    let example = root().join("examples/openai-chat");
    let sample = example.join(USUAL);
    if update() {
        let output = snell(&example, &["audit", "--format", "html", "--update"]);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    // A checkout without samples (a package) has nothing to compare.
    if sample.exists() {
        let page = audit(&example);
        assert!(text(&sample) == page, "SNELL_UPDATE=1 writes it anew");
    }
}
