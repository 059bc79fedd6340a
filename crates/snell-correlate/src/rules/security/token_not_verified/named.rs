//! Classes that take who asks from a header that says so, and ask for nothing that proves it.

use snell_extract::facts::{
    BinaryOperator, Expression, ExpressionId, ExpressionKind, Pattern, Property,
};
use snell_project::ownership::{Ownership, RootKind};
use snell_source::{Location, Span};

use super::{decoded::Decoder, place};
use crate::rules::security::calls::{self, CallSite};

/// Calls that lead to the request, take text apart or only report.
const PLAIN: [&str; 28] = [
    "switchToHttp",
    "switchToWs",
    "getRequest",
    "getResponse",
    "getContext",
    "getClient",
    "create",
    "getType",
    "trim",
    "toString",
    "toLowerCase",
    "toUpperCase",
    "split",
    "String",
    "Number",
    "parseInt",
    "isArray",
    "isNaN",
    "log",
    "debug",
    "warn",
    "error",
    "next",
    "header",
    "getAllAndOverride",
    "getAllAndMerge",
    "getHandler",
    "getClass",
];

/// Names under which who asks is put on the request.
const WHO: [&str; 6] = [
    "user",
    "auth",
    "currentUser",
    "userId",
    "account",
    "principal",
];

/// Words in the names of headers that hold what proves who somebody is.
const PROOFS: [&str; 9] = [
    "authoriz", "cookie", "token", "secret", "sign", "key", "hmac", "session", "jwt",
];

/// Who asks, as a header says.
pub(super) struct Named {
    /// Where the header is read.
    pub(super) at: Location,
    /// The header.
    pub(super) header: String,
    /// Where that becomes who asks.
    pub(super) used: Location,
    /// A row is looked up by it.
    pub(super) looked_up: bool,
}

