//! What the shape of the tables gets wrong.

pub mod all_nullable;
pub mod attribute_kept_twice;
mod attributes;
pub mod blob_in_table;
mod chain;
pub mod char_type;
pub mod column_alignment;
pub mod composite_key_unused;
pub mod composite_pk_too_wide;
mod copies;
pub mod current_time;
pub mod default_null_string;
pub mod duplicated_column;
pub mod entity_attribute_value;
pub mod enumerable_public_id;
mod expressions;
pub mod float_for_money;
pub mod forbidden_field;
pub mod identifier_too_long;
pub mod inconsistent_column_type;
pub mod int_primary_key;
pub mod invalid;
pub mod isolated_table;
pub mod join_table_attributes;
mod json;
pub mod json_array;
pub mod json_not_jsonb;
pub mod json_opaque;
pub mod json_queried;
pub mod json_structured;
pub mod large_object;
pub mod list_in_string;
pub mod missing_array_default;
pub mod missing_timestamps;
pub mod missing_updated_at;
pub mod money_type;
pub mod natural_primary_key;
pub mod partial_dependency;
mod pictures;
pub mod polymorphic_reference;
pub mod preview_feature;
pub mod primary_key_not_first;
pub mod quoted_identifier;
pub mod redundant_owner_column;
pub mod reg_type;
pub mod relation_cycle;
pub mod repeating_columns;
pub mod required_field;
pub mod required_field_type;
pub mod required_ignored_field;
pub mod reserved_word;
pub mod self_relation_unbounded;
pub mod serial_over_identity;
pub mod single_column_table;
pub mod small_integer;
pub mod surrogate_on_join_table;
pub mod table_inheritance;
pub mod table_per_period;
pub mod time_precision_zero;
pub mod timestamp_without_timezone;
mod together;
pub mod too_many_columns;
pub mod too_many_lobs;
pub mod transitive_dependency;
mod twins;
pub mod unbounded_string;
pub mod varchar_length;
pub mod varchar_primary_key;
mod words;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &all_nullable::RULE,
    &attribute_kept_twice::RULE,
    &blob_in_table::RULE,
    &char_type::RULE,
    &column_alignment::RULE,
    &composite_key_unused::RULE,
    &composite_pk_too_wide::RULE,
    &current_time::RULE,
    &default_null_string::RULE,
    &duplicated_column::RULE,
    &entity_attribute_value::RULE,
    &enumerable_public_id::RULE,
    &float_for_money::RULE,
    &forbidden_field::RULE,
    &identifier_too_long::RULE,
    &inconsistent_column_type::RULE,
    &int_primary_key::RULE,
    &invalid::RULE,
    &isolated_table::RULE,
    &join_table_attributes::RULE,
    &json_array::RULE,
    &json_not_jsonb::RULE,
    &json_opaque::RULE,
    &json_queried::RULE,
    &json_structured::RULE,
    &large_object::RULE,
    &list_in_string::RULE,
    &missing_array_default::RULE,
    &missing_timestamps::RULE,
    &missing_updated_at::RULE,
    &money_type::RULE,
    &natural_primary_key::RULE,
    &partial_dependency::RULE,
    &polymorphic_reference::RULE,
    &preview_feature::RULE,
    &primary_key_not_first::RULE,
    &quoted_identifier::RULE,
    &redundant_owner_column::RULE,
    &reg_type::RULE,
    &relation_cycle::RULE,
    &repeating_columns::RULE,
    &required_field::RULE,
    &required_field_type::RULE,
    &required_ignored_field::RULE,
    &reserved_word::RULE,
    &self_relation_unbounded::RULE,
    &serial_over_identity::RULE,
    &single_column_table::RULE,
    &small_integer::RULE,
    &surrogate_on_join_table::RULE,
    &table_inheritance::RULE,
    &table_per_period::RULE,
    &time_precision_zero::RULE,
    &timestamp_without_timezone::RULE,
    &too_many_columns::RULE,
    &too_many_lobs::RULE,
    &transitive_dependency::RULE,
    &unbounded_string::RULE,
    &varchar_length::RULE,
    &varchar_primary_key::RULE,
];
