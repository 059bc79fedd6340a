//! A vector index that Prisma takes for a mistake and drops.

use snell_project::schema::MigrationFile;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};
use snell_sql::{
    ast::{CreateIndex, ExprKind, ObjectKind, StatementKind},
    catalog::{Column, Index, KeyTarget, Table},
    drift::{Difference, DriftKind},
};

use super::kept;
use crate::{
    rule::{Context, Rule},
    support::{
        deployed,
        drift::{Sides, compared},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/index-dropped-by-migrate",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "`prisma migrate dev` drops a vector index that only a migration knows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    // Where deployments push the schema, no migration makes the index, and none drops it.
    if deployed::pushes_only(context.project) {
        return Vec::new();
    }
    compared(context)
        .flat_map(|sides| {
            let kept = sides
                .differences()
                .filter_map(move |difference| at_risk(sides, difference));
            kept.chain(dropped(context, sides))
        })
        .collect()
}

fn is_vector_method(method: &str) -> bool {
    matches!(method, "hnsw" | "ivfflat")
}

/// The only column of a whole vector index: what Prisma sees, and takes for an index that
/// the schema has lost.
fn seen<'a>(table: &'a Table, index: &Index) -> Option<&'a Column> {
    let [key] = index.keys.as_slice() else {
        return None;
    };
    let KeyTarget::Column(number) = key.target else {
        return None;
    };
    (is_vector_method(&index.method) && index.predicate.is_none())
        .then(|| table.column_at(number))
        .flatten()
}

/// The form that Prisma leaves alone.
fn unseen(sides: Sides<'_>, column: &Column, class: &str) -> kept::Kept {
    let kind = sides.history.replay.catalog.type_name(column.data_type.id);
    kept::form(column, &kind, class)
}

/// An index that the next generated migration drops.
fn at_risk(sides: Sides<'_>, difference: &Difference) -> Option<Diagnostic> {
    if difference.kind != DriftKind::IndexExtraInDb {
        return None;
    }
    let name = difference.object.as_deref()?;
    let index = sides.built_index(difference, name)?;
    let built = seen(sides.built(difference)?, index)?;
    let column = built.name.as_str();
    let kept = unseen(sides, built, &index.keys[0].operator_class);
    let table = difference.table.as_deref()?;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        sides.shaping(difference)?,
        format!("the next `prisma migrate dev` drops the vector index `{name}` of `{table}`"),
    )
    .label(format!(
        "{} on `{column}`, in this migration alone",
        index.method
    ));
    if let Some(model) = sides.model(difference)
        && let Some(field) = model.field_of_column(column)
    {
        let at = sides.schema.field_name(field);
        finding = finding.related(
            at,
            "the schema has no index for it, and cannot describe one",
        );
    }
    Some(
        finding
            .help(format!(
                "make it an index that Prisma does not see: `{}`; {}",
                kept.target, kept.search
            ))
            .help("or take the `DROP INDEX` out of each migration that Prisma writes (`prisma migrate dev --create-only`)")
            .confidence(Confidence::Likely)
            .subject(format!("table:{table} index:{name}")),
    )
}

/// The comment that Prisma writes before a `DROP INDEX` of its own.
const MARK: &str = "-- DropIndex";

/// Indexes that a generated migration has dropped already, and that nothing makes again.
fn dropped<'a>(
    context: &'a Context<'_>,
    sides: Sides<'a>,
) -> impl Iterator<Item = Diagnostic> + 'a {
    let migrations = sides.history.migrations.iter().enumerate();
    migrations.flat_map(move |(number, migration)| {
        let statements = migration.parse.statements.iter();
        statements.filter_map(move |statement| {
            let StatementKind::Drop(drop) = &statement.kind else {
                return None;
            };
            let text = &context.sources.file(migration.file).text;
            if drop.kind != ObjectKind::Index || !generated(text, statement.span) {
                return None;
            }
            let [target] = drop.names.as_slice() else {
                return None;
            };
            let name = target.name.name.text.as_str();
            let (create, made) = created(&sides.history.migrations[..number], name)?;
            let (column, class) = column_of(create)?;
            let table = create.table.name.text.as_str();
            let built = left_without(sides, table, column)?;
            let kept = unseen(sides, built, class);
            let finding = Diagnostic::at(
                &RULE.metadata,
                Location::new(migration.file, target.name.span()),
                format!("migration `{}` drops the vector index `{name}`, and nothing makes it again", migration.name),
            )
            .label("dropped by a statement that Prisma wrote")
            .related(made, format!("made here, on `{column}`"))
            .help(format!("make the index again in a new migration, in a form that Prisma does not see: `{}`; {}", kept.target, kept.search))
            .confidence(Confidence::Likely)
            .subject(format!("table:{table} index:{name}"));
            Some(finding)
        })
    })
}

fn generated(text: &str, statement: Span) -> bool {
    let before = text.get(..statement.start as usize).unwrap_or_default();
    before.trim_end().ends_with(MARK)
}

/// The last statement of some migrations that makes a vector index of this name.
fn created<'a>(earlier: &'a [MigrationFile], name: &str) -> Option<(&'a CreateIndex, Location)> {
    earlier.iter().rev().find_map(|migration| {
        let statements = migration.parse.statements.iter().rev();
        statements.into_iter().find_map(|statement| {
            let StatementKind::CreateIndex(create) = &statement.kind else {
                return None;
            };
            let own = create.name.as_ref()?;
            let method = create.method.as_ref()?;
            (own.name.text == name && is_vector_method(&method.text))
                .then(|| (create, Location::new(migration.file, own.span())))
        })
    })
}

/// The only column that an index has, and its operator class.
fn column_of(create: &CreateIndex) -> Option<(&str, &str)> {
    let [key] = create.keys.as_slice() else {
        return None;
    };
    let ExprKind::Column(parts) = &key.item.expr.kind else {
        return None;
    };
    let class = key.operator_class.as_ref();
    let class = class.map_or("vector_l2_ops", |class| class.name.text.as_str());
    Some((parts.last()?.text.as_str(), class))
}

/// The column, if it is there after all migrations, and no vector index on it.
fn left_without<'a>(sides: Sides<'a>, table: &str, column: &str) -> Option<&'a Column> {
    let catalog = &sides.history.replay.catalog;
    let (relation, built) = catalog
        .tables()
        .find(|(relation, _)| relation.name == table)?;
    let column = built.column(column)?;
    let covers = |index: &Index| {
        is_vector_method(&index.method)
            && index.keys.iter().any(|key| match &key.target {
                KeyTarget::Column(number) => *number == column.number,
                KeyTarget::Expression(_) => true,
            })
    };
    let covered = catalog
        .indexes_of(relation.id)
        .any(|(_, index)| covers(index));
    (!covered).then_some(column)
}
