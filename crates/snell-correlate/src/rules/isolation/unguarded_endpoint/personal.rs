//! What of the rows that an endpoint gives back nobody shows to everybody.

use snell_flow::{RowOrigin, Step, scope::Reached};
use snell_prisma::{Field, Model};
use snell_project::{
    endpoint::{Endpoint, EndpointKind},
    ownership::Ownership,
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::{
        isolation::{entries::Entry, kinds, people},
        security::{
            Secret,
            projection::{Held, held},
            rewritten, secret,
            sensitive_field_exposed::is_field_of_type,
        },
    },
    support::name_words::{split, words},
};

/// Names of columns by which somebody is reached.
const CONTACT: [&str; 10] = [
    "email",
    "emailaddress",
    "phone",
    "phonenumber",
    "mobile",
    "mobilenumber",
    "telephone",
    "address",
    "streetaddress",
    "homeaddress",
];

/// Names of columns that say of a person what nobody publishes, in whatever table they stand.
const INTIMATE: [&str; 16] = [
    "birthdate",
    "birthday",
    "dateofbirth",
    "dob",
    "ssn",
    "socialsecuritynumber",
    "nationalid",
    "passportnumber",
    "idcardnumber",
    "cpf",
    "iban",
    "bloodtype",
    "allergies",
    "diagnosis",
    "medicalhistory",
    "salary",
];

/// The last words of names of models whose rows are between few, beside what people buy and book: what
/// they write to each other, what is done to their bodies.
const BETWEEN_FEW: [&str; 7] = [
    "message",
    "conversation",
    "inbox",
    "notification",
    "diagnosis",
    "payroll",
    "payslip",
];

/// What rows that are given back hold.
pub(super) struct Personal {
    /// Columns that nobody shows to everybody: `User.email`.
    pub(super) columns: Vec<String>,
    /// The query names them: somebody chose what is shown.
    pub(super) named: bool,
}

/// What is personal in the rows of a query that an endpoint gives back; `None` when nothing is, or
/// it is not known what goes out.
pub(super) fn personal(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> Option<Personal> {
    let given = given(context, entry, reached, model)?;
    let few = is_between_few(context, model);
    let is_own = |one: &Held<'_>| !one.nested || few || one.through.is_some_and(Field::is_list);
    let told = |one: &&Held<'_>| {
        is_personal(context, one)
            && is_own(one)
            && !rewritten::somewhere(context, one.field)
            && goes_out(context, entry.endpoint, one)
    };
    let found: Vec<&Held<'_>> = given.iter().filter(told).collect();
    if found.is_empty() && !few {
        return None;
    }
    let mut columns: Vec<String> = Vec::new();
    for one in &found {
        let of = &context.project.schemas.model(one.model).name;
        let name = format!("{of}.{}", one.field.name);
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    Some(Personal {
        columns,
        named: !few && found.iter().all(|one| one.named),
    })
}

/// The columns of a query's rows that an endpoint gives back.
fn given<'a>(
    context: &Context<'a>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> Option<Vec<Held<'a>>> {
    let arguments = reached.query.arguments.first()?;
    let row = RowOrigin::of(reached.query.call, arguments);
    let mut all = Vec::new();
    for escape in entry.walk.escapes.iter().filter(|one| *one.row == row) {
        let names: Vec<&str> = escape
            .path
            .iter()
            .filter_map(|step| match step {
                Step::Property(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let without = |one: &Held<'_>| {
            escape
                .path
                .iter()
                .any(|step| matches!(step, Step::Without(names) if names.contains(&one.field.name)))
        };
        let columns = held(context, model, arguments, &names)?;
        all.extend(
            columns
                .into_iter()
                .filter(|one| one.nested || !without(one)),
        );
    }
    (!all.is_empty()).then_some(all)
}

fn is_personal(context: &Context<'_>, held: &Held<'_>) -> bool {
    let plain = split(&held.field.name).concat();
    let person = is_person(context, held.model);
    INTIMATE.contains(&plain.as_str())
        || secret(held.field) == Some(Secret::Password)
        || person && CONTACT.contains(&plain.as_str())
}

/// Whether rows of a model are people who sign in.
pub(super) fn is_person(context: &Context<'_>, model: ModelRef) -> bool {
    let declared = context.project.schemas.model(model);
    people::is_identity(context, model)
        || declared
            .columns()
            .any(|field| secret(field) == Some(Secret::Password))
}

/// Whether who asks gets a column: GraphQL gives what its types have.
fn goes_out(context: &Context<'_>, endpoint: &Endpoint, held: &Held<'_>) -> bool {
    endpoint.kind != EndpointKind::Query || is_field_of_type(context, held.model, &held.field.name)
}

/// Whether rows of a model are between few people, by what they are called and by the schema: they
/// belong to somebody, or name those who have a part in them.
pub(super) fn is_between_few(context: &Context<'_>, model: ModelRef) -> bool {
    let declared = context.project.schemas.model(model);
    let words = words(&declared.name);
    let said = words.last().is_some_and(|last| {
        let last = last.as_str();
        BETWEEN_FEW.contains(&last)
            || kinds::is_called_private(context, model)
            || last.starts_with("chat")
            || last == "room" && words.iter().any(|word| word == "chat")
    });
    said && (is_someones(context, model) || has_members(context, model, declared))
}

fn is_someones(context: &Context<'_>, model: ModelRef) -> bool {
    matches!(context.project.owners.of(model), Ownership::Owned(chains)
        if chains.iter().any(|chain| chain.required))
}

/// Whether a row has a list of people: those who are in it.
fn has_members(context: &Context<'_>, model: ModelRef, declared: &Model) -> bool {
    let lists = declared.relation_fields().filter(|field| field.is_list());
    lists.filter_map(Field::relation).any(|side| {
        let target = ModelRef {
            schema: model.schema,
            model: side.target,
        };
        people::is_identity(context, target)
    })
}
