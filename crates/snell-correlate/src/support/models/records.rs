//! Models whose rows have to outlive what they are about: what was paid, and who did what.

use snell_prisma::{Field, Model, ScalarType};

use crate::support::name_words::{has_word, words};

/// What rows are kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Record {
    /// What was paid or is owed.
    Money,
    /// Who did what, and when.
    Trail,
}

impl Record {
    /// What a message calls such rows.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Record::Money => "what was paid",
            Record::Trail => "the record of what was done",
        }
    }
}

/// Words in the names of models that hold what was paid.
const MONEY: [&str; 14] = [
    "invoice",
    "payment",
    "payout",
    "refund",
    "receipt",
    "ledger",
    "billing",
    "charge",
    "transaction",
    "purchase",
    "order",
    "sale",
    "withdrawal",
    "deposit",
];

/// Words in the names of columns that hold how much.
const AMOUNTS: [&str; 10] = [
    "amount", "total", "subtotal", "price", "cent", "fee", "balance", "cost", "tax", "sum",
];

/// Words in the names of columns that say who has paid, or for what.
const PAYERS: [&str; 9] = [
    "user", "buyer", "customer", "client", "member", "account", "order", "payment", "paid",
];

/// Words before `log` and its like in the names of models that say who did what.
const DEEDS: [&str; 11] = [
    "activity", "access", "security", "admin", "action", "login", "usage", "billing", "api",
    "consent", "change",
];

/// Words in the names of columns of what was spent.
const COSTS: [&str; 4] = ["cost", "price", "fee", "tax"];

/// What rows of a model are kept for, by its name and its columns.
pub(crate) fn record(model: &Model) -> Option<Record> {
    let amount = |field: &Field| {
        matches!(
            field.scalar(),
            Some(ScalarType::Int | ScalarType::BigInt | ScalarType::Decimal | ScalarType::Float)
        ) && has_word(&field.name, &AMOUNTS)
    };
    if has_word(&model.name, &MONEY) && model.columns().any(amount) && !is_price_list(model) {
        return Some(Record::Money);
    }
    is_trail(model).then_some(Record::Trail)
}

/// Whether rows say at which prices something is offered in a sale, and not who has paid what.
fn is_price_list(model: &Model) -> bool {
    let money: Vec<&str> = MONEY.into_iter().filter(|word| *word != "sale").collect();
    let says = |wanted: &[&str]| model.columns().any(|field| has_word(&field.name, wanted));
    let paid: Vec<&str> = AMOUNTS
        .into_iter()
        .filter(|word| *word != "price")
        .collect();
    !has_word(&model.name, &money) && !says(&paid) && !says(&PAYERS)
}

/// Whether rows say what happened when, and are not meant to change: a log.
fn is_trail(model: &Model) -> bool {
    let name = words(&model.name);
    let last = name.last().map_or("", String::as_str);
    let keeps = name.len() > 1 && matches!(last, "log" | "trail" | "journal");
    let costs = || model.columns().any(|field| has_word(&field.name, &COSTS));
    let named = name.iter().any(|word| word == "audit")
        || keeps && (name.iter().any(|word| DEEDS.contains(&word.as_str())) || costs());
    let dated = model
        .columns()
        .any(|field| field.scalar() == Some(ScalarType::DateTime));
    let changes = model.columns().any(|field| field.updated_at.is_some());
    named && dated && !changes
}

/// Whether a model's rows say what went by, whoever asks for it later.
pub(crate) fn is_log(model: &Model) -> bool {
    let name = words(&model.name);
    let last = name.last().map_or("", String::as_str);
    name.len() > 1
        && last == "log"
        && model
            .columns()
            .any(|field| field.scalar() == Some(ScalarType::DateTime))
}
