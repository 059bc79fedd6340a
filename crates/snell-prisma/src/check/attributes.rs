//! Attributes: known where they stand, given once, with arguments that they take.

use std::collections::BTreeSet;

use super::Checker;
use crate::ast::{Attribute, Block, BlockKind, Expression, ExpressionKind};
use crate::datamodel::{Declaration, Place};
use crate::lower::{Source, Sources};

/// What an attribute takes.
struct Signature {
    name: &'static str,
    /// The argument that may stand without its name.
    unnamed: Option<&'static str>,
    /// Whether that argument must be given.
    required: bool,
    /// The arguments that stand with their names.
    named: &'static [&'static str],
    /// Whether it may be given more than once.
    repeated: bool,
}

const fn plain(name: &'static str) -> Signature {
    Signature {
        name,
        unnamed: None,
        required: false,
        named: &[],
        repeated: false,
    }
}

const fn taking(
    name: &'static str,
    unnamed: &'static str,
    named: &'static [&'static str],
) -> Signature {
    Signature {
        unnamed: Some(unnamed),
        required: true,
        named,
        ..plain(name)
    }
}

const COLUMN: [Signature; 7] = [
    taking("map", "name", &[]),
    taking("default", "value", &["map"]),
    plain("ignore"),
    plain("updatedAt"),
    plain("shardKey"),
    Signature {
        named: &["map", "length", "sort", "clustered"],
        ..plain("id")
    },
    Signature {
        named: &["map", "length", "sort", "clustered"],
        ..plain("unique")
    },
];

const RELATION: [Signature; 2] = [
    plain("ignore"),
    Signature {
        required: false,
        ..taking(
            "relation",
            "name",
            &["fields", "references", "onDelete", "onUpdate", "map"],
        )
    },
];

const COMPOSITE_FIELD: [Signature; 2] =
    [taking("map", "name", &[]), taking("default", "value", &[])];

const MODEL: [Signature; 8] = [
    plain("ignore"),
    taking("map", "name", &[]),
    taking("schema", "map", &[]),
    taking("shardKey", "fields", &[]),
    taking("id", "fields", &["name", "map", "clustered"]),
    Signature {
        repeated: true,
        ..taking("unique", "fields", &["name", "map", "clustered", "where"])
    },
    Signature {
        repeated: true,
        ..taking(
            "index",
            "fields",
            &["name", "map", "type", "clustered", "where"],
        )
    },
    Signature {
        repeated: true,
        ..taking("fulltext", "fields", &["name", "map"])
    },
];

const ENUM: [Signature; 2] = [taking("map", "name", &[]), taking("schema", "map", &[])];

const ENUM_VALUE: [Signature; 1] = [taking("map", "name", &[])];

/// Arguments whose value is a string wherever they stand.
const STRINGS: [&str; 2] = ["name", "map"];

pub(super) fn check(checker: &mut Checker<'_>, sources: &Sources<'_>) {
    for source in &sources.models {
        block_attributes(checker, source, &MODEL);
        fields(checker, source);
    }
    for source in &sources.enums {
        block_attributes(checker, source, &ENUM);
        for value in source.block.values() {
            list(checker, source, &value.attributes, &ENUM_VALUE);
        }
    }
    for source in &sources.composite_types {
        block_attributes(checker, source, &[]);
        fields(checker, source);
    }
}

fn block_attributes(checker: &mut Checker<'_>, source: &Source<'_>, known: &[Signature]) {
    let attributes: Vec<Attribute> = source.block.attributes().cloned().collect();
    list(checker, source, &attributes, known);
}

fn fields(checker: &mut Checker<'_>, source: &Source<'_>) {
    let block: &Block = source.block;
    for field in block.fields() {
        let Some(ty) = &field.ty else {
            continue;
        };
        let declaration = checker.datamodel.declaration(&ty.name.text);
        let leads_to_model = !ty.unsupported && matches!(declaration, Some(Declaration::Model(_)));
        let known: &[Signature] = if block.kind == BlockKind::CompositeType {
            &COMPOSITE_FIELD
        } else if leads_to_model {
            &RELATION
        } else {
            &COLUMN
        };
        list(checker, source, &field.attributes, known);
    }
}

fn list(
    checker: &mut Checker<'_>,
    source: &Source<'_>,
    attributes: &[Attribute],
    known: &[Signature],
) {
    let mut seen = BTreeSet::new();
    for attribute in attributes {
        let at = |span| Place {
            file: source.file,
            span,
        };
        let name = attribute.name.text.as_str();
        if name.contains('.') {
            continue;
        }
        let Some(signature) = known.iter().find(|s| s.name == name) else {
            let message = format!("there is no attribute `{name}` here");
            checker.error(at(attribute.name.span), message);
            continue;
        };
        if !seen.insert(name) && !signature.repeated {
            checker.error(at(attribute.span), format!("`{name}` is given already"));
        }
        arguments(checker, source.file, attribute, signature);
    }
}

fn arguments(checker: &mut Checker<'_>, file: usize, attribute: &Attribute, signature: &Signature) {
    let mut seen = BTreeSet::new();
    for argument in &attribute.arguments {
        let name = argument.name.as_ref().map(|n| n.text.as_str());
        let at = Place {
            file,
            span: argument.span,
        };
        let Some(name) = name.or(signature.unnamed) else {
            checker.error(at, format!("`{}` takes no such argument", signature.name));
            continue;
        };
        if signature.unnamed != Some(name) && !signature.named.contains(&name) {
            checker.error(
                at,
                format!("`{}` takes no argument `{name}`", signature.name),
            );
        }
        if !seen.insert(name) {
            checker.error(at, format!("the argument `{name}` is given already"));
        }
        sort_orders(checker, at.file, name, &argument.value);
        let is_string = STRINGS.contains(&name);
        if is_string && !may_be_string(&argument.value) {
            checker.error(at, format!("`{name}` is a string"));
        }
    }
    if let Some(unnamed) = signature.unnamed.filter(|_| signature.required)
        && !seen.contains(unnamed)
    {
        let at = Place {
            file,
            span: attribute.span,
        };
        checker.error(
            at,
            format!("`{}` needs the argument `{unnamed}`", signature.name),
        );
    }
}

/// The orders in `sort: ...` of a field's key and in `fields: [a(sort: ...)]`.
fn sort_orders(checker: &mut Checker<'_>, file: usize, argument: &str, value: &Expression) {
    if argument == "sort" {
        let known = matches!(
            value.as_constant().map(|c| c.as_str()),
            Some("Asc" | "Desc")
        );
        if !known && value.kind != ExpressionKind::Missing {
            let span = value.span;
            checker.error(Place { file, span }, "`sort` is `Asc` or `Desc`");
        }
    }
    if argument != "fields" {
        return;
    }
    for element in value.elements() {
        if let ExpressionKind::Function { arguments, .. } = &element.kind {
            for argument in arguments {
                let name = argument.name.as_ref().map_or("", |n| n.text.as_str());
                if name == "sort" {
                    sort_orders(checker, file, name, &argument.value);
                }
            }
        }
    }
}

fn may_be_string(value: &Expression) -> bool {
    matches!(
        value.kind,
        ExpressionKind::String(_) | ExpressionKind::Missing
    )
}
