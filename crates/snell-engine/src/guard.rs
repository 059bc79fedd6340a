//! What a fault of snell's own may cost: one file or one rule, never the run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use snell_report::{Notice, NoticeKind};

/// Stack of every thread that reads or follows, in bytes. Deeply nested and
/// very long expressions are walked recursively; memory that is not used is
/// not taken.
const STACK: usize = 256 << 20;

/// Runs `work`, and all that it does in parallel, on threads whose stacks
/// suffice for code that no person wrote. Without such threads (the system
/// refuses them) it runs where it is.
pub fn with_deep_stacks<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    match rayon::ThreadPoolBuilder::new().stack_size(STACK).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// The result of `work`, or a notice about the file at `path` when it panics.
pub(crate) fn guarded<R>(path: &str, work: impl FnOnce() -> R) -> Result<R, Notice> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Notice {
        kind: NoticeKind::Internal,
        path: Some(path.to_owned()),
        message: "snell failed on this file, which was left out; please report it".to_owned(),
    })
}
