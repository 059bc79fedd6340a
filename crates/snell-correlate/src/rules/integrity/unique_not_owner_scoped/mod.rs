//! A name that only one owner may give.

use snell_prisma::{Datamodel, Field, FieldId, Index, Model};
use snell_project::{
    ownership::{Chain, Ownership},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        field_life,
        growth::{Growth, Growths},
        name_words::words,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/unique-not-owner-scoped",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A unique over a name leaves the owner out: what one has taken, nobody else may use",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let lives = field_life::field_lives(context);
    tables::of_postgres(context)
        .filter(|table| lives.owned(table.model).is_none())
        .flat_map(|table| {
            let uniques = table.model.uniques();
            uniques.filter_map(move |unique| finding(context, table, unique))
        })
        .collect()
}

fn finding(context: &Context<'_>, table: TableModel<'_>, unique: &Index) -> Option<Diagnostic> {
    let TableModel { id, schema, model } = table;
    let datamodel = &schema.datamodel;
    let reference = ModelRef {
        schema: id,
        model: model.id,
    };
    let Ownership::Owned(chains) = context.project.owners.of(reference) else {
        return None;
    };
    let chain = chains.iter().find(|chain| chain.required)?;
    let fields = unique.fields()?;
    // A key of any other model narrows it to rows of one parent.
    if fields
        .iter()
        .any(|field| model.is_foreign_key(*field) || is_key_of_chain(chains, *field))
    {
        return None;
    }
    let name = fields
        .iter()
        .map(|id| &datamodel[*id])
        .find(|field| is_name(model, field))?;
    let column = first_key(datamodel, model, chain)?;
    // Of whom there is one row each, the name is that of the row.
    let mut keys = model.unique_criteria();
    if keys.any(|key| matches!(key.columns.as_slice(), [only] if only.field == Some(column))) {
        return None;
    }
    let columns = wording::columns(unique);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.location(model.place(unique.span)),
        format!(
            "two owners cannot each have a `{}` with the same `{}`",
            model.name, name.name
        ),
    )
    .label(format!(
        "`{}` is unique over all owners",
        wording::declared(unique)
    ))
    .related(schema.field_name(&datamodel[column]), "whose the row is");
    let growth = Growths::shared(context).of_model(reference);
    if matches!(growth.growth, Growth::Catalogue | Growth::Configuration) {
        found = found.lowered(
            Severity::Low,
            "no endpoint was seen in which people make such rows",
        );
    }
    if let Some(at) = growth.made_at {
        found = found.related(
            at,
            "fails with P2002 for a name of somebody else, and tells that it is taken",
        );
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help(format!(
                "`@@unique([{}, {columns}])` keeps names apart within each owner",
                datamodel[column].name
            ))
            .subject(wording::subject(model, &columns)),
    )
}

/// Whether a column holds the owner's key without a relation.
fn is_key_of_chain(chains: &[Chain], field: FieldId) -> bool {
    chains
        .iter()
        .any(|chain| chain.relations.is_empty() && chain.key == Some(field))
}

/// The column of the model itself by which its rows belong to somebody.
fn first_key(datamodel: &Datamodel, model: &Model, chain: &Chain) -> Option<FieldId> {
    match chain.relations.first() {
        None => chain.key,
        Some(first) => match datamodel[*first].relation()?.fields.as_slice() {
            [only] if only.model == model.id => Some(*only),
            _ => None,
        },
    }
}

/// Whether people call a row by this: `name`, `title`, `tagName` of a `Tag`. What is an
/// address for everybody (a slug, a user name, a code) is unique by nature.
fn is_name(model: &Model, field: &Field) -> bool {
    let name = words(&field.name);
    let Some((last, before)) = name.split_last() else {
        return false;
    };
    let calls = matches!(last.as_str(), "name" | "title" | "label");
    calls && (before.is_empty() || before == words(&model.name))
}
