//! Rows that the code takes for the only ones of their kind, and nothing keeps them so.

mod many;
mod natural;
mod overlap;
mod race;
mod state;
mod turns;

use std::collections::BTreeSet;

use snell_extract::facts::{Expression, ExpressionKind};
use snell_prisma::{Field, FieldId, Model, ScalarType};
use snell_project::{
    client::CallId,
    schema::{ModelRef, Schema},
};
use snell_source::{Confidence, Diagnostic, DiagnosticBuilder, Preset, RuleMetadata, Severity};

use super::soft_delete_unique::is_deletion_time;
use crate::{
    rule::{Context, Rule},
    support::{
        built::{self, BuiltTable},
        callers::{Callers, Unawaited},
        name_words::{self, has_word},
        queries, wording,
    },
};
use many::Many;
use race::{Race, Races, Slight};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/missing-unique",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "The code takes a row for the only one of its kind, and no unique keeps it so",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let races = Races::shared(context);
    let races = &races.0;
    let many = Many::gather(context, races);
    let mut told: BTreeSet<(ModelRef, Vec<FieldId>)> = BTreeSet::new();
    let mut found = Vec::new();
    for race in races {
        if told.insert((race.model, race.columns.clone())) {
            found.extend(raced(context, race, &many));
        }
    }
    let raced: Vec<ModelRef> = races.iter().map(|race| race.model).collect();
    found.extend(natural::all(context, &raced));
    found.extend(overlap::findings(context));
    found
}

/// Whether this rule shows code that takes a row of the model for the only one of its kind.
pub(in crate::rules) fn tells(context: &Context<'_>, model: ModelRef) -> bool {
    let races = Races::shared(context);
    races.0.iter().any(|race| race.model == model)
}

/// Whether a unique key of the schema or the database lies inside these columns, or has
/// nothing beside them but the time of deletion: that it does not hold is another rule's.
fn is_kept(schema: &Schema, model: &Model, columns: &[FieldId]) -> bool {
    let declared = model.uniques().chain(model.primary_key()).any(|key| {
        key.fields().is_some_and(|fields| {
            fields
                .iter()
                .all(|field| columns.contains(field) || is_deletion_time(&schema.datamodel[*field]))
        })
    });
    let names: Vec<&str> = columns
        .iter()
        .map(|column| schema.datamodel[*column].db_name.as_str())
        .collect();
    declared
        || built::table(schema, model)
            .is_some_and(|table| table.is_uncertain() || table.keeps_unique(&names))
}

/// The columns that are to be unique: what row security narrows the look by is one of them.
fn key(schema: &Schema, model: &Model, race: &Race) -> Vec<FieldId> {
    let secured = built::table(schema, model).is_some_and(BuiltTable::has_policies);
    let owner = race.narrowed.filter(|_| secured).into_iter();
    owner.chain(race.columns.iter().copied()).collect()
}

fn raced(context: &Context<'_>, race: &Race, many: &Many) -> Option<Diagnostic> {
    let schema = context.project.schemas.get(race.model.schema);
    let model = context.project.schemas.model(race.model);
    let datamodel = &schema.datamodel;
    let key = key(schema, model, race);
    let fields: Vec<&Field> = key.iter().map(|id| &datamodel[*id]).collect();
    let columns = wording::fields(datamodel, &key);
    let calls = &context.project.calls;
    let place = |call| queries::operation_at(context, calls.get(call));
    let is_set = race.stores_many;
    // Rows of which there may be several, read as a list: nothing is to be unique.
    let listed = many.listed(race.model, &race.columns);
    let others = many.made_elsewhere(race.model);
    if !is_set && (listed.is_some() || others.is_some()) {
        return None;
    }
    let message = match is_set {
        true => format!(
            "the `{}` rows of one `{columns}` can be stored twice",
            model.name
        ),
        false => format!(
            "two `{}` rows with the same `{columns}` can be stored, and the code expects one",
            model.name
        ),
    };
    let mut found = Diagnostic::at(&RULE.metadata, schema.model_name(model), message)
        .label(format!("no unique over ({columns})"))
        .related(place(race.lookup), "looks whether it is there")
        .related(
            place(race.create),
            "creates it when it is not: two requests can both get here",
        );
    found = weighed(context, race, (model, fields.len() == 1), found);
    let unawaited = Callers::shared(context).unawaited(race.create);
    if unawaited == Some(Unawaited::Start) {
        found = found.lowered(Severity::Low, "only the start of the application gets here");
    }
    let found = found.help(help(schema, model, race, (&fields, &columns)));
    Some(
        found
            .confidence(Confidence::Likely)
            .subject(wording::subject(model, &columns)),
    )
}

