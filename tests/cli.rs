//! The door: exit codes, formats, and output that is the same on every run.

mod support;

use std::{fs, process::Command};

use serde_json::Value;
use support::door::{git_done, snell, stderr, stdout, workspace};
use tempfile::TempDir;

const SCHEMA: &str = "datasource db {
  provider = \"postgresql\"
  url      = env(\"DATABASE_URL\")
}

model User {
  id    String @id
  posts Post[]
}

model Post {
  id       String @id
  title    String
  authorId String
  author   User   @relation(fields: [authorId], references: [id])
}
";

/// A workspace whose only finding is a suppression without a reason (low).
fn with_one_finding() -> TempDir {
    let schema = format!("// snell-ignore-file maintainability/unused-ignore\n{SCHEMA}");
    workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", &schema),
    ])
}

#[test]
fn without_a_schema_nothing_can_be_judged() {
    let empty = workspace(&[("package.json", "{\"workspaces\": []}")]);
    let output = snell(empty.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("error: no Prisma schema found"), "{said}");
    assert!(
        said.contains("looked for:") && said.contains("help:"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_read_is_told_and_costs_no_more() {
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", SCHEMA),
        (
            "src/broken.ts",
            "import { PrismaClient } from '@prisma/client';\nexport function f( {\n",
        ),
    ]);
    let path = folder.path();
    fs::write(
        path.join("src/bytes.ts"),
        b"// \xff\nimport { PrismaClient } from '@prisma/client';\n",
    )
    .expect("a file");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../src", path.join("src/loop")).expect("a link");
    let output = snell(path, &["check", "--skip", "index"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.contains("src/broken.ts:2:"), "{said}");
    assert!(said.contains("src/bytes.ts: not valid UTF-8"), "{said}");
    assert!(!cfg!(unix) || said.contains("src/loop: skipped"), "{said}");
    let deleted = snell(path, &["check", "src/none.ts", "src/broken.ts"]);
    assert_eq!(deleted.status.code(), Some(0));
    let said = stderr(&deleted);
    assert!(
        said.contains("src/none.ts: no such file or folder"),
        "{said}"
    );
    let missing = snell(path, &["check", "../none"]);
    assert_eq!(missing.status.code(), Some(2));
    let said = stderr(&missing);
    assert!(said.contains("no such file or folder\nhelp: "), "{said}");
}

#[test]
fn migrations_of_another_database_are_left_alone() {
    let mysql = "provider = \"mysql\"\n";
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("prisma/schema.prisma", SCHEMA),
        ("prisma/mysql-migrations/migration_lock.toml", mysql),
        (
            "prisma/mysql-migrations/1_init/migration.sql",
            "SET @found := (SELECT 1);\n",
        ),
        (
            "prisma/pg-migrations/1_init/migration.sql",
            "CREATE TABLE \"User\" (\"id\" TEXT NOT NULL, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));\n",
        ),
    ]);
    let said = stdout(&snell(folder.path(), &["doctor"]));
    assert!(
        said.contains("1 migration in prisma/pg-migrations\n"),
        "{said}"
    );
}

