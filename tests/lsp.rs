//! `snell lsp`: whole sessions with the real process, over its standard input and output.

mod support;

use serde_json::{Value, json};
use support::{
    door::workspace,
    editor::{Editor, uri},
};

/// The position of the first `what` behind `after`, in UTF-16 units.
fn position(text: &str, after: &str, what: &str) -> Value {
    let start = text.find(after).expect("it is there");
    let at = start + text[start..].find(what).expect("it is there");
    let line = text[..at].matches('\n').count();
    let begin = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let column = text[begin..at].encode_utf16().count();
    json!({ "line": line, "character": column })
}

fn offset(text: &str, position: &Value) -> usize {
    let line = position["line"].as_u64().expect("a number") as usize;
    let mut left = position["character"].as_u64().expect("a number") as usize;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut at = start;
    for c in text[start..].chars() {
        if left == 0 {
            break;
        }
        left -= c.len_utf16();
        at += c.len_utf8();
    }
    at
}

/// A text after the edits of an action; a snippet's place is filled with `reason`.
fn applied(text: &str, action: &Value, uri: &str, reason: &str) -> String {
    let change = &action["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"]["uri"], uri);
    let mut text = text.to_owned();
    for edit in change["edits"].as_array().expect("edits") {
        let range = &edit["range"];
        let (start, end) = (offset(&text, &range["start"]), offset(&text, &range["end"]));
        let new = match edit["snippet"]["value"].as_str() {
            Some(snippet) => {
                assert_eq!(edit["snippet"]["kind"], "snippet");
                snippet.replace("${1:reason}", reason)
            }
            None => edit["newText"].as_str().expect("a text").to_owned(),
        };
        text.replace_range(start..end, &new);
    }
    text
}

fn has(params: &Value, code: &str) -> bool {
    find(params, code).is_some()
}

fn find<'v>(params: &'v Value, code: &str) -> Option<&'v Value> {
    let list = params["diagnostics"].as_array().expect("a list");
    list.iter().find(|one| one["code"] == code)
}

fn titled<'v>(actions: &'v [Value], words: &str) -> &'v Value {
    let mut found = actions.iter();
    found
        .find(|one| {
            one["title"]
                .as_str()
                .is_some_and(|title| title.contains(words))
        })
        .unwrap_or_else(|| panic!("no action «{words}»: {actions:#?}"))
}

/// What current editors can do.
fn capable() -> Value {
    json!({
        "workspace": {
            "workspaceEdit": { "documentChanges": true, "snippetEditSupport": true },
        },
        "textDocument": { "definition": { "linkSupport": true } },
    })
}

const CLIENT: &str = "import { PrismaClient } from '@prisma/client';\n\nexport class PrismaService extends PrismaClient {}\n";

const SCHEMA: &str = "datasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n}\n\ngenerator client {\n  provider = \"prisma-client-js\"\n}\n\nmodel Note {\n  id      Int    @id\n  ownerId String\n}\n";

const NOTES: &str = "import { PrismaService } from './prisma.service';\n\nexport class Notes {\n  constructor(private readonly prisma: PrismaService) {}\n\n  list(owner: string) {\n    const snail = '🐌'; return this.prisma.$queryRaw<{ id: number }[]>`SELECT n.id FROM \"Note\" n WHERE n.\"ownerId\" = ${owner}`;\n  }\n\n  first() {\n    return this.prisma.note.findFirst({ where: { ownerId: 'a' } });\n  }\n}\n";

fn described() -> tempfile::TempDir {
    workspace(&[
        ("snell.jsonc", "{}\n"),
        ("package.json", "{ \"name\": \"notes\" }\n"),
        ("schema.prisma", SCHEMA),
        ("src/prisma.service.ts", CLIENT),
        ("src/notes.ts", NOTES),
    ])
}

const MISSING: &str = "raw-sql/unknown-column";

