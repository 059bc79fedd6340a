//! A key in a client call's arguments that the model does not have.

mod extended;

use snell_prisma::{Field, Model};
use snell_project::client::arguments::Shape;
use snell_source::{
    Diagnostic, DiagnosticBuilder, Joined, Preset, RuleMetadata, Severity, closest,
};

use super::{
    calls::{Found, faults},
    describe::shape_words,
    walk::FaultKind,
};
use crate::{
    Context,
    rule::Rule,
    support::{name_words::split, wording::a_few},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/unknown-field",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A client call names a field that the model does not have",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let wanted =
        |kind: &FaultKind| matches!(kind, FaultKind::UnknownKey | FaultKind::UnknownColumn(_));
    let mut found = faults(context, wanted);
    // Of an object in the place of a value, one key says all.
    found.dedup_by(|later, first| {
        let same = later.call.expression == first.call.expression
            && later.call.module == first.call.module
            && later.fault.field == first.fault.field
            && later.fault.at.file == first.fault.at.file;
        same && is_object_for_value(first) && is_object_for_value(later)
    });
    found
        .iter()
        .map(|found| finding(context, found))
        .chain(extended::findings(context))
        .collect()
}

fn finding(context: &Context<'_>, found: &Found<'_>) -> Diagnostic {
    let fault = &found.fault;
    let name = match &fault.kind {
        FaultKind::UnknownColumn(name) => name.as_str(),
        _ => fault.key.as_str(),
    };
    let model = found.around();
    let fields = fault.shape.lists_fields() || fault.kind != FaultKind::UnknownKey;
    let declared = model.field(name).filter(|_| fields);
    let (builder, subject) = match (declared, fields) {
        _ if let Some(field) = found.field()
            && is_object_for_value(found) =>
        {
            object_for_value(found, field, name)
        }
        (Some(field), _) => misplaced(found, model, field),
        (None, true) => absent(found, model, name),
        (None, false) => unknown_word(found, model, name),
    };
    found.finish(context, builder, subject)
}

/// The model has no such field.
fn absent(found: &Found<'_>, model: &Model, name: &str) -> (DiagnosticBuilder, String) {
    // The same words in another spelling: a schema in `snake_case`, and code in `camelCase`.
    let spelt = model
        .columns()
        .find(|field| split(&field.name) == split(name));
    let message = match spelt {
        Some(field) => format!(
            "`{}` has no field `{name}`: it is called `{}`",
            model.name, field.name
        ),
        None => format!("`{}` has no field `{name}`", model.name),
    };
    let builder = Diagnostic::at(&RULE.metadata, found.fault.at, message)
        .label(format!("not a field of `{}`", model.name))
        .related(
            found.schema.model_name(model),
            format!("`{}` is declared here", model.name),
        );
    let builder = match (model.field_of_column(name), spelt) {
        (Some(field), _) => builder.help(format!(
            "`{name}` is the column: the client calls it `{}`",
            field.name
        )),
        (None, Some(_)) => builder.help("name fields as the schema does, or name them in the schema as the code does, with `@map` for the column"),
        (None, None) => suggest(builder, name, &keys(found), Some(model)),
    };
    (builder, format!("model:{} field:{name}", model.name))
}

/// The model has the field, but not for this place.
fn misplaced(found: &Found<'_>, model: &Model, field: &Field) -> (DiagnosticBuilder, String) {
    let place = shape_words(found.fault.shape);
    let (label, help) = match found.fault.shape {
        _ if field.ignored.is_some() => (
            "`@ignore` hides the field from the client",
            "take `@ignore` away where code needs the field, or leave it out",
        ),
        _ if !field.is_visible() => (
            "the client does not know fields of this type",
            "read and write it with `$queryRaw` and `$executeRaw`",
        ),
        Shape::Include(_) => (
            "a column, no relation",
            "columns come without being asked for: leave it out, or use `select`",
        ),
        Shape::CreateMany(..) | Shape::UpdateMany(..) if field.relation().is_some() => (
            "a relation: only columns can be written here",
            "write the column of the foreign key",
        ),
        Shape::Create(..) | Shape::Update(..) => {
            ("the relation around it fills this already", "leave it out")
        }
        Shape::AggregateSelect(..) | Shape::OrderByAggregate(..) => (
            "the column has no such aggregate",
            "leave it out: sums and averages are of numbers",
        ),
        _ if field.relation().is_some() => (
            "a relation: only columns can stand here",
            "name the column of its foreign key",
        ),
        _ => ("cannot stand here", "leave it out"),
    };
    let builder = Diagnostic::at(
        &RULE.metadata,
        found.fault.at,
        format!("{place} cannot hold `{}` of `{}`", field.name, model.name),
    )
    .label(label)
    .related(
        found.schema.field_name(field),
        format!("`{}` is declared here", field.name),
    );
    let builder = builder.help(help);
    (
        builder,
        format!("model:{} field:{}", model.name, field.name),
    )
}

