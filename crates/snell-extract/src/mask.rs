//! Hides from the parser what its grammar misreads.
//!
//! The grammar has no type arguments before a template: it reads
//! `` tag<T>`...` `` as comparisons or as a broken call
//! (tree-sitter-typescript issues 329 and 341). And it reads `await a.f<T>(x)`,
//! or any other prefix operator there, as a call of `await a.f`. Such type
//! arguments are blanked by spaces of the same length, so that every offset
//! stays, and parsed on their own.

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

/// The longest type arguments that are looked for, in bytes.
const LONGEST: usize = 8192;

/// The text with every misread construct blanked.
pub(crate) fn mask(text: &str) -> Masked {
    let source = text.as_bytes();
    let mut masked = Masked {
        text: source.to_vec(),
        type_arguments: Vec::new(),
    };
    for tick in memchr::memchr_iter(b'`', source) {
        let close = source[..tick].trim_ascii_end().len();
        if let Some(hidden) = arguments_before(source, close) {
            masked.hide(hidden);
        }
    }
    for at in memmem::find_iter(source, b">(") {
        if let Some(hidden) = arguments_before(source, at + 1)
            && (is_called(&source[..hidden.after as usize])
                || source[hidden.span.start as usize..].starts_with(b"<typeof import("))
        {
            masked.hide(hidden);
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

    /// Replaces bytes that stand for themselves nowhere: text of JSX, or a name,
    /// which is read from the original.
    pub(crate) fn replace(&mut self, at: usize, byte: u8) {
        self.text[at] = byte;
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

/// The type arguments that end at `close`. Looks neither out of the brackets
/// around nor past another template, so that the whole search is linear.
fn arguments_before(source: &[u8], close: usize) -> Option<Hidden> {
    let last = close.checked_sub(1)?;
    if source[last] != b'>' || (last > 0 && source[last - 1] == b'=') {
        return None;
    }
    let floor = close.saturating_sub(LONGEST);
    let mut angles = 0_usize;
    let mut brackets = 0_usize;
    let mut at = close;
    while at > floor {
        at = before_trivia(source, floor, at - 1);
        match source[at] {
            b'>' if at == 0 || source[at - 1] != b'=' => angles += 1,
            b')' | b']' | b'}' => brackets += 1,
            b'(' | b'[' | b'{' => brackets = brackets.checked_sub(1)?,
            b'`' => return None,
            b'<' => {
                angles = angles.saturating_sub(1);
                if angles > 0 {
                    continue;
                }
                let after = end_of_name(source, at)?;
                let span = Span::from_range(at..close);
                let whole = type_arguments_end(&source[..close], at) == Some(close);
                return whole.then_some(Hidden { after, span });
            }
            _ => {}
        }
    }
    None
}

/// Goes back from the end of a string, comment or commented line to its start.
fn before_trivia(source: &[u8], floor: usize, at: usize) -> usize {
    let before = &source[floor..at];
    let start = match source[at] {
        quote @ (b'\'' | b'"') => {
            memchr::memrchr2(quote, b'\n', before).filter(|start| before[*start] == quote)
        }
        b'/' if before.ends_with(b"*") => memmem::rfind(before, b"/*"),
        b'\n' => {
            let line = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
            memmem::find(&before[line..], b"//").map(|comment| line + comment)
        }
        _ => None,
    };
    start.map_or(at, |start| floor + start)
}

/// Whether the name at the end of `before` is surely called: it is a member, or
/// an operator stands before it. Otherwise it could be declared there.
fn is_called(before: &[u8]) -> bool {
    let name = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..))
        .count();
    let before = before[..before.len() - name].trim_ascii_end();
    let word = |word: &[u8]| {
        before.strip_suffix(word).is_some_and(|rest| {
            !rest
                .last()
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
        })
    };
    matches!(before.last(), Some(b'.' | b'!' | b'~' | b'-' | b'+'))
        || [b"await".as_slice(), b"typeof", b"void", b"delete"]
            .into_iter()
            .any(word)
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
        assert_eq!(hidden("f<{\n  // of `a` and `b`\n  a: 1 }>`x`").len(), 1);
        assert_eq!(hidden("f<{\n  // it's > 1\n  a: 'x>y';\n}>\n`x`").len(), 1);
    }

    #[test]
    fn comparisons_and_arrows_are_left_alone() {
        assert!(hidden("() => `x`").is_empty());
        assert!(hidden("a > `x`").is_empty());
        assert!(hidden("if (a < b) { c = d > `x` }").is_empty());
        assert!(hidden("<div>`x`</div>").is_empty());
    }

    #[test]
    fn type_arguments_of_calls_behind_operators_are_hidden() {
        assert_eq!(hidden("await a.f<{ b: () => C }>(x)"), ["<{ b: () => C }>"]);
        assert_eq!(hidden("await f<A>(x) + !g<B>(y)"), ["<A>", "<B>"]);
        assert!(hidden("class A { f<T>(x) {} } function g<T>(x) {}").is_empty());
        assert!(hidden("const unawait = unawait f<T>(x)").is_empty());
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
