//! What is told of a model or field. Names and types come from files that anybody may have
//! written: they stand in code spans, and nothing else of them does.

use snell_prisma::{Field, FieldType};
use snell_project::schema::{FieldRef, ModelRef};
use snell_source::Location;

use super::{Found, Place, Subject, definition, lens, references};
use crate::snapshot::{IndexOf, Snapshot};

/// Markdown about what a name may mean.
pub(crate) fn text(snapshot: &Snapshot, found: &Found) -> Option<String> {
    let parts = found.subjects.iter().map(|subject| match subject {
        Subject::Model(id) => of_model(snapshot, *id, found.place),
        Subject::Field(id) => of_field(snapshot, *id, found.place),
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("\n\n---\n\n"))
}

fn of_model(snapshot: &Snapshot, id: ModelRef, place: Place) -> String {
    let schemas = &snapshot.analysis.project.schemas;
    let model = schemas.model(id);
    let mut lines = Vec::new();
    let kind = if model.is_view { "view" } else { "table" };
    lines.push(match place {
        Place::Sql => format!(
            "{kind} {} is the model {}",
            code(&model.db_name),
            code(&model.name)
        ),
        _ => format!(
            "model {}: {kind} {}",
            code(&model.name),
            code(&model.db_name)
        ),
    });
    if let Some(at) = definition::created(schemas, id) {
        lines.push(format!("created in {}", migration(snapshot, at)));
    }
    let declared = definition::declared(snapshot, Subject::Model(id));
    let indexes = snapshot.indexes_of(declared);
    lines.extend(indexes.map(index));
    let calls = references::calls(snapshot, id);
    if !calls.is_empty() {
        let lenses = snapshot.lenses().iter();
        let found = lenses
            .filter(|lens: &&lens::Lens| lens.at == declared)
            .map(|lens| lens.title.clone());
        lines.extend(found);
    }
    lines.join("\n\n")
}

fn of_field(snapshot: &Snapshot, id: FieldRef, place: Place) -> String {
    let schemas = &snapshot.analysis.project.schemas;
    let field = schemas.field(id);
    let Some(owner) = definition::model_of(schemas, id) else {
        return code(&field.name);
    };
    let model = schemas.model(owner);
    let full = code(&format!("{}.{}", model.name, field.name));
    let declaration = code(&declaration(snapshot, id, field));
    let mut lines = Vec::new();
    if let FieldType::Relation(relation) = &field.ty {
        let target = schemas.model(ModelRef {
            schema: id.schema,
            model: relation.target,
        });
        lines.push(format!("{full}: relation to {}", code(&target.name)));
        let keys = relation.fields.iter();
        let keys: Vec<String> = keys
            .map(|key| code(&schemas.get(id.schema).datamodel[*key].name))
            .collect();
        if !keys.is_empty() {
            lines.push(format!("foreign key: {}", keys.join(", ")));
        }
        return lines.join("\n\n");
    }
    let column = code(&format!("{}.{}", model.db_name, field.db_name));
    lines.push(match place {
        Place::Sql => format!("column {column} is the field {full}: {declaration}"),
        _ => format!("{full}: {declaration}"),
    });
    match definition::column(schemas, id) {
        Some((at, ty)) => lines.push(format!(
            "column {column}: {} in the migrations, created in {}",
            code(&ty),
            migration(snapshot, at)
        )),
        None if place != Place::Sql => lines.push(format!("column {column}")),
        None => {}
    }
    let declared = definition::declared(snapshot, Subject::Model(owner));
    let covers = |index: &&IndexOf| {
        let mut columns = index.columns.iter().flatten();
        columns.any(|column| is_column(column, &field.db_name))
    };
    let indexes: Vec<String> = snapshot
        .indexes_of(declared)
        .filter(covers)
        .map(index)
        .collect();
    if indexes.is_empty() && !snapshot.indexes().is_empty() {
        lines.push("no index covers it".to_owned());
    }
    lines.extend(indexes);
    lines.extend(uses(snapshot, id));
    lines.join("\n\n")
}

/// Whether a column of an index (`last_seen DESC NULLS LAST`) is the one of this name.
fn is_column(written: &str, name: &str) -> bool {
    let rest = written.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// "written in 3 places, filtered in 2, sorted in none, selected in 1"
fn uses(snapshot: &Snapshot, id: FieldRef) -> Option<String> {
    let uses = snapshot.field_use(id)?;
    let mut words = vec![
        match uses.written.len() {
            1 => "written in 1 place".to_owned(),
            n => format!("written in {n} places"),
        },
        format!("filtered in {}", uses.filtered.len()),
        format!("sorted in {}", uses.sorted.len()),
        format!("selected in {}", uses.selected.len()),
    ];
    if uses.maybe_written {
        words.push("written perhaps by data of which not every key is known".to_owned());
    }
    match uses.sql.len() {
        0 => {}
        1 => words.push("named in SQL of 1 file".to_owned()),
        n => words.push(format!("named in SQL of {n} files")),
    }
    Some(words.join(", "))
}

/// What the schema writes behind a field's name: `String? @db.Uuid`.
fn declaration(snapshot: &Snapshot, id: FieldRef, field: &Field) -> String {
    let schema = snapshot.analysis.project.schemas.get(id.schema);
    let written = snapshot.analysis.sources.text(schema.location(field.at));
    let rest = written.strip_prefix(field.name.as_str()).unwrap_or(written);
    let rest = rest.split("//").next().unwrap_or(rest);
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn index(index: &IndexOf) -> String {
    let columns = index.columns.iter();
    let columns: Vec<&str> = columns
        .map(|column| column.as_deref().unwrap_or("(expression)"))
        .collect();
    let queries = match index.queries {
        1 => "1 query".to_owned(),
        n => format!("{n} queries"),
    };
    format!(
        "{} {}: {}, used by {queries}",
        index.kind,
        code(&index.name),
        code(&format!("{}({})", index.method, columns.join(", ")))
    )
}

/// The folder of a migration.
fn migration(snapshot: &Snapshot, at: Location) -> String {
    let path = &snapshot.analysis.sources.file(at.file).path;
    let folder = path.parent().and_then(|folder| folder.file_name());
    code(folder.unwrap_or(path.as_str()))
}

/// A text as a code span, whatever is in it.
fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    // A space keeps a backtick at the edge from joining the fence, and an empty span from being none.
    let pad = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::{code, is_column};

    #[test]
    fn columns_of_indexes_are_known_whatever_their_order() {
        assert!(is_column("last_seen", "last_seen"));
        assert!(is_column("last_seen DESC NULLS LAST", "last_seen"));
        assert!(!is_column("last_seen_at DESC", "last_seen"));
    }

    #[test]
    fn code_spans_hold_whatever_a_name_is() {
        assert_eq!(code("users"), "`users`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`x"), "`` `x ``");
        assert_eq!(code("a\nb"), "`a b`");
    }
}