impl Decoder<'_> {
    /// The header that says who asks, where nothing that the class calls could know better.
    pub(super) fn named_by_header(&self) -> Option<Named> {
        let span = self.facts.class(self.class.id).span;
        let read: Vec<(ExpressionId, String)> = self
            .facts
            .all([
                ExpressionKind::Member,
                ExpressionKind::Index,
                ExpressionKind::Call,
            ])
            .filter(|(_, node)| span.contains(node.span))
            .filter_map(|(id, node)| Some((id, self.header(&node.kind)?)))
            .collect();
        let proves =
            |(_, name): &(ExpressionId, String)| PROOFS.iter().any(|word| name.contains(word));
        if read.is_empty() || read.iter().any(proves) {
            return None;
        }
        let spans: Vec<Span> = read.iter().map(|(id, _)| self.facts.span(*id)).collect();
        let taken = self.taken(span, &spans);
        let made = |id: ExpressionId| self.is_made_of(self.facts.span(id), &taken, &spans);
        let mut calls = self.calls(self.class.module, span);
        let asks = |call: &CallSite<'_>| {
            let new = matches!(self.facts.expression(call.at), Expression::New { .. });
            !new && !PLAIN.contains(&call.name)
                && !self.reads_metadata(call)
                && !self.finds(call, made)
        };
        if calls.any(|call| asks(&call)) || self.compares(span, made) {
            return None;
        }
        let used = self.puts_who(span, made)?;
        let mut calls = self.calls(self.class.module, span);
        let looked_up = calls.any(|call| self.finds(&call, made));
        let (at, header) = read.into_iter().next()?;
        Some(Named {
            at: place(self.context, self.class.module, at),
            header,
            used,
            looked_up,
        })
    }

    /// `this.reflector.get(KEY, context.getHandler())`
    fn reads_metadata(&self, call: &CallSite<'_>) -> bool {
        let object = call.object.map(|object| self.facts.span(object));
        let at = object.map(|span| self.context.project.modules.at(self.class.module, span));
        let on = at.map_or("", |at| self.context.text(at));
        call.name == "get" && on.to_ascii_lowercase().ends_with("reflector")
    }

    /// Whether a call looks a person up whom the header names: that proves no more than that there is one.
    fn finds(&self, call: &CallSite<'_>, made: impl Fn(ExpressionId) -> bool) -> bool {
        let project = self.context.project;
        let mut queries = project.calls.of_module(call.module);
        let query = queries.find(|(_, query)| query.expression == call.at);
        let Some((_, query)) = query else {
            return false;
        };
        let model = query.model().filter(|model| {
            !query.operation.is_write()
                && *project.owners.of(*model) == Ownership::Root(RootKind::Identity)
        });
        let filter = call.argument(0).and_then(|argument| {
            let filter = calls::property(self.facts, argument.id, "where")?;
            match self.facts.expression(self.facts.unwrap_casts(filter)) {
                Expression::Object(properties) => Some(properties),
                _ => None,
            }
        });
        let (Some(model), Some(filter)) = (model, filter) else {
            return false;
        };
        let model = project.schemas.model(model);
        let mut named = false;
        for property in filter {
            let Property::Value { key, value, .. } = property else {
                return false;
            };
            let Some(column) = key.name() else {
                return false;
            };
            let lower = column.text.to_ascii_lowercase();
            if PROOFS.iter().any(|word| lower.contains(word)) {
                return false;
            }
            let field = model.field(&column.text);
            let one = field.is_some_and(|field| model.is_id(field.id) || model.is_unique(field.id));
            named |= one && made(*value);
        }
        named
    }

    /// `request.headers['x-user']`, `request.headers.name`, `request.header('x-user')`
    fn header(&self, expression: &Expression) -> Option<String> {
        let of_headers = |id: ExpressionId| {
            matches!(self.facts.expression(self.facts.unwrap_casts(id)),
                Expression::Member { property, .. } if property.text == "headers")
        };
        let name = match expression {
            Expression::Member {
                object, property, ..
            } if of_headers(*object) => &property.text,
            Expression::Index { object, index, .. } if of_headers(*object) => {
                match self.facts.expression(*index) {
                    Expression::String(text) => text,
                    _ => return None,
                }
            }
            call => {
                let call = self.facts.method_call(call)?;
                match self.facts.expression(call.arguments.first()?.value) {
                    Expression::String(text) if call.property.text == "header" => text,
                    _ => return None,
                }
            }
        };
        Some(name.to_ascii_lowercase())
    }

    /// Whether what is read is compared with anything but a type or nothing.
    fn compares(&self, span: Span, made: impl Fn(ExpressionId) -> bool) -> bool {
        let plain = |id: ExpressionId| {
            matches!(
                self.facts.expression(id),
                Expression::Null
                    | Expression::Undefined
                    | Expression::Unary { .. }
                    | Expression::String(_)
            )
        };
        self.facts.all([ExpressionKind::Binary]).any(|(_, node)| {
            let Expression::Binary {
                operator: BinaryOperator::Equal | BinaryOperator::NotEqual,
                left,
                right,
            } = &node.kind
            else {
                return false;
            };
            span.contains(node.span)
                && (made(*left) && !plain(*right) && !plain(*left)
                    || made(*right) && !plain(*left) && !plain(*right))
        })
    }

    /// Where what is read is put on the request as who asks.
    fn puts_who(&self, span: Span, made: impl Fn(ExpressionId) -> bool) -> Option<Location> {
        let mut nodes = self.facts.all([ExpressionKind::Assign]);
        nodes.find_map(|(at, node)| {
            let Expression::Assign { target, value, .. } = &node.kind else {
                return None;
            };
            let Pattern::Expression(target) = **target else {
                return None;
            };
            let who = match self.facts.expression(target) {
                Expression::Member { property, .. } => property.text.as_str(),
                Expression::Index { index, .. } => match self.facts.expression(*index) {
                    Expression::String(text) => text.as_str(),
                    _ => return None,
                },
                _ => return None,
            };
            let on_request = span.contains(node.span)
                && WHO.contains(&who)
                && self.is_of_request(target)
                && made(*value);
            on_request.then(|| place(self.context, self.class.module, at))
        })
    }
}
