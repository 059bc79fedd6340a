//! `snell audit` at the door: one document, nothing else changed, every link with an end.

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use support::{
    bullets::BULLETS,
    door::{snell, stderr, stdout, workspace},
    repository::{root, text, update},
    sentences::{faults, repeated, said},
};

/// Where an audit goes when nothing is said.
const USUAL: &str = "_prompts/audits/database-audit.md";
/// And the whole diagram, beside it.
const PICTURES: [&str; 3] = [
    "_prompts/audits/database-audit-erd.svg",
    "_prompts/audits/database-audit-isolation.svg",
    "_prompts/audits/database-audit-budget.svg",
];

/// What every audit has.
const PARTS: [&str; 15] = [
    "1. Executive summary",
    "2. Findings",
    "3. Schema analysis",
    "4. Index analysis",
    "5. Application consistency",
    "6. Performance",
    "7. Security",
    "8. Refactoring plan",
    "9. Recommendations",
    "A. Coverage",
    "B. Suppressed and accepted findings",
    "C. Findings without a concrete change",
    "D. The points of the audit",
    "E. Questions for a person",
    "F. Method",
];

const SCHEMA: &str = "datasource db {
  provider = \"postgresql\"
}

model User {
  id    String @id
  email String?
  notes Note[]

  @@unique([email])
}

model Note {
  id     String @id
  userId String
  user   User   @relation(fields: [userId], references: [id])
}
";

const CONTROLLER: &str = "import { Controller, Get, Param } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';

@Controller('notes')
export class NotesController {
  private readonly prisma = new PrismaClient();

  @Get(':userId')
  list(@Param('userId') userId: string) {
    return this.prisma.note.findMany({ where: { userId }, take: 20 });
  }
}
";

fn small() -> tempfile::TempDir {
    workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", SCHEMA),
        ("src/notes.controller.ts", CONTROLLER),
    ])
}

/// The files of a folder with their bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut work = vec![folder.to_owned()];
    while let Some(at) = work.pop() {
        for entry in std::fs::read_dir(&at).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                work.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("a file");
                found.insert(path.display().to_string(), bytes);
            }
        }
    }
    found
}

#[test]
fn an_audit_writes_its_document_and_nothing_else() {
    let folder = small();
    let before = tree(folder.path());
    let output = snell(folder.path(), &["audit"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("Wrote "), "{}", stderr(&output));
    let mut after = tree(folder.path());
    let text = std::fs::read_to_string(folder.path().join(USUAL)).expect("an audit");
    for file in std::iter::once(USUAL).chain(PICTURES) {
        let written = folder.path().join(file).display().to_string();
        assert!(after.remove(&written).is_some(), "{written} is missing");
        let name = file.rsplit('/').next().unwrap_or_default();
        let leads = file == USUAL || text.contains(&format!("]({name})"));
        assert!(leads, "the document leads to {name}");
    }
    assert_eq!(before, after);
}

#[test]
fn an_audit_fails_where_it_is_told_to() {
    let folder = small();
    let code = |extra: &[&str]| {
        let output = snell(folder.path(), &[&["audit", "-o", "-"], extra].concat());
        output.status.code()
    };
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--fail-on", "info"]), Some(1));
    assert_eq!(code(&["--fail-on", "critical"]), Some(0));
    assert_eq!(code(&["--format", "json", "--fail-on", "info"]), Some(1));
}

#[test]
fn only_its_own_document_is_replaced_and_only_when_asked() {
    let folder = small();
    let usual = folder.path().join(USUAL);
    let second = usual.with_file_name("database-audit-2.md");
    snell(folder.path(), &["audit"]);
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).expect("an audit");
        // Each document leads to the diagram beside it.
        text.replace("(database-audit-2-", "(database-audit-")
            .replace("[database-audit-2-", "[database-audit-")
    };
    let first = read(&usual);
    let output = snell(folder.path(), &["audit"]);
    assert!(
        stderr(&output).contains("database-audit-2.md"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stderr(&output).matches("--update").count(), 1);
    assert_eq!(read(&second), first);
    std::fs::remove_file(&second).expect("it can go");
    snell(folder.path(), &["audit", "--update"]);
    assert!(!second.exists(), "its own is replaced");
    std::fs::write(&usual, "# Written by hand\n").expect("a file");
    snell(folder.path(), &["audit", "--update"]);
    assert_eq!(
        std::fs::read_to_string(&usual).expect("it stays"),
        "# Written by hand\n"
    );
    assert!(second.exists(), "the next free name is taken");
}

