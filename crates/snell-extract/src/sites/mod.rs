//! Finds the landmarks that `queries/typescript.scm` describes.
//!
//! A query over a whole tree costs half of the time of parsing. So the text is
//! searched for the words of the query first, and the query runs on the
//! smallest call or construction around each hit.

mod query;
mod readers;

use smol_str::SmolStr;
use snell_source::{Span, SyntaxError};
use tree_sitter::{Node, QueryCursor, StreamingIterator, Tree, TreeCursor};

use crate::Dialect;
use crate::facts::{Expression, ExpressionId, ModuleFacts, Name, Site};
use crate::grammar::{Grammar, Kind};
use crate::lower::Landmarks;
use query::{Landscape, landscape};

/// How far above a word the root of a pattern can be: string, subscript or
/// member, call.
const HEIGHT: usize = 3;

/// The sites of a module, in source order.
pub(crate) fn find(
    text: &str,
    tree: &Tree,
    dialect: Dialect,
    facts: &ModuleFacts,
    landmarks: &Landmarks,
) -> Result<Vec<Site>, SyntaxError> {
    let landscape =
        landscape(dialect).map_err(|message| SyntaxError::new(Span::empty(0), message))?;
    let root = tree.root_node();
    let mut search = Search {
        text,
        grammar: Grammar::of(dialect),
        landscape,
        facts,
        landmarks,
        cursor: root.walk(),
        queries: QueryCursor::new(),
        sites: Vec::new(),
    };
    search.queries.set_max_start_depth(Some(0));
    for hit in landscape.words.find_iter(text) {
        if is_worth_a_look(text.as_bytes(), hit.start(), hit.end()) {
            search.around(root, hit.start(), hit.end());
        }
    }
    let mut sites = search.sites;
    sites.sort_by_key(|site| (site.operation.span, site.kind));
    sites.dedup();
    Ok(sites)
}

/// Whether a word stands where an operation can: after a dot, in quotes, before
/// its arguments, or as part of a class's name.
fn is_worth_a_look(text: &[u8], start: usize, end: usize) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let before = text[..start].last();
    let after = text.get(end);
    if text[start].is_ascii_uppercase() {
        // `Prisma` in a name; after a dot or a space at its beginning.
        return true;
    }
    if before.is_some_and(is_name) || after.is_some_and(is_name) {
        return false;
    }
    let dotted = text[..start].trim_ascii_end().ends_with(b".");
    let quoted = matches!(before, Some(b'\'' | b'"')) && before == after;
    let called = matches!(after, Some(b'(' | b'`' | b'<'));
    dotted || quoted || called
}

struct Search<'a> {
    text: &'a str,
    grammar: &'static Grammar,
    landscape: &'static Landscape,
    facts: &'a ModuleFacts,
    landmarks: &'a Landmarks,
    cursor: TreeCursor<'a>,
    queries: QueryCursor,
    sites: Vec<Site>,
}

impl<'a> Search<'a> {
    /// Runs the query on the nodes around a word.
    fn around(&mut self, root: Node<'a>, start: usize, end: usize) {
        self.cursor.reset(root);
        while self.cursor.goto_first_child_for_byte(start).is_some() {}
        let leaf = self.cursor.node();
        if leaf.start_byte() > start
            || leaf.end_byte() < end
            || !matches!(
                self.grammar.kind(leaf),
                Kind::PropertyIdentifier | Kind::Identifier | Kind::StringFragment
            )
        {
            return;
        }
        for _ in 0..HEIGHT {
            if !self.cursor.goto_parent() {
                return;
            }
            let node = self.cursor.node();
            if self.landmarks.contains_key(&node.id()) {
                self.matches(node, start, end);
            }
        }
    }

    fn matches(&mut self, node: Node<'a>, start: usize, end: usize) {
        self.queries.set_byte_range(start..end);
        let mut matches = self
            .queries
            .matches(&self.landscape.query, node, self.text.as_bytes());
        while let Some(found) = matches.next() {
            let captures = found.captures();
            let of = |index| captures.iter().find(|capture| capture.index == index);
            let site = of(self.landscape.site).map(|capture| capture.node.id());
            let Some(expression) = site.and_then(|site| self.landmarks.get(&site).copied()) else {
                continue;
            };
            let receiver = receiver(self.facts, expression);
            for predicate in &self.landscape.patterns[found.pattern_index] {
                let Some(operation) = of(predicate.capture) else {
                    continue;
                };
                let span = operation.node.byte_range();
                let word = self.text.get(span.clone()).unwrap_or_default();
                let reader = predicate.reader;
                if predicate.accepts(word) && (reader.fits)(self.facts, expression, receiver) {
                    self.sites.push(Site {
                        kind: reader.kind,
                        expression,
                        operation: Name {
                            text: SmolStr::new(word),
                            span: Span::from_range(span),
                        },
                        receiver,
                    });
                }
            }
        }
    }
}

/// What the operation of a site is called on.
fn receiver(facts: &ModuleFacts, site: ExpressionId) -> Option<ExpressionId> {
    let callee = match facts.expression(site) {
        Expression::Call { callee, .. } | Expression::New { callee, .. } => *callee,
        Expression::TaggedTemplate { tag, .. } => *tag,
        _ => site,
    };
    match facts.expression(facts.unwrap_casts(callee)) {
        Expression::Member { object, .. } | Expression::Index { object, .. } => Some(*object),
        _ => None,
    }
}
