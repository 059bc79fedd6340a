//! What the tests at the root share.
// Each test uses a part of it.
#![allow(dead_code)]

pub(crate) mod bullets;
pub(crate) mod door;
pub(crate) mod editor;
pub(crate) mod notes;
pub(crate) mod page;
pub(crate) mod repository;
pub(crate) mod sentences;
