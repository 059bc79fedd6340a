//! Hides from the parser what its grammar misreads.
//!
//! The grammar has no type arguments before a template: it reads
//! `` tag<T>`...` `` as comparisons or as a broken call
//! (tree-sitter-typescript issues 329 and 341). They are blanked by spaces of
//! the same length, so that every offset stays, and parsed on their own.

use memchr::memmem;
use snell_source::Span;

/// The bytes that are parsed in a text's stead, and what was hidden in them.
pub(crate) struct Masked {
    /// As long as the text.
    pub(crate) text: Vec<u8>,
    /// The type arguments that were blanked, angle brackets included, in order.
    pub(crate) type_arguments: Vec<Hidden>,
}

/// Type arguments that the parser does not see.
pub(crate) struct Hidden {
    /// The end of the expression before them.
    pub(crate) after: u32,
    /// From `<` to `>`.
    pub(crate) span: Span,
}

/// How many `<` are tried for one `>`. More than one is needed only when
/// strings or comments inside the type hold angle brackets.
const CANDIDATES: usize = 8;

/// The longest import type that is looked for as a type argument.
const IMPORT_TYPE: usize = 4096;

/// The text with every misread construct blanked.
pub(crate) fn mask(text: &str) -> Masked {
    let source = text.as_bytes();
    let mut masked = Masked {
        text: source.to_vec(),
        type_arguments: Vec::new(),
    };
    let mut floor = 0;
    for tick in memchr::memchr_iter(b'`', source) {
        if let Some(hidden) = arguments_before(source, floor, tick) {
            masked.hide(hidden);
        }
        floor = tick + 1;
    }
    for at in memmem::find_iter(source, b"<typeof import(") {
        let window = &source[..source.len().min(at + IMPORT_TYPE)];
        if let Some(end) = type_arguments_end(window, at)
            && source.get(end) == Some(&b'(')
            && let Some(after) = end_of_name(source, at)
        {
            masked.hide(Hidden {
                after,
                span: Span::from_range(at..end),
            });
        }
    }
    for at in memmem::find_iter(source, b"export type *") {
        masked.text[at + 7..at + 11].fill(b' ');
    }
    masked.type_arguments.sort_by_key(|hidden| hidden.after);
    masked
}

impl Masked {
    fn hide(&mut self, hidden: Hidden) {
        let range = hidden.span.start as usize..hidden.span.end as usize;
        for byte in &mut self.text[range] {
            // Line breaks stay: a comment before the template must still end.
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        self.type_arguments.push(hidden);
    }

    /// The hidden type arguments that follow the expression that ends at `end`.
    pub(crate) fn arguments_after(&self, end: u32) -> Option<Span> {
        let at = self
            .type_arguments
            .binary_search_by_key(&end, |hidden| hidden.after)
            .ok()?;
        Some(self.type_arguments[at].span)
    }
}

/// The type arguments that end right before the backtick at `tick`. Looks no
/// further back than `floor`, so that the whole search is linear.
fn arguments_before(source: &[u8], floor: usize, tick: usize) -> Option<Hidden> {
    let close = floor + source[floor..tick].trim_ascii_end().len();
    let last = close.checked_sub(1)?;
    if last < floor || source[last] != b'>' || (last > 0 && source[last - 1] == b'=') {
        return None;
    }
    let mut depth = 0_usize;
    let mut candidates = 0;
    let mut at = close;
    while at > floor && candidates < CANDIDATES {
        at -= 1;
        match source[at] {
            b'>' if at == 0 || source[at - 1] != b'=' => depth += 1,
            b'<' => {
                depth = depth.saturating_sub(1);
                if depth > 0 {
                    continue;
                }
                candidates += 1;
                if let Some(after) = end_of_name(source, at)
                    && type_arguments_end(&source[..close], at) == Some(close)
                {
                    let span = Span::from_range(at..close);
                    return Some(Hidden { after, span });
                }
            }
            _ => {}
        }
    }
    None
}

/// `at`, if a name ends there. White space between is not allowed: it would
/// take elements in JSX text for type arguments.
fn end_of_name(source: &[u8], at: usize) -> Option<u32> {
    let last = *source.get(at.checked_sub(1)?)?;
    let name = last.is_ascii_alphanumeric() || matches!(last, b'_' | b'$' | b']') || last >= 0x80;
    name.then(|| u32::try_from(at).unwrap_or(u32::MAX))
}

/// The end of the type arguments whose `<` stands at `open`: brackets of all
/// kinds balanced, strings and comments skipped. `None` when something stands
/// there that no type holds.
fn type_arguments_end(source: &[u8], open: usize) -> Option<usize> {
    let mut expected = Vec::new();
    let mut at = open;
    loop {
        let rest = source.get(at..)?;
        match *rest.first()? {
            b'<' => expected.push(b'>'),
            b'(' => expected.push(b')'),
            b'[' => expected.push(b']'),
            b'{' => expected.push(b'}'),
            b'=' if rest.get(1) == Some(&b'>') => at += 1,
            close @ (b'>' | b')' | b']' | b'}') => {
                if expected.pop() != Some(close) {
                    return None;
                }
                if expected.is_empty() {
                    return Some(at + 1);
                }
            }
            quote @ (b'\'' | b'"') => at += string_length(rest, quote)?,
            b'/' => at += comment_length(rest)?,
            b';' if expected.last() != Some(&b'}') => return None,
            b'`' => return None,
            _ => {}
        }
        at += 1;
    }
}

/// How far the last byte of the string that begins `rest` is from its first.
fn string_length(rest: &[u8], quote: u8) -> Option<usize> {
    let mut at = 1;
    loop {
        match *rest.get(at)? {
            b'\\' => at += 1,
            b'\n' => return None,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
}

/// The same for a comment.
fn comment_length(rest: &[u8]) -> Option<usize> {
    match rest.get(1)? {
        b'/' => memchr::memchr(b'\n', rest),
        b'*' => memmem::find(&rest[2..], b"*/").map(|end| end + 3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<&str> {
        let masked = mask(text);
        assert_eq!(masked.text.len(), text.len());
        masked
            .type_arguments
            .iter()
            .map(|h| h.span.text(text))
            .collect()
    }

    #[test]
    fn type_arguments_before_a_template_are_hidden() {
        assert_eq!(hidden("a.$queryRaw<Row[]>`x`"), ["<Row[]>"]);
        assert_eq!(
            hidden("await f<Array<{ a: Map<string, X>; g: (x: A) => B }>>`x`"),
            ["<Array<{ a: Map<string, X>; g: (x: A) => B }>>"]
        );
        assert_eq!(hidden("f<{\n  // it's > 1\n  a: 'x>y';\n}>\n`x`").len(), 1);
        assert_eq!(hidden("f<{ /* <<` */ a: 1 }> `x`").len(), 0);
    }

    #[test]
    fn comparisons_and_arrows_are_left_alone() {
        assert!(hidden("() => `x`").is_empty());
        assert!(hidden("a > `x`").is_empty());
        assert!(hidden("if (a < b) { c = d > `x` }").is_empty());
        assert!(hidden("<div>`x`</div>").is_empty());
    }

    #[test]
    fn an_import_type_as_argument_is_hidden() {
        assert_eq!(
            hidden("actual<typeof import('./a')>('./a')"),
            ["<typeof import('./a')>"]
        );
    }

    #[test]
    fn many_angle_brackets_do_not_take_long() {
        let text = "a<".repeat(100_000) + &">`".repeat(100_000);
        assert_eq!(mask(&text).text.len(), text.len());
    }
}
