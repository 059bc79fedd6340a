//! The database that a Prisma schema describes: Prisma's own rules of DDL, as a catalog that
//! can be compared with the replayed one.

mod columns;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_prisma::{
    Algorithm, Datamodel, FieldId, ForeignKey, Index, IndexColumn, IndexKind, JoinTable, Model,
    ModelId, OperatorClass, Place, ReferentialAction, RelationMode, SortOrder,
};
use snell_sql::ast;
use snell_sql::catalog::{self, Builder, Catalog, Expected, ForeignKeySpec, IndexSpec};

/// The schema of the database where none is written.
const PUBLIC: &str = "public";

/// Lowers a schema to the database that it describes, with the types of the extensions that
/// `actual` installs. The number of a place's migration is that of the schema's file.
#[must_use]
pub fn expected(datamodel: &Datamodel, actual: &Catalog) -> Expected {
    let mut lowering = Lowering {
        datamodel,
        builder: Builder::beside(actual),
        tables: FxHashMap::default(),
    };
    lowering.schemas();
    lowering.enums();
    for model in datamodel.models() {
        lowering.model(model);
    }
    for model in datamodel.models() {
        lowering.indexes(model);
    }
    for (_, table) in datamodel.join_tables() {
        lowering.join_table(table);
    }
    if datamodel.relation_mode() == RelationMode::ForeignKeys {
        for relation in datamodel.relations() {
            if let Some(key) = &relation.foreign_key {
                lowering.foreign_key(key);
            }
        }
    }
    lowering.builder.finish()
}

/// The tables built so far.
struct Lowering<'a> {
    datamodel: &'a Datamodel,
    builder: Builder,
    tables: FxHashMap<ModelId, Built>,
}

/// A model's table, and the numbers of its columns.
struct Built {
    table: catalog::RelationId,
    columns: FxHashMap<FieldId, u16>,
}

fn at(place: Place) -> catalog::Place {
    catalog::Place {
        migration: u32::try_from(place.file).unwrap_or(u32::MAX),
        span: place.span,
    }
}

fn schema_of(model: &Model) -> &str {
    model.schema.as_ref().map_or(PUBLIC, |s| s.name.as_str())
}

