//! Points about the schema: normal forms, keys, constraints.

use super::{Point, Table};

pub(super) const POINTS: &[Point] = &[
    Point {
        number: "1.1",
        asks: "Is every table in a normal form?",
        rules: &[
            "schema/repeating-columns",
            "schema/list-in-string",
            "schema/partial-dependency",
            "schema/transitive-dependency",
        ],
        tables: &[Table::Normalization],
        beside: "Which denormalization is meant, only its authors know: what is written to both sides in one call is listed as intended.",
    },
    Point {
        number: "1.2",
        asks: "What do JSON columns hold, and should it be columns?",
        rules: &[
            "schema/json-structured",
            "schema/json-queried",
            "schema/json-opaque",
        ],
        tables: &[Table::JsonColumns],
        beside: "",
    },
    Point {
        number: "1.3",
        asks: "Is the same fact kept in two places?",
        rules: &[
            "schema/attribute-kept-twice",
            "schema/duplicated-column",
            "schema/redundant-owner-column",
        ],
        tables: &[Table::Normalization],
        beside: "",
    },
    Point {
        number: "1.4",
        asks: "Are composite keys used as keys?",
        rules: &[
            "schema/composite-key-unused",
            "schema/surrogate-on-join-table",
            "schema/composite-pk-too-wide",
        ],
        tables: &[],
        beside: "",
    },
    Point {
        number: "1.5",
        asks: "Do JSON columns hold lists?",
        rules: &["schema/json-array"],
        tables: &[Table::JsonColumns],
        beside: "",
    },
    Point {
        number: "2.1",
        asks: "Has every table a primary key?",
        rules: &["integrity/missing-primary-key"],
        tables: &[],
        beside: "",
    },
    Point {
        number: "2.1a",
        asks: "Is the sign-in provider's id a good key for users?",
        rules: &["integrity/external-id", "security/clerk-id-unchecked"],
        tables: &[Table::Ownership],
        beside: "The audit shows what follows from it: what every insert has to pass, and what refers to it.",
    },
    Point {
        number: "2.1b",
        asks: "Are numbered keys right for what is distributed or shown outside?",
        rules: &["schema/int-primary-key", "schema/enumerable-public-id"],
        tables: &[Table::Growth],
        beside: "Whether the system will be distributed, nobody can read from its code.",
    },
    Point {
        number: "2.2",
        asks: "Is everything unique that the code takes for unique?",
        rules: &[
            "integrity/missing-unique",
            "integrity/nullable-unique",
            "integrity/unique-not-owner-scoped",
        ],
        tables: &[],
        beside: "",
    },
    Point {
        number: "2.3",
        asks: "Do columns with few values refuse others?",
        rules: &["integrity/enum-like-string"],
        tables: &[],
        beside: "",
    },
    Point {
        number: "2.4",
        asks: "Are columns nullable exactly where rows have no value?",
        rules: &[
            "integrity/nullable-always-set",
            "consistency/nullable-unchecked",
        ],
        tables: &[Table::Nullability],
        beside: "",
    },
    Point {
        number: "2.4a",
        asks: "Should a name that is often missing have a default?",
        rules: &["integrity/missing-default", "domain/session-name-default"],
        tables: &[],
        beside: "",
    },
    Point {
        number: "2.4b",
        asks: "Is a nullable description right as it is?",
        rules: &[],
        tables: &[Table::Nullability],
        beside: "It is where creation leaves it out and readers handle its absence: the table shows both.",
    },
    Point {
        number: "2.5",
        asks: "Are all references foreign keys?",
        rules: &[
            "integrity/missing-foreign-key",
            "integrity/foreign-key-type-mismatch",
            "integrity/relation-mode-prisma",
        ],
        tables: &[Table::Cascades],
        beside: "",
    },
    Point {
        number: "2.6",
        asks: "What happens to rows when those that they refer to go?",
        rules: &[
            "integrity/cascade-blast-radius",
            "integrity/implicit-referential-action",
            "integrity/referential-action-drift",
        ],
        tables: &[Table::Cascades],
        beside: "",
    },
    Point {
        number: "2.6a",
        asks: "What goes with a user, and should it?",
        rules: &["integrity/cascade-from-identity"],
        tables: &[Table::Cascades],
        beside: "Whether a law or a contract wants rows to be kept or to go, the code does not say.",
    },
    Point {
        number: "2.6b",
        asks: "What goes with a parent, and should it?",
        rules: &[
            "integrity/cascade-blast-radius",
            "integrity/cascade-diamond",
        ],
        tables: &[Table::Cascades],
        beside: "",
    },
    Point {
        number: "2.7",
        asks: "Does the database refuse what validation refuses?",
        rules: &["integrity/missing-check", "consistency/length-mismatch"],
        tables: &[],
        beside: "",
    },
];
