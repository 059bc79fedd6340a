//! Exact layouts.

use snell_source::{Confidence, Diagnostic, FileId, Location, Severity, Span};

use super::{FindingDiagnostic, SnellReportHandler};
use crate::{
    Finding, RenderOptions, Suppression, Tool,
    sample::{HIGH, LOW, MEDIUM, Texts},
};

pub(super) fn draw(texts: &Texts, diagnostic: Diagnostic, options: &RenderOptions) -> String {
    let finding = Finding::new(diagnostic, "");
    let diagnostic = FindingDiagnostic::new(&finding, &texts.0, &Tool::default());
    SnellReportHandler::new(options).draw(&diagnostic)
}

fn unicode(texts: &Texts, diagnostic: Diagnostic) -> String {
    draw(texts, diagnostic, &RenderOptions::default())
}

fn ascii(texts: &Texts, diagnostic: Diagnostic) -> String {
    let options = RenderOptions {
        unicode: false,
        ..RenderOptions::default()
    };
    draw(texts, diagnostic, &options)
}

/// Compares from the first line on; the expected text is indented by nothing.
fn same(actual: &str, expected: &str) {
    assert!(
        actual == expected.trim_start_matches('\n'),
        "\n{actual}\nis not\n{expected}"
    );
}

fn one(text: &str) -> (Texts, FileId) {
    let mut texts = Texts::default();
    let file = texts.add("a.ts", text);
    (texts, file)
}

/// The finding of section 19: three languages in one block.
fn across_languages() -> (Texts, Diagnostic) {
    let mut texts = Texts::default();
    let schema = texts.add(
        "prisma/schema.prisma",
        "model Setting {\n  scope Scope?\n  id String @id\n\n  @@unique([key, scope]) // once\n}\n",
    );
    let padding = "\n".repeat(79);
    let service = texts.add(
        "src/settings.ts",
        &format!("{padding}  await this.prisma.setting.findFirst({{\n"),
    );
    let migration = texts.add("1/migration.sql", "CREATE UNIQUE INDEX \"k\";\n");
    let diagnostic = Diagnostic::at(
        &HIGH,
        texts.find(schema, "@@unique([key, scope])"),
        "`scope` is nullable",
    )
    .label("NULL can repeat")
    .related(texts.find(schema, "Scope?"), "nullable")
    .related(texts.find(service, "findFirst"), "finds, then creates")
    .related(
        texts.find(migration, "CREATE UNIQUE INDEX \"k\""),
        "here too",
    )
    .help("in SQL: NULLS NOT DISTINCT")
    .subject("model:Setting");
    (texts, diagnostic)
}

