//! The landmarks that `queries/typescript.scm` finds.

use serde::{Deserialize, Serialize};

use super::{ExpressionId, Name};

/// An expression that looks like something snell wants to know of. Whether it
/// is that, is decided by binding its names (`snell-project`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// What it looks like.
    pub kind: SiteKind,
    /// The call, tagged template or `new` expression; the member for `Prisma.empty`.
    pub expression: ExpressionId,
    /// The operation's name: `findMany`, `$queryRaw`, `object` in `z.object`.
    pub operation: Name,
    /// What the operation is called on: `this.prisma.user`; absent for plain calls.
    pub receiver: Option<ExpressionId>,
}

/// What a site looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SiteKind {
    /// `x.model.findMany(...)`: an operation of a model's delegate.
    ModelOperation,
    /// `` x.$queryRaw`...` ``, `x.$executeRawUnsafe(...)`.
    RawQuery,
    /// `x.$transaction(...)`.
    Transaction,
    /// `x.$extends(...)`.
    Extension,
    /// `` Prisma.sql`...` ``, `Prisma.join`, `Prisma.raw`, `Prisma.empty`,
    /// `` sql`...` ``.
    SqlFragment,
    /// `new PrismaClient(...)`, or `new` of anything whose name says so.
    ClientConstruction,
    /// `createParamDecorator(...)`.
    ParamDecorator,
    /// `z.object(...)`, `z.enum(...)`.
    ValidationSchema,
}
