//! A state is asked, money moves, and the state is then set by the key alone: of two requests both move it.

use snell_flow::{
    Fact, Literal, Opaque, QueryEvent, Root, RowOrigin, Value,
    scope::{Leaf, conditions},
};
use snell_prisma::{Field, FieldType, Model, ScalarType};
use snell_project::{
    client::{CallId, Operation},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic};

use super::{
    super::{
        counter_race::{
            counts,
            read::{names_same_row, row_of},
        },
        flat::{self, Run},
        repeated,
        transactions::stop_at_none,
        written,
    },
    RULE,
};
use crate::{functions, rule::Context, support::name_words::has_word};

/// Words in the names of columns that hold money, or what is paid with.
const MONEY: [&str; 13] = [
    "balance", "credit", "coin", "point", "deposit", "fund", "cent", "cash", "money", "minor",
    "wallet", "saldo", "amount",
];

/// A column that was asked before, and is set to what would have been refused then.
struct Set<'v> {
    field: &'v Field,
    entry: &'v snell_flow::Entry,
    fact: &'v Fact,
    row: &'v RowOrigin,
    /// What the update has to ask for: `status: 'OPEN'`.
    condition: String,
}

pub(super) fn finding(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    model: ModelRef,
) -> Option<Diagnostic> {
    let declared = context.project.schemas.model(model);
    let arguments = event.query.arguments.first()?.as_object()?;
    let data = arguments.entries.get("data")?.value.as_object()?;
    let filter = &arguments.entries.get("where")?.value;
    let asked = conditions(event.query)?;
    let set = data.entries.iter().find_map(|(name, entry)| {
        let field = declared.field(name)?;
        let (fact, row, condition) = event.event.facts.iter().find_map(|fact| {
            if let Some((row, condition)) = found_in(fact, field, &entry.value) {
                let of_model = context.project.calls.get(row.call).model() == Some(model);
                let same = of_model && names_same_row(context, model, filter, row);
                return same.then_some((fact, row, condition));
            }
            let row = row_of(context, model, name, read(fact, &entry.value)?)?;
            let same = names_same_row(context, model, filter, row);
            same.then_some((fact, row, condition(field, fact)?))
        })?;
        Some(Set {
            field,
            entry,
            fact,
            row,
            condition,
        })
    })?;
    if names(&asked, &set.field.name) {
        return None;
    }
    let runs = flat::queries(event.summary);
    let moved = runs.iter().find_map(|run| {
        // Further away, more may be asked than is seen from here.
        let near = run.chain.len() <= 1;
        let checked = near && run.facts().any(|fact| fact == set.fact);
        let column = moves(context, event, run).filter(|_| checked)?;
        (!asks_itself(context, event, run)).then_some((run, column))
    })?;
    if takes_turns(context, event, &runs, (model, &set))
        || made_once(context, &runs, (moved.0, set.row))
    {
        return None;
    }
    Some(told(
        context,
        event,
        &set,
        (moved.0.query.call, &moved.1),
        filter,
    ))
}

/// What a fact says of what was read, where it does not hold any more once the value is written.
fn read<'v>(fact: &'v Fact, written: &Value) -> Option<&'v Opaque> {
    let (read, refused) = match fact {
        Fact::Equal(Value::Opaque(read), asked @ (Value::Literal(_) | Value::Null))
        | Fact::Equal(asked @ (Value::Literal(_) | Value::Null), Value::Opaque(read)) => {
            (read, is_other(asked, written))
        }
        Fact::Differ(Value::Opaque(read), asked @ Value::Literal(_))
        | Fact::Differ(asked @ Value::Literal(_), Value::Opaque(read)) => (read, written == asked),
        Fact::Falsy(Value::Opaque(read)) => (
            read,
            match written {
                Value::Literal(literal) => *literal == Literal::Boolean(true),
                Value::Opaque(_) | Value::Unknown => true,
                _ => false,
            },
        ),
        _ => return None,
    };
    refused.then_some(read)
}

/// Whether what is written is not what was asked for.
fn is_other(asked: &Value, written: &Value) -> bool {
    match written {
        Value::Literal(_) | Value::Null => written != asked,
        // The outcome that was sent: `status: dto.status`.
        Value::Opaque(other) => {
            *asked == Value::Null
                || matches!(other.root, Root::Parameter(..) | Root::ClientInput(..))
        }
        Value::Unknown => *asked == Value::Null,
        _ => false,
    }
}

