//! Numbers that are read, changed and written back.

mod document;
mod enough;
mod handed;
mod numbering;
mod once;
pub(super) mod read;
mod step;

use snell_extract::facts::{
    BinaryOperator, BindingKind, Expression, ExpressionId, ExpressionKind, ModuleFacts,
};
use snell_flow::{Entry, Fact, ObjectValue, QueryEvent, Root, Step, Value, scope::leaves};
use snell_prisma::ScalarType;
use snell_project::{
    client::{ClientCall, Operation},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use self::{
    read::read_of,
    step::{is_asked, step},
};
use super::{
    repeated,
    transactions::{self, stop_at_none},
    written,
};
use crate::{
    functions,
    rule::{Context, Rule},
    support::name_words::{has_word, words},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/counter-race",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A number is read, changed and written back: two requests lose one change",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let queries = context.flow.queries();
    let mut found: Vec<Diagnostic> = queries
        .filter_map(|event| {
            let written = Written::of(context, &event)?;
            let Written {
                model,
                data,
                filter,
            } = written;
            let (field, entry, read) = counted(context, model, data, filter)?;
            if is_guarded(filter, data, field) {
                return None;
            }
            let marker = marker(context, &event, model, data, field);
            let counted = Counted {
                field,
                entry,
                read,
                marker,
            };
            Some(finding(context, &event, &counted, filter))
        })
        .collect();
    found.extend(document::findings(context));
    found.extend(enough::findings(context));
    found.extend(numbering::findings(context));
    found
}

/// What a query of the application writes to rows that are there, where nothing keeps others away.
#[derive(Clone, Copy)]
struct Written<'v> {
    model: ModelRef,
    data: &'v ObjectValue,
    filter: &'v Value,
}

impl<'v> Written<'v> {
    fn of(context: &Context<'_>, event: &QueryEvent<'v>) -> Option<Self> {
        let call = context.project.calls.get(event.query.call);
        let model = call.model()?;
        let updates = matches!(
            call.operation,
            Operation::Update | Operation::UpdateMany | Operation::Upsert
        );
        if !updates
            || !functions::is_application(context.project, call.module)
            || is_serialized(context, event)
        {
            return None;
        }
        let arguments = event.query.arguments.first()?.as_object()?;
        let data = ["data", "update"]
            .iter()
            .find_map(|key| arguments.entries.get(*key)?.value.as_object())?;
        let filter = &arguments.entries.get("where")?.value;
        Some(Written {
            model,
            data,
            filter,
        })
    }
}

/// A number that is written as what was read, plus or minus something.
struct Counted<'v> {
    field: &'v str,
    entry: &'v Entry,
    /// Where it was read.
    read: Location,
    marker: Option<&'v str>,
}

/// Whether a number is written as what was read of it, plus or minus something.
pub(super) fn counts(
    context: &Context<'_>,
    model: ModelRef,
    (name, entry): (&str, &Entry),
    filter: &Value,
) -> bool {
    entry
        .at
        .is_some_and(|at| adds(context.project.modules.facts(at.module), at.id, 4))
        && read_of(context, model, name, &entry.value, filter).is_some()
}

/// The first number that is written as what was read, plus or minus something.
fn counted<'v>(
    context: &Context<'_>,
    model: ModelRef,
    data: &'v ObjectValue,
    filter: &Value,
) -> Option<(&'v str, &'v Entry, Location)> {
    let declared = context.project.schemas.model(model);
    data.entries.iter().find_map(|(name, entry)| {
        let number = declared.field(name)?.scalar().is_some_and(|scalar| {
            matches!(
                scalar,
                ScalarType::Int | ScalarType::BigInt | ScalarType::Float | ScalarType::Decimal
            )
        });
        let at = entry.at?;
        let facts = context.project.modules.facts(at.module);
        if !number || is_version(name) || !adds(facts, at.id, 4) {
            return None;
        }
        let read = read_of(context, model, name, &entry.value, filter)?;
        Some((name.as_str(), entry, read))
    })
}

