//! The configuration's JSON Schema, made of the tables that the reader reads by.
//!
//! Editors load it by `$schema`; whoever knows the rules hands them over.

use serde_json::{Map, Value, json};

use super::Roles;
use super::settings::{
    CASED, CASES, CONVENTIONS, IGNORE_KEYS, ISOLATION_KEYS, KEYS, OVERRIDE_KEYS, PRESETS, levels,
};

/// A rule as `rules` may name it.
#[derive(Debug, Clone)]
pub struct RuleSchema<'a> {
    /// `category/rule`.
    pub name: &'a str,
    /// Its fault in one sentence.
    pub summary: &'a str,
    /// Its severity when nothing is said.
    pub severity: &'a str,
    /// The schema of its options; `None`: it takes none.
    pub options: Option<Value>,
}

/// The JSON Schema (2020-12) of `snell.jsonc`.
#[must_use]
pub fn config_schema(rules: &[RuleSchema<'_>]) -> Value {
    let properties: Map<String, Value> = KEYS
        .into_iter()
        .map(|key| (key.to_owned(), of_key(key)))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://snell.dev/schema/config.json",
        "title": "Configuration of snell",
        "description": "`snell.jsonc` at the workspace's root. All paths are relative to the file that says them.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": {
            "text": { "type": "string", "pattern": "\\S" },
            "names": {
                "description": "A list; a single text is a list of one.",
                "anyOf": [
                    { "$ref": "#/$defs/text" },
                    { "type": "array", "items": { "$ref": "#/$defs/text" } }
                ]
            },
            "level": {
                "description": "`off`, or the severity of the rule's findings.",
                "enum": levels().iter().map(|(word, _)| *word).collect::<Vec<_>>()
            },
            "setting": {
                "anyOf": [
                    { "$ref": "#/$defs/level" },
                    { "type": "array", "prefixItems": [{ "$ref": "#/$defs/level" }], "items": false, "minItems": 1 }
                ]
            },
            "rules": rule_settings(rules, true),
            "rulesOfOverride": rule_settings(rules, false),
            "override": override_schema(),
            "ignored": ignore_schema(),
        }
    })
}

/// What stands behind a key of the file.
fn of_key(key: &str) -> Value {
    let list = |description: &str| json!({ "description": description, "$ref": "#/$defs/names" });
    match key {
        "$schema" => {
            json!({ "description": "For editors: where this schema lies.", "type": "string" })
        }
        "extends" => list(
            "Configurations that this one stands on: packages, or files relative to this one. What stands here counts more.",
        ),
        "schemas" => {
            list("The Prisma schemas: files, folders or globs. Without it they are searched for.")
        }
        "migrations" => list("The folder of the migrations. Without it, it is searched for."),
        "migrationsAfter" => json!({
            "description": "The name of the last migration that has run everywhere: only later ones are judged as new.",
            "$ref": "#/$defs/text"
        }),
        "preset" => json!({
            "description": "Which rules run: the safe core, more opinions and less certain findings, or all.",
            "enum": PRESETS.iter().map(|(word, _)| *word).collect::<Vec<_>>(),
            "default": "recommended"
        }),
        "rules" => json!({
            "description": "Severities and options by rule, category (`vector/*`) or glob. The last entry that names a rule counts.",
            "$ref": "#/$defs/rules"
        }),
        "overrides" => json!({
            "description": "Other rules for some files; of several the last one counts.",
            "type": "array",
            "items": { "$ref": "#/$defs/override" }
        }),
        "isolation" => isolation(),
        "roles" => json!({
            "description": "The models that play a part, in place of those that are recognised; an empty list: none does.",
            "type": "object",
            "additionalProperties": false,
            "properties": all(&Roles::PARTS, |_| json!({ "$ref": "#/$defs/names" }))
        }),
        "conventions" => json!({
            "description": "What the team has agreed on, in place of what most of the project does.",
            "type": "object",
            "additionalProperties": false,
            "properties": all(&CONVENTIONS, |name| match CONVENTIONS[..CASED].contains(&name) {
                true => json!({ "enum": CASES.iter().map(|(word, ())| *word).collect::<Vec<_>>() }),
                false => json!({ "$ref": "#/$defs/text" }),
            })
        }),
        "ignore" => json!({
            "description": "Accepted findings that have no line for a `snell-ignore` comment.",
            "type": "array",
            "items": { "$ref": "#/$defs/ignored" }
        }),
        "suppressions" => json!({
            "type": "object",
            "additionalProperties": false,
            "properties": { "requireReason": {
                "description": "Whether a `snell-ignore` comment without a reason is a finding.",
                "type": "boolean",
                "default": true
            } }
        }),
        "baseline" => json!({
            "description": "The file of accepted findings, which `snell baseline create` writes.",
            "$ref": "#/$defs/text",
            "default": "snell-baseline.json"
        }),
        "audit" => json!({
            "type": "object",
            "additionalProperties": false,
            "properties": { "output": {
                "description": "Where `snell audit` writes.",
                "$ref": "#/$defs/text",
                "default": "_prompts/audits/database-audit.md"
            } }
        }),
        _ => json!({}),
    }
}

