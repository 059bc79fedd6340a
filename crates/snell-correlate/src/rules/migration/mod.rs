//! Migrations: what they build, and whether they can run.

mod backfill;
mod gone;
mod in_transaction;
mod locks;
mod session;
mod uniqueness;

pub mod add_check_without_not_valid;
pub mod add_column_volatile_default;
pub mod add_enum_value_in_transaction;
pub mod add_exclusion_constraint;
pub mod add_foreign_key_without_not_valid;
pub mod add_generated_column;
pub mod add_primary_key;
pub mod add_primary_key_using_index;
pub mod add_required_column;
pub mod add_serial_column;
pub mod add_unique_constraint;
pub mod alter_identity;
pub mod alters_existing;
pub mod attach_partition;
pub mod backfill_unbatched;
pub mod cannot_apply;
pub mod change_column_type;
pub mod concurrent_index_corruption_pg14;
pub mod concurrently_in_transaction;
pub mod create_enum;
pub mod create_index_blocking;
pub mod create_trigger;
pub mod data_and_schema_mixed;
pub mod data_dependent_unique;
pub mod db_push_in_deploy;
pub mod delete_without_where;
pub mod deploy_missing;
pub mod detach_partition_blocking;
pub mod domain_constraint;
pub mod drop_column;
pub mod drop_column_still_used;
pub mod drop_database;
pub mod drop_foreign_key;
pub mod drop_index_blocking;
pub mod drop_not_null;
pub mod drop_object;
pub mod drop_schema;
pub mod drop_table;
pub mod drop_without_deprecation;
pub mod duplicate_timestamp;
pub mod edited_after_apply;
pub mod empty;
pub mod enum_recreated;
pub mod enum_value_order;
pub mod irreversible;
pub mod json_text_cast;
pub mod layout;
pub mod legacy_sql;
pub mod marked_applied;
pub mod migrate_dev_in_deploy;
pub mod missing_application_name;
pub mod missing_down;
pub mod missing_idle_timeout;
pub mod missing_lock_timeout;
pub mod missing_statement_timeout;
pub mod move_schema;
pub mod multiple_alter;
pub mod name_convention;
pub mod nested_transaction;
pub mod no_op_backfill;
pub mod not_robust;
pub mod out_of_order;
pub mod refresh_matview_blocking;
pub mod reindex_blocking;
pub mod rename_as_drop_add;
pub mod rename_column;
pub mod rename_enum_value;
pub mod rename_object;
pub mod rename_schema;
pub mod rename_table;
pub mod script_unwired;
pub mod set_not_null;
pub mod statement_after_access_exclusive;
pub mod table_rewrite;
pub mod toggle_trigger;
pub mod truncate;
pub mod truncate_cascade;
pub mod uncommitted_transaction;
pub mod unmanaged_object;
pub mod unqualified_name;
pub mod update_without_where;
pub mod vacuum_full;
pub mod validate_in_same_transaction;
pub mod wide_lock_window;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &add_check_without_not_valid::RULE,
    &add_column_volatile_default::RULE,
    &add_enum_value_in_transaction::RULE,
    &add_exclusion_constraint::RULE,
    &add_foreign_key_without_not_valid::RULE,
    &add_generated_column::RULE,
    &add_primary_key::RULE,
    &add_primary_key_using_index::RULE,
    &add_required_column::RULE,
    &add_serial_column::RULE,
    &add_unique_constraint::RULE,
    &alter_identity::RULE,
    &alters_existing::RULE,
    &attach_partition::RULE,
    &backfill_unbatched::RULE,
    &cannot_apply::RULE,
    &change_column_type::RULE,
    &concurrent_index_corruption_pg14::RULE,
    &concurrently_in_transaction::RULE,
    &create_enum::RULE,
    &create_index_blocking::RULE,
    &create_trigger::RULE,
    &data_and_schema_mixed::RULE,
    &data_dependent_unique::RULE,
    &db_push_in_deploy::RULE,
    &delete_without_where::RULE,
    &deploy_missing::RULE,
    &detach_partition_blocking::RULE,
    &domain_constraint::RULE,
    &drop_column::RULE,
    &drop_column_still_used::RULE,
    &drop_database::RULE,
    &drop_foreign_key::RULE,
    &drop_index_blocking::RULE,
    &drop_not_null::RULE,
    &drop_object::RULE,
    &drop_schema::RULE,
    &drop_table::RULE,
    &drop_without_deprecation::RULE,
    &duplicate_timestamp::RULE,
    &edited_after_apply::RULE,
    &empty::RULE,
    &enum_recreated::RULE,
    &enum_value_order::RULE,
    &irreversible::RULE,
    &json_text_cast::RULE,
    &layout::RULE,
    &legacy_sql::RULE,
    &marked_applied::RULE,
    &migrate_dev_in_deploy::RULE,
    &missing_application_name::RULE,
    &missing_down::RULE,
    &missing_idle_timeout::RULE,
    &missing_lock_timeout::RULE,
    &missing_statement_timeout::RULE,
    &move_schema::RULE,
    &multiple_alter::RULE,
    &name_convention::RULE,
    &nested_transaction::RULE,
    &no_op_backfill::RULE,
    &not_robust::RULE,
    &out_of_order::RULE,
    &refresh_matview_blocking::RULE,
    &reindex_blocking::RULE,
    &rename_as_drop_add::RULE,
    &rename_column::RULE,
    &rename_enum_value::RULE,
    &rename_object::RULE,
    &rename_schema::RULE,
    &rename_table::RULE,
    &script_unwired::RULE,
    &set_not_null::RULE,
    &statement_after_access_exclusive::RULE,
    &table_rewrite::RULE,
    &toggle_trigger::RULE,
    &truncate::RULE,
    &truncate_cascade::RULE,
    &uncommitted_transaction::RULE,
    &unmanaged_object::RULE,
    &unqualified_name::RULE,
    &update_without_where::RULE,
    &vacuum_full::RULE,
    &validate_in_same_transaction::RULE,
    &wide_lock_window::RULE,
];
