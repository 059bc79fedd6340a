//! Vector indexes that `prisma migrate dev` leaves alone: it does not look at
//! partial indexes, nor at those of an expression.

use snell_sql::{catalog::Column, print::identifier};

/// The rest of a `CREATE INDEX` after its method, and what a search must do to
/// be served by it.
pub(super) struct Kept {
    /// `(embedding vector_cosine_ops) WHERE embedding IS NOT NULL`
    pub(super) target: String,
    /// `search with this condition`
    pub(super) search: String,
}

/// The form for a column of a type, by the operator class that its index has.
///
/// A condition `IS NOT NULL` serves a column that may be null. On one that may
/// not, PostgreSQL 17 and later take the same condition out of the query as
/// always true, and then do not see that the partial index holds every row
/// (`EXPLAIN` on PostgreSQL 18 with pgvector 0.8); there an expression is
/// indexed, in half precision, which pgvector recommends for size as well
/// (<https://github.com/pgvector/pgvector#half-precision-indexing>).
pub(super) fn form(column: &Column, kind: &str, class: &str) -> Kept {
    let name = identifier(&column.name);
    let dimensions = column.data_type.modifiers.first().copied().unwrap_or(0);
    let halves = kind == "vector" && dimensions > 0 && (column.not_null || dimensions > 2000);
    if halves {
        let half = format!("{name}::halfvec({dimensions})");
        let class = class.replacen("vector", "halfvec", 1);
        Kept {
            target: format!("(({half}) {class})"),
            search: format!("sort the search by `{half}`, as the index does"),
        }
    } else {
        let condition = format!("WHERE {name} IS NOT NULL");
        Kept {
            target: format!("({name} {class}) {condition}"),
            search: format!("search with `{condition}`"),
        }
    }
}
