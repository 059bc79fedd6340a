//! The state in which rows are to be the only ones of their kind, as a condition of SQL.

use snell_flow::Literal;
use snell_prisma::{Datamodel, Field, FieldType};
use snell_project::schema::Schema;

use super::race::Race;

/// What the look says of the state: `"isActive" AND "status" = 'PENDING'`.
pub(super) fn condition(schema: &Schema, race: &Race) -> String {
    let datamodel = &schema.datamodel;
    let mut parts: Vec<String> = race
        .constants
        .iter()
        .map(|(field, constant)| equals(datamodel, &datamodel[*field], constant))
        .collect();
    let living = race.living.iter();
    parts.extend(living.map(|time| format!("\"{}\" IS NULL", datamodel[*time].db_name)));
    parts.join(" AND ")
}

fn equals(datamodel: &Datamodel, field: &Field, constant: &Literal) -> String {
    let column = format!("\"{}\"", field.db_name);
    match constant {
        Literal::Boolean(true) => column,
        Literal::Boolean(false) => format!("NOT {column}"),
        Literal::Number(number) | Literal::BigInt(number) | Literal::Pattern(number) => {
            format!("{column} = {number}")
        }
        Literal::String(text) => {
            let value = match field.ty {
                FieldType::Enum(of) => datamodel[of]
                    .values
                    .iter()
                    .find(|value| value.name == *text),
                _ => None,
            };
            let text = value.map_or(text.as_str(), |value| value.db_name.as_str());
            format!("{column} = {}", snell_sql::print::string(text))
        }
    }
}
