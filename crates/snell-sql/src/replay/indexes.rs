//! `CREATE INDEX`.

use smol_str::SmolStr;

use super::fault::{Fault, fault};
use super::{NoEffect, Replayer};
use crate::ast::{
    CreateIndex, Expr, ExprKind, IndexKey, Name, ObjectKind, ObjectName, Rebuild, RebuildKind,
};
use crate::catalog::{DataType, Index, Key, KeyTarget, RelationId, RelationKind, TypeId};

/// pgvector indexes `vector` up to this many dimensions, `halfvec` up to twice as many.
const VECTOR_DIMENSIONS: i32 = 2000;

impl Replayer {
    pub(super) fn create_index(&mut self, create: &CreateIndex) -> Result<(), Fault> {
        let table = self.relation(&create.table)?;
        if !self.indexable(table) {
            return Err(fault(
                "42809",
                create.table.span(),
                format!(
                    "cannot create index on relation \"{}\"",
                    create.table.name.text
                ),
            ));
        }
        let method = create
            .method
            .as_ref()
            .map_or_else(|| SmolStr::new_static("btree"), |name| name.text.clone());
        if let Some(existing) = self.existing_index(create, table)? {
            debug_assert!(create.if_not_exists, "{existing:?}");
            if let Some(name) = &create.name {
                self.no_effect(&name.name, NoEffect::ThereAlready);
            }
            return Ok(());
        }
        if !self.method_exists(&method) {
            return Err(fault(
                "42704",
                create
                    .method
                    .as_ref()
                    .map_or(self.place.span, |name| name.span),
                format!("access method \"{method}\" does not exist"),
            ));
        }
        let mut keys = Vec::new();
        for key in &create.keys {
            keys.push(self.index_key(table, &method, key)?);
        }
        let mut include = Vec::new();
        for name in &create.include {
            include.push(self.relation_column(table, name)?);
        }
        if let Some(predicate) = &create.predicate {
            self.relation_expression(table, predicate)?;
        }
        let name = self.index_name(create, table, &keys);
        let options = create
            .options
            .iter()
            .map(|(name, value)| (name.text.clone(), value.clone()))
            .collect();
        self.new_relation(
            &name,
            false,
            false,
            RelationKind::Index(Index {
                table,
                unique: create.unique,
                primary: false,
                constraint: false,
                method,
                keys,
                include,
                predicate: create.predicate.clone(),
                options,
                nulls_not_distinct: create.nulls_not_distinct,
            }),
        )?;
        Ok(())
    }

    fn indexable(&self, id: RelationId) -> bool {
        match self.catalog.relation(id).map(|relation| &relation.kind) {
            Some(RelationKind::Table(_)) => true,
            Some(RelationKind::View(view)) => view.materialized,
            _ => false,
        }
    }

    /// An index lives in its table's schema, and its name must be free there.
    fn existing_index(
        &self,
        create: &CreateIndex,
        table: RelationId,
    ) -> Result<Option<RelationId>, Fault> {
        let (Some(name), Some(relation)) = (&create.name, self.catalog.relation(table)) else {
            return Ok(None);
        };
        let Some(existing) = self
            .catalog
            .find_named(Some(&relation.schema), &name.name.text)
        else {
            return Ok(None);
        };
        if create.if_not_exists {
            return Ok(Some(existing.id));
        }
        Err(fault(
            "42P07",
            name.span(),
            format!("relation \"{}\" already exists", name.name.text),
        )
        .related(Some(super::Related {
            place: existing.provenance.created,
            message: format!("\"{}\" is created here", name.name.text),
        })))
    }

    fn method_exists(&self, method: &str) -> bool {
        match method {
            "btree" | "hash" | "gist" | "gin" | "spgist" | "brin" => true,
            "hnsw" | "ivfflat" => self.catalog.extensions.contains_key("vector"),
            // Methods of extensions that are not in the library.
            _ => self
                .catalog
                .extensions
                .keys()
                .any(|name| !crate::library::knows_extension(name)),
        }
    }

    fn index_name(&self, create: &CreateIndex, table: RelationId, keys: &[Key]) -> ObjectName {
        let schema = self
            .catalog
            .relation(table)
            .map(|relation| relation.schema.clone())
            .unwrap_or_default();
        let text = match &create.name {
            Some(name) => name.name.text.clone(),
            None => {
                let columns: Vec<String> = keys
                    .iter()
                    .map(|key| match &key.target {
                        KeyTarget::Column(number) => self.column_names(table, &[*number]),
                        KeyTarget::Expression(expr) => match &expr.kind {
                            ExprKind::Call(call) => call.name.name.text.to_string(),
                            _ => "expr".into(),
                        },
                    })
                    .collect();
                self.catalog.choose_name(
                    &schema,
                    &self.relation_name(table),
                    &columns.join("_"),
                    "idx",
                    &|_| false,
                )
            }
        };
        let span = create
            .name
            .as_ref()
            .map_or(create.table.span(), ObjectName::span);
        let name = |text: SmolStr| Name {
            text,
            span,
            quoted: true,
        };
        ObjectName {
            schema: Some(name(schema)),
            name: name(text),
        }
    }

