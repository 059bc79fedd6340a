//! The options that rules take from the configuration: `"rule": ["low", { ... }]`.
//!
//! `OPTIONS` lists them for all rules; `of` reads those of one, and `check_options` tells what a
//! configuration gets wrong.

use serde_json::{Map, Value, json};
use snell_source::{RuleMetadata, closest};
use snell_workspace::{
    Config, ConfigError, Json, JsonValue, Origin, RuleSchema, RuleSetting, config_schema,
};

use crate::{rule::Context, rules, selection::matches};

/// What an option holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A list of names, `*` for any letters; a single one is a list of one.
    Names,
    /// A text.
    Text,
    /// Texts by name.
    Texts,
}

/// A rule and its options.
type Known = (&'static str, &'static [(&'static str, Kind)]);

/// The options of rules: no other rule takes any.
const OPTIONS: [Known; 9] = [
    ("index/required-field-index", &[("fields", Kind::Names)]),
    (
        "maintainability/field-name-number",
        &[("allow", Kind::Names)],
    ),
    ("maintainability/field-order", &[("order", Kind::Names)]),
    (
        "maintainability/model-name-number",
        &[("allow", Kind::Names)],
    ),
    (
        "maintainability/model-name-prefix",
        &[("prefix", Kind::Text)],
    ),
    (
        "maintainability/name-pattern",
        &[
            ("models", Kind::Names),
            ("fields", Kind::Names),
            ("enums", Kind::Names),
            ("tables", Kind::Names),
            ("columns", Kind::Names),
            ("indexes", Kind::Names),
        ],
    ),
    (
        "schema/forbidden-field",
        &[("fields", Kind::Names), ("except", Kind::Names)],
    ),
    (
        "schema/required-field",
        &[
            ("fields", Kind::Names),
            ("models", Kind::Names),
            ("except", Kind::Names),
        ],
    ),
    (
        "schema/required-field-type",
        &[("types", Kind::Texts), ("except", Kind::Names)],
    ),
];

/// The options of a rule that judges what a team has agreed on: nothing when the configuration does
/// not name it, and then it is silent.
pub(crate) fn of<'c>(context: &Context<'c>, rule: &RuleMetadata) -> Option<Options<'c>> {
    let said = context.project.rule_options.get(rule.name)?;
    Some(Options(said.as_ref()))
}

/// The options of one rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options<'o>(Option<&'o Json>);

impl<'o> Options<'o> {
    /// The names that an option lists; none without it.
    pub(crate) fn names(self, option: &str) -> Names<'o> {
        let Some(said) = self.0.and_then(|json| json.get(option)) else {
            return Names(Vec::new());
        };
        let single = said.as_str().into_iter();
        Names(
            single
                .chain(said.elements().iter().filter_map(Json::as_str))
                .collect(),
        )
    }

    /// The text that an option is.
    pub(crate) fn text(self, option: &str) -> Option<&'o str> {
        self.0?.get(option)?.as_str()
    }

    /// The texts that an option gives to names.
    pub(crate) fn texts(self, option: &str) -> Texts<'o> {
        let map = self.0.and_then(|json| json.get(option));
        let members = map.into_iter().flat_map(Json::members);
        let texts = members.filter_map(|one| Some((one.name.value.as_str(), one.value.as_str()?)));
        Texts(texts.collect())
    }
}

/// Names, `*` for any letters.
#[derive(Debug, Clone)]
pub(crate) struct Names<'o>(Vec<&'o str>);

impl<'o> Names<'o> {
    /// Whether one of them is meant.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| matches(pattern, name))
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in their order.
    pub(crate) fn as_slice(&self) -> &[&'o str] {
        &self.0
    }
}

/// Texts by names, `*` for any letters.
#[derive(Debug, Clone)]
pub(crate) struct Texts<'o>(Vec<(&'o str, &'o str)>);

impl<'o> Texts<'o> {
    /// The text of the first name that is meant.
    pub(crate) fn of(&self, name: &str) -> Option<&'o str> {
        let mut all = self.0.iter();
        all.find(|(pattern, _)| matches(pattern, name))
            .map(|(_, text)| *text)
    }
}

/// The names of the options that a rule takes.
pub fn options_of(rule: &str) -> impl Iterator<Item = &'static str> {
    let known = OPTIONS.iter().find(|(name, _)| *name == rule);
    let options = known.map_or(&[][..], |(_, options)| *options);
    options.iter().map(|(name, _)| *name)
}

/// The JSON Schema of a configuration, with all rules and what they take.
#[must_use]
pub fn schema() -> Value {
    let rules: Vec<RuleSchema<'_>> = rules::all()
        .iter()
        .map(|rule| {
            let known = OPTIONS.iter().find(|(name, _)| *name == rule.metadata.name);
            RuleSchema {
                name: rule.metadata.name,
                summary: rule.metadata.summary,
                severity: rule.metadata.severity.as_str(),
                options: known.map(|(_, options)| options_schema(options)),
            }
        })
        .collect();
    config_schema(&rules)
}

