//! Numbers that the program asks, and that are then counted by the row's key alone: two requests
//! pass the same check, and together take more than there is.

use snell_extract::facts::{
    BinaryOperator, BindingId, BindingKind, Expression, ExpressionId, ExpressionKind, FunctionId,
    ModuleFacts, Pattern,
};
use snell_flow::{Entry, QueryEvent, Value};
use snell_project::{
    client::{CallId, ClientCall},
    module::{ExpressionRef, In},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use self::{
    compared::{Comparison, comparisons},
    lookup::{Lookup, lookups},
};
use super::{RULE, Written, is_guarded, is_wish};
use crate::{
    functions,
    rule::Context,
    rules::query::{check_then_update::is_alone, repeated, transactions::stop_at_none, written},
    support::{
        built,
        name_words::words,
        order::{Place, leads_to},
    },
};

mod compared;
mod lookup;

/// Words in the names of what runs out: sold or spent twice, it is owed to somebody.
const SUPPLY: [&str; 16] = [
    "balance",
    "credit",
    "stock",
    "quantity",
    "qty",
    "inventory",
    "remaining",
    "available",
    "seat",
    "slot",
    "quota",
    "coin",
    "ticket",
    "spot",
    "allowance",
    "cent",
];

pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let queries = context.flow.queries();
    queries
        .filter_map(|event| {
            let written = Written::of(context, &event)?;
            let taken = taken(context, &event, written)?;
            (!is_alone(context, &event)).then(|| told(context, &event, &taken, written))
        })
        .collect()
}

/// A number that is counted, and what asked it before.
struct Taken<'v> {
    field: &'v str,
    entry: &'v Entry,
    counts: Counts<'v>,
    asked: Location,
    /// What the number was compared with, as it is written; none where it is a constant.
    bound: Option<String>,
    read: CallId,
}

/// Which way the database counts, and by how much.
#[derive(Clone, Copy)]
struct Counts<'v> {
    down: bool,
    by: &'v Entry,
}

impl<'v> Counts<'v> {
    fn of(value: &'v Value) -> Option<Self> {
        let entries = &value.as_object()?.entries;
        let of = |key, down| entries.get(key).map(|by| Counts { down, by });
        of("decrement", true).or_else(|| of("increment", false))
    }
}

fn taken<'v>(
    context: &Context<'_>,
    event: &QueryEvent<'v>,
    written: Written<'v>,
) -> Option<Taken<'v>> {
    let schema = context.project.schemas.get(written.model.schema);
    let declared = context.project.schemas.model(written.model);
    written.data.entries.iter().find_map(|(name, entry)| {
        let counts = Counts::of(&entry.value)?;
        let field = declared.field(name)?;
        // A check of the database refuses the second of two.
        let checked =
            built::table(schema, declared).is_some_and(|table| table.has_check_of(&field.db_name));
        if checked || is_guarded(written.filter, written.data, name) {
            return None;
        }
        let lookups = lookups(context, event, written.model, written.filter);
        let found = lookups
            .iter()
            .find_map(|lookup| by_condition(lookup, name, counts))
            .or_else(|| by_code(context, written.model, name, entry, counts, &lookups));
        let (asked, bound, read) = found?;
        let taken = Taken {
            field: name,
            entry,
            counts,
            asked: match asked {
                At::Expression(at) => context.project.modules.location(at),
                At::Key(at) => context.project.modules.at(at.module, at.key),
            },
            bound: bound.and_then(|bound| written::expression(context, bound)),
            read,
        };
        Some(taken)
    })
}

/// Where a number is asked.
enum At<'v> {
    /// By a comparison.
    Expression(ExpressionRef),
    /// By a condition of the query that found the row.
    Key(&'v Entry),
}

/// `findFirst({ where: { left: { gt: 0 } } })`, and the row that it found is written to by its key.
fn by_condition<'v>(
    lookup: &Lookup<'v>,
    field: &str,
    counts: Counts<'_>,
) -> Option<(At<'v>, Option<ExpressionRef>, CallId)> {
    let arguments = lookup.query.arguments.first()?.as_object()?;
    let filter = arguments.entries.get("where")?.value.as_object()?;
    let asked = filter.entries.get(field).filter(|_| lookup.by_row)?;
    let compared = asked.value.as_object()?;
    let words = match counts.down {
        true => ["gt", "gte"],
        false => ["lt", "lte"],
    };
    let bound = words.iter().find_map(|word| compared.entries.get(*word))?;
    let bound = bound.at.filter(|_| !bound.value.is_constant());
    Some((At::Key(asked), bound, lookup.query.call))
}

