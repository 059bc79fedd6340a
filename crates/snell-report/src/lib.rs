//! Reports as plain data, and their renderers.
//!
//! [`Report`] is all that a run has to say; [`render()`] turns it and the texts
//! it points into into bytes of one [`Format`]. Nothing here knows where
//! findings come from, and no renderer reads a clock, a terminal or a disk.

pub mod audit;
mod covered;
pub mod erd;
mod frame;
mod render;
mod report;
#[cfg(test)]
mod sample;
pub mod trace;
mod visible;

pub use frame::SnellReportHandler;
pub use render::{
    Format, RenderOptions, epilogue,
    erd::{ErdColumns, ErdFormat, ErdOptions, erd as draw_erd},
    render, statistics,
    trace::{table as trace_table, tree as trace_tree},
};
pub use report::{
    Compared, Counts, Finding, Hidden, HiddenBecause, Notice, NoticeKind, Report, Schema, Summary,
    Suppression, Tool,
};
pub use snell_source::{Applicability, Edit, Fix, NewMigration};
