//! Datasources and generators.

use smol_str::SmolStr;

use super::Source;
use crate::ast::{Block, Expression, ExpressionKind, Name, Setting};
use crate::datamodel::{Datasource, Generator, Provider, RelationMode};

pub(super) fn datasource(source: &Source<'_>) -> Datasource {
    let block = source.block;
    let provider_name = string_setting(block, "provider");
    let relation_mode = string_setting(block, "relationMode")
        .or_else(|| string_setting(block, "referentialIntegrity"));
    let default = match provider_name.as_deref() {
        Some("mongodb") => RelationMode::Prisma,
        _ => RelationMode::ForeignKeys,
    };
    Datasource {
        name: block.name.text.clone(),
        provider: provider_name
            .as_deref()
            .map_or(Provider::Unknown, Provider::of),
        provider_name,
        relation_mode: match relation_mode.as_deref() {
            Some("prisma") => RelationMode::Prisma,
            Some("foreignKeys") => RelationMode::ForeignKeys,
            _ => default,
        },
        schemas: names(block, "schemas"),
        extensions: names(block, "extensions"),
        settings: block.settings().cloned().collect(),
        at: source.place(),
        name_span: block.name.span,
    }
}

pub(super) fn generator(source: &Source<'_>) -> Generator {
    let block = source.block;
    let texts = |key| names(block, key).into_iter().map(|n| n.text).collect();
    Generator {
        name: block.name.text.clone(),
        provider: string_setting(block, "provider"),
        output: string_setting(block, "output"),
        preview_features: texts("previewFeatures"),
        binary_targets: texts("binaryTargets"),
        settings: block.settings().cloned().collect(),
        at: source.place(),
        name_span: block.name.span,
    }
}

fn setting<'a>(block: &'a Block, key: &str) -> Option<&'a Setting> {
    block.settings().find(|s| s.key.text == key)
}

fn string_setting(block: &Block, key: &str) -> Option<SmolStr> {
    setting(block, key)?.value.as_ref()?.as_string().cloned()
}

/// The elements of a list of strings, or of `name` and `name(...)` as in `extensions`.
fn names(block: &Block, key: &str) -> Vec<Name> {
    let Some(value) = setting(block, key).and_then(|s| s.value.as_ref()) else {
        return Vec::new();
    };
    value.elements().iter().filter_map(element_name).collect()
}

fn element_name(element: &Expression) -> Option<Name> {
    let text = match &element.kind {
        ExpressionKind::String(text) | ExpressionKind::Constant(text) => text.clone(),
        ExpressionKind::Function { name, .. } => name.text.clone(),
        _ => return None,
    };
    Some(Name {
        text,
        span: element.span,
    })
}
