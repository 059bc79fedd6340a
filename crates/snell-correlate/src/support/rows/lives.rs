//! How the rows of each model come, change and go, and what part the model plays: for an
//! audit, which shows it table by table.

mod texts;

use snell_prisma::FieldId;
use snell_project::schema::ModelRef;
use snell_source::Location;

use crate::rule::Context;
use crate::support::{
    growth::Growths,
    name_words::has_word,
    roles::Roles,
    tables::{self, TableModel},
};

/// The life of one model's rows.
#[derive(Debug, Clone)]
pub struct Life {
    /// The model.
    pub model: ModelRef,
    /// How the table grows, in words: `append-only`.
    pub growth: String,
    /// Where the application adds rows.
    pub made: Option<Location>,
    /// How many endpoints add them, at most as far as they were told apart.
    pub endpoints: u32,
    /// Whether a schedule, a queue or an event adds them.
    pub in_background: bool,
    /// Whether many are added at a time.
    pub many: bool,
    /// Where it changes them.
    pub changed: Option<Location>,
    /// Where it takes them away.
    pub taken: Option<Location>,
    /// Where it takes old ones away.
    pub swept: Option<Location>,
    /// Where it empties columns of old ones.
    pub emptied: Option<Location>,
    /// The row above whose deletion takes them along, and where the code deletes it.
    pub with: Option<(ModelRef, Location)>,
    /// What it plays.
    pub parts: Vec<Part>,
    /// The columns with what people write, or what went over the wire of it.
    pub texts: Vec<FieldId>,
}

/// What a model plays in a system that talks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `session`, `message`, `agent`, `memory`, `translation`, `credential`, `audit log`
    pub name: &'static str,
    /// What its columns are for: `speaker`, `locale`, `provider`.
    pub columns: Vec<(&'static str, FieldId)>,
}

/// The lives of the tables of PostgreSQL schemas, in the order of the schemas.
#[must_use]
pub fn lives(context: &Context<'_>) -> Vec<Life> {
    let growths = Growths::shared(context);
    let tables = tables::of_postgres(context);
    tables
        .map(|table| {
            let model = table.reference();
            let grown = growths.of_model(model);
            let with = growths.taken_with(context, model);
            Life {
                model,
                growth: grown.growth.to_string(),
                made: grown.made_at,
                endpoints: grown.pace.endpoints,
                in_background: grown.pace.in_background,
                many: grown.pace.many,
                changed: grown.changed_at,
                taken: grown.taken_at,
                swept: grown.swept_at,
                emptied: grown.emptied_at,
                with: with.map(|with| (with.above, with.at)),
                texts: texts::of(context, &table),
                parts: parts(context, &table),
            }
        })
        .collect()
}

fn parts(context: &Context<'_>, table: &TableModel<'_>) -> Vec<Part> {
    let roles = Roles::shared(context);
    let model = table.reference();
    let mut found = Vec::new();
    let mut add = |name, columns: Vec<(&'static str, Option<FieldId>)>| {
        let columns = columns.into_iter();
        found.push(Part {
            name,
            columns: columns
                .filter_map(|(what, field)| Some((what, field?)))
                .collect(),
        });
    };
    for one in roles.sessions.iter().filter(|one| one.model == model) {
        add("session", vec![("name", one.name)]);
    }
    for one in roles.messages.iter().filter(|one| one.model == model) {
        let parent = Some(one.parent);
        add("message", vec![("of", parent), ("speaker", one.speaker)]);
    }
    if roles.agents.iter().any(|one| one.model == model) {
        add("agent", Vec::new());
    }
    if let Some(vector) = memory(table) {
        add("memory", vec![("vector", vector)]);
    }
    for one in roles.translations.iter().filter(|one| one.model == model) {
        add(
            "translation",
            vec![
                ("of", Some(one.of)),
                ("language", one.locale),
                ("word", one.word),
                ("text", Some(one.text)),
            ],
        );
    }
    for one in roles.credentials.iter().filter(|one| one.model == model) {
        add(
            "credential",
            vec![
                ("provider", Some(one.provider)),
                ("secret", Some(one.secret)),
            ],
        );
    }
    if roles.audit_logs.iter().any(|one| one.model == model) {
        add("audit log", Vec::new());
    }
    found
}

/// The column of vectors of what is remembered: the model is called so, or its rows are texts
/// with their vectors that somebody owns.
#[allow(
    clippy::option_option,
    reason = "whether it is one, and whether it has a column of vectors"
)]
fn memory(table: &TableModel<'_>) -> Option<Option<FieldId>> {
    let vector = table.model.columns().find(|field| field.vector().is_some());
    let named = has_word(&table.model.name, &["memory", "memorie"]);
    named.then(|| vector.map(|field| field.id))
}