    /// A column of a table, or of a materialized view by its position.
    fn relation_column(&self, id: RelationId, name: &Name) -> Result<u16, Fault> {
        if let Some(RelationKind::View(view)) = self.catalog.relation(id).map(|r| &r.kind) {
            let position = view.columns.iter().position(|c| c.name == name.text);
            return match position {
                Some(position) => Ok(u16::try_from(position + 1).unwrap_or(u16::MAX)),
                None if !view.resolved => Ok(0),
                None => Err(fault(
                    "42703",
                    name.span,
                    format!("column \"{}\" does not exist", name.text),
                )),
            };
        }
        self.column_number(id, name).map_err(|error| Fault {
            message: format!("column \"{}\" does not exist", name.text),
            ..error
        })
    }

    fn relation_expression(&self, id: RelationId, expr: &Expr) -> Result<(), Fault> {
        self.expression_columns(id, expr).map(|_| ())
    }

    fn column_type(&self, id: RelationId, number: u16) -> Option<DataType> {
        match &self.catalog.relation(id)?.kind {
            RelationKind::Table(table) => Some(table.column_at(number)?.data_type.clone()),
            RelationKind::View(view) => view
                .columns
                .get(usize::from(number).checked_sub(1)?)?
                .data_type
                .clone(),
            _ => None,
        }
    }

    /// The key that an exclusion constraint's item makes.
    pub(super) fn index_key_of(
        &self,
        id: RelationId,
        method: &str,
        expr: &Expr,
    ) -> Result<Key, Fault> {
        let (target, data_type) = self.key_target(id, expr)?;
        let class = data_type.and_then(|t| self.catalog.default_class(method, t.id));
        Ok(Key {
            target,
            operator_class: class.map(|class| class.name.clone()).unwrap_or_default(),
            default_class: true,
            descending: false,
            nulls_first: false,
        })
    }

    fn key_target(
        &self,
        id: RelationId,
        expr: &Expr,
    ) -> Result<(KeyTarget, Option<DataType>), Fault> {
        if let ExprKind::Column(parts) = &expr.kind
            && let [name] = parts.as_slice()
        {
            let number = self.relation_column(id, name)?;
            return Ok((KeyTarget::Column(number), self.column_type(id, number)));
        }
        self.relation_expression(id, expr)?;
        let data_type = self.expression_type(id, expr);
        Ok((KeyTarget::Expression(expr.clone()), data_type))
    }

    fn index_key(&self, id: RelationId, method: &str, key: &IndexKey) -> Result<Key, Fault> {
        let (target, data_type) = self.key_target(id, &key.item.expr)?;
        let default = data_type
            .as_ref()
            .and_then(|data_type| self.catalog.default_class(method, data_type.id));
        let class = match &key.operator_class {
            Some(name) => match self.catalog.class_named(method, &name.name.text) {
                Some(class) => Some(class),
                None if self.unknown_extension() => None,
                None => {
                    return Err(fault(
                        "42704",
                        name.span(),
                        format!(
                            "operator class \"{}\" does not exist for access method \"{method}\"",
                            name.name.text
                        ),
                    ));
                }
            },
            None => default,
        };
        if class.is_none()
            && key.operator_class.is_none()
            && let Some(data_type) = &data_type
            && data_type.id != TypeId::UNKNOWN
            && !self.unknown_extension()
        {
            return Err(fault(
                "42704",
                key.item.expr.span,
                format!(
                    "data type {} has no default operator class for access method \"{method}\"",
                    self.catalog.format_type(data_type)
                ),
            ));
        }
        if matches!(method, "hnsw" | "ivfflat") {
            self.check_dimensions(data_type.as_ref(), key)?;
        }
        Ok(Key {
            target,
            default_class: key.operator_class.is_none()
                || class.map(|c| &c.name) == default.map(|c| &c.name),
            operator_class: key
                .operator_class
                .as_ref()
                .map(|name| name.name.text.clone())
                .or_else(|| class.map(|class| class.name.clone()))
                .unwrap_or_default(),
            descending: key.item.descending,
            nulls_first: key.item.nulls_first.unwrap_or(key.item.descending),
        })
    }

    /// `REINDEX`, `VACUUM FULL` and `CLUSTER` leave everything as it is; what they name must exist.
    pub(super) fn rebuild(&self, rebuild: &Rebuild) -> Result<(), Fault> {
        if rebuild.kind == RebuildKind::Reindex(ObjectKind::Schema) {
            return Ok(());
        }
        let mut names = rebuild.names.iter();
        names.try_for_each(|name| self.relation(name).map(|_| ()))
    }

    /// What pgvector refuses to index.
    fn check_dimensions(&self, data_type: Option<&DataType>, key: &IndexKey) -> Result<(), Fault> {
        let Some(data_type) = data_type else {
            return Ok(());
        };
        let limit = match self.catalog.type_name(data_type.id).as_str() {
            "vector" => VECTOR_DIMENSIONS,
            "halfvec" => VECTOR_DIMENSIONS * 2,
            _ => return Ok(()),
        };
        match data_type.modifiers.first() {
            None => Err(fault(
                "22023",
                key.item.expr.span,
                "column does not have dimensions",
            )),
            Some(dimensions) if *dimensions > limit => Err(fault(
                "54000",
                key.item.expr.span,
                format!("column cannot have more than {limit} dimensions for this index"),
            )),
            Some(_) => Ok(()),
        }
    }

    /// Whether an extension is installed whose contents are not in the library.
    pub(super) fn unknown_extension(&self) -> bool {
        self.catalog
            .extensions
            .keys()
            .any(|name| !crate::library::knows_extension(name))
    }
}
