//! From the syntax tree to facts, in one walk.
//!
//! [`Lowering`] holds what grows during the walk: the arenas, the scopes and
//! the place where the walk is. Each neighbour adds the methods for one kind of
//! syntax. Chains that nest to the left (`a.b().c()`, `a + b + c`) and
//! `else if` are walked in loops; every other nesting is cut at
//! [`MAX_NESTING`], so that no input exhausts the stack, here or later.

mod broken;
mod chain;
mod class;
mod expression;
mod function;
mod interface;
mod jsx;
mod literal;
mod module;
mod object;
mod pattern;
mod scope;
mod statement;
mod types;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_source::{Span, SyntaxError};
use tree_sitter::{Node, Tree, TreeCursor};

use crate::Dialect;
use crate::facts::{
    ClassId, Expression, ExpressionId, ExpressionNode, FunctionId, ModuleFacts, Name,
    TypeExpression, TypeId, TypeNode,
};
use crate::grammar::{Field, Grammar, Kind};
use crate::mask::Masked;
use scope::Scopes;

/// How deep facts nest at most, statements, expressions, types and patterns
/// counted together. What stands deeper is cut off and reported as an error.
///
/// Left-nested chains (binary operators, members, calls) and the last branches
/// of `?:` are not counted: whoever follows them in a recursion needs a limit.
pub const MAX_NESTING: u32 = 256;

/// How many errors of one file are kept: the first ones say what is wrong.
const MAX_ERRORS: usize = 20;

/// The expressions that a landmark can be, by the id of their syntax node.
pub(crate) type Landmarks = FxHashMap<usize, ExpressionId>;

/// A child of a syntax node.
#[derive(Clone, Copy)]
struct Child<'t> {
    node: Node<'t>,
    kind: Kind,
    field: Field,
}

/// The walk.
struct Lowering<'t, 's> {
    source: &'s str,
    /// Where `source` begins in the file. Not 0 while hidden type arguments are
    /// read; below 0 because of the text that is put before them.
    offset: i64,
    /// What is read: all of the file, or hidden type arguments.
    window: Span,
    masked: &'s Masked,
    grammar: &'static Grammar,
    dialect: Dialect,
    cursor: TreeCursor<'t>,
    facts: ModuleFacts,
    scopes: Scopes,
    landmarks: Landmarks,
    /// Errors wait here until the statement around them is done.
    broken: Vec<Node<'t>>,
    has_errors: bool,
    depth: u32,
    /// The function around the place where the walk is.
    function: Option<FunctionId>,
    /// The class in whose field initialiser it is, outside of any function in there.
    class: Option<ClassId>,
    /// Whether it is inside `declare`, where functions have no body.
    ambient: bool,
    /// Whether it is inside a namespace, whose exports are not the module's.
    namespace: bool,
}

/// The facts of a module, sites left out, and the expressions that may be some.
pub(crate) fn lower(
    source: &str,
    masked: &Masked,
    tree: &Tree,
    dialect: Dialect,
) -> (ModuleFacts, Landmarks) {
    let root = tree.root_node();
    let mut lowering = Lowering::new(source, masked, root, dialect);
    lowering.module(root);
    lowering.finish()
}

impl<'t, 's> Lowering<'t, 's> {
    fn new(source: &'s str, masked: &'s Masked, root: Node<'t>, dialect: Dialect) -> Self {
        Lowering {
            source,
            offset: 0,
            window: Span::from_range(0..source.len()),
            masked,
            grammar: Grammar::of(dialect),
            dialect,
            cursor: root.walk(),
            facts: ModuleFacts::default(),
            scopes: Scopes::new(),
            landmarks: Landmarks::default(),
            broken: Vec::new(),
            has_errors: root.has_error(),
            depth: 0,
            function: None,
            class: None,
            ambient: false,
            namespace: false,
        }
    }

    fn finish(mut self) -> (ModuleFacts, Landmarks) {
        self.scopes.resolve(&mut self.facts);
        self.facts.comments.sort_unstable();
        self.facts.comments.dedup();
        self.facts.errors.sort_by_key(|error| error.span);
        self.facts.errors.dedup();
        // Facts live as long as the run: what they grew by in advance is given back.
        self.facts.expressions.shrink_to_fit();
        self.facts.types.shrink_to_fit();
        self.facts.bindings.shrink_to_fit();
        self.facts.functions.shrink_to_fit();
        self.facts.imports.shrink_to_fit();
        self.facts.exports.shrink_to_fit();
        (self.facts, self.landmarks)
    }