/// The row that was found because of its state, `findFirst({ where: { id, status: 'OPEN' } })`, where it would not be found
/// any more once the value is written; and the state, as the condition of a query.
fn found_in<'v>(fact: &'v Fact, field: &Field, written: &Value) -> Option<(&'v RowOrigin, String)> {
    let found = match fact {
        Fact::Truthy(Value::Opaque(found))
        | Fact::Differ(Value::Opaque(found), Value::Null)
        | Fact::Differ(Value::Null, Value::Opaque(found)) => found,
        _ => return None,
    };
    let Root::Row(row) = &found.root else {
        return None;
    };
    let filter = &row.arguments.as_object()?.entries.get("where")?.value;
    let asked = &filter.as_object()?.entries.get(&field.name)?.value;
    let state = as_written(field, asked).filter(|_| is_other(asked, written))?;
    found
        .path
        .is_empty()
        .then(|| (&**row, format!("{}: {state}", field.name)))
}

/// A state as a condition writes it.
fn as_written(field: &Field, asked: &Value) -> Option<String> {
    let is_text =
        matches!(field.ty, FieldType::Enum(_)) || field.scalar() == Some(ScalarType::String);
    match asked {
        Value::Literal(Literal::String(text)) if is_text => Some(format!("'{text}'")),
        Value::Literal(Literal::Boolean(value)) => Some(value.to_string()),
        Value::Null => Some("null".to_owned()),
        _ => None,
    }
}

/// The same, as the condition of a query.
fn condition(field: &Field, fact: &Fact) -> Option<String> {
    let name = &field.name;
    let asked = |value: &Value| as_written(field, value);
    match fact {
        Fact::Equal(a, b) => Some(format!("{name}: {}", asked(a).or_else(|| asked(b))?)),
        Fact::Differ(a, b) => Some(format!(
            "{name}: {{ not: {} }}",
            asked(a).or_else(|| asked(b))?
        )),
        Fact::Falsy(_) => match field.scalar()? {
            ScalarType::Boolean => Some(format!("{name}: false")),
            ScalarType::DateTime => Some(format!("{name}: null")),
            _ => None,
        },
        _ => None,
    }
}

