//! A query for each element of a list.

mod fields;
mod returned;
mod slight;
mod tree;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use snell_flow::{LoopId, LoopKind, Query, Root, Value};
use snell_prisma::{Datamodel, Field, Model};
use snell_project::{client::Operation, module::FunctionRef, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Joined, Location, Preset, RuleMetadata, Severity};

use super::{
    loop_write,
    repeated::{self, Repeated},
    shape,
    standing::{self, Standing},
    written,
};
use crate::{
    functions,
    rule::{Context, Rule},
    rules::schema::attribute_kept_twice,
    support::callers::{Callers, Unawaited},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/n-plus-one",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A query runs once for each element of a list",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByCause),
    },
    check,
};

/// Lists no longer than this cost little.
const FEW: u32 = 10;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = repeated::all(context);
    let mut loops: Loops<'_> = FxHashMap::default();
    for one in &all {
        loops.entry(one.around.id).or_default().push(one);
    }
    let reads: Vec<&Repeated<'_>> = all
        .iter()
        .filter(|one| is_read(one, context) && !is_loaded_together(one, context))
        .filter(|one| !is_told_as_write(one, context, &loops))
        .filter(|one| !standing::of(context, one).leaves)
        .filter(|one| !slight::is_handed_literals(context, one))
        .collect();
    // One finding for each loop, and for loops of a function that call the same thing.
    let mut found = Vec::new();
    let mut functions: BTreeMap<FunctionRef, Vec<&Repeated<'_>>> = BTreeMap::new();
    for one in reads {
        functions.entry(one.function).or_default().push(one);
    }
    for reads in functions.values() {
        of_function(context, reads, &loops, &mut found);
    }
    found.extend(fields::findings(context));
    found.extend(tree::findings(context));
    found
}

/// What is repeated, by its loops.
type Loops<'a> = FxHashMap<LoopId, Vec<&'a Repeated<'a>>>;

/// One finding for each loop of a function.
fn of_function(
    context: &Context<'_>,
    reads: &[&Repeated<'_>],
    loops: &Loops<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let mut rest = reads;
    while let Some(first) = rest.first() {
        let same = |one: &Repeated<'_>| {
            one.around.id == first.around.id
                || !one.chain.is_empty()
                    && !first.chain.is_empty()
                    && one.query.call == first.query.call
        };
        if !reads[..reads.len() - rest.len()]
            .iter()
            .any(|one| same(one))
        {
            let group: Vec<&Repeated<'_>> = rest.iter().copied().filter(|one| same(one)).collect();
            found.push(finding(context, &group, loops));
        }
        rest = &rest[1..];
    }
}

fn is_read(one: &Repeated<'_>, context: &Context<'_>) -> bool {
    !repeated::is_write(context, one.query)
}

/// Whether the same call of the loop writes a row: `query/loop-write` speaks of it then.
fn is_told_as_write(one: &Repeated<'_>, context: &Context<'_>, loops: &Loops<'_>) -> bool {
    !one.chain.is_empty()
        && loops[&one.around.id].iter().any(|other| {
            other.function == one.function
                && other.chain.first() == one.chain.first()
                && loop_write::is_of_one_row(other, context)
        })
}

/// Whether Prisma's data loader makes one query of it: `findUnique` of one tick.
pub(super) fn is_loaded_together(one: &Repeated<'_>, context: &Context<'_>) -> bool {
    one.around.kind == LoopKind::Callback
        && matches!(
            one.call(context).operation,
            Operation::FindUnique | Operation::FindUniqueOrThrow
        )
}

fn finding(context: &Context<'_>, group: &[&Repeated<'_>], loops: &Loops<'_>) -> Diagnostic {
    let first = group[0];
    let rounds = first.rounds(context);
    let title = first.title(context);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        first.place(context),
        format!("`{title}` runs {rounds}"),
    );
    found = if first.chain.is_empty() {
        found.label("one query for each element")
    } else {
        found.label("calls what sends the query, for each element")
    };
    let (relation, help) = advice(context, first);
    if let Some((at, text)) = relation {
        found = found.related(at, text);
    }
    found = found.related(first.around.at, "the loop");
    // Several loops that lead to one query, the last label, are shown as one finding.
    for place in further_places(context, group) {
        found = found.related(place.0, place.1);
    }
    let around = functions::name(context.project, first.function);
    // The same query in several loops of one function is one way to ask.
    if first.chain.is_empty() {
        found = found.caused_by(format!("{:?} {title}", first.function));
    }
    weighed(context, first, loops, found)
        .help(help)
        .subject(format!("query:{around} {title}"))
}