#[test]
fn an_edit_of_the_schema_is_seen_in_the_code_and_can_be_answered_there() {
    let folder = described();
    let (schema, notes) = (
        uri(folder.path(), "schema.prisma"),
        uri(folder.path(), "src/notes.ts"),
    );
    let mut editor = Editor::open(folder.path(), capable());
    editor.did_open(&notes, NOTES);
    let first = editor.diagnostics(&notes, |params| params["version"] == 1);
    assert!(!has(&first, MISSING), "{first:#}");

    // The column goes, in a buffer that is not saved.
    editor.did_open(&schema, SCHEMA);
    let start = position(SCHEMA, "ownerId", "ownerId");
    let end = position(SCHEMA, "ownerId", " String");
    let edit = json!([{ "range": { "start": start, "end": end }, "text": "holder" }]);
    editor.did_change(&schema, 2, edit);
    let found = editor.diagnostics(&notes, |params| has(params, MISSING));
    let missing = find(&found, MISSING).expect("it is there").clone();
    assert_eq!(found["version"], 1);
    assert_eq!(
        missing["range"]["start"],
        position(NOTES, "WHERE", "n.\"ownerId\"")
    );
    assert_eq!(missing["severity"], 1);
    assert_eq!(missing["source"], "snell");
    let page = missing["codeDescription"]["href"]
        .as_str()
        .expect("an address");
    assert!(page.ends_with("/rules/raw-sql/unknown-column"), "{page}");
    let related = missing["relatedInformation"].as_array().expect("a list");
    assert!(
        related.iter().any(|one| one["location"]["uri"] == schema),
        "{related:#?}"
    );

    // It is silenced with a reason, and the comment becomes needless when the column is back.
    let actions = editor.actions(&notes, &missing);
    titled(&actions, "Open the page of raw-sql/unknown-column");
    let silence = titled(&actions, "Suppress raw-sql/unknown-column here");
    let silenced = applied(NOTES, silence, &notes, "the column comes tomorrow");
    assert!(silenced.contains(
        "    // snell-ignore raw-sql/unknown-column: the column comes tomorrow\n    const snail"
    ));
    editor.did_change(&notes, 2, json!([{ "text": silenced }]));
    let quiet = editor.diagnostics(&notes, |params| params["version"] == 2);
    assert!(!has(&quiet, MISSING));
    let words = editor.at(
        "textDocument/hover",
        &notes,
        &position(&silenced, "snell-ignore", "unknown"),
    );
    let words = words["contents"]["value"].as_str().expect("markdown");
    assert!(words.starts_with("# raw-sql/unknown-column"), "{words}");

    editor.did_change(&schema, 3, json!([{ "text": SCHEMA }]));
    let needless = "maintainability/unused-ignore";
    let found = editor.diagnostics(&notes, |params| has(params, needless));
    let unused = find(&found, needless).expect("it is there").clone();
    assert_eq!(unused["tags"], json!([1]));
    let actions = editor.actions(&notes, &unused);
    let remove = actions
        .iter()
        .find(|one| one["isPreferred"] == true)
        .unwrap_or_else(|| panic!("no fix: {actions:#?}"));
    let clean = applied(&silenced, remove, &notes, "");
    assert_eq!(clean, NOTES);
    editor.did_change(&notes, 3, json!([{ "text": clean }]));
    let quiet = editor.diagnostics(&notes, |params| params["version"] == 3);
    assert!(!has(&quiet, needless) && !has(&quiet, MISSING));
    assert_eq!(editor.leave(), Some(0));
}

#[test]
fn names_lead_from_code_and_sql_to_the_schema() {
    let folder = described();
    let (schema, notes) = (
        uri(folder.path(), "schema.prisma"),
        uri(folder.path(), "src/notes.ts"),
    );
    let mut editor = Editor::open(folder.path(), capable());
    // Windows' line breaks, and places after an edit that no run has seen.
    let broken = NOTES.replace('\n', "\r\n");
    editor.did_open(&notes, &broken);
    editor.did_open(&schema, SCHEMA);
    editor.diagnostics(&notes, |params| params["version"] == 1);

    let target = |link: &Value| {
        (
            link[0]["targetUri"].clone(),
            link[0]["targetRange"]["start"].clone(),
        )
    };
    let table = editor.defined(&notes, &position(&broken, "FROM", "Note"));
    assert_eq!(
        target(&table),
        (json!(schema), position(SCHEMA, "model", "Note"))
    );
    let column = editor.defined(&notes, &position(&broken, "WHERE n", "wnerId"));
    assert_eq!(
        target(&column),
        (json!(schema), position(SCHEMA, "ownerId", "ownerId"))
    );
    assert_eq!(
        column[0]["originSelectionRange"]["start"],
        position(&broken, "WHERE", "\"ownerId")
    );
    let delegate = editor.defined(&notes, &position(&broken, "first()", "note."));
    assert_eq!(
        target(&delegate),
        (json!(schema), position(SCHEMA, "model", "Note"))
    );
    let key = editor.defined(&notes, &position(&broken, "where:", "ownerId"));
    assert_eq!(
        target(&key),
        (json!(schema), position(SCHEMA, "ownerId", "ownerId"))
    );
    let nothing = editor.defined(&notes, &json!({ "line": 2, "character": 1 }));
    assert_eq!(nothing, Value::Null);

    let words = editor.hovered(&notes, &position(&broken, "WHERE n", "ownerId"));
    assert!(
        words.contains("column `Note.ownerId` is the field `Note.ownerId`"),
        "{words}"
    );
    let words = editor.hovered(&schema, &position(SCHEMA, "ownerId", "nerId"));
    assert!(words.contains("`Note.ownerId`: `String`"), "{words}");
    assert!(words.contains("filtered in 1"), "{words}");

    let uses = editor.ask(
        "textDocument/references",
        json!({
            "textDocument": { "uri": schema },
            "position": position(SCHEMA, "model", "Note"),
            "context": { "includeDeclaration": false },
        }),
    );
    assert_eq!(uses["result"].as_array().map(Vec::len), Some(2), "{uses:#}");

    let lenses = editor.ask(
        "textDocument/codeLens",
        json!({ "textDocument": { "uri": schema } }),
    );
    let lens = &lenses["result"][0];
    assert_eq!(lens["range"]["start"], position(SCHEMA, "model", "Note"));
    assert_eq!(lens["command"]["title"], "1 read, 0 writes, 1 raw query");
    assert_eq!(editor.leave(), Some(0));
}