#[test]
fn files_stand_in_one_block() {
    let (texts, diagnostic) = across_languages();
    same(
        &unicode(&texts, diagnostic),
        r#"
error[integrity/nullable-unique]: `scope` is nullable
   ╭▸ prisma/schema.prisma:5:3
   │
 2 │   scope Scope?
   │         ────── nullable
   ┆
 5 │   @@unique([key, scope]) // once
   │   ━━━━━━━━━━━━━━━━━━━━━━ NULL can repeat
   │
   ⸬  src/settings.ts:80:29
   │
80 │   await this.prisma.setting.findFirst({
   │                             ───────── finds, then creates
   │
   ⸬  1/migration.sql:1:1
   │
 1 │ CREATE UNIQUE INDEX "k";
   │ ─────────────────────── here too
   │
   ├ help: in SQL: NULLS NOT DISTINCT
   ╰ note: high, certain
"#,
    );
}

#[test]
fn ascii_is_drawn_as_rustc_draws() {
    let (texts, diagnostic) = across_languages();
    same(
        &ascii(&texts, diagnostic),
        r#"
error[integrity/nullable-unique]: `scope` is nullable
  --> prisma/schema.prisma:5:3
   |
 2 |   scope Scope?
   |         ------ nullable
...
 5 |   @@unique([key, scope]) // once
   |   ^^^^^^^^^^^^^^^^^^^^^^ NULL can repeat
   |
  ::: src/settings.ts:80:29
   |
80 |   await this.prisma.setting.findFirst({
   |                             --------- finds, then creates
   |
  ::: 1/migration.sql:1:1
   |
 1 | CREATE UNIQUE INDEX "k";
   | ----------------------- here too
   |
   = help: in SQL: NULLS NOT DISTINCT
   = note: high, certain
"#,
    );
}

#[test]
fn a_plain_warning_closes_at_its_last_label() {
    let (texts, file) = one("@@unique([a, b])\n@@index([a])\n");
    let diagnostic = Diagnostic::at(&LOW, texts.find(file, "@@index([a])"), "redundant index")
        .label("redundant")
        .related(texts.find(file, "@@unique([a, b])"), "serves `a`")
        .subject("");
    same(
        &unicode(&texts, diagnostic),
        "
warning[index/redundant]: redundant index
  ╭▸ a.ts:2:1
  │
1 │ @@unique([a, b])
  │ ──────────────── serves `a`
2 │ @@index([a])
  ╰╴━━━━━━━━━━━━ redundant
",
    );
}

#[test]
fn a_warning_that_was_lowered_or_is_not_certain_says_so() {
    let (texts, file) = one("x\n");
    let at = texts.find(file, "x");
    let lowered = Diagnostic::at(&MEDIUM, at, "m").lowered(Severity::Low, "few rows");
    assert!(unicode(&texts, lowered.subject("")).ends_with("  ╰ note: low, certain. few rows\n"));
    let unsure = Diagnostic::at(&MEDIUM, at, "m").confidence(Confidence::Likely);
    assert!(unicode(&texts, unsure.subject("")).ends_with("  ╰ note: medium, likely\n"));
}

#[test]
fn suppressed_findings_say_why() {
    let (texts, file) = one("x\n");
    let diagnostic = Diagnostic::at(&LOW, texts.find(file, "x"), "m").subject("");
    let mut finding = Finding::new(diagnostic, "");
    finding.suppressed = Some(Suppression {
        reason: Some("small\ntable".to_owned()),
    });
    let diagnostic = FindingDiagnostic::new(&finding, &texts.0, &Tool::default());
    let drawn = SnellReportHandler::new(&RenderOptions::default()).draw(&diagnostic);
    assert!(
        drawn.ends_with("  ╰ note: suppressed: small\n          table\n"),
        "{drawn}"
    );
}

#[test]
fn labels_of_one_line_are_stacked() {
    let (texts, file) = one("find({ where: { id, userId } })\n");
    let diagnostic = Diagnostic::at(&LOW, texts.find(file, "{ id, userId }"), "m")
        .label("the whole")
        .related(texts.find(file, "id"), "first")
        .related(texts.find(file, "userId"), "second")
        .related(texts.find(file, "find"), "call")
        .subject("");
    same(
        &unicode(&texts, diagnostic.clone()),
        "
warning[index/redundant]: m
  ╭▸ a.ts:1:15
  │
1 │ find({ where: { id, userId } })
  │ ──── call     ┯━┬─━━┬─────━━
  │               │ │   ╰ second
  │               │ ╰ first
  ╰╴              ╰ the whole
",
    );
    same(
        &ascii(&texts, diagnostic),
        "
warning[index/redundant]: m
 --> a.ts:1:15
  |
1 | find({ where: { id, userId } })
  | ---- call     ^^--^^------^^
  |               | |   |
  |               | |   second
  |               | first
  |               the whole
",
    );
}

#[test]
fn short_texts_stand_side_by_side() {
    let (texts, file) = one("alpha(                 beta)\n");
    let diagnostic = Diagnostic::at(&LOW, texts.find(file, "beta"), "m")
        .label("right")
        .related(texts.find(file, "alpha"), "left")
        .subject("");
    same(
        &unicode(&texts, diagnostic),
        "
warning[index/redundant]: m
  ╭▸ a.ts:1:24
  │
1 │ alpha(                 beta)
  ╰╴───── left             ━━━━ right
",
    );
}

#[test]
fn labels_over_several_lines_have_bars() {
    let (texts, file) = one("for (a of b) {\n  go({\n    a: 1,\n  });\n}\nend\n");
    let diagnostic = Diagnostic::at(&LOW, texts.find(file, "go({\n    a: 1,\n  })"), "m")
        .label("the call")
        .related(
            texts.find(file, "for (a of b) {\n  go({\n    a: 1,\n  });\n}\n"),
            "the loop",
        )
        .related(texts.find(file, "a: 1"), "")
        .subject("");
    same(
        &unicode(&texts, diagnostic.clone()),
        "
warning[index/redundant]: m
  ╭▸ a.ts:2:3
  │
1 │ ╭   for (a of b) {
2 │ │ ┏   go({
3 │ │ ┃     a: 1,
  │ │ ┃     ────
4 │ │ ┃   });
  │ │ ┗━━━━┛ the call
5 │ │   }
  ╰╴╰───╯ the loop
",
    );
    same(
        &ascii(&texts, diagnostic),
        "
warning[index/redundant]: m
 --> a.ts:2:3
  |
1 | /   for (a of b) {
2 | | /   go({
3 | | |     a: 1,
  | | |     ----
4 | | |   });
  | | |____^ the call
5 | |   }
  | |___- the loop
",
    );
}

#[test]
fn long_labels_skip_their_middle() {
    let body: String = (0..30).map(|n| format!("  line{n}\n")).collect();
    let (texts, file) = one(&format!("x = {{\n{body}}}\n"));
    let end = texts.0.file(file).text.len();
    let at = Location::new(file, Span::from_range(4..end));
    let diagnostic = Diagnostic::at(&LOW, at, "m").label("all").subject("");
    same(
        &unicode(&texts, diagnostic),
        "
warning[index/redundant]: m
   ╭▸ a.ts:1:5
   │
 1 │   x = {
   │ ┏━━━━━┛
 2 │ ┃   line0
   ┆ ┃
32 │ ┃ }
   ╰╴┗━┛ all
",
    );
}

#[test]
fn a_single_line_between_labels_is_shown() {
    let (texts, file) = one("a\nb\nc\n");
    let diagnostic = Diagnostic::at(&LOW, texts.find(file, "a"), "m")
        .related(texts.find(file, "c"), "")
        .subject("");
    same(
        &unicode(&texts, diagnostic),
        "
warning[index/redundant]: m
  ╭▸ a.ts:1:1
  │
1 │ a
  │ ━
2 │ b
3 │ c
  ╰╴─
",
    );
}

#[test]
fn tabs_and_wide_characters_keep_columns() {
    let (texts, file) = one("\tlet\t名前 = '漢🐌';\r\n");
    let diagnostic = Diagnostic::at(&LOW, texts.find(file, "'漢🐌'"), "m")
        .label("text")
        .related(texts.find(file, "名前"), "name")
        .subject("");
    same(
        &unicode(&texts, diagnostic),
        "
warning[index/redundant]: m
  ╭▸ a.ts:1:11
  │
1 │     let 名前 = '漢🐌';
  │         ┬───   ━━━━━━ text
  ╰╴        ╰ name
",
    );
}

#[test]
fn the_end_of_a_file_can_be_labelled() {
    for text in ["model A {", "model A {\n"] {
        let (texts, file) = one(text);
        let end = u32::try_from(text.len()).unwrap();
        let at = Location::new(file, Span::empty(end));
        let diagnostic = Diagnostic::at(&LOW, at, "unclosed")
            .label("expected `}`")
            .subject("");
        let drawn = unicode(&texts, diagnostic);
        assert!(drawn.contains("━ expected `}`"), "{drawn}");
    }
}

#[test]
fn what_scanned_text_holds_cannot_reach_the_terminal() {
    let mut texts = Texts::default();
    let file = texts.add("a\n\x1b[2J.ts", "evil\x1b]0;x\x07\u{202e};\n");
    let diagnostic = Diagnostic::at(&LOW, texts.find(file, "evil"), "x\nerror: forged\u{9b}1m")
        .label("l\n\x1b")
        .help("h\x1b")
        .subject("");
    same(
        &unicode(&texts, diagnostic),
        "
warning[index/redundant]: x␊error: forged�1m
  ╭▸ a␊␛[2J.ts:1:1
  │
1 │ evil␛]0;x␇�;
  │ ━━━━ l␊␛
  │
  ╰ help: h␛
",
    );
}

#[test]
fn a_long_line_is_cut_around_its_label() {
    let text = format!(
        "{}TARGET{}",
        "left ".repeat(30_000),
        " right".repeat(30_000)
    );
    let (texts, file) = one(&text);
    let diagnostic = Diagnostic::at(&LOW, texts.find(file, "TARGET"), "m")
        .label("here")
        .subject("");
    let options = RenderOptions {
        width: 40,
        ..RenderOptions::default()
    };
    same(
        &draw(&texts, diagnostic, &options),
        "
warning[index/redundant]: m
  ╭▸ a.ts:1:150001
  │
1 │ …eft left left left left TARGET rig…
  ╰╴                         ━━━━━━ here
",
    );
}

#[test]
fn long_labels_are_wrapped() {
    let (texts, file) = one("const user = await find({ id });\n");
    let words = "a label so long that it has to be broken";
    let diagnostic = Diagnostic::at(&LOW, texts.find(file, "find"), "m")
        .label(words)
        .subject("");
    let options = RenderOptions {
        width: 60,
        ..RenderOptions::default()
    };
    same(
        &draw(&texts, diagnostic, &options),
        "
warning[index/redundant]: m
  ╭▸ a.ts:1:20
  │
1 │ const user = await find({ id });
  │                    ━━━━ a label so long that it has to
  ╰╴                        be broken
",
    );
}

#[test]
fn colours_and_links_only_when_asked_for() {
    let (texts, file) = one("x\n");
    let diagnostic = Diagnostic::at(&HIGH, texts.find(file, "x"), "m").subject("");
    let options = RenderOptions {
        color: true,
        links: true,
        ..RenderOptions::default()
    };
    let drawn = draw(&texts, diagnostic, &options);
    let link = "\x1b]8;;https://snell.dev/rules/integrity/nullable-unique\x1b\\";
    assert!(
        drawn.starts_with("\x1b[1m\x1b[91merror\x1b[0m"),
        "{drawn:?}"
    );
    assert!(drawn.contains(link), "{drawn:?}");
    assert!(!drawn.contains(" \n"), "{drawn:?}");
}

#[test]
fn miettes_own_sources_can_be_drawn() {
    let report = miette::miette!(
        labels = vec![miette::LabeledSpan::at(4..7, "here")],
        help = "do",
        "plain"
    )
    .with_source_code(miette::NamedSource::new("b.txt", "one\ntwo\n".to_owned()));
    let handler = SnellReportHandler::new(&RenderOptions::default());
    same(
        &handler.draw(report.as_ref()),
        "
error: plain
  ╭▸ b.txt:2:1
  │
2 │ two
  │ ─── here
  │
  ╰ help: do
",
    );
}
