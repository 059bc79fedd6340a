//! A unique over several columns of which one may be null.

mod evidence;
mod meaning;

use snell_prisma::{Datamodel, Field, FieldId, Index, Model, Provider};
use snell_project::schema::{ModelRef, Schema, SchemaId};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::Deferral;

use super::soft_delete_unique::is_deletion_time;
use crate::{
    rule::{Context, Rule},
    support::{
        built::{self, BuiltIndex, BuiltTable},
        field_life, wording,
    },
};
use evidence::{Conflict, Evidence, Reliance};
use meaning::Meaning;

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/nullable-unique",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A unique of several columns does not hold for rows with a NULL",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A unique that some rows escape.
#[derive(Debug, Clone, Copy)]
struct Open<'a> {
    id: SchemaId,
    schema: &'a Schema,
    model: &'a Model,
    unique: &'a Index,
}

impl<'a> Open<'a> {
    fn datamodel(self) -> &'a Datamodel {
        &self.schema.datamodel
    }

    fn model_ref(self) -> ModelRef {
        ModelRef {
            schema: self.id,
            model: self.model.id,
        }
    }

    fn fields(self) -> impl Iterator<Item = &'a Field> {
        let fields = self.unique.columns.iter().filter_map(|column| column.field);
        fields.map(move |field| &self.datamodel()[field])
    }

    fn nullable(self) -> impl Iterator<Item = &'a Field> {
        self.fields().filter(|field| field.is_optional())
    }
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let open: Vec<Open<'_>> = context
        .project
        .schemas
        .iter()
        .filter(|(_, schema)| schema.datamodel.provider() == Provider::PostgreSql)
        .flat_map(|(id, schema)| {
            let models = schema.datamodel.models().iter();
            models.flat_map(move |model| {
                model.uniques().map(move |unique| Open {
                    id,
                    schema,
                    model,
                    unique,
                })
            })
        })
        .filter(|open| is_open(*open))
        .collect();
    if open.is_empty() {
        return Vec::new();
    }
    let evidence = Evidence::gather(context, &open);
    let findings = open.iter().enumerate();
    findings
        .filter(|(n, _)| !evidence.is_meant(*n))
        .filter_map(|(n, open)| {
            let conflict = evidence::conflict(context, *open);
            let meaning = meaning::meaning(*open, evidence.rows(n));
            let reliance = evidence.of(n);
            // Where a NULL tells that something is absent, a variable that may be absent is no
            // code that looks for the one row without it.
            let counts = |one: &&Reliance| meaning != Meaning::Absent || one.is_literal();
            let reliance = reliance.filter(counts);
            let silent = meaning == Meaning::Absent && reliance.is_none() && conflict.is_none();
            (!silent).then(|| finding(context, *open, reliance, conflict, meaning))
        })
        .collect()
}

/// Whether nothing else keeps rows with a NULL apart.
fn is_open(open: Open<'_>) -> bool {
    let Open { model, unique, .. } = open;
    let hidden = model.is_view || model.ignored.is_some() || !model.is_complete;
    if hidden || unique.columns.len() < 2 || unique.condition.is_some() {
        return false;
    }
    let Some(fields) = unique.fields() else {
        return false;
    };
    let mut nullable = open.nullable().peekable();
    // An optional reference of several columns has no value at all, or all of them.
    nullable.peek().is_some()
        && open.fields().any(Field::is_required)
        // Rows that are not deleted all have a NULL there: another rule's.
        && !open.nullable().any(is_deletion_time)
        && !is_covered(open, &fields)
        && !is_alternative(open, &fields)
        && !is_kept_by_migrations(open)
}

/// Whether a key over some of the columns, none of them nullable, is unique already.
fn is_covered(open: Open<'_>, fields: &[FieldId]) -> bool {
    open.model.unique_criteria().any(|other| {
        other.fields().is_some_and(|columns| {
            let inside = |column: &FieldId| fields.contains(column);
            let required = |column: &FieldId| open.datamodel()[*column].is_required();
            columns.iter().all(inside) && columns.iter().all(required)
        })
    })
}

/// Whether another unique has the same columns but for one, where this one has
/// its nullable: a row that has no value here is told by the one there.
fn is_alternative(open: Open<'_>, fields: &[FieldId]) -> bool {
    let mut nullable = open.nullable();
    let (Some(only), None) = (nullable.next(), nullable.next()) else {
        return false;
    };
    let rest: Vec<FieldId> = fields.iter().copied().filter(|f| *f != only.id).collect();
    open.model.uniques().any(|other| {
        let Some(columns) = other.fields() else {
            return false;
        };
        columns.len() == fields.len()
            && columns != fields
            && rest.iter().all(|field| columns.contains(field))
            && columns
                .iter()
                .filter(|column| !rest.contains(column))
                .all(|column| open.datamodel()[*column].is_optional())
    })
}

