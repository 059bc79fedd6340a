//! Where the database that the migrations build departs from the schema, and what is to be done:
//! what the schema has, the database is given; what the database alone has was made on purpose
//! until somebody says otherwise, so the schema is to say it, or it stays as it is.

mod beside;
mod declared;
pub(super) mod natives;

use snell_project::schema::{History, Schema};
use snell_report::audit::Drift;
use snell_sql::{
    catalog::TableConstraint,
    drift::{self, Difference, DifferenceView, DriftKind, Weight},
    print,
};

use self::natives::Natives;
use super::quoted;
use crate::Analysis;

/// The differences that a user must hear of, and what a schema cannot express.
pub(super) fn drift(analysis: &Analysis) -> Vec<Drift> {
    let schemas = analysis.project.schemas.iter();
    let compared = schemas.filter_map(|(_, schema)| {
        let history = schema.history.as_ref()?;
        // What was left out cannot be missing.
        (!history.has_foreign()).then_some((schema, history))
    });
    compared
        .flat_map(|(schema, history)| {
            let differences = history.drift.differences.iter();
            let told = differences
                .filter(|one| !matches!(one.weight, Weight::Equivalent | Weight::Informational));
            let natives = &natives::Natives::of(schema, history);
            let mut found: Vec<Drift> = told
                .map(|difference| {
                    Side {
                        analysis,
                        schema,
                        history,
                        natives,
                    }
                    .drift(difference)
                })
                .collect();
            found.extend(natives.changed().map(|(table, sql, line)| Drift {
                what: format!("column type: `{table}` refers to a key of another type"),
                managed: true,
                table: Some(table.to_owned()),
                cure: vec![sql],
                declared: vec![line],
                stays: None,
                made: Vec::new(),
            }));
            found.extend(beside::beside(analysis, history));
            found
        })
        .collect()
}

/// A schema and what its migrations build.
#[derive(Clone, Copy)]
struct Side<'a> {
    analysis: &'a Analysis,
    schema: &'a Schema,
    history: &'a History,
    natives: &'a Natives,
}

