//! A foreign key that no index leads with.

use std::sync::Arc;

use snell_prisma::{
    Algorithm, Datamodel, FieldId, ForeignKey, Index, Model, Provider, ReferentialAction,
    RelationMode,
};
use snell_project::{
    ownership::{Ownership, RootKind},
    schema::{FieldRef, ModelRef, Schema, SchemaId},
};
use snell_source::{
    Confidence, Diagnostic, DiagnosticBuilder, Location, Preset, RuleMetadata, Severity,
};

use super::proposed;
use crate::{
    rule::{Context, Rule},
    support::{
        advice::Advice,
        deletions::{Deletion, Deletions, OfModel},
        growth::Growths,
        lookups::Lookups,
        unindexed::{self, holds_all, starts_within},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/foreign-key-without-index",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "No index leads with a foreign key",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What the code does with the tables.
struct Usage {
    deletions: Arc<Deletions>,
    lookups: Lookups,
    growths: Arc<Growths>,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let usage = Usage {
        deletions: Deletions::running(context),
        lookups: Lookups::of(context),
        growths: Growths::shared(context),
    };
    let mut found = Vec::new();
    for (id, schema) in context.project.schemas.iter() {
        let datamodel = &schema.datamodel;
        if datamodel.provider() != Provider::PostgreSql {
            continue;
        }
        for model in datamodel.models() {
            if model.is_view || model.ignored.is_some() {
                continue;
            }
            let missing = unindexed::foreign_keys(schema, model);
            for key in &missing {
                let of = |key: &'_ ForeignKey, with| {
                    let one = Found {
                        id,
                        schema,
                        model,
                        target: datamodel.target(&datamodel[key.field]).unwrap_or(model),
                        key,
                        near: nearest(model, key),
                        with,
                    };
                    finding(context, &usage, &one)
                };
                // An index that leads with a longer key serves the shorter one too.
                let starts = |a: &ForeignKey, b: &ForeignKey| {
                    a.columns.len() < b.columns.len() && b.columns.starts_with(&a.columns)
                };
                if missing.iter().any(|shorter| starts(shorter, key)) {
                    continue;
                }
                let longer = missing.iter().copied().filter(|other| starts(key, other));
                let longer = longer.max_by_key(|other| other.columns.len());
                let own = of(key, longer);
                match longer.map(|longer| of(longer, Some(*key))) {
                    Some(other) if other.severity > own.severity => found.push(other),
                    _ => found.push(own),
                }
            }
        }
    }
    found
}

/// The index that comes nearest to serving the key.
fn nearest<'a>(model: &'a Model, key: &ForeignKey) -> Option<&'a Index> {
    model
        .all_indexes
        .iter()
        .filter(|index| matches!(index.algorithm, None | Some(Algorithm::BTree)))
        .find(|index| holds_all(index, key))
        .or_else(|| {
            // Of a key of several columns, an index that leads with one of them narrows the search.
            let mut indexes = model.all_indexes.iter();
            indexes.find(|index| key.columns.len() > 1 && starts_within(index, key))
        })
}

/// A foreign key that no index leads with, where it stands.
struct Found<'a> {
    id: SchemaId,
    schema: &'a Schema,
    model: &'a Model,
    target: &'a Model,
    key: &'a ForeignKey,
    near: Option<&'a Index>,
    /// Another key that the same index serves: one begins with the other's columns.
    with: Option<&'a ForeignKey>,
}

