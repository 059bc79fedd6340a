//! Writes that change no more than how a row is shown.

use snell_flow::{Value, scope::Reached};
use snell_prisma::ScalarType;
use snell_project::{client::Operation, schema::ModelRef};

use crate::{rule::Context, rules::isolation::entries::Entry, support::name_words::split};

/// Words of columns that hold where and how a row is shown.
const SHOWN: [&str; 18] = [
    "position",
    "pos",
    "x",
    "y",
    "z",
    "order",
    "index",
    "sort",
    "rank",
    "width",
    "height",
    "zoom",
    "color",
    "colour",
    "pinned",
    "collapsed",
    "expanded",
    "offset",
];

/// Words that stand beside those.
const BESIDE: [&str; 4] = ["is", "display", "sequence", "sorting"];

/// Whether an update writes nothing else than that, and no row of the model is given back.
pub(in crate::rules::isolation) fn is_slight(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> bool {
    let call = context.project.calls.get(reached.query.call);
    let updates = matches!(call.operation, Operation::Update | Operation::UpdateMany);
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let data = arguments
        .filter(|_| updates)
        .and_then(|arguments| arguments.entries.get("data"))
        .and_then(|data| data.value.as_object());
    let Some(data) = data.filter(|data| data.spreads.is_empty() && !data.entries.is_empty()) else {
        return false;
    };
    let declared = context.project.schemas.model(model);
    let shown = data.entries.keys().all(|name| {
        let scalar = declared.field(name).and_then(|field| field.scalar());
        let plain = matches!(
            scalar,
            Some(ScalarType::Int | ScalarType::Float | ScalarType::Boolean | ScalarType::String)
        );
        plain && says_how(name)
    });
    shown
        && !entry
            .walk
            .escapes
            .iter()
            .any(|escape| context.project.calls.get(escape.row.call).model() == Some(model))
}

/// Whether each word of a name is one of those.
fn says_how(name: &str) -> bool {
    let words = split(name);
    let known = |word: &String| SHOWN.contains(&word.as_str());
    words.iter().any(known)
        && words
            .iter()
            .all(|word| known(word) || BESIDE.contains(&word.as_str()))
}
