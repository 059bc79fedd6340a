//! Where the application encrypts.

use smol_str::SmolStr;
use snell_project::module::{ExpressionRef, ModuleId};
use snell_source::Location;

use super::{
    calls::{self, CallSite},
    material,
};
use crate::rule::Context;

/// `createCipheriv(algorithm, key, iv)`
pub(super) struct Cipher<'a> {
    pub(super) call: CallSite<'a>,
    /// The name of the algorithm, in lower case, when it is known.
    pub(super) algorithm: Option<SmolStr>,
    /// Whether it decrypts.
    pub(super) decrypts: bool,
}

impl Cipher<'_> {
    pub(super) fn module(&self) -> ModuleId {
        self.call.module
    }

    /// The initialization vector.
    pub(super) fn vector(&self) -> Option<ExpressionRef> {
        self.call.argument(2)
    }

    /// Whether the mode says of a changed text that it was changed.
    pub(super) fn authenticates(&self) -> bool {
        self.algorithm.as_ref().is_some_and(|name| {
            ["gcm", "ccm", "ocb", "poly1305"]
                .iter()
                .any(|mode| name.contains(mode))
        })
    }

    /// Where the algorithm is named in the call.
    pub(super) fn algorithm_place(&self, context: &Context<'_>) -> Location {
        match self.call.argument(0) {
            Some(at) => context.project.modules.location(at),
            None => self.call.place(context),
        }
    }
}

/// All of them, in the order of modules.
pub(super) fn ciphers<'a>(context: &Context<'a>) -> Vec<Cipher<'a>> {
    calls::all(context)
        .filter(|call| {
            matches!(call.name, "createCipheriv" | "createDecipheriv") && call.arguments.len() > 2
        })
        .map(|call| Cipher {
            algorithm: call
                .argument(0)
                .and_then(|at| material::text(context.project, at))
                .map(|name| name.to_ascii_lowercase().into()),
            decrypts: call.name == "createDecipheriv",
            call,
        })
        .collect()
}
