//! From the syntax trees of one schema to its [`Datamodel`].
//!
//! Lowering reports nothing: what a tree gets wrong stays visible in the
//! datamodel (`FieldType::Unknown`, an index column without a field, a relation
//! field without an opposite), and `check` reads it from there.

mod attributes;
mod config;
mod fields;
mod indexes;
pub mod names;
mod relations;

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::ast::{self, Block, BlockKind};
use crate::datamodel::{
    CompositeType, CompositeTypeId, Datamodel, Declaration, Enum, EnumId, EnumValue, FieldId,
    Model, ModelId, Place,
};
use attributes::string_argument;

/// A block and the number of its file.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) file: usize,
    pub(crate) block: &'a Block,
}

impl Source<'_> {
    fn place(&self) -> Place {
        Place {
            file: self.file,
            span: self.block.span,
        }
    }
}

/// The blocks of a schema, sorted by what they declare.
#[derive(Default)]
pub(crate) struct Sources<'a> {
    pub(crate) models: Vec<Source<'a>>,
    pub(crate) enums: Vec<Source<'a>>,
    pub(crate) composite_types: Vec<Source<'a>>,
    pub(crate) datasources: Vec<Source<'a>>,
    pub(crate) generators: Vec<Source<'a>>,
}

impl<'a> Sources<'a> {
    pub(crate) fn collect(blocks: impl Iterator<Item = Source<'a>>) -> Self {
        let mut sources = Sources::default();
        for source in blocks {
            match source.block.kind {
                BlockKind::Model | BlockKind::View => sources.models.push(source),
                BlockKind::Enum => sources.enums.push(source),
                BlockKind::CompositeType => sources.composite_types.push(source),
                BlockKind::Datasource => sources.datasources.push(source),
                BlockKind::Generator => sources.generators.push(source),
                BlockKind::Unknown => {}
            }
        }
        sources
    }

    /// What each name declares; of several declarations, the first.
    fn names(&self) -> BTreeMap<SmolStr, Declaration> {
        let mut names = BTreeMap::new();
        let mut add = |source: &Source<'_>, declaration| {
            if !source.block.name.text.is_empty() {
                names
                    .entry(source.block.name.text.clone())
                    .or_insert(declaration);
            }
        };
        for (n, model) in self.models.iter().enumerate() {
            add(model, Declaration::Model(ModelId::new(n)));
        }
        for (n, item) in self.enums.iter().enumerate() {
            add(item, Declaration::Enum(EnumId::new(n)));
        }
        for (n, item) in self.composite_types.iter().enumerate() {
            add(item, Declaration::CompositeType(CompositeTypeId::new(n)));
        }
        names
    }
}

/// Resolves every name of the schema.
pub(crate) fn datamodel(sources: &Sources<'_>) -> Datamodel {
    let names = sources.names();
    let mut datamodel = Datamodel {
        datasources: sources.datasources.iter().map(config::datasource).collect(),
        generators: sources.generators.iter().map(config::generator).collect(),
        ..Datamodel::default()
    };
    datamodel.enums = sources.enums.iter().enumerate().map(enumeration).collect();
    datamodel.composite_types = sources
        .composite_types
        .iter()
        .enumerate()
        .map(|(n, source)| composite_type(n, source, &names))
        .collect();
    let provider = datamodel.provider();
    datamodel.models = sources
        .models
        .iter()
        .enumerate()
        .map(|(n, source)| model(n, source, &names))
        .collect();
    for model in &mut datamodel.models {
        model.all_indexes = indexes::of(model, provider);
    }
    datamodel.names = names;
    for model in &datamodel.models {
        datamodel
            .tables
            .entry(model.db_name.clone())
            .or_default()
            .push(model.id);
        if model.ignored.is_none() {
            datamodel
                .accessors
                .entry(model.accessor.clone())
                .or_insert(model.id);
        }
    }
    relations::resolve(&mut datamodel);
    datamodel
}

fn model(n: usize, source: &Source<'_>, names: &BTreeMap<SmolStr, Declaration>) -> Model {
    let id = ModelId::new(n);
    let block = source.block;
    let map = block_string(block, "map");
    Model {
        id,
        name: block.name.text.clone(),
        accessor: accessor(&block.name.text),
        db_name: map
            .as_ref()
            .map_or_else(|| block.name.text.clone(), |m| m.name.clone()),
        map,
        schema: block_string(block, "schema"),
        is_view: block.kind == BlockKind::View,
        is_complete: block.is_complete(),
        ignored: block
            .attributes()
            .find(|a| a.name.text == "ignore")
            .map(|a| a.span),
        fields: block
            .fields()
            .enumerate()
            .map(|(f, field)| fields::field(FieldId::new(id, f), field, source.file, names))
            .collect(),
        all_indexes: Vec::new(),
        attributes: block.attributes().cloned().collect(),
        comments: block.comments.clone(),
        at: source.place(),
        name_span: block.name.span,
    }
}

/// The client's name for a model: its name, the first letter lower case.
fn accessor(name: &str) -> SmolStr {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => SmolStr::default(),
    }
}

fn block_string(block: &Block, attribute: &str) -> Option<crate::datamodel::Mapped> {
    block
        .attributes()
        .find(|a| a.name.text == attribute)
        .and_then(|a| string_argument(a, "name").or_else(|| string_argument(a, "map")))
}

fn enumeration((n, source): (usize, &Source<'_>)) -> Enum {
    let block = source.block;
    let map = block_string(block, "map");
    Enum {
        id: EnumId::new(n),
        name: block.name.text.clone(),
        db_name: map
            .as_ref()
            .map_or_else(|| block.name.text.clone(), |m| m.name.clone()),
        map,
        schema: block_string(block, "schema"),
        values: block.values().map(enum_value).collect(),
        comments: block.comments.clone(),
        at: source.place(),
        name_span: block.name.span,
    }
}

fn enum_value(value: &ast::EnumValue) -> EnumValue {
    let map = value
        .attributes
        .iter()
        .find(|a| a.name.text == "map")
        .and_then(|a| string_argument(a, "name"));
    EnumValue {
        name: value.name.text.clone(),
        db_name: map
            .as_ref()
            .map_or_else(|| value.name.text.clone(), |m| m.name.clone()),
        map,
        comments: value.comments.clone(),
        span: value.span,
        name_span: value.name.span,
    }
}

fn composite_type(
    n: usize,
    source: &Source<'_>,
    names: &BTreeMap<SmolStr, Declaration>,
) -> CompositeType {
    let block = source.block;
    let nowhere = ModelId::new(usize::MAX);
    CompositeType {
        id: CompositeTypeId::new(n),
        name: block.name.text.clone(),
        fields: block
            .fields()
            .enumerate()
            .map(|(f, field)| fields::field(FieldId::new(nowhere, f), field, source.file, names))
            .collect(),
        comments: block.comments.clone(),
        at: source.place(),
        name_span: block.name.span,
    }
}
