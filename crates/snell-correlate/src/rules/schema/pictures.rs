//! Pictures that a front end reads into texts, and the columns that may take them.
//!
//! No single place shows it: the browser makes a `data:` URL of a file, the API lets bodies of
//! megabytes in, and a column without a limit takes what the client sent.

use std::collections::{BTreeMap, BTreeSet};

use snell_extract::facts::{Expression, ExpressionId, ExpressionKind, ModuleFacts, Property};
use snell_flow::{Root, Value};
use snell_prisma::{Field, ScalarType};
use snell_project::{
    endpoint::Endpoint,
    module::{In, ModuleId, Modules},
    schema::FieldRef,
};
use snell_source::{Location, Span};

use super::expressions;
use crate::{
    functions,
    rule::Context,
    support::{accepts, declared, rows_written},
};

/// What shows that a column takes pictures.
pub(super) struct Sent {
    /// Where the API writes what the client sent.
    pub at: Location,
    /// The validator, or the front end and the API's limit.
    pub related: Vec<(Location, &'static str)>,
    /// How sure that is.
    pub shown: Shown,
}

/// How it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// What the client sends must be a `data:` URL.
    Checked,
    /// The API lets long bodies in, and says that they are for pictures.
    Said,
    /// By the front end and the limit alone.
    Guessed,
}

/// The columns, of those that `is_one` admits.
pub(super) fn sent(
    context: &Context<'_>,
    is_one: impl Fn(&Field) -> bool,
) -> BTreeMap<FieldRef, Sent> {
    let mut found: BTreeMap<FieldRef, Sent> = BTreeMap::new();
    let mut filled: BTreeSet<FieldRef> = BTreeSet::new();
    let beside = match (reads_files(context), large_bodies(context)) {
        (Some(read), Some(limit)) => Some((read, limit)),
        _ => None,
    };
    rows_written::visit(context, &mut |written| {
        let model = context.project.schemas.model(written.model);
        let Some(endpoint) = written.endpoint else {
            return;
        };
        let endpoint = context.project.endpoints.get(endpoint);
        for (field, entry) in written.columns(model) {
            let plain = field.scalar() == Some(ScalarType::String)
                && field
                    .native_type
                    .as_ref()
                    .is_none_or(|ty| ty.name == "Text");
            if !plain {
                continue;
            }
            let column = FieldRef {
                schema: written.model.schema,
                field: field.id,
            };
            if is_of_a_service(&entry.value) {
                filled.insert(column);
            }
            let (shown, related) = match (taken(context, endpoint, &entry.value), beside) {
                (Some(Taken::Url(at)), _) => (Shown::Checked, vec![(at, "lets nothing else in")]),
                (Some(Taken::Any), Some((read, limit))) if is_one(field) => (
                    limit.shown(),
                    vec![
                        (read, "makes a text of a file"),
                        (limit.at, "lets bodies of that size in"),
                    ],
                ),
                _ => continue,
            };
            found.entry(column).or_insert_with(|| Sent {
                at: rows_written::key_at(context, entry),
                related,
                shown,
            });
        }
    });
    // What a service tells is an address, and people may have to change it.
    found.retain(|column, sent| sent.shown == Shown::Checked || !filled.contains(column));
    found
}

/// Whether a value comes from who signs people in, or from the answer of another service.
fn is_of_a_service(value: &Value) -> bool {
    value.choices().into_iter().any(|choice| {
        matches!(choice, Value::Opaque(opaque)
            if matches!(opaque.root, Root::Identity | Root::Result(_)))
    })
}

/// What a value that the client sent may be.
enum Taken {
    /// A `data:` URL and nothing else, by this validator.
    Url(Location),
    /// Anything, without a form or a length.
    Any,
}

fn taken(context: &Context<'_>, endpoint: &Endpoint, value: &Value) -> Option<Taken> {
    const SHORT: u64 = 10_000;
    value.choices().into_iter().find_map(|choice| {
        let Value::Opaque(opaque) = choice else {
            return None;
        };
        if !matches!(opaque.root, Root::ClientInput(..)) {
            return None;
        }
        let declared = declared::value(context, Some(endpoint), opaque)?;
        let facts = context.project.modules.facts(declared.module);
        let url = declared.decorators.iter().find(|decorator| {
            let arguments = match facts.expression(decorator.expression) {
                Expression::Call { arguments, .. } => &arguments[..],
                _ => &[],
            };
            let first = arguments.first().map(|first| facts.expression(first.value));
            decorator.name == "IsDataURI"
                || decorator.name == "Matches"
                    && matches!(first, Some(Expression::Regex(text)) if text.starts_with("/^data:"))
        });
        if let Some(decorator) = url {
            let at = context.project.modules.at(declared.module, decorator.span);
            return Some(Taken::Url(at));
        }
        let accepts = accepts::of(context, &declared);
        (!accepts.formed && accepts.longest.is_none_or(|(most, _)| most > SHORT))
            .then_some(Taken::Any)
    })
}

