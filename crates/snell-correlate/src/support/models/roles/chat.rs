//! Conversations, their turns, and what answers in them.

use snell_prisma::{Field, FieldType, Model, ScalarType};
use snell_project::{ownership::Ownership, schema::ModelRef};

use super::{Agent, Candidate, Message, Session, ends_in, is_text};
use crate::{
    rule::Context,
    support::name_words::{has_word, words},
};

/// Last words in the names of models whose rows are turns.
const TURNS: [&str; 5] = ["message", "turn", "utterance", "msg", "reply"];

/// Words in the names of models whose rows are conversations.
const CONVERSATIONS: [&str; 10] = [
    "chat",
    "conversation",
    "session",
    "thread",
    "dialog",
    "dialogue",
    "channel",
    "room",
    "discussion",
    "interview",
];

/// Last words in the names of columns that hold what is said.
const BODIES: [&str; 8] = [
    "content",
    "text",
    "body",
    "message",
    "part",
    "prompt",
    "answer",
    "utterance",
];

/// Last words in the names of models whose rows answer.
const AGENTS: [&str; 7] = [
    "agent",
    "assistant",
    "bot",
    "persona",
    "chatbot",
    "companion",
    "archetype",
];

/// Words in the names of columns that say how something answers.
const MANNERS: [&str; 8] = [
    "model",
    "prompt",
    "instruction",
    "temperature",
    "personality",
    "persona",
    "token",
    "tone",
];

/// The model as turns of a conversation.
pub(super) fn message(candidate: Candidate<'_>) -> Option<Message> {
    let Candidate { model, .. } = candidate;
    let named = candidate.named("message");
    let body = candidate.column(|field| {
        let is_kind = is_text(model, field) || field.scalar() == Some(ScalarType::Json);
        is_kind && ends_in(&field.name, &BODIES)
    });
    let speaker = candidate.column(|field| is_speaker(model, field));
    let parent = parent(candidate)?;
    let in_conversation = has_word(&parent.1.name, &CONVERSATIONS);
    let is_turn = ends_in(&model.name, &TURNS);
    let recognised = match named {
        Some(named) => named,
        None => {
            candidate.is_dated() && is_turn && (in_conversation || speaker.is_some())
                || in_conversation && speaker.is_some()
        }
    };
    (recognised && body.is_some()).then(|| Message {
        model: candidate.reference,
        parent: parent.0.id,
        speaker: speaker.map(|field| field.id),
    })
}

/// Whether a column says who speaks: `role`, `senderType`.
fn is_speaker(model: &Model, field: &Field) -> bool {
    let name = words(&field.name);
    let name: Vec<&str> = name.iter().map(String::as_str).collect();
    let kind = match field.ty {
        FieldType::Enum(_) => true,
        _ => is_text(model, field),
    };
    kind && matches!(
        name.as_slice(),
        ["role" | "speaker" | "direction"]
            | ["message" | "chat" | "turn", "role"]
            | ["sender" | "author" | "from", "type" | "role" | "kind"]
    )
}

/// What turns are turns of: a conversation, or else what is no owner.
fn parent<'a>(candidate: Candidate<'a>) -> Option<(&'a Field, &'a Model)> {
    let owns = |model: &Model| {
        let reference = ModelRef {
            model: model.id,
            ..candidate.reference
        };
        matches!(
            candidate.context.project.owners.of(reference),
            Ownership::Root(_)
        )
    };
    let mut parents = candidate.parents();
    let talk = parents.find(|(_, target)| has_word(&target.name, &CONVERSATIONS));
    talk.or_else(|| candidate.parents().find(|(_, target)| !owns(target)))
}

/// What the turns are turns of, where it is a conversation.
pub(super) fn sessions(context: &Context<'_>, messages: &[Message]) -> Vec<Session> {
    let named = context.project.roles.of("chatSession");
    let mut found: Vec<Session> = Vec::new();
    for message in messages {
        let schema = context.project.schemas.get(message.model.schema);
        let Some(model) = schema.datamodel.target(&schema.datamodel[message.parent]) else {
            continue;
        };
        let recognised = match named {
            Some(models) => models.iter().any(|name| *name == model.name),
            None => has_word(&model.name, &CONVERSATIONS),
        };
        let reference = ModelRef {
            model: model.id,
            ..message.model
        };
        if !recognised || found.iter().any(|other| other.model == reference) {
            continue;
        }
        let name = model.columns().find(|field| {
            is_text(model, field) && ends_in(&field.name, &["name", "title", "subject", "topic"])
        });
        found.push(Session {
            model: reference,
            messages: message.model,
            name: name.map(|field| field.id),
        });
    }
    found
}

/// The model as something that answers.
pub(super) fn agent(candidate: Candidate<'_>, sessions: &[Session]) -> Option<Agent> {
    let Candidate { model, schema, .. } = candidate;
    let spoken_to = || {
        sessions.iter().any(|session| {
            let of = &schema.datamodel[session.model.model];
            session.model.schema == candidate.reference.schema
                && of.relation_fields().any(|field| {
                    field
                        .relation()
                        .is_some_and(|relation| relation.holds_key && relation.target == model.id)
                })
        })
    };
    let name = words(&model.name);
    let is_browser = name.len() > 1 && name[name.len() - 2..] == ["user", "agent"];
    let recognised = match candidate.named("agent") {
        Some(named) => named,
        None => {
            let manners = model
                .columns()
                .filter(|field| has_word(&field.name, &MANNERS));
            ends_in(&model.name, &AGENTS) && !is_browser && (manners.count() > 0 || spoken_to())
        }
    };
    recognised.then_some(Agent {
        model: candidate.reference,
    })
}