fn names(leaves: &[Leaf<'_>], field: &str) -> bool {
    let mut all = leaves.iter().flat_map(|leaf| &leaf.path);
    all.any(|name| {
        let lower = name.to_ascii_lowercase();
        name == field || lower.contains("version") || lower.contains("updatedat")
    })
}

/// The column of money that a query counts up or down.
fn moves(context: &Context<'_>, event: &QueryEvent<'_>, run: &Run<'_>) -> Option<String> {
    let call = context.project.calls.get(run.query.call);
    let declared = context.project.schemas.model(call.model()?);
    let arguments = run.query.arguments.first()?.as_object()?;
    let key = match call.operation {
        Operation::Update | Operation::UpdateMany => "data",
        Operation::Upsert => "update",
        _ => return None,
    };
    let data = arguments.entries.get(key)?.value.as_object()?;
    let filter = &arguments.entries.get("where")?.value;
    let own = run.query.call == event.query.call;
    data.entries.iter().find_map(|(name, entry)| {
        let field = declared
            .field(name)
            .filter(|field| is_money(declared, field))?;
        let steps = entry.value.as_object().is_some_and(|object| {
            let mut keys = object.entries.keys();
            keys.any(|key| key == "increment" || key == "decrement")
        });
        let counted = || {
            let model = call.model().filter(|_| !own);
            model.is_some_and(|model| counts(context, model, (name, entry), filter))
        };
        (steps || counted()).then(|| field.name.to_string())
    })
}

/// Whether what moves the money asks before whether it was moved: by a claim whose count it looks at, or by a row that is
/// not there yet.
fn asks_itself(context: &Context<'_>, event: &QueryEvent<'_>, run: &Run<'_>) -> bool {
    let calls = &context.project.calls;
    let of_claim = |value: &Value| {
        let mut found = false;
        value.visit(&mut |part| {
            if let Value::Opaque(opaque) = part
                && let Root::Row(row) = &opaque.root
            {
                found |= calls.get(row.call).operation == Operation::UpdateMany;
            }
        });
        found
    };
    let is_row = |value: &Value| {
        matches!(value, Value::Opaque(opaque)
        if matches!(opaque.root, Root::Row(_)) && opaque.path.is_empty())
    };
    run.facts().any(|fact| match fact {
        Fact::Falsy(value) | Fact::Truthy(value) if of_claim(value) => true,
        Fact::Equal(a, b) | Fact::Differ(a, b) if of_claim(a) || of_claim(b) => true,
        Fact::Falsy(value) => is_row(value) && !event.event.facts.iter().any(|own| own == fact),
        _ => false,
    })
}

/// A number that is paid with: what it was called, or what its model is called.
fn is_money(model: &Model, field: &Field) -> bool {
    let number = field.scalar().is_some_and(|scalar| {
        matches!(
            scalar,
            ScalarType::Int | ScalarType::BigInt | ScalarType::Float | ScalarType::Decimal
        )
    });
    number && (has_word(&field.name, &MONEY) || has_word(&model.name, &["wallet"]))
}

/// Whether something before the update keeps the second request away: a write that asks for the state, a write to the
/// row before it is read, or SQL of its own.
fn takes_turns(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    runs: &[Run<'_>],
    (model, set): (ModelRef, &Set<'_>),
) -> bool {
    let own = event.query.call;
    let mut looked = false;
    runs.iter().filter(|run| run.query.call != own).any(|run| {
        let call = context.project.calls.get(run.query.call);
        looked |= run.query.call == set.row.call;
        if call.operation.is_raw() {
            return call.operation.is_write();
        }
        let changes = call.operation.is_write() && call.model() == Some(model);
        let claims = || conditions(run.query).is_none_or(|all| names(&all, &set.field.name));
        let before = !looked && run.transaction.is_some();
        let updates = matches!(call.operation, Operation::Update | Operation::UpdateMany);
        changes && updates && (before || claims())
    })
}

/// Whether a row is made beside the money by a key that comes of the same row, or of what was sent: the second request
/// fails there, and takes back what it has moved.
fn made_once(
    context: &Context<'_>,
    runs: &[Run<'_>],
    (moved, row): (&Run<'_>, &RowOrigin),
) -> bool {
    let mut before = true;
    runs.iter().any(|run| {
        before &= !std::ptr::eq(run, moved);
        let together = run.transaction.is_some() && run.transaction == moved.transaction;
        let call = context.project.calls.get(run.query.call);
        let Some(model) = call
            .model()
            .filter(|_| call.operation == Operation::Create && (before || together))
        else {
            return false;
        };
        let declared = context.project.schemas.model(model);
        let data = run.query.arguments.first().and_then(Value::as_object);
        let data = data.and_then(|arguments| arguments.entries.get("data")?.value.as_object());
        let Some(data) = data else { return true };
        let comes = |value: &Value| {
            let mut comes = false;
            value.visit(&mut |part| {
                if let Value::Opaque(opaque) = part {
                    comes |= match &opaque.root {
                        Root::Row(other) => other.call == row.call,
                        Root::Parameter(..) | Root::ClientInput(..) => true,
                        _ => false,
                    };
                }
            });
            comes
        };
        declared.unique_criteria().any(|key| {
            let mut values = key.columns.iter().map(|column| {
                let mut fields = declared.fields.iter();
                let field = fields.find(|field| Some(field.id) == column.field)?;
                data.entries.get(&field.name).map(|entry| &entry.value)
            });
            let mut any = false;
            values.all(|value| {
                value.is_some_and(|value| {
                    any |= comes(value);
                    true
                })
            }) && any
        })
    })
}

fn told(
    context: &Context<'_>,
    event: &QueryEvent<'_>,
    set: &Set<'_>,
    (moved, column): (CallId, &str),
    filter: &Value,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(event.query.call);
    let title = repeated::title(context, call);
    let place = |call: CallId| {
        let call = project.calls.get(call);
        project.modules.at(call.module, call.name.span)
    };
    let name = &set.field.name;
    let keys = call
        .model()
        .and_then(|model| written::keys(project.schemas.model(model), filter));
    let keys = keys.unwrap_or_else(|| "id".to_owned());
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(set.entry.module, set.entry.key),
        format!("two requests can both pass the check of `{name}`, and both move `{column}`"),
    )
    .label(format!(
        "`{title}` asks for the key alone, whatever `{name}` is by then"
    ))
    .related(
        place(set.row.call),
        format!("`{name}` is read here; a transaction does not keep the other away"),
    );
    if moved != event.query.call {
        found = found.related(place(moved), format!("`{column}` is moved here, by both"));
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "ask for the state where it is changed, before `{column}` is moved: `updateMany({{ where: {{ {keys}, {} }}, data: {{ ... }} }})`, {}",
            set.condition,
            stop_at_none(context, call)
        ))
        .subject(format!(
            "query:{} {title} {name}",
            functions::name(project, event.function)
        ))
}