/// Numbers that tell one state of a row from the next: a conflict is noticed
/// where they are used.
fn is_version(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["version", "revision", "sequence"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Methods of exact numbers that change them: `wallet.balance.plus(amount)`.
const MORE: [&str; 2] = ["add", "plus"];
const LESS: [&str; 3] = ["sub", "minus", "subtract"];
const TIMES: [&str; 3] = ["mul", "times", "multiply"];

/// `a + b`, `a.plus(b)`, `a - b`, a name that was given that.
fn adds(facts: &ModuleFacts, id: ExpressionId, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Binary { operator, .. } => {
            matches!(operator, BinaryOperator::Add | BinaryOperator::Subtract)
        }
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match &facts.binding(*binding).kind {
            BindingKind::Variable {
                init: Some(init), ..
            } if init.path.is_empty() => adds(facts, init.value, depth),
            _ => false,
        },
        Expression::Call {
            callee, arguments, ..
        } => {
            let method = match facts.expression(*callee) {
                Expression::Member { property, .. } => property.text.as_str(),
                _ => "",
            };
            let mut all = MORE.iter().chain(&LESS).chain(&TIMES);
            all.any(|name| *name == method)
                || arguments
                    .iter()
                    .any(|argument| adds(facts, argument.value, depth))
        }
        Expression::Conditional {
            then, otherwise, ..
        } => adds(facts, *then, depth) || adds(facts, *otherwise, depth),
        _ => false,
    }
}

/// A column of the row that was read, beside the number, that decides on the write and that the
/// write changes: of two requests at once, both write the same.
fn marker<'v>(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    model: ModelRef,
    data: &'v ObjectValue,
    field: &str,
) -> Option<&'v str> {
    let names = |value: &Value, name: &str| {
        let mut found = false;
        value.visit(&mut |inner| {
            if let Value::Opaque(opaque) = inner
                && let Root::Row(row) = &opaque.root
                && context.project.calls.get(row.call).model() == Some(model)
            {
                let mut steps = opaque.path.iter();
                found |= steps.any(|step| matches!(step, Step::Property(own) if own == name));
            }
        });
        found
    };
    let decides = |name: &str| {
        event.event.facts.iter().any(|fact| match fact {
            Fact::Truthy(value) | Fact::Falsy(value) => names(value, name),
            Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
                names(a, name) || names(b, name)
            }
            Fact::OneOf(_) => false,
        })
    };
    let mut others = data.entries.keys().filter(|name| *name != field);
    others.find(|name| decides(name)).map(|name| name.as_str())
}

/// Whether the function asks before how much there is: `if (product.stock < amount) throw`.
fn asks_how_much(context: &Context<'_>, entry: &Entry, field: &str) -> bool {
    let Some(at) = entry.at else {
        return false;
    };
    let module = context.project.modules.get(at.module);
    let facts = &module.facts;
    let Some(outer) = module.context.function(at.id) else {
        return false;
    };
    let outer = facts.outermost(outer);
    let around = facts.function(outer).span;
    let of_field = |side: ExpressionId| {
        matches!(facts.expression(facts.unwrap_casts(side)),
            Expression::Member { property, .. } if property.text == field)
    };
    facts.all([ExpressionKind::Binary]).any(|(_, node)| {
        around.contains(node.span)
            && node.span.end <= entry.key.start
            && matches!(&node.kind, Expression::Binary {
                operator: BinaryOperator::Less
                    | BinaryOperator::LessEqual
                    | BinaryOperator::Greater
                    | BinaryOperator::GreaterEqual,
                left,
                right,
            } if of_field(*left) || of_field(*right))
    })
}

/// What to write instead.
fn advice(
    context: &Context<'_>,
    call: &ClientCall,
    (field, entry): (&str, &Entry),
    filter: &Value,
) -> String {
    let asked = asks_how_much(context, entry, field) || is_asked(context, entry);
    let Some(step) = step(context, entry, field) else {
        let beside = match asked {
            true => ", in an `updateMany` whose `where` asks what the code asks of the number, ",
            false => "",
        };
        let stop = match asked {
            true => stop_at_none(context, call),
            false => String::new(),
        };
        return format!(
            "let the database count: `{field}: {{ increment: n }}` (or `decrement`){beside}{stop}"
        );
    };
    let declared = call
        .model()
        .map(|model| context.project.schemas.model(model));
    let keys = declared.and_then(|declared| written::keys(declared, filter));
    match (step.strip_prefix("decrement: "), keys) {
        // Counted without the condition, two requests take more than there is.
        (Some(amount), Some(keys)) if asked => format!(
            "let the database ask and count: `updateMany({{ where: {{ {keys}, {field}: {{ gte: {amount} }} }}, data: {{ {field}: {{ {step} }} }} }})`, {}",
            stop_at_none(context, call)
        ),
        _ => format!("let the database count: `{field}: {{ {step} }}`"),
    }
}

/// Whether the write happens only when nobody wrote in between: the condition
/// names the number itself, a version, or a state that the write changes.
pub(super) fn is_guarded(filter: &Value, data: &ObjectValue, field: &str) -> bool {
    let Some(leaves) = leaves(filter) else {
        return true;
    };
    leaves.iter().any(|leaf| {
        leaf.path.iter().any(|name| {
            let lower = name.to_ascii_lowercase();
            name == field || lower.contains("version") || lower.contains("updatedat")
        }) || matches!(leaf.path.as_slice(), [name]
            if data.entries.get(name).is_some_and(|entry| entry.value != *leaf.value))
    })
}