fn finding(context: &Context<'_>, usage: &Usage, found: &Found<'_>) -> Diagnostic {
    let Found {
        id,
        schema,
        model,
        target,
        key,
        near,
        with,
    } = *found;
    let datamodel = &schema.datamodel;
    let columns = wording::fields(datamodel, &key.columns);
    let mut diagnostic = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(&datamodel[key.columns[0]]),
        format!(
            "`{columns}` of `{}` references `{}`, and no index leads with it",
            model.name, target.name
        ),
    )
    .label(match near.filter(|index| !holds_all(index, key)) {
        Some(_) => format!("no index finds `{}` rows by all of this", model.name),
        None => format!(
            "finding `{}` rows by this reads the whole table",
            model.name
        ),
    })
    .related(
        schema.field_name(&datamodel[key.field]),
        consequence(datamodel, target, key),
    );
    if let Some(index) = near {
        diagnostic = diagnostic.related(
            schema.location(model.place(index.span)),
            shortcoming(index, key, &columns),
        );
    }
    let parent = ModelRef {
        schema: id,
        model: target.id,
    };
    let deletions = usage.deletions.of_model(parent);
    let lookup = lookup(usage, id, key);
    if let Some(deletion) = deletions.single.or(deletions.many) {
        let schemas = &context.project.schemas;
        diagnostic = diagnostic.related(
            deletion.at,
            match deletion.cascade {
                None => format!("deletes `{}` rows", target.name),
                Some(_) => format!(
                    "deletes `{}` rows, and `{}` rows go with them",
                    schemas.model(deletion.of).name,
                    target.name
                ),
            },
        );
    }
    if let Some(at) = lookup {
        diagnostic = diagnostic.related(at, format!("needs `{}` rows by `{columns}`", model.name));
    }
    let mut indexed = &key.columns;
    if let Some(with) = with {
        let text = "this reference is served by the same index";
        diagnostic = diagnostic.related(schema.field_name(&datamodel[with.field]), text);
        if with.columns.len() > indexed.len() {
            indexed = &with.columns;
        }
    }
    let own = ModelRef {
        schema: id,
        model: model.id,
    };
    let advice = Advice::shared(context);
    let proposal = advice.for_key(own, indexed);
    diagnostic = weighed(context, diagnostic, usage, found, lookup.is_some());
    if let Some(proposal) = proposal {
        diagnostic = proposed::with_help(context, diagnostic, (schema, model), proposal);
    }
    diagnostic.subject(wording::subject(model, &columns))
}

/// The finding, as severe and sure as what the code does with the key.
fn weighed(
    context: &Context<'_>,
    diagnostic: DiagnosticBuilder,
    usage: &Usage,
    found: &Found<'_>,
    looked_up: bool,
) -> DiagnosticBuilder {
    let parent = ModelRef {
        schema: found.id,
        model: found.target.id,
    };
    let diagnostic = match mitigation(context, usage, found, looked_up) {
        Some((to, why)) => diagnostic.lowered(to, why),
        None => diagnostic,
    };
    // Where nothing is seen that pays for it, a report for people has other things to tell.
    if is_paid_for(usage, parent, looked_up) {
        diagnostic
    } else {
        diagnostic.confidence(Confidence::Possible)
    }
}

/// Whether some code finds rows by the key, or may delete what it references.
fn is_paid_for(usage: &Usage, parent: ModelRef, looked_up: bool) -> bool {
    let deletions = usage.deletions.of_model(parent);
    let deleted = deletions.many.is_some() || deletions.single.is_some();
    deleted || looked_up || usage.deletions.some_unknown
}

/// Where a query needs to find rows by all of the key: a part of it is another key's.
fn lookup(usage: &Usage, id: SchemaId, key: &ForeignKey) -> Option<Location> {
    let of = |column: &FieldId| {
        usage.lookups.of_field(FieldRef {
            schema: id,
            field: *column,
        })
    };
    let places: Option<Vec<Location>> = key.columns.iter().map(of).collect();
    places?.pop()
}

/// What the database, or the client in its place, does with the key.
fn consequence(datamodel: &Datamodel, target: &Model, key: &ForeignKey) -> String {
    let who = match datamodel.relation_mode() {
        RelationMode::ForeignKeys => "PostgreSQL",
        RelationMode::Prisma => "the client",
    };
    let does = match key.on_delete.action {
        ReferentialAction::Cascade => "looks for the rows that go with it (`Cascade`)",
        ReferentialAction::SetNull => "looks for the rows to set null (`SetNull`)",
        ReferentialAction::SetDefault => {
            "looks for the rows to set to their default (`SetDefault`)"
        }
        ReferentialAction::Restrict | ReferentialAction::NoAction => {
            "looks for rows that forbid it"
        }
    };
    format!("for each deleted `{}`, {who} {does}", target.name)
}

