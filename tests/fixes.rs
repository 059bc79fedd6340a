//! Fixes at the door: what `--fix` writes, what it leaves, and that a schema and its migration are
//! written together.

mod support;

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use snell_correlate::{Selection, rules};
use snell_engine::{Analysis, NewMigrations, analyze_workspace};
use snell_report::Applicability;
use snell_workspace::{Config, Memory, Workspace};
use support::{
    door::{copy, snell, stderr, stdout, workspace},
    page::projects,
    repository::root,
};
use tempfile::TempDir;

const SCHEMA: &str = "datasource db {
  provider = \"postgresql\"
}

model Author {
  id    Int    @id @default(autoincrement())
  notes Note[]
}

model Note {
  id       Int      @id @default(autoincrement())
  authorId Int
  text     String
  author   Author   @relation(fields: [authorId], references: [id], onDelete: Cascade)
}
";

const INIT: &str = "prisma/migrations/20250101120000_init/migration.sql";

const TABLES: &str = "CREATE TABLE \"Author\" (\"id\" SERIAL NOT NULL, CONSTRAINT \"Author_pkey\" PRIMARY KEY (\"id\"));
CREATE TABLE \"Note\" (\"id\" SERIAL NOT NULL, \"authorId\" INTEGER NOT NULL, \"text\" TEXT NOT NULL, CONSTRAINT \"Note_pkey\" PRIMARY KEY (\"id\"));
ALTER TABLE \"Note\" ADD CONSTRAINT \"Note_authorId_fkey\" FOREIGN KEY (\"authorId\") REFERENCES \"Author\"(\"id\") ON DELETE CASCADE ON UPDATE CASCADE;
";

const SERVICE: &str = "import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

// snell-ignore query/n-plus-one: there was a loop once
export const all = () => prisma.note.count(); // snell-ignore query/n-plus-one: nor here

export function find(name: string) {
  return prisma.$queryRawUnsafe<{ id: number }[]>('SELECT \"id\" FROM \"Note\" WHERE \"text\" = $1', name);
}
";

fn notes(more: &[(&str, &str)]) -> TempDir {
    let files = [
        ("package.json", "{\"workspaces\": []}"),
        ("snell.jsonc", "{ \"preset\": \"strict\" }"),
        ("prisma/schema.prisma", SCHEMA),
        (INIT, TABLES),
    ];
    workspace(&[&files[..], more].concat())
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).expect("a file")
}

#[test]
fn safe_fixes_mend_comments_and_calls_and_nothing_else() {
    let ignored = format!("-- snell-ignore migration/drop-column: never dropped\n{TABLES}");
    let schema = SCHEMA.replace(
        "  text     String\n",
        "  // snell-ignore schema/money-type: no money here\n  text     String\n",
    );
    let folder = notes(&[
        ("src/notes.ts", SERVICE),
        ("prisma/schema.prisma", &schema),
        (INIT, &ignored),
    ]);
    let fix = |more: &[&str]| {
        let rules =
            "maintainability/unused-ignore,raw-sql/unsafe-api,query/n-plus-one,schema/money-type";
        let arguments = [&["check", "--only", rules], more].concat();
        snell(folder.path(), &arguments)
    };
    let shown = fix(&["--diff"]);
    let patch = stdout(&shown);
    assert!(
        patch.contains("-// snell-ignore query/n-plus-one: there was a loop once\n"),
        "{patch}"
    );
    assert!(
        patch.contains("--- a/src/notes.ts\n+++ b/src/notes.ts\n"),
        "{patch}"
    );
    assert_eq!(
        read(&folder, "src/notes.ts"),
        SERVICE,
        "--diff writes nothing"
    );
    let fixed = fix(&["--fix"]);
    assert_eq!(fixed.status.code(), Some(0), "{}", stderr(&fixed));
    assert!(
        stderr(&fixed).contains("Fixed 4 findings in 2 files."),
        "{}",
        stderr(&fixed)
    );
    assert_eq!(
        read(&folder, "src/notes.ts"),
        "import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

export const all = () => prisma.note.count();

export function find(name: string) {
  return prisma.$queryRaw<{ id: number }[]>`SELECT \"id\" FROM \"Note\" WHERE \"text\" = ${name}`;
}
"
    );
    assert_eq!(read(&folder, "prisma/schema.prisma"), SCHEMA);
    assert_eq!(
        read(&folder, INIT),
        ignored,
        "databases remember what they ran"
    );
    assert!(stderr(&fix(&["--fix"])).contains("Nothing to fix."));
}

