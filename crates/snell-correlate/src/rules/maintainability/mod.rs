//! What makes schema, migrations and suppressions hard to live with.

mod naming;

pub mod business_rule_undocumented;
pub mod convention_departure;
pub mod deprecated_field_used;
pub mod enum_name_case;
pub mod enum_value_case;
pub mod field_name_case;
pub mod field_name_number;
pub mod field_order;
pub mod ignore_without_reason;
pub mod map_not_snake_case;
pub mod migration_untested;
pub mod missing_field_doc;
pub mod missing_model_doc;
pub mod model_name_case;
pub mod model_name_number;
pub mod model_name_prefix;
pub mod name_pattern;
pub mod schema_review_missing;
pub mod stale_doc;
pub mod table_map_not_snake_case;
pub mod test_database_unused;
pub mod unknown_ignore;
pub mod unused_ignore;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &business_rule_undocumented::RULE,
    &convention_departure::RULE,
    &deprecated_field_used::RULE,
    &enum_name_case::RULE,
    &enum_value_case::RULE,
    &field_name_case::RULE,
    &field_name_number::RULE,
    &field_order::RULE,
    &ignore_without_reason::RULE,
    &map_not_snake_case::RULE,
    &migration_untested::RULE,
    &missing_field_doc::RULE,
    &missing_model_doc::RULE,
    &model_name_case::RULE,
    &model_name_number::RULE,
    &model_name_prefix::RULE,
    &name_pattern::RULE,
    &schema_review_missing::RULE,
    &stale_doc::RULE,
    &table_map_not_snake_case::RULE,
    &test_database_unused::RULE,
    &unknown_ignore::RULE,
    &unused_ignore::RULE,
];
