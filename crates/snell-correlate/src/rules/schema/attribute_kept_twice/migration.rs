//! The statements that bring such attributes into one place.

use snell_prisma::{FieldId, FieldType, ScalarType};

use super::{Column, Twice};

/// What is to be done, in order: the code, the rows, the table.
pub(super) fn help(twice: &Twice<'_>) -> Vec<String> {
    let (owner, table) = (&twice.owner.name, &twice.table.model.name);
    let mut help = vec![format!(
        "take what writes and reads `{table}` beside the columns of `{owner}` out of the code: the columns are enough"
    )];
    if let Some(sql) = copied(twice) {
        help.push(format!(
            "take what only rows hold into the columns before, of each `{owner}` that has none of them yet: `{sql}`"
        ));
    }
    help.push(format!(
        "take the table away a release later, when no running version knows it and nothing else is in it (`{}`): `DROP TABLE {}`",
        others(twice),
        quoted(&twice.table.model.db_name)
    ));
    help
}

/// One statement for all columns: of two, the second would not see which rows the first has filled.
fn copied(twice: &Twice<'_>) -> Option<String> {
    let columns: Vec<(&Column<'_>, String)> = twice
        .columns
        .iter()
        .filter(|column| !column.field.is_required())
        .filter_map(|column| Some((column, value(twice, column)?)))
        .collect();
    if columns.is_empty() {
        return None;
    }
    let model = twice.table.model;
    let datamodel = &twice.table.schema.datamodel;
    let name = |id: FieldId| quoted(&datamodel[id].db_name);
    let key = twice.parts.key;
    let own: Vec<String> = key.columns.iter().map(|id| name(*id)).collect();
    let target = twice.target_columns();
    let joined: Vec<String> = own
        .iter()
        .zip(&target)
        .map(|(own, target)| format!("k.{own} = o.{target}"))
        .collect();
    let set: Vec<String> = columns
        .iter()
        .map(|(column, value)| format!("{} = {value}", quoted(&column.field.db_name)))
        .collect();
    let empty: Vec<String> = columns
        .iter()
        .map(|(column, _)| format!("o.{} IS NULL", quoted(&column.field.db_name)))
        .collect();
    Some(format!(
        "UPDATE {} AS o SET {} FROM (SELECT {own}, jsonb_object_agg({}, {}) AS kv FROM {} GROUP BY {own}) AS k WHERE {} AND {}",
        quoted(&twice.owner.db_name),
        set.join(", "),
        name(twice.parts.name.id),
        name(twice.parts.value.id),
        quoted(&model.db_name),
        joined.join(" AND "),
        empty.join(" AND "),
        own = own.join(", "),
    ))
}

/// The rows that no column keeps.
fn others(twice: &Twice<'_>) -> String {
    let name = quoted(&twice.parts.name.db_name);
    let keys: Vec<String> = twice
        .columns
        .iter()
        .map(|column| format!("'{}'", column.key.replace('\'', "''")))
        .collect();
    format!(
        "SELECT {name}, count(*) FROM {} WHERE {name} NOT IN ({}) GROUP BY {name}",
        quoted(&twice.table.model.db_name),
        keys.join(", ")
    )
}

impl Twice<'_> {
    /// The owner's columns that the rows refer to.
    fn target_columns(&self) -> Vec<String> {
        let datamodel = &self.table.schema.datamodel;
        let target = self.parts.key.references.iter();
        target.map(|id| quoted(&datamodel[*id].db_name)).collect()
    }
}

/// What stands in the row, as the column has it.
fn value(twice: &Twice<'_>, column: &Column<'_>) -> Option<String> {
    let field = column.field;
    let key = column.key.replace('\'', "''");
    let text = format!("k.kv ->> '{key}'");
    let kind = match &field.ty {
        FieldType::Scalar(scalar) => match scalar {
            ScalarType::String => "",
            ScalarType::Int => "integer",
            ScalarType::BigInt => "bigint",
            ScalarType::Float => "double precision",
            ScalarType::Decimal => "numeric",
            ScalarType::Boolean => "boolean",
            ScalarType::DateTime => "timestamptz",
            ScalarType::Json if twice.is_json() => return Some(format!("k.kv -> '{key}'")),
            ScalarType::Json => "jsonb",
            ScalarType::Bytes => return None,
        },
        FieldType::Enum(id) => {
            let name = &twice.table.schema.datamodel[*id].db_name;
            return (!field.is_list()).then(|| format!("({text})::{}", quoted(name)));
        }
        _ => return None,
    };
    if field.is_list() {
        return None;
    }
    Some(match kind {
        "" => text,
        kind => format!("({text})::{kind}"),
    })
}

impl Twice<'_> {
    fn is_json(&self) -> bool {
        self.parts.value.scalar() == Some(ScalarType::Json)
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