/// `reader.readAsDataURL(file)`, `canvas.toDataURL()` of a front end; the first of them, which
/// only browsers have, also of a package that front ends take their parts from.
fn reads_files(context: &Context<'_>) -> Option<Location> {
    let project = context.project;
    reading(&project.front.modules, &["readAsDataURL", "toDataURL"])
        .or_else(|| reading(&project.modules, &["readAsDataURL"]))
}

fn reading(modules: &Modules, names: &[&str]) -> Option<Location> {
    let in_tests = |path: &str| path.contains(".test.") || path.contains(".spec.");
    let mut all = modules.iter();
    all.find_map(|(id, module)| {
        if in_tests(&module.path) {
            return None;
        }
        first_call(&module.facts, names).map(|call| {
            modules.location(In {
                module: id,
                id: call,
            })
        })
    })
}

fn first_call(facts: &ModuleFacts, names: &[&str]) -> Option<ExpressionId> {
    let mut calls = facts.all([ExpressionKind::Call]).map(|(id, _)| id);
    calls.find(|id| {
        expressions::method(facts, *id).is_some_and(|method| names.contains(&method.name))
    })
}

/// The API's limit.
#[derive(Clone, Copy)]
struct Limit {
    at: Location,
    /// Whether the comment above it says that it is for pictures.
    said: bool,
}

impl Limit {
    fn shown(self) -> Shown {
        match self.said {
            true => Shown::Said,
            false => Shown::Guessed,
        }
    }
}

/// `json({ limit: '10mb' })` of the API; one that says what it is for before others.
fn large_bodies(context: &Context<'_>) -> Option<Limit> {
    let mut found: Option<Limit> = None;
    for (id, module) in context.project.modules.iter() {
        if !functions::is_application(context.project, id) {
            continue;
        }
        let facts = &module.facts;
        for (_, node) in facts.all([ExpressionKind::Object]) {
            let Expression::Object(properties) = &node.kind else {
                continue;
            };
            let at = properties.iter().find_map(|property| match property {
                Property::Value {
                    key, value, span, ..
                } if key.name().is_some_and(|name| name.text == "limit") => {
                    is_megabytes(facts, *value).then_some(*span)
                }
                _ => None,
            });
            let Some(at) = at.map(|at| context.project.modules.at(id, at)) else {
                continue;
            };
            let said = says_pictures(context, id, facts, at);
            if said || found.is_none() {
                found = Some(Limit { at, said });
            }
            if said {
                return found;
            }
        }
    }
    found
}

/// Whether the comment on the lines above a limit speaks of files as text.
fn says_pictures(
    context: &Context<'_>,
    module: ModuleId,
    facts: &ModuleFacts,
    limit: Location,
) -> bool {
    const WORDS: [&str; 3] = ["base64", "data url", "data:"];
    let text = |span: Span| context.text(context.project.modules.at(module, span));
    facts.comments.iter().any(|comment| {
        if comment.end > limit.span.start {
            return false;
        }
        let between = text(Span::new(comment.end, limit.span.start));
        let said = text(*comment).to_ascii_lowercase();
        // The statement of the limit begins on the line below.
        between.matches('\n').count() <= 1
            && !between.contains(';')
            && WORDS.iter().any(|word| said.contains(word))
    })
}

/// A text such as `10mb`: more than forms and webhooks need.
fn is_megabytes(facts: &ModuleFacts, value: ExpressionId) -> bool {
    let Expression::String(text) = facts.expression(value) else {
        return false;
    };
    let lower = text.to_ascii_lowercase();
    let number = lower.strip_suffix("mb").or_else(|| lower.strip_suffix('m'));
    number.is_some_and(|number| number.trim().parse::<f64>().is_ok_and(|size| size >= 2.0))
}
