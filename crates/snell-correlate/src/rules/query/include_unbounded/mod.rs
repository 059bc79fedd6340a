//! All related rows of each row, where they grow without end.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use snell_flow::{Literal, ObjectValue, Value};
use snell_prisma::{Cardinality, Field, FieldType, Model, Relation, RelationId, ScalarType};
use snell_project::{
    client::{CallId, Operation},
    schema::{ModelRef, Schema, SchemaId},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{repeated, unbounded_find_many, written};
use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        queries::{self, ModelQuery, objects},
        row_uses::{self, Use},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/include-unbounded",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A query loads all related rows, which other code reads in pages",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Deeper selections are not looked at.
const DEPTH: u32 = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut survey = Survey {
        context,
        paged: BTreeMap::new(),
        made: BTreeMap::new(),
        taken: Vec::new(),
    };
    for query in queries::of_models(context) {
        if functions::is_application(context.project, query.call.module) {
            survey.note(&query);
        }
    }
    let mut told = FxHashSet::default();
    let taken = survey.taken.iter();
    let unlimited: Vec<Unlimited<'_, '_>> = taken
        .filter(|taken| told.insert((taken.at, taken.field.id)))
        .filter_map(|taken| survey.unlimited(taken))
        .collect();
    // All of them are looked for in one walk.
    let calls = unlimited.iter().map(|one| one.taken.query.event.query.call);
    let uses = row_uses::of(context, &calls.collect());
    unlimited
        .iter()
        .filter_map(|one| finding(context, one, &uses))
        .collect()
}

struct Survey<'c, 'a> {
    context: &'c Context<'a>,
    /// Where the rows of one parent are read a page at a time.
    paged: BTreeMap<(SchemaId, RelationId), Location>,
    /// Where single rows of a model are made.
    made: BTreeMap<ModelRef, Location>,
    taken: Vec<Taken<'a>>,
}

/// A list of related rows that a query takes whole.
struct Taken<'a> {
    query: ModelQuery<'a>,
    field: &'a Field,
    target: ModelRef,
    /// Where the selection names the relation.
    at: Location,
    /// Whether something is said of its rows already, and whether an order is.
    said: Option<bool>,
}

/// One of them that grows without end.
struct Unlimited<'s, 'a> {
    taken: &'s Taken<'a>,
    paged: Location,
    made: Location,
    target: &'a Model,
    schema: &'a Schema,
}

