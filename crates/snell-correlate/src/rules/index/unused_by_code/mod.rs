//! An index that no query of the code uses.

use snell_prisma::FieldId;
use snell_project::schema::ModelRef;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        asked::Asked,
        index_overlap,
        indexes::{self, TableIndex},
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/unused-by-code",
        severity: Severity::Info,
        preset: Preset::Recommended,
        summary: "No query of the code uses an index",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let asked = Asked::shared(context);
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let model = ModelRef {
            schema: table.id,
            model: table.model.id,
        };
        // Without any query the table is used in a way that is not seen.
        if asked.is_partly_unknown(model) || asked.of_model(model).next().is_none() {
            continue;
        }
        let superfluous = index_overlap::superfluous(table.schema, table.model);
        for index in indexes::of(table.schema, table.model) {
            let told = superfluous.contains(&index.at);
            if is_plain(&index) && !told && !is_used(&table, &asked, model, &index) {
                found.push(finding(&table, &index));
            }
        }
    }
    found
}

/// Whether it is there for queries alone: it keeps nothing unique, and all of
/// it is columns.
fn is_plain(index: &TableIndex) -> bool {
    index.ordered && !index.unique && index.keys.iter().all(|key| key.field.is_some())
}

fn is_used(table: &TableModel<'_>, asked: &Asked, model: ModelRef, index: &TableIndex) -> bool {
    let Some(first) = index.keys.first().and_then(|key| key.field) else {
        return true;
    };
    // The database looks rows up by a foreign key when the referenced row goes.
    let of_key = table.schema.datamodel.foreign_keys_of(table.model.id);
    let mut of_key = of_key.filter(|(_, key)| key.columns.contains(&first));
    if of_key.any(|(_, key)| serves_key_best(table, index, &key.columns)) {
        return true;
    }
    asked.of_model(model).any(|(ask, _)| {
        let wanted = ask.fixes(first)
            || ask.ranged.contains(&first)
            || ask.compared.contains(&first)
            || ask.optional.contains(&first)
            || ask.order.first().is_some_and(|sort| sort.field == first);
        wanted && !is_better_served(table, ask, index)
    })
}

/// Whether no shorter index serves the key.
fn serves_key_best(table: &TableModel<'_>, index: &TableIndex, key: &[FieldId]) -> bool {
    let others = indexes::of(table.schema, table.model);
    !others.iter().any(|other| {
        other.at != index.at
            && other.finds_equals
            && other.partial.is_none()
            && other.keys.len() < index.keys.len()
            && other.keys.first().and_then(|key| key.field) == key.first().copied()
    })
}

/// Whether a query that could use the index has one that fixes more of its
/// columns, or as many in fewer.
fn is_better_served(
    table: &TableModel<'_>,
    ask: &crate::support::asked::Ask,
    index: &TableIndex,
) -> bool {
    if ask.unique {
        return true;
    }
    let own = index.bound(ask);
    let wants = |other: &TableIndex| {
        let bound = other.bound(ask);
        bound > own || bound == own && bound > 0 && other.keys.len() < index.keys.len()
    };
    let sorts = index.sorts(&table.schema.datamodel, ask) == indexes::Sorted::Yes;
    let others = indexes::of(table.schema, table.model);
    !sorts
        && others
            .iter()
            .any(|other| other.at != index.at && wants(other))
}

fn finding(table: &TableModel<'_>, index: &TableIndex) -> Diagnostic {
    let model = table.model;
    let found = Diagnostic::at(
        &RULE.metadata,
        index.at,
        format!("no query of the code uses `{}` on `{}`", index.name, model.name),
    )
    .label("each write of a row maintains it")
    .related(table.schema.model_name(model), "its queries are all known, as far as the code goes")
    .confidence(Confidence::Likely)
    .help("ask a server that has run for weeks before it goes: idx_scan of the view pg_stat_user_indexes");
    let found = match index.declared {
        true => found,
        false => found.help(format!(
            "the schema does not know it: it goes by a migration, `DROP INDEX CONCURRENTLY \"{}\";`",
            index.name
        )),
    };
    let columns = index.keys.iter().filter_map(|key| key.field);
    let columns: Vec<FieldId> = columns.collect();
    let columns = wording::fields(&table.schema.datamodel, &columns);
    found.subject(wording::subject(model, &columns))
}