/// `if (row.left < amount) throw`, of the row that is written to.
fn by_code<'v>(
    context: &Context<'_>,
    model: ModelRef,
    field: &str,
    entry: &Entry,
    counts: Counts<'_>,
    lookups: &[Lookup<'v>],
) -> Option<(At<'v>, Option<ExpressionRef>, CallId)> {
    let at = entry.at?;
    let module = context.project.modules.get(at.module);
    let facts = &module.facts;
    let outer = facts.outermost(module.context.function(at.id)?);
    let all: Vec<Comparison> = comparisons(facts, outer, field).collect();
    // What came of it is asked, and taken back.
    if all.iter().any(|one| one.span.start > entry.key.end) {
        return None;
    }
    all.into_iter().find_map(|one| {
        let before = one.span.end <= entry.key.start;
        if !before || !keeps_out(facts, outer, &one, entry, counts.down) {
            return None;
        }
        let lookup = lookups
            .iter()
            .find(|lookup| is_of(context, facts, at, &one, lookup, model, outer))?;
        let at = |id| In {
            module: at.module,
            id,
        };
        let constant = matches!(
            facts.expression(facts.unwrap_casts(one.other)),
            Expression::Number(_) | Expression::BigInt(_)
        );
        let bound = (!constant).then(|| at(one.other));
        Some((At::Expression(at(one.id)), bound, lookup.query.call))
    })
}

/// Whether a comparison leaves the function where there is too little, or stands around the write
/// where there is enough. (Counted up, it is the room that is asked.)
fn keeps_out(
    facts: &ModuleFacts,
    outer: FunctionId,
    one: &Comparison,
    entry: &Entry,
    down: bool,
) -> bool {
    let less = matches!(
        one.operator,
        BinaryOperator::Less | BinaryOperator::LessEqual
    );
    let refuses = less == down;
    let zero = matches!(facts.expression(facts.unwrap_casts(one.other)),
        Expression::Number(n) if n == "0");
    // Less than nothing is no answer to how much there is.
    if zero
        && matches!(
            one.operator,
            BinaryOperator::Less | BinaryOperator::GreaterEqual
        )
    {
        return false;
    }
    let Some(then) = compared::then_of(facts, outer, one.span) else {
        return false;
    };
    match refuses {
        true => then.first().is_some_and(|first| {
            let leaving = Place::of(facts, Some(outer), first.span);
            let write = Place::of(facts, Some(outer), entry.key);
            !leads_to(facts, &leaving, &write)
        }),
        false => then
            .iter()
            .any(|statement| statement.span.contains(entry.key)),
    }
}

/// Whether a comparison is of the row that a lookup found.
fn is_of(
    context: &Context<'_>,
    facts: &ModuleFacts,
    write: ExpressionRef,
    one: &Comparison,
    lookup: &Lookup<'_>,
    model: ModelRef,
    outer: FunctionId,
) -> bool {
    let Some(name) = one.row else {
        return false;
    };
    // `for (const item of cart.items)`: the row came along with the one that was looked up.
    let along = || {
        let relation = one.relation.as_ref();
        let schema = &context.project.schemas.get(model.schema).datamodel;
        let mut fields = schema
            .models()
            .iter()
            .flat_map(|model| model.relation_fields());
        let leads = relation.is_some_and(|relation| {
            fields.any(|field| {
                let side = field.relation().map(|side| side.target);
                field.name == *relation && side == Some(model.model)
            })
        });
        leads && lookup.by_row && !is_parameter(facts, name, outer)
    };
    let site = lookup.site.module == write.module;
    site && holds(facts, name, lookup.site.id, 4) || along()
}