#[test]
fn standard_output_and_another_name_can_be_asked_for() {
    let folder = small();
    let before = tree(folder.path());
    let output = snell(folder.path(), &["audit", "-o", "-"]);
    let printed = stdout(&output);
    assert!(printed.contains("# Database audit: "), "{printed}");
    assert_eq!(tree(folder.path()), before, "nothing is written");
    let output = snell(folder.path(), &["audit", "-o", "docs/audit.md"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let written = std::fs::read_to_string(folder.path().join("docs/audit.md")).expect("an audit");
    assert!(
        written.contains("](../prisma/schema.prisma#L"),
        "links lead to the root"
    );
}

#[test]
fn what_migrations_did_when_they_ran_counts_nowhere() {
    let migration = |sql: &str| format!("{sql}\n");
    let create = migration(
        "CREATE TABLE \"User\" (\"id\" TEXT NOT NULL, \"email\" TEXT, \"age\" INTEGER, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));",
    );
    let drop = migration("ALTER TABLE \"User\" DROP COLUMN \"age\";");
    let schema = "datasource db {
  provider = \"postgresql\"
}

model User {
  id    String  @id
  email String?
}
";
    let files = |config: &'static str| {
        workspace(&[
            ("package.json", "{\"workspaces\": []}"),
            ("snell.jsonc", config),
            ("prisma/schema.prisma", schema),
            (
                "prisma/migrations/migration_lock.toml",
                "provider = \"postgresql\"\n",
            ),
            (
                "prisma/migrations/20250101000000_init/migration.sql",
                &create,
            ),
            ("prisma/migrations/20250201000000_age/migration.sql", &drop),
        ])
    };
    let severe = |config: &'static str| {
        let printed = stdout(&snell(files(config).path(), &["audit", "-o", "-"]));
        let first = printed
            .split("### What is sound")
            .next()
            .unwrap_or_default();
        (
            first.contains("`age`"),
            printed.contains("What migrations do when they run"),
        )
    };
    assert_eq!(severe("{}"), (false, true), "both have run");
    let young = "{ \"migrationsAfter\": \"20250101000000_init\" }";
    assert_eq!(severe(young), (true, false), "the second one has not");
}

#[test]
fn names_of_the_workspace_are_no_markup() {
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        (
            "prisma/schema.prisma",
            "datasource db {
  provider = \"postgresql\"
}

/// </details><script>alert(1)</script> | `x` \u{202e}
model User {
  id    String  @id @map(\"<img src=x>|`a`\")
  email String? @map(\"</details><script>\")

  @@unique([email])
  @@map(\"<b>users</b>|x\u{1b}[31m\")
}
",
        ),
    ]);
    let output = snell(folder.path(), &["audit", "-o", "-"]);
    let printed = stdout(&output);
    assert!(
        !printed.contains('\u{1b}') && !printed.contains('\u{202e}'),
        "{printed}"
    );
    for event in Parser::new_ext(&printed, Options::ENABLE_TABLES) {
        if let Event::Html(html) | Event::InlineHtml(html) = event {
            let ours = [
                "<!-- snell",
                "<a id=",
                "</a>",
                "<details>",
                "<summary>",
                "</summary>",
                "</details>",
                "<br>",
            ];
            let known = ours.iter().any(|head| html.trim_start().starts_with(head));
            assert!(known && !html.contains("<script"), "{html}");
        }
    }
}

/// The headings as GitHub addresses them, and the anchors.
fn ends(markdown: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let text = heading.take().unwrap_or_default().to_lowercase();
                let kept = text
                    .chars()
                    .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
                found.insert(kept.collect::<String>().replace(' ', "-"));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                if let Some((_, rest)) = html.split_once("<a id=\"") {
                    found.insert(rest.split('"').next().unwrap_or_default().to_owned());
                }
            }
            _ => {}
        }
    }
    found
}

