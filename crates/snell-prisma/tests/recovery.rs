//! What a fault costs: one line, or one block's brace.

use snell_prisma::ast::{BlockKind, Member};
use snell_prisma::{Datamodel, ErrorKind, SchemaError, lower, parse};

fn read(text: &str) -> (Datamodel, Vec<SchemaError>) {
    lower(&[(0, &parse(text))])
}

fn messages<'a>(text: &'a str, errors: &'a [SchemaError]) -> Vec<(ErrorKind, &'a str)> {
    errors.iter().map(|e| (e.kind, e.span.text(text))).collect()
}

#[test]
fn a_bad_line_costs_that_line() {
    let text = "model A {\n  id Int @id\n  bad @\n  = 3\n  good String\n}\n";
    let (datamodel, errors) = read(text);
    let model = datamodel.model("A").unwrap();
    assert!(model.field("good").is_some());
    assert_eq!(
        messages(text, &errors),
        [
            (ErrorKind::Syntax, "bad"),
            (ErrorKind::Syntax, "@"),
            (ErrorKind::Syntax, "= 3")
        ]
    );
}

#[test]
fn a_missing_brace_costs_no_block() {
    let text = "model A {\n  id Int @id\n\n/// Doc\nmodel B {\n  id Int @id\n}\n";
    let (datamodel, errors) = read(text);
    assert_eq!(datamodel.models().len(), 2);
    assert_eq!(
        datamodel.model("B").unwrap().documentation().as_deref(),
        Some("Doc")
    );
    assert_eq!(messages(text, &errors), [(ErrorKind::Syntax, "A")]);
}

#[test]
fn an_unclosed_parenthesis_keeps_the_next_line() {
    let text = "model A {\n  id Int @id\n  a Int @default(1\n  b Int\n  @@index([a\n}\n";
    let (datamodel, errors) = read(text);
    let model = datamodel.model("A").unwrap();
    assert!(model.field("b").is_some());
    assert!(errors.iter().all(|e| e.kind == ErrorKind::Syntax));
    assert_eq!(model.indexes().next().unwrap().columns.len(), 1);
}

#[test]
fn lines_broken_inside_brackets_are_read_and_reported() {
    let text = "model A {\n  id Int @id\n  b Int\n  @@index(\n    [id,\n    b,],\n  )\n}\n";
    let (datamodel, errors) = read(text);
    let index = datamodel.model("A").unwrap().indexes().next().unwrap();
    assert_eq!(index.columns.len(), 2);
    assert_eq!(index.db_name.as_deref(), Some("A_id_b_idx"));
    assert_eq!(
        messages(text, &errors),
        [
            (ErrorKind::Syntax, "\n"),
            (ErrorKind::Syntax, ","),
            (ErrorKind::Syntax, ",")
        ]
    );
}

#[test]
fn a_byte_order_mark_is_read_over_and_reported() {
    let text = "\u{feff}model A {\r\n  id Int @id\r\n}\r\n";
    let (datamodel, errors) = read(text);
    assert!(datamodel.model("A").is_some());
    assert_eq!(messages(text, &errors), [(ErrorKind::Syntax, "\u{feff}")]);
}

#[test]
fn what_follows_the_opening_brace_is_ignored_as_prisma_does() {
    let (datamodel, errors) = read("model A { whatever\n  id Int @id\n}\n");
    assert!(errors.is_empty());
    assert_eq!(datamodel.model("A").unwrap().fields.len(), 1);
    let (datamodel, errors) =
        read("generator a { provider = \"x\" }\nmodel A {\n  id Int @id\n}\n");
    assert_eq!(errors.len(), 1);
    assert!(datamodel.model("A").is_some());
}

#[test]
fn settings_may_end_in_a_comma_as_prisma_lets_them() {
    let head = "datasource db {\n  provider = \"postgresql\"\n  extensions = ";
    let (_, errors) = read(&format!("{head}[a(map: \"x\",), b(map: )]\n}}\n"));
    assert!(errors.is_empty());
    let (_, errors) = read(&format!("{head}[a,]\n}}\n"));
    assert_eq!(errors.len(), 1);
}

#[test]
fn blocks_of_later_versions_are_kept() {
    let text = "native_enum Kind {\n  A = \"a\"\n}\nmodel A {\n  id Int @id\n}\n";
    let parsed = parse(text);
    let kinds: Vec<_> = parsed.tree.blocks().map(|b| b.kind).collect();
    assert_eq!(kinds, [BlockKind::Unknown, BlockKind::Model]);
    assert_eq!(parsed.errors.len(), 1);
}

#[test]
fn comments_belong_to_what_they_stand_above_or_behind() {
    let text = "\
// free

/// The account.
// owner: billing
model A { // accounts
  id Int @id // a, b
  // section

  /* one of */ kind String /// x | y
}
";
    let parsed = parse(text);
    let (datamodel, errors) = lower(&[(0, &parsed)]);
    assert!(errors.is_empty());
    let model = datamodel.model("A").unwrap();
    assert_eq!(model.documentation().as_deref(), Some("The account."));
    let all: Vec<&str> = model.comments.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(all, ["The account.", "owner: billing", "accounts"]);
    let id = model.field("id").unwrap();
    assert_eq!(id.comments.trailing.as_ref().unwrap().text, "a, b");
    let kind = model.field("kind").unwrap();
    assert_eq!(kind.comments.leading[0].text, "one of");
    assert_eq!(kind.documentation().as_deref(), Some("x | y"));
    let block = parsed.tree.blocks().next().unwrap();
    assert!(
        block
            .members
            .iter()
            .any(|m| matches!(m, Member::Comment(c) if c.text == "section"))
    );
}

#[test]
fn a_line_that_was_not_read_is_missed_by_nothing() {
    let text = "model A {\n  = id Int @id\n  b B[]\n  @@index([id])\n}\nmodel B {\n  id Int @id\n  = a A\n}\n";
    let (datamodel, errors) = read(text);
    assert!(!datamodel.model("A").unwrap().is_complete);
    assert!(
        errors.iter().all(|e| e.kind == ErrorKind::Syntax),
        "{errors:?}"
    );
    assert_eq!(errors.len(), 2);
}
