//! Embeddings and the indexes over them: what schema, migrations and raw queries say.

pub mod dimension_mismatch;
mod distance;
pub mod extension_missing;
pub mod index_dropped_by_migrate;
pub mod index_unusable_dimension;
pub mod missing_index;
pub mod no_limit;
pub mod opclass_mismatch;
pub mod order_by_not_indexable;

use snell_sql::Failure;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &dimension_mismatch::RULE,
    &extension_missing::RULE,
    &index_dropped_by_migrate::RULE,
    &index_unusable_dimension::RULE,
    &missing_index::RULE,
    &no_limit::RULE,
    &opclass_mismatch::RULE,
    &order_by_not_indexable::RULE,
];

/// Whether a rule of this category tells of a migration's failure.
pub(in crate::rules) fn tells(failure: &Failure) -> bool {
    extension_missing::is_about(failure) || index_unusable_dimension::is_about(failure)
}
