//! Types that have a model's name and most of its fields.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_project::{names::plain, schema::ModelRef};

use super::{Evidence, Mirror, Shown, declarations, members};
use crate::rule::Context;

/// Words in the names of types that ask for rows, or hold what is on a screen.
const OTHERS: [&str; 16] = [
    "orderby", "where", "filter", "query", "args", "search", "sort", "props", "state", "context",
    "params", "options", "config", "form", "event", "column",
];
const PREFIXES: [&str; 12] = [
    "create", "update", "upsert", "patch", "edit", "new", "base", "public", "save", "add",
    "insert", "admin",
];
const SUFFIXES: [&str; 16] = [
    "dto", "input", "request", "response", "entity", "model", "schema", "view", "payload", "body",
    "data", "type", "row", "record", "create", "update",
];

pub(super) fn find(context: &Context<'_>, shown: &mut Vec<Shown>) {
    let models = models(context);
    declarations(context, &mut |mirror, name| {
        if matches!(mirror, Mirror::Zod(_)) && !name.to_ascii_lowercase().contains("schema") {
            return;
        }
        let Some(model) = named(&models, name) else {
            return;
        };
        if resembles(context, mirror, model) {
            let (schema, of) = (
                context.project.schemas.get(model.schema),
                context.project.schemas.model(model),
            );
            shown.push(Shown {
                mirror,
                model,
                evidence: Evidence::Named,
                because: schema.model_name(of),
            });
        }
    });
}

/// Models by their plain names; what several have is nobody's.
fn models(context: &Context<'_>) -> FxHashMap<SmolStr, Option<ModelRef>> {
    let mut names: FxHashMap<SmolStr, Option<ModelRef>> = FxHashMap::default();
    for (id, _, model) in context.project.schemas.models() {
        let own = plain(&model.name);
        let table = plain(&model.db_name);
        names
            .entry(own.clone())
            .and_modify(|other| *other = None)
            .or_insert(Some(id));
        if table != own {
            names
                .entry(table)
                .and_modify(|other| *other = None)
                .or_insert(Some(id));
        }
    }
    names
}

/// The model of `CreatePostDto`, `PostEntity`, `postSchema`: the longest part that is one's name.
fn named(models: &FxHashMap<SmolStr, Option<ModelRef>>, name: &str) -> Option<ModelRef> {
    let whole = plain(name);
    if let Some(model) = models.get(&whole) {
        return *model;
    }
    if OTHERS.iter().any(|word| whole.contains(word)) {
        return None;
    }
    let mut starts = vec![whole.as_str()];
    starts.extend(
        PREFIXES
            .iter()
            .filter_map(|prefix| whole.strip_prefix(prefix)),
    );
    for start in starts {
        let mut rest = start;
        loop {
            if let Some(model) = models.get(rest) {
                return *model;
            }
            match SUFFIXES.iter().find_map(|suffix| rest.strip_suffix(suffix)) {
                Some(shorter) if !shorter.is_empty() => rest = shorter,
                _ => break,
            }
        }
    }
    None
}

/// Whether most of what it holds are fields of the model: a type of the same name may be of another world.
fn resembles(context: &Context<'_>, mirror: Mirror, model: ModelRef) -> bool {
    let model = context.project.schemas.model(model);
    let Some(names) = members::names(context, mirror) else {
        return false;
    };
    let is_field = |name: &str| {
        let name = plain(name);
        let mut fields = model.fields.iter();
        fields.any(|field| plain(&field.name) == name || plain(&field.db_name) == name)
    };
    let known = names.iter().filter(|name| is_field(name)).count();
    known >= 2.min(model.fields.len()) && known * 10 >= names.len() * 6
}
