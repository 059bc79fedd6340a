//! A file in a column.

use std::collections::BTreeMap;

use snell_extract::facts::{Argument, Expression, ModuleFacts};
use snell_flow::{Entry, TextPart, Value};
use snell_prisma::{Field, ScalarType};
use snell_project::{
    client::Operation,
    module::ExpressionRef,
    schema::{FieldRef, ModelRef},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    expressions,
    pictures::{self, Shown},
    words,
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::{queries, rows_written, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/blob-in-table",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A file is stored in a column",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of columns that hold files.
const FILES: [&str; 24] = [
    "image",
    "img",
    "avatar",
    "photo",
    "picture",
    "logo",
    "icon",
    "banner",
    "cover",
    "thumbnail",
    "thumb",
    "file",
    "attachment",
    "document",
    "pdf",
    "video",
    "audio",
    "recording",
    "screenshot",
    "scan",
    "signature",
    "poster",
    "media",
    "blob",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<FieldRef, Stored> = BTreeMap::new();
    rows_written::visit(context, &mut |written| {
        let model = context.project.schemas.model(written.model);
        for (field, entry) in written.columns(model) {
            let column = FieldRef {
                schema: written.model.schema,
                field: field.id,
            };
            if let Some(stored) = stored(context, field, entry) {
                found.entry(column).or_insert(stored);
            }
        }
    });
    for (column, sent) in pictures::sent(context, is_file_name) {
        let what = match sent.shown {
            Shown::Checked => "the `data:` URLs that clients send, each a whole file",
            Shown::Said => "whatever text a browser sends, which may be a whole picture",
            Shown::Guessed => "whatever text a browser sends, and one reads files into texts",
        };
        found.entry(column).or_insert(Stored {
            what,
            at: sent.at,
            related: sent.related,
            shown: sent.shown,
        });
    }
    found
        .into_iter()
        .map(|(column, stored)| finding(context, column, stored))
        .collect()
}

/// What shows that a file goes into a column.
struct Stored {
    what: &'static str,
    at: Location,
    related: Vec<(Location, &'static str)>,
    shown: Shown,
}

/// Whether a column is called after a file, and not after what is known of it.
fn is_file_name(field: &Field) -> bool {
    let words = words::of(&field.name);
    let is_about = words.last().is_some_and(|last| {
        matches!(
            last.as_str(),
            "id" | "key" | "hash" | "name" | "type" | "size" | "count" | "status" | "at"
        )
    });
    !is_about && is_file(&field.name)
}

fn is_file(name: &str) -> bool {
    let words = words::of(name);
    words
        .iter()
        .any(|word| FILES.contains(&word.trim_end_matches('s')) || word == "upload")
}

fn stored(context: &Context<'_>, field: &Field, entry: &Entry) -> Option<Stored> {
    let bytes = field.scalar() == Some(ScalarType::Bytes);
    if !bytes && field.scalar() != Some(ScalarType::String) {
        return None;
    }
    let told = |what, at| Stored {
        what,
        at,
        related: Vec::new(),
        shown: Shown::Checked,
    };
    let key = rows_written::key_at(context, entry);
    if entry.value.choices().into_iter().any(is_data_uri) {
        return Some(told("a `data:` URL, which holds the whole file", key));
    }
    let sources = expressions::sources(context, entry.at?);
    sources.into_iter().find_map(|source| {
        let at = context.project.modules.location(source);
        match content(context, source)? {
            Content::File => Some(told("the contents of a file", at)),
            Content::Encoded if is_file_name(field) => Some(told("a file as base64 text", at)),
            Content::Encoded => None,
        }
    })
}

/// `data:image/png;base64,...`
fn is_data_uri(value: &Value) -> bool {
    let begins = |text: &str| text.starts_with("data:") && text.contains("base64,");
    match value {
        Value::Text(parts) => {
            let mut text = String::new();
            for part in parts.iter() {
                if let TextPart::Constant(constant) = part {
                    text.push_str(constant);
                }
            }
            begins(&text)
        }
        Value::Literal(_) => value.as_string().is_some_and(|text| begins(text)),
        _ => false,
    }
}

enum Content {
    /// Bytes of a file.
    File,
    /// Something as base64.
    Encoded,
}

fn content(context: &Context<'_>, at: ExpressionRef) -> Option<Content> {
    let facts = context.project.modules.facts(at.module);
    if let Some(method) = expressions::method(facts, at.id) {
        return match method.name {
            "toString" if is_string(facts, method.arguments, "base64") => Some(Content::Encoded),
            "readFile" | "readFileSync" if method.arguments.len() == 1 => Some(Content::File),
            "arrayBuffer" => Some(Content::File),
            "from" => {
                let inner = method.arguments.first()?.value;
                let inner = ExpressionRef {
                    id: facts.unwrap_casts(inner),
                    ..at
                };
                expressions::sources(context, inner)
                    .into_iter()
                    .filter(|source| source.id != at.id)
                    .find_map(|source| content(context, source))
                    .filter(|content| matches!(content, Content::File))
            }
            _ => None,
        };
    }
    match facts.expression(at.id) {
        // What an interceptor has read of a request: `file.buffer`.
        Expression::Member {
            object, property, ..
        } if property.text == "buffer" => match facts.expression(facts.unwrap_casts(*object)) {
            Expression::Identifier { name, .. } if is_file(name) => Some(Content::File),
            _ => None,
        },
        Expression::Call {
            callee, arguments, ..
        } if arguments.len() == 1 => match facts.expression(*callee) {
            Expression::Identifier { name, .. } if name.starts_with("readFile") => {
                Some(Content::File)
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_string(facts: &ModuleFacts, arguments: &[Argument], wanted: &str) -> bool {
    let first = arguments
        .first()
        .map(|argument| facts.expression(argument.value));
    matches!(first, Some(Expression::String(text)) if text == wanted)
}

fn finding(context: &Context<'_>, column: FieldRef, stored: Stored) -> Diagnostic {
    let schema = context.project.schemas.get(column.schema);
    let model = &schema.datamodel[column.field.model];
    let field = &schema.datamodel[column.field];
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!("`{}.{}` is given {}", model.name, field.name, stored.what),
    )
    .label("read, written, logged and backed up with every row")
    .related(stored.at, "goes into the column");
    for (at, text) in stored.related {
        found = found.related(at, text);
    }
    let reference = ModelRef {
        schema: column.schema,
        model: model.id,
    };
    let lists = lists_that_read(context, reference, field);
    for (n, at) in lists.iter().take(SHOWN).enumerate() {
        found = found.related(
            *at,
            match (n, lists.len()) {
                (0, more) if more > SHOWN => {
                    format!(
                        "reads it for each row of a list, as {} more do",
                        more - SHOWN
                    )
                }
                _ => "reads it for each row of a list".to_owned(),
            },
        );
    }
    found = match (stored.shown, lists.is_empty()) {
        (Shown::Checked, false) => found,
        (Shown::Checked, true) => found.lowered(
            Severity::Medium,
            "no list was seen to read it with each row",
        ),
        (Shown::Said, _) => found.confidence(Confidence::Likely).lowered(
            Severity::Medium,
            "no single place shows that the text goes into this column",
        ),
        (Shown::Guessed, _) => found.confidence(Confidence::Possible).lowered(
            Severity::Low,
            "no single place shows that the text goes into this column",
        ),
    };
    found
        .help("put the file into object storage and its key here; until then leave the column out of lists with `select` or `omit`")
        .subject(wording::subject(model, &field.name))
}

/// So many lists are shown.
const SHOWN: usize = 3;

/// The queries of many rows that take the column along.
fn lists_that_read(context: &Context<'_>, model: ModelRef, field: &Field) -> Vec<Location> {
    let lists = queries::of_model(context, model)
        .into_iter()
        .filter(|query| {
            let omitted = ["select", "omit"].iter().find_map(|key| {
                let object = query.argument(key)?.as_object()?;
                Some((*key == "omit") == object.entries.contains_key(&field.name))
            });
            query.call.operation == Operation::FindMany
                && functions::is_application(context.project, query.call.module)
                && omitted != Some(true)
        });
    lists
        .map(|query| queries::operation_at(context, query.call))
        .collect()
}
