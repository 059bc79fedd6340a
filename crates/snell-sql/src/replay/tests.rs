//! What real histories do that is easy to get wrong.

use super::{NoEffect, NoteKind, OnFailure, Replay};
use crate::{Migration, parse, replay};

fn run(texts: &[&str]) -> Replay {
    let parses: Vec<_> = texts.iter().map(|text| parse(text)).collect();
    let migrations: Vec<Migration<'_>> = parses
        .iter()
        .map(|parse| Migration {
            name: "m",
            parse,
            traced: false,
        })
        .collect();
    replay(&migrations, OnFailure::Statement)
}

fn secured(replay: &Replay) -> Vec<String> {
    let tables = replay.catalog.tables();
    tables
        .filter(|(_, table)| table.row_security)
        .map(|(relation, _)| relation.name.to_string())
        .collect()
}

const TABLES: &str = r#"
    CREATE TABLE "Agent" ("id" INT PRIMARY KEY);
    CREATE TABLE "Call" ("id" INT PRIMARY KEY);
    CREATE TABLE "Plan" ("id" INT PRIMARY KEY);
"#;

#[test]
fn a_schema_that_is_renamed_takes_its_objects_along() {
    let replay = run(&[
        "CREATE SCHEMA a; CREATE TYPE a.t AS ENUM ('x'); CREATE TABLE a.b (c a.t); \
        ALTER SCHEMA a RENAME TO d; ALTER TABLE d.b ADD COLUMN e d.t; ALTER SCHEMA a RENAME TO f;",
    ]);
    let codes: Vec<&str> = replay
        .failures
        .iter()
        .map(|f| f.sqlstate.as_str())
        .collect();
    assert_eq!(codes, ["3F000"]);
}

#[test]
fn a_loop_over_a_list_runs_once_for_each_item() {
    let done = run(&[
        TABLES,
        "DO $$ DECLARE t text; BEGIN
           FOREACH t IN ARRAY ARRAY['Agent', 'Call'] LOOP
             EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY;', t);
             EXECUTE format('CREATE POLICY own ON %I USING (true);', t);
           END LOOP;
         END $$;",
    ]);
    assert_eq!(secured(&done), ["Agent", "Call"]);
    assert!(done.failures.is_empty() && !done.unsettled.everything);
}

#[test]
fn a_loop_over_a_variable_or_a_query_does_too() {
    let by_variable = run(&[
        TABLES,
        "DO $$ DECLARE t text; tables text[] := ARRAY['Plan']; BEGIN
           FOREACH t IN ARRAY tables LOOP
             EXECUTE 'ALTER TABLE \"' || t || '\" ENABLE ROW LEVEL SECURITY';
           END LOOP;
         END $$;",
    ]);
    assert_eq!(secured(&by_variable), ["Plan"]);
    let by_query = run(&[
        TABLES,
        "DO $$ DECLARE r record; BEGIN
           FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'Plan' LOOP
             EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', r.tablename);
           END LOOP;
         END $$;",
    ]);
    assert_eq!(secured(&by_query), ["Agent", "Call"]);
}

#[test]
fn a_loop_that_may_be_left_runs_perhaps() {
    let done = run(&[
        TABLES,
        "DO $$ DECLARE t text; BEGIN
           FOREACH t IN ARRAY ARRAY['Agent', 'Nowhere'] LOOP
             EXIT WHEN t = 'Nowhere';
             EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
           END LOOP;
         END $$;",
    ]);
    assert!(done.failures.is_empty());
}

#[test]
fn what_executed_text_puts_into_a_variable_is_not_known() {
    let done = run(&[
        TABLES,
        "DO $$ DECLARE n int; BEGIN
           EXECUTE 'SELECT count(*) FROM \"Agent\"' INTO n;
           IF n = 0 THEN
             DROP TABLE \"Plan\";
           END IF;
         END $$;",
    ]);
    let undecided = |note: &crate::Note| note.kind == NoteKind::Undecided;
    assert!(done.notes.iter().any(undecided));
}

#[test]
fn temporary_tables_have_indexes_and_end_with_their_file() {
    let done = run(&[
        "CREATE TEMP TABLE found ON COMMIT DROP AS SELECT 1 AS id;
         CREATE UNIQUE INDEX ON found (id);
         CREATE TABLE pg_temp.other (id int);",
        "CREATE TABLE found (id int);",
    ]);
    assert!(done.failures.is_empty(), "{:?}", done.failures);
    assert_eq!(done.catalog.tables().count(), 1);
}

#[test]
fn an_exclusion_has_its_plain_columns() {
    let done = run(&["CREATE EXTENSION btree_gist;
         CREATE TABLE slot (room int, starts timestamp, ends timestamp,
           CONSTRAINT apart EXCLUDE USING gist (room WITH =, tsrange(starts, ends) WITH &&));"]);
    assert!(done.failures.is_empty(), "{:?}", done.failures);
    let (_, table) = done.catalog.tables().next().unwrap();
    let constraint = table.constraint("apart").unwrap();
    let columns: Vec<&str> = table
        .names(&constraint.columns)
        .map(|n| n.as_str())
        .collect();
    assert_eq!(columns, ["room"]);
}

#[test]
fn a_statement_that_fails_leaves_its_objects_open() {
    let done = run(&["CREATE TABLE word (id int PRIMARY KEY);
         ALTER TABLE word ADD COLUMN note nothing_known;
         CREATE TABLE other (id nothing_known);
         CREATE TYPE kind AS ENUM ('A');
         CREATE TYPE kind AS ENUM ('A', 'B');"]);
    assert_eq!(done.failures.len(), 3);
    let open = &done.unsettled;
    assert!(open.part("word", "note") && !open.part("word", "id"));
    assert!(open.relation("other") && !open.relation("word"));
    assert!(open.type_named("kind"));
}

#[test]
fn a_broken_statement_leaves_open_what_it_names() {
    let done = run(&["CREATE TABLE word (id int,, name text);"]);
    assert_eq!(done.failures.len(), 1);
    assert!(done.unsettled.relation("word") && !done.unsettled.everything);
}

#[test]
fn a_statement_that_is_too_deep_for_us_is_no_failure_and_leaves_everything_open() {
    let deep = format!("SELECT {}1{};", "(".repeat(500), ")".repeat(500));
    let done = run(&["CREATE TABLE word (id int);", &deep]);
    assert!(done.failures.is_empty(), "{:?}", done.failures);
    assert!(done.unsettled.everything);
}

#[test]
fn dropping_an_index_as_a_constraint_does_nothing() {
    let done = run(&["CREATE TABLE word (id int);
         CREATE UNIQUE INDEX word_key ON word (id);
         ALTER TABLE word DROP CONSTRAINT IF EXISTS word_key;"]);
    assert_eq!(done.catalog.indexes().count(), 1);
    let told = done.notes.iter().any(|note| {
        matches!(
            note.kind,
            NoteKind::NoEffect {
                reason: NoEffect::NoConstraint,
                ..
            }
        )
    });
    assert!(told);
}
