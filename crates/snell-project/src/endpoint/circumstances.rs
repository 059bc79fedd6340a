//! Requests of which a handler reads no more than how they came.

use snell_extract::facts::{
    Expression, ExpressionId, ExpressionKind, ModuleFacts, Parameter, Pattern,
};

/// What a request says of itself, and what the client sent: none of it says who asks.
const PLAIN: [&str; 24] = [
    "ip",
    "ips",
    "url",
    "originalurl",
    "baseurl",
    "path",
    "method",
    "hostname",
    "protocol",
    "secure",
    "httpversion",
    "route",
    "id",
    "reqid",
    "locale",
    "lang",
    "language",
    "timezone",
    "starttime",
    "startedat",
    "timestamp",
    "body",
    "query",
    "params",
];

/// Words in the names by which what happens is put together in logs.
const NUMBERS: [&str; 4] = ["traceid", "requestid", "correlationid", "spanid"];

/// Whether all that is read of a parameter is of that kind: `(request as Traced).traceId`.
pub(super) fn are_all(facts: &ModuleFacts, parameter: &Parameter) -> bool {
    let Pattern::Binding(request) = parameter.pattern else {
        return false;
    };
    let uses = facts.uses(request);
    let reads = facts.all([ExpressionKind::Member]);
    let plain = reads.filter(|(_, node)| {
        let Expression::Member {
            object, property, ..
        } = &node.kind
        else {
            return false;
        };
        is_plain(&property.text) && is_one_of(facts, uses, *object)
    });
    plain.count() == uses.len()
}

fn is_one_of(facts: &ModuleFacts, uses: &[ExpressionId], object: ExpressionId) -> bool {
    uses.contains(&facts.unwrap_casts(object))
}

fn is_plain(property: &str) -> bool {
    let lower = property.to_ascii_lowercase();
    PLAIN.contains(&lower.as_str()) || NUMBERS.iter().any(|word| lower.ends_with(word))
}
