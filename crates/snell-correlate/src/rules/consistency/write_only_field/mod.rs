//! A field that is written and that nothing reads.

use rustc_hash::{FxHashMap, FxHashSet};
use snell_flow::{ObjectValue, Value};
use snell_prisma::{Datamodel, Field, Model, ScalarType};
use snell_project::{
    client::{CallId, CallTarget, Operation},
    names::plain,
    schema::{FieldRef, ModelRef, Schema},
};
use snell_source::{Confidence, Diagnostic, Joined, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        field_life::{FieldLife, FieldLives, field_lives},
        name_words::{has_word, split},
        records,
        row_uses::{self, Use},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/write-only-field",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A field is written and nothing reads it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

/// Words in the names of columns that say why something happened.
const FOR_PEOPLE: [&str; 10] = [
    "error",
    "failure",
    "reason",
    "rationale",
    "stack",
    "trace",
    "stacktrace",
    "debug",
    "diagnostic",
    "warning",
];

/// Words in the names of columns that say where something came from.
const FROM: [&str; 4] = ["ip", "agent", "origin", "referrer"];

/// Words in the names of tables that say what a program has seen to, so that it does not do so again.
const SEEN_TO: [&str; 4] = ["processed", "handled", "idempotency", "dedup"];

/// Rows inside rows are looked into this deep.
const DEPTH: u32 = 6;

/// A field that is written, and the calls that give rows with it.
struct Candidate<'a> {
    id: ModelRef,
    schema: &'a Schema,
    model: &'a Model,
    field: &'a Field,
    written: Location,
    life: FieldLife,
    givers: Vec<CallId>,
    /// Whether one of them reads rows that are there.
    found: bool,
    /// Whether something gives rows of which nothing is known.
    lost: bool,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_lives(context);
    let mut candidates = candidates(context, &lives);
    if candidates.is_empty() {
        return Vec::new();
    }
    give(context, &mut candidates);
    candidates.retain(|one| one.found && !one.lost);
    let wanted: FxHashSet<CallId> = candidates
        .iter()
        .flat_map(|one| one.givers.iter().copied())
        .collect();
    let uses = row_uses::of(context, &wanted);
    candidates
        .iter()
        .filter(|one| !is_read(context, &uses, one))
        .map(finding)
        .collect()
}

/// Fields that application code writes, and that no query asks by and no other text names
/// where it might be read.
fn candidates<'a>(context: &Context<'a>, lives: &FieldLives) -> Vec<Candidate<'a>> {
    let mut found = Vec::new();
    for (id, schema, model) in context.project.schemas.models() {
        // Times are kept for people who look into a row after a fault.
        let columns = model
            .columns()
            .filter(|field| field.is_visible() && field.scalar() != Some(ScalarType::DateTime));
        for field in columns {
            let life = lives.field(FieldRef {
                schema: id.schema,
                field: field.id,
            });
            let written = life.written.iter().find(|at| is_application(context, **at));
            let Some(written) = written.copied() else {
                continue;
            };
            let asked = [&life.filtered, &life.sorted];
            if asked.iter().any(|places| !places.is_empty())
                || lives.exempt(model, field).is_some()
                || lives.is_read_beside(field)
                || model.unique_criteria().any(|key| {
                    key.columns
                        .iter()
                        .any(|column| column.field == Some(field.id))
                })
            {
                continue;
            }
            found.push(Candidate {
                id,
                schema,
                model,
                field,
                written,
                life,
                givers: Vec::new(),
                found: false,
                lost: false,
            });
        }
    }
    found
}

fn is_application(context: &Context<'_>, at: Location) -> bool {
    let path = &context.sources.file(at.file).path;
    let file = context.project.workspace.file(path);
    file.is_some_and(|file| file.facts.is_production())
}

/// Finds the calls that give rows with each field.
fn give(context: &Context<'_>, candidates: &mut [Candidate<'_>]) {
    let project = context.project;
    for (id, call) in project.calls.iter() {
        if project.path_facts(call.module).test {
            continue;
        }
        let models = match &call.target {
            CallTarget::Models(models) => models.as_slice(),
            CallTarget::AnyModel => {
                candidates.iter_mut().for_each(|one| one.lost = true);
                return;
            }
            CallTarget::UnknownModel(_) | CallTarget::Client => continue,
        };
        let summed = matches!(call.operation, Operation::Aggregate | Operation::GroupBy);
        if !call.operation.gives_rows() && !summed {
            continue;
        }
        let run = context.flow.runs(id).next();
        let arguments = run.map(|run| run.query.arguments.first().unwrap_or(&Value::Undefined));
        for model in models {
            let datamodel = &project.schemas.get(model.schema).datamodel;
            for one in candidates
                .iter_mut()
                .filter(|one| one.id.schema == model.schema)
            {
                let Some(arguments) = arguments else {
                    one.lost |= reaches(datamodel, &datamodel[model.model], one.field);
                    continue;
                };
                if summed {
                    one.lost |= one.id == *model && !one.life.selected.is_empty();
                } else if gives(
                    datamodel,
                    &datamodel[model.model],
                    arguments,
                    one.field,
                    DEPTH,
                ) {
                    one.givers.push(id);
                    one.found |= !call.operation.is_write();
                }
            }
        }
    }
}

/// Whether rows of a model, or of one that it leads to, have the field.
fn reaches(datamodel: &Datamodel, model: &Model, field: &Field) -> bool {
    model.id == field.id.model
        || model.relation_fields().any(|relation| {
            let target = datamodel.target(relation);
            target.is_some_and(|target| target.id == field.id.model)
        })
}

