//! Which kind of site each capture of the query stands for.

use crate::facts::SiteKind;

/// What a capture that holds an operation's name stands for.
pub(super) struct Reader {
    /// The capture.
    pub(super) capture: &'static str,
    /// The kind of its sites.
    pub(super) kind: SiteKind,
}

/// The readers of all captures that hold an operation's name.
pub(super) static READERS: &[Reader] = &[
    reader("model.operation", SiteKind::ModelOperation),
    reader("raw.operation", SiteKind::RawQuery),
    reader("transaction.operation", SiteKind::Transaction),
    reader("extension.operation", SiteKind::Extension),
    reader("fragment.operation", SiteKind::SqlFragment),
    reader("client.operation", SiteKind::ClientConstruction),
    reader("decorator.operation", SiteKind::ParamDecorator),
    reader("validation.operation", SiteKind::ValidationSchema),
];

const fn reader(capture: &'static str, kind: SiteKind) -> Reader {
    Reader { capture, kind }
}