/// Whether a name holds what a call gave.
fn holds(facts: &ModuleFacts, name: BindingId, call: ExpressionId, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let BindingKind::Variable {
        init: Some(init), ..
    } = &facts.binding(name).kind
    else {
        return is_assigned(facts, name, call);
    };
    facts.span(init.value).contains(facts.span(call))
        || compared::row_of(facts, init.value)
            .is_some_and(|(row, _)| row != name && holds(facts, row, call, depth))
}

/// `let row; row = await call();`
fn is_assigned(facts: &ModuleFacts, name: BindingId, call: ExpressionId) -> bool {
    let at = facts.span(call);
    let mut assigned = facts.all([ExpressionKind::Assign]);
    assigned.any(|(_, node)| match &node.kind {
        Expression::Assign { target, value, .. } => {
            let own = match &**target {
                Pattern::Binding(own) => Some(*own),
                Pattern::Expression(id) => match facts.expression(*id) {
                    Expression::Identifier { binding, .. } => *binding,
                    _ => None,
                },
                _ => None,
            };
            own == Some(name) && facts.span(*value).contains(at)
        }
        _ => false,
    })
}

fn is_parameter(facts: &ModuleFacts, name: BindingId, outer: FunctionId) -> bool {
    matches!(facts.binding(name).kind, BindingKind::Parameter { function, .. } if function == outer)
}

fn told(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    taken: &Taken<'_>,
    written: Written<'_>,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(event.query.call);
    let title = repeated::title(context, call);
    let field = taken.field;
    let read = project.calls.get(taken.read);
    let (way, passes) = match taken.counts.down {
        true => (
            "down",
            "two requests that both found enough take more than there is",
        ),
        false => (
            "up",
            "two requests that both found room go beyond it together",
        ),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(taken.entry.module, taken.entry.key),
        format!("`{title}` counts `{field}` {way} by the row's key, whatever it is by then"),
    )
    .label(passes)
    .related(taken.asked, "it is asked here, of what was read")
    .related(
        project.modules.at(read.module, read.name.span),
        "it is read here; a transaction does not keep the other away",
    );
    if let Some((to, why)) = weight(context, event, taken) {
        found = found.lowered(to, why);
    }
    if is_wish(context, written.model) {
        found = found.lowered(
            Severity::Medium,
            "a row of a cart: what is lost is seen, and set right, before anything is paid",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help(advice(context, call, taken, written))
        .subject(format!(
            "query:{} {title} {field}",
            functions::name(project, event.function)
        ))
}

/// What makes it less: a count of what rows say anyway, a limit that is passed by one, a job.
fn weight(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    taken: &Taken<'_>,
) -> Option<(Severity, &'static str)> {
    let by = taken.counts.by;
    let spent = by.at.and_then(|at| written::expression(context, at));
    let spends = spent.is_some() && spent == taken.bound && !by.value.is_constant();
    let own = words(taken.field);
    let supply = own.iter().any(|word| SUPPLY.contains(&word.as_str()));
    match taken.counts.down {
        true if !spends && !supply => Some((
            Severity::Low,
            "as far as its name says, it counts what rows say anyway",
        )),
        false => Some((
            Severity::Medium,
            "what is passed is a limit, by as many as come at once",
        )),
        true => repeated::is_background(context, event.function)
            .then_some((Severity::Medium, "a job: it may be alone")),
    }
}

fn advice(
    context: &Context<'_>,
    call: &ClientCall,
    taken: &Taken<'_>,
    written: Written<'_>,
) -> String {
    let declared = context.project.schemas.model(written.model);
    let keys = written::keys(declared, written.filter).unwrap_or_else(|| "id".to_owned());
    let field = taken.field;
    let by = taken.counts.by.at;
    let by = by.and_then(|at| written::expression(context, at));
    let by = by.unwrap_or_else(|| "n".to_owned());
    let (word, bound) = match taken.counts.down {
        true => ("decrement", format!("gte: {by}")),
        false => (
            "increment",
            format!("lt: {}", taken.bound.as_deref().unwrap_or("limit")),
        ),
    };
    format!(
        "let the database ask and count: `updateMany({{ where: {{ {keys}, {field}: {{ {bound} }} }}, data: {{ {field}: {{ {word}: {by} }} }} }})`, {}",
        stop_at_none(context, call)
    )
}
