//! A column that holds another model's key, and nothing in the database says so.

mod evidence;

use snell_prisma::{Field, Model, RelationMode, ScalarType};
use snell_project::schema::{FieldRef, ModelRef, Schema, SchemaId};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        built,
        deletions::Deletions,
        field_life, ids,
        name_words::{has_word, words},
        records,
        tables::{self, TableModel},
        wording,
    },
};
use evidence::{Evidence, Joined};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/missing-foreign-key",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A column holds the key of another model without a foreign key",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

/// Words in the names of models that are without relations on purpose: what they tell
/// has to outlive what it is about, or comes faster than keys can be checked.
const DETACHED: [&str; 30] = [
    "log",
    "audit",
    "event",
    "history",
    "archive",
    "snapshot",
    "outbox",
    "inbox",
    "metric",
    "analytic",
    "stat",
    "statistic",
    "queue",
    "job",
    "webhook",
    "cache",
    "activity",
    "tracking",
    "click",
    "impression",
    "report",
    "backup",
    "import",
    "export",
    "sync",
    "staging",
    "temp",
    "trash",
    "replication",
    "telemetry",
];

/// What a comment says at a column that refers to something outside, or on purpose without a key.
const LOOSE: [&str; 15] = [
    "external",
    "foreign id",
    "without a relation",
    "no relation",
    "not a relation",
    "no fk",
    "soft ref",
    "soft link",
    "loose",
    "snapshot",
    "denormal",
    "stripe",
    "clerk",
    "third party",
    "other service",
];

/// A column and the model that its name says.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    id: SchemaId,
    schema: &'a Schema,
    model: &'a Model,
    field: &'a Field,
    target: &'a Model,
    key: &'a Field,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let candidates: Vec<Candidate<'_>> = tables::of_postgres(context)
        .filter(|table| table.schema.datamodel.relation_mode() == RelationMode::ForeignKeys)
        .flat_map(|table| candidates(context, table))
        .collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    let evidence = Evidence::gather(context, &candidates);
    let deletions = Deletions::of(context);
    candidates
        .iter()
        .map(|candidate| {
            let of_schema = candidates.iter().filter(|other| other.id == candidate.id);
            let custom = is_custom(candidate, of_schema.count());
            let target = ModelRef {
                schema: candidate.id,
                model: candidate.target.id,
            };
            let gone = deletions.of_model(target);
            let deletes = gone.single.or(gone.many).is_some();
            finding(
                *candidate,
                evidence.of(candidate.field_ref()),
                deletes,
                custom,
            )
        })
        .collect()
}

impl Candidate<'_> {
    fn field_ref(&self) -> FieldRef {
        FieldRef {
            schema: self.id,
            field: self.field.id,
        }
    }
}

/// Whether references without a key are the schema's way rather than a slip.
fn is_custom(candidate: &Candidate<'_>, without: usize) -> bool {
    let relations = candidate.schema.datamodel.relations().iter();
    let with = relations.filter(|one| one.foreign_key.is_some()).count();
    without * 2 > with
}

fn candidates<'a>(context: &Context<'a>, table: TableModel<'a>) -> Vec<Candidate<'a>> {
    let TableModel { id, schema, model } = table;
    let owned = field_life::field_lives(context).owned(model).is_some();
    let detached = has_word(&model.name, &DETACHED) || records::record(model).is_some();
    if owned || detached || !model.is_complete {
        return Vec::new();
    }
    model
        .columns()
        .filter(|field| is_loose(model, field))
        .filter_map(|field| {
            let target = named(schema, field)?;
            let key = only_key(schema, target)?;
            let fits = target.id != model.id
                && field.scalar().is_some()
                && field.scalar() == key.scalar()
                && native(field) == native(key)
                && !is_one_of_several(model, field)
                && !is_kept_by_migrations(schema, model, field);
            fits.then_some(Candidate {
                id,
                schema,
                model,
                field,
                target,
                key,
            })
        })
        .collect()
}

/// Whether a column belongs to no key, and nothing says that this is meant.
fn is_loose(model: &Model, field: &Field) -> bool {
    let said = field.comments.iter().any(|comment| {
        let text = comment.text.to_lowercase();
        LOOSE.iter().any(|word| text.contains(word))
    });
    field.is_visible()
        && !field.is_list()
        && !model.is_foreign_key(field.id)
        && !model.is_id(field.id)
        && !said
}

/// The model that a column's name says: `Agent` of `agentId`.
fn named<'a>(schema: &'a Schema, field: &Field) -> Option<&'a Model> {
    let name = words(&field.name);
    let (last, stem) = name.split_last()?;
    if last != "id" || stem.is_empty() {
        return None;
    }
    let mut models = schema.datamodel.models().iter();
    models.find(|model| !model.is_view && model.ignored.is_none() && words(&model.name) == stem)
}

