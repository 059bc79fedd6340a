//! What the live database counts of the tables that the schemas describe.

use snell_prisma::Model;
use snell_sql::statistics::{Statistics, TableStatistics};

use crate::rule::Context;
use crate::support::tables::{self, TableModel};

/// Counters that ran for less say little of what is never used.
const WEEK: f64 = 7.0;

/// A table with what is counted of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted<'a> {
    /// The table.
    pub table: TableModel<'a>,
    /// What is counted.
    pub of_table: &'a TableStatistics,
}

/// The tables of the schemas that the statistics are of. Of several databases, one was asked:
/// a schema counts when it has at least half of its tables there.
pub(crate) fn tables<'a>(context: &Context<'a>, statistics: &'a Statistics) -> Vec<Counted<'a>> {
    let mut found = Vec::new();
    let all: Vec<TableModel<'_>> = tables::of_postgres(context).collect();
    for (id, _) in context.project.schemas.iter() {
        let own: Vec<&TableModel<'_>> = all.iter().filter(|table| table.id == id).collect();
        let counted: Vec<Counted<'_>> = own
            .iter()
            .filter_map(|table| {
                let of_table = statistics.table(namespace(table.model), &table.model.db_name)?;
                Some(Counted {
                    table: **table,
                    of_table,
                })
            })
            .collect();
        if counted.len() * 2 >= own.len() {
            found.extend(counted);
        }
    }
    found
}

/// The schema of the database that a model's table stands in.
pub(crate) fn namespace(model: &Model) -> Option<&str> {
    model.schema.as_ref().map(|mapped| mapped.name.as_str())
}

/// For how many days the database has counted, when that is long enough to tell what is not used.
pub(crate) fn days(statistics: &Statistics) -> Option<u64> {
    let days = statistics.days.filter(|days| *days >= WEEK)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "days since a server was started"
    )]
    Some(days.floor() as u64)
}

/// `1,234,567`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `12 MB`, `3 GB`
pub(crate) fn size(bytes: u64) -> String {
    const STEPS: [(&str, u64); 3] = [("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)];
    let step = STEPS.iter().find(|(_, least)| bytes >= *least);
    step.map_or_else(
        || format!("{bytes} bytes"),
        |(unit, least)| format!("{} {unit}", grouped(bytes / least)),
    )
}

#[cfg(test)]
mod tests {
    use super::{grouped, size};

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1234), "1,234");
        assert_eq!(grouped(2_147_483_647), "2,147,483,647");
        assert_eq!(size(900), "900 bytes");
        assert_eq!(size(5 << 20), "5 MB");
    }
}
