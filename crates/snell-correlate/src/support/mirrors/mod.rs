//! What the code says of columns: types, validators, answers, lists of values.

pub(crate) mod accepts;
pub(crate) mod answers;
pub(crate) mod carried;
pub(crate) mod certain;
pub(crate) mod closed_set;
pub(crate) mod contracts;
pub(crate) mod declared;
pub(crate) mod value_sets;
pub(crate) mod zod;
