//! What makes schema, migrations and suppressions hard to live with.

pub mod ignore_without_reason;
pub mod unknown_ignore;
pub mod unused_ignore;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &ignore_without_reason::RULE,
    &unknown_ignore::RULE,
    &unused_ignore::RULE,
];
