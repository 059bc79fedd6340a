//! One line of a frame, right of its border: pieces of text at columns.

use super::theme::{Paint, Painter};
use crate::visible;

/// Pieces of text at columns. Where two overlap, the one that starts first is shown.
#[derive(Debug, Default, Clone)]
pub(super) struct Row {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
struct Piece {
    column: usize,
    paint: Paint,
    text: String,
}

impl Row {
    /// Puts a text at a column.
    pub(super) fn put(&mut self, column: usize, paint: Paint, text: impl Into<String>) {
        self.pieces.push(Piece {
            column,
            paint,
            text: text.into(),
        });
    }

    /// Puts cells, each one column wide, from a column on; `None` is left blank.
    pub(super) fn put_cells(&mut self, column: usize, cells: &[Option<(char, Paint)>]) {
        let mut at = column;
        for run in cells.chunk_by(|a, b| a.map(|cell| cell.1) == b.map(|cell| cell.1)) {
            if let Some((_, paint)) = run[0] {
                self.put(
                    at,
                    paint,
                    run.iter().flatten().map(|cell| cell.0).collect::<String>(),
                );
            }
            at += run.len();
        }
    }

    /// The same pieces, `by` columns further right.
    pub(super) fn shifted(mut self, by: usize) -> Self {
        for piece in &mut self.pieces {
            piece.column += by;
        }
        self
    }

    /// The pieces of both rows.
    pub(super) fn joined(mut self, other: Row) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// Draws the row from the border on.
    pub(super) fn draw(mut self, painter: &mut Painter) {
        self.pieces.sort_by_key(|piece| piece.column);
        let mut at = 0;
        for piece in self.pieces {
            if piece.column < at {
                continue;
            }
            painter.spaces(piece.column - at);
            painter.push(piece.paint, &piece.text);
            at = piece.column + visible::width(&piece.text);
        }
    }
}
