//! A read that also gives rows which the application has marked as deleted.

mod reads;

use std::{cell::LazyCell, collections::BTreeMap};

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_flow::Value;
use snell_prisma::{Field, ScalarType};
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use self::reads::{
    asked_by_users, gives_no_column, hooks, is_handed_on, is_hidden_by, is_id, is_lookup, is_mark,
    is_on_purpose, is_read,
};
use super::repeated;
use crate::{
    functions,
    rule::{Context, Rule},
    support::queries::{self, ModelQuery, objects},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/soft-delete-unfiltered",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A read gives rows that are marked as deleted, which the others leave out",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// So many reads that leave deleted rows out make a convention.
const FEW: usize = 2;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let hooks = LazyCell::new(|| hooks(context));
    let mut models: BTreeMap<ModelRef, Marked<'_>> = context
        .project
        .schemas
        .models()
        .filter(|(_, _, model)| !model.is_view)
        .filter_map(|(reference, _, model)| {
            let field = model.fields.iter().find(|field| is_mark(field))?;
            (!is_hidden_by(&hooks, &field.name)).then(|| (reference, Marked::new(field)))
        })
        .collect();
    if models.is_empty() {
        return Vec::new();
    }
    for query in queries::of_models(context) {
        if let Some(marked) = models.get_mut(&query.model) {
            marked.note_write(context, &query);
        }
    }
    for query in queries::of_models(context) {
        if let Some(marked) = models.get_mut(&query.model) {
            marked.note_read(context, query);
        }
    }
    let asked = asked_by_users(context);
    let told = models.iter();
    told.flat_map(|(model, marked)| marked.findings(context, *model, &asked))
        .collect()
}

/// A model with such a column, and the reads of its rows.
struct Marked<'a> {
    field: &'a Field,
    /// Where a row is marked.
    deleted_at: Option<Location>,
    /// Columns that are written together with the mark.
    companions: FxHashSet<SmolStr>,
    lists: Reads<'a>,
    lookups: Reads<'a>,
}

#[derive(Default)]
struct Reads<'a> {
    /// Where the reads that leave deleted rows out stand.
    filtered: Vec<Location>,
    unfiltered: Vec<ModelQuery<'a>>,
}

/// What a condition says of the mark.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Something,
    Nothing,
    /// It is not known, or says something of another table's.
    Unclear,
}

impl<'a> Marked<'a> {
    fn new(field: &'a Field) -> Self {
        Marked {
            field,
            deleted_at: None,
            companions: FxHashSet::default(),
            lists: Reads::default(),
            lookups: Reads::default(),
        }
    }

    /// A write that sets the mark, to anything but what living rows hold.
    fn note_write(&mut self, context: &Context<'_>, query: &ModelQuery<'_>) {
        let update = matches!(
            query.call.operation,
            Operation::Update | Operation::UpdateMany | Operation::UpdateManyAndReturn
        );
        let Some(data) = query.argument("data").filter(|_| update) else {
            return;
        };
        for object in objects(data) {
            let Some(entry) = object.entries.get(&self.field.name) else {
                continue;
            };
            let lives = entry.value == Value::Null || entry.value == Value::boolean(false);
            if !lives {
                let at = queries::operation_at(context, query.call);
                self.deleted_at.get_or_insert(at);
                let others = object.entries.keys();
                self.companions
                    .extend(others.filter(|key| **key != self.field.name).cloned());
            }
        }
    }

    fn note_read(&mut self, context: &Context<'a>, query: ModelQuery<'a>) {
        let module = query.call.module;
        if !is_read(query.call.operation) || !functions::is_application(context.project, module) {
            return;
        }
        let model = context.project.schemas.model(query.model);
        let says = self.says_of(&query);
        if says == Says::Nothing && self.looks_itself(context, &query) {
            return;
        }
        let reads = match is_lookup(model, &query) {
            true => &mut self.lookups,
            false => &mut self.lists,
        };
        match says {
            Says::Something => reads
                .filtered
                .push(queries::operation_at(context, query.call)),
            Says::Nothing => reads.unfiltered.push(query),
            Says::Unclear => {}
        }
    }

