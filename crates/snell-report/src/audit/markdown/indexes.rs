//! Part 4: indexes.

use super::{super::Audit, schema::about, text::Document};

pub(super) fn write(out: &mut Document, audit: &Audit) {
    out.heading(2, "4. Index analysis");
    about(
        out,
        audit,
        "Queries without an index, and keys that the database looks rows up by",
        &[
            "index/query-without-index",
            "index/owner-filter-without-index",
            "index/order-by-without-index",
            "index/foreign-key-without-index",
            "index/composite-order",
            "index/near-miss",
        ],
    );
    about(
        out,
        audit,
        "Indexes that only cost",
        &[
            "index/duplicate",
            "index/redundant",
            "index/overlapping",
            "index/unique-already-indexed",
            "index/unused",
            "index/too-many",
            "index/boolean-index",
            "index/where-on-not-null",
        ],
    );
    about(
        out,
        audit,
        "Vector search",
        &[
            "vector/missing-index",
            "vector/opclass",
            "vector/order-by",
            "vector/index",
            "vector/ivfflat",
        ],
    );
    about(
        out,
        audit,
        "Composite, partial, covering and expression indexes worth a thought",
        &[
            "index/partial",
            "index/covering",
            "index/expression",
            "index/like-without-trigram",
            "index/json-needs-gin",
            "index/array-btree",
        ],
    );
}
