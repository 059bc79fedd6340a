//! Who speaks in a conversation, as free text.

use snell_prisma::{FieldType, ScalarType};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::integrity::enum_like_string,
    support::{
        built,
        name_words::has_word,
        roles::{Message, Roles},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/message-role-unconstrained",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "The role of a message may be any text",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let roles = Roles::shared(context);
    let messages = roles.messages.iter();
    messages
        .filter_map(|message| finding(context, message))
        .collect()
}

fn finding(context: &Context<'_>, message: &Message) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(message.model.schema);
    let model = context.project.schemas.model(message.model);
    let field = &schema.datamodel[message.speaker?];
    let free = field.ty == FieldType::Scalar(ScalarType::String);
    let checked = built::table(schema, model)
        .is_some_and(|table| table.is_uncertain() || table.is_checked(&field.db_name));
    // Where the code lists the values, that rule shows them.
    if !free || checked || enum_like_string::tells(context, message.model.schema, field) {
        return None;
    }
    let parent = &schema.datamodel[message.parent];
    // A role is sent to the API of a model; what else says who speaks is for people.
    let is_role = has_word(&field.name, &["role"]);
    let (label, help) = match is_role {
        true => (
            "a role that a model's API does not know fails when the history is sent again",
            format!(
                "declare an `enum MessageRole` with the roles that the API takes (USER, ASSISTANT, SYSTEM, TOOL) and make it the type of `{}`",
                field.name
            ),
        ),
        false => (
            "a value that no reader knows is a message of nobody",
            format!(
                "declare an enum of those who may speak, and make it the type of `{}`",
                field.name
            ),
        ),
    };
    Some(
        Diagnostic::at(
            &RULE.metadata,
            schema.field_type(field),
            format!(
                "who speaks in a `{}` is free text: `{}` takes any value",
                model.name, field.name
            ),
        )
        .label(label)
        .related(schema.field_name(parent), "a turn of this")
        .confidence(Confidence::Likely)
        .help(help)
        .subject(wording::subject(model, &field.name)),
    )
}