const INDEXES: [&str; 5] = [
    "check",
    "--only",
    "index/foreign-key-without-index",
    "--min-severity",
    "low",
];

#[test]
fn an_index_is_written_into_schema_and_migration_together() {
    let folder = notes(&[(
        "src/notes.ts",
        "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\nexport const drop = (id: number) => prisma.author.delete({ where: { id } });\nexport const add = (authorId: number) => prisma.note.create({ data: { authorId, text: 'a' } });\n",
    )]);
    let run = |more: &[&str]| snell(folder.path(), &[&INDEXES[..], more].concat());
    let before = stdout(&run(&["-f", "concise"]));
    assert_eq!(before.lines().count(), 1, "{before}");
    let safe = run(&["--fix"]);
    assert!(
        stderr(&safe).contains("1 more with --unsafe-fixes"),
        "{}",
        stderr(&safe)
    );
    assert_eq!(read(&folder, "prisma/schema.prisma"), SCHEMA, "not unasked");
    let json: Value = serde_json::from_str(&stdout(&run(&["-f", "json"]))).expect("JSON");
    let fix = &json["findings"][0]["fixes"][0];
    assert_eq!(fix["applicability"], "unsafe");
    assert_eq!(fix["migration"]["folder"], "prisma/migrations");
    assert_eq!(fix["edits"][0]["hash"].as_str().map(str::len), Some(32));
    let done = run(&["--fix", "--unsafe-fixes"]);
    assert!(
        stderr(&done).contains("Fixed 1 finding in 2 files."),
        "{}",
        stderr(&done)
    );
    let schema = read(&folder, "prisma/schema.prisma");
    assert!(
        schema.contains("onDelete: Cascade)\n\n  @@index([authorId])\n}\n"),
        "{schema}"
    );
    let folders = fs::read_dir(folder.path().join("prisma/migrations")).expect("a folder");
    let mut names: Vec<String> = folders
        .map(|one| {
            one.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[1].ends_with("_add_note_authorid_idx"), "{names:?}");
    assert_eq!(
        read(
            &folder,
            &format!("prisma/migrations/{}/migration.sql", names[1])
        ),
        "-- CreateIndex\nCREATE INDEX CONCURRENTLY \"Note_authorId_idx\" ON \"Note\" (\"authorId\");\n"
    );
    assert_eq!(stdout(&run(&["-f", "concise"])), "", "it is mended");
    let drift = stdout(&snell(folder.path(), &["facts", "drift"]));
    let drift: Value = serde_json::from_str(drift.trim()).expect("a document");
    assert_eq!(drift["totals"]["all"], 0, "{drift:#}");
}

#[test]
fn without_migrations_a_schema_is_left_alone() {
    let folder = notes(&[]);
    fs::remove_dir_all(folder.path().join("prisma/migrations")).expect("a folder");
    let output = snell(
        folder.path(),
        &[&INDEXES[..], &["--fix", "--unsafe-fixes"]].concat(),
    );
    assert!(
        stderr(&output).contains("Nothing to fix."),
        "{}",
        stderr(&output)
    );
    assert_eq!(read(&folder, "prisma/schema.prisma"), SCHEMA);
}

#[test]
fn a_redundant_index_goes_with_a_migration_that_drops_it() {
    let schema = SCHEMA.replace(
        "onDelete: Cascade)\n",
        "onDelete: Cascade)\n\n  @@index([authorId])\n  @@index([authorId, text])\n",
    );
    let tables = format!(
        "{TABLES}CREATE INDEX \"Note_authorId_idx\" ON \"Note\"(\"authorId\");\nCREATE INDEX \"Note_authorId_text_idx\" ON \"Note\"(\"authorId\", \"text\");\n"
    );
    let folder = notes(&[("prisma/schema.prisma", &schema), (INIT, &tables)]);
    let run = |more: &[&str]| {
        let arguments = [
            &["check", "--only", "index/redundant", "-f", "concise"],
            more,
        ]
        .concat();
        snell(folder.path(), &arguments)
    };
    let before = stdout(&run(&[]));
    assert_eq!(before.lines().count(), 1, "{before}");
    let shown = stdout(&run(&["--diff", "--unsafe-fixes"]));
    assert!(shown.contains("-  @@index([authorId])\n"), "{shown}");
    assert!(
        shown.contains("+DROP INDEX CONCURRENTLY \"Note_authorId_idx\";\n"),
        "{shown}"
    );
    assert!(shown.contains("--- /dev/null\n"), "{shown}");
    let done = run(&["--fix", "--unsafe-fixes"]);
    assert_eq!(stdout(&done), "", "{}", stderr(&done));
    assert_eq!(stdout(&run(&[])), "");
}

#[test]
fn flags_that_make_no_sense_together_are_refused() {
    let folder = notes(&[]);
    for arguments in [
        &["check", "--unsafe-fixes"][..],
        &["check", "--fix", "--staged"],
        &["check", "--watch", "--fix"],
    ] {
        let output = snell(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn everything_that_can_be_mended_in_the_example_is_gone_afterwards() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("examples/openai-chat"), folder.path());
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    let findings = |only_fixable: bool| -> BTreeSet<String> {
        let arguments = [
            "check",
            "--preset",
            "all",
            "-f",
            "json",
            "--min-confidence",
            "possible",
        ];
        let report: Value =
            serde_json::from_str(&stdout(&snell(folder.path(), &arguments))).expect("JSON");
        let all = report["findings"].as_array().expect("a list").iter();
        let fixable = |one: &&Value| one["fixes"].as_array().is_some_and(|list| !list.is_empty());
        all.filter(|one| !only_fixable || fixable(one))
            .map(|one| one["fingerprint"].as_str().expect("a text").to_owned())
            .collect()
    };
    let drift = || -> u64 {
        let text = stdout(&snell(folder.path(), &["facts", "drift"]));
        let all = text
            .lines()
            .map(|line| -> Value { serde_json::from_str(line).expect("JSON") });
        all.map(|one| one["totals"]["all"].as_u64().expect("a number"))
            .sum()
    };
    let wanted = findings(true);
    assert!(wanted.len() >= 5, "{wanted:?}");
    let departed = drift();
    let fix = [
        "check",
        "--preset",
        "all",
        "--min-confidence",
        "possible",
        "--fix",
        "--unsafe-fixes",
    ];
    let output = snell(folder.path(), &[&fix[..], &["--exit-zero"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let words = stderr(&output);
    let left: BTreeSet<String> = findings(false).intersection(&wanted).cloned().collect();
    let waiting = usize::from(words.contains("more would touch the same places"));
    assert!(left.len() <= waiting, "{left:?}\n{words}");
    assert!(drift() <= departed, "schema and migrations still agree");
}

fn analysis(memory: &Memory) -> Analysis {
    let workspace = Workspace::discover(memory);
    let config = Config::read(memory, &workspace.packages).expect("a configuration");
    analyze_workspace(memory, workspace, &config, &NewMigrations::All)
}

#[test]
fn the_fixes_of_pages_remove_what_they_are_for() {
    let mut mended = BTreeSet::new();
    for rule in rules::all() {
        let page = rule.metadata.page;
        for project in projects(page, true) {
            let files = project.workspace();
            let memory: Memory = files.clone().into_iter().collect();
            let before = analysis(&memory);
            // Only a rule that runs can leave its suppression unused.
            let named = rules::all()
                .iter()
                .map(|one| one.metadata.name)
                .filter(|name| {
                    let comment = format!("snell-ignore {name}");
                    files.values().any(|text| text.contains(&comment))
                });
            let names: Vec<&str> = named.chain([rule.metadata.name]).collect();
            let selection = Selection::of(&names);
            let of = |analysis: &Analysis| {
                let judgement = analysis.judge(&selection);
                analysis.report(judgement, "page", &[])
            };
            let report = of(&before);
            if report.findings.iter().all(|one| one.fixes.is_empty()) {
                continue;
            }
            let plan = before.plan(&report, Applicability::Unsafe, 20_990_101_000_000);
            let mut files: std::collections::BTreeMap<String, String> = files
                .into_iter()
                .map(|(path, text)| (path.to_string(), text))
                .collect();
            for change in plan.changes {
                files.insert(change.path.to_string(), change.after);
            }
            let memory: Memory = files.into_iter().collect();
            let after = of(&analysis(&memory));
            let left = after
                .findings
                .iter()
                .find(|one| plan.fixed.contains(&one.fingerprint));
            assert!(left.is_none(), "{}: {left:#?}", rule.metadata.name);
            mended.insert(rule.metadata.name);
        }
    }
    for rule in ["maintainability/unused-ignore", "raw-sql/unsafe-api"] {
        assert!(mended.contains(rule), "{mended:?}");
    }
}
