//! Conversations that begin without a name.

use snell_extract::facts::{
    Expression, ExpressionId, ExpressionKind, LogicalOperator, ModuleFacts,
};
use snell_prisma::{Field, Model};
use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        name_words::words,
        queries,
        roles::{Roles, Session},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/session-name-default",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A conversation begins without a name, and each reader makes one up",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let roles = Roles::shared(context);
    let sessions = roles.sessions.iter();
    sessions
        .filter_map(|session| {
            let schema = context.project.schemas.get(session.model.schema);
            let model = context.project.schemas.model(session.model);
            let field = &schema.datamodel[session.name?];
            let open = field.is_optional() && field.default.is_none();
            open.then(|| finding(context, session, schema, model, field))?
        })
        .collect()
}

fn finding(
    context: &Context<'_>,
    session: &Session,
    schema: &Schema,
    model: &Model,
    field: &Field,
) -> Option<Diagnostic> {
    let nameless = nameless(context, session, field);
    let made_up = made_up(context, model, field);
    if nameless.is_none() && made_up.is_none() {
        return None;
    }
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!("a `{}` begins without a `{}`", model.name, field.name),
    )
    .label("nullable, and no default");
    if let Some(at) = nameless {
        found = found.related(at, "creates one without a name");
    }
    let mut default = "New chat".to_owned();
    if let Some((at, text)) = made_up {
        found = found.related(at, "makes one up, where others may make up another");
        default = text;
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help(format!(
                "make it required with `@default(\"{default}\")`, or name it after the first message"
            ))
            .subject(wording::subject(model, &field.name)),
    )
}

/// Where the code creates a conversation and leaves its name out.
fn nameless(context: &Context<'_>, session: &Session, field: &Field) -> Option<Location> {
    queries::of_model(context, session.model)
        .into_iter()
        .filter(|query| {
            query.call.operation.is_create()
                && functions::is_application(context.project, query.call.module)
        })
        .find(|query| {
            let row = query.argument("data").and_then(|data| data.as_object());
            row.is_some_and(|row| row.spreads.is_empty() && !row.entries.contains_key(&field.name))
        })
        .map(|query| queries::operation_at(context, query.call))
}

/// `session.title ?? 'New chat'`: the first fallback, and its text.
fn made_up(context: &Context<'_>, model: &Model, field: &Field) -> Option<(Location, String)> {
    for (id, module) in context.project.modules.iter() {
        if context.project.path_facts(id).test {
            continue;
        }
        let facts = &module.facts;
        for (_, node) in facts.all([ExpressionKind::Logical]) {
            let Expression::Logical {
                operator: LogicalOperator::Or | LogicalOperator::Coalesce,
                left,
                right,
            } = &node.kind
            else {
                continue;
            };
            if let Expression::String(text) = facts.expression(*right)
                && !text.is_empty()
                && reads(facts, *left, model, field)
            {
                let at = context.project.modules.at(id, node.span);
                return Some((at, text.to_string()));
            }
        }
    }
    None
}

/// Whether an expression is this field of something that is called like the model:
/// `session.title`, `this.chatSession?.title`.
fn reads(facts: &ModuleFacts, expression: ExpressionId, model: &Model, field: &Field) -> bool {
    let Expression::Member {
        object, property, ..
    } = facts.expression(expression)
    else {
        return false;
    };
    let holder = match facts.expression(*object) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    let names = words(&model.name);
    property.text == field.name && words(holder).iter().any(|word| names.contains(word))
}
