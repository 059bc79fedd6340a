//! Row security without a policy.

use rustc_hash::FxHashSet;
use snell_project::schema::{History, Schema};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{ExprKind, Part, walk_expression},
    catalog::{Relation, Table},
};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-no-policy",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Row security of a table is on, and no policy lets anybody in",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas.flat_map(|(_, schema)| of_schema(schema)).collect()
}

fn of_schema(schema: &Schema) -> Vec<Diagnostic> {
    let Some(history) = &schema.history else {
        return Vec::new();
    };
    let on = |wanted: bool| {
        let tables = history.replay.catalog.tables();
        tables.filter(move |(relation, table)| {
            table.row_security && !relation.uncertain && table.policies.is_empty() == wanted
        })
    };
    let (closed, guarded) = (on(true).count(), on(false).count());
    // Where most tables are closed so, it is how the owner alone is let in.
    if closed * 2 > guarded {
        return Vec::new();
    }
    // What the policies of other tables ask for: a table without such a column is nobody's, and
    // may be closed on purpose.
    let mut asked: FxHashSet<&str> = FxHashSet::default();
    for policy in on(false).flat_map(|(_, table)| &table.policies) {
        for expr in policy.using.iter().chain(&policy.check) {
            walk_expression(expr, &mut |part| {
                if let Part::Expr(inner) = part
                    && let ExprKind::Column(parts) = &inner.kind
                {
                    asked.extend(parts.last().map(|part| part.text.as_str()));
                }
            });
        }
    }
    let is_owned = |table: &Table| {
        let mut columns = table.columns.iter();
        columns.any(|column| column.name != "id" && asked.contains(column.name.as_str()))
    };
    on(true)
        .filter(|(_, table)| table.parents.is_empty() && is_owned(table))
        .map(|(relation, _)| finding(schema, history, relation))
        .collect()
}

fn finding(schema: &Schema, history: &History, relation: &Relation) -> Diagnostic {
    let name = &relation.name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        history.location(relation.provenance.shaped),
        format!("row security of `{name}` is on, and it has no policy"),
    )
    .label("every role but the owner finds the table empty");
    let mut models = schema.datamodel.models_of_table(name);
    if let Some(model) = models.next() {
        found = found.related(schema.model_name(model), "the table");
    }
    found
        .help("add the policy that the other tables have, or leave row security off")
        .subject(format!("table:{name}"))
}