impl Side<'_> {
    fn drift(self, difference: &Difference) -> Drift {
        let view = DifferenceView::from(difference);
        let managed = difference.weight != Weight::Unmanaged;
        let mut found = Drift {
            what: words(&view),
            managed,
            table: difference.table.as_ref().map(ToString::to_string),
            cure: Vec::new(),
            declared: Vec::new(),
            stays: None,
            made: Vec::new(),
        };
        match (managed, self.is_kept(difference)) {
            (false, _) => found.made.extend(self.made(difference, &view)),
            (true, false) => {
                found.cure = self.cure(difference);
                self.natives.typed(difference, &mut found.cure);
                self.beside_the_application(difference, &mut found.cure);
                found.declared = self.natives.lines(difference);
            }
            (true, true) if self.natives.keep(difference) => {
                found.declared = self.natives.lines(difference);
            }
            (true, true) => {
                found.declared = declared::lines(self.schema, self.history, difference);
                if found.declared.is_empty() {
                    let catalog = &self.history.replay.catalog;
                    found.stays = Some(name(&view));
                    found.made.extend(drift::standing(difference, catalog));
                    if let Some(made) = drift::extra(difference, catalog) {
                        found.made.extend([made.create, made.foreign_keys].concat());
                        found.made.extend(self.held(difference));
                    }
                }
            }
        }
        found
    }

    /// Adds a column only where it is not there yet, when the application adds it itself as it runs.
    fn beside_the_application(self, difference: &Difference, sql: &mut [String]) {
        let made = difference.kind == DriftKind::ColumnMissingInDb
            && difference
                .table
                .as_deref()
                .zip(difference.object.as_deref())
                .is_some_and(|(table, column)| {
                    self.analysis.databases.is_made_at_run(table, column)
                });
        if let Some(first) = sql.first_mut().filter(|_| made) {
            *first = first.replacen("ADD COLUMN ", "ADD COLUMN IF NOT EXISTS ", 1);
        }
    }

    /// Whether the database has what the schema lacks, and nothing else does what it does.
    fn is_kept(self, difference: &Difference) -> bool {
        use DriftKind as K;
        let (all, catalog) = (
            &self.history.drift.differences,
            &self.history.replay.catalog,
        );
        match difference.kind {
            K::TableExtraInDb | K::ColumnExtraInDb | K::EnumExtraInDb | K::FkExtraInDb => true,
            K::IndexExtraInDb => !drift::is_spare(difference, all, catalog),
            K::ColumnDefault => difference.expected.is_none(),
            K::ColumnType => self.natives.keep(difference),
            // A clause that somebody wrote says more than a default.
            K::FkAction => !declared::lines(self.schema, self.history, difference).is_empty(),
            // A condition that the schema cannot say: the index of the schema would refuse more.
            K::IndexShape => {
                let index = declared::built_index(self.history, difference);
                index.is_some_and(|index| !drift::is_expressible(index))
            }
            _ => false,
        }
    }

    fn cure(self, difference: &Difference) -> Vec<String> {
        let history = self.history;
        let (expected, actual) = (&history.drift.expected, &history.replay.catalog);
        // A key of another name and another action is made anew, which names it, too.
        let remade = difference.kind == DriftKind::FkName
            && history.drift.differences.iter().any(|other| {
                other.kind == DriftKind::FkAction
                    && (&other.table, &other.object) == (&difference.table, &difference.object)
                    && !self.is_kept(other)
            });
        if remade {
            return Vec::new();
        }
        if let Some(cure) = drift::cure(difference, expected, actual) {
            return cure;
        }
        drift::missing_table(difference, expected, actual)
            .map(|made| [made.create, made.foreign_keys].concat())
            .unwrap_or_default()
    }

    /// What holds the rows of a table that no model declares: its checks, and the policies for it.
    fn held(self, difference: &Difference) -> Vec<String> {
        let catalog = &self.history.replay.catalog;
        let of_table = difference.kind == DriftKind::TableExtraInDb;
        let table = difference.table.as_deref().filter(|_| of_table);
        let relation = table.and_then(|table| {
            let relation = catalog.find_named(Some(&difference.schema), table)?;
            Some((relation, catalog.table(relation.id)?))
        });
        let Some((relation, table)) = relation else {
            return Vec::new();
        };
        let name = match relation.schema.as_str() {
            "public" => quoted(&relation.name),
            schema => format!("{}.{}", quoted(schema), quoted(&relation.name)),
        };
        let checks = table.constraints.iter().filter_map(|one| match &one.kind {
            TableConstraint::Check(check) => Some(format!(
                "ALTER TABLE {name} ADD CONSTRAINT {} CHECK ({});",
                quoted(&one.name),
                print::expression(check)
            )),
            _ => None,
        });
        let policies = table.policies.iter().map(|policy| {
            let at = self.history.location(policy.provenance.created);
            let text = self.analysis.sources.text(at).trim();
            format!("{};", text.trim_end_matches(';'))
        });
        checks.chain(policies).collect()
    }

    /// The statement that makes what a schema has no words for: a check by what it says, anything
    /// else as the migration has it.
    fn made(self, difference: &Difference, view: &DifferenceView) -> Option<String> {
        if let (Some(name), Some(table), Some(check)) =
            (&view.constraint, &view.table, &view.actual)
        {
            let (name, table) = (quoted(name), quoted(table));
            return Some(format!(
                "ALTER TABLE {table} ADD CONSTRAINT {name} {check};"
            ));
        }
        let at = self.history.location(difference.actual_at?);
        let text = self.analysis.sources.text(at).trim().trim_end_matches(';');
        let makes = text
            .get(..6)
            .is_some_and(|word| word.eq_ignore_ascii_case("create"));
        makes.then(|| format!("{text};"))
    }
}

/// What a difference is about: `messages.messages_session_id_idx`.
fn name(difference: &DifferenceView) -> String {
    let parts = [
        &difference.table,
        &difference.column,
        &difference.index,
        &difference.constraint,
        &difference.enumeration,
        &difference.trigger,
        &difference.policy,
        &difference.view,
        &difference.function,
    ];
    let name: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    name.join(".")
}

/// `index missing in the database: messages.messages_session_id_idx; schema: ..., migrations: ...`;
/// of what no schema can say, what it is: `check agents.agents_age_check: CHECK (...)`
fn words(difference: &DifferenceView) -> String {
    let kind = difference.kind.map(|kind| kind.to_string());
    let kind = kind.unwrap_or_default();
    let name = name(difference);
    if let (Some(kind), true, Some(built)) = (
        kind.strip_suffix(" extra in db"),
        difference.unmanaged,
        &difference.actual,
    ) {
        return format!("{kind} `{name}`: `{built}`");
    }
    let kind = kind
        .replace(" extra in db", " in the database alone")
        .replace(" missing in db", " missing in the database");
    let mut text = format!("{kind}: `{name}`");
    for (side, value) in [
        ("schema", &difference.expected),
        ("migrations", &difference.actual),
    ] {
        if let Some(value) = value {
            text.push_str(&format!("; {side}: `{value}`"));
        }
    }
    text
}
