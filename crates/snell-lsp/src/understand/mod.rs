//! What stands at a place: models and fields, in schemas, in SQL and in code.

mod code;
pub(crate) mod definition;
pub(crate) mod hover;
pub(crate) mod lens;
pub(crate) mod references;
mod schema;
mod sql;

use snell_correlate::{Rule, rules};
use snell_project::schema::{FieldRef, ModelRef};
use snell_source::{FileId, FileKind, Span};

use crate::snapshot::Snapshot;

/// Something that a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Model(ModelRef),
    Field(FieldRef),
}

/// What sort of place a name stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The schema declares it here.
    Declaration,
    /// The schema names it.
    Schema,
    /// SQL names it.
    Sql,
    /// Code names it.
    Code,
}

/// A name and what it may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The name.
    pub(crate) span: Span,
    /// Several when it cannot be told which.
    pub(crate) subjects: Vec<Subject>,
    /// What sort of place it is.
    pub(crate) place: Place,
}

/// What stands at an offset of a file that a run read.
pub(crate) fn at(snapshot: &Snapshot, file: FileId, offset: u32) -> Option<Found> {
    match snapshot.analysis.sources.file(file).kind {
        FileKind::Prisma => schema::at(snapshot, file, offset),
        FileKind::Sql => sql::in_file(snapshot, file, offset),
        _ => code::at(snapshot, file, offset),
    }
}

/// The rule whose name stands at an offset of any text: in a suppression, in the configuration.
pub(crate) fn rule_at(text: &str, offset: u32) -> Option<(&'static Rule, Span)> {
    let is_part = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-/".contains(*c);
    let at = offset as usize;
    let before = text.get(..at)?.chars().rev().take_while(is_part).count();
    let after = text.get(at..)?.chars().take_while(is_part).count();
    let span = Span::from_range(at - before..at + after);
    let rule = rules::named(span.text(text))?;
    Some((rule, span))
}

#[cfg(test)]
mod tests {
    use super::rule_at;

    #[test]
    fn rules_are_found_from_any_place_in_their_names() {
        let text = "// é snell-ignore query/n-plus-one: few";
        let start = u32::try_from(text.find("query").expect("it is there")).expect("short");
        for offset in [start, start + 7, start + 16] {
            let (rule, span) = rule_at(text, offset).expect("a rule");
            assert_eq!(rule.metadata.name, "query/n-plus-one");
            assert_eq!(span.text(text), "query/n-plus-one");
        }
        assert!(rule_at(text, 4).is_none());
        assert!(rule_at(text, start + 17).is_none());
        assert!(rule_at("a/b", 999).is_none());
    }
}
