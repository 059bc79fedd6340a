//! SQL that the code assembles.
//!
//! The interpreter makes [`Value::Sql`](crate::Value::Sql) of Prisma's
//! fragments ([`fragment`]).

mod fragment;
