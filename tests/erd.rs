//! `snell erd` at the door: the tables of a workspace as Mermaid, SVG, DOT and JSON.

mod support;

use support::door::{snell, stderr, stdout, workspace};

const FILES: [(&str, &str); 3] = [
    ("package.json", "{\"workspaces\": []}"),
    (
        "prisma/schema.prisma",
        "datasource db {
  provider = \"postgresql\"
}

model User {
  id      String   @id
  notes   Note[]
  follows Follow[] @relation(\"from\")
  fans    Follow[] @relation(\"to\")
}

model Follow {
  id     String @id
  fromId String
  toId   String
  from   User   @relation(\"from\", fields: [fromId], references: [id])
  to     User   @relation(\"to\", fields: [toId], references: [id])
}

model Note {
  id     String  @id
  userId String
  labels Label[]
  user   User    @relation(fields: [userId], references: [id], onDelete: Cascade)
  parts  Part[]
}

model Part {
  id     String  @id
  noteId String?
  text   String
  note   Note?   @relation(fields: [noteId], references: [id])
}

model Label {
  id    String @id
  name  String @unique
  notes Note[]
}

model Visit {
  id     String @id
  noteId String
}
",
    ),
    (
        "prisma/migrations/1_init/migration.sql",
        "CREATE TABLE \"User\" (\"id\" TEXT NOT NULL, CONSTRAINT \"User_pkey\" PRIMARY KEY (\"id\"));
CREATE TABLE \"Note\" (\"id\" TEXT NOT NULL, \"userId\" TEXT NOT NULL, CONSTRAINT \"Note_pkey\" PRIMARY KEY (\"id\"));
CREATE TABLE \"Part\" (\"id\" TEXT NOT NULL, \"noteId\" TEXT, \"text\" TEXT NOT NULL, CONSTRAINT \"Part_pkey\" PRIMARY KEY (\"id\"));
ALTER TABLE \"Note\" ADD CONSTRAINT \"Note_userId_fkey\" FOREIGN KEY (\"userId\") REFERENCES \"User\"(\"id\") ON DELETE CASCADE ON UPDATE CASCADE;
",
    ),
];

#[test]
fn mermaid_says_who_owns_and_what_cascades() {
    let folder = workspace(&FILES);
    let output = snell(folder.path(), &["erd"]);
    let text = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    for line in [
        "erDiagram",
        "    String id PK",
        "    String userId FK",
        "    String noteId FK \"optional\"",
        "    String name UK",
        "  \"User\" ||--o{ \"Note\" : \"userId, cascade\"",
        // The migrations made the table and not its key.
        "  \"Note\" |o..o{ \"Part\" : \"noteId, no foreign key in migrations\"",
        // Nothing says that it leads anywhere, but its name and type.
        "  \"Note\" ||..o{ \"Visit\" : \"noteId, no foreign key\"",
        "  \"Note\" }o--o{ \"Label\" : \"through _LabelToNote\"",
        "  \"User\":::owner {",
        "  \"Note\":::direct {",
        "  \"Part\":::through {",
        "  \"Follow\":::shared {",
        "  \"Visit\":::global {",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn svg_is_one_picture_with_a_group_for_each_table() {
    let folder = workspace(&FILES);
    let output = snell(
        folder.path(),
        &["erd", "--format", "svg", "-o", "out/erd.svg"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    let text = std::fs::read_to_string(folder.path().join("out/erd.svg")).expect("a file");
    assert!(text.starts_with("<svg xmlns="), "{text}");
    for part in [
        "<g id=\"table-User\" class=\"table owner\"",
        "<g id=\"table-Visit\" class=\"table global\"",
        "class=\"line missing\"",
        "Note.userId leads to User.id: cascade",
        "</svg>\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let again = snell(folder.path(), &["erd", "--format", "svg"]);
    assert_eq!(stdout(&again), text, "the same bytes each time");
}

#[test]
fn dot_and_json_hold_the_same_tables() {
    let folder = workspace(&FILES);
    let dot = stdout(&snell(folder.path(), &["erd", "--format", "dot"]));
    assert!(dot.starts_with("digraph erd {"), "{dot}");
    assert!(dot.contains("style=dashed"), "{dot}");
    let json = stdout(&snell(folder.path(), &["erd", "--format", "json"]));
    let document: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(document["tables"].as_array().map(Vec::len), Some(6));
    assert_eq!(document["tables"][0]["holder"], "owner");
    assert_eq!(document["links"].as_array().map(Vec::len), Some(6));
}

#[test]
fn a_part_of_the_schema_can_be_drawn() {
    let folder = workspace(&FILES);
    let text = stdout(&snell(
        folder.path(),
        &["erd", "--around", "Label", "--columns", "keys"],
    ));
    assert!(text.contains("\"Label\":::"), "{text}");
    assert!(text.contains("\"Note\":::"), "{text}");
    assert!(!text.contains("User"), "{text}");
    let output = snell(folder.path(), &["erd", "--around", "Lable"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("no model or table is called `Lable`"),
        "{said}"
    );
    assert!(said.contains("did you mean `Label`?"), "{said}");
}