const INIT: &str = "-- CreateTable\nCREATE TABLE \"notes\" (\n    \"id\" INTEGER NOT NULL,\n    \"owner_id\" TEXT NOT NULL,\n\n    CONSTRAINT \"notes_pkey\" PRIMARY KEY (\"id\")\n);\n\n-- CreateIndex\nCREATE INDEX \"notes_owner_id_idx\" ON \"notes\"(\"owner_id\");\n";

#[test]
fn the_schema_leads_to_the_migration_that_made_it() {
    let schema_text = "datasource db {\n  provider = \"postgresql\"\n  url      = env(\"DATABASE_URL\")\n}\n\ngenerator client {\n  provider = \"prisma-client-js\"\n}\n\nmodel Note {\n  id      Int    @id\n  ownerId String @map(\"owner_id\")\n\n  @@index([ownerId])\n  @@map(\"notes\")\n}\n";
    let controller = "import { Controller, Get } from '@nestjs/common';\nimport { PrismaService } from './prisma.service';\n\n@Controller('notes')\nexport class NotesController {\n  constructor(private readonly prisma: PrismaService) {}\n\n  @Get()\n  list() {\n    return this.prisma.note.findMany({ take: 10 });\n  }\n}\n";
    let folder = workspace(&[
        ("snell.jsonc", "{}\n"),
        ("package.json", "{ \"name\": \"notes\" }\n"),
        ("prisma/schema.prisma", schema_text),
        (
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        ),
        ("prisma/migrations/20250101000000_init/migration.sql", INIT),
        ("src/prisma.service.ts", CLIENT),
        ("src/notes.controller.ts", controller),
    ]);
    let schema = uri(folder.path(), "prisma/schema.prisma");
    let migration = uri(
        folder.path(),
        "prisma/migrations/20250101000000_init/migration.sql",
    );
    // An editor of long ago: plain locations, plain edits.
    let mut editor = Editor::open(folder.path(), json!({}));
    editor.did_open(&schema, schema_text);
    editor.did_open(&migration, INIT);
    let model = editor.defined(&schema, &position(schema_text, "model", "Note"));
    assert_eq!(model[0]["uri"], migration);
    assert_eq!(
        model[0]["range"]["start"],
        position(INIT, "CREATE TABLE", "\"notes\"")
    );
    let field = editor.defined(&schema, &position(schema_text, "ownerId", "ownerId"));
    assert_eq!(field[0]["uri"], migration);
    assert_eq!(
        field[0]["range"]["start"],
        position(INIT, "INTEGER", "\"owner_id\"")
    );
    let back = editor.defined(&migration, &position(INIT, "CREATE INDEX", "owner_id\")"));
    assert_eq!(back[0]["uri"], schema);
    assert_eq!(
        back[0]["range"]["start"],
        position(schema_text, "ownerId", "ownerId")
    );

    let words = editor.hovered(&schema, &position(schema_text, "@@index", "ownerId"));
    assert!(
        words.contains(
            "`notes.owner_id`: `text NOT NULL` in the migrations, created in `20250101000000_init`"
        ),
        "{words}"
    );
    assert!(words.contains("`btree(owner_id)`"), "{words}");

    let code = uri(folder.path(), "src/notes.controller.ts");
    editor.did_open(&code, controller);
    editor.diagnostics(&code, |params| params["version"] == 1);
    let lenses = editor.ask(
        "textDocument/codeLens",
        json!({ "textDocument": { "uri": code } }),
    );
    let title = lenses["result"][0]["command"]["title"]
        .as_str()
        .expect("a title")
        .to_owned();
    assert!(title == "1 query: 1 NotOwned", "{title}");
    assert_eq!(editor.leave(), Some(0));
}

