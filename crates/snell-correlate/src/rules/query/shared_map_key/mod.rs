//! Rows that are put into a table by a column that several of them share.

mod folds;

use snell_flow::{Value, scope::leaves};
use snell_prisma::{Field, Index, Model};
use snell_project::{
    client::CallId,
    module::{In, ModuleId},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use self::folds::Fold;
use super::{listed, repeated};
use crate::{
    functions,
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/shared-map-key",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Rows are put into a table by a column that several of them share",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let modules = project.modules.iter();
    let modules = modules.filter(|(module, _)| functions::is_application(project, *module));
    modules
        .flat_map(|(module, owner)| {
            let folds = folds::folds(&owner.facts);
            folds.into_iter().map(move |fold| (module, fold))
        })
        .filter_map(|(module, fold)| loss(context, module, fold))
        .map(|loss| finding(context, &loss))
        .collect()
}

/// Rows of which some take the place of others.
struct Loss<'c> {
    module: ModuleId,
    fold: Fold,
    call: CallId,
    model: &'c Model,
    /// The key that names one row, and of which the table has a part.
    unique: &'c Index,
    /// What of it is left out.
    left_out: Vec<String>,
}

fn loss<'c>(context: &Context<'c>, module: ModuleId, fold: Fold) -> Option<Loss<'c>> {
    let project = context.project;
    let at = In {
        module,
        id: fold.source,
    };
    let rows = listed::rows(context, at)?;
    let call = project.calls.get(rows.call);
    let model = project.schemas.model(call.model()?);
    let key = model.field(&fold.key)?;
    if model.is_id(key.id) || model.is_unique(key.id) || follows(model, key, &fold) {
        return None;
    }
    let asked = asked(&rows.arguments, key)?;
    let open = |index: &&Index| -> Option<Vec<String>> {
        let fields = index.fields()?;
        let others = fields.iter().filter(|field| **field != key.id);
        let others = others.filter_map(|field| model.fields.iter().find(|own| own.id == *field));
        let open = others.filter(|field| !asked.iter().any(|name| names(model, field, name)));
        Some(open.map(|field| field.name.to_string()).collect())
    };
    let mut keys = model.unique_criteria().filter(|index| {
        index.columns.len() > 1
            && index
                .fields()
                .is_some_and(|fields| fields.contains(&key.id))
    });
    let unique = keys.next()?;
    let left_out = open(&unique).filter(|names| !names.is_empty())?;
    if is_said_by_key(context, model, key, &left_out) {
        return None;
    }
    // Another key of which all that is left is asked for names one row of each.
    let settled = keys.any(|index| open(&index).is_none_or(|names| names.is_empty()));
    let scoped = call.client.is_scoping() || call.client.extended;
    (!settled && !scoped).then_some(Loss {
        module,
        fold,
        call: rows.call,
        model,
        unique,
        left_out,
    })
}

/// Whether the row that a key names says all that is left out: a canvas is one person's, and so are the schedules of it.
fn is_said_by_key(context: &Context<'_>, model: &Model, key: &Field, left_out: &[String]) -> bool {
    let mut models = context.project.schemas.models();
    models.any(|(_, _, other)| {
        let named = other.field(&key.name);
        let by_name = named.is_some_and(|own| other.is_unique(own.id) || other.is_id(own.id));
        let by_relation = model
            .relation_fields()
            .filter_map(Field::relation)
            .any(|side| side.fields == [key.id] && side.target == other.id);
        other.id != model.id
            && (by_name || by_relation)
            && left_out.iter().all(|name| other.field(name).is_some())
    })
}

/// Whether what is kept is the same for all rows of one key: the row that a foreign key leads to.
fn follows(model: &Model, key: &Field, fold: &Fold) -> bool {
    let Some(kept) = &fold.kept else {
        return false;
    };
    let of_key = |name: &str| {
        let field = model.field(name);
        let side = field.and_then(Field::relation);
        side.is_some_and(|side| side.fields == [key.id])
    };
    kept.iter().all(|name| *name == key.name || of_key(name))
}

/// The first names of what a query asks for by equality; `None` when the order or something unknown says which row is
/// kept in the end.
fn asked(arguments: &Value, key: &Field) -> Option<Vec<String>> {
    let object = match arguments {
        Value::Undefined => return Some(Vec::new()),
        Value::Object(object) if object.spreads.is_empty() => object,
        _ => return None,
    };
    let given = |name: &str| {
        let entry = object.entries.get(name);
        entry
            .map(|entry| &entry.value)
            .filter(|value| !matches!(value, Value::Undefined))
    };
    if ["distinct", "take", "cursor"]
        .iter()
        .any(|name| given(name).is_some())
    {
        return None;
    }
    // In an order of another column the last one is meant.
    let by_key = |order: &Value| {
        order.as_object().is_some_and(|order| {
            order.spreads.is_empty() && order.entries.keys().all(|name| *name == key.name)
        })
    };
    if given("orderBy").is_some_and(|order| !by_key(order)) {
        return None;
    }
    let Some(filter) = given("where") else {
        return Some(Vec::new());
    };
    let leaves = leaves(filter)?;
    Some(
        leaves
            .iter()
            .filter_map(|leaf| leaf.path.first().map(ToString::to_string))
            .collect(),
    )
}

/// Whether a condition of this name is about a column, or about the row that the column leads to.
fn names(model: &Model, column: &Field, name: &str) -> bool {
    name == column.name
        || model
            .field(name)
            .and_then(Field::relation)
            .is_some_and(|side| side.fields.contains(&column.id))
}

fn finding(context: &Context<'_>, loss: &Loss<'_>) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(loss.call);
    let title = repeated::title(context, call);
    let quoted: Vec<String> = loss
        .left_out
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let left_out = wording::and(&quoted);
    let key = &loss.fold.key;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(loss.module, loss.fold.at),
        format!(
            "`{}` rows with the same `{key}` take each other's place: they differ in {left_out}",
            loss.model.name
        ),
    )
    .label("which one stays is up to the database: no order is asked for")
    .related(
        project.modules.at(call.module, call.name.span),
        format!("`{title}` gives rows of every {left_out}"),
    );
    if let Some(schema) = call
        .schema
        .or_else(|| call.model().map(|model| model.schema))
    {
        let place = snell_prisma::Place {
            file: loss.model.at.file,
            span: loss.unique.span,
        };
        let schema = project.schemas.get(schema);
        found = found.related(schema.location(place), "only all of them name one row");
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "ask for the rows of one {left_out} in `where`, or make the whole key the table's"
        ))
        .subject(format!("query:{title} {key}"))
}