fn all(names: &[&str], of: impl Fn(&str) -> Value) -> Map<String, Value> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), of(name)))
        .collect()
}

fn isolation() -> Value {
    json!({
        "description": "Whose rows are whose, where it cannot be inferred.",
        "type": "object",
        "additionalProperties": false,
        "properties": all(&ISOLATION_KEYS, |key| {
            let description = match key {
                "userModel" => "The model that owns rows.",
                "ownerKeys" => "Fields that hold an owner: `userId`, `tenantId`.",
                "principals" => "What gives the authenticated principal: decorators and expressions.",
                "publicMarkers" => "Decorators that open an endpoint to everybody.",
                "adminMarkers" => "Decorators and guards that let only administrators in.",
                _ => "Models that nobody owns.",
            };
            let of = if key == "userModel" { "text" } else { "names" };
            json!({ "description": description, "$ref": format!("#/$defs/{of}") })
        })
    })
}

/// Rules by name, and by patterns with `*`. Only `rules` itself takes options.
fn rule_settings(rules: &[RuleSchema<'_>], with_options: bool) -> Value {
    let of = |rule: &RuleSchema<'_>| {
        let setting = match rule.options.as_ref().filter(|_| with_options) {
            None => json!({ "$ref": "#/$defs/setting" }),
            Some(options) => json!({ "anyOf": [
                { "$ref": "#/$defs/level" },
                {
                    "type": "array",
                    "prefixItems": [{ "$ref": "#/$defs/level" }, options],
                    "items": false,
                    "minItems": 1
                }
            ] }),
        };
        let mut setting = setting;
        setting["description"] = format!("{}. By default {}.", rule.summary, rule.severity).into();
        (rule.name.to_owned(), setting)
    };
    json!({
        "type": "object",
        "properties": rules.iter().map(of).collect::<Map<String, Value>>(),
        "patternProperties": { "[*?{\\[]": { "$ref": "#/$defs/setting" } },
        "additionalProperties": false
    })
}

fn override_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["files"],
        "properties": all(&OVERRIDE_KEYS, |key| match key {
            "files" => json!({ "description": "Globs from the root.", "$ref": "#/$defs/names" }),
            "rules" => json!({ "$ref": "#/$defs/rulesOfOverride" }),
            _ => json!({ "description": "Rules that say nothing about these files.", "$ref": "#/$defs/names" }),
        })
    })
}

fn ignore_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["rule"],
        "anyOf": [{ "required": ["target"] }, { "required": ["reason"] }],
        "properties": all(&IGNORE_KEYS, |key| match key {
            "rule" => json!({ "description": "The rule, or a glob.", "$ref": "#/$defs/text" }),
            "target" => json!({
                "description": "What the finding is about (`model:AgentMemory`), as `--format json` says it in `subject`; every finding of the rule without it.",
                "$ref": "#/$defs/text"
            }),
            "reason" => json!({ "description": "Why it is accepted.", "$ref": "#/$defs/text" }),
            _ => json!({
                "description": "The last day on which it is.",
                "type": "string",
                "pattern": "^\\d{4}-\\d{2}-\\d{2}$"
            }),
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_key_of_the_reader_is_described() {
        let schema = config_schema(&[]);
        for key in KEYS {
            let said = &schema["properties"][key];
            assert!(said.as_object().is_some_and(|o| !o.is_empty()), "{key}");
        }
    }

    #[test]
    fn options_are_those_of_the_rule_and_of_rules_alone() {
        let rule = RuleSchema {
            name: "a/b",
            summary: "A fault",
            severity: "low",
            options: Some(json!({ "type": "object" })),
        };
        let schema = config_schema(&[rule]);
        let of = |defs: &str| schema["$defs"][defs]["properties"]["a/b"].clone();
        assert_eq!(of("rules")["anyOf"][1]["prefixItems"][1]["type"], "object");
        assert_eq!(of("rulesOfOverride")["$ref"], "#/$defs/setting");
        assert_eq!(of("rules")["description"], "A fault. By default low.");
    }
}
