//! The project's own conventions: what most of its parts have in common, with their share, and
//! the parts that depart from it.
//!
//! A convention is what at least four of five say, where enough say anything (`majority`); what the
//! configuration declares is one whatever the parts say.

mod case;
mod code;
mod parts;

use std::{fmt, sync::Arc};

use smol_str::SmolStr;
use snell_project::schema::{Schema, SchemaId};
use snell_source::Location;

pub use case::Case;

use crate::rule::Context;
use crate::support::majority::Share;

/// The conventions of all live schemas.
#[derive(Debug, Default)]
pub struct Conventions(Vec<SchemaConventions>);

/// The conventions of one schema and of the code that uses it.
#[derive(Debug)]
pub struct SchemaConventions {
    /// The schema.
    pub schema: SchemaId,
    /// Them, in the order of [`About`].
    pub patterns: Vec<Pattern>,
}

/// One convention.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// What it is about.
    pub about: About,
    /// What most have in common, in words.
    pub is: SmolStr,
    /// How many have it.
    pub holds: usize,
    /// Of how many that say anything.
    pub of: usize,
    /// Whether the configuration declares it.
    pub declared: bool,
    /// The others.
    pub departures: Vec<Departure>,
    /// Where some of those stand that have it.
    pub shown: Vec<Location>,
}

/// A part that is not as most are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// Where it stands.
    pub at: Location,
    /// What it is called.
    pub name: SmolStr,
    /// What it has instead.
    pub is: SmolStr,
}

/// What conventions are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// How models are named.
    Models,
    /// How fields are named.
    Fields,
    /// How enums are named.
    Enums,
    /// How values of enums are named.
    EnumValues,
    /// How tables are named in the database.
    Tables,
    /// How types of enums are named in the database.
    EnumTypes,
    /// How columns are named in the database.
    Columns,
    /// What primary keys are.
    Keys,
    /// What the column is called that names the owner of a row.
    OwnerColumn,
    /// What the time is called at which a row was made.
    CreatedAt,
    /// What the time is called at which a row was changed.
    UpdatedAt,
    /// How code comes to a client.
    Client,
    /// Where codes of Prisma's errors are told apart.
    Errors,
    /// What keeps the rows of owners apart.
    Isolation,
    /// How vectors are stored.
    Vectors,
}

impl About {
    /// The word in facts and in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            About::Models => "models",
            About::Fields => "fields",
            About::Enums => "enums",
            About::EnumValues => "enumValues",
            About::Tables => "tables",
            About::EnumTypes => "enumTypes",
            About::Columns => "columns",
            About::Keys => "keys",
            About::OwnerColumn => "ownerColumn",
            About::CreatedAt => "createdAt",
            About::UpdatedAt => "updatedAt",
            About::Client => "client",
            About::Errors => "errors",
            About::Isolation => "isolation",
            About::Vectors => "vectors",
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Places that are kept of those that have it.
const SHOWN: usize = 2;

/// The conventions, inferred when the first rule asks.
#[must_use]
pub fn conventions(context: &Context<'_>) -> Arc<Conventions> {
    context.shared.get_or_init(|| Conventions::of(context))
}

impl Conventions {
    fn of(context: &Context<'_>) -> Self {
        let schemas = context.project.schemas.iter();
        let found = schemas.map(|(id, schema)| SchemaConventions {
            schema: id,
            patterns: patterns(context, id, schema),
        });
        Conventions(found.collect())
    }

    /// Those of all schemas, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &SchemaConventions> {
        self.0.iter()
    }
}

impl SchemaConventions {
    /// The convention about something, when there is one.
    #[must_use]
    pub fn about(&self, about: About) -> Option<&Pattern> {
        self.patterns.iter().find(|pattern| pattern.about == about)
    }
}

/// Something that says how it does it.
struct Part {
    at: Location,
    name: SmolStr,
    /// What it has; nothing when it fits any convention.
    is: Option<SmolStr>,
}

fn patterns(context: &Context<'_>, id: SchemaId, schema: &Schema) -> Vec<Pattern> {
    let declared = &context.project.conventions;
    let wanted = |about: About| declared.get(about.as_str()).map(SmolStr::new);
    let cases = names(schema).into_iter().filter_map(|(about, names)| {
        in_case(
            about,
            names,
            wanted(about).and_then(|said| Case::named(&said)),
        )
    });
    let mut found: Vec<Pattern> = cases.collect();
    let parts = [
        (About::Keys, parts::keys(schema)),
        (
            About::OwnerColumn,
            parts::owner_columns(context, id, schema),
        ),
        (About::CreatedAt, parts::times(schema, parts::Time::Made)),
        (About::UpdatedAt, parts::times(schema, parts::Time::Changed)),
        (About::Vectors, parts::vectors(schema)),
        (About::Client, code::clients(context, id)),
        (About::Errors, code::errors(context)),
        (About::Isolation, code::isolation(context, id, schema)),
    ];
    for (about, parts) in parts {
        found.extend(most(about, parts, wanted(about)));
    }
    found.sort_by_key(|pattern| pattern.about);
    found
}

