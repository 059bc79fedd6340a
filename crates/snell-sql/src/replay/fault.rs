//! Why a statement cannot succeed.

use snell_source::Span;

use super::Related;

/// A statement's error, as the server would give it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) sqlstate: &'static str,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) related: Option<Related>,
}

pub(super) fn fault(sqlstate: &'static str, span: Span, message: impl Into<String>) -> Fault {
    Fault {
        sqlstate,
        span,
        message: message.into(),
        related: None,
    }
}

impl Fault {
    pub(super) fn related(mut self, related: Option<Related>) -> Self {
        self.related = related;
        self
    }
}

/// The condition names of PL/pgSQL for the codes that a replay can tell
/// (PostgreSQL's manual, appendix A).
pub(super) fn matches_condition(condition: &str, sqlstate: &str) -> bool {
    let named = match condition {
        "others" => return true,
        "duplicate_object" => "42710",
        "duplicate_table" => "42P07",
        "duplicate_column" => "42701",
        "duplicate_schema" => "42P06",
        "duplicate_function" => "42723",
        "undefined_table" => "42P01",
        "undefined_column" => "42703",
        "undefined_object" => "42704",
        "undefined_function" => "42883",
        "invalid_table_definition" => "42P16",
        "invalid_foreign_key" => "42830",
        "dependent_objects_still_exist" => "2BP01",
        "datatype_mismatch" => "42804",
        "wrong_object_type" => "42809",
        "invalid_schema_name" => "3F000",
        "syntax_error_or_access_rule_violation" => return sqlstate.starts_with("42"),
        other => other,
    };
    named == sqlstate
}