/// Whether the database says more than the schema can: `NULLS NOT DISTINCT`, an
/// index over the rows that have a NULL, one over `COALESCE(...)`, or `NOT NULL`.
fn is_kept_by_migrations(open: Open<'_>) -> bool {
    let Some(table) = built::table(open.schema, open.model) else {
        return false;
    };
    let columns: Vec<&str> = open.fields().map(|field| field.db_name.as_str()).collect();
    let nullable: Vec<&str> = open
        .nullable()
        .map(|field| field.db_name.as_str())
        .collect();
    table
        .indexes()
        .any(|index| index.tells_nulls_apart(&columns, &nullable))
        || nullable
            .iter()
            .all(|column| table.is_not_null(column) || table.is_generated(column))
}

fn finding(
    context: &Context<'_>,
    open: Open<'_>,
    reliance: Option<&Reliance>,
    conflict: Option<Conflict>,
    meaning: Meaning,
) -> Diagnostic {
    let Open {
        schema,
        model,
        unique,
        ..
    } = open;
    let columns = wording::columns(unique);
    let names: Vec<String> = open.nullable().map(|f| format!("`{}`", f.name)).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.location(model.place(unique.span)),
        format!(
            "`{}` of `{}` does not stop duplicate rows: {} {verb} nullable",
            wording::declared(unique),
            model.name,
            wording::and(&names),
        ),
    )
    .label(format!("NULL equals nothing: ({}) can repeat", row(open)));
    for field in open.nullable() {
        found = found.related(schema.field_type(field), "nullable");
    }
    if let Some(reliance) = reliance {
        found = reliance.tell(context, found);
    }
    if let Some(conflict) = conflict {
        found = conflict.tell(found);
    }
    if let Some(at) = built_as(open) {
        found = found.related(at, "no `NULLS NOT DISTINCT` in the database either");
    }
    let found = match reliance {
        Some(reliance) => found.confidence(reliance.confidence()),
        None if conflict.is_some_and(Conflict::is_certain) => found.confidence(Confidence::Likely),
        None if meaning == Meaning::All => found
            .lowered(
                Severity::Medium,
                "no code was seen that looks such a row up and then creates it",
            )
            .confidence(Confidence::Likely),
        None => found
            .lowered(
                Severity::Low,
                "where NULL says that there is none of it, rows are meant to repeat: only where it says `for all` they are not",
            )
            .confidence(Confidence::Possible),
    };
    let lives = field_life::field_lives(context);
    let made = reliance.is_none() && lives.model(open.model_ref()).creates > 0;
    let unwritten = |field: &Field| {
        made && !model.is_foreign_key(field.id) && !lives.may_hold(open.model_ref(), field)
    };
    let found = match open.nullable().all(unwritten) {
        true => found.lowered(
            Severity::Low,
            "nothing was seen that writes the nullable column: it is NULL in every row, or the database fills it",
        ),
        false => found,
    };
    let relied = reliance.is_some() || conflict.is_some();
    let found = match meaning::emptied(open).filter(|_| relied) {
        Some(field) => found.help(format!(
            "first say what becomes of the row when what `{}` refers to is deleted: SET NULL gives it the key of the row for all, which the new index refuses; `onDelete: Cascade` or `Restrict` does not",
            field.name
        )),
        None => found,
    };
    found
        .help(help(open))
        .subject(wording::subject(model, &columns))
}

/// `name, NULL`
fn row(open: Open<'_>) -> String {
    let cells = open.fields().map(|field| match field.is_optional() {
        true => "NULL".to_owned(),
        false => field.name.to_string(),
    });
    cells.collect::<Vec<_>>().join(", ")
}

fn help(open: Open<'_>) -> String {
    let quoted = |field: &Field| format!("\"{}\"", field.db_name);
    let columns: Vec<String> = open.fields().map(quoted).collect();
    let what = "in a migration of your own (PostgreSQL 15 and later)";
    // A constraint that waits for the end of the transaction is one for a reason: no index waits.
    let waits = built_index(open).and_then(|(table, index)| match table.deferral(index)? {
        Deferral::Never => None,
        Deferral::Immediate => Some("DEFERRABLE"),
        Deferral::Deferred => Some("DEFERRABLE INITIALLY DEFERRED"),
    });
    if let Some(waits) = waits {
        return format!(
            "{what}: ALTER TABLE \"{}\" ADD CONSTRAINT ... UNIQUE NULLS NOT DISTINCT ({}) {waits}, in place of the one that is there",
            open.model.db_name,
            columns.join(", ")
        );
    }
    format!(
        "{what}: CREATE UNIQUE INDEX ... ON \"{}\" ({}) NULLS NOT DISTINCT",
        open.model.db_name,
        columns.join(", ")
    )
}

/// The statement that built the unique.
fn built_as(open: Open<'_>) -> Option<snell_source::Location> {
    built_index(open).map(|(_, index)| index.created())
}

/// The unique as the migrations left it.
fn built_index<'a>(open: Open<'a>) -> Option<(BuiltTable<'a>, BuiltIndex<'a>)> {
    let table = built::table(open.schema, open.model)?;
    let columns: Vec<&str> = open.fields().map(|field| field.db_name.as_str()).collect();
    let built = table
        .indexes()
        .find(|index| index.is_unique_over(&columns))?;
    Some((table, built))
}