/// Whether a lock or the isolation level keeps others away.
pub(super) fn is_serialized(context: &Context<'_>, event: &QueryEvent<'_>) -> bool {
    let isolated = event.event.transaction.is_some_and(|transaction| {
        let text = transactions::text(context, transaction);
        // The level that transactions have anyway keeps nobody away.
        text.contains("isolationLevel") && !text.contains("ReadCommitted")
    });
    isolated || transactions::takes_locks(context, event.summary)
}

/// Words in the names of columns that hold what can be spent, sold or used up, that number
/// something, or that lock somebody out.
const VALUE: [&str; 27] = [
    "balance",
    "credit",
    "amount",
    "stock",
    "quantity",
    "qty",
    "inventory",
    "point",
    "coin",
    "token",
    "quota",
    "usage",
    "used",
    "remaining",
    "spent",
    "paid",
    "price",
    "total",
    "available",
    "limit",
    // What the number is given to twice, or what keeps somebody from guessing on.
    "attempt",
    "failure",
    "number",
    "refunded",
    "minor",
    "cent",
    "revenue",
];

/// Whether what is lost is worth something: money, stock, a quota.
fn is_value(context: &Context<'_>, model: Option<ModelRef>, field: &str) -> bool {
    let declared = model.and_then(|model| context.project.schemas.model(model).field(field));
    let exact = declared.and_then(snell_prisma::Field::scalar);
    matches!(exact, Some(ScalarType::Decimal | ScalarType::BigInt))
        || words(field)
            .iter()
            .any(|word| VALUE.contains(&word.as_str()))
}

/// Whether rows say what somebody thinks of buying.
fn is_wish(context: &Context<'_>, model: ModelRef) -> bool {
    has_word(
        &context.project.schemas.model(model).name,
        &["cart", "basket", "wishlist"],
    )
}

/// Whether a number says how often somebody may still guess a code or a password: who sends many guesses at once is counted
/// once, whatever else the write changes.
fn limits_guesses(context: &Context<'_>, model: ModelRef, field: &str) -> bool {
    has_word(field, &["attempt", "failure", "failed"])
        && has_word(
            &context.project.schemas.model(model).name,
            &[
                "otp",
                "code",
                "pin",
                "password",
                "login",
                "verification",
                "challenge",
            ],
        )
}

fn finding(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    counted: &Counted<'_>,
    filter: &Value,
) -> Diagnostic {
    let Counted {
        field,
        entry,
        read,
        marker,
    } = *counted;
    let call = context.project.calls.get(event.query.call);
    let title = repeated::title(context, call);
    let at = context.project.modules.at(entry.module, entry.key);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{title}` writes `{field}` back from what was read before"),
    )
    .label("another request may have changed it in between")
    .related(read, "it is read here");
    let handed = handed::is_handed_out(context, entry, field);
    if !is_value(context, call.model(), field) {
        found = found.lowered(
            Severity::Medium,
            match handed {
                true => "two requests at once are given the same number",
                false => "as far as its name says, no more than a count can be off",
            },
        );
    }
    if call.model().is_some_and(|model| is_wish(context, model)) {
        found = found.lowered(
            Severity::Medium,
            "a row of a cart: what is lost is seen, and set right, before anything is paid",
        );
    }
    if repeated::is_background(context, event.function) {
        found = found.lowered(Severity::Medium, "a job: it may be alone");
    }
    if let Some(made) = once::made_once(context, event) {
        let made = context.project.calls.get(made);
        found = found
            .related(
                context.project.modules.at(made.module, made.name.span),
                "the database takes this row once",
            )
            .lowered(
                Severity::Medium,
                "of two equal requests, the second fails at the row that is made before",
            );
    }
    let limits = call
        .model()
        .is_some_and(|model| limits_guesses(context, model, field));
    if let Some(marker) = marker.filter(|_| !limits) {
        // Two at once write the same; counted by the database, each would count.
        found = found.lowered(
            Severity::Low,
            format!("`{marker}` of the same row decides, and is written with it"),
        );
    }
    found
        .confidence(Confidence::Likely)
        .help(match handed {
            true => format!(
                "{}, and take the number from the row that is there then: what was read before is the same for two requests",
                advice(context, call, (field, entry), filter)
            ),
            false => advice(context, call, (field, entry), filter),
        })
        .subject(format!(
            "query:{} {title} {field}",
            functions::name(context.project, event.function)
        ))
}