/// Whether an object whose keys are no operations is written into a column that holds one value.
fn is_object_for_value(found: &Found<'_>) -> bool {
    found.fault.kind == FaultKind::UnknownKey
        && matches!(found.fault.shape, Shape::ScalarUpdate { .. })
        && near(&found.fault.key, &keys(found)).is_none()
}

/// An object is written into a column that holds one value.
fn object_for_value(found: &Found<'_>, field: &Field, name: &str) -> (DiagnosticBuilder, String) {
    let whole = found.field_name().unwrap_or_else(|| field.name.to_string());
    let ty = field.scalar().map_or("value", |scalar| scalar.as_str());
    let known: Vec<String> = keys(found).iter().map(|key| format!("`{key}`")).collect();
    let builder = Diagnostic::at(
        &RULE.metadata,
        found.fault.at,
        format!("`{whole}` is a `{ty}`, and is given an object with `{name}`"),
    )
    .label("a key of an object, where a value belongs")
    .related(
        found.schema.field_name(field),
        format!("`{}` is declared here", field.name),
    )
    .help(format!(
        "give a value; an object there can only hold {}",
        known.join(", ")
    ));
    (builder, format!("field:{whole} word:{name}"))
}

/// A word of Prisma Client itself: an argument, an operator, an operation on a relation.
fn unknown_word(found: &Found<'_>, model: &Model, name: &str) -> (DiagnosticBuilder, String) {
    let operation = found.call.operation.as_str();
    let (message, label) = match (found.fault.shape, found.field_name()) {
        (Shape::Arguments(..), _) => (
            format!("`{operation}` takes no argument `{name}`"),
            "no such argument".to_owned(),
        ),
        (shape, Some(field)) => (
            format!("{} of `{field}` has no `{name}`", shape_words(shape)),
            "not known to Prisma Client".to_owned(),
        ),
        (shape, None) => (
            format!("{} has no `{name}`", shape_words(shape)),
            "not known to Prisma Client".to_owned(),
        ),
    };
    let builder = Diagnostic::at(&RULE.metadata, found.fault.at, message).label(label);
    let builder = match found.field() {
        Some(field) => builder.related(
            found.schema.field_name(field),
            format!("`{}` is declared here", field.name),
        ),
        None => builder.related(
            found.schema.model_name(model),
            format!("`{}` is declared here", model.name),
        ),
    };
    let subject = match found.field_name() {
        Some(field) => format!("field:{field} word:{name}"),
        None => format!("model:{} operation:{operation} word:{name}", model.name),
    };
    (suggest(builder, name, &keys(found), None), subject)
}

fn keys(found: &Found<'_>) -> Vec<String> {
    let shape = match found.fault.kind {
        FaultKind::UnknownColumn(_) => Shape::ScalarWhere(found.around().id),
        _ => found.fault.shape,
    };
    let keys = shape.keys(&found.schema.datamodel).unwrap_or_default();
    keys.into_iter().map(|key| key.name.to_string()).collect()
}

/// What may be meant by a name, or what can stand in its place: the fields of `model`, where it
/// lists those.
fn suggest(
    builder: DiagnosticBuilder,
    name: &str,
    keys: &[String],
    model: Option<&Model>,
) -> DiagnosticBuilder {
    let near = near(name, keys);
    let is_own = |key: &&str| model.is_none_or(|model| model.field(key).is_some());
    let known: Vec<&str> = keys.iter().map(String::as_str).filter(is_own).collect();
    let help = match (near, model) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(model)) => format!(
            "`{}` has {}: name the one that is meant, or declare `{name}` and migrate before the code runs",
            model.name,
            a_few(&known)
        ),
        (None, None) if known.is_empty() => "leave it out".to_owned(),
        (None, None) => format!("what can stand here is {}", a_few(&known)),
    };
    builder.help(help)
}

/// The key that was probably meant.
fn near<'k>(name: &str, keys: &'k [String]) -> Option<&'k str> {
    closest(name, keys.iter().map(String::as_str)).or_else(|| by_words(name, keys))
}

/// The only key that ends, or begins, with what was written as words of its own:
/// `learningConfidence` for `confidence`.
fn by_words<'k>(name: &str, keys: &'k [String]) -> Option<&'k str> {
    if name.len() < 4 {
        return None;
    }
    let mut letters = name.chars();
    let first = letters.next()?;
    let as_last = format!("{}{}", first.to_ascii_uppercase(), letters.as_str());
    let fits = |key: &&String| {
        let begins = key
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_uppercase()));
        begins || key.ends_with(&as_last)
    };
    let mut fitting = keys.iter().filter(fits);
    let only = fitting.next()?;
    fitting.next().is_none().then_some(only.as_str())
}
