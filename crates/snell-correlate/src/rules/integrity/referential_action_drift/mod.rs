//! A foreign key that does something else when a row goes than the schema says.

use snell_prisma::RelationField;
use snell_source::{Diagnostic, DiagnosticBuilder, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::ReferentialAction,
    catalog::{Constraint, Reference, Table, TableConstraint},
    drift::{Difference, DriftKind},
};

use crate::{
    rule::{Context, Rule},
    support::drift::{MOSTLY_UNMADE, Sides, compared},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "integrity/referential-action-drift",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "Deleting a row does something else in the database than the schema says",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    compared(context)
        .flat_map(|sides| {
            let differences = sides.differences();
            let actions = differences.filter(|d| d.kind == DriftKind::FkAction);
            actions.filter_map(move |difference| finding(sides, difference))
        })
        .collect()
}

fn finding(sides: Sides<'_>, difference: &Difference) -> Option<Diagnostic> {
    let table = difference.table.as_deref()?;
    let wanted_table = sides.wanted(difference)?;
    let key = wanted_table.constraint(difference.object.as_deref()?)?;
    let wanted = reference(key)?;
    let (built_key, built) = built(sides, difference, wanted_table, key)?;
    let on_delete = wanted.on_delete != built.on_delete;
    let (event, says, does) = if on_delete {
        ("deleted", wanted.on_delete, built.on_delete)
    } else {
        ("given another key", wanted.on_update, built.on_update)
    };
    let target = sides
        .history
        .drift
        .expected
        .catalog
        .relation(wanted.table)?;
    let message = format!(
        "rows of `{table}` {} when a row of `{}` is {event}; the schema says that they {}",
        happens(does),
        target.name,
        happens(says)
    );
    let place = difference.actual_at?;
    let (clause, name) = if on_delete {
        ("ON DELETE", "onDelete")
    } else {
        ("ON UPDATE", "onUpdate")
    };
    let said = said(sides, difference, on_delete);
    let mut finding = Diagnostic::at(&RULE.metadata, sides.declaration(difference)?, message)
        .label(format!(
            "{name}: {}{}",
            prisma(says),
            if said {
                ""
            } else {
                ", which is Prisma's default here"
            }
        ))
        .related(
            sides.history.part(place, &built_key.name),
            format!("{clause} {}", does.words().to_uppercase()),
        );
    let statements = sides.cure(difference).map(|all| all.join(" "));
    let line = format!("say `{name}: {}` in the schema", prisma(does));
    finding = advised(finding, said, &line, statements);
    if !on_delete {
        finding = finding.lowered(
            Severity::Low,
            "only ON UPDATE differs, and keys seldom change",
        );
    } else if refuses(says) && refuses(does) {
        finding = finding.lowered(
            Severity::Low,
            "both refuse the deletion; NO ACTION only looks at the end of the statement",
        );
    }
    if on_delete && !said {
        finding = finding.lowered(
            Severity::Medium,
            "the schema leaves it to Prisma's default: nobody wrote what was meant",
        );
    }
    if sides.unmade().is_some() {
        finding = finding.lowered(Severity::Medium, MOSTLY_UNMADE);
    }
    // What was changed in the whole schema, one migration brings about.
    Some(
        finding
            .confidence(sides.confidence())
            .caused_by(format!(
                "never migrated: {} {name} {}",
                sides.schema.path,
                prisma(does)
            ))
            .subject(format!("table:{table} key:{}", key.name)),
    )
}

/// What is to be done: a default says less of what is meant than a clause that somebody wrote.
fn advised(
    found: DiagnosticBuilder,
    said: bool,
    line: &str,
    statements: Option<String>,
) -> DiagnosticBuilder {
    match (said, statements) {
        (false, statements) => {
            let found = found.help(format!("{line}, which names no action of its own"));
            match statements {
                Some(sql) => found.help(format!(
                    "or, where Prisma's default is meant, write a migration: `{sql}`"
                )),
                None => found,
            }
        }
        (true, Some(sql)) => found
            .help(format!("write a migration: `{sql}`"))
            .help(format!("or, where the database is right, {line}")),
        (true, None) => found.help(format!("where the database is right, {line}")),
    }
}

fn reference(constraint: &Constraint) -> Option<&Reference> {
    match &constraint.kind {
        TableConstraint::ForeignKey(reference) => Some(reference),
        _ => None,
    }
}

/// The key of the database that holds the same columns: by its name, else by its statement.
fn built<'a>(
    sides: Sides<'a>,
    difference: &Difference,
    wanted_table: &Table,
    wanted: &Constraint,
) -> Option<(&'a Constraint, &'a Reference)> {
    let table = sides.built(difference)?;
    let columns = |table: &Table, numbers: &[u16]| -> Vec<String> {
        table.names(numbers).map(ToString::to_string).collect()
    };
    let own = columns(wanted_table, &wanted.columns);
    let mut keys = table.constraints.iter().filter_map(|constraint| {
        let reference = reference(constraint)?;
        (columns(table, &constraint.columns) == own).then_some((constraint, reference))
    });
    keys.find(|(constraint, _)| Some(constraint.provenance.shaped) == difference.actual_at)
}

/// Whether the schema writes the action itself.
fn said(sides: Sides<'_>, difference: &Difference, on_delete: bool) -> bool {
    let Some(model) = sides.model(difference) else {
        return true;
    };
    let mut relations = model.relation_fields();
    let field = relations.find(|field| {
        let relation = field.relation();
        let at = relation.and_then(|relation| relation.attribute);
        difference
            .expected_at
            .is_some_and(|place| at == Some(place.span))
    });
    let written = |relation: &RelationField| {
        if on_delete {
            relation.on_delete.is_some()
        } else {
            relation.on_update.is_some()
        }
    };
    field.and_then(|field| field.relation()).is_none_or(written)
}

fn refuses(action: ReferentialAction) -> bool {
    matches!(
        action,
        ReferentialAction::NoAction | ReferentialAction::Restrict
    )
}

/// What happens to the rows that point to it.
fn happens(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::NoAction | ReferentialAction::Restrict => "stand in the way",
        ReferentialAction::Cascade => "go with it",
        ReferentialAction::SetNull => "lose their reference",
        ReferentialAction::SetDefault => "get the default reference",
    }
}

fn prisma(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::NoAction => "NoAction",
        ReferentialAction::Restrict => "Restrict",
        ReferentialAction::Cascade => "Cascade",
        ReferentialAction::SetNull => "SetNull",
        ReferentialAction::SetDefault => "SetDefault",
    }
}