fn options_schema(options: &[(&str, Kind)]) -> Value {
    let text = json!({ "type": "string" });
    let properties: Map<String, Value> = options
        .iter()
        .map(|(name, kind)| {
            let of = match kind {
                Kind::Names => {
                    json!({ "anyOf": [text, { "type": "array", "items": text }] })
                }
                Kind::Text => text.clone(),
                Kind::Texts => json!({ "type": "object", "additionalProperties": text }),
            };
            ((*name).to_owned(), of)
        })
        .collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// What is wrong with the options of a configuration: of a rule that takes none, of a name
/// that the rule does not know, or not of the form that it reads.
#[must_use]
pub fn check_options(config: &Config) -> Vec<ConfigError> {
    let overrides = config.overrides.iter().flat_map(|one| &one.rules);
    let inside = overrides.filter(|setting| setting.options.is_some());
    let mut errors: Vec<ConfigError> = inside
        .filter_map(|setting| {
            let message = format!(
                "`{}` takes its options from `rules` alone",
                setting.name.value
            );
            error(setting, message, None)
        })
        .collect();
    for setting in &config.rules {
        let Some(options) = &setting.options else {
            continue;
        };
        let name = setting.name.value.as_str();
        let known = OPTIONS.iter().find(|(rule, _)| *rule == name);
        match known {
            Some((_, known)) => errors.extend(wrong(setting, options, known)),
            None if rules::named(name).is_some() || name.contains('*') => {
                errors.extend(error(setting, format!("`{name}` takes no options"), None));
            }
            // A rule that there is not is told already.
            None => {}
        }
    }
    errors
}

fn wrong(setting: &RuleSetting, options: &Json, known: &[(&str, Kind)]) -> Vec<ConfigError> {
    let members = options.members().iter();
    members
        .filter_map(|member| {
            let name = member.name.value.as_str();
            let rule = &setting.name.value;
            let Some((_, kind)) = known.iter().find(|(option, _)| *option == name) else {
                let nearest = closest(name, known.iter().map(|(option, _)| *option));
                let names: Vec<&str> = known.iter().map(|(option, _)| *option).collect();
                let help = nearest.map_or_else(
                    || format!("its options: {}", names.join(", ")),
                    |nearest| format!("did you mean `{nearest}`?"),
                );
                return error(
                    setting,
                    format!("`{rule}` has no option `{name}`"),
                    Some(help),
                );
            };
            let wanted = match kind {
                Kind::Names => "a list of names",
                Kind::Text => "a text",
                Kind::Texts => "an object of texts",
            };
            (!is_of(&member.value, *kind)).then(|| {
                error(
                    setting,
                    format!("`{name}` of `{rule}` must be {wanted}"),
                    None,
                )
            })?
        })
        .collect()
}

fn is_of(value: &Json, kind: Kind) -> bool {
    match (&value.value, kind) {
        (JsonValue::String(_), Kind::Names | Kind::Text) => true,
        (JsonValue::Array(_), Kind::Names) => {
            value.elements().iter().all(|one| one.as_str().is_some())
        }
        (JsonValue::Object(_), Kind::Texts) => value
            .members()
            .iter()
            .all(|one| one.value.as_str().is_some()),
        _ => false,
    }
}

/// An error at the rule's name.
fn error(setting: &RuleSetting, message: String, help: Option<String>) -> Option<ConfigError> {
    let Origin::File { file, span, at } = &setting.name.origin else {
        return None;
    };
    Some(ConfigError {
        file: file.clone(),
        span: *span,
        at: *at,
        message,
        help,
    })
}

#[cfg(test)]
mod tests {
    use snell_workspace::{Config, Memory, Workspace};

    use super::check_options;

    fn messages(rules: &str) -> Vec<String> {
        let text = format!("{{ \"rules\": {rules} }}");
        let memory: Memory = [("snell.jsonc".to_owned(), text)].into_iter().collect();
        let packages = Workspace::discover(&memory).packages;
        let config = Config::read(&memory, &packages).expect("a configuration");
        let errors = check_options(&config);
        errors.into_iter().map(|error| error.message).collect()
    }

    #[test]
    fn every_rule_with_options_refuses_others() {
        for (rule, _) in super::OPTIONS {
            assert!(crate::rules::named(rule).is_some(), "{rule}");
            let unknown = format!(r#"{{ "{rule}": ["low", {{ "none": [] }}] }}"#);
            assert_eq!(
                messages(&unknown),
                [format!("`{rule}` has no option `none`")]
            );
        }
    }

    #[test]
    fn options_are_those_of_the_rule() {
        let none: Vec<String> = Vec::new();
        let named = r#"{ "schema/required-field": ["low", { "fields": ["tenantId"] }] }"#;
        assert_eq!(messages(named), none);
        let unknown = r#"{ "schema/required-field": ["low", { "field": ["tenantId"] }] }"#;
        assert_eq!(
            messages(unknown),
            ["`schema/required-field` has no option `field`"]
        );
        let form = r#"{ "schema/required-field-type": ["low", { "types": ["id"] }] }"#;
        assert_eq!(
            messages(form),
            ["`types` of `schema/required-field-type` must be an object of texts"]
        );
        let text = r#"{ "maintainability/model-name-prefix": ["low", { "prefix": ["a"] }] }"#;
        assert_eq!(
            messages(text),
            ["`prefix` of `maintainability/model-name-prefix` must be a text"]
        );
        let foreign = r#"{ "query/n-plus-one": ["low", { "most": ["1"] }] }"#;
        assert_eq!(messages(foreign), ["`query/n-plus-one` takes no options"]);
    }
}