/// The one column that is a model's primary key.
fn only_key<'a>(schema: &'a Schema, target: &Model) -> Option<&'a Field> {
    match target.primary_key()?.columns.as_slice() {
        [only] => only.field.map(|field| &schema.datamodel[field]),
        _ => None,
    }
}

fn native(field: &Field) -> Option<&str> {
    let native = field.native_type.as_ref()?;
    Some(native.name.as_str()).filter(|name| *name != "Text")
}

/// Whether a column beside it says which table the id is one of: `subjectType`, `subjectId`.
fn is_one_of_several(model: &Model, field: &Field) -> bool {
    let name = words(&field.name);
    let stem = &name[..name.len() - 1];
    model.columns().any(|other| {
        let other = words(&other.name);
        let kinds = [
            "type", "kind", "model", "table", "entity", "source", "provider",
        ];
        other.len() == name.len()
            && other.starts_with(stem)
            && other
                .last()
                .is_some_and(|last| kinds.contains(&last.as_str()))
    })
}

/// Whether the migrations made the key, or a table of which not all is known.
fn is_kept_by_migrations(schema: &Schema, model: &Model, field: &Field) -> bool {
    built::table(schema, model)
        .is_some_and(|table| table.is_uncertain() || table.references_by(&field.db_name))
}

/// Whether ids of this form can hardly be anything else than rows of the schema.
fn has_own_ids(candidate: &Candidate<'_>) -> bool {
    let Candidate { field, key, .. } = candidate;
    field.scalar() != Some(ScalarType::String)
        || native(field) == Some("Uuid") && key.default.is_some()
}

/// Whether a required foreign key of the model leads to one that itself refers to the target.
fn is_copy_of_parents(schema: &Schema, model: &Model, target: &Model) -> bool {
    let datamodel = &schema.datamodel;
    let mut keys = datamodel.foreign_keys_of(model.id);
    keys.any(|(_, key)| {
        let required = key
            .columns
            .iter()
            .all(|column| datamodel[*column].is_required());
        let parent = datamodel.target(&datamodel[key.field]);
        required
            && parent.is_some_and(|parent| {
                let mut own = datamodel.foreign_keys_of(parent.id);
                own.any(|(_, key)| {
                    let to = datamodel.target(&datamodel[key.field]);
                    to.is_some_and(|to| to.id == target.id)
                })
            })
    })
}

fn finding(
    candidate: Candidate<'_>,
    joined: Option<Joined>,
    deletes: bool,
    custom: bool,
) -> Diagnostic {
    let Candidate {
        schema,
        model,
        field,
        target,
        key,
        ..
    } = candidate;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(field),
        format!(
            "`{}.{}` holds the key of a `{}`, and no foreign key keeps it one",
            model.name, field.name, target.name
        ),
    )
    .label(format!("may name a `{}` that is not there", target.name))
    .related(
        schema.field_name(key),
        format!("the key of `{}`", target.name),
    );
    found = match joined {
        Some(Joined::Written(at)) => found.related(
            at,
            format!("the code puts a `{}` row's key there", target.name),
        ),
        Some(Joined::Followed(at)) => {
            found.related(at, format!("the code looks the `{}` up by it", target.name))
        }
        None if has_own_ids(&candidate) => {
            found.lowered(Severity::Medium, "no code was seen that follows it")
        }
        None => found.lowered(
            Severity::Low,
            "no code was seen that follows it: the text may be an id from outside",
        ),
    };
    if is_copy_of_parents(schema, model, target) {
        found = found.lowered(
            Severity::Low,
            "a required foreign key leads to rows that have such a key: this one is a copy",
        );
    }
    if !deletes {
        found = found.lowered(
            Severity::Medium,
            "no code was seen that deletes what it names",
        );
    }
    if custom {
        found = found.lowered(
            Severity::Low,
            "most references of this schema are without a key: that may be meant",
        );
    }
    let confidence = match (joined, ids::made_by(schema, target, key)) {
        (Some(_), _) | (None, Some(_)) => Confidence::Likely,
        (None, None) => Confidence::Possible,
    };
    let arity = if field.is_optional() { "?" } else { "" };
    let action = if field.is_optional() {
        "SetNull"
    } else {
        "Restrict"
    };
    found
        .confidence(confidence)
        .help(format!(
            "declare `{} {}{arity} @relation(fields: [{}], references: [{}], onDelete: {action})`",
            relation_name(field),
            target.name,
            field.name,
            key.name,
        ))
        .help("first remove the rows that refer to nothing, and add the constraint with NOT VALID where the table is large")
        .subject(wording::subject(model, &field.name))
}

/// `agent` of `agentId`.
fn relation_name(field: &Field) -> String {
    let name = field.name.as_str();
    let stem = ["_id", "Id", "ID", "_ID"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    stem.unwrap_or(name).to_owned()
}
