//! The diagram of the live schemas: who owns each table, and what leads from
//! one to another, as the schemas say it and the migrations built it.

use snell_correlate::{TableModel, built_table, undeclared_keys};
use snell_prisma::{Datamodel, Field, FieldId, FieldType, ForeignKey, Model, RelationMode};
use snell_project::{
    Project,
    ownership::{Chain, Ownership},
    schema::{ModelRef, Schema, SchemaId},
};
use snell_report::erd::{Column, Erd, Holder, Kept, Link, OnDelete, Table};
use snell_sql::ast;

/// The tables of all live schemas.
pub(crate) fn erd(project: &Project) -> Erd {
    let mut erd = Erd::default();
    for (id, schema) in project.schemas.iter() {
        let first = erd.tables.len();
        let models = schema.datamodel.models().iter();
        erd.tables
            .extend(models.map(|model| table(project, erd.schemas.len(), id, schema, model)));
        erd.schemas.push(schema.path.to_string());
        let mut links = relations(schema);
        links.extend(built_only(schema, &links));
        links.extend(undeclared(id, schema, &links));
        links.sort_by(|a, b| (a.from, &a.columns, a.to).cmp(&(b.from, &b.columns, b.to)));
        for link in &links {
            for column in &link.columns {
                erd.tables[first + link.from].columns[*column].foreign = true;
            }
        }
        erd.links.extend(links.into_iter().map(|link| Link {
            from: link.from + first,
            to: link.to + first,
            ..link
        }));
    }
    erd
}

fn table(project: &Project, at: usize, id: SchemaId, schema: &Schema, model: &Model) -> Table {
    let reference = ModelRef {
        schema: id,
        model: model.id,
    };
    let (holder, owner) = holder(&schema.datamodel, model, project.owners.of(reference));
    let key = model.primary_key();
    Table {
        schema: at,
        name: model.name.to_string(),
        database_name: model.db_name.to_string(),
        view: model.is_view,
        holder,
        owner,
        columns: model
            .columns()
            .map(|field| Column {
                name: field.name.to_string(),
                kind: kind(&schema.datamodel, field),
                optional: field.is_optional(),
                list: field.is_list(),
                primary: key.is_some_and(|key| {
                    key.columns
                        .iter()
                        .any(|column| column.field == Some(field.id))
                }),
                unique: model.is_unique(field.id),
                foreign: false,
            })
            .collect(),
    }
}

fn kind(datamodel: &Datamodel, field: &Field) -> String {
    match &field.ty {
        FieldType::Scalar(scalar) => scalar.as_str().to_owned(),
        FieldType::Enum(id) => datamodel[*id].name.to_string(),
        FieldType::Composite(id) => datamodel[*id].name.to_string(),
        FieldType::Unsupported(name) | FieldType::Unknown(name) => name.to_string(),
        FieldType::Relation(_) => String::new(),
    }
}

/// Whose a model's rows are, and by which way.
fn holder(datamodel: &Datamodel, model: &Model, ownership: &Ownership) -> (Holder, Option<String>) {
    let chains = match ownership {
        Ownership::Root(_) => return (Holder::Owner, None),
        Ownership::Global => return (Holder::Global, None),
        Ownership::Owned(chains) => chains,
    };
    let direct: Vec<&Chain> = chains
        .iter()
        .filter(|chain| chain.relations.len() <= 1)
        .collect();
    let words = |chain: &Chain| {
        let steps = chain
            .relations
            .iter()
            .map(|step| datamodel[*step].name.as_str());
        match (chain.relations.is_empty(), chain.key) {
            (true, Some(key)) => datamodel[key].name.to_string(),
            _ => steps.collect::<Vec<_>>().join("."),
        }
    };
    match direct[..] {
        [] => (Holder::Through, chains.first().map(words)),
        [first, ..] => match partner(model, &direct) {
            Some(other) => (
                Holder::Shared,
                Some(format!("{}, {}", words(first), words(other))),
            ),
            None => (Holder::Direct, Some(words(first))),
        },
    }
}

/// The second owner of rows that stand between two: both have a required part in
/// them and are of one kind, or both are in the key that makes the row.
fn partner<'a>(model: &Model, direct: &[&'a Chain]) -> Option<&'a Chain> {
    let (first, rest) = direct.split_first()?;
    let first_key = first.key?;
    let in_one_key = |other: FieldId| {
        model.unique_criteria().any(|key| {
            let has = |field| key.columns.iter().any(|column| column.field == Some(field));
            has(first_key) && has(other)
        })
    };
    rest.iter().copied().find(|other| {
        other.key.is_some_and(|key| {
            key != first_key
                && ((first.required && other.required && first.root == other.root)
                    || in_one_key(key))
        })
    })
}

/// The position of a field among its model's columns.
fn position(datamodel: &Datamodel, field: FieldId) -> Option<usize> {
    datamodel[field.model]
        .columns()
        .position(|column| column.id == field)
}

fn positions(datamodel: &Datamodel, fields: &[FieldId]) -> Vec<usize> {
    fields
        .iter()
        .filter_map(|field| position(datamodel, *field))
        .collect()
}

