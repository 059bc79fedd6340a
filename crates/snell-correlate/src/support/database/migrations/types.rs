//! What a change of a column's type costs.
//!
//! Source: PostgreSQL's manual, `ALTER TABLE`, notes: a table is not rewritten when the old type
//! is binary coercible to the new one, or an unconstrained domain over it, and the new modifier
//! is no narrower (the support functions of `varchar`, `numeric`, `timestamp`, `varbit`).

use snell_sql::{
    ast::TypeName,
    catalog::{Catalog, DataType, TypeId, UserTypeKind},
};

/// What changing a column's type does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypeChange {
    /// Only the catalog changes.
    Free,
    /// An enum replaces another: Prisma's way to remove a value.
    EnumSwap,
    /// Every row is written anew, or read to see whether it fits.
    Rewrite,
}

/// What changing a column from one type to another does.
pub(crate) fn type_change(catalog: &Catalog, from: &DataType, to: &DataType) -> TypeChange {
    if from == to {
        return TypeChange::Free;
    }
    let is_enum = |id: TypeId| {
        let id = catalog.element_of(id).unwrap_or(id);
        matches!(
            catalog.user_type(id).map(|t| &t.kind),
            Some(UserTypeKind::Enum(_))
        )
    };
    if is_enum(from.id) && is_enum(to.id) {
        return TypeChange::EnumSwap;
    }
    let text = |id: TypeId| id == TypeId::TEXT || id == TypeId::VARCHAR;
    let wider = |from: &[i32], to: &[i32]| match (from, to) {
        (_, []) => true,
        ([from], [to]) => to >= from,
        _ => false,
    };
    let free = if text(from.id) && text(to.id) {
        to.modifiers.is_empty() || from.id == to.id && wider(&from.modifiers, &to.modifiers)
    } else if from.id != to.id {
        false
    } else {
        match to.id {
            TypeId::NUMERIC => match (from.modifiers.as_slice(), to.modifiers.as_slice()) {
                (_, []) => true,
                ([p, s], [to_p, to_s]) => to_p >= p && to_s == s,
                ([p], [to_p]) => to_p >= p,
                _ => false,
            },
            TypeId::VARBIT
            | TypeId::TIMESTAMP
            | TypeId::TIMESTAMPTZ
            | TypeId::TIME
            | TypeId::TIMETZ => wider(&from.modifiers, &to.modifiers),
            _ => false,
        }
    };
    if free {
        TypeChange::Free
    } else {
        TypeChange::Rewrite
    }
}

/// Whether a type is one of those that make a sequence: `SERIAL`, `BIGSERIAL`.
pub(crate) fn is_serial(written: &TypeName) -> bool {
    matches!(
        written.name.name.text.as_str(),
        "serial" | "serial4" | "bigserial" | "serial8" | "smallserial" | "serial2"
    )
}
