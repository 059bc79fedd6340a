//! Indexes made and taken away: an edit of the schema and the migration that belongs to it.
//!
//! The two are one fix, so that neither is ever written alone.

use snell_prisma::{Index, IndexKind, Model, Provider, names};
use snell_project::schema::{History, Schema};
use snell_source::{Edit, Fix, Location, NewMigration, Span};

use crate::{
    rule::Context,
    support::{advice::text, asked::Sort, wording},
};

/// The migrations of a PostgreSQL schema that snell could replay.
fn migrated(schema: &Schema) -> Option<(&str, &History)> {
    let folder = schema.migrations.as_ref()?;
    let history = schema.history.as_ref()?;
    (schema.datamodel.provider() == Provider::PostgreSql).then_some((folder.as_str(), history))
}

/// Declares an index of these columns and builds it.
pub(super) fn create(
    context: &Context<'_>,
    schema: &Schema,
    model: &Model,
    columns: &[Sort],
) -> Option<Fix> {
    let (folder, history) = migrated(schema)?;
    let table = history.replay.catalog.find_named(
        model.schema.as_ref().map(|s| s.name.as_str()),
        &model.db_name,
    );
    if !text::is_declarable(columns) || !model.is_complete || table.is_none() {
        return None;
    }
    let declared = format!("@@index([{}])", text::prisma(schema, columns));
    let db_columns: Vec<&str> = columns
        .iter()
        .map(|sort| schema.datamodel[sort.field].db_name.as_str())
        .collect();
    let name = names::index(Provider::PostgreSql, &model.db_name, &db_columns);
    let sql = format!(
        "-- CreateIndex\nCREATE INDEX CONCURRENTLY \"{name}\" ON {} ({});\n",
        text::table(model),
        text::sql(schema, columns)
    );
    Some(Fix::with_migration(
        format!("Add `{declared}` to `{}`, with its migration", model.name),
        vec![before_the_end(context, schema, model, &declared)?],
        NewMigration {
            folder: folder.to_owned(),
            name: format!("add_{}", slug(&name)),
            sql,
        },
    ))
}

/// Takes an index out of the schema and the database. Only an `@@index` on a line of its own, which
/// the migrations have built.
pub(super) fn remove(
    context: &Context<'_>,
    schema: &Schema,
    model: &Model,
    index: &Index,
) -> Option<Fix> {
    let (folder, history) = migrated(schema)?;
    let name = index.db_name.as_ref()?;
    let mut built = history.replay.catalog.indexes();
    if index.kind != IndexKind::Normal
        || index.on_field
        || name.contains('"')
        || !built.any(|(relation, _)| relation.name == *name)
    {
        return None;
    }
    let at = own_line(context, schema.location(model.place(index.span)))?;
    let qualified = match &model.schema {
        Some(schema) => format!("\"{}\".\"{name}\"", schema.name),
        None => format!("\"{name}\""),
    };
    Some(Fix::with_migration(
        format!(
            "Remove `{}` from `{}`, with its migration",
            wording::declared(index),
            model.name
        ),
        vec![Edit {
            at,
            replacement: String::new(),
        }],
        NewMigration {
            folder: folder.to_owned(),
            name: format!("drop_{}", slug(name)),
            sql: format!("-- DropIndex\nDROP INDEX CONCURRENTLY {qualified};\n"),
        },
    ))
}

/// A line before the brace that ends a model.
fn before_the_end(
    context: &Context<'_>,
    schema: &Schema,
    model: &Model,
    declared: &str,
) -> Option<Edit> {
    let block = schema.location(model.at);
    let text = context.text(block);
    let brace = text.rfind('}')?;
    let line = text[..brace].rfind('\n')? + 1;
    // `model A { id Int @id }` is not Prisma's language, but may be what is being written.
    if !text[line..brace].trim().is_empty() {
        return None;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let apart = if model.attributes.is_empty() { end } else { "" };
    let at = block.span.start + u32::try_from(line).ok()?;
    Some(Edit {
        at: Location::new(block.file, Span::empty(at)),
        replacement: format!("{apart}  {declared}{end}"),
    })
}

/// The whole line of an attribute, a comment behind it too; `None` when it shares its line.
fn own_line(context: &Context<'_>, at: Location) -> Option<Location> {
    let text = &context.sources.file(at.file).text;
    let (start, end) = (at.span.start as usize, at.span.end as usize);
    let line_start = text[..start].rfind('\n').map_or(0, |n| n + 1);
    let line_end = text[end..].find('\n').map_or(text.len(), |n| end + n + 1);
    let behind = text[end..line_end].trim();
    let alone = text[line_start..start].trim().is_empty()
        && (behind.is_empty() || behind.starts_with("//"));
    alone.then(|| Location::new(at.file, Span::from_range(line_start..line_end)))
}

/// A name as folders of migrations have it.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            'A'..='Z' => slug.push(c.to_ascii_lowercase()),
            _ if !slug.ends_with('_') => slug.push('_'),
            _ => {}
        }
    }
    slug.trim_matches('_').chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_become_names_of_folders() {
        assert_eq!(slug("Note_author_at_idx"), "note_author_at_idx");
        assert_eq!(slug("a b--é../c"), "a_b_c");
    }
}
