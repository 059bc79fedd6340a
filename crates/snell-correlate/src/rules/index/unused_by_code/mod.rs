//! An index that no query of the code uses.

use snell_prisma::FieldId;
use snell_project::schema::ModelRef;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        asked::{Ask, Asked},
        index_overlap,
        indexes::{self, Sorted, TableIndex},
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/unused-by-code",
        severity: Severity::Info,
        preset: Preset::All,
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
        // What another index makes superfluous is told already, and takes no query from others.
        let mut indexes = indexes::of(table.schema, table.model);
        indexes.retain(|index| !superfluous.contains(&index.at));
        let asks: Vec<Ask> = asked
            .of_model(model)
            .filter(|(ask, _)| !ask.unique)
            .flat_map(|(ask, _)| [ask.clone(), ask.at_fullest()])
            .collect();
        for index in &indexes {
            if is_plain(index) && !is_used(&table, &asks, &indexes, index) {
                found.push(finding(&table, index));
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

fn is_used(
    table: &TableModel<'_>,
    asks: &[Ask],
    indexes: &[TableIndex],
    index: &TableIndex,
) -> bool {
    let Some(first) = index.keys.first().and_then(|key| key.field) else {
        return true;
    };
    let others = || indexes.iter().filter(|other| other.at != index.at);
    // The database looks rows up by a foreign key when the referenced row goes.
    let mut keys = table.schema.datamodel.foreign_keys_of(table.model.id);
    let of_key = keys.any(|(_, key)| key.columns.contains(&first));
    let shorter = others().any(|other| {
        other.finds_equals
            && other.partial.is_none()
            && other.keys.len() < index.keys.len()
            && other.keys.first().and_then(|key| key.field) == Some(first)
    });
    if of_key && !shorter {
        return true;
    }
    asks.iter().any(|ask| {
        let wanted = ask.fixes(first)
            || ask.ranged.contains(&first)
            || ask.compared.contains(&first)
            || ask.order.first().is_some_and(|sort| sort.field == first);
        wanted && !others().any(|other| serves_better(table, ask, other, index))
    })
}

/// Whether a query has more of `other`: it fixes more of its columns, or as
/// many of a shorter one, and loses no order by it.
fn serves_better(
    table: &TableModel<'_>,
    ask: &Ask,
    other: &TableIndex,
    index: &TableIndex,
) -> bool {
    let sorts = |one: &TableIndex| one.sorts(&table.schema.datamodel, ask) == Sorted::Yes;
    let (own, theirs) = (index.bound(ask), other.bound(ask));
    let more = theirs > own || theirs == own && own > 0 && other.keys.len() < index.keys.len();
    more && (sorts(other) || !sorts(index))
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
