//! Two keys of one person for one service.

use std::sync::Arc;

use snell_prisma::{Field, FieldId};
use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::unique::is_kept;
use crate::{
    rule::{Context, Rule},
    rules::integrity::missing_unique,
    support::{
        asked::Asked,
        roles::{Credential, Roles},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/credential-provider-unique",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "One owner may have two credentials for one provider, and the code uses either",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let roles = Roles::shared(context);
    let asked = Asked::shared(context);
    let credentials = roles.credentials.iter();
    credentials
        .filter_map(|credential| finding(context, &asked, credential))
        .collect()
}

fn finding(
    context: &Context<'_>,
    asked: &Arc<Asked>,
    credential: &Credential,
) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(credential.model.schema);
    let model = context.project.schemas.model(credential.model);
    let columns: Vec<FieldId> = credential
        .owners
        .iter()
        .copied()
        .chain([credential.provider])
        .collect();
    // Code that looks and then creates says more: that rule shows it.
    if is_kept(schema, model, &columns) || missing_unique::tells(context, credential.model) {
        return None;
    }
    let names = wording::fields(&schema.datamodel, &columns);
    let provider = field(schema, credential.provider);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.model_name(model),
        format!(
            "one owner may have two `{}` rows for one `{}`",
            model.name, provider.name
        ),
    )
    .label(format!("no unique over ({names})"))
    .related(schema.field_name(provider), "for which service")
    .related(
        schema.field_name(field(schema, credential.secret)),
        "of two, one is the old one",
    );
    found = match taken(asked, credential) {
        Some(at) => found.related(at, "takes whichever comes first"),
        None => found.lowered(
            Severity::Low,
            "no code was seen that takes the one row of an owner and a service",
        ),
    };
    Some(
        found
            .confidence(Confidence::Likely)
            .help(format!("`@@unique([{names}])`, and `upsert` by it"))
            .subject(wording::subject(model, &names)),
    )
}

fn field(schema: &Schema, id: FieldId) -> &Field {
    &schema.datamodel[id]
}

/// Where the code takes one row by its owner and its service.
fn taken(asked: &Arc<Asked>, credential: &Credential) -> Option<Location> {
    asked
        .of_model(credential.model)
        .find(|(ask, _)| {
            let fixes = |column: &FieldId| ask.fixes(*column);
            ask.limited && ask.fixes(credential.provider) && credential.owners.iter().any(fixes)
        })
        .and_then(|(_, uses)| uses.first())
        .map(|place| place.at)
}
