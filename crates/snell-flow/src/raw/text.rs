//! A raw query's text, and where each byte of it comes from.

use snell_project::module::ExpressionRef;
use snell_source::Location;

use crate::{fact::Fact, value::Value};

/// One text that a raw query may have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SqlText {
    /// The text, with `$1`, `$2`, ... for the values of tagged templates.
    pub text: String,
    /// What the text is made of, in order and without gaps.
    pub pieces: Vec<Piece>,
    /// What stands for `$1`, `$2`, ...
    pub parameters: Vec<Parameter>,
    /// Whether further parameters may follow that are not known one by one.
    pub open_parameters: bool,
    /// Where a `1` stands for a number that is known only at run time.
    pub numbers: Vec<u32>,
    /// Whether there are more texts of the query than were put together.
    pub one_of_more: bool,
}

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Piece {
    /// The first byte in the text.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
    /// What it is.
    pub kind: PieceKind,
}

/// What a stretch of a text is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// Constant text.
    Text {
        /// Where it is written; absent for constants put together elsewhere.
        at: Option<Location>,
        /// Whether the source has the same bytes, so that offsets carry over.
        verbatim: bool,
    },
    /// `$n`: the position of the parameter.
    Placeholder(usize),
    /// Text that is known only at run time; nothing stands for it.
    Hole(Hole),
}

/// Text that is known only at run time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hole {
    /// What is put in.
    pub value: Value,
    /// The expression that gives it.
    pub at: ExpressionRef,
    /// How it comes in.
    pub kind: HoleKind,
    /// What holds where it is this one of several values: `LIST.includes(sent) ? sent : 'id'`.
    pub facts: Box<[Fact]>,
}

/// How text comes into a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoleKind {
    /// Interpolated or appended to a string.
    Text,
    /// Handed to `Prisma.raw`.
    Raw,
    /// A fragment (`Prisma.Sql`) whose text is not known.
    Fragment,
    /// The number of a placeholder: `$${n}`.
    Number,
}

/// A value that the server gets beside the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// The value.
    pub value: Value,
    /// The expression that gives it, when it stands alone.
    pub at: Option<ExpressionRef>,
    /// Whether it stands for the elements of a list: `Prisma.join(ids)`.
    pub list: bool,
    /// Whether the expression is a list that the value is an element of.
    pub element: bool,
    /// Whether it may be a fragment rather than a value.
    pub perhaps_fragment: bool,
}

impl SqlText {
    /// Whether every byte of the text is known.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.holes().next().is_none()
            && !self
                .parameters
                .iter()
                .any(|parameter| parameter.perhaps_fragment)
    }

    /// The text with a `1` for each hole, where all of them are numbers: what is asked for is the same.
    #[must_use]
    pub fn numbered(&self, is_number: impl Fn(&Hole) -> bool) -> Option<SqlText> {
        let mut filled = SqlText {
            text: String::with_capacity(self.text.len() + 8),
            pieces: Vec::with_capacity(self.pieces.len()),
            parameters: self.parameters.clone(),
            open_parameters: self.open_parameters,
            numbers: Vec::new(),
            one_of_more: self.one_of_more,
        };
        for piece in &self.pieces {
            let start = as_u32(filled.text.len());
            let kind = match &piece.kind {
                PieceKind::Hole(hole) => {
                    // `$${n}` is the number of a placeholder, `a${n}` a part of a name, and
                    // `vector(${n})` another type for each number.
                    let before = filled.text.trim_end_matches(' ').chars().next_back();
                    let apart = filled.text.ends_with(' ');
                    let joins = |c: char| {
                        matches!(c, '$' | '_' | '"' | '.' | '(') || c.is_alphanumeric() && !apart
                    };
                    if hole.kind != HoleKind::Text || before.is_some_and(joins) || !is_number(hole)
                    {
                        return None;
                    }
                    filled.numbers.push(start);
                    filled.text.push('1');
                    PieceKind::Text {
                        at: None,
                        verbatim: false,
                    }
                }
                kind => {
                    let range = piece.start as usize..piece.end as usize;
                    filled.text.push_str(self.text.get(range)?);
                    kind.clone()
                }
            };
            filled.pieces.push(Piece {
                start,
                end: as_u32(filled.text.len()),
                kind,
            });
        }
        (!filled.numbers.is_empty()).then_some(filled)
    }

    /// Whether another text is this one with numbers filled in.
    #[must_use]
    pub fn is_filled_as(&self, filled: &SqlText) -> bool {
        let bytes = filled.text.bytes().enumerate();
        !filled.numbers.is_empty()
            && bytes
                .filter(|(n, _)| !filled.numbers.contains(&as_u32(*n)))
                .map(|(_, byte)| byte)
                .eq(self.text.bytes())
    }

    /// What is known only at run time.
    pub fn holes(&self) -> impl Iterator<Item = &Hole> {
        self.pieces.iter().filter_map(|piece| match &piece.kind {
            PieceKind::Hole(hole) => Some(hole),
            _ => None,
        })
    }

    /// The stretches that stand for parameters, with the parameter's position.
    pub fn placeholders(&self) -> impl Iterator<Item = (&Piece, usize)> {
        self.pieces.iter().filter_map(|piece| match piece.kind {
            PieceKind::Placeholder(position) => Some((piece, position)),
            _ => None,
        })
    }

    /// The stretch that holds this byte of the text.
    #[must_use]
    pub fn piece_at(&self, offset: u32) -> Option<&Piece> {
        let next = self.pieces.partition_point(|piece| piece.end <= offset);
        self.pieces.get(next)
    }

    /// Where in the source a stretch of the text is written, when the source
    /// has it in one piece.
    #[must_use]
    pub fn written_at(&self, start: u32, end: u32) -> Option<Location> {
        let piece = self.piece_at(start)?;
        match piece.kind {
            PieceKind::Text {
                at: Some(at),
                verbatim: true,
            } if end <= piece.end => {
                let from = at.span.start + (start - piece.start);
                Some(Location {
                    file: at.file,
                    span: snell_source::Span::new(from, from + (end - start)),
                })
            }
            PieceKind::Text { at: Some(at), .. } => Some(at),
            _ => None,
        }
    }
}

fn as_u32(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
