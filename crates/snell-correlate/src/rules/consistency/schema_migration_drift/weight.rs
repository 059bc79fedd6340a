//! How much harm a difference does: what lowers it, and why.

use snell_source::Severity;
use snell_sql::{
    ast::{Expr, ExprKind},
    catalog::{Column, Index, KeyTarget, RelationKind},
    drift::{Difference, DriftKind},
};

use crate::support::drift::Sides;

/// A milder severity, with its reason.
pub(super) type Lowered = Option<(Severity, &'static str)>;

/// What lowers a difference.
pub(super) fn lowered(sides: Sides<'_>, difference: &Difference) -> Lowered {
    use DriftKind as K;
    match difference.kind {
        K::TableExtraInDb => Some((
            Severity::Medium,
            "Prisma Client never uses it; the next `prisma migrate dev` drops it with its rows",
        )),
        K::ModelIsAViewInDb => Some((Severity::Medium, "reading works, writing does not")),
        K::ColumnExtraInDb => extra_column(sides, difference),
        K::ColumnType => column_type(difference),
        K::ColumnDefault => column_default(sides, difference),
        K::PrimaryKey => primary_key(sides, difference),
        K::IndexMissingInDb if same_without_nulls(sides, difference).is_some() => Some((
            Severity::Low,
            "a unique index without the rows that are NULL refuses the same rows: NULLs are distinct",
        )),
        K::IndexMissingInDb | K::IndexShape => {
            let unique = |text: &Option<String>| {
                text.as_deref()
                    .is_some_and(|text| text.starts_with("unique "))
            };
            let one_sided = unique(&difference.expected)
                && (difference.kind == K::IndexMissingInDb || !unique(&difference.actual));
            (!one_sided).then_some((
                Severity::Medium,
                "results stay the same; queries that count on the index read more",
            ))
        }
        K::IndexExtraInDb => extra_index(sides, difference),
        K::IndexName | K::FkName => Some((
            Severity::Low,
            "it does the same under another name; `prisma migrate dev` renames it",
        )),
        K::FkMissingInDb => sides.taken(difference).map(|_| {
            (
                Severity::Medium,
                "a migration drops it by name, so it is perhaps the schema that is behind",
            )
        }),
        K::FkExtraInDb => Some((
            Severity::Medium,
            "it only refuses what the schema allows; the next `prisma migrate dev` drops it",
        )),
        K::EnumExtraInDb => Some((Severity::Low, "no column of the schema has it")),
        K::EnumValuesDiffer => {
            let cured = sides.cure(difference).is_some();
            (!cured).then_some((
                Severity::Medium,
                "every value of the schema is there; only rows with the others cannot be read",
            ))
        }
        _ => None,
    }
}

fn extra_column(sides: Sides<'_>, difference: &Difference) -> Lowered {
    let column = column(sides, difference)?;
    let filled = !column.not_null
        || column.default.is_some()
        || column.sequence.is_some()
        || column.identity.is_some()
        || column.generated.is_some();
    filled.then_some((
        Severity::Medium,
        "Prisma Client leaves it alone; the next `prisma migrate dev` drops it with its data",
    ))
}

fn column<'a>(sides: Sides<'a>, difference: &Difference) -> Option<&'a Column> {
    let name = difference.object.as_deref()?;
    sides.built(difference)?.column(name)
}

/// Types between which values pass unchanged, or nearly.
fn column_type(difference: &Difference) -> Lowered {
    let (wanted, built) = (
        difference.expected.as_deref()?,
        difference.actual.as_deref()?,
    );
    if wanted.ends_with("[]") != built.ends_with("[]") {
        return None;
    }
    let (one, two) = (plain(wanted), plain(built));
    let both = |names: &[&str]| names.contains(&one.as_str()) && names.contains(&two.as_str());
    if one == two {
        return Some((Severity::Medium, "they differ in length or precision only"));
    }
    if both(&["text", "character varying", "character", "bpchar", "citext"]) {
        return Some((Severity::Medium, "both hold text"));
    }
    if both(&["timestamp without time zone", "timestamp with time zone"]) {
        return Some((Severity::Medium, "both hold a point in time"));
    }
    if both(&["json", "jsonb"]) || both(&["real", "double precision"]) {
        return Some((Severity::Medium, "both hold the same values"));
    }
    let width = |name: &str| {
        let widths = ["smallint", "integer", "bigint"];
        widths.iter().position(|width| *width == name)
    };
    match (width(&one), width(&two)) {
        (Some(wanted), Some(built)) if built > wanted => Some((
            Severity::Medium,
            "the column takes every number that the schema allows",
        )),
        _ => None,
    }
}

/// A type without its length and brackets: `timestamp(3) without time zone` without the 3.
fn plain(written: &str) -> String {
    let written = written.trim_end_matches("[]");
    match (written.find('('), written.find(')')) {
        (Some(open), Some(close)) if close > open => {
            format!("{}{}", &written[..open], &written[close + 1..])
        }
        _ => written.to_owned(),
    }
}