impl Lowering<'_> {
    fn schemas(&mut self) {
        let written = self
            .datamodel
            .datasource()
            .map(|source| source.schemas.as_slice())
            .unwrap_or_default();
        if written.is_empty() {
            self.builder.manage(PUBLIC);
        }
        for schema in written {
            self.builder.manage(&schema.text);
        }
    }

    fn enums(&mut self) {
        for entry in self.datamodel.enums() {
            let schema = entry.schema.as_ref().map_or(PUBLIC, |s| s.name.as_str());
            let place = |span| {
                at(Place {
                    file: entry.at.file,
                    span,
                })
            };
            let values: Vec<(&str, catalog::Place)> = entry
                .values
                .iter()
                .map(|value| (value.db_name.as_str(), place(value.name_span)))
                .collect();
            self.builder
                .enumeration(schema, &entry.db_name, &values, place(entry.name_span));
        }
    }

    fn model(&mut self, model: &Model) {
        let schema = schema_of(model);
        if model.is_view {
            return self.builder.view(schema, &model.db_name);
        }
        if !model.is_complete {
            self.builder.unread(schema, &model.db_name);
        }
        let place = at(model.place(model.name_span));
        let table = self.builder.table(schema, &model.db_name, place);
        let mut columns = FxHashMap::default();
        for field in model.columns() {
            if let Some(spec) = columns::column(self.datamodel, field) {
                columns.insert(field.id, self.builder.column(table, &spec.borrowed(field)));
            } else {
                self.builder.unread(schema, &model.db_name);
            }
        }
        self.tables.insert(model.id, Built { table, columns });
    }

    fn indexes(&mut self, model: &Model) {
        for index in &model.all_indexes {
            let Some(built) = self.tables.get(&model.id) else {
                return;
            };
            let keys: Option<Vec<(u16, &IndexColumn)>> = index
                .columns
                .iter()
                .map(|column| Some((*built.columns.get(&column.field?)?, column)))
                .collect();
            let (Some(keys), Some(name)) = (keys, &index.db_name) else {
                self.builder.unread(schema_of(model), &model.db_name);
                continue;
            };
            let table = built.table;
            let place = at(model.place(index.span));
            match index.kind {
                IndexKind::PrimaryKey => {
                    let columns = keys.iter().map(|(number, _)| *number).collect();
                    self.builder.primary_key(table, name, columns, place);
                }
                IndexKind::Unique | IndexKind::Normal => {
                    self.index(table, index, name, &keys, place);
                }
                IndexKind::Fulltext => {}
            }
        }
    }

    fn index(
        &mut self,
        table: catalog::RelationId,
        index: &Index,
        name: &str,
        keys: &[(u16, &IndexColumn)],
        place: catalog::Place,
    ) {
        let classes: Vec<Option<SmolStr>> = keys
            .iter()
            .map(|(_, column)| column.operator_class.as_ref().map(operator_class))
            .collect();
        let spec = IndexSpec {
            name,
            unique: index.is_unique(),
            method: index.algorithm.as_ref().map_or("btree", method),
            keys: keys
                .iter()
                .zip(&classes)
                .map(|((number, column), class)| {
                    (
                        *number,
                        class.as_deref(),
                        column.sort == Some(SortOrder::Desc),
                    )
                })
                .collect(),
            conditional: index.condition.is_some(),
            place,
        };
        self.builder.index(table, &spec);
    }

    fn foreign_key(&mut self, key: &ForeignKey) {
        let from = &self.datamodel[key.field];
        let owner = &self.datamodel[key.field.model];
        let Some(target) = from.relation().map(|relation| relation.target) else {
            return;
        };
        let (Some(built), Some(other)) =
            (self.tables.get(&key.field.model), self.tables.get(&target))
        else {
            return;
        };
        let numbers = |built: &Built, fields: &[FieldId]| -> Option<Vec<u16>> {
            fields
                .iter()
                .map(|f| built.columns.get(f).copied())
                .collect()
        };
        let (Some(columns), Some(references)) = (
            numbers(built, &key.columns),
            numbers(other, &key.references),
        ) else {
            return;
        };
        let attribute = from.relation().and_then(|relation| relation.attribute);
        let spec = ForeignKeySpec {
            name: &key.db_name,
            columns,
            target: other.table,
            references,
            on_delete: action(key.on_delete.action),
            on_update: action(key.on_update.action),
            place: at(owner.place(attribute.unwrap_or(from.name_span))),
        };
        self.builder.foreign_key(built.table, spec);
    }

    /// An implicit many-to-many table: columns `A` and `B`, a key over both, an index on `B`.
    fn join_table(&mut self, join: &JoinTable) {
        let (a, b) = (&self.datamodel[join.a], &self.datamodel[join.b]);
        let place = at(a.place(a.name_span));
        let name = &join.db_name;
        let table = self.builder.table(schema_of(a), name, place);
        let mut numbers = Vec::new();
        for (column, model) in [("A", a), ("B", b)] {
            let key = model
                .primary_key()
                .and_then(|key| match key.columns.as_slice() {
                    [only] => only.field,
                    _ => None,
                });
            let Some(key) = key else {
                return self.builder.unread(schema_of(a), name);
            };
            let Some(spec) = columns::column(self.datamodel, &self.datamodel[key]) else {
                return self.builder.unread(schema_of(a), name);
            };
            let number = self.builder.column(table, &spec.joined(column, place));
            numbers.push((number, model, key));
        }
        let columns = numbers.iter().map(|(number, ..)| *number).collect();
        self.builder
            .primary_key(table, &format!("{name}_AB_pkey"), columns, place);
        let spec = IndexSpec {
            name: &format!("{name}_B_index"),
            unique: false,
            method: "btree",
            keys: numbers[1..]
                .iter()
                .map(|(n, ..)| (*n, None, false))
                .collect(),
            conditional: false,
            place,
        };
        self.builder.index(table, &spec);
        if self.datamodel.relation_mode() == RelationMode::ForeignKeys {
            for ((number, model, key), column) in numbers.into_iter().zip(["A", "B"]) {
                self.join_key(
                    table,
                    &format!("{name}_{column}_fkey"),
                    number,
                    model,
                    key,
                    place,
                );
            }
        }
    }

    fn join_key(
        &mut self,
        table: catalog::RelationId,
        name: &str,
        number: u16,
        model: &Model,
        key: FieldId,
        place: catalog::Place,
    ) {
        let Some(built) = self.tables.get(&model.id) else {
            return;
        };
        let Some(reference) = built.columns.get(&key).copied() else {
            return;
        };
        let spec = ForeignKeySpec {
            name,
            columns: vec![number],
            target: built.table,
            references: vec![reference],
            on_delete: ast::ReferentialAction::Cascade,
            on_update: ast::ReferentialAction::Cascade,
            place,
        };
        self.builder.foreign_key(table, spec);
    }
}

fn action(action: ReferentialAction) -> ast::ReferentialAction {
    match action {
        ReferentialAction::Cascade => ast::ReferentialAction::Cascade,
        ReferentialAction::Restrict => ast::ReferentialAction::Restrict,
        ReferentialAction::NoAction => ast::ReferentialAction::NoAction,
        ReferentialAction::SetNull => ast::ReferentialAction::SetNull,
        ReferentialAction::SetDefault => ast::ReferentialAction::SetDefault,
    }
}

fn method(algorithm: &Algorithm) -> &str {
    match algorithm {
        Algorithm::BTree => "btree",
        Algorithm::Hash => "hash",
        Algorithm::Gist => "gist",
        Algorithm::Gin => "gin",
        Algorithm::SpGist => "spgist",
        Algorithm::Brin => "brin",
        Algorithm::Other(name) if name == "Hnsw" => "hnsw",
        Algorithm::Other(name) if name == "Ivfflat" => "ivfflat",
        Algorithm::Other(name) => name,
    }
}

/// The database's name of a class: `JsonbPathOps` is `jsonb_path_ops`.
fn operator_class(class: &OperatorClass) -> SmolStr {
    let name = match class {
        OperatorClass::Raw(name) => return name.clone(),
        OperatorClass::Named(name) => name,
    };
    let mut text = String::new();
    for character in name.replace("MinMax", "Minmax").chars() {
        if character.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(character.to_ascii_lowercase());
    }
    text.into()
}
