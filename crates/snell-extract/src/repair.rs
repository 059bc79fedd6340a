//! Mends a text after the parser has stumbled over it.
//!
//! Some misreadings cannot be foreseen without the tree: whether an `&` stands
//! in the text of an element, whether `unique` is a name. Where an error begins
//! with one, the byte is replaced and the module parsed once more.

use tree_sitter::{Node, Tree};

use crate::grammar::{Grammar, Kind};
use crate::mask::Masked;

/// How many errors of one file are looked at.
const MOST: usize = 1000;

/// Replaces what makes the parser stumble; whether anything was replaced.
pub(crate) fn repair(tree: &Tree, grammar: &Grammar, masked: &mut Masked) -> bool {
    if !tree.root_node().has_error() {
        return false;
    }
    let mut found = Vec::new();
    let mut open = vec![tree.root_node()];
    while let Some(node) = open.pop() {
        if found.len() == MOST {
            break;
        }
        if grammar.kind(node) == Kind::Error {
            found.extend(replacement(node, &masked.text));
        }
        if node.has_error() {
            let mut cursor = node.walk();
            open.extend(node.children(&mut cursor).filter(Node::has_error));
        }
    }
    for (at, byte) in &found {
        masked.replace(*at, *byte);
    }
    !found.is_empty()
}

/// The byte at which an error begins, and what may stand there instead.
fn replacement(error: Node<'_>, text: &[u8]) -> Option<(usize, u8)> {
    let at = error.start_byte();
    let rest = &text[at..];
    if rest.starts_with(b"&") {
        // A bare `&` in the text of an element; elsewhere the error remains.
        return Some((at, b' '));
    }
    // `a < unique.length`: taken for the type `unique symbol`.
    rest.starts_with(b"unique").then_some((at, b'_'))
}