/// What lowers a finding: what the code does with a row that is there, and what else may keep rows apart. `single`
/// says that one column would be unique.
fn weighed(
    context: &Context<'_>,
    race: &Race,
    (model, single): (&Model, bool),
    mut found: DiagnosticBuilder,
) -> DiagnosticBuilder {
    if race.stores_many {
        found = found.lowered(
            Severity::Low,
            "there are several rows for each: a unique needs a column that tells them apart",
        );
    }
    if race.narrowed.is_some() {
        found = found.lowered(
            Severity::Medium,
            "the look leaves the owner out: something else may ask for it",
        );
    }
    if race.refuses {
        found = found.lowered(
            Severity::Medium,
            "a row that is there is not taken for the one: the look only refuses a second one",
        );
    }
    if !race.constants.is_empty() {
        found = found.lowered(
            Severity::Medium,
            "the look is for rows in one state alone: a partial unique index would keep that",
        );
    }
    if [race.lookup, race.create]
        .into_iter()
        .any(|call| is_locked(context, call))
    {
        found = found.lowered(
            Severity::Low,
            "the code takes a lock first: of two requests one waits, or is refused",
        );
    }
    if let Some(write) = race.after {
        let call = context.project.calls.get(write);
        found = found
            .related(
                queries::operation_at(context, call),
                "of two requests the second waits for these rows",
            )
            .lowered(
                Severity::Low,
                "an earlier write of the same transaction keeps others waiting: only where it finds no row do both get here",
            );
    }
    match race.slight {
        Some(Slight::Removed) => {
            found = found.lowered(
                Severity::Medium,
                "a row that is there is taken away again: one too many goes at the next turn",
            );
        }
        Some(Slight::Touched) => {
            found = found.lowered(
                Severity::Medium,
                "a row that is there only gets another time: one too many is shown twice",
            );
        }
        None => {}
    }
    if let Some(flag) = chosen(model).filter(|_| single) {
        found = found.lowered(
            Severity::Medium,
            format!(
                "`{}` tells one of several from the others: there may be more",
                flag.name
            ),
        );
    }
    found
}

/// The column that says of one of several rows that it is the one: `isDefault`.
fn chosen(model: &Model) -> Option<&Field> {
    model.columns().find(|field| {
        field.scalar() == Some(ScalarType::Boolean)
            && has_word(&field.name, &["default", "primary", "main"])
    })
}

/// Whether the function around a query takes a lock by a call: `await this.redis.acquireLock(key)`.
fn is_locked(context: &Context<'_>, call: CallId) -> bool {
    let project = context.project;
    let call = project.calls.get(call);
    let module = project.modules.get(call.module);
    let facts = &module.facts;
    let Some(function) = module.context.function(call.expression) else {
        return false;
    };
    let function = facts.outermost(function);
    let around = facts.function(function).span;
    let mut own = facts
        .all([ExpressionKind::Call])
        .filter(|(_, node)| around.contains(node.span));
    own.any(|(_, node)| {
        let Expression::Call { callee, .. } = &node.kind else {
            return false;
        };
        let name = match facts.expression(*callee) {
            Expression::Identifier { name, .. } => name,
            Expression::Member { property, .. } => &property.text,
            _ => return false,
        };
        let words = name_words::split(name);
        words
            .iter()
            .any(|word| matches!(word.as_str(), "lock" | "mutex" | "semaphore" | "exclusive"))
            && !words
                .iter()
                .any(|word| word == "release" || word == "unlock")
    })
}

/// What keeps the rows apart: among those that live, where others are kept as deleted.
fn help(
    schema: &Schema,
    model: &Model,
    race: &Race,
    (fields, columns): (&[&Field], &str),
) -> String {
    if race.stores_many {
        return "add the position of each row and a unique over both, or lock the row that they belong to first".to_owned();
    }
    // Of all states, that a row is not deleted is the one whose condition is known.
    let mut times = model.columns().filter(|field| is_deletion_time(field));
    if race.partial
        && race.constants.is_empty()
        && let Some(time) = times.next()
    {
        let table = &model.db_name;
        return format!(
            "in a migration of your own, after the duplicates are gone: `CREATE UNIQUE INDEX ON \"{table}\" ({}) WHERE \"{}\" IS NULL;`, and answer P2002",
            quoted(fields),
            time.db_name
        );
    }
    // Who is refused a second one takes nothing over.
    let then = match race.refuses {
        true => "answer P2002",
        false => "`upsert` by it or answer P2002",
    };
    match fields {
        [one] if let Some(flag) = chosen(model) => format!(
            "mark the one that is created here (`{}: true`), and keep it the only one so marked in a migration of your own: `CREATE UNIQUE INDEX ON \"{}\" (\"{}\") WHERE \"{}\";`",
            flag.name, model.db_name, one.db_name, flag.db_name
        ),
        [_] if !race.partial => {
            format!("declare `@unique` at `{columns}` after the duplicates are gone, and {then}")
        }
        _ if !race.partial => {
            format!("declare `@@unique([{columns}])` after the duplicates are gone, and {then}")
        }
        _ => format!(
            "in a migration of your own, after the duplicates are gone: `CREATE UNIQUE INDEX ON \"{}\" ({}) WHERE {};`, and answer P2002",
            model.db_name,
            quoted(fields),
            state::condition(schema, race)
        ),
    }
}

fn quoted(fields: &[&Field]) -> String {
    let names = fields.iter().map(|field| format!("\"{}\"", field.db_name));
    names.collect::<Vec<_>>().join(", ")
}
