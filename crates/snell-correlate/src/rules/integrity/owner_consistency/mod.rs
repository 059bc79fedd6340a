//! Whose a row is, said twice, and nothing keeps both the same.

use snell_prisma::{Field, Model, ModelId};
use snell_project::{
    ownership::{Chain, Ownership},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    rules::isolation::private,
    support::{
        name_words::has_word,
        queries,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/owner-consistency",
        severity: Severity::High,
        preset: Preset::All,
        summary: "A row may belong to another owner than the row that it is a part of",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of columns that say that others may use a row, too.
const SHARED: [&str; 10] = [
    "public",
    "shared",
    "visibility",
    "published",
    "template",
    "global",
    "official",
    "listed",
    "collaborator",
    "access",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .flat_map(|table| of_model(context, table))
        .collect()
}

/// A row's own owner, and the parent whose owner it should be.
#[derive(Clone, Copy)]
struct Twice<'a> {
    table: TableModel<'a>,
    /// The row's column for the owner.
    owner: &'a Field,
    /// The column for the parent.
    column: &'a Field,
    parent: &'a Model,
    /// The parent's column for the owner, and its key.
    parents_owner: &'a Field,
    parents_key: &'a Field,
}

fn of_model(context: &Context<'_>, table: TableModel<'_>) -> Vec<Diagnostic> {
    let reference = ModelRef {
        schema: table.id,
        model: table.model.id,
    };
    let Ownership::Owned(chains) = context.project.owners.of(reference) else {
        return Vec::new();
    };
    let own = |chain: &&Chain| chain.required && chain.relations.len() == 1;
    let mut told: Vec<ModelId> = Vec::new();
    let mut twices: Vec<(Twice<'_>, &Chain)> = Vec::new();
    for direct in chains.iter().filter(own) {
        let through = chains.iter().filter(|chain| {
            chain.required && chain.relations.len() == 2 && chain.root == direct.root
        });
        for chain in through {
            let Some(twice) = twice(table, direct, chain) else {
                continue;
            };
            // Who wrote a message is not whose its conversation is.
            let alike = twice.owner.name == twice.parents_owner.name;
            if !alike || told.contains(&twice.parent.id) || is_kept(&twice) {
                continue;
            }
            told.push(twice.parent.id);
            twices.push((twice, chain));
        }
    }
    let found = twices
        .into_iter()
        .filter_map(|(twice, chain)| finding(context, reference, twice, chain));
    // One column with several parents is one finding: the worst of them.
    let mut found: Vec<Diagnostic> = found.collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.severity));
    found.truncate(1);
    found
}

fn twice<'a>(table: TableModel<'a>, direct: &Chain, through: &Chain) -> Option<Twice<'a>> {
    let datamodel = &table.schema.datamodel;
    let relation = &datamodel[*through.relations.first()?];
    let of = relation.relation()?;
    let ([column], [key]) = (of.fields.as_slice(), of.references.as_slice()) else {
        return None;
    };
    Some(Twice {
        table,
        owner: &datamodel[direct.key?],
        column: &datamodel[*column],
        parent: &datamodel[of.target],
        parents_owner: &datamodel[through.key?],
        parents_key: &datamodel[*key],
    })
}

/// Whether a foreign key over both columns keeps them the same.
fn is_kept(twice: &Twice<'_>) -> bool {
    let TableModel { schema, model, .. } = twice.table;
    schema.datamodel.foreign_keys_of(model.id).any(|(_, key)| {
        key.columns.contains(&twice.column.id) && key.columns.contains(&twice.owner.id)
    })
}

/// Whether others than the owner may use rows of the parent.
fn is_shared(context: &Context<'_>, twice: &Twice<'_>, through: &Chain) -> bool {
    let parent = ModelRef {
        schema: twice.table.id,
        model: twice.parent.id,
    };
    let marked = twice
        .parent
        .fields
        .iter()
        .any(|field| has_word(&field.name, &SHARED));
    // Who shares the tenant of a row uses it without being its owner.
    let elsewhere = match context.project.owners.of(parent) {
        Ownership::Owned(chains) => chains.iter().any(|chain| chain.root != through.root),
        _ => true,
    };
    marked || elsewhere
}

fn finding(
    context: &Context<'_>,
    reference: ModelRef,
    twice: Twice<'_>,
    through: &Chain,
) -> Option<Diagnostic> {
    let TableModel { id, schema, model } = twice.table;
    let parent = ModelRef {
        schema: id,
        model: twice.parent.id,
    };
    if is_shared(context, &twice, through) {
        return None;
    }
    // A comment is not its post's author's: only what its owner alone uses has one owner.
    let kept = private::kept_to_owner(context, parent)?;
    let (owner, column) = (&twice.owner.name, &twice.column.name);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(twice.owner),
        format!(
            "nothing keeps `{}.{owner}` the owner of its `{}`",
            model.name, twice.parent.name
        ),
    )
    .label("whose the row is")
    .related(
        schema.field_name(twice.parents_owner),
        format!(
            "and whose the `{}` is that it belongs to",
            twice.parent.name
        ),
    )
    .related(
        queries::operation_at(context, context.project.calls.get(kept)),
        format!("a `{}` is its owner's alone", twice.parent.name),
    );
    found = match private::unverified_reference(context, reference, parent) {
        Some(at) => found.related(
            at,
            "the client names it here, and nothing ties it to who asks",
        ),
        None => found.lowered(
            Severity::Low,
            format!(
                "no endpoint was seen that lets the client name a `{}` of somebody else here",
                twice.parent.name
            ),
        ),
    };
    let key = &twice.parents_key.name;
    Some(
        found
            .confidence(Confidence::Likely)
            .help(format!(
                "let one foreign key hold both: `@@unique([{key}, {}])` in `{}`, and `@relation(fields: [{column}, {owner}], references: [{key}, {}])`",
                twice.parents_owner.name, twice.parent.name, twice.parents_owner.name,
            ))
            .subject(wording::subject(model, &format!("{owner} {column}"))),
    )
}
