//! Attributes that are columns of their owner and rows of another table, too.

mod evidence;
mod migration;

use snell_prisma::{Field, Model};
use snell_project::schema::ModelRef;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::attributes::{self, Attributes};
use crate::{
    rule::{Context, Rule},
    support::{
        queries,
        tables::{self, TableModel},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/attribute-kept-twice",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "Attributes are columns of a row and rows of another table, too",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Fewer may share a name by chance.
const FEWEST: usize = 2;

/// So many names stand in a message.
const SHOWN: usize = 3;

/// A table of attributes, of which some are columns of their owner.
struct Twice<'a> {
    table: TableModel<'a>,
    owner: &'a Model,
    parts: Attributes<'a>,
    /// The columns, with the names that rows of them have.
    columns: Vec<Column<'a>>,
    evidence: evidence::Evidence,
}

/// A column of the owner, and what the same is called as a row.
struct Column<'a> {
    field: &'a Field,
    key: String,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .filter_map(|table| twice(context, table))
        .map(|twice| finding(context, &twice))
        .collect()
}

/// Whether attributes of a table are found to be columns as well.
pub(super) fn is_found(context: &Context<'_>, table: TableModel<'_>) -> bool {
    twice(context, table).is_some()
}

/// The model whose columns hold what the rows of another hold once more, where that is found.
pub(in crate::rules) fn kept_by<'a>(context: &Context<'a>, model: ModelRef) -> Option<&'a Model> {
    let mut tables = tables::of_postgres(context);
    let table = tables.find(|table| table.reference() == model)?;
    twice(context, table).map(|twice| twice.owner)
}

fn twice<'a>(context: &Context<'a>, table: TableModel<'a>) -> Option<Twice<'a>> {
    let parts = attributes::attributes(table)?;
    let datamodel = &table.schema.datamodel;
    let owner = datamodel.target(&datamodel[parts.key.field])?;
    // A row beside a column is meant where it says what else the column may be, or was.
    if owner.id == table.model.id
        || !attributes::is_unique_with(table.model, parts.key, parts.name)
        || is_another_version(&table.model.name)
    {
        return None;
    }
    let known = evidence::known(context, table, owner, &parts);
    let columns: Vec<Column<'a>> = owner
        .columns()
        .filter(|field| is_attribute(owner, field))
        .filter_map(|field| {
            let key = known.key_of(field)?;
            Some(Column { field, key })
        })
        .collect();
    if columns.len() < FEWEST {
        return None;
    }
    let evidence = known.evidence(context, table, owner, &columns);
    Some(Twice {
        table,
        owner,
        parts,
        columns,
        evidence,
    })
}

/// A column that is neither a key nor kept by the database.
fn is_attribute(owner: &Model, field: &Field) -> bool {
    let key = owner.primary_key().and_then(snell_prisma::Index::fields);
    let is_key = key.is_some_and(|key| key.contains(&field.id));
    !is_key && !owner.is_foreign_key(field.id) && field.updated_at.is_none() && field.is_visible()
}

/// Rows that say what replaces a column, what it was, or what it is to become.
fn is_another_version(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "override",
        "overrides",
        "translation",
        "translations",
        "change",
        "changes",
        "draft",
        "drafts",
        "suggestion",
        "suggestions",
        "lock",
        "locks",
    ];
    super::words::is_record(name)
        || super::words::of(name)
            .iter()
            .any(|word| WORDS.contains(&word.as_str()))
}

fn finding(context: &Context<'_>, twice: &Twice<'_>) -> Diagnostic {
    let Twice {
        table,
        owner,
        columns,
        evidence,
        ..
    } = twice;
    let names: Vec<String> = columns
        .iter()
        .take(SHOWN)
        .map(|column| format!("`{}`", column.field.name))
        .collect();
    let mut listed = names.join(", ");
    if columns.len() > SHOWN {
        listed.push_str(&format!(" and {} more", columns.len() - SHOWN));
    }
    let mut found = Diagnostic::at(
        &RULE.metadata,
        table.schema.model_name(table.model),
        format!(
            "`{}` keeps {} attributes of `{}` a second time: {listed}",
            table.model.name,
            columns.len(),
            owner.name
        ),
    )
    .label(format!(
        "one row for each, and `{}` has a column for each",
        owner.name
    ))
    .related(
        table.schema.field_name(columns[0].field),
        "the first of those columns",
    );
    for (at, text) in evidence.places(is_kept_when_cleared(context, *table)) {
        found = found.related(at, text);
    }
    found = if evidence.proves() {
        found.confidence(Confidence::Likely)
    } else {
        found.confidence(Confidence::Possible).lowered(
            Severity::Medium,
            "nothing was seen to write both, or to read one for want of the other",
        )
    };
    for help in migration::help(twice) {
        found = found.help(help);
    }
    found.subject(format!("model:{}", table.model.name))
}

/// Whether the application changes the rows and never deletes one: what is cleared in a column
/// stays as a row.
fn is_kept_when_cleared(context: &Context<'_>, table: TableModel<'_>) -> bool {
    use snell_project::client::Operation;
    !queries::of_model(context, table.reference())
        .iter()
        .any(|query| {
            matches!(
                query.call.operation,
                Operation::Delete | Operation::DeleteMany
            )
        })
}

/// A place that shows something, with what.
type Shown = (Location, &'static str);
