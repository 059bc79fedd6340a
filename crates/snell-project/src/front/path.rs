//! The segments of a path that was folded.

use super::{
    Segment,
    fold::{Piece, is_empty},
};

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