/// Why the nearest index does not serve.
fn shortcoming(index: &Index, key: &ForeignKey, columns: &str) -> String {
    if index.condition.is_some() {
        "holds only the rows of its condition".to_owned()
    } else if holds_all(index, key) {
        let first = &index.columns[0].name;
        format!("leads with `{first}`: to find rows by `{columns}`, all of it is read")
    } else {
        "leads with a part of the foreign key only".to_owned()
    }
}

/// How far the finding is below `high`, and why: it is high when rows of the
/// referenced model go many at a time, each looking through a growing table.
fn mitigation(
    context: &Context<'_>,
    usage: &Usage,
    found: &Found<'_>,
    looked_up: bool,
) -> Option<(Severity, String)> {
    let Found {
        id,
        schema,
        model,
        target,
        key,
        near,
        ..
    } = *found;
    let parent = ModelRef {
        schema: id,
        model: target.id,
    };
    let own = ModelRef {
        schema: id,
        model: model.id,
    };
    let deletions = usage.deletions.of_model(parent);
    let deleted = deletions.many.is_some() || deletions.single.is_some();
    if !is_paid_for(usage, parent, looked_up) {
        let why = format!(
            "the code neither deletes `{}` rows nor finds `{}` rows by this key",
            target.name, model.name
        );
        return Some((Severity::Low, why));
    }
    if let Some(index) = near
        && !holds_all(index, key)
    {
        let narrows = wording::declared(index);
        return Some((Severity::Low, format!("`{narrows}` narrows the search")));
    }
    if usage.growths.of_model(own).made_at.is_none() {
        let why = format!(
            "the code creates no `{}` rows: the table may be small",
            model.name
        );
        return Some((Severity::Low, why));
    }
    let is_rare = deleted && deletions.many.is_none() && !looked_up;
    if !is_rare && near.is_some_and(|index| index.condition.is_none()) {
        return Some((
            Severity::Medium,
            "an index holds the column: all of it is read, which is less than the table".to_owned(),
        ));
    }
    if !deleted {
        return Some((Severity::Medium, undeleted(target, looked_up)));
    }
    if schema.datamodel.relation_mode() == RelationMode::Prisma {
        let why = "the client looks for the rows of all deleted ones at once".to_owned();
        return Some((Severity::Medium, why));
    }
    if is_rare {
        let why = format!(
            "only single deletions of `{}` rows pay: nothing finds `{}` rows by this key",
            target.name, model.name
        );
        return Some((Severity::Low, why));
    }
    if let Some(deletion) = with_tenant(context, deletions) {
        let tenant = &context.project.schemas.model(deletion.of).name;
        let why = format!(
            "`{}` rows go with a whole `{tenant}`, which is rare",
            target.name
        );
        return Some((Severity::Medium, why));
    }
    if deletions.single.is_some() {
        let why = format!(
            "`{}` rows are deleted one by one, each at the price of one such read",
            target.name
        );
        return Some((Severity::Medium, why));
    }
    None
}

/// The deletion of a tenant that takes rows along, where the code deletes them in no other way.
fn with_tenant(context: &Context<'_>, deletions: OfModel) -> Option<Deletion> {
    let tenant = Ownership::Root(RootKind::Tenant);
    let all = || [deletions.many, deletions.single].into_iter().flatten();
    let rare =
        |one: Deletion| one.cascade.is_some() && *context.project.owners.of(one.of) == tenant;
    all().all(rare).then(|| all().next()).flatten()
}

/// What is said where the code deletes no row of the referenced model by name.
fn undeleted(target: &Model, looked_up: bool) -> String {
    match looked_up {
        true => format!(
            "nothing deletes `{}` rows: only the queries by this key pay",
            target.name
        ),
        false => format!(
            "which rows go is known at run time only: `{}` may be among them",
            target.name
        ),
    }
}