    fn says_of(&self, query: &ModelQuery<'_>) -> Says {
        let arguments = match query.event.query.arguments.first() {
            None | Some(Value::Undefined) => return Says::Nothing,
            Some(Value::Object(object)) => object,
            Some(_) => return Says::Unclear,
        };
        if !arguments.spreads.is_empty() {
            return Says::Unclear;
        }
        let looks = ["select", "having"].iter().any(|key| {
            arguments
                .entries
                .get(*key)
                .is_some_and(|entry| self.is_named_in(&entry.value))
        });
        match arguments.entries.get("where") {
            _ if looks => Says::Unclear,
            None => Says::Nothing,
            Some(filter) => self.says(&filter.value),
        }
    }

    fn says(&self, filter: &Value) -> Says {
        match filter {
            Value::Undefined => Says::Nothing,
            Value::Object(object) => {
                if object.entries.contains_key(&self.field.name) {
                    return Says::Something;
                }
                let mut inner: Vec<Says> = Vec::new();
                for (key, entry) in &object.entries {
                    match key.as_str() {
                        "AND" | "OR" | "NOT" => inner.push(self.says(&entry.value)),
                        _ if self.companions.contains(key) && !is_id(key) => {
                            inner.push(Says::Unclear);
                        }
                        _ if self.is_named_in(&entry.value) => inner.push(Says::Unclear),
                        _ => {}
                    }
                }
                if inner.contains(&Says::Something) {
                    Says::Something
                } else if inner.contains(&Says::Unclear) || !object.spreads.is_empty() {
                    Says::Unclear
                } else {
                    Says::Nothing
                }
            }
            Value::Array(array) => {
                let mut all = array.elements.iter().chain(&array.rest);
                let said: Vec<Says> = all.by_ref().map(|element| self.says(element)).collect();
                strongest(&said)
            }
            Value::OneOf(choices) => {
                let said: Vec<Says> = choices.iter().map(|c| self.says(&c.value)).collect();
                strongest(&said)
            }
            _ => Says::Unclear,
        }
    }

    /// Whether an object somewhere inside a value has a key of the mark's name.
    fn is_named_in(&self, value: &Value) -> bool {
        let mut named = false;
        value.visit(&mut |part| {
            named |= part
                .as_object()
                .is_some_and(|object| object.entries.contains_key(&self.field.name));
        });
        named
    }

    /// Whether the function itself looks at the mark of what it read, or sets
    /// it: it says the column's name outside of what it reads.
    fn looks_itself(&self, context: &Context<'_>, query: &ModelQuery<'_>) -> bool {
        let Some(declared) = functions::declared(context.project, query.event.function) else {
            return true;
        };
        let module = query.call.module;
        if module != query.event.function.module {
            return true;
        }
        let facts = context.project.modules.facts(module);
        let whole = context.text(context.project.modules.at(module, declared.span));
        let reads: Vec<_> = context
            .project
            .calls
            .of_module(module)
            .filter(|(_, call)| is_read(call.operation))
            .map(|(_, call)| facts.span(call.expression))
            .collect();
        whole
            .match_indices(self.field.name.as_str())
            .any(|(at, _)| {
                let at = declared.span.start + u32::try_from(at).unwrap_or_default();
                !reads.iter().any(|span| span.start <= at && at < span.end)
            })
    }

    fn findings(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        asked: &FxHashSet<CallId>,
    ) -> Vec<Diagnostic> {
        let Some(deleted_at) = self.deleted_at else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (reads, by_key) in [(&self.lists, false), (&self.lookups, true)] {
            let (filtered, unfiltered) = (reads.filtered.len(), reads.unfiltered.len());
            if filtered < FEW || filtered < 2 * unfiltered {
                continue;
            }
            for query in &reads.unfiltered {
                if is_on_purpose(context, query.event.function, query.call.module) {
                    continue;
                }
                let convention = Convention {
                    deleted_at,
                    example: reads.filtered[0],
                    filtered,
                    all: filtered + unfiltered,
                    by_key,
                    for_users: asked.contains(&query.event.query.call),
                };
                found.push(self.finding(context, model, query, &convention));
            }
        }
        found
    }