fn targets(markdown: &str) -> BTreeSet<String> {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES);
    events
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.to_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn the_sample_is_what_snell_writes_and_whole() {
    let example = root().join("examples/openai-chat");
    let path = example.join(USUAL);
    let folder = tempfile::tempdir().expect("a folder");
    let draft = folder.path().join("database-audit.md");
    let run = |out: &str| {
        let output = snell(&example, &["audit", "-o", out]);
        assert!(output.status.success(), "{}", stderr(&output));
    };
    run(draft.to_str().expect("UTF-8"));
    let once = std::fs::read(&draft).expect("an audit");
    std::fs::remove_file(&draft).expect("it can go");
    for picture in PICTURES {
        let name = picture.rsplit('/').next().unwrap_or_default();
        std::fs::remove_file(folder.path().join(name)).expect("the picture is beside it");
    }
    run(draft.to_str().expect("UTF-8"));
    assert_eq!(
        once,
        std::fs::read(&draft).expect("an audit"),
        "the same bytes"
    );
    if update() {
        let output = snell(&example, &["audit", "--update"]);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let sample = text(&path);
    let printed = String::from_utf8(once).expect("UTF-8");
    // The draft lies outside of the workspace: its links lead from the root.
    assert_eq!(
        sample.replace("](../../", "]("),
        printed,
        "SNELL_UPDATE=1 writes it anew"
    );
    let ends = ends(&sample);
    for part in PARTS {
        assert!(sample.contains(&format!("## {part}\n")), "{part}");
    }
    for target in targets(&sample) {
        if let Some(anchor) = target.strip_prefix('#') {
            assert!(ends.contains(anchor), "nothing is called {anchor}");
        } else if !target.starts_with("http") {
            let file = target.split('#').next().unwrap_or_default();
            let file = path
                .parent()
                .expect("a folder")
                .join(file.replace("%20", " "));
            assert!(file.exists(), "{target} leads nowhere");
        }
    }
}

#[test]
fn every_bullet_of_the_output_is_answered() {
    let example = root().join("examples/openai-chat");
    let printed = stdout(&snell(&example, &["audit", "-o", "-"]));
    for (part, bullets) in BULLETS {
        let (_, rest) = printed
            .split_once(&format!("\n{part}\n"))
            .unwrap_or_else(|| panic!("{part} is missing"));
        let end = rest.find("\n## ").unwrap_or(rest.len());
        for (bullet, words) in bullets {
            assert!(
                rest[..end].contains(words),
                "{part}: nothing says {bullet} ({words})"
            );
        }
    }
    let json = stdout(&snell(&example, &["audit", "--format", "json"]));
    let audit: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let points = audit["points"].as_array().expect("points");
    assert_eq!(points.len(), 162);
    let (_, appendix) = printed
        .split_once("\n## D. The points of the audit\n")
        .expect("the appendix");
    let appendix = appendix.split("\n## ").next().unwrap_or_default();
    for point in points {
        let number = point["number"].as_str().expect("a number");
        let said = format!("\n| {number} | ");
        let times = appendix.matches(&said).count();
        assert_eq!(times, 1, "{number} is told once");
        let row = appendix.split(&said).nth(1).unwrap_or_default();
        let row = row.lines().next().unwrap_or_default();
        assert!(!row.contains("none found in |"), "{number}: {row}");
        assert!(!row.contains("none found in :"), "{number}: {row}");
    }
}

#[test]
fn programs_read_the_plan_in_the_order_in_which_it_runs() {
    let example = root().join("examples/openai-chat");
    let printed = stdout(&snell(&example, &["audit", "--format", "json"]));
    let audit: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let steps = audit["steps"].as_array().expect("steps");
    let numbers: Vec<&str> = steps
        .iter()
        .map(|step| step["number"].as_str().expect("a number"))
        .collect();
    for step in steps {
        for before in step["depends"].as_array().expect("a list") {
            let before = before.as_str().expect("a number");
            let number = step["number"].as_str().expect("a number");
            let place = |wanted| numbers.iter().position(|one| *one == wanted);
            assert!(place(before) < place(number), "{before} before {number}");
        }
        for statement in step["sql"].as_array().expect("a list") {
            let statement = statement.as_str().expect("SQL");
            assert!(statement.ends_with(';'), "{statement}");
            assert!(!statement.contains("..."), "{statement}");
        }
    }
    let with_sql = steps
        .iter()
        .filter(|step| step["sql"].as_array().is_some_and(|sql| !sql.is_empty()));
    assert!(with_sql.count() > 5, "{numbers:?}");
    assert_eq!(audit["points"].as_array().map(Vec::len), Some(162));
}

#[test]
fn documents_are_written_in_whole_sentences() {
    let mut folders = vec![
        root().join("examples/openai-chat"),
        root().join("examples/clean"),
    ];
    let more = std::fs::read_dir(root().join("examples/more")).expect("a folder");
    folders.extend(more.map(|entry| entry.expect("an entry").path()));
    folders.sort();
    let mut found = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let ran = snell(folder, &["audit", "--output", "-"]);
        if !ran.status.success() {
            continue;
        }
        let document = stdout(&ran);
        let name = folder.display();
        for (n, line) in said(&document) {
            let wrong = faults(&line);
            if !wrong.is_empty() {
                found.push(format!("{name}, line {n}: {wrong:?} in {line}"));
            }
        }
        for sentence in repeated(&document) {
            found.push(format!("{name}: twice in a part: {sentence}"));
        }
        let lines: Vec<&str> = document.lines().collect();
        for (n, pair) in (2..).zip(lines.windows(2)) {
            let rule = pair[0].starts_with("|-") || pair[0].starts_with("|:-");
            assert!(
                !rule || pair[1].starts_with('|'),
                "{name}, line {n}: a table without rows"
            );
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
