//! Fields that the client itself handles on the way: extensions, middleware,
//! and what is left out everywhere.

use snell_prisma::Field;

use super::calls;
use crate::rule::Context;

/// Words of modules that change what clients write and read.
const CHANGES: [&str; 4] = ["$extends", "$use(", "omit:", "fieldEncryption"];

/// Whether a module that extends or configures a client speaks of the field,
/// or the schema says that it is encrypted on the way.
pub(super) fn somewhere(context: &Context<'_>, field: &Field) -> bool {
    let marked = field
        .documentation()
        .is_some_and(|text| text.contains("@encrypted") || text.contains("@omit"));
    marked
        || calls::modules(context).any(|(module, _)| {
            calls::mentions(context, module, &["PrismaClient"])
                && calls::mentions(context, module, &CHANGES)
                && calls::mentions(context, module, &[field.name.as_str()])
        })
}
