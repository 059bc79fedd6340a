//! The parts that models play in a system that talks: conversations, messages, agents,
//! translations, credentials, audit logs.
//!
//! A part is recognised by the columns and relations of a model together with words in
//! its name, never by one of them alone. The configuration's `roles` names the models
//! of a part where that goes wrong; a model that is named still has to have the columns.

mod chat;
mod kept;
mod translated;

use std::sync::Arc;

use snell_prisma::{Field, FieldId, Model, ScalarType};
use snell_project::schema::{ModelRef, Schema};

use crate::rule::Context;
use crate::support::{name_words::words, tables};

/// One turn of a conversation.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The model.
    pub model: ModelRef,
    /// The relation to what it is a turn of.
    pub parent: FieldId,
    /// The column that says who speaks.
    pub speaker: Option<FieldId>,
}

/// A conversation.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The model.
    pub model: ModelRef,
    /// Its turns.
    pub messages: ModelRef,
    /// The column that people call it by.
    pub name: Option<FieldId>,
}

/// Something that answers, as somebody set it up.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    /// The model.
    pub model: ModelRef,
}

/// Text in another language.
#[derive(Debug, Clone)]
pub(crate) struct Translation {
    /// The model.
    pub model: ModelRef,
    /// The relation to what is translated.
    pub of: FieldId,
    /// The column of that relation.
    pub key: FieldId,
    /// The column that says the language.
    pub locale: Option<FieldId>,
    /// The column that holds the word, where single words are translated.
    pub word: Option<FieldId>,
    /// The column that holds the translation.
    pub text: FieldId,
}

/// A key of somebody for a service outside.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    /// The model.
    pub model: ModelRef,
    /// The columns that say whose it is.
    pub owners: Vec<FieldId>,
    /// The column that says for which service.
    pub provider: FieldId,
    /// The column that holds it.
    pub secret: FieldId,
}

/// Who did what.
#[derive(Debug, Clone)]
pub(crate) struct AuditLog {
    /// The model.
    pub model: ModelRef,
}

/// The models that play a part, each in the order of schemas.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    pub(crate) messages: Vec<Message>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) translations: Vec<Translation>,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) audit_logs: Vec<AuditLog>,
}

impl Roles {
    /// Recognises them, once for all rules.
    pub(crate) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| Roles::of(context))
    }

    fn of(context: &Context<'_>) -> Self {
        let mut roles = Roles::default();
        for table in tables::of_postgres(context) {
            let candidate = Candidate {
                context,
                schema: table.schema,
                model: table.model,
                reference: ModelRef {
                    schema: table.id,
                    model: table.model.id,
                },
            };
            roles.messages.extend(chat::message(candidate));
            roles
                .translations
                .extend(translated::translation(candidate));
            roles.credentials.extend(kept::credential(candidate));
            roles.audit_logs.extend(kept::audit_log(candidate));
        }
        roles.sessions = chat::sessions(context, &roles.messages);
        for table in tables::of_postgres(context) {
            let reference = ModelRef {
                schema: table.id,
                model: table.model.id,
            };
            let candidate = Candidate {
                context,
                schema: table.schema,
                model: table.model,
                reference,
            };
            roles.agents.extend(chat::agent(candidate, &roles.sessions));
        }
        roles
    }
}

/// A model that may play a part.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    context: &'a Context<'a>,
    schema: &'a Schema,
    model: &'a Model,
    reference: ModelRef,
}

impl<'a> Candidate<'a> {
    /// Whether the configuration names the model for a part; `None` when it leaves the part open.
    fn named(self, part: &str) -> Option<bool> {
        let models = self.context.project.roles.of(part)?;
        Some(models.iter().any(|name| *name == self.model.name))
    }

    /// The first column of which a question holds.
    fn column(self, is_it: impl Fn(&Field) -> bool) -> Option<&'a Field> {
        self.model.columns().find(|field| is_it(field))
    }

    /// Whether the columns have a time among them.
    fn is_dated(self) -> bool {
        self.column(|field| field.scalar() == Some(ScalarType::DateTime))
            .is_some()
    }

    /// Required relations whose key the model holds, with the models that they lead to.
    fn parents(self) -> impl Iterator<Item = (&'a Field, &'a Model)> {
        let datamodel = &self.schema.datamodel;
        self.model.relation_fields().filter_map(move |field| {
            let holds = field.relation().is_some_and(|of| of.holds_key);
            let target = datamodel.target(field)?;
            (holds && field.is_required() && target.id != self.model.id).then_some((field, target))
        })
    }
}

/// Whether a field holds free text and is no key.
fn is_text(model: &Model, field: &Field) -> bool {
    field.scalar() == Some(ScalarType::String)
        && !field.is_list()
        && !model.is_id(field.id)
        && !model.is_foreign_key(field.id)
}

/// Whether the last word of a name is one of these.
fn ends_in(name: &str, wanted: &[&str]) -> bool {
    words(name)
        .last()
        .is_some_and(|last| wanted.contains(&last.as_str()))
}
