//! What says which values a string may have, for every field.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_prisma::Field;
use snell_project::schema::{FieldRef, SchemaId};
use snell_source::{DiagnosticBuilder, Location, Span};

use super::{constants::Stored, default_of, is_candidate, writes};
use crate::{
    rule::Context,
    support::{
        built,
        closed_set::{self, ClosedSet},
        contracts::{self, members},
        value_sets::{Copied, Form, comment, plain, value_sets},
    },
};

/// What kind of thing lists the values, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A `CHECK` of the database.
    Check,
    /// A type, an enum, a validator.
    Code,
    /// Every value that is stored is written in the code, and compared there.
    Compared,
    /// The comment at the field.
    Comment,
    /// A type that is called after the field, and that nothing holds it to.
    Named,
}

/// A list of the values.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) kind: Kind,
    pub(super) values: Vec<SmolStr>,
    pub(super) at: Location,
    /// A second place, with what is to be seen there.
    pub(super) other: Option<(Location, String)>,
}

impl Source {
    pub(super) fn tell(&self, found: DiagnosticBuilder) -> DiagnosticBuilder {
        let values = short(&self.values);
        let words = match self.kind {
            Kind::Check => format!("takes {values}"),
            Kind::Code | Kind::Named => values,
            Kind::Compared => "one of the constants that are stored".to_owned(),
            Kind::Comment => "lists them".to_owned(),
        };
        let found = found.related(self.at, words);
        match &self.other {
            Some((at, words)) => found.related(*at, words.clone()),
            None => found,
        }
    }
}

/// The first values, for a label.
fn short(values: &[SmolStr]) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<String> = values
        .iter()
        .take(SHOWN)
        .map(|v| format!("`{v}`"))
        .collect();
    if values.len() > SHOWN {
        names.push(format!("{} more", values.len() - SHOWN));
    }
    names.join(", ")
}

/// All of them.
pub(super) struct Sources {
    by_field: FxHashMap<FieldRef, Vec<Source>>,
}

impl Sources {
    pub(super) fn gather(context: &Context<'_>) -> Self {
        let mut sources = Sources {
            by_field: FxHashMap::default(),
        };
        sources.schemas(context);
        sources.mirrors(context);
        for (field, set) in writes::visit(context) {
            sources.code(field, set);
        }
        let stored = Stored::gather(context);
        for (field, source) in stored.compared(context) {
            sources.add(field, source);
        }
        sources.named(context);
        for (field, told) in &mut sources.by_field {
            let default = default_of(context.project.schemas.field(*field));
            // A list that lacks what the column holds is another one's, or a part.
            told.retain(|source| {
                let lists = |value: &str| source.values.iter().any(|one| one == value);
                default.is_none_or(lists) && stored.of(*field).all(|value| lists(value))
            });
            // Where the comment at the column names others, the lists have drifted apart: which of them
            // is right, neither says.
            let commented = commented(context.project.schemas.field(*field));
            told.retain(|source| {
                source.kind != Kind::Code
                    || commented.iter().all(|value| source.values.contains(value))
            });
            told.sort_by_key(|source| source.kind);
        }
        sources
    }

    /// What is said of a field, the strongest first.
    pub(super) fn of(&self, schema: SchemaId, field: &Field) -> &[Source] {
        let field = FieldRef {
            schema,
            field: field.id,
        };
        self.by_field.get(&field).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, field: FieldRef, source: Source) {
        let told = self.by_field.entry(field).or_default();
        let known = told
            .iter()
            .any(|known| known.at == source.at || source.kind == Kind::Compared);
        if !known && is_closed(&source.values) {
            told.push(source);
        }
    }

    fn code(&mut self, field: FieldRef, set: ClosedSet) {
        self.add(
            field,
            Source {
                kind: Kind::Code,
                values: set.values,
                at: set.at,
                other: None,
            },
        );
    }

    /// Comments and checks.
    fn schemas(&mut self, context: &Context<'_>) {
        for (id, schema) in context.project.schemas.iter() {
            for model in schema.datamodel.models() {
                let table = built::table(schema, model);
                for field in model
                    .fields
                    .iter()
                    .filter(|f| is_candidate(schema, model, f))
                {
                    let reference = FieldRef {
                        schema: id,
                        field: field.id,
                    };
                    if let Some((values, at)) = table.and_then(|table| table.allowed(field)) {
                        self.add(
                            reference,
                            Source {
                                kind: Kind::Check,
                                values,
                                at,
                                other: None,
                            },
                        );
                    }
                    for comment in field.comments.iter() {
                        if let Some(values) = comment::listed(&comment.text, default_of(field)) {
                            let span: Span = comment.span;
                            self.add(
                                reference,
                                Source {
                                    kind: Kind::Comment,
                                    values,
                                    at: schema.location(field.place(span)),
                                    other: None,
                                },
                            );
                        }
                    }
                }
            }
        }
    }

