//! Columns that are read with the same constant in their place wherever they are missing.

use rustc_hash::FxHashMap;
use snell_extract::facts::{
    Expression, ExpressionId, ExpressionKind, LogicalOperator, ModuleFacts,
};
use snell_prisma::{Field, ScalarType};
use snell_project::{
    module::{ModuleId, Modules},
    names::plain,
    schema::FieldRef,
};
use snell_source::Location;

use super::{Agreed, is_candidate};
use crate::rule::Context;

/// A constant that stands for a missing value, as the schema would write it.
type Fallback = (String, Location);

/// Constants that only say how a missing value is shown.
const SHOWN_AS: [&str; 11] = [
    "", "-", "--", "\u{2013}", "\u{2014}", "?", "n/a", "none", "unknown", "null", "...",
];

/// The fallbacks of each column that may be missing, by its name: of two words, and of one column
/// alone, so that nothing else can be meant.
pub(super) fn fallbacks(context: &Context<'_>) -> FxHashMap<FieldRef, Vec<Fallback>> {
    let columns = columns(context);
    let mut found = FxHashMap::default();
    if columns.is_empty() {
        return found;
    }
    let project = context.project;
    for (id, module) in project.modules.iter() {
        if project.path_facts(id).is_production() {
            read(&project.modules, (id, &module.facts), &columns, &mut found);
        }
    }
    let front = &project.front.modules;
    for (id, module) in front.iter() {
        let path = camino::Utf8Path::new(module.path.as_str());
        let file = project.workspace.file(path);
        if file.is_some_and(|file| file.facts.is_production()) {
            read(front, (id, &module.facts), &columns, &mut found);
        }
    }
    found
}

fn columns(context: &Context<'_>) -> FxHashMap<String, FieldRef> {
    let mut known: FxHashMap<String, Option<FieldRef>> = FxHashMap::default();
    for (id, _, model) in context.project.schemas.models() {
        for field in &model.fields {
            let two_words = field
                .name
                .chars()
                .skip(1)
                .any(|c| c == '_' || c.is_ascii_uppercase());
            let at = FieldRef {
                schema: id.schema,
                field: field.id,
            };
            let wanted = two_words && field.is_column() && field.is_optional();
            known
                .entry(plain(&field.name).to_string())
                .and_modify(|one| *one = None)
                .or_insert((wanted && is_candidate(field)).then_some(at));
        }
    }
    known
        .into_iter()
        .filter_map(|(name, at)| Some((name, at?)))
        .collect()
}

/// `row.sessionName ?? 'New chat'`
fn read(
    modules: &Modules,
    (id, facts): (ModuleId, &ModuleFacts),
    columns: &FxHashMap<String, FieldRef>,
    found: &mut FxHashMap<FieldRef, Vec<Fallback>>,
) {
    for (_, node) in facts.all([ExpressionKind::Logical]) {
        let Expression::Logical {
            operator: LogicalOperator::Coalesce | LogicalOperator::Or,
            left,
            right,
        } = &node.kind
        else {
            continue;
        };
        let Expression::Member { property, .. } = facts.expression(facts.unwrap_casts(*left))
        else {
            continue;
        };
        if let Some(field) = columns.get(plain(&property.text).as_str())
            && let Some(text) = constant(facts, *right)
        {
            let places = found.entry(*field).or_default();
            let at = modules.at(id, facts.span(*right));
            if places.iter().all(|(_, known)| *known != at) {
                places.push((text, at));
            }
        }
    }
}

fn constant(facts: &ModuleFacts, value: ExpressionId) -> Option<String> {
    match facts.expression(facts.unwrap_casts(value)) {
        Expression::String(text) => {
            let lower = text.trim().to_lowercase();
            (!SHOWN_AS.contains(&lower.as_str())).then(|| format!("\"{text}\""))
        }
        // `?? 0`, `?? false` add nothing up and show nothing: the value stays unknown.
        Expression::Number(text) => (text.parse() != Ok(0.0)).then(|| text.to_string()),
        Expression::Boolean(value) => value.then(|| value.to_string()),
        // `Kind.GENERAL`
        Expression::Member {
            object, property, ..
        } if matches!(facts.expression(*object), Expression::Identifier { .. }) => {
            Some(property.text.to_string())
        }
        _ => None,
    }
}

/// The constant that all fallbacks of a column are, when there are several.
pub(super) fn agreed(all: &[Fallback], field: &Field) -> Option<Agreed> {
    let (first, _) = all.first()?;
    let fits = match field.scalar() {
        Some(ScalarType::String) => first.starts_with('"'),
        Some(ScalarType::Boolean) => first == "true" || first == "false",
        Some(_) => first.starts_with(|c: char| c.is_ascii_digit()),
        None => {
            first.starts_with(|c: char| c.is_ascii_alphabetic()) && field.enumeration().is_some()
        }
    };
    let same = all.iter().all(|(text, _)| text == first);
    (fits && same && all.len() >= 2).then(|| Agreed {
        default: first.clone(),
        places: all.iter().map(|(_, at)| *at).collect(),
        words: "taken where there is none",
    })
}