#[test]
fn faults_of_the_configuration_stand_in_it_and_go() {
    let folder = described();
    let config = uri(folder.path(), "snell.jsonc");
    let mut editor = Editor::open(folder.path(), capable());
    let wrong = "{\n  \"rules\": { \"raw-sql/unknown-colum\": \"off\" }\n}\n";
    editor.did_open(&config, wrong);
    let found = editor.diagnostics(&config, |params| params["diagnostics"][0].is_object());
    let fault = &found["diagnostics"][0];
    assert_eq!(fault["range"]["start"]["line"], 1);
    let words = fault["message"].as_str().expect("words");
    assert!(words.contains("did you mean"), "{words}");
    editor.did_change(&config, 2, json!([{ "text": "{}\n" }]));
    editor.diagnostics(&config, |params| {
        params["version"] == 2 && params["diagnostics"] == json!([])
    });
    assert_eq!(editor.leave(), Some(0));
}

#[test]
fn files_that_change_on_the_disk_are_read_again() {
    let folder = described();
    let (schema, notes) = (
        uri(folder.path(), "schema.prisma"),
        uri(folder.path(), "src/notes.ts"),
    );
    let watching = json!({
        "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
    });
    let mut editor = Editor::open(folder.path(), watching);
    let registers = editor.wait(|message| message["method"] == "client/registerCapability");
    assert_eq!(
        registers["params"]["registrations"][0]["method"],
        "workspace/didChangeWatchedFiles"
    );
    let id = registers["id"].clone();
    editor.send(&json!({ "jsonrpc": "2.0", "id": id, "result": null }));
    editor.did_open(&notes, NOTES);
    let first = editor.diagnostics(&notes, |params| params["version"] == 1);
    assert!(!has(&first, MISSING));
    let changed = SCHEMA.replace("ownerId", "holder");
    std::fs::write(folder.path().join("schema.prisma"), changed).expect("a file");
    let change = json!({ "changes": [{ "uri": schema, "type": 2 }] });
    editor.tell("workspace/didChangeWatchedFiles", change);
    editor.diagnostics(&notes, |params| has(params, MISSING));

    // Closed, the code is what the disk says; findings of files that are gone go with them.
    editor.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": notes } }),
    );
    editor.diagnostics(&notes, |params| {
        has(params, MISSING) && params["version"].is_null()
    });
    std::fs::remove_file(folder.path().join("src/notes.ts")).expect("it was there");
    let change = json!({ "changes": [{ "uri": notes, "type": 3 }] });
    editor.tell("workspace/didChangeWatchedFiles", change);
    editor.diagnostics(&notes, |params| params["diagnostics"] == json!([]));
    assert_eq!(editor.leave(), Some(0));
}

#[test]
fn slips_of_the_editor_cost_nothing() {
    let folder = described();
    let mut editor = Editor::start();
    let early = editor.ask("textDocument/hover", json!({}));
    assert_eq!(early["error"]["code"], -32002);
    editor.ask(
        "initialize",
        json!({ "capabilities": {}, "workspaceFolders": [{ "uri": uri(folder.path(), ""), "name": "a" }] }),
    );
    editor.tell("initialized", json!({}));
    editor.write(b"Content-Length: 9\r\n\r\n{nonsense");
    editor.write(b"No header at all\r\n\r\n");
    editor.send(&json!({ "jsonrpc": "2.0", "id": "x", "method": false }));
    let refused = editor.wait(|message| message["id"] == "x");
    assert_eq!(refused["error"]["code"], -32600);
    let unknown = editor.ask("textDocument/semanticTokens/full", json!({}));
    assert_eq!(unknown["error"]["code"], -32601);
    let again = editor.ask("initialize", json!({}));
    assert_eq!(again["error"]["code"], -32600);
    let wrong = editor.ask("textDocument/hover", json!({ "position": "here" }));
    assert_eq!(wrong["error"]["code"], -32602);
    let no_rule = editor.ask(
        "workspace/executeCommand",
        json!({ "command": "snell.openRule", "arguments": ["no/rule"] }),
    );
    assert_eq!(no_rule["error"]["code"], -32602);
    editor.tell("textDocument/didOpen", json!({ "textDocument": 5 }));
    editor.tell("textDocument/didChange", json!({}));
    editor.did_change("file:///nowhere/a.ts", 9, json!([{ "text": "" }]));
    editor.tell("$/unheardOf", json!({}));
    editor.tell("$/cancelRequest", json!({ "id": 12345 }));
    let page = editor.ask("snell/rulePage", json!({ "rule": MISSING }));
    let words = page["result"]["markdown"].as_str().expect("markdown");
    assert!(words.starts_with("# raw-sql/unknown-column"));
    assert_eq!(editor.leave(), Some(0));
}

#[test]
fn who_leaves_without_a_word_is_told_by_the_exit_code() {
    let folder = described();
    let mut editor = Editor::open(folder.path(), json!({}));
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end(), Some(1));
    let editor = Editor::open(folder.path(), json!({}));
    assert_eq!(editor.end(), Some(1));
    assert_eq!(Editor::start().end(), Some(1));
}