/// What the schema says.
fn relations(schema: &Schema) -> Vec<Link> {
    let datamodel = &schema.datamodel;
    let mut links = Vec::new();
    for relation in datamodel.relations() {
        if let Some(join) = &relation.join_table {
            links.push(Link {
                from: join.a.index(),
                to: join.b.index(),
                columns: Vec::new(),
                references: Vec::new(),
                kept: Kept::JoinTable(join.db_name.to_string()),
                on_delete: None,
                required: false,
                single: false,
            });
        }
        let Some(key) = &relation.foreign_key else {
            continue;
        };
        let field = &datamodel[key.field];
        let Some(target) = datamodel.target(field) else {
            continue;
        };
        let model = &datamodel[key.field.model];
        let kept = match datamodel.relation_mode() {
            RelationMode::Prisma => Kept::Client,
            RelationMode::ForeignKeys if is_unbuilt(schema, model, key) => Kept::Unbuilt,
            RelationMode::ForeignKeys => Kept::ForeignKey,
        };
        links.push(Link {
            from: model.id.index(),
            to: target.id.index(),
            columns: positions(datamodel, &key.columns),
            references: positions(datamodel, &key.references),
            on_delete: (kept == Kept::ForeignKey).then(|| of_schema(key)),
            kept,
            required: field.is_required(),
            single: is_single(model, &key.columns),
        });
    }
    links
}

fn is_single(model: &Model, columns: &[FieldId]) -> bool {
    model.unique_criteria().any(|key| {
        key.fields().is_some_and(|fields| {
            !fields.is_empty() && fields.iter().all(|field| columns.contains(field))
        })
    })
}

/// Whether migrations made the table and not its foreign key.
fn is_unbuilt(schema: &Schema, model: &Model, key: &ForeignKey) -> bool {
    let Some(table) = built_table(schema, model).filter(|table| !table.is_uncertain()) else {
        return false;
    };
    let datamodel = &schema.datamodel;
    let columns: Vec<&str> = key
        .columns
        .iter()
        .map(|column| datamodel[*column].db_name.as_str())
        .collect();
    let mut keys = table.foreign_keys();
    !keys.any(|built| {
        built.columns.len() == columns.len()
            && columns
                .iter()
                .all(|column| built.columns.iter().any(|c| *c == column))
    })
}

/// The foreign keys that only the migrations know.
fn built_only(schema: &Schema, known: &[Link]) -> Vec<Link> {
    let datamodel = &schema.datamodel;
    let mut links = Vec::new();
    for model in datamodel.models() {
        let Some(table) = built_table(schema, model) else {
            continue;
        };
        for key in table.foreign_keys() {
            let columns: Option<Vec<FieldId>> = key
                .columns
                .iter()
                .map(|column| model.field_of_column(column).map(|field| field.id))
                .collect();
            let target = datamodel.models_of_table(key.table).next();
            let (Some(columns), Some(target)) = (columns, target) else {
                continue;
            };
            let places = positions(datamodel, &columns);
            let is_known = known
                .iter()
                .any(|link| link.from == model.id.index() && same(&link.columns, &places));
            if is_known || places.is_empty() {
                continue;
            }
            let references = key
                .references
                .iter()
                .filter_map(|column| target.field_of_column(column))
                .filter_map(|field| position(datamodel, field.id));
            links.push(Link {
                from: model.id.index(),
                to: target.id.index(),
                references: references.collect(),
                columns: places,
                kept: Kept::Migrations,
                on_delete: Some(of_sql(key.on_delete)),
                required: columns.iter().all(|field| datamodel[*field].is_required()),
                single: is_single(model, &columns),
            });
        }
    }
    links
}

/// Columns that are named like keys of other tables, and lead nowhere.
fn undeclared(id: SchemaId, schema: &Schema, known: &[Link]) -> Vec<Link> {
    let datamodel = &schema.datamodel;
    let tables = datamodel.models().iter().filter(|model| !model.is_view);
    tables
        .flat_map(|model| undeclared_keys(TableModel { id, schema, model }))
        .filter_map(|found| {
            let from = found.model.id.index();
            let column = position(datamodel, found.field.id)?;
            let is_known = known
                .iter()
                .any(|link| link.from == from && link.columns.contains(&column));
            (!is_known).then(|| Link {
                from,
                to: found.target.id.index(),
                columns: vec![column],
                references: position(datamodel, found.key.id).into_iter().collect(),
                kept: Kept::Undeclared,
                on_delete: None,
                required: found.field.is_required(),
                single: found.model.is_unique(found.field.id),
            })
        })
        .collect()
}

fn same(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().all(|one| b.contains(one))
}

fn of_schema(key: &ForeignKey) -> OnDelete {
    use snell_prisma::ReferentialAction as Action;
    match key.on_delete.action {
        Action::Cascade => OnDelete::Cascade,
        Action::Restrict => OnDelete::Restrict,
        Action::NoAction => OnDelete::NoAction,
        Action::SetNull => OnDelete::SetNull,
        Action::SetDefault => OnDelete::SetDefault,
    }
}

fn of_sql(action: ast::ReferentialAction) -> OnDelete {
    use ast::ReferentialAction as Action;
    match action {
        Action::Cascade => OnDelete::Cascade,
        Action::Restrict => OnDelete::Restrict,
        Action::SetNull => OnDelete::SetNull,
        Action::SetDefault => OnDelete::SetDefault,
        Action::NoAction => OnDelete::NoAction,
    }
}
