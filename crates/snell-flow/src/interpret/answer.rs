//! What is sent to who asks by a call of the response: `response.status(200).json(rows)`.

use snell_extract::facts::{Expression, ExpressionId};

use super::{Frame, State};
use crate::{
    event::EventKind,
    value::{Root, Value},
    weight::bounded,
};

/// Methods that send what they are handed: those of Express
/// (<https://expressjs.com/en/4x/api.html#res>) and Fastify.
const SENDS: [&str; 5] = ["json", "jsonp", "send", "end", "write"];

/// Methods that make a whole response of what they are handed, of the platform and of Next.js.
const MAKES: [&str; 2] = ["Response", "NextResponse"];

impl Frame<'_, '_> {
    /// What a method of the response comes to: what it sends is an answer, and each gives the
    /// response back.
    pub(super) fn answered(
        &mut self,
        id: ExpressionId,
        callee: ExpressionId,
        receiver: &Value,
        handed: &[Value],
        state: &State,
    ) -> Option<Value> {
        let Expression::Member { property, .. } = self.facts().expression(callee) else {
            return None;
        };
        let sends = SENDS.contains(&property.text.as_str());
        let sent = handed.first().filter(|_| sends);
        let is_response = match receiver {
            Value::Opaque(of) if of.path.is_empty() => match &of.root {
                Root::Response => true,
                // `context.json(rows)`: one that sends as well. A request's own takes nothing.
                Root::ClientInput(part, None) => part == "Req" && sent.is_some(),
                _ => false,
            },
            _ => false,
        };
        if !is_response {
            return None;
        }
        let kind = match sent {
            Some(value) => EventKind::Answer {
                value: bounded(value.clone()),
            },
            None => EventKind::Unfollowed {
                at: self.at(id),
                arguments: handed.to_vec(),
            },
        };
        self.record(kind, state);
        Some(Value::opaque(Root::Response))
    }

    /// `Response.json(rows)`, `NextResponse.json(rows)`: what it holds.
    pub(super) fn response_of(&self, callee: ExpressionId, handed: &[Value]) -> Option<Value> {
        let facts = self.facts();
        let Expression::Member {
            object, property, ..
        } = facts.expression(callee)
        else {
            return None;
        };
        let Expression::Identifier { name, .. } = facts.expression(*object) else {
            return None;
        };
        let makes = property.text == "json" && MAKES.contains(&name.as_str());
        handed.first().filter(|_| makes).cloned()
    }
}