/// The way to the query, and the other queries of the same loop.
fn further_places(context: &Context<'_>, group: &[&Repeated<'_>]) -> Vec<(Location, &'static str)> {
    let mut places: Vec<(Location, &'static str)> = Vec::new();
    // The query that the finding is about comes last.
    for (n, one) in group.iter().enumerate().take(5).rev() {
        if n > 0 {
            places.push((one.place(context), "and this one"));
        }
        for step in one.chain.iter().skip(1) {
            places.push((repeated::callee_name(context, *step), "which calls this"));
        }
        if !one.chain.is_empty() {
            places.push((one.query_name(context), "the query"));
        }
    }
    let own = group[0].place(context);
    let mut kept: Vec<(Location, &'static str)> = Vec::new();
    for place in places {
        if place.0 != own && kept.iter().all(|known| known.0 != place.0) {
            kept.push(place);
        }
    }
    kept
}

/// Counter-evidence lowers the finding.
fn weighed(
    context: &Context<'_>,
    first: &Repeated<'_>,
    loops: &Loops<'_>,
    mut found: snell_source::DiagnosticBuilder,
) -> snell_source::DiagnosticBuilder {
    let standing = standing::of(context, first);
    let direct = first.chain.is_empty();
    let unawaited = Callers::shared(context).unawaited(first.query.call);
    let background = unawaited == Some(Unawaited::Background)
        || repeated::is_background(context, first.function);
    let mut beside = loops[&first.around.id].iter();
    let writes = beside.any(|other| repeated::is_write(context, other.query));
    // The strongest first: of those that come after, only lower ones are told.
    let reasons = [
        (
            first.callee_writes || first.others_write && !direct,
            Severity::Low,
            "what the loop calls also writes: each round is an operation of its own",
        ),
        (
            first.calls_an_operation(context),
            Severity::Low,
            "what the loop calls changes something, by its name: each round is an operation of its own",
        ),
        (
            shape::is_whole_text(first.query, first.around.id),
            Severity::Low,
            "each round runs a statement of its own",
        ),
        (
            standing.answered_before,
            Severity::Low,
            "what the loop calls may answer before it comes to the query",
        ),
        (
            writes || first.others_write,
            Severity::Low,
            "the loop also writes: each round is an operation of its own",
        ),
        (
            first.may_end_early || standing.may_end_early,
            Severity::Medium,
            "the loop may end before the last element",
        ),
        (
            standing.conditions > 1,
            Severity::Medium,
            "only some rounds come to the query: it stands behind several conditions",
        ),
        (
            unawaited == Some(Unawaited::Start),
            Severity::Low,
            "it runs once, when the application starts",
        ),
        (
            background,
            Severity::Medium,
            "a job: nobody waits for the answer",
        ),
        (
            !first.is_list_of_rows(),
            Severity::Medium,
            "the list does not come from a query here: how long it gets is not known",
        ),
    ];
    if let Some(why) = slight::why(context, first, background) {
        found = found.lowered(Severity::Low, why);
    }
    if first.waits {
        let why = "each round also waits for another system, which takes longer than the query";
        found = found.lowered(Severity::Medium, why);
    }
    let mut doubts = 0;
    for (_, to, why) in reasons.into_iter().filter(|(holds, ..)| *holds) {
        doubts += usize::from(to == Severity::Medium);
        // What is doubtful in two ways is hardly worth a change.
        let to = if doubts > 1 { Severity::Low } else { to };
        found = found.lowered(to, why);
    }
    if first.chain.len() > 2 {
        let why = "the query is more than two calls away: it may not run in every round";
        found = found.lowered(Severity::Medium, why);
    }
    found.confidence(certainty(first, standing))
}

/// It is certain where a known list is gone through and every round comes to the query.
fn certainty(first: &Repeated<'_>, standing: Standing) -> Confidence {
    let known_list = matches!(&first.around.iterable, Value::Array(_) | Value::Opaque(_));
    let always = standing.conditions == 0 && !standing.perhaps_called;
    match known_list && first.chain.len() <= 1 && always {
        true => Confidence::Certain,
        false => Confidence::Likely,
    }
}

/// A label on the schema's relation, and what to do.
fn advice(context: &Context<'_>, one: &Repeated<'_>) -> (Option<(Location, String)>, String) {
    let call = one.call(context);
    if call.operation.is_raw() {
        return (
            None,
            "ask once for all elements (`WHERE key = ANY(${keys})`, `GROUP BY key`), then look each one up in a `Map`"
                .to_owned(),
        );
    }
    // Rows that go are no rows to load with others.
    let owner = call
        .model()
        .and_then(|model| attribute_kept_twice::kept_by(context, model));
    if let Some(owner) = owner {
        let help = format!(
            "take the columns of `{}`, which hold the same (`schema/attribute-kept-twice`): the query for its rows has read them, and this one goes",
            owner.name
        );
        return (None, help);
    }
    // A key of several columns is asked for by `OR`.
    let key = shape::key_of(one.query, one.around.id)
        .filter(|_| shape::keys_of(one.query, one.around.id) == 1);
    if let (Some(model), Some(owner), Some((key, _))) = (call.model(), iterated(context, one), &key)
        && model.schema == owner.schema
    {
        let schema = context.project.schemas.get(model.schema);
        let rows = context.project.schemas.model(owner);
        if let Some(field) = relation(
            &schema.datamodel,
            rows,
            context.project.schemas.model(model),
            key,
        ) {
            let text = format!(
                "`{}` of each `{}` is what the loop asks for",
                field.name, rows.name
            );
            let help = with_rows(context, one, key, field, &rows.name);
            return (Some((schema.field_name(field), text)), help);
        }
    }
    let help = match (call.operation, key) {
        (Operation::FindFirst | Operation::FindFirstOrThrow, None) if is_sorted(one) => {
            "ask once for all elements: a raw `SELECT DISTINCT ON (keys) ... ORDER BY keys, ...` (Prisma applies `distinct` in memory, after it has read all rows), then look each one up in a `Map`"
                .to_owned()
        }
        (Operation::Count | Operation::Aggregate | Operation::GroupBy, Some((key, _))) => {
            grouped(context, one, &key)
        }
        // So many of each element: in one query with `in`, they are counted together.
        (Operation::FindMany, Some((key, _))) if is_paged(one.query) => format!(
            "ask once: a raw query that numbers the rows of each key (`ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY ...)`), as `take` beside `in` counts all of them together"
        ),
        // The first of each key: `in` alone would read all of them.
        (Operation::FindFirst | Operation::FindFirstOrThrow, Some((key, _))) if is_sorted(one) => {
            format!(
                "ask once: a raw `SELECT DISTINCT ON ({key}) ... WHERE {key} = ANY(${{keys}}) ORDER BY {key}, ...` (Prisma applies `distinct` in memory, after it has read all rows), then look each one up in a `Map`"
            )
        }
        (_, Some((key, _))) => format!(
            "ask once: `findMany({{ where: {} }})`, then look each one up in a `Map`",
            written::condition_on_all(context, one.query, one.around.id, &key)
        ),
        (_, None) => {
            "ask once for all elements, with `in` or `OR`, then look each one up in a `Map`"
                .to_owned()
        }
    };
    (None, help)
}

/// How the query for the rows that are gone through brings along what each round asks for, by this
/// relation of theirs.
fn with_rows(
    context: &Context<'_>,
    one: &Repeated<'_>,
    key: &str,
    field: &Field,
    rows: &str,
) -> String {
    let (query, around) = (one.query, one.around.id);
    let name = field.name.as_str();
    match one.call(context).operation {
        Operation::Count if field.is_list() => {
            return format!(
                "count them with the rows: `_count: {{ select: {{ {name}: {} }} }}` in the query for `{rows}`",
                written::nested_condition(context, query, around),
            );
        }
        // A relation gives rows, and reckons nothing but how many there are.
        Operation::Aggregate | Operation::GroupBy => return grouped(context, one, key),
        _ => {}
    }
    let first = matches!(
        one.call(context).operation,
        Operation::FindFirst | Operation::FindFirstOrThrow
    );
    // A nested `take` for many rows is applied when all of theirs are read.
    if first && field.is_list() {
        return format!(
            "ask once: a raw `SELECT DISTINCT ON ({key}) ... WHERE {key} = ANY(${{keys}}) ORDER BY {key}, ...`, then look each one up in a `Map` (`{name}: {{ take: 1 }}` in the query for `{rows}` is right, too, where each has few: Prisma reads all of them before it takes one)"
        );
    }
    let nested = written::nested(context, query, around);
    let projection = projection_of_rows(one);
    let place = if projection.is_some() { ", of" } else { " in" };
    format!(
        "load them with the rows: {}{place} the query for `{rows}`",
        written::adding(projection, name, &nested)
    )
}

/// How rows of all elements are counted or reckoned at once.
fn grouped(context: &Context<'_>, one: &Repeated<'_>, key: &str) -> String {
    let reckoned = match one.call(context).operation {
        Operation::Count => ", _count: true".to_owned(),
        _ => written::reckoned(context, one.query),
    };
    format!(
        "ask once: `groupBy({{ by: ['{key}'], where: {}{reckoned} }})`, then look each one up in a `Map`",
        written::condition_on_all(context, one.query, one.around.id, key)
    )
}

/// Whether the query says which row comes first.
fn is_sorted(one: &Repeated<'_>) -> bool {
    let arguments = one.query.arguments.first().and_then(Value::as_object);
    arguments.is_some_and(|arguments| shape::has(arguments, "orderBy"))
}

/// Whether a query says how many rows of each element, or parent, it wants.
fn is_paged(query: &Query) -> bool {
    let arguments = query.arguments.first().and_then(Value::as_object);
    arguments.is_some_and(|arguments| {
        ["take", "skip", "cursor"]
            .iter()
            .any(|key| arguments.entries.contains_key(*key))
    })
}

/// Which of `select` and `include` the query has whose rows are gone through.
fn projection_of_rows(one: &Repeated<'_>) -> Option<&'static str> {
    let mut found = None;
    one.around.iterable.visit(&mut |value| {
        if let Value::Opaque(opaque) = value
            && let Root::Row(row) = &opaque.root
        {
            found = found.or_else(|| written::projection(&row.arguments));
        }
    });
    found
}

/// The model whose rows the loop goes through.
pub(super) fn iterated(context: &Context<'_>, one: &Repeated<'_>) -> Option<ModelRef> {
    let element = match &one.around.iterable {
        Value::Array(array) => array.rest.as_ref()?,
        other => other,
    };
    let Value::Opaque(opaque) = element else {
        return None;
    };
    match &opaque.root {
        Root::Row(row)
            if opaque
                .path
                .iter()
                .all(|s| matches!(s, snell_flow::Step::Each(_))) =>
        {
            context.project.calls.get(row.call).model()
        }
        _ => None,
    }
}

/// The field of `rows` that leads to `asked`, joined by `key`.
fn relation<'d>(
    datamodel: &'d Datamodel,
    rows: &'d Model,
    asked: &Model,
    key: &str,
) -> Option<&'d Field> {
    rows.relation_fields().find(|field| {
        let Some(foreign) = datamodel.foreign_key(field) else {
            return false;
        };
        if field
            .relation()
            .is_none_or(|relation| relation.target != asked.id)
        {
            return false;
        }
        let columns = if foreign.field.model == asked.id {
            &foreign.columns
        } else {
            &foreign.references
        };
        columns
            .iter()
            .any(|column| column.model == asked.id && datamodel[*column].name == key)
    })
}