    /// The children of a node without comments and errors, which are put aside.
    fn children(&mut self, node: Node<'t>) -> Vec<Child<'t>> {
        let mut children = Vec::with_capacity(node.child_count() as usize);
        self.cursor.reset(node);
        if !self.cursor.goto_first_child() {
            return children;
        }
        loop {
            let child = self.cursor.node();
            let kind = self.grammar.kind(child);
            match kind {
                Kind::Comment | Kind::HtmlComment => {
                    let span = self.span(child);
                    self.facts.comments.push(span);
                }
                Kind::Error => {
                    self.error(self.span(child), "this could not be understood");
                    self.broken.push(child);
                }
                _ => {
                    if self.has_errors && child.is_missing() {
                        let message = format!("`{}` is missing here", child.kind());
                        self.error(self.span(child), message);
                    }
                    children.push(Child {
                        node: child,
                        kind,
                        field: self.grammar.field(self.cursor.field_id()),
                    });
                }
            }
            if !self.cursor.goto_next_sibling() {
                return children;
            }
        }
    }

    fn kind(&self, node: Node<'t>) -> Kind {
        self.grammar.kind(node)
    }

    fn span(&self, node: Node<'t>) -> Span {
        self.clamp(Span::from_range(node.byte_range()))
    }

    /// From a span in what is parsed to a span in the file.
    fn clamp(&self, span: Span) -> Span {
        let place = |at: u32| {
            let at = i64::from(at) + self.offset;
            let at = at.clamp(i64::from(self.window.start), i64::from(self.window.end));
            u32::try_from(at).unwrap_or_default()
        };
        Span::new(place(span.start), place(span.end))
    }

    fn text(&self, node: Node<'t>) -> &'s str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }

    fn name(&self, node: Node<'t>) -> Name {
        Name {
            text: SmolStr::new(self.text(node)),
            span: self.span(node),
        }
    }

    /// The text of a dotted name or a piece of a type, white space left out.
    fn compact(&self, node: Node<'t>) -> SmolStr {
        let text = self.text(node);
        if text.contains(char::is_whitespace) {
            text.split_whitespace().collect()
        } else {
            SmolStr::new(text)
        }
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        if self.facts.errors.len() < MAX_ERRORS {
            self.facts.errors.push(SyntaxError::new(span, message));
        }
    }

    /// Runs `lower` one level deeper; `None`, with an error, beyond the limit.
    fn nested<T>(&mut self, node: Node<'t>, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_NESTING {
            self.error(self.span(node), "this is nested too deeply");
            return None;
        }
        self.depth += 1;
        let result = lower(self);
        self.depth -= 1;
        Some(result)
    }

    fn add(&mut self, span: Span, kind: Expression) -> ExpressionId {
        let id = ExpressionId(position(self.facts.expressions.len()));
        self.facts.expressions.push(ExpressionNode { span, kind });
        id
    }

    fn add_type(&mut self, span: Span, kind: TypeExpression) -> TypeId {
        let id = TypeId(position(self.facts.types.len()));
        self.facts.types.push(TypeNode { span, kind });
        id
    }
}

/// A position in an arena; a text below 4 GiB has no more nodes.
fn position(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The child in a field.
fn in_field<'t>(children: &[Child<'t>], field: Field) -> Option<Child<'t>> {
    children.iter().find(|child| child.field == field).copied()
}

/// The first child of a kind.
fn of_kind<'t>(children: &[Child<'t>], kind: Kind) -> Option<Child<'t>> {
    children.iter().find(|child| child.kind == kind).copied()
}

/// Whether there is a child of this kind.
fn has(children: &[Child<'_>], kind: Kind) -> bool {
    children.iter().any(|child| child.kind == kind)
}

/// How many there are in a list with commas between them and a bracket at each end. Facts are many
/// and small: a vector that makes room for four of them at once would be empty for the most part.
fn listed(children: &[Child<'_>]) -> usize {
    children.len().saturating_sub(1) / 2
}

/// The named children: punctuation and keywords left out.
fn named<'c, 't>(children: &'c [Child<'t>]) -> impl Iterator<Item = Child<'t>> + 'c {
    children
        .iter()
        .filter(|child| child.node.is_named())
        .copied()
}
