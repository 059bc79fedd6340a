//! A call of a Prisma client.

use snell_extract::facts::{ExpressionId, Name};
use snell_source::Confidence;

use super::Operation;
use crate::{
    module::ModuleId,
    schema::{ModelRef, SchemaId},
    types::Client,
};

/// A call of a Prisma client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u32);

/// What a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallTarget {
    /// The model; several when the delegate is one of some.
    Models(Vec<ModelRef>),
    /// A model that is known only at run time.
    AnyModel,
    /// A delegate that no live schema has.
    UnknownModel(Name),
    /// The client itself: raw queries, transactions.
    Client,
}

/// A call of a Prisma client, bound.
#[derive(Debug, Clone)]
pub struct ClientCall {
    /// The module that calls.
    pub module: ModuleId,
    /// The call or tagged template.
    pub expression: ExpressionId,
    /// The operation.
    pub operation: Operation,
    /// Where the operation's name stands.
    pub name: Name,
    /// What the operation is called on: `this.prisma.user`.
    pub receiver: ExpressionId,
    /// What it asks for.
    pub target: CallTarget,
    /// The client, as far as it is known.
    pub client: Client,
    /// The schema of the client.
    pub schema: Option<SchemaId>,
    /// How sure it is that this is such a call.
    pub confidence: Confidence,
}

impl ClientCall {
    /// The model, when it is exactly one.
    #[must_use]
    pub fn model(&self) -> Option<ModelRef> {
        match &self.target {
            CallTarget::Models(models) => match models[..] {
                [model] => Some(model),
                _ => None,
            },
            _ => None,
        }
    }
}
