//! No input exhausts the stack or loses what stands around the trouble.

use snell_extract::{Dialect, MAX_NESTING, ModuleFacts, extract};

/// Extracts on a small stack, as worker threads have.
fn on_a_small_stack(text: String, dialect: Dialect) -> ModuleFacts {
    std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(move || extract(&text, dialect))
        .expect("a thread")
        .join()
        .expect("no panic")
}

fn typescript(text: String) -> ModuleFacts {
    on_a_small_stack(text, Dialect::TypeScript)
}

/// Deep input with a query after it: the query must be found.
fn survives(deep: &str, dialect: Dialect) -> ModuleFacts {
    let text = format!("{deep};\nprisma.user.findMany();\n");
    let facts = on_a_small_stack(text, dialect);
    assert!(
        facts
            .sites
            .iter()
            .any(|site| site.operation.text == "findMany"),
        "{:?}",
        facts.errors
    );
    facts
}

#[test]
fn long_chains_are_whole() {
    let sum = format!("x = a{}", " + a".repeat(10_000));
    assert!(survives(&sum, Dialect::TypeScript).errors.is_empty());
    let calls = format!("x{}", ".then(f)".repeat(5_000));
    assert!(survives(&calls, Dialect::TypeScript).errors.is_empty());
    let ladder = format!("x = {}d", "a ? b : ".repeat(5_000));
    assert!(survives(&ladder, Dialect::TypeScript).errors.is_empty());
    let union = format!("type A = 'a'{}", " | 'b'".repeat(5_000));
    assert!(survives(&union, Dialect::TypeScript).errors.is_empty());
}

#[test]
fn an_else_if_ladder_is_cut_at_the_limit() {
    let rungs = |n| format!("if (a) {{}}{}", " else if (a) { f() }".repeat(n));
    let short = MAX_NESTING as usize / 2;
    assert!(
        survives(&rungs(short), Dialect::TypeScript)
            .errors
            .is_empty()
    );
    assert!(
        !survives(&rungs(5_000), Dialect::TypeScript)
            .errors
            .is_empty()
    );
}

#[test]
fn deep_nesting_is_cut_with_an_error() {
    let nested = |open: &str, inner: &str, close: &str| {
        format!("x = {}{inner}{}", open.repeat(5_000), close.repeat(5_000))
    };
    let cases = [
        nested("[", "", "]"),
        nested("f(", "", ")"),
        nested("{ a: ", "1", "}"),
        nested("!", "a", ""),
        nested("a ? ", "b", " : c"),
        nested("(() => {", "", "})"),
        nested("`${", "a", "}`"),
        format!("let x: {}A{}", "A<".repeat(5_000), ">".repeat(5_000)),
        format!("{}{}", "{".repeat(5_000), "}".repeat(5_000)),
        format!("({}a{} = b)", "[".repeat(5_000), "]".repeat(5_000)),
        format!("{}{}", "while (a) {".repeat(5_000), "}".repeat(5_000)),
    ];
    for case in cases {
        let facts = survives(&case, Dialect::TypeScript);
        assert!(!facts.errors.is_empty(), "{}", &case[..40]);
    }
    let elements = nested("<a>", "", "</a>");
    assert!(!survives(&elements, Dialect::Tsx).errors.is_empty());
}

#[test]
fn parentheses_and_casts_leave_no_depth() {
    let parentheses = format!("x = {}a{}", "(".repeat(2_000), ")".repeat(2_000));
    assert!(
        survives(&parentheses, Dialect::TypeScript)
            .errors
            .is_empty()
    );
    let casts = format!("x = a{}", "!".repeat(2_000));
    survives(&casts, Dialect::TypeScript);
}

#[test]
fn unclosed_input_is_read() {
    for open in [
        "[",
        "(",
        "{",
        "<",
        "`${",
        "/*",
        "'",
        "class A {",
        "f(",
        "<a>",
        "@",
    ] {
        typescript(open.repeat(2_000));
        on_a_small_stack(open.repeat(2_000), Dialect::Tsx);
    }
}

#[test]
fn errors_are_few() {
    let facts = typescript("let = ; ) ( ".repeat(500));
    assert!(!facts.errors.is_empty());
    assert!(facts.errors.len() <= 20);
}

#[test]
fn byte_order_mark_and_windows_line_ends_shift_nothing() {
    let text = "\u{feff}const a = 1;\r\nprisma.user.findMany({ where: { id: a } });\r\n";
    let facts = typescript(text.to_owned());
    assert!(facts.errors.is_empty());
    assert_eq!(facts.sites[0].operation.span.text(text), "findMany");
    assert!(typescript(String::new()).body.is_empty());
    assert!(
        !typescript("\u{fffd}\u{fffd} x.y.count()".to_owned())
            .sites
            .is_empty()
    );
}
