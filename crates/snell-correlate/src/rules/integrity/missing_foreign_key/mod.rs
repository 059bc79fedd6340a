//! A column that holds another model's key, and nothing in the database says so.

mod evidence;

use snell_prisma::{Field, Model, ReferentialAction, RelationMode, ScalarType};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{ModelRef, Schema},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        deletions::Deletions,
        ids, tables,
        undeclared_keys::{self, UndeclaredKey, native},
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
        joined: Some(snell_source::Joined::AsHabit),
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let candidates: Vec<UndeclaredKey<'_>> = tables::of_postgres(context)
        .filter(|table| table.schema.datamodel.relation_mode() == RelationMode::ForeignKeys)
        .flat_map(|table| undeclared_keys::missing(context, table))
        .collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    let evidence = Evidence::gather(context, &candidates);
    let deletions = Deletions::shared(context);
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
            let of_group = matches!(
                context.project.owners.of(target),
                Ownership::Root(RootKind::Tenant)
            );
            finding(
                *candidate,
                evidence.of(candidate.field_ref()),
                (deletes, of_group),
                custom,
            )
        })
        .collect()
}

/// Whether references without a key are the schema's way rather than a slip.
fn is_custom(candidate: &UndeclaredKey<'_>, without: usize) -> bool {
    let relations = candidate.schema.datamodel.relations().iter();
    let with = relations.filter(|one| one.foreign_key.is_some()).count();
    without * 2 > with
}

/// Whether ids of this form can hardly be anything else than rows of the schema.
fn has_own_ids(candidate: &UndeclaredKey<'_>) -> bool {
    let UndeclaredKey { field, key, .. } = candidate;
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
    candidate: UndeclaredKey<'_>,
    joined: Option<Joined>,
    (deletes, of_group): (bool, bool),
    custom: bool,
) -> Diagnostic {
    let UndeclaredKey {
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
    // A text that nothing follows may be anything, and a copy is kept by what it is a copy of.
    let is_sure = joined.is_some()
        || ids::made_by(schema, target, key).is_some()
            && has_own_ids(&candidate)
            && !is_copy_of_parents(schema, model, target);
    let confidence = match is_sure {
        true => Confidence::Likely,
        false => Confidence::Possible,
    };
    let arity = if field.is_optional() { "?" } else { "" };
    let action = action_of_siblings(schema, target, field, of_group);
    let found = found
        .confidence(confidence)
        .help(format!(
            "declare `{} {}{arity} @relation(fields: [{}], references: [{}], onDelete: {action})`",
            relation_name(field),
            target.name,
            field.name,
            key.name,
        ))
        .help("first remove the rows that refer to nothing, and add the constraint with NOT VALID where the table is large");
    let found = match custom {
        true => found.help("or keep it without, where parts of the application are to stay apart: a query by a schedule then finds keys of rows that are gone"),
        false => found,
    };
    found.subject(wording::subject(model, &field.name))
}

/// What happens to a row when the one that it names goes: as most other references to that model
/// say, as far as the column allows it.
/// Without any, a group of people keeps what is its own: a row of none would be seen by others, or by
/// nobody.
fn action_of_siblings(
    schema: &Schema,
    target: &Model,
    field: &Field,
    of_group: bool,
) -> &'static str {
    let datamodel = &schema.datamodel;
    let optional = field.is_optional();
    let keys = datamodel
        .relations()
        .iter()
        .filter_map(|relation| relation.foreign_key.as_ref());
    let siblings = keys.filter(|key| {
        let to = datamodel.target(&datamodel[key.field]);
        let same = key
            .columns
            .iter()
            .all(|column| datamodel[*column].is_optional() == optional);
        same && to.is_some_and(|to| to.id == target.id)
    });
    let mut counts: [(&str, usize); 5] = [
        ("Cascade", 0),
        ("Restrict", 0),
        ("SetNull", 0),
        ("NoAction", 0),
        ("SetDefault", 0),
    ];
    for key in siblings {
        let place = match key.on_delete.action {
            ReferentialAction::Cascade => 0,
            ReferentialAction::Restrict => 1,
            ReferentialAction::SetNull => 2,
            ReferentialAction::NoAction => 3,
            ReferentialAction::SetDefault => 4,
        };
        counts[place].1 += 1;
    }
    let most = counts.iter().max_by_key(|(_, count)| *count);
    let others: usize = counts.iter().map(|(_, count)| count).sum();
    match most {
        Some((action, count)) if *count > 0 && count * 2 > others => action,
        _ if optional && !of_group => "SetNull",
        _ => "Restrict",
    }
}

/// `agent` of `agentId`.
fn relation_name(field: &Field) -> String {
    let name = field.name.as_str();
    let stem = ["_id", "Id", "ID", "_ID"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    stem.unwrap_or(name).to_owned()
}