    fn finding(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        query: &ModelQuery<'_>,
        convention: &Convention,
    ) -> Diagnostic {
        let project = context.project;
        let (schema, declared) = (
            project.schemas.get(model.schema),
            project.schemas.model(model),
        );
        let mark = &self.field.name;
        let title = repeated::title(context, query.call);
        let verb = match query.call.operation {
            Operation::Count | Operation::Aggregate | Operation::GroupBy => "counts",
            _ => "gives",
        };
        let mut found = Diagnostic::at(
            &RULE.metadata,
            queries::operation_at(context, query.call),
            format!(
                "`{title}` also {verb} rows of `{}` that are deleted",
                declared.name
            ),
        )
        .label(format!("says nothing of `{mark}`"))
        .related(
            schema.field_name(self.field),
            format!(
                "marks deleted rows: {} of {} {} leave them out",
                convention.filtered,
                convention.all,
                if convention.by_key {
                    "lookups by key"
                } else {
                    "reads"
                }
            ),
        )
        .related(convention.example, "this one does")
        .related(convention.deleted_at, "rows are marked here");
        if let Some((severity, why)) = weaker(context, query, convention) {
            found = found.lowered(severity, why);
        }
        let living = match self.field.scalar() {
            Some(ScalarType::Boolean) => "false",
            _ => "null",
        };
        let by_unique = query.call.operation.is_by_unique();
        let old = project
            .prisma_version(query.call.module)
            .is_some_and(|version| version.major < 5);
        let help = match by_unique && old {
            true => format!("ask with `findFirst`, and add `{mark}: {living}` to the `where`"),
            false => format!("add `{mark}: {living}` to the `where`"),
        };
        found
            .confidence(Confidence::Likely)
            .help(help)
            .subject(format!(
                "query:{} {title}",
                functions::name(project, query.event.function)
            ))
    }
}

/// How the other reads of a model do it.
struct Convention {
    deleted_at: Location,
    example: Location,
    filtered: usize,
    all: usize,
    by_key: bool,
    for_users: bool,
}

/// Why it is less than sure that deleted rows reach somebody who should not see them.
fn weaker(
    context: &Context<'_>,
    query: &ModelQuery<'_>,
    convention: &Convention,
) -> Option<(Severity, &'static str)> {
    let Convention { filtered, all, .. } = *convention;
    let one = matches!(
        query.call.operation,
        Operation::FindFirst | Operation::FindFirstOrThrow
    );
    if convention.by_key {
        Some((
            Severity::Low,
            "it asks by a key: who calls may look at the mark",
        ))
    } else if gives_no_column(context, query) {
        Some((
            Severity::Low,
            "no column of the row is read, only rows that it belongs with",
        ))
    } else if !is_handed_on(query) {
        Some((
            Severity::Low,
            "the function keeps the rows to itself: it may look at deleted ones on purpose",
        ))
    } else if filtered < 3 || 4 * filtered < 3 * all {
        Some((
            Severity::Medium,
            "too few reads to be sure of the convention",
        ))
    } else if repeated::is_background(context, query.event.function) {
        Some((
            Severity::Medium,
            "a job may go through deleted rows on purpose",
        ))
    } else if one {
        Some((Severity::Medium, "it gives one row, not a list or a count"))
    } else if !convention.for_users {
        Some((
            Severity::Medium,
            "no endpoint of users was found that comes here",
        ))
    } else {
        None
    }
}

fn strongest(said: &[Says]) -> Says {
    if said.contains(&Says::Something) {
        Says::Something
    } else if said.contains(&Says::Unclear) {
        Says::Unclear
    } else {
        Says::Nothing
    }
}
