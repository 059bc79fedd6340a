//! What becomes of rows: how they are written, read, grown and removed.

pub(crate) mod deletions;
pub(crate) mod derived;
pub(crate) mod field_life;
pub(crate) mod growth;
pub(crate) mod ids;
pub(crate) mod lives;
pub(crate) mod model_writes;
pub(crate) mod proofs;
pub(crate) mod refused;
pub(crate) mod row_times;
pub(crate) mod row_uses;
pub(crate) mod rows_written;
pub(crate) mod seeds;
