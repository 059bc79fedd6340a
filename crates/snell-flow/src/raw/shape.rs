//! What expressions hold of a raw query's rows.

use smol_str::SmolStr;
use snell_extract::facts::PatternStep;

/// What a followed expression holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    Rows,
    Row,
    Column(SmolStr),
    /// A literal that holds the column; without a name, rows.
    Holder(SmolStr),
    /// What `Promise.all` gives, with the rows at this place.
    Together(u32),
}

impl Shape {
    /// The column that is held; empty for whole rows.
    pub(super) fn column(&self) -> SmolStr {
        match self {
            Shape::Column(name) | Shape::Holder(name) => name.clone(),
            Shape::Rows | Shape::Row | Shape::Together(_) => SmolStr::default(),
        }
    }
}

/// What a way through a destructured shape leads to.
pub(super) fn walked(shape: &Shape, path: &[PatternStep]) -> Option<Shape> {
    let mut shape = shape.clone();
    for step in path {
        shape = match (shape, step) {
            (Shape::Rows, PatternStep::Element(_)) => Shape::Row,
            (Shape::Rows, PatternStep::Rest) => Shape::Rows,
            (Shape::Together(at), PatternStep::Element(here)) if at == *here => Shape::Rows,
            (Shape::Row, PatternStep::Property(name)) => Shape::Column(name.clone()),
            _ => return None,
        };
    }
    Some(shape)
}
