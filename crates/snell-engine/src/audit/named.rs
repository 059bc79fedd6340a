//! Which findings speak of which models and fields: by what their subjects name.

use std::collections::{BTreeMap, BTreeSet};

use snell_report::Report;

/// The numbers of findings by what they name.
#[derive(Debug, Default)]
pub(super) struct Named {
    models: BTreeMap<String, BTreeSet<usize>>,
    fields: BTreeMap<(String, String), BTreeSet<usize>>,
}

impl Named {
    /// Of all active findings.
    pub(super) fn of(report: &Report) -> Self {
        let mut named = Named::default();
        for (n, finding) in report.findings.iter().enumerate() {
            if !finding.is_active() {
                continue;
            }
            for part in finding.parts() {
                let (models, fields) = names(&part.subject);
                for model in &models {
                    named.models.entry(model.clone()).or_default().insert(n);
                    for field in &fields {
                        let key = (model.clone(), field.clone());
                        named.fields.entry(key).or_default().insert(n);
                    }
                }
            }
        }
        named
    }

    /// Those about a model.
    pub(super) fn of_model(&self, model: &str) -> impl Iterator<Item = usize> {
        self.models.get(model).into_iter().flatten().copied()
    }

    /// Those about a field of a model.
    pub(super) fn of_field(&self, model: &str, field: &str) -> impl Iterator<Item = usize> {
        let key = (model.to_owned(), field.to_owned());
        self.fields.get(&key).into_iter().flatten().copied()
    }
}

/// The models and fields of a subject: `model:User field:email`, `field:Agent.gender`,
/// `model:Agent field:userId, name`.
pub(super) fn names(subject: &str) -> (Vec<String>, Vec<String>) {
    let mut models = Vec::new();
    let mut fields = Vec::new();
    let mut in_fields = false;
    for word in subject.split_whitespace() {
        let (key, rest) = match word.split_once(':') {
            Some((key, rest)) => (key, rest),
            None if in_fields => ("more", word),
            None => continue,
        };
        in_fields = matches!(key, "field" | "more");
        match key {
            "model" | "models" => models.extend(rest.split(',').map(str::to_owned)),
            "field" | "fields" | "more" => match rest.split_once('.') {
                Some((model, field)) => {
                    models.push(model.to_owned());
                    fields.push(field.to_owned());
                }
                None => fields.extend(columns(rest)),
            },
            _ => {}
        }
    }
    (models, fields)
}

/// `userId,` and `lastMessageAt(sort:` without what is beside the name.
fn columns(text: &str) -> impl Iterator<Item = String> {
    let names = text.split(',').map(|name| {
        let end = name.find('(').unwrap_or(name.len());
        name[..end].trim_end_matches(')').to_owned()
    });
    names.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_name_models_and_fields() {
        let of = |subject| names(subject);
        let owned = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        assert_eq!(
            of("model:Agent field:userId, name"),
            (owned(&["Agent"]), owned(&["userId", "name"]))
        );
        assert_eq!(
            of("field:User.roles"),
            (owned(&["User"]), owned(&["roles"]))
        );
        assert_eq!(
            of("models:Agent,AgentArchetype"),
            (owned(&["Agent", "AgentArchetype"]), Vec::new())
        );
        assert_eq!(of("endpoint:GET /a query:B.c"), (Vec::new(), Vec::new()));
    }
}
