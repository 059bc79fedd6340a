//! The commands of a plan, as a shell runs them where the programs that they call are stand-ins.

mod support;

use support::door::{snell, stderr, stdout, workspace};

/// A workspace whose history cannot be replayed: the second migration changes what none has made.
fn broken() -> tempfile::TempDir {
    let first = "CREATE EXTENSION IF NOT EXISTS vector;\n\
        CREATE TABLE \"User\" (\"id\" TEXT NOT NULL, \"age\" INTEGER, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));\n\
        ALTER TABLE \"User\" ADD CONSTRAINT \"User_age_check\" CHECK (\"age\" > 0);\n";
    workspace(&[
        ("package.json", "{\"workspaces\": [\"apps/*\"]}"),
        (
            "apps/api/package.json",
            "{\"name\": \"api\", \"devDependencies\": {\"prisma\": \"5.22.0\"}}",
        ),
        (
            "apps/api/prisma/schema.prisma",
            "datasource db {\n  provider  = \"postgresql\"\n  url       = env(\"POOLED_URL\")\n  directUrl = env(\"PLAIN_URL\")\n}\n\nmodel User {\n  id  String @id\n  age Int?\n}\n",
        ),
        (
            "apps/api/prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        ),
        (
            "apps/api/prisma/migrations/20250101000000_init/migration.sql",
            first,
        ),
        (
            "apps/api/prisma/migrations/20250102000000_more/migration.sql",
            "ALTER TABLE \"Gone\" ADD COLUMN \"x\" INTEGER;\n",
        ),
    ])
}

/// The commands of a plan do what they say, run by a shell as they stand.
#[test]
#[cfg(unix)]
fn a_shell_runs_the_commands_of_a_plan() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = broken();
    let printed = stdout(&snell(folder.path(), &["audit", "--format", "json"]));
    let audit: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let steps = audit["steps"].as_array().expect("steps");
    let commands: Vec<&str> = steps
        .iter()
        .flat_map(|step| step["commands"].as_array().expect("a list"))
        .map(|line| line.as_str().expect("a line"))
        .collect();
    let bin = folder.path().join("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    let stub = bin.join("npx");
    let calls = folder.path().join("calls");
    let text = format!(
        "#!/bin/sh\necho \"$PWD: $*\" >> '{}'\ncase \"$*\" in *--from-empty*) echo 'CREATE TABLE made ();';; esac\n",
        calls.display()
    );
    std::fs::write(&stub, text).expect("a file");
    std::fs::set_permissions(&stub, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = std::env::var("PATH").unwrap_or_default();
    let ran = std::process::Command::new("sh")
        .args(["-eu", "-c", &commands.join("\n")])
        .current_dir(folder.path())
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("PLAIN_URL", "postgresql://plain")
        .output()
        .expect("a shell");
    assert!(ran.status.success(), "{}", stderr(&ran));
    assert_eq!(stderr(&ran), "");
    let home = folder.path().join("apps/api");
    let made = home.join("prisma/migrations/20250102000001_baseline/migration.sql");
    let written = std::fs::read_to_string(made).expect("the baseline");
    let lines: Vec<&str> = written.lines().collect();
    let expected = [
        "CREATE EXTENSION IF NOT EXISTS \"vector\";",
        "CREATE TABLE made ();",
        "ALTER TABLE \"User\" ADD CONSTRAINT \"User_age_check\" CHECK (age > 0);",
    ];
    assert_eq!(lines, expected);
    let calls = std::fs::read_to_string(calls).expect("calls");
    let calls: Vec<&str> = calls
        .lines()
        .map(|line| line.split_once("apps/api: ").map_or(line, |(_, call)| call))
        .collect();
    assert_eq!(
        calls,
        [
            "prisma migrate diff --from-url postgresql://plain --to-schema-datamodel prisma/schema.prisma --script",
            "prisma migrate diff --from-empty --to-schema-datamodel prisma/schema.prisma --script",
            "prisma migrate resolve --applied 20250102000001_baseline --schema prisma/schema.prisma",
        ]
    );
}
