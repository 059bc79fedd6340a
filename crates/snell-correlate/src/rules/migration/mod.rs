//! Migrations: what they build, and whether they can run.

mod backfill;
mod deployed;
mod gone;
mod in_transaction;
mod uniqueness;

pub mod add_check_without_not_valid;
pub mod add_column_volatile_default;
pub mod add_enum_value_in_transaction;
pub mod add_exclusion_constraint;
pub mod add_foreign_key_without_not_valid;
pub mod add_generated_column;
pub mod add_primary_key;
pub mod add_required_column;
pub mod add_serial_column;
pub mod add_unique_constraint;
pub mod attach_partition;
pub mod backfill_unbatched;
pub mod cannot_apply;
pub mod change_column_type;
pub mod concurrently_in_transaction;
pub mod create_index_blocking;
pub mod data_and_schema_mixed;
pub mod data_dependent_unique;
pub mod db_push_in_deploy;
pub mod delete_without_where;
pub mod deploy_missing;
pub mod detach_partition_blocking;
pub mod drop_column;
pub mod drop_column_still_used;
pub mod drop_database;
pub mod drop_foreign_key;
pub mod drop_object;
pub mod drop_schema;
pub mod drop_table;
pub mod duplicate_timestamp;
pub mod edited_after_apply;
pub mod empty;
pub mod enum_recreated;
pub mod irreversible;
pub mod json_text_cast;
pub mod layout;
pub mod legacy_sql;
pub mod migrate_dev_in_deploy;
pub mod move_schema;
pub mod name_convention;
pub mod nested_transaction;
pub mod no_op_backfill;
pub mod out_of_order;
pub mod reindex_blocking;
pub mod rename_as_drop_add;
pub mod rename_column;
pub mod rename_enum_value;
pub mod rename_object;
pub mod rename_schema;
pub mod rename_table;
pub mod set_not_null;
pub mod table_rewrite;
pub mod toggle_trigger;
pub mod truncate;
pub mod truncate_cascade;
pub mod uncommitted_transaction;
pub mod unmanaged_object;
pub mod update_without_where;
pub mod vacuum_full;
pub mod validate_in_same_transaction;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &add_check_without_not_valid::RULE,
    &add_column_volatile_default::RULE,
    &add_enum_value_in_transaction::RULE,
    &add_exclusion_constraint::RULE,
    &add_foreign_key_without_not_valid::RULE,
    &add_generated_column::RULE,
    &add_primary_key::RULE,
    &add_required_column::RULE,
    &add_serial_column::RULE,
    &add_unique_constraint::RULE,
    &attach_partition::RULE,
    &backfill_unbatched::RULE,
    &cannot_apply::RULE,
    &change_column_type::RULE,
    &concurrently_in_transaction::RULE,
    &create_index_blocking::RULE,
    &data_and_schema_mixed::RULE,
    &data_dependent_unique::RULE,
    &db_push_in_deploy::RULE,
    &delete_without_where::RULE,
    &deploy_missing::RULE,
    &detach_partition_blocking::RULE,
    &drop_column::RULE,
    &drop_column_still_used::RULE,
    &drop_database::RULE,
    &drop_foreign_key::RULE,
    &drop_object::RULE,
    &drop_schema::RULE,
    &drop_table::RULE,
    &duplicate_timestamp::RULE,
    &edited_after_apply::RULE,
    &empty::RULE,
    &enum_recreated::RULE,
    &irreversible::RULE,
    &json_text_cast::RULE,
    &layout::RULE,
    &legacy_sql::RULE,
    &migrate_dev_in_deploy::RULE,
    &move_schema::RULE,
    &name_convention::RULE,
    &nested_transaction::RULE,
    &no_op_backfill::RULE,
    &out_of_order::RULE,
    &reindex_blocking::RULE,
    &rename_as_drop_add::RULE,
    &rename_column::RULE,
    &rename_enum_value::RULE,
    &rename_object::RULE,
    &rename_schema::RULE,
    &rename_table::RULE,
    &set_not_null::RULE,
    &table_rewrite::RULE,
    &toggle_trigger::RULE,
    &truncate::RULE,
    &truncate_cascade::RULE,
    &uncommitted_transaction::RULE,
    &unmanaged_object::RULE,
    &update_without_where::RULE,
    &vacuum_full::RULE,
    &validate_in_same_transaction::RULE,
];
