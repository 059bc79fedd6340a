//! Statements that PostgreSQL refuses because the whole file is one transaction.

use snell_source::Location;
use snell_sql::NoteKind;

use crate::{rule::Context, support::migrations::histories};

/// A statement of a new migration that fails in its transaction.
pub(super) struct Refused<'a> {
    /// The migration's name.
    pub(super) migration: &'a str,
    /// The part that fails.
    pub(super) at: Location,
    /// What else in the transaction makes it fail.
    pub(super) related: Option<(Location, String)>,
    /// What a finding is about.
    pub(super) subject: String,
}

/// The statements of new migrations that fail with this SQLSTATE in the transaction that a file
/// of several statements is, though each of them could run alone.
pub(super) fn refused<'a>(
    context: &Context<'a>,
    wanted: &'a str,
) -> impl Iterator<Item = Refused<'a>> {
    histories(context).flat_map(move |(schema, history)| {
        history.replay.notes.iter().filter_map(move |note| {
            let NoteKind::InTransaction {
                sqlstate,
                span,
                related,
            } = &note.kind
            else {
                return None;
            };
            let number = note.place.migration;
            if sqlstate != wanted || !history.is_new(number) {
                return None;
            }
            let migration = history.migrations.get(number as usize)?.name.as_str();
            let related = related
                .as_ref()
                .map(|related| (history.location(related.place), related.message.clone()));
            Some(Refused {
                migration,
                at: history.within(note.place, *span),
                related,
                subject: format!("schema:{} migration:{migration} {wanted}", schema.path),
            })
        })
    })
}