fn column_default(sides: Sides<'_>, difference: &Difference) -> Lowered {
    let name = difference.object.as_deref()?;
    let wanted = sides.wanted(difference)?.column(name)?;
    if difference.expected.is_none() {
        return Some((
            Severity::Low,
            "only rows that are written without Prisma Client, or with the field left out, get it",
        ));
    }
    let by_database = wanted.sequence.is_some()
        || sides
            .field(difference)
            .and_then(|field| field.default.as_ref())
            .is_some_and(|default| default.value.db_generated().is_some());
    (!by_database).then_some((
        Severity::Medium,
        "Prisma Client writes the schema's default itself; raw SQL and other programs do not",
    ))
}

fn primary_key(sides: Sides<'_>, difference: &Difference) -> Lowered {
    let wanted = sides.wanted(difference)?;
    let built = sides.built(difference)?;
    let key: Vec<&str> = wanted
        .names(&wanted.primary_key()?.columns)
        .map(|name| name.as_str())
        .collect();
    let catalog = &sides.history.replay.catalog;
    let relation = catalog.find_named(Some(&difference.schema), difference.table.as_deref()?)?;
    let unique = catalog.indexes_of(relation.id).any(|(_, index)| {
        let columns = columns(built, index);
        index.unique && index.predicate.is_none() && columns == key
    });
    unique.then_some((
        Severity::Medium,
        "a unique index over the same columns tells the rows apart",
    ))
}

fn columns<'a>(table: &'a snell_sql::catalog::Table, index: &Index) -> Vec<&'a str> {
    index
        .keys
        .iter()
        .filter_map(|key| match key.target {
            KeyTarget::Column(number) => table.column_at(number).map(|c| c.name.as_str()),
            KeyTarget::Expression(_) => None,
        })
        .collect()
}

/// The unique index of the migrations over the columns of one that the schema declares, whose condition only
/// leaves out rows where one of them is NULL.
pub(super) fn same_without_nulls<'a>(sides: Sides<'a>, difference: &Difference) -> Option<&'a str> {
    if difference.kind != DriftKind::IndexMissingInDb {
        return None;
    }
    let name = difference.object.as_deref()?;
    let expected = &sides.history.drift.expected.catalog;
    let RelationKind::Index(wanted) = &expected.find_named(Some(&difference.schema), name)?.kind
    else {
        return None;
    };
    let own = columns(sides.wanted(difference)?, wanted);
    let built = sides.built(difference)?;
    let catalog = &sides.history.replay.catalog;
    let table = catalog.find_named(Some(&difference.schema), difference.table.as_deref()?)?;
    let mut indexes = catalog.indexes_of(table.id);
    let (relation, _) = indexes.find(|(_, index)| {
        let others = columns(built, index);
        index.unique
            && !index.nulls_not_distinct
            && others.len() == index.keys.len()
            && others.len() == own.len()
            && others.iter().all(|column| own.contains(column))
            && index
                .predicate
                .as_ref()
                .is_some_and(|condition| leaves_out_nulls(condition, &own))
    })?;
    wanted.unique.then_some(relation.name.as_str())
}

/// `a IS NOT NULL AND b IS NOT NULL`, of these columns alone.
fn leaves_out_nulls(condition: &Expr, columns: &[&str]) -> bool {
    match &condition.kind {
        ExprKind::IsNull(operand, false) => match &operand.kind {
            ExprKind::Column(names) => names
                .last()
                .is_some_and(|name| columns.contains(&name.text.as_str())),
            _ => false,
        },
        ExprKind::Logical(true, parts) => parts.iter().all(|part| leaves_out_nulls(part, columns)),
        _ => false,
    }
}

fn extra_index(sides: Sides<'_>, difference: &Difference) -> Lowered {
    let name = difference.object.as_deref()?;
    let index = sides.built_index(difference, name)?;
    if !index.unique && index.method != "btree" {
        return Some((
            Severity::Low,
            "raw SQL may count on it: declare it before the next `prisma migrate dev` drops it",
        ));
    }
    if !index.unique {
        return Some((
            Severity::Low,
            "it only costs writes; the next `prisma migrate dev` drops it",
        ));
    }
    let built = sides.built(difference)?;
    let own = columns(built, index);
    let catalog = &sides.history.replay.catalog;
    let twin = catalog.indexes_of(index.table).any(|(relation, other)| {
        let others = columns(built, other);
        relation.name != name
            && other.unique
            && other.predicate.is_none()
            && others.len() == other.keys.len()
            && others.iter().all(|column| own.contains(column))
    });
    twin.then_some((
        Severity::Low,
        "another unique index refuses the same rows; this one only costs writes",
    ))
}