/// Whether a query with these arguments may give rows with the field.
fn gives(
    datamodel: &Datamodel,
    model: &Model,
    arguments: &Value,
    field: &Field,
    depth: u32,
) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    let own = model.id == field.id.model;
    match arguments {
        Value::Undefined | Value::Literal(_) => own && arguments.truth() != Some(false),
        Value::OneOf(choices) => choices
            .iter()
            .any(|one| gives(datamodel, model, &one.value, field, depth)),
        Value::Object(object) if object.spreads.is_empty() => {
            let nested = |part: &ObjectValue| {
                part.entries.iter().any(|(name, entry)| {
                    let target = model.field(name).and_then(|one| datamodel.target(one));
                    target
                        .is_some_and(|target| gives(datamodel, target, &entry.value, field, depth))
                })
            };
            let part = |key: &str| match object.entries.get(key).map(|entry| &entry.value) {
                None | Some(Value::Undefined | Value::Null) => Ok(None),
                Some(Value::Object(part)) if part.spreads.is_empty() => Ok(Some(&**part)),
                Some(_) => Err(()),
            };
            match (part("select"), part("include")) {
                (Ok(Some(select)), _) => {
                    let entry = select.entries.get(&field.name);
                    own && entry.is_some_and(|entry| entry.value.truth() != Some(false))
                        || nested(select)
                }
                (Ok(None), Ok(include)) => own || include.is_some_and(nested),
                _ => reaches(datamodel, model, field),
            }
        }
        _ => reaches(datamodel, model, field),
    }
}

/// Whether anything that is done with rows reads the field.
fn is_read(context: &Context<'_>, uses: &FxHashMap<CallId, Vec<Use>>, one: &Candidate<'_>) -> bool {
    let wanted = plain(&one.field.name);
    // What nothing runs reads nothing; where nothing at all seems to run, somebody outside runs it.
    let lives = |call: &CallId| {
        uses.get(call)
            .into_iter()
            .flatten()
            .any(|found| !found.dead)
    };
    let some_live = one.givers.iter().any(lives);
    one.givers.iter().any(|call| {
        let Some(uses) = uses.get(call).filter(|uses| !uses.is_empty()) else {
            return true;
        };
        uses.iter()
            .filter(|found| !some_live || !found.dead)
            .any(|found| {
                found.whole
                    || found
                        .paths
                        .iter()
                        .any(|(path, handed)| leads(context, *call, path, *handed, one))
                    || row_uses::mentions(context, &found.functions, &|name| plain(name) == wanted)
            })
    })
}

/// Whether a way into the rows of a call ends at the field, or at whole rows that have it.
fn leads(
    context: &Context<'_>,
    call: CallId,
    path: &[smol_str::SmolStr],
    handed: bool,
    one: &Candidate<'_>,
) -> bool {
    let Some(model) = context.project.calls.get(call).model() else {
        return true;
    };
    let datamodel = &one.schema.datamodel;
    let mut model = &datamodel[model.model];
    for name in path {
        let Some(field) = model.field(name) else {
            // `length`, `map`: of the list itself.
            continue;
        };
        match datamodel.target(field) {
            Some(target) => model = target,
            None => return field.id == one.field.id,
        }
    }
    handed && reaches(datamodel, model, one.field)
}

/// A number, a choice of an enum, yes or no.
fn is_small(field: &Field) -> bool {
    let large = [ScalarType::String, ScalarType::Json, ScalarType::Bytes];
    let scalar = field.scalar();
    !field.is_list() && scalar.is_none_or(|scalar| !large.contains(&scalar))
}

/// Whether a column is there for an audit: `createdBy`, `verifiedById`, `ipAddress`, the kind of a processed event.
fn is_for_audit(one: &Candidate<'_>) -> bool {
    let words = split(&one.field.name);
    let mut words = words.iter().map(String::as_str).rev();
    let last = match words.next() {
        Some("id") => words.next(),
        last => last,
    };
    last == Some("by") || has_word(&one.field.name, &FROM) || has_word(&one.model.name, &SEEN_TO)
}

fn finding(one: &Candidate<'_>) -> Diagnostic {
    let name = format!("{}.{}", one.model.name, one.field.name);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        one.schema.field_name(one.field),
        format!("`{name}` is written, and nothing reads it"),
    )
    .label("no condition, no order, no row that is used or given back")
    .related(one.written, "written here");
    if let Some(at) = one.life.selected.first() {
        finding = finding.related(*at, "asked for, and left in the row");
    }
    let audit = is_for_audit(one);
    if audit {
        finding = finding.lowered(
            Severity::Low,
            "it says who did it, or what was done: it is kept for whoever asks one day",
        );
    } else if has_word(&one.field.name, &FOR_PEOPLE) {
        finding = finding.lowered(Severity::Low, "people read it when something went wrong");
    } else if records::record(one.model).is_some() {
        finding = finding.lowered(
            Severity::Low,
            "rows of this table are kept to be looked into",
        );
    } else if is_small(one.field) {
        finding = finding.lowered(
            Severity::Low,
            "it costs little, and may be a record of what was so",
        );
    }
    finding
        .confidence(Confidence::Likely)
        .help(match audit {
            true => format!(
                "keep `{}`, and show it where people look into rows of `{}`",
                one.field.name, one.model.name
            ),
            false => format!(
                "read `{}` where rows of `{}` are used, or drop the column and what writes it",
                one.field.name, one.model.name
            ),
        })
        .subject(format!("field:{name}"))
}
