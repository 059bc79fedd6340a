//! Where the text of a plain string is written, which constant folding forgets.

use snell_extract::facts::{BindingKind, Expression, ExpressionId, TemplateChunk};
use snell_project::{Project, module::ModuleId};
use snell_source::Location;

use super::text::{Piece, PieceKind, SqlText};

/// Names that are followed to a literal.
const DEPTH: u32 = 4;

/// Gives the pieces of a text the places of the literal or template that an expression is.
pub(super) fn locate(project: &Project, module: ModuleId, id: ExpressionId, text: &mut SqlText) {
    let mut from = 0;
    written(project, module, id, text, &mut from, DEPTH);
}

fn written(
    project: &Project,
    module: ModuleId,
    id: ExpressionId,
    text: &mut SqlText,
    from: &mut usize,
    depth: u32,
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    let facts = project.modules.facts(module);
    let id = facts.unwrap_casts(id);
    match facts.expression(id) {
        Expression::Template { chunks, .. } => {
            for chunk in chunks {
                place(project, module, chunk, text, from);
            }
        }
        Expression::String(value) => {
            let span = facts.span(id);
            let quoted = span.len() as usize == value.len() + 2;
            let chunk = TemplateChunk {
                text: value.clone(),
                span: if quoted {
                    snell_source::Span::new(span.start + 1, span.end - 1)
                } else {
                    span
                },
                verbatim: quoted,
            };
            place(project, module, &chunk, text, from);
        }
        Expression::Binary { left, right, .. } => {
            written(project, module, *left, text, from, depth);
            written(project, module, *right, text, from, depth);
        }
        Expression::Call {
            callee, arguments, ..
        } if arguments.is_empty() => {
            // `\`...\`.trim()`
            if let Expression::Member { object, .. } = facts.expression(*callee) {
                written(project, module, *object, text, from, depth);
            }
        }
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => {
            if let BindingKind::Variable {
                init: Some(init), ..
            } = &facts.binding(*binding).kind
                && init.path.is_empty()
            {
                written(project, module, init.value, text, from, depth);
            }
        }
        _ => {}
    }
}

/// Finds a chunk in the text, behind those found before, and notes where it is written.
fn place(
    project: &Project,
    module: ModuleId,
    chunk: &TemplateChunk,
    text: &mut SqlText,
    from: &mut usize,
) {
    if chunk.text.is_empty() {
        return;
    }
    let Some(found) = text
        .text
        .get(*from..)
        .and_then(|rest| rest.find(chunk.text.as_str()))
    else {
        return;
    };
    let start = *from + found;
    let end = start + chunk.text.len();
    *from = end;
    let at = project.modules.at(module, chunk.span);
    text.mark(as_u32(start), as_u32(end), at, chunk.verbatim);
}

fn as_u32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

impl SqlText {
    /// Says where a stretch of constant text is written; stretches with holes stay as they are.
    fn mark(&mut self, start: u32, end: u32, at: Location, verbatim: bool) {
        let inside = |piece: &Piece| piece.start < end && start < piece.end;
        let constant = |piece: &Piece| matches!(piece.kind, PieceKind::Text { at: None, .. });
        let holes =
            |piece: &Piece| piece.start == piece.end && piece.start > start && piece.end < end;
        if self
            .pieces
            .iter()
            .any(|piece| inside(piece) && !constant(piece) || holes(piece))
        {
            return;
        }
        let mut pieces = Vec::with_capacity(self.pieces.len() + 2);
        let mut placed = false;
        for piece in self.pieces.drain(..) {
            if !(piece.start < end && start < piece.end) {
                pieces.push(piece);
                continue;
            }
            let part = |start, end, kind: &PieceKind| Piece {
                start,
                end,
                kind: kind.clone(),
            };
            if piece.start < start {
                pieces.push(part(piece.start, start, &piece.kind));
            }
            if !placed {
                placed = true;
                pieces.push(Piece {
                    start,
                    end,
                    kind: PieceKind::Text {
                        at: Some(at),
                        verbatim,
                    },
                });
            }
            if piece.end > end {
                pieces.push(part(end, piece.end, &piece.kind));
            }
        }
        self.pieces = pieces;
    }
}
