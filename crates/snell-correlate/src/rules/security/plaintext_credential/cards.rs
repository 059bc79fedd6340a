//! Columns that hold with what somebody pays: the number of a card, and the code that proves it is there.

use snell_prisma::{Field, Model, ScalarType};

use crate::support::name_words::split;

/// What a column holds of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    /// Its number.
    Number,
    /// The code on its back, which nobody may keep.
    Code,
}

/// Names of numbers that mean a payment's card wherever they stand.
const NUMBERS: [&str; 6] = [
    "creditcardnumber",
    "debitcardnumber",
    "paymentcardnumber",
    "bankcardnumber",
    "creditcardno",
    "primaryaccountnumber",
];

/// Names of numbers that mean one where other words of the table do.
const PERHAPS: [&str; 4] = ["cardnumber", "cardno", "cardnum", "pan"];

/// Names of codes.
const CODES: [&str; 7] = [
    "cvv",
    "cvc",
    "cvv2",
    "cvc2",
    "cardcvv",
    "cardcvc",
    "cardsecuritycode",
];

/// Words of a table of cards with which somebody pays.
const PAYS: [&str; 12] = [
    "payment",
    "credit",
    "debit",
    "cardholder",
    "holder",
    "cvv",
    "cvc",
    "expiry",
    "expiration",
    "expires",
    "brand",
    "billing",
];

/// Words that say that the value is another one.
const PROMISES: [&str; 10] = [
    "encrypted",
    "hash",
    "hashed",
    "cipher",
    "masked",
    "last4",
    "last",
    "token",
    "digest",
    "enc",
];

/// What a column holds of a card, by its name and those beside it.
pub(super) fn card(model: &Model, field: &Field) -> Option<Card> {
    let words = split(&field.name);
    let promised = words.iter().any(|word| PROMISES.contains(&word.as_str()));
    if field.scalar() != Some(ScalarType::String) || promised {
        return None;
    }
    let plain = words.concat();
    if CODES.contains(&plain.as_str()) {
        return Some(Card::Code);
    }
    let pays = || {
        let own = split(&model.name);
        let beside = model.columns().filter(|other| other.id != field.id);
        let beside = beside.flat_map(|other| split(&other.name));
        own.into_iter()
            .chain(beside)
            .any(|word| PAYS.contains(&word.as_str()))
    };
    (NUMBERS.contains(&plain.as_str()) || PERHAPS.contains(&plain.as_str()) && pays())
        .then_some(Card::Number)
}