/// Every kind of name, with each name and where it stands.
fn names(schema: &Schema) -> Vec<(About, Vec<(Location, SmolStr)>)> {
    let datamodel = &schema.datamodel;
    let models = || {
        datamodel
            .models()
            .iter()
            .filter(|model| model.ignored.is_none())
    };
    let fields = || models().flat_map(|model| model.fields.iter());
    let columns = fields().filter(|field| field.is_column());
    let enums = || datamodel.enums().iter();
    let place = |at: snell_prisma::Place, span| schema.location(snell_prisma::Place { span, ..at });
    vec![
        (
            About::Models,
            models()
                .map(|one| (schema.model_name(one), one.name.clone()))
                .collect(),
        ),
        (
            About::Fields,
            fields()
                .map(|one| (schema.field_name(one), one.name.clone()))
                .collect(),
        ),
        (
            About::Enums,
            enums()
                .map(|one| (place(one.at, one.name_span), one.name.clone()))
                .collect(),
        ),
        (
            About::EnumValues,
            enums()
                .flat_map(|one| {
                    let values = one.values.iter();
                    values.map(move |value| (place(one.at, value.name_span), value.name.clone()))
                })
                .collect(),
        ),
        (
            About::Tables,
            models()
                .map(|one| {
                    let at = one.map.as_ref().map_or(one.name_span, |map| map.span);
                    (place(one.at, at), one.db_name.clone())
                })
                .collect(),
        ),
        (
            About::EnumTypes,
            enums()
                .map(|one| {
                    let at = one.map.as_ref().map_or(one.name_span, |map| map.span);
                    (place(one.at, at), one.db_name.clone())
                })
                .collect(),
        ),
        (
            About::Columns,
            columns
                .map(|one| {
                    let at = one.map.as_ref().map_or(one.name_span, |map| map.span);
                    (place(one.at, at), one.db_name.clone())
                })
                .collect(),
        ),
    ]
}

/// The case that most names have, or that is declared.
fn in_case(
    about: About,
    names: Vec<(Location, SmolStr)>,
    declared: Option<Case>,
) -> Option<Pattern> {
    let telling = names.iter().filter_map(|(_, name)| Case::of(name));
    let case = match declared {
        Some(case) => case,
        None => {
            Share::most(telling)
                .filter(|(_, share)| share.is_convention())?
                .0
        }
    };
    let (fitting, others): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|(_, name)| case.fits(name));
    let departures = others.into_iter().map(|(at, name)| Departure {
        at,
        is: Case::of(&name).map_or_else(|| "mixed".into(), |case| case.to_string().into()),
        name,
    });
    let departures: Vec<Departure> = departures.collect();
    Some(Pattern {
        about,
        is: case.to_string().into(),
        holds: fitting.len(),
        of: fitting.len() + departures.len(),
        declared: declared.is_some(),
        shown: fitting
            .iter()
            .filter(|(_, name)| Case::of(name) == Some(case))
            .take(SHOWN)
            .map(|(at, _)| *at)
            .collect(),
        departures,
    })
}

/// What most parts have, or what is declared.
fn most(about: About, parts: Vec<Part>, declared: Option<SmolStr>) -> Option<Pattern> {
    let (first, share) = Share::most(parts.iter().filter_map(|part| part.is.as_ref()))?;
    let agreed = match about.is_of_code() {
        true => share.is_convention_of_few(),
        false => share.is_convention(),
    };
    let is = match &declared {
        Some(said) => said.clone(),
        None => agreed.then(|| first.clone())?,
    };
    let has = |part: &&Part| part.is.as_ref() == Some(&is);
    Some(Pattern {
        about,
        holds: parts.iter().filter(has).count(),
        of: share.of,
        declared: declared.is_some(),
        shown: parts
            .iter()
            .filter(has)
            .take(SHOWN)
            .map(|part| part.at)
            .collect(),
        departures: parts
            .iter()
            .filter(|part| part.is.as_ref().is_some_and(|own| *own != is))
            .map(|part| Departure {
                at: part.at,
                name: part.name.clone(),
                is: part.is.clone().unwrap_or_default(),
            })
            .collect(),
        is,
    })
}

impl About {
    /// Whether one place is enough to say how it is done.
    fn is_of_code(self) -> bool {
        matches!(
            self,
            About::Client | About::Errors | About::Isolation | About::Vectors
        )
    }
}
