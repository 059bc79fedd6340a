//! What holds for any labels over any text.

use proptest::prelude::*;
use snell_source::{Diagnostic, Location, Span};

use super::tests::draw;
use crate::{
    RenderOptions,
    sample::{HIGH, Texts},
    visible,
};

/// Texts with what breaks columns: tabs, wide, zero-width and control characters, long lines.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z (){}]{0,12}",
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\t".to_owned()),
        Just("漢字🐌e\u{301}\u{202e}\x1b[1m\0".to_owned()),
        Just("x".repeat(5000)),
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Nothing panics, and below the header and apart from paths no line is too wide.
    #[test]
    fn any_labels_over_any_text_fit(
        first in any_text(),
        second in any_text(),
        spans in proptest::collection::vec((0u32..6000, 0u32..6000, any::<bool>(), ".{0,60}"), 1..9),
        width in 40usize..160,
        unicode in any::<bool>(),
    ) {
        let mut texts = Texts::default();
        let files = [texts.add("a.ts", &first), texts.add("b.sql", &second)];
        let at = |(start, end, other, _): &(u32, u32, bool, String)| {
            // Mostly inside the text, sometimes beyond.
            let file = files[usize::from(*other)];
            let len = u32::try_from(texts.0.file(file).text.len()).unwrap() + 2;
            Location::new(file, Span::new(start % len, end % len))
        };
        let mut builder = Diagnostic::at(&HIGH, at(&spans[0]), "m").label(spans[0].3.clone());
        for span in &spans[1..] {
            builder = builder.related(at(span), span.3.clone());
        }
        let diagnostic = builder.help("some help that is rather long and goes on").subject("");
        let options = RenderOptions { width, unicode, ..RenderOptions::default() };
        let drawn = draw(&texts, diagnostic, &options);
        for line in drawn.lines().skip(1) {
            prop_assert!(visible::width(line) <= width, "{line:?} is wider than {width}\n{drawn}");
            prop_assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
        }
    }
}
