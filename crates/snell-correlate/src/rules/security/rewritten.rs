//! Fields that the client itself handles on the way: extensions, middleware,
//! and what is left out everywhere.

use snell_flow::{Root, Value};
use snell_prisma::Field;
use snell_project::{
    module::{ExpressionRef, ModuleId},
    schema::ModelRef,
};

use super::calls;
use crate::{rule::Context, support::rows_written};

/// Words of modules that change what clients write and read.
const CHANGES: [&str; 4] = ["$extends", MIDDLEWARE, "omit:", "fieldEncryption"];

/// What any module calls on a client that it is handed.
const MIDDLEWARE: &str = "$use(";

/// Words of functions that a middleware calls: what the client was asked goes by these names.
const HANDLED: [&str; 2] = ["params.", "args."];

/// How a middleware writes columns whose names a table holds.
const COMPUTED: [&str; 2] = ["data[", "args["];

/// Whether a module that extends or configures a client speaks of the field,
/// or the schema says that it is encrypted on the way.
pub(in crate::rules) fn somewhere(context: &Context<'_>, field: &Field) -> bool {
    let marked = field
        .documentation()
        .is_some_and(|text| text.contains("@encrypted") || text.contains("@omit"));
    marked
        || calls::modules(context).any(|(module, _)| {
            calls::mentions(context, module, &["PrismaClient"])
                && calls::mentions(context, module, &CHANGES)
                && speaks(context, module, field)
        })
}

/// Whether what is written into the field may be changed on the way: as above, or by a middleware that some module adds
/// to the client it is handed, itself or by one that it imports.
pub(super) fn before_it_is_stored(context: &Context<'_>, field: &Field) -> bool {
    somewhere(context, field)
        || calls::modules(context).any(|(module, _)| {
            let mut imported = context.project.modules.imported(module);
            calls::mentions(context, module, &[MIDDLEWARE])
                && (speaks(context, module, field)
                    || imported.any(|one| {
                        speaks(context, one, field)
                            && (calls::mentions(context, one, &HANDLED)
                                || calls::mentions(context, module, &COMPUTED))
                    }))
        })
}

fn speaks(context: &Context<'_>, module: ModuleId, field: &Field) -> bool {
    calls::mentions(context, module, &[field.name.as_str()])
}

/// Whether all that endpoints write into a column was encrypted before, and some write it.
pub(super) fn encrypted(context: &Context<'_>, model: ModelRef, field: &Field) -> bool {
    let (mut some, mut others) = (false, false);
    rows_written::visit(context, &mut |written| {
        if written.model != model || written.endpoint.is_none() {
            return;
        }
        let Some(entry) = written.object.entries.get(&field.name) else {
            return;
        };
        for value in entry.value.choices() {
            match is_encrypted(context, value) {
                Some(true) => some = true,
                Some(false) => others = true,
                None => {}
            }
        }
    });
    some && !others
}

/// Whether a value is what an encryption gives; `None` where it is nothing.
fn is_encrypted(context: &Context<'_>, value: &Value) -> Option<bool> {
    match value {
        Value::Undefined | Value::Null => None,
        value => {
            let mut found = false;
            value.visit(&mut |part| {
                if let Value::Opaque(opaque) = part
                    && let Root::Result(at) = &opaque.root
                {
                    found |= encrypts(context, *at);
                }
            });
            Some(found)
        }
    }
}

/// `cipher.final()`, `encrypt(text)`, or what a module makes that encrypts.
fn encrypts(context: &Context<'_>, at: ExpressionRef) -> bool {
    let text = context.text(context.project.modules.location(at));
    let named = text.split('(').next().unwrap_or_default();
    let lower = named.to_ascii_lowercase();
    lower.contains("encrypt")
        || lower.contains("cipher")
        || calls::mentions(context, at.module, &["createCipheriv"])
}
