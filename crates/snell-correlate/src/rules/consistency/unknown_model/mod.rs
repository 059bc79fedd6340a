//! A delegate of a client that no schema declares.

use snell_project::{
    client::{CallTarget, ClientCall},
    schema::{History, Schema},
};
use snell_source::{Diagnostic, DiagnosticBuilder, Preset, RuleMetadata, Severity, closest};
use snell_sql::catalog::Relation;

use super::{
    describe::outside_application,
    extensions::Extensions,
    foreign::{Foreign, is_expected},
};
use crate::{
    Context,
    rule::Rule,
    support::{name_words::words, renames::renamed_to, wording::a_few},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/unknown-model",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A client call asks for a model that no schema declares",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let extensions = Extensions::of(context.project);
    let foreign = Foreign::of(context);
    context
        .project
        .calls
        .iter()
        .filter_map(|(_, call)| finding(context, &extensions, &foreign, call))
        .collect()
}

fn finding(
    context: &Context<'_>,
    extensions: &Extensions,
    foreign: &Foreign,
    call: &ClientCall,
) -> Option<Diagnostic> {
    let CallTarget::UnknownModel(name) = &call.target else {
        return None;
    };
    let project = context.project;
    let schema = project.schemas.get(call.schema?);
    let at = project.modules.at(call.module, name.span);
    let extended = call.client.extended && extensions.are_opaque();
    if extended
        || extensions.give(&name.text)
        || foreign.holds(context, call)
        || schema
            .datamodel
            .models()
            .iter()
            .any(|model| !model.is_complete)
        || is_expected(context, at)
    {
        return None;
    }
    let builder = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("no schema has a model for `{}`", name.text),
    )
    .label(format!("`{}` is not there when it runs", name.text));
    let models = schema.datamodel.models();
    let ignored = models
        .iter()
        .find(|model| model.accessor == name.text && model.ignored.is_some());
    let near = closest(
        &name.text,
        models.iter().map(|model| model.accessor.as_str()),
    )
    .and_then(|near| models.iter().find(|model| model.accessor == near));
    let by_table = schema.datamodel.models_of_table(&name.text).next();
    let table = built(schema, &name.text);
    let builder = match (ignored, by_table, near) {
        (Some(model), ..) => builder.related(
            schema.model_name(model),
            "`@@ignore` hides the model from the client",
        ),
        (None, Some(model), _) if model.map.is_some() => builder
            .related(schema.model_name(model), "the table's model")
            .help(format!("the client calls it `{}`", model.accessor)),
        _ if let Some((history, relation)) = table => builder
            .related(
                history.part(relation.provenance.created, &relation.name),
                "the migrations make its table",
            )
            .help(format!(
                "declare a model for the table `{}`: `prisma db pull` writes it from a database that has run the migrations",
                relation.name
            )),
        (.., Some(model)) => builder
            .related(schema.model_name(model), "the nearest model")
            .help(format!("did you mean `{}`?", model.accessor)),
        _ => elsewhere(builder, schema, &name.text),
    };
    let builder = builder.confidence(call.confidence);
    let builder = builder.caused_by(format!("{} {}", schema.path, name.text));
    Some(outside_application(context, at, builder).subject(format!("model:{}", name.text)))
}

/// The table of that name that migrations make and no model has.
fn built<'a>(schema: &'a Schema, name: &str) -> Option<(&'a History, &'a Relation)> {
    let history = schema.history.as_ref()?;
    let named = |relation: &Relation| {
        let mut models = schema.datamodel.models_of_table(&relation.name);
        words(&relation.name) == words(name) && models.next().is_none()
    };
    let mut tables = history.replay.catalog.tables();
    let (relation, _) = tables.find(|(relation, _)| named(relation))?;
    Some((history, relation))
}

/// A name that no model comes near: what became of the table of that name, else what there is.
fn elsewhere(builder: DiagnosticBuilder, schema: &Schema, name: &str) -> DiagnosticBuilder {
    let builder = match schema.datamodel.datasource() {
        Some(datasource) => builder.related(
            schema.location(snell_prisma::Place {
                file: datasource.at.file,
                span: datasource.name_span,
            }),
            "the schema of this client",
        ),
        None => builder,
    };
    let became = renamed_to(schema, |table| words(table) == words(name));
    if let Some((table, now)) = became
        && let Some(model) = schema.datamodel.models_of_table(&now).next()
    {
        return builder.help(format!(
            "the table `{table}` became `{now}`: the client calls it `{}`",
            model.accessor
        ));
    }
    let models = schema.datamodel.models().iter();
    let known: Vec<&str> = models.map(|model| model.accessor.as_str()).collect();
    match known.is_empty() {
        true => builder.help("take the call out: the schema has no models"),
        false => builder.help(format!(
            "ask for a model that there is, which are {}, or take the call out",
            a_few(&known)
        )),
    }
}
