//! Properties of the parser that hold for every text.

use proptest::prelude::*;
use snell_prisma::{Datamodel, Parse, lower, parse, tokenize};
use snell_source::Span;

/// Texts that look like schemas often enough to reach every part of the parser.
fn schema_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "model ",
            "enum ",
            "type ",
            "view ",
            "datasource ",
            "generator ",
            "namespace ",
            "A",
            "B",
            "id",
            "Int",
            "String",
            "A[]",
            "B?",
            "Unsupported(\"x\")",
            " ",
            "\t",
            "\n",
            "\r\n",
            "\r",
            " {\n",
            "}\n",
            "{",
            "}",
            "@id",
            "@@id([id])",
            "@@index([a, b(sort: Desc)])",
            "@relation(fields: [a], references: [id])",
            "@default(",
            "@map(\"x\")",
            "@@map(\"y\")",
            "@db.VarChar(10)",
            "(",
            ")",
            "[",
            "]",
            ",",
            ":",
            ".",
            "=",
            "?",
            "!",
            "\"",
            "\\",
            "\\u00",
            "// c",
            "/// d",
            "/* e */",
            "/*",
            "*/",
            "provider = \"postgresql\"",
            "-1.5",
            "12",
            "é",
            "🐌",
            "\u{feff}",
            "\u{a0}",
            "\u{fffd}",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn tokens_give_the_text_back(text in schema_like()) {
        let mut rebuilt = String::new();
        let mut end = 0;
        for token in tokenize(&text) {
            prop_assert_eq!(token.span.start, end);
            prop_assert!(!token.span.is_empty());
            end = token.span.end;
            rebuilt.push_str(token.span.text(&text));
        }
        prop_assert_eq!(rebuilt, text);
    }

    #[test]
    fn every_text_is_read_and_every_span_lies_in_it(text in schema_like()) {
        let parsed = parse(&text);
        let whole = Span::from_range(0..text.len());
        let (datamodel, errors) = lower(&[(7, &parsed)]);
        for error in &errors {
            prop_assert!(whole.contains(error.span), "{:?}", error);
            prop_assert!(text.is_char_boundary(error.span.start as usize));
            prop_assert!(text.is_char_boundary(error.span.end as usize));
            prop_assert_eq!(error.file, 7);
        }
        for model in datamodel.models() {
            prop_assert_eq!(model.name_span.text(&text), model.name.as_str());
            for field in &model.fields {
                prop_assert_eq!(&datamodel[field.id], field);
                prop_assert_eq!(field.name_span.text(&text), field.name.as_str());
                prop_assert!(model.at.span.contains(field.at.span));
                prop_assert!(field.at.span.contains(field.type_span));
            }
        }
        for relation in datamodel.relations() {
            let from = datamodel[relation.from].relation().map(|r| r.relation);
            prop_assert_eq!(from, Some(Some(relation.id)));
        }
        prop_assert!(serde_json::to_string(&snell_prisma::dmmf::project(&datamodel)).is_ok());
        let stored = serde_json::to_string(&parsed).unwrap();
        prop_assert_eq!(serde_json::from_str::<Parse>(&stored).unwrap(), parsed);
        let stored = serde_json::to_string(&datamodel).unwrap();
        prop_assert_eq!(serde_json::from_str::<Datamodel>(&stored).unwrap(), datamodel);
    }
}

#[test]
fn deep_nesting_ends_in_an_error() {
    for open in ["[", "(", "f(", "{ a: "] {
        let text = format!(
            "model A {{\n  id Int @default({})\n}}\n",
            open.repeat(200_000)
        );
        assert!(!parse(&text).errors.is_empty());
    }
}

#[test]
fn many_unclosed_lists_are_read_in_time() {
    let text = format!("model A {{\n{}}}\n", "@@index([a,\nb,\n".repeat(20_000));
    assert!(!parse(&text).errors.is_empty());
}
