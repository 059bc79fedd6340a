//! Codes that reset a password or sign somebody in, given back to whoever asks for one: they are meant for
//! the mailbox, or the phone, of the one whom they are for.

use snell_flow::{
    EventKind, Fact, Query, Root, Summary, TextPart, Value,
    scope::{Origin, origins},
};
use snell_prisma::{Field, Model, ScalarType};
use snell_project::{client::CallId, endpoint::Endpoint, module::ExpressionRef};
use snell_source::{Confidence, Diagnostic};

use super::{
    RULE,
    walk::{DEPTH, decides, is_proof},
};
use crate::{rule::Context, rules::security::tell, support::name_words::split};

/// Words for getting back in.
const RESETS: [&str; 5] = ["reset", "forgot", "forgotten", "recovery", "recover"];

/// Words for what proves that somebody read a message.
const CODES: [&str; 8] = [
    "code", "token", "otp", "pin", "hash", "key", "link", "secret",
];

/// A code that is stored, and given back.
struct GivenBack {
    call: CallId,
    /// `User.resetCode`
    column: String,
    /// What the client sent to say whose it is.
    key: String,
    trail: Vec<ExpressionRef>,
}

pub(super) fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    summary: &Summary,
) -> Option<Diagnostic> {
    let mut answers = Vec::new();
    answered(summary, 0, &mut answers);
    if answers.is_empty() {
        return None;
    }
    let mut search = Search {
        context,
        answers,
        handed: Vec::new(),
        asked: false,
        found: None,
    };
    search.handed(summary, 0);
    search.summary(summary, &mut Vec::new());
    let found = search.found.filter(|_| !search.asked)?;
    let mut told = Diagnostic::at(
        &RULE.metadata,
        tell::operation(context, found.call),
        format!(
            "`{}` gives back the code for whomever `{}` names",
            endpoint.name, found.key
        ),
    )
    .label(format!(
        "what `{}` is made of is in the answer",
        found.column
    ))
    .related(endpoint.at, "everybody can call it");
    for at in found.trail.iter().take(2) {
        told = told.related(tell::callee(context, *at), "this call leads to it");
    }
    Some(
        told.confidence(Confidence::Likely)
            .help("send the code to the address or the number that is stored, and answer with nothing of it")
            .subject(format!("endpoint:{} code:{}", endpoint.name, found.column)),
    )
}

/// What is in the answer whatever else holds.
fn answered<'f>(summary: &'f Summary, depth: usize, found: &mut Vec<&'f Value>) {
    for event in &summary.events {
        match &event.kind {
            EventKind::Return { value } if depth == 0 && !event.facts.iter().any(decides) => {
                parts(value, found);
            }
            EventKind::Answer { value } if !event.facts.iter().any(decides) => parts(value, found),
            EventKind::Call { summary, .. } if depth < DEPTH => answered(summary, depth + 1, found),
            _ => {}
        }
    }
}

/// The parts of a value that are there in any case: `...(local && { code })` is not.
fn parts<'f>(value: &'f Value, found: &mut Vec<&'f Value>) {
    match value {
        Value::Opaque(_) => found.push(value),
        Value::Object(object) => {
            let own = object.entries.values().filter(|entry| entry.always);
            own.for_each(|entry| parts(&entry.value, found));
            object
                .spreads
                .iter()
                .for_each(|spread| parts(spread, found));
        }
        Value::Text(text) => {
            for part in text.iter() {
                if let TextPart::Value(value, _) = part {
                    parts(value, found);
                }
            }
        }
        Value::OneOf(choices) => {
            let free = choices
                .iter()
                .filter(|choice| !choice.facts.iter().any(decides));
            free.for_each(|choice| parts(&choice.value, found));
        }
        _ => {}
    }
}

struct Search<'a, 'f> {
    context: &'a Context<'a>,
    answers: Vec<&'f Value>,
    /// Calls that are not followed, with what they are handed.
    handed: Vec<(ExpressionRef, &'f [Value])>,
    /// Something was sent that may prove who asks.
    asked: bool,
    found: Option<GivenBack>,
}

impl<'f> Search<'_, 'f> {
    fn handed(&mut self, summary: &'f Summary, depth: usize) {
        for event in &summary.events {
            match &event.kind {
                EventKind::Unfollowed { at, arguments } => self.handed.push((*at, arguments)),
                EventKind::Call { summary, .. } if depth < DEPTH => self.handed(summary, depth + 1),
                _ => {}
            }
        }
    }

    fn summary(&mut self, summary: &'f Summary, trail: &mut Vec<ExpressionRef>) {
        for event in &summary.events {
            if self.found.is_some() || self.asked {
                return;
            }
            self.asked |= event.facts.iter().any(asks);
            match &event.kind {
                EventKind::Query(query) => self.query(query, trail),
                EventKind::Call { at, summary } if trail.len() < DEPTH => {
                    trail.push(*at);
                    self.summary(summary, trail);
                    trail.pop();
                }
                _ => {}
            }
        }
    }

