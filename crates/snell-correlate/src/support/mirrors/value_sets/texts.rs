//! Sections of the texts of languages: the keys that stand under one name, in each language.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_extract::facts::{BindingKind, Expression, ExpressionId, ModuleFacts, Property};
use snell_project::module::ModuleId;
use snell_source::{FileId, Location};
use snell_workspace::{Json, JsonValue, Locale};

use crate::rule::Context;

/// The keys of a section in one language.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The language.
    pub(crate) language: String,
    /// The keys, and where each is written.
    pub(crate) keys: Vec<(SmolStr, Location)>,
}

/// The keys under one name, in all languages that have it.
#[derive(Debug)]
pub(crate) struct Section {
    /// The way to it, with dots: `agent.type`.
    pub(crate) name: String,
    /// Each language's keys, in the order of languages.
    pub(crate) languages: Vec<Listed>,
}

/// File group, way, language.
type Key = (String, String, String);

/// All of them, of JSON files and of modules.
pub(super) fn all(context: &Context<'_>) -> Vec<Section> {
    let mut keys: BTreeMap<Key, Vec<(SmolStr, Location)>> = BTreeMap::new();
    for texts in &context.project.beside.texts {
        let mut add = adder(&mut keys, &texts.locale);
        of_json(&texts.json, texts.file, "", &mut add);
    }
    for (id, module) in context.project.modules.iter() {
        let path = camino::Utf8Path::new(module.path.as_str());
        if let Some(locale) = Locale::of(path)
            && context.project.path_facts(id).is_production()
        {
            let mut add = adder(&mut keys, &locale);
            of_module(context, id, &module.facts, &mut add);
        }
    }
    let mut sections: Vec<Section> = Vec::new();
    let mut last: Option<(String, String)> = None;
    for ((group, name, language), keys) in keys {
        let section = (group, name);
        if last.as_ref() != Some(&section) {
            sections.push(Section {
                name: section.1.clone(),
                languages: Vec::new(),
            });
            last = Some(section);
        }
        if let Some(section) = sections.last_mut() {
            section.languages.push(Listed { language, keys });
        }
    }
    sections
}

/// Puts a key, with the way to it, where it belongs.
fn adder<'k>(
    keys: &'k mut BTreeMap<Key, Vec<(SmolStr, Location)>>,
    locale: &'k Locale,
) -> impl FnMut(&str, Location) + 'k {
    move |way, at| {
        let (section, key) = way.rsplit_once('.').unwrap_or(("", way));
        let place = (
            locale.group.clone(),
            section.to_owned(),
            locale.language.clone(),
        );
        keys.entry(place).or_default().push((SmolStr::new(key), at));
    }
}

fn join(way: &str, name: &str) -> String {
    if way.is_empty() {
        name.to_owned()
    } else {
        format!("{way}.{name}")
    }
}

fn of_json(json: &Json, file: FileId, way: &str, add: &mut dyn FnMut(&str, Location)) {
    for member in json.members() {
        let name = join(way, &member.name.value);
        add(&name, Location::new(file, member.name.span));
        if let JsonValue::Object(_) = &member.value.value {
            of_json(&member.value, file, &name, add);
        }
    }
}

/// The constant objects of a module, and what it exports by default.
fn of_module(
    context: &Context<'_>,
    id: ModuleId,
    facts: &ModuleFacts,
    add: &mut dyn FnMut(&str, Location),
) {
    let constants = facts
        .bindings
        .iter()
        .filter_map(|binding| match &binding.kind {
            BindingKind::Variable {
                init: Some(init), ..
            } if binding.function.is_none() && init.path.is_empty() => Some(init.value),
            _ => None,
        });
    let exported = facts.exports.iter().filter_map(|export| match export {
        snell_extract::facts::Export::DefaultExpression { value } => Some(*value),
        _ => None,
    });
    for value in constants.chain(exported) {
        of_object(context, (id, facts), value, "", add);
    }
}

fn of_object(
    context: &Context<'_>,
    (id, facts): (ModuleId, &ModuleFacts),
    value: ExpressionId,
    way: &str,
    add: &mut dyn FnMut(&str, Location),
) {
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(value)) else {
        return;
    };
    for property in properties {
        if let Property::Value { key, value, .. } = property
            && let Some(key) = key.name()
        {
            let name = join(way, &key.text);
            add(&name, context.project.modules.at(id, key.span));
            of_object(context, (id, facts), *value, &name, add);
        }
    }
}