    /// `type ConfigKey = 'a' | 'b'` beside `Config.key`, where nothing else says the values.
    fn named(&mut self, context: &Context<'_>) {
        let sets = value_sets(context);
        let mut by_name: FxHashMap<String, Vec<&Copied>> = FxHashMap::default();
        let closed = |copy: &&Copied| matches!(copy.form, Form::Union | Form::Enum);
        for copy in sets.copies.iter().filter(closed) {
            by_name.entry(plain(&copy.name)).or_default().push(copy);
        }
        for (id, schema, model) in context.project.schemas.models() {
            for field in model
                .fields
                .iter()
                .filter(|field| is_candidate(schema, model, field))
            {
                let reference = FieldRef {
                    schema: id.schema,
                    field: field.id,
                };
                if self.by_field.contains_key(&reference) {
                    continue;
                }
                let mut names = called_after(&model.name, &field.name).to_vec();
                names.dedup();
                let mut lists = names.iter().filter_map(|name| by_name.get(name)).flatten();
                if let (Some(list), None) = (lists.next(), lists.next()) {
                    let source = Source {
                        kind: Kind::Named,
                        values: list.values.iter().map(|(value, _)| value.clone()).collect(),
                        at: list.at,
                        other: None,
                    };
                    self.add(reference, source);
                }
            }
        }
    }

    /// Types of the code that mirror a model.
    fn mirrors(&mut self, context: &Context<'_>) {
        for binding in contracts::bindings(context).iter() {
            let schema = context.project.schemas.get(binding.model.schema);
            let model = context.project.schemas.model(binding.model);
            let fields = model.fields.iter();
            for field in fields.filter(|field| is_candidate(schema, model, field)) {
                let declared = members::property(context, binding.mirror, &field.name);
                let set = declared.and_then(|declared| closed_set::of(context, &declared));
                if let Some(set) = set {
                    let field = FieldRef {
                        schema: binding.model.schema,
                        field: field.id,
                    };
                    self.code(field, set);
                }
            }
        }
    }
}

/// The values that the comments at a column list, a bare list as well: `home, shop, delivery`.
fn commented(field: &Field) -> Vec<SmolStr> {
    let texts = field.comments.iter().map(|comment| comment.text.as_str());
    let listed = texts.filter_map(|text| {
        comment::listed(text, default_of(field)).or_else(|| comment::small_words(text))
    });
    listed.flatten().collect()
}

/// `SystemConfig.configKey`: `SystemConfigConfigKey`, `SystemConfigKey`.
fn called_after(model: &str, field: &str) -> [String; 2] {
    let last = field.rfind(|c: char| c.is_ascii_uppercase() || c == '_');
    let last = &field[last.unwrap_or(0)..];
    [
        plain(&format!("{model}{field}")),
        plain(&format!("{model}{last}")),
    ]
}

/// Roles of a conversation with a language model: the provider's words.
const CHAT_ROLES: [&str; 6] = [
    "system",
    "user",
    "assistant",
    "tool",
    "function",
    "developer",
];

/// What names of language models begin with.
const MODELS: [&str; 9] = [
    "gpt-",
    "claude",
    "gemini",
    "text-embedding",
    "llama",
    "mistral",
    "o1-",
    "dall-e",
    "whisper",
];

/// Whether values are a set of the application's own: a few words, not codes
/// that a standard or a provider lists.
fn is_closed(values: &[SmolStr]) -> bool {
    const MOST: usize = 32;
    let all = |test: &dyn Fn(&str) -> bool| values.iter().all(|value| test(value));
    let codes = all(&|value| value.len() == 2 && value.bytes().all(|b| b.is_ascii_alphabetic()));
    let chat = values
        .iter()
        .any(|value| value.eq_ignore_ascii_case("assistant"))
        && all(&|value| CHAT_ROLES.contains(&value.to_ascii_lowercase().as_str()));
    let models = values
        .iter()
        .any(|value| MODELS.iter().any(|start| value.starts_with(start)));
    (2..=MOST).contains(&values.len())
        && all(&|value| !value.is_empty() && value.len() <= 48)
        && !codes
        && !chat
        && !models
}
