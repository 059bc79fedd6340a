//! `snell doctor --print-config`: every value, and where it was said. The text is a configuration
//! that says the same.

use serde_json::{Value, json};
use snell_workspace::{Config, Ignore, Origin, RuleLevel, RuleOverride, RuleSetting, Sourced};

/// The configuration as JSON with a comment behind each value.
pub(super) fn document(config: &Config) -> String {
    let mut out = Lines::default();
    out.list("schemas", &config.schemas);
    out.list("migrations", &config.migrations);
    if config.migrations_after.value.is_some() {
        let after = &config.migrations_after;
        out.line(1, "migrationsAfter", &json!(after.value), &after.origin);
    }
    out.line(
        1,
        "preset",
        &json!(config.preset.value),
        &config.preset.origin,
    );
    out.open(1, "rules");
    for setting in &config.rules {
        out.line(
            2,
            &setting.name.value,
            &of_setting(setting),
            &setting.name.origin,
        );
    }
    out.close(1, '}');
    out.open_list("overrides");
    for one in &config.overrides {
        let origin = one
            .files
            .first()
            .map_or(&Origin::Default, |file| &file.origin);
        out.element(&of_override(one), origin);
    }
    out.close(1, ']');
    isolation(config, &mut out);
    out.open(1, "roles");
    for (part, models) in config.roles.iter() {
        out.line(2, part, &json!(models.value), &models.origin);
    }
    out.close(1, '}');
    out.open(1, "conventions");
    for (about, said) in &config.conventions {
        out.line(2, about, &json!(said.value), &said.origin);
    }
    out.close(1, '}');
    out.open_list("ignore");
    for one in &config.ignore {
        out.element(&of_ignore(one), &one.rule.origin);
    }
    out.close(1, ']');
    let reasons = &config.require_reason;
    out.line(
        1,
        "suppressions",
        &json!({ "requireReason": reasons.value }),
        &reasons.origin,
    );
    let baseline = &config.baseline;
    out.line(1, "baseline", &json!(baseline.value), &baseline.origin);
    let output = &config.audit_output;
    out.line(
        1,
        "audit",
        &json!({ "output": output.value }),
        &output.origin,
    );
    out.finish(config)
}

fn isolation(config: &Config, out: &mut Lines) {
    let isolation = &config.isolation;
    out.open(1, "isolation");
    if isolation.user_model.value.is_some() {
        let model = &isolation.user_model;
        out.line(2, "userModel", &json!(model.value), &model.origin);
    }
    for (key, list) in [
        ("ownerKeys", &isolation.owner_keys),
        ("principals", &isolation.principals),
        ("publicMarkers", &isolation.public_markers),
        ("adminMarkers", &isolation.admin_markers),
        ("globalModels", &isolation.global_models),
    ] {
        out.line(2, key, &json!(list.value), &list.origin);
    }
    out.close(1, '}');
}

fn of_setting(setting: &RuleSetting) -> Value {
    let level = match setting.level {
        RuleLevel::Off => "off",
        RuleLevel::At(severity) => severity.as_str(),
    };
    match &setting.options {
        Some(options) => json!([level, options.to_serde()]),
        None => json!(level),
    }
}

fn of_override(one: &RuleOverride) -> Value {
    let values = |list: &[Sourced<String>]| -> Vec<String> {
        list.iter().map(|one| one.value.clone()).collect()
    };
    let rules = one.rules.iter();
    let rules: serde_json::Map<String, Value> = rules
        .map(|setting| (setting.name.value.clone(), of_setting(setting)))
        .collect();
    json!({ "files": values(&one.files), "rules": rules, "skip": values(&one.skip) })
}

fn of_ignore(one: &Ignore) -> Value {
    let mut said = json!({ "rule": one.rule.value });
    for (key, text) in [
        ("target", &one.target),
        ("reason", &one.reason),
        ("until", &one.until),
    ] {
        if let Some(text) = text {
            said[key] = json!(text);
        }
    }
    said
}

/// Lines of JSON, each with what stands behind it.
#[derive(Default)]
struct Lines(Vec<(String, String)>);

impl Lines {
    fn line(&mut self, depth: usize, key: &str, value: &Value, origin: &Origin) {
        let text = format!("{}{}: {value},", "  ".repeat(depth), json!(key));
        self.0.push((text, origin.to_string()));
    }

    fn element(&mut self, value: &Value, origin: &Origin) {
        self.0.push((format!("    {value},"), origin.to_string()));
    }

    /// A list whose elements were said one by one; an empty one is left to be found out.
    fn list(&mut self, key: &str, values: &[Sourced<String>]) {
        let said: Vec<&str> = values.iter().map(|one| one.value.as_str()).collect();
        let origin = values.first().map_or(&Origin::Default, |one| &one.origin);
        if said.is_empty() {
            let text = format!("  // {}: searched for", json!(key));
            self.0.push((text, origin.to_string()));
        } else {
            self.line(1, key, &json!(said), origin);
        }
    }

    fn open(&mut self, depth: usize, key: &str) {
        let text = format!("{}{}: {{", "  ".repeat(depth), json!(key));
        self.0.push((text, String::new()));
    }

    fn open_list(&mut self, key: &str) {
        self.0.push((format!("  {}: [", json!(key)), String::new()));
    }

    fn close(&mut self, depth: usize, bracket: char) {
        let text = format!("{}{bracket},", "  ".repeat(depth));
        self.0.push((text, String::new()));
    }

    fn finish(self, config: &Config) -> String {
        const WIDEST: usize = 60;
        let widths = self.0.iter().map(|(text, _)| text.chars().count());
        let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or(0);
        let mut out = match &config.file {
            Some(file) => format!("// {file}\n{{\n"),
            None => "// no configuration: every value is a default\n{\n".to_owned(),
        };
        for (text, origin) in self.0 {
            let line = match origin.is_empty() {
                true => text,
                false => format!("{text:width$}  // {origin}"),
            };
            let printable = |c: char| c.is_control();
            out.push_str(&line.replace(printable, "\u{fffd}"));
            out.push('\n');
        }
        out.push_str("}\n");
        out
    }
}
