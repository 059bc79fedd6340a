//! A foreign key whose column is of another type than what it references.

use snell_prisma::{Datamodel, Field, ForeignKey, RelationMode, ScalarType};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/foreign-key-type-mismatch",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A foreign key is of another type than the column that it references",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .flat_map(|table| {
            let keys = table.schema.datamodel.foreign_keys_of(table.model.id);
            keys.flat_map(move |(_, key)| pairs(&table.schema.datamodel, key))
                .filter_map(move |(from, to)| finding(table, from, to))
        })
        .collect()
}

fn pairs<'a>(
    datamodel: &'a Datamodel,
    key: &'a ForeignKey,
) -> impl Iterator<Item = (&'a Field, &'a Field)> + use<'a> {
    let columns = key.columns.iter().zip(&key.references);
    columns.map(move |(from, to)| (&datamodel[*from], &datamodel[*to]))
}

/// Families of PostgreSQL's types: within one, values are compared and indexes used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Uuid,
    Integer,
    Other,
}

/// The database's type of a column and its family.
fn column_type(field: &Field) -> Option<(&'static str, Family)> {
    let native = field
        .native_type
        .as_ref()
        .map(|native| native.name.as_str());
    Some(match (field.scalar()?, native) {
        (ScalarType::String, None | Some("Text")) => ("text", Family::Text),
        (ScalarType::String, Some("Uuid")) => ("uuid", Family::Uuid),
        (ScalarType::String, Some("VarChar")) => ("character varying", Family::Text),
        (ScalarType::String, Some("Citext")) => ("citext", Family::Text),
        (ScalarType::String, Some("Char")) => ("character", Family::Text),
        (ScalarType::Int, None | Some("Integer")) => ("integer", Family::Integer),
        (ScalarType::Int, Some("SmallInt")) => ("smallint", Family::Integer),
        (ScalarType::BigInt, None | Some("BigInt")) => ("bigint", Family::Integer),
        (_, _) => ("another type", Family::Other),
    })
}

fn finding(table: TableModel<'_>, from: &Field, to: &Field) -> Option<Diagnostic> {
    let (own, own_family) = column_type(from)?;
    let (other, other_family) = column_type(to)?;
    let families = [own_family, other_family];
    let same = own_family == other_family && own_family != Family::Integer;
    if families.contains(&Family::Other) || own == other || same {
        return None;
    }
    let TableModel { schema, model, .. } = table;
    let target = &schema.datamodel[to.id.model];
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(from),
        format!(
            "`{}.{}` is `{own}`, and references `{}.{}`, which is `{other}`",
            model.name, from.name, target.name, to.name
        ),
    )
    .label(format!("`{own}` in the database"))
    .related(schema.field_type(to), format!("`{other}`"));
    let kept_by_client = schema.datamodel.relation_mode() == RelationMode::Prisma;
    let found = if own_family == other_family {
        found.lowered(
            Severity::Medium,
            "both are integers: the key holds, until a value does not fit",
        )
    } else if kept_by_client {
        found.note("the client keeps this relation: a join of the two columns fails (42883)")
    } else {
        found.note("PostgreSQL refuses the foreign key (42804)")
    };
    let found = found.help(format!("give `{}` the type of `{}`", from.name, to.name));
    Some(found.subject(wording::subject(model, &from.name)))
}