impl<'a> Survey<'_, 'a> {
    fn note(&mut self, query: &ModelQuery<'a>) {
        let operation = query.call.operation;
        if operation == Operation::Create {
            let at = queries::operation_at(self.context, query.call);
            self.made.entry(query.model).or_insert(at);
        }
        let arguments = query.event.query.arguments.first();
        let arguments = arguments.and_then(Value::as_object);
        if operation == Operation::FindMany
            && let Some(arguments) = arguments.filter(|arguments| is_page(arguments))
            && !is_aside(self.context, query)
        {
            self.page(query, arguments);
        }
        let reads = operation.finds_rows();
        if reads && let Some(arguments) = arguments {
            let model = self.context.project.schemas.model(query.model);
            self.selection(query, model, arguments, DEPTH);
        }
    }

    /// A page of the rows of one parent: `where: { chatId }` or `where: { chat: { id } }`.
    fn page(&mut self, query: &ModelQuery<'_>, arguments: &ObjectValue) {
        let at = queries::operation_at(self.context, query.call);
        let schema = query.model.schema;
        let datamodel = &self.context.project.schemas.get(schema).datamodel;
        let model = self.context.project.schemas.model(query.model);
        let Some(filter) = arguments.entries.get("where") else {
            return;
        };
        let names = |name: &str| {
            objects(&filter.value).any(|filter| {
                filter
                    .entries
                    .get(name)
                    .is_some_and(|entry| match &entry.value {
                        Value::Object(inner) => inner.entries.contains_key("equals"),
                        Value::Undefined | Value::Null => false,
                        _ => true,
                    })
            })
        };
        for field in model.relation_fields() {
            let Some(relation) = field.relation().filter(|relation| relation.holds_key) else {
                continue;
            };
            let by_key = !relation.fields.is_empty()
                && relation
                    .fields
                    .iter()
                    .all(|key| names(&datamodel[*key].name));
            let parent = objects(&filter.value).any(|filter| {
                let entry = filter.entries.get(&field.name);
                let inner = entry.and_then(|entry| entry.value.as_object());
                inner.is_some_and(|inner| {
                    let mut keys = relation.references.iter();
                    keys.any(|key| inner.entries.contains_key(&datamodel[*key].name))
                })
            });
            if let Some(id) = relation.relation.filter(|_| by_key || parent) {
                self.paged.entry((schema, id)).or_insert(at);
            }
        }
    }

    /// The relations that `include` or `select` of these arguments take.
    fn selection(
        &mut self,
        query: &ModelQuery<'a>,
        model: &'a Model,
        arguments: &ObjectValue,
        depth: u32,
    ) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        let project = self.context.project;
        let datamodel = &project.schemas.get(query.model.schema).datamodel;
        for key in ["include", "select"] {
            let Some(selected) = arguments.entries.get(key) else {
                continue;
            };
            for object in objects(&selected.value) {
                for (name, entry) in &object.entries {
                    let Some(field) = model.field(name) else {
                        continue;
                    };
                    let Some(target) = datamodel.target(field) else {
                        continue;
                    };
                    let reference = ModelRef {
                        model: target.id,
                        ..query.model
                    };
                    let at = project.modules.at(entry.module, entry.key);
                    match &entry.value {
                        Value::Literal(Literal::Boolean(true)) if field.is_list() => {
                            self.take(query, field, reference, (at, None));
                        }
                        Value::Object(inner) => {
                            let relation = field.relation().and_then(|r| r.relation);
                            if let Some(id) = relation.filter(|_| is_page(inner)) {
                                if !is_aside(self.context, query) {
                                    self.paged.entry((query.model.schema, id)).or_insert(at);
                                }
                            } else if field.is_list() && is_whole(inner) {
                                {
                                    let ordered = inner.entries.contains_key("orderBy");
                                    self.take(query, field, reference, (at, Some(ordered)));
                                }
                            }
                            self.selection(query, target, inner, depth);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn take(
        &mut self,
        query: &ModelQuery<'a>,
        field: &'a Field,
        target: ModelRef,
        (at, said): (Location, Option<bool>),
    ) {
        self.taken.push(Taken {
            query: *query,
            field,
            target,
            at,
            said,
        });
    }

    /// A list that grows without end, where nothing says that all of it is wanted.
    fn unlimited<'s>(&'s self, taken: &'s Taken<'a>) -> Option<Unlimited<'s, 'a>> {
        let context = self.context;
        let project = context.project;
        let call = taken.query.call;
        let relation = taken.field.relation()?.relation?;
        let paged = self.paged.get(&(taken.target.schema, relation))?;
        let made = self.made.get(&taken.target)?;
        let function = functions::name(project, taken.query.event.function);
        let path = &project.modules.get(call.module).path;
        let all_on_purpose = unbounded_find_many::reads_all_on_purpose(&function)
            || unbounded_find_many::reads_all_on_purpose(path);
        if all_on_purpose || repeated::is_background(context, taken.query.event.function) {
            return None;
        }
        let schema = project.schemas.get(taken.target.schema);
        let target = project.schemas.model(taken.target);
        let many = schema.datamodel[relation].cardinality == Cardinality::OneToMany;
        if !many || is_bounded(target, &schema.datamodel[relation]) {
            return None;
        }
        Some(Unlimited {
            taken,
            paged: *paged,
            made: *made,
            target,
            schema,
        })
    }
}

fn finding(
    context: &Context<'_>,
    one: &Unlimited<'_, '_>,
    uses: &FxHashMap<CallId, Vec<Use>>,
) -> Option<Diagnostic> {
    let Unlimited { taken, target, .. } = one;
    let call = taken.query.call;
    let function = functions::name(context.project, taken.query.event.function);
    let title = repeated::title(context, call);
    let name = &taken.field.name;
    let each = match call.operation {
        Operation::FindMany => "each row's",
        _ => "the row's",
    };
    let order = written::time_of_creation(target).or_else(|| {
        let key = target.primary_key()?;
        target.field(&key.columns.first()?.name)
    })?;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        taken.at,
        format!("`{title}` loads all of {each} `{name}`"),
    )
    .label("no `take` limits them")
    .example(
        one.paged,
        format!("here `{name}` are read a page at a time"),
    )
    .related(one.made, "the application adds rows here")
    .related(one.schema.field_name(taken.field), "the relation");
    if call.operation != Operation::FindMany {
        found = found.lowered(Severity::Low, "it is the list of one row");
    } else if is_aside(context, &taken.query) {
        found = found.lowered(Severity::Low, "only those who run the system come here");
    }
    let sorted = format!("orderBy: {{ {}: 'desc' }}", order.name);
    found = found.confidence(Confidence::Likely).help(match taken.said {
            _ if is_counted(taken, uses) => format!(
                "count them in the database: `_count: {{ select: {{ {name}: true }} }}`, or `groupBy` where kinds of them are told apart; with a `take` the numbers would be wrong"
            ),
            None => format!("take a page of them: `{name}: {{ take: 50, {sorted} }}`"),
            Some(true) => format!("take a page of them: add `take: 50` to `{name}`"),
            Some(false) => format!("take a page of them: add `take: 50, {sorted}` to `{name}`"),
        });
    Some(found.subject(format!("query:{function} {title} {name}")))
}

/// Whether the code counts the related rows, and hands them on nowhere: `row.members.length`,
/// `row.members.filter(...).length`.
fn is_counted(taken: &Taken<'_>, uses: &FxHashMap<CallId, Vec<Use>>) -> bool {
    let call = taken.query.event.query.call;
    let (mut counted, mut whole) = (false, false);
    for found in uses.get(&call).into_iter().flatten() {
        whole |= found.whole;
        for (path, handed_on) in &found.paths {
            match path.as_slice() {
                [first] if *first == taken.field.name => whole |= handed_on,
                [first, second] if *first == taken.field.name => counted |= second == "length",
                _ => {}
            }
        }
    }
    counted && !whole
}

/// Whether a key of the model lets a parent have a few rows only: one for each
/// value of an enum.
fn is_bounded(target: &Model, relation: &Relation) -> bool {
    let Some(key) = &relation.foreign_key else {
        return false;
    };
    let few = |field: &Field| {
        matches!(field.ty, FieldType::Enum(_)) || field.scalar() == Some(ScalarType::Boolean)
    };
    target.unique_criteria().any(|unique| {
        unique.fields().is_some_and(|fields| {
            key.columns.iter().all(|column| fields.contains(column))
                && target
                    .fields
                    .iter()
                    .filter(|field| fields.contains(&field.id) && !key.columns.contains(&field.id))
                    .all(few)
        })
    })
}

/// Whether a query is one of a job or of those who run the system: how they
/// read says little of what a user comes to see.
fn is_aside(context: &Context<'_>, query: &ModelQuery<'_>) -> bool {
    let path = &context.project.modules.get(query.call.module).path;
    repeated::is_background(context, query.event.function)
        || path
            .split('/')
            .any(|part| part == "admin" || part == "testing")
}

/// Whether arguments ask for a page: a `take` of more than a few rows.
fn is_page(arguments: &ObjectValue) -> bool {
    /// Fewer rows are the latest ones, or a taste.
    const FEW: u32 = 5;
    match arguments.entries.get("take").map(|take| &take.value) {
        None | Some(Value::Undefined) => false,
        Some(Value::Literal(Literal::Number(number))) => number
            .trim_start_matches('-')
            .parse()
            .is_ok_and(|take: u32| take > FEW),
        Some(_) => true,
    }
}

/// Whether a nested selection takes all related rows.
fn is_whole(arguments: &ObjectValue) -> bool {
    arguments.spreads.is_empty()
        && ["take", "where", "cursor", "distinct"]
            .iter()
            .all(|key| !arguments.entries.contains_key(*key))
}
