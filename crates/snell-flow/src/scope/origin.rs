//! Where the parts of a value come from.

use smol_str::SmolStr;
use snell_project::endpoint::is_proof_header;

use crate::value::{Opaque, Root, RowOrigin, SqlPart, Step, TextPart, Value};

/// A value that the client sends: where it stands in the request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// `param`, `query`, `body`, `headers`, `args`, `message`.
    pub part: &'static str,
    /// The way to it: `id`, `items.id`.
    pub path: Vec<SmolStr>,
}

impl Key {
    /// Whether what is known of `self` holds of `other`: the same place, or one inside it.
    #[must_use]
    pub fn covers(&self, other: &Key) -> bool {
        self.part == other.part && other.path.starts_with(&self.path)
    }

    /// As a person writes it: `id`, `body.items.id`.
    #[must_use]
    pub fn text(&self) -> String {
        match (self.part, self.path.as_slice()) {
            ("param" | "args", path) if !path.is_empty() => path.join("."),
            (part, []) => part.to_owned(),
            (part, path) => format!("{part}.{}", path.join(".")),
        }
        .replace(".[", "[")
    }
}

/// Where a part of a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin<'v> {
    /// Who asks; the way into what is known of them.
    Identity(Vec<SmolStr>),
    /// The client.
    Client(Key),
    /// A row, and the way into it.
    Row(&'v RowOrigin, Way<'v>),
    /// The program.
    Constant,
    /// A field of a service: the same for every request.
    Program,
    /// The result of a call that is not followed.
    Result(snell_project::module::ExpressionRef),
    /// Nothing is known.
    Unknown,
}

/// The way into a value, of which most who look at it want nothing but where it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way<'v>(&'v [Step]);

impl Way<'_> {
    fn all(&self) -> impl DoubleEndedIterator<Item = SmolStr> {
        self.0.iter().filter_map(|step| match step {
            Step::Property(name) => Some(name.clone()),
            // What is known of one element is not known of the others.
            Step::At(position) => Some(smol_str::format_smolstr!("[{position}]")),
            Step::Each(_) | Step::Converted | Step::Without(_) => None,
        })
    }

    /// The names on it: `author`, `id`; of an element at a position, `[0]`.
    #[must_use]
    pub fn names(&self) -> Vec<SmolStr> {
        let mut names = Vec::with_capacity(self.0.len());
        names.extend(self.all());
        names
    }

    /// The last of the names.
    #[must_use]
    pub fn last(&self) -> Option<SmolStr> {
        self.all().next_back()
    }

    /// Whether it is the value itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }
}

/// Visits the origins of everything that a value is made of.
pub fn origins<'v>(value: &'v Value, each: &mut dyn FnMut(Origin<'v>)) {
    match value {
        Value::Undefined | Value::Null | Value::Literal(_) => each(Origin::Constant),
        Value::Opaque(opaque) => of_opaque(opaque, each),
        Value::Text(parts) => {
            for part in parts.iter() {
                match part {
                    TextPart::Constant(_) => each(Origin::Constant),
                    TextPart::Value(value, _) => origins(value, each),
                }
            }
        }
        Value::Array(array) => {
            if array.elements.is_empty() && array.rest.is_none() {
                each(Origin::Constant);
            }
            for element in array.elements.iter().chain(&array.rest) {
                origins(element, each);
            }
        }
        Value::Object(object) => {
            for entry in object.entries.values() {
                origins(&entry.value, each);
            }
            for spread in &object.spreads {
                origins(spread, each);
            }
        }
        Value::OneOf(choices) => {
            for choice in choices.iter() {
                origins(&choice.value, each);
            }
        }
        // What a raw query asks for is what stands between its words.
        Value::Sql(parts) => {
            for part in parts.iter() {
                match part {
                    SqlPart::Text { .. } => each(Origin::Constant),
                    SqlPart::Value(value, _) | SqlPart::Raw(value, _) => origins(value, each),
                    SqlPart::Join(join) => origins(&join.list, each),
                }
            }
        }
        _ => each(Origin::Unknown),
    }
}

