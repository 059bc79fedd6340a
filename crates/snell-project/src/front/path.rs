//! The parts of a path that was folded, and names of what makes one.

use smol_str::SmolStr;
use snell_extract::facts::PatternStep;

use super::Segment;
use crate::module::FunctionRef;

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Constant text.
    Text(SmolStr),
    /// Unknown.
    Hole,
    /// A parameter of a function, or a property inside it.
    Given(Given),
}

/// A parameter, and the way into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) function: FunctionRef,
    pub(super) index: u32,
    pub(super) path: Vec<SmolStr>,
}

/// The names of a way into an object; nothing where it goes elsewhere.
pub(super) fn names(path: &[PatternStep]) -> Option<Vec<SmolStr>> {
    let mut found = Vec::new();
    for step in path {
        match step {
            PatternStep::Property(name) => found.push(name.clone()),
            // The rest of an object holds what is asked of it.
            PatternStep::Rest => {}
            _ => return None,
        }
    }
    Some(found)
}

pub(super) fn is_empty(piece: &Piece) -> bool {
    matches!(piece, Piece::Text(text) if text.is_empty())
}

/// Whether a function's name says that it makes a path of another.
pub(super) fn is_builder(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["url", "path", "route", "endpoint", "uri"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Whether a URL begins with a host that is none of the workspace's: what is written out in code
/// runs everywhere, and there the own API is at home, or asked for by a variable.
pub(super) fn is_elsewhere(pieces: &[Piece]) -> bool {
    let Some(Piece::Text(first)) = pieces.iter().find(|piece| !is_empty(piece)) else {
        return false;
    };
    let Some((_, rest)) = first.split_once("://") else {
        return false;
    };
    let end = rest.find(['/', ':', '?', '#']).unwrap_or(rest.len());
    let host = &rest[..end];
    host.contains('.') && host.parse::<std::net::Ipv4Addr>().is_err()
}

/// The segments of a path, and whether something unknown stands before it; nothing when
/// it has none that is known.
pub(super) fn segments(pieces: &[Piece]) -> Option<(Vec<Segment>, bool)> {
    let mut text = String::new();
    let mut based = false;
    let known: Vec<&Piece> = pieces.iter().filter(|piece| !is_empty(piece)).collect();
    for (n, piece) in known.iter().enumerate() {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Hole | Piece::Given(_) if text.is_empty() => {
                based = true;
                // What follows may go on without a slash.
                text.push('/');
            }
            Piece::Hole | Piece::Given(_) => {
                let last = n + 1 == known.len();
                if last && !text.ends_with('/') && !text.contains('?') {
                    text.push('?');
                }
                text.push('\u{1}');
            }
        }
    }
    let whole = text.trim_start_matches('/');
    let path = match whole.split_once("://") {
        Some((_, rest)) => {
            based = true;
            rest.split_once('/').map_or("", |(_, path)| path)
        }
        None => whole,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let segments: Vec<Segment> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let parameter = part.contains('\u{1}')
                || part.starts_with(':')
                || part.starts_with('{') && part.ends_with('}');
            if parameter {
                Segment::Parameter
            } else {
                Segment::Text(part.into())
            }
        })
        .collect();
    let told = segments
        .iter()
        .any(|segment| matches!(segment, Segment::Text(_)));
    told.then_some((segments, based))
}