#[test]
fn doctor_names_what_it_goes_by() {
    let folder = workspace(&[
        ("package.json", "{}"),
        (
            "snell.jsonc",
            "{ \"extends\": [\"./strict.json\"], \"rules\": {} }",
        ),
        ("strict.json", "{ \"extends\": \"./base.json\" }"),
        ("base.json", "{}"),
        ("prisma/schema.prisma", SCHEMA),
        (
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        ),
        (
            "prisma/migrations/1_init/migration.sql",
            "CREATE TABLE \"User\" (\"id\" TEXT NOT NULL);\n\nDROP TABLE \"Gone\";\n",
        ),
        (
            "src/users.controller.ts",
            "import { Controller, Get } from '@nestjs/common';\n@Controller('users')\nexport class UsersController {\n  @Get()\n  list() {\n    return [];\n  }\n}\n",
        ),
    ]);
    let said = stdout(&snell(folder.path(), &["doctor"]));
    for line in [
        "config     snell.jsonc\n             extends base.json\n             extends strict.json\n",
        "1 migration in prisma/migrations, 1 statement cannot run\n               prisma/migrations/1_init/migration.sql:3: table \"Gone\" does not exist\n",
        "rows belong to User (people)\n",
        "ways in    controllers' routes: 1 (1 of them open to everybody)\n",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}

#[test]
fn exit_codes_follow_the_threshold() {
    let folder = with_one_finding();
    let only = ["--only", "maintainability"];
    let run = |more: &[&str]| {
        let arguments: Vec<&str> = ["check"].iter().chain(&only).chain(more).copied().collect();
        snell(folder.path(), &arguments).status.code()
    };
    assert_eq!(run(&[]), Some(0));
    assert_eq!(run(&["--fail-on", "low"]), Some(1));
    assert_eq!(run(&["--fail-on", "low", "--exit-zero"]), Some(0));
    assert_eq!(run(&["--fail-on", "none"]), Some(0));
    assert_eq!(run(&["--fail-on", "awful"]), Some(2));
}

#[test]
fn unknown_rules_are_refused_with_the_nearest() {
    let folder = with_one_finding();
    let output = snell(
        folder.path(),
        &["check", "--only", "maintainability/unused-ignor"],
    );
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("did you mean `maintainability/unused-ignore`?"),
        "{said}"
    );
    let output = snell(folder.path(), &["explain", "maintainability/unused-ignor"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn outputs_that_run_together_are_refused() {
    let folder = with_one_finding();
    for (arguments, said) in [
        (
            &["-f", "json", "-f", "sarif"][..],
            "json and sarif would run together on standard output",
        ),
        (
            &["-f", "human", "-f", "sarif=a.sarif", "-o", "b.txt"],
            "`--output-file b.txt` does not say which of the formats",
        ),
    ] {
        let output = snell(folder.path(), &[&["check"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
    let output = snell(folder.path(), &["check", "-f", "human", "-f", "concise"]);
    assert_ne!(output.status.code(), Some(2), "{}", stderr(&output));
}

/// Code scanning and annotations know files by their paths from the repository's root.
#[test]
fn a_workspace_below_the_repository_says_where_it_is() {
    let faulty = format!("{SCHEMA}\nmodel Tag {{\n  id Nothing @id\n}}\n");
    let folder = workspace(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("svc/snell.jsonc", "{}"),
        ("svc/prisma/schema.prisma", &faulty),
    ]);
    let root = folder.path().join("svc");
    let path = |format: &str| stdout(&snell(&root, &["check", "-f", format]));
    assert!(path("sarif").contains("\"svc/prisma/schema.prisma\""));
    assert!(path("github").contains("file=svc/prisma/schema.prisma,"));
    assert!(path("gitlab").contains("\"svc/prisma/schema.prisma\""));
    assert!(path("json").contains("\"prisma/schema.prisma\""));
}

#[test]
fn json_says_all_that_it_promises() {
    let folder = with_one_finding();
    let output = snell(
        folder.path(),
        &[
            "check",
            "--only",
            "maintainability",
            "--format",
            "json",
            "--max-findings",
            "0",
        ],
    );
    let report: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    for key in [
        "version",
        "tool",
        "workspace",
        "schemas",
        "summary",
        "findings",
    ] {
        assert!(report.get(key).is_some(), "{key}");
    }
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1, "never cut: {report:#}");
    let finding = &findings[0];
    for key in [
        "rule",
        "severity",
        "confidence",
        "category",
        "title",
        "message",
        "help",
        "subject",
        "fingerprint",
        "baselined",
        "suppressed",
        "fixes",
        "docsUrl",
        "locations",
    ] {
        assert!(finding.get(key).is_some(), "{key}");
    }
    let locations = finding["locations"].as_array().expect("a list");
    assert_eq!(locations[0]["role"], "primary");
    assert_eq!(locations[0]["file"], "prisma/schema.prisma");
    assert_eq!(
        (&locations[0]["line"], &locations[0]["column"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn output_is_the_same_whatever_the_thread_count() {
    let folder = with_one_finding();
    let run = |threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_snell"))
            .args(["check", "--format", "json"])
            .current_dir(folder.path())
            .env("SNELL_NO_CACHE", "1")
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .expect("snell runs");
        output.stdout
    };
    let once = run("1");
    assert_eq!(once, run("2"));
    assert_eq!(once, run("7"));
}

#[test]
fn paths_filter_the_report_and_never_the_analysis() {
    let folder = with_one_finding();
    let check = |path: &str| {
        stdout(&snell(
            folder.path(),
            &[
                "check",
                "--only",
                "maintainability",
                "--format",
                "concise",
                path,
            ],
        ))
    };
    assert!(check("prisma").contains("ignore-without-reason"));
    assert!(!check("src/deleted.ts").contains("ignore-without-reason"));
}

#[test]
fn what_is_mistyped_is_not_green() {
    let folder = with_one_finding();
    let refused = |arguments: &[&str]| {
        let output = snell(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        stderr(&output)
    };
    let said = refused(&["chekc", "--fail-on", "low"]);
    assert!(
        said.contains("`chekc`") && said.contains("did you mean `snell check`?"),
        "{said}"
    );
    let said = refused(&["baselin", "create"]);
    assert!(said.contains("did you mean `snell baseline`?"), "{said}");
    for arguments in [&["check", "nope/"][..], &["nope"], &["audit", "nope"]] {
        let said = refused(arguments);
        assert!(said.contains("no such file or folder"), "{said}");
    }
    // A file that is deleted is known to git, and hooks name it.
    let git = |arguments: &[&str]| git_done(folder.path(), arguments);
    std::fs::write(folder.path().join("old [1].ts"), "export {};\n").expect("a file");
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "first"]);
    git(&["rm", "-q", "old [1].ts"]);
    let output = snell(folder.path(), &["check", "old [1].ts"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(stderr(&output).contains("no such file or folder"));
}

#[test]
fn names_of_files_and_texts_reach_no_terminal_raw() {
    let schema =
        format!("{SCHEMA}\nmodel A\u{1b}[31m {{\n  id Int @id\n}}\n// snell-ignore x\u{7}/y\n");
    let folder = workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("schema.prisma", &schema),
    ]);
    for format in ["human", "concise", "json", "agent", "github", "markdown"] {
        let said = stdout(&snell(folder.path(), &["check", "--format", format]));
        assert!(!said.contains(['\u{1b}', '\u{7}']), "{format}: {said:?}");
    }
}

#[test]
fn faults_of_the_configuration_are_told_with_their_place() {
    let folder = workspace(&[
        ("snell.jsonc", "{\n  \"presset\": \"all\"\n}"),
        ("schema.prisma", SCHEMA),
    ]);
    let output = snell(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("snell.jsonc:2:") && said.contains("preset"),
        "{said}"
    );
}

#[test]
fn facts_are_documents_on_lines() {
    let folder = workspace(&[
        ("schema.prisma", SCHEMA),
        (
            "src/a.ts",
            "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\nexport const all = () => prisma.post.findMany();\n",
        ),
    ]);
    let root = folder.path();
    fs::create_dir(root.join(".git")).expect("a folder");
    let calls = stdout(&snell(root, &["facts", "calls"]));
    let call: Value = serde_json::from_str(calls.trim()).expect("one line");
    assert_eq!(call["model"], "Post");
    assert_eq!(call["operation"], "findMany");
    assert_eq!(call["receiver"], "prisma.post");
    assert_eq!((&call["line"], &call["column"]), (&3.into(), &38.into()));
    let schema: Value =
        serde_json::from_str(stdout(&snell(root, &["facts", "schema"])).trim()).expect("one line");
    assert_eq!(schema["accepted"], true);
    assert_eq!(schema["models"][1]["name"], "Post");
}

#[test]
fn facts_tell_what_becomes_of_fields() {
    let schema = "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Post {\n  id Int @id\n  title String\n  oldMark String?\n}\n";
    let folder = workspace(&[
        ("schema.prisma", schema),
        (
            "src/a.ts",
            "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\nexport const add = (id: number) => prisma.post.create({ data: { id, title: 'a' } });\nexport const some = () => prisma.post.count({ where: { title: 'a' } });\n",
        ),
    ]);
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    let text = stdout(&snell(folder.path(), &["facts", "fields"]));
    let fields: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a document"))
        .collect();
    assert_eq!(fields[0]["exempt"], "it is a key");
    assert_eq!(fields[1]["field"], "title");
    assert_eq!(fields[1]["written"][0]["line"], 3);
    assert_eq!(fields[1]["filtered"][0]["line"], 4);
    assert_eq!(fields[1]["namedIn"][0], "src/a.ts");
    assert_eq!(fields[2]["namedIn"], Value::Array(Vec::new()));
}

#[test]
fn indexes_say_what_uses_them_and_which_are_missing() {
    let folder = workspace(&[
        (
            "schema.prisma",
            "datasource db {\n provider = \"postgresql\"\n}\nmodel Note {\n id Int @id @default(autoincrement())\n author String\n at DateTime @default(now())\n topic String\n\n @@index([author])\n @@index([topic])\n}\n",
        ),
        (
            "src/notes.ts",
            "import { Body, Controller, Get, Param, Post } from '@nestjs/common';\nimport { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\n@Controller('notes')\nexport class Notes {\n  @Get(':author')\n  of(@Param('author') author: string) { return prisma.note.findMany({ where: { author }, orderBy: { at: 'desc' }, take: 20 }); }\n  @Post()\n  add(@Body('author') author: string) { return prisma.note.create({ data: { author, topic: author } }); }\n}\n",
        ),
    ]);
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    let text = stdout(&snell(folder.path(), &["facts", "indexes"]));
    let table: Value = serde_json::from_str(&text).expect("a document");
    assert_eq!(table["growth"]["class"], "append-only");
    assert_eq!(table["growth"]["made"]["line"], 9);
    let standing = |n: usize| table["indexes"][n]["standing"].as_str();
    assert_eq!(standing(0), Some("used"));
    assert_eq!(standing(1), Some("used"));
    assert_eq!(standing(2), Some("unused"));
    assert_eq!(table["indexes"][1]["queries"][0]["places"][0]["line"], 7);
    let proposed = &table["proposed"][0];
    assert_eq!(proposed["prisma"], "@@index([author, at(sort: Desc)])");
    assert_eq!(proposed["replaces"][0], "@@index([author])");
    assert_eq!(
        proposed["sql"],
        "CREATE INDEX CONCURRENTLY ON \"Note\" (\"author\", \"at\" DESC);"
    );
}

#[test]
fn contracts_say_how_they_are_known() {
    let folder = workspace(&[
        ("schema.prisma", SCHEMA_OF_WORDS),
        (
            "src/words.ts",
            "import { Body, Controller, Post } from '@nestjs/common';\nimport { PrismaClient, Word as Row } from '@prisma/client';\nimport { OmitType } from '@nestjs/swagger';\nconst prisma = new PrismaClient();\nexport class Draft { text: string; word_rank: number; }\nexport class Short extends OmitType(Draft, ['word_rank']) {}\nexport interface WordResponse { id: number; text: string; }\nexport interface Word2 extends Row {}\n@Controller('words')\nexport class Words {\n  @Post()\n  create(@Body() body: Short) { return prisma.word.create({ data: { ...body, wordRank: 1 } }); }\n}\n",
        ),
    ]);
    let root = folder.path();
    fs::create_dir(root.join(".git")).expect("a folder");
    let documents = stdout(&snell(root, &["facts", "contracts"]));
    let documents: Vec<Value> = documents
        .lines()
        .map(|line| serde_json::from_str(line).expect("a document"))
        .collect();
    let known: Vec<(&str, &str)> = documents
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap_or_default();
            assert_eq!(text("model"), "Word");
            (text("name"), text("evidence"))
        })
        .collect();
    assert_eq!(
        known,
        [
            ("Short", "written"),
            ("WordResponse", "named"),
            ("Word2", "asserted")
        ]
    );
    assert_eq!(documents[0]["properties"][0]["field"], "text");
    assert_eq!(documents[0]["properties"].as_array().map(Vec::len), Some(1));
}

const SCHEMA_OF_WORDS: &str = "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel Word {\n  id Int @id\n  text String\n  wordRank Int @map(\"word_rank\")\n}\n";

/// Two schemas with a money column each, and a configuration.
fn with_money(config: &str) -> TempDir {
    let schema = |model: &str| {
        format!(
            "datasource db {{\n  provider = \"postgresql\"\n}}\n\nmodel {model} {{\n  id Int @id\n  price Decimal @db.Money\n}}\n"
        )
    };
    workspace(&[
        ("package.json", "{\"workspaces\": []}"),
        ("snell.jsonc", config),
        ("apps/a/prisma/schema.prisma", &schema("Plan")),
        ("apps/b/prisma/schema.prisma", &schema("Order")),
    ])
}

/// The path and severity of each finding of `schema/money-type`.
fn money(folder: &TempDir, more: &[&str]) -> Vec<(String, String)> {
    let arguments: Vec<&str> = ["check", "--only", "schema/money-type", "-f", "json"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    let output = snell(folder.path(), &arguments);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let findings = report["findings"].as_array().expect("a list");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let rows = findings
        .iter()
        .map(|one| (text(&one["locations"][0]["file"]), text(&one["severity"])));
    rows.collect()
}

#[test]
fn overrides_decide_by_file() {
    let row = |path: &str, severity: &str| (format!("apps/{path}"), severity.to_owned());
    let (a, b) = ("a/prisma/schema.prisma", "b/prisma/schema.prisma");
    let run = |config: &str| money(&with_money(config), &[]);
    assert_eq!(run("{}"), [row(a, "medium"), row(b, "medium")]);
    assert_eq!(
        run(
            r#"{ "overrides": [{ "files": ["apps/a/**"], "rules": { "schema/*": "critical" } }] }"#
        ),
        [row(a, "critical"), row(b, "medium")]
    );
    assert_eq!(
        run(r#"{ "overrides": [{ "files": ["apps/a/**"], "skip": ["schema/*"] }] }"#),
        [row(b, "medium")]
    );
    let last = r#"{ "overrides": [
        { "files": ["apps/**"], "rules": { "schema/money-type": "off" } },
        { "files": ["apps/b/**"], "rules": { "schema/money-type": "low" } }
    ] }"#;
    assert_eq!(run(last), [row(b, "low")]);
}

#[test]
fn a_rule_can_be_on_for_some_files_alone() {
    let config = r#"{
        "rules": { "schema/money-type": "off" },
        "overrides": [{ "files": ["apps/b/**"], "rules": { "schema/money-type": "high" } }]
    }"#;
    let output = snell(with_money(config).path(), &["check", "-f", "concise"]);
    let said = stdout(&output);
    assert_eq!(said.matches("schema/money-type").count(), 1, "{said}");
    assert!(said.contains("apps/b/prisma/schema.prisma"), "{said}");
}

#[test]
fn ignored_findings_can_be_asked_for() {
    let folder = with_money(r#"{ "ignore": [{ "rule": "schema/money-type", "reason": "old" }] }"#);
    let active = |more: &[&str]| {
        let arguments: Vec<&str> = ["check", "--only", "schema/money-type", "--statistics"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        stdout(&snell(folder.path(), &arguments))
    };
    assert_eq!(active(&[]), "");
    assert_eq!(
        active(&["--no-ignores"]),
        "2  medium    schema/money-type\n"
    );
}

#[test]
fn the_preset_can_be_chosen() {
    let folder = with_money("{}");
    let code = |preset: &str| {
        let arguments = ["check", "--exit-zero", "--preset", preset];
        snell(folder.path(), &arguments).status.code()
    };
    assert_eq!(code("strict"), Some(0));
    assert_eq!(code("everything"), Some(2));
}