/// What the client sent, by the way into what a schema lets through of it.
fn of_parsed<'v>(value: &Opaque, way: Way<'_>) -> Origin<'v> {
    match &value.root {
        Root::ClientInput(decorator, key) => {
            let whole = [value.path.as_slice(), way.0].concat();
            client(decorator, key.as_ref(), Way(&whole))
        }
        _ => Origin::Unknown,
    }
}

fn of_opaque<'v>(opaque: &'v Opaque, each: &mut dyn FnMut(Origin<'v>)) {
    let way = Way(&opaque.path);
    match &opaque.root {
        Root::Identity => each(Origin::Identity(way.names())),
        Root::ClientInput(decorator, key) => each(client(decorator, key.as_ref(), way)),
        Root::Row(row) => each(Origin::Row(row, way)),
        Root::Derived(values) => {
            for value in values.iter() {
                origins(value, each);
            }
        }
        Root::Parsed(value) => each(of_parsed(value, way)),
        Root::Environment => each(Origin::Constant),
        Root::Field(..) | Root::Caught => each(Origin::Program),
        Root::Result(at) => each(Origin::Result(*at)),
        _ => each(Origin::Unknown),
    }
}

fn client<'v>(decorator: &str, key: Option<&SmolStr>, way: Way<'_>) -> Origin<'v> {
    let mut whole = Vec::with_capacity(1 + way.0.len());
    whole.extend(key.cloned());
    whole.extend(way.all());
    let at = |part, path| Origin::Client(Key { part, path });
    match decorator {
        "Param" => at("param", whole),
        "Query" => at("query", whole),
        "Body" => at("body", whole),
        "Args" => at("args", whole),
        "MessageBody" | "Payload" => at("message", whole),
        "File" => at("file", whole),
        "Headers" => of_headers(&whole),
        // A parent was found by what stands above it, in scope of who asked there.
        "Parent" => Origin::Identity(whole),
        "Fetch" | "Route" | "Handler" | "Context" => of_handler(decorator, whole),
        // The request itself: what is neither parameter, query nor body was
        // put there by what stands before the endpoint.
        _ => match whole.first().map(SmolStr::as_str) {
            Some("params") => at("param", beyond_first(whole)),
            Some("query") => at("query", beyond_first(whole)),
            Some("body") => at("body", beyond_first(whole)),
            Some("headers") => of_headers(&whole[1..]),
            Some(_) => Origin::Identity(beyond_first(whole)),
            None => Origin::Unknown,
        },
    }
}

fn beyond_first(mut whole: Vec<SmolStr>) -> Vec<SmolStr> {
    whole.remove(0);
    whole
}

/// A header: what the client sent, unless it is there to say who asks.
fn of_headers<'v>(way: &[SmolStr]) -> Origin<'v> {
    let Some((name, rest)) = way.split_first() else {
        return Origin::Unknown;
    };
    let name = name.to_lowercase();
    if is_proof_header(&name) {
        return Origin::Unknown;
    }
    let path = std::iter::once(name.into()).chain(rest.iter().cloned());
    Origin::Client(Key {
        part: "headers",
        path: path.collect(),
    })
}

/// Parts of a context that are neither sent nor who asks.
const TOOLS: [&str; 12] = [
    "req", "request", "res", "response", "headers", "cookies", "url", "nextUrl", "prisma", "db",
    "ip", "cache",
];

/// What handlers and procedures are handed, by the name of the part.
fn of_handler<'v>(decorator: &str, whole: Vec<SmolStr>) -> Origin<'v> {
    let key = |part, path| Origin::Client(Key { part, path });
    let first = whole.first().map(SmolStr::as_str);
    match (decorator, first) {
        ("Fetch", Some("auth" | "user" | "session")) => Origin::Identity(whole),
        ("Fetch", _) => key("body", whole),
        (_, Some("params")) => key("param", beyond_first(whole)),
        (_, Some("searchParams" | "query")) => key("query", beyond_first(whole)),
        ("Handler", Some("body" | "data" | "json" | "input" | "parsedInput")) => {
            key("body", beyond_first(whole))
        }
        ("Route", _) | (_, None) => Origin::Unknown,
        (_, Some(tool)) if TOOLS.contains(&tool) => Origin::Unknown,
        _ => Origin::Identity(whole),
    }
}
