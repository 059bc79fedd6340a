//! Embeddings and the indexes over them: what schema, migrations and raw queries say.

pub mod dimension_mismatch;
pub mod dimension_missing;
pub(in crate::rules) mod distance;
pub mod embedding_stale;
mod embeddings;
pub mod extension_missing;
pub mod filtered_search;
pub mod index_dropped_by_migrate;
pub mod index_parameters;
pub mod index_unusable_dimension;
pub mod ivfflat_before_data;
mod kept;
pub mod metric_inconsistent;
pub mod missing_index;
pub mod no_limit;
pub mod no_threshold;
pub mod opclass_mismatch;
pub mod order_by_not_indexable;
pub mod retrieval_function_definer;
mod searches;
pub mod threshold_out_of_range;

pub use searches::{VectorSearch, vector_searches};
use snell_sql::Failure;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &dimension_mismatch::RULE,
    &dimension_missing::RULE,
    &embedding_stale::RULE,
    &extension_missing::RULE,
    &filtered_search::RULE,
    &index_dropped_by_migrate::RULE,
    &index_parameters::RULE,
    &index_unusable_dimension::RULE,
    &ivfflat_before_data::RULE,
    &metric_inconsistent::RULE,
    &missing_index::RULE,
    &no_limit::RULE,
    &no_threshold::RULE,
    &opclass_mismatch::RULE,
    &order_by_not_indexable::RULE,
    &retrieval_function_definer::RULE,
    &threshold_out_of_range::RULE,
];

/// Whether a rule of this category tells of a migration's failure.
pub(in crate::rules) fn tells(failure: &Failure) -> bool {
    extension_missing::is_about(failure) || index_unusable_dimension::is_about(failure)
}