    fn query(&mut self, query: &Query, trail: &[ExpressionRef]) {
        let project = self.context.project;
        let call = project.calls.get(query.call);
        let Some(arguments) = query.arguments.first().and_then(Value::as_object) else {
            return;
        };
        let (Some(model), true) = (call.model(), call.operation.is_write()) else {
            return;
        };
        let declared = project.schemas.model(model);
        for data in ["data", "create", "update"] {
            let data = arguments.entries.get(data);
            let Some(data) = data.and_then(|data| data.value.as_object()) else {
                continue;
            };
            let stored = data.entries.iter().find(|(name, entry)| {
                let field = declared.field(name);
                field.is_some_and(|field| is_code(declared, field))
                    && self.is_answered(&entry.value)
            });
            let key = stored.and_then(|_| named(&query.arguments[0]));
            if let Some(((name, _), key)) = stored.zip(key) {
                self.found = Some(GivenBack {
                    call: query.call,
                    column: format!("{}.{name}", declared.name),
                    key,
                    trail: trail.to_vec(),
                });
                return;
            }
        }
    }

    /// Whether what is stored, or what it was reckoned from, is in the answer.
    fn is_answered(&self, stored: &Value) -> bool {
        let modules = &self.context.project.modules;
        let mut made: Vec<&Value> = Vec::new();
        parts(stored, &mut made);
        let mut at = 0;
        // A hash is made of the code: what stands inside of the calls that make it.
        while let Some(Value::Opaque(opaque)) = made.get(at).copied() {
            at += 1;
            let Root::Result(of) = opaque.root else {
                continue;
            };
            let span = modules.facts(of.module).span(of.id);
            let inside = self.handed.iter().filter(|(call, _)| {
                call.module == of.module && span.contains(modules.facts(of.module).span(call.id))
            });
            for argument in inside.flat_map(|(_, arguments)| *arguments) {
                let mut own = Vec::new();
                parts(argument, &mut own);
                own.retain(|part| !made.contains(part));
                made.extend(own);
            }
        }
        let random =
            |value: &&Value| matches!(value, Value::Opaque(opaque) if is_made(&opaque.root));
        made.into_iter()
            .filter(random)
            .any(|made| self.answers.contains(&made))
    }
}

/// Whether a value is made by the program, and is neither sent nor stored.
fn is_made(root: &Root) -> bool {
    match root {
        Root::Result(_) => true,
        Root::Derived(values) => values
            .iter()
            .any(|value| matches!(value, Value::Opaque(opaque) if is_made(&opaque.root))),
        _ => false,
    }
}

/// Whether a fact is about something that proves who asks: a password, an older code.
fn asks(fact: &Fact) -> bool {
    let proof = |value: &Value| {
        let mut found = false;
        origins(value, &mut |origin| {
            found |= match origin {
                Origin::Client(key) => is_proof(&key) && !key.path.is_empty(),
                Origin::Identity(_) => true,
                _ => false,
            };
        });
        found
    };
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => proof(value),
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => proof(a) || proof(b),
        Fact::OneOf(groups) => groups.iter().flat_map(|group| group.iter()).any(asks),
    }
}

/// Whether a column holds a code by which somebody gets in: `resetToken`, `otp`, `PasswordReset.token`.
fn is_code(model: &Model, field: &Field) -> bool {
    if !matches!(
        field.scalar(),
        Some(ScalarType::String | ScalarType::Int | ScalarType::BigInt)
    ) {
        return false;
    }
    let words = split(&field.name);
    let code = words
        .last()
        .is_some_and(|last| CODES.contains(&last.as_str()));
    let says = |words: &[String], wanted: &[&str]| {
        let mut all = words.iter();
        all.any(|word| wanted.contains(&word.as_str()))
    };
    code && (says(&words, &RESETS)
        || says(&words, &["otp"])
        || says(&split(&model.name), &RESETS)
        || says(&split(&model.name), &["otp"]))
}

/// What the client sent by which a query says whose row it is, or a row before it.
fn named(arguments: &Value) -> Option<String> {
    let mut found = None;
    let mut rows = Vec::new();
    origins(arguments, &mut |origin| match origin {
        Origin::Client(key) => {
            found.get_or_insert(key.text());
        }
        Origin::Row(row, _) => rows.push(row),
        _ => {}
    });
    for row in rows {
        origins(&row.arguments, &mut |origin| {
            if let Origin::Client(key) = origin {
                found.get_or_insert(key.text());
            }
        });
    }
    found
}
