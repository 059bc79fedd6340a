//! What the name of a model says of who is to see its rows.

use snell_project::{ownership::Ownership, schema::ModelRef};

use crate::{rule::Context, support::name_words::split};

/// Last words in the names of models whose rows are between one person and those who run the application:
/// what they buy, pay and book, and where they live.
const PRIVATE: [&str; 16] = [
    "order",
    "invoice",
    "payment",
    "receipt",
    "refund",
    "transaction",
    "wallet",
    "cart",
    "basket",
    "address",
    "booking",
    "reservation",
    "appointment",
    "prescription",
    "shipment",
    "payslip",
];

/// Last words in the names of models whose rows are written to be read: who may change them is another question.
const FOR_ALL: [&str; 20] = [
    "review",
    "rating",
    "comment",
    "reply",
    "post",
    "article",
    "blog",
    "story",
    "product",
    "listing",
    "event",
    "category",
    "tag",
    "question",
    "answer",
    "like",
    "testimonial",
    "recipe",
    "course",
    "lesson",
];

/// Last words in the names of models whose rows a business offers to whoever may come.
const ON_OFFER: [&str; 15] = [
    "service", "menu", "dish", "meal", "package", "bundle", "plan", "price", "amenity", "facility",
    "gallery", "room", "vehicle", "property", "branch",
];

/// Those of them of which each row says what may be had, and nothing of who has it.
const IN_CATALOGUES: [&str; 9] = [
    "service", "menu", "dish", "meal", "bundle", "price", "amenity", "facility", "product",
];

/// Whether rows of a model are those of a catalogue, as far as its name says.
pub(in crate::rules::isolation) fn is_in_catalogue(context: &Context<'_>, model: ModelRef) -> bool {
    is_called(context, model, &IN_CATALOGUES)
}

/// Whether rows of a model are what a business offers, as far as its name says.
pub(in crate::rules::isolation) fn is_on_offer(context: &Context<'_>, model: ModelRef) -> bool {
    is_called(context, model, &ON_OFFER)
}

/// Whether a model is called like what is between one person and those who run the application.
pub(in crate::rules::isolation) fn is_called_private(
    context: &Context<'_>,
    model: ModelRef,
) -> bool {
    is_called(context, model, &PRIVATE)
}

/// Whether rows of a model are there to be read by everybody, as far as its name says.
pub(in crate::rules::isolation) fn is_for_all(context: &Context<'_>, model: ModelRef) -> bool {
    is_called(context, model, &FOR_ALL)
}

/// Whether the last word in the name of a model is one of these, or more than one of them.
fn is_called(context: &Context<'_>, model: ModelRef, names: &[&str]) -> bool {
    let words = split(&context.project.schemas.model(model).name);
    words.last().is_some_and(|last| {
        let one = [
            Some(last.as_str()),
            last.strip_suffix('s'),
            last.strip_suffix("es"),
        ];
        let several = last.strip_suffix("ies").map(|stem| format!("{stem}y"));
        one.iter().flatten().any(|one| names.contains(one))
            || several.is_some_and(|one| names.contains(&one.as_str()))
    })
}

/// Whether rows of a model are nobody's business but that of the one person whom each belongs to.
pub(super) fn is_private(context: &Context<'_>, model: ModelRef) -> bool {
    let project = context.project;
    let graph = project.owners.graph(model.schema);
    let owned = match project.owners.of(model) {
        owned @ Ownership::Owned(_) => owned
            .direct()
            .any(|chain| chain.required && graph.ends_at_person(chain)),
        _ => false,
    };
    owned && is_called_private(context, model)
}
