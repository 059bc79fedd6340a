//! Names: given once, not reserved, made of the right characters.

use std::collections::{BTreeMap, BTreeSet};

use snell_source::Span;

use super::Checker;
use crate::ast::{Block, BlockKind, Name};
use crate::datamodel::{Place, ScalarType};
use crate::lower::{Source, Sources};

/// Names that a model or enum cannot have because the generated client needs them or JavaScript
/// keeps them (`reserved_model_names.rs` of prisma-engines, less what one of the versions 5 to 7 allows).
const RESERVED: [&str; 45] = [
    "PrismaClient",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

pub(super) fn check(checker: &mut Checker<'_>, sources: &Sources<'_>) {
    let types = [&sources.models, &sources.enums, &sources.composite_types];
    unique_blocks(checker, types.into_iter().flatten(), "a type");
    unique_blocks(checker, sources.generators.iter(), "a generator");
    unique_blocks(checker, sources.datasources.iter(), "a datasource");
    for source in sources.datasources.iter().skip(1) {
        let at = place(source, source.block.name.span);
        checker.error(at, "a schema has one datasource only");
    }
    for source in types.into_iter().flatten() {
        let name = &source.block.name;
        let is_reserved =
            source.block.kind != BlockKind::CompositeType && RESERVED.contains(&name.text.as_str());
        if is_reserved || ScalarType::of(&name.text).is_some() {
            checker.error(
                place(source, name.span),
                format!("`{}` is a reserved name", name.text),
            );
        }
        identifier(checker, source, name);
        unique_members(checker, source);
        empty(checker, source);
    }
    for source in sources.datasources.iter().chain(&sources.generators) {
        unique_settings(checker, source);
        let has_provider = source.block.settings().any(|s| s.key.text == "provider");
        if source.block.is_complete() && !has_provider {
            let message = format!("`{}` has no `provider`", source.block.name.text);
            checker.error(place(source, source.block.name.span), message);
        }
    }
}

fn place(source: &Source<'_>, span: Span) -> Place {
    Place {
        file: source.file,
        span,
    }
}

fn unique_blocks<'a>(
    checker: &mut Checker<'_>,
    sources: impl Iterator<Item = &'a Source<'a>>,
    what: &str,
) {
    let mut seen = BTreeSet::new();
    for source in sources {
        let name = &source.block.name;
        if !name.text.is_empty() && !seen.insert(&name.text) {
            let message = format!("{what} with the name `{}` is declared already", name.text);
            checker.error(place(source, name.span), message);
        }
    }
}

fn unique_members(checker: &mut Checker<'_>, source: &Source<'_>) {
    let block = source.block;
    let names = block
        .fields()
        .map(|f| &f.name)
        .chain(block.values().map(|v| &v.name));
    let mut seen = BTreeMap::new();
    for name in names {
        identifier(checker, source, name);
        if seen.insert(&name.text, name.span).is_some() {
            let message = format!(
                "`{}` is declared already in `{}`",
                name.text, block.name.text
            );
            checker.error(place(source, name.span), message);
        }
    }
}

fn unique_settings(checker: &mut Checker<'_>, source: &Source<'_>) {
    let mut seen = BTreeSet::new();
    for setting in source.block.settings() {
        if !seen.insert(&setting.key.text) {
            let message = format!("`{}` is set already", setting.key.text);
            checker.error(place(source, setting.key.span), message);
        }
    }
}

fn identifier(checker: &mut Checker<'_>, source: &Source<'_>, name: &Name) {
    if name.text.starts_with(char::is_numeric) {
        checker.error(
            place(source, name.span),
            "a name does not start with a digit",
        );
    } else if name.text.contains('-') {
        checker.error(place(source, name.span), "a name holds no `-`");
    }
}

fn empty(checker: &mut Checker<'_>, source: &Source<'_>) {
    let block: &Block = source.block;
    if !block.is_complete() {
        return;
    }
    if block.kind == BlockKind::Enum && block.values().next().is_none() {
        let message = format!("the enum `{}` has no value", block.name.text);
        checker.error(place(source, block.name.span), message);
    }
    if block.kind == BlockKind::CompositeType && block.fields().next().is_none() {
        let message = format!("the type `{}` has no field", block.name.text);
        checker.error(place(source, block.name.span), message);
    }
}
