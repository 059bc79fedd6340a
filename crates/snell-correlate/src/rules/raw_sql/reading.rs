//! What the rules over understood texts share: which texts count, where a
//! part of one is written, what the other side of it is.

use rustc_hash::{FxHashMap, FxHashSet};
use snell_flow::raw::{Engine, PieceKind, RawQuery, ReadError, Reading, SqlText};
use snell_project::schema::{History, Schema, SchemaId};
use snell_source::{
    Confidence, Diagnostic, DiagnosticBuilder, Location, RuleMetadata, Severity, Span, closest,
};
use snell_sql::{
    Failure,
    ast::{
        AlterActionKind, Expr, ExprKind, ObjectKind, Part, Statement, StatementKind, walk_statement,
    },
    catalog::{Catalog, Place, RelationId, RelationKind},
    drift::{Difference, DriftKind, Weight},
};

use crate::{functions, rule::Context, rules::vector};

/// The understood texts of application code.
pub(in crate::rules) fn all<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a Reading> {
    let (project, readings) = (context.project, context.readings);
    readings.iter().filter(move |reading| {
        reading
            .call
            .is_none_or(|call| functions::is_application(project, project.calls.get(call).module))
    })
}

/// Findings of one rule over texts: what several texts of a query share is told once.
pub(in crate::rules) struct Findings<'c, 'a> {
    context: &'c Context<'a>,
    rule: &'static RuleMetadata,
    seen: FxHashSet<(Location, String)>,
    found: Vec<Diagnostic>,
    /// What is told once for all places, with the position of its finding.
    objects: FxHashMap<(SchemaId, String), usize>,
}

impl<'c, 'a> Findings<'c, 'a> {
    pub(in crate::rules) fn of(context: &'c Context<'a>, rule: &'static RuleMetadata) -> Self {
        Findings {
            context,
            rule,
            seen: FxHashSet::default(),
            found: Vec::new(),
            objects: FxHashMap::default(),
        }
    }

    /// Whether this was told of the same database; its finding shows the place too.
    pub(super) fn is_told(&mut self, reading: &Reading, span: Span, message: &str) -> bool {
        let at = reading.place(self.context.project, span);
        let key = (reading.schema, message.to_owned());
        let Some(known) = self.objects.get(&key) else {
            self.objects.insert(key, self.found.len());
            return false;
        };
        if let Some(finding) = self.found.get_mut(*known) {
            finding.also(at, "here too");
        }
        true
    }

    /// A finding about a part of a text, unless it was told already.
    pub(in crate::rules) fn tell(
        &mut self,
        reading: &Reading,
        span: Span,
        message: impl Into<String>,
        finish: impl FnOnce(DiagnosticBuilder) -> DiagnosticBuilder,
    ) {
        let at = reading.place(self.context.project, span);
        self.tell_at(reading, at, message, finish);
    }

    /// The same at a place that is no part of the text.
    pub(in crate::rules) fn tell_at(
        &mut self,
        reading: &Reading,
        at: Location,
        message: impl Into<String>,
        finish: impl FnOnce(DiagnosticBuilder) -> DiagnosticBuilder,
    ) {
        let message = message.into();
        if !self.seen.insert((at, message.clone())) {
            return;
        }
        let subject = subject(self.context, reading, &message);
        let started = Diagnostic::at(self.rule, at, message);
        self.found.push(finish(started).subject(subject));
    }

    pub(in crate::rules) fn done(self) -> Vec<Diagnostic> {
        self.found
    }
}

/// What findings about the names of one query have in common: it fails until all of them are right.
pub(super) fn failing(context: &Context<'_>, reading: &Reading) -> String {
    let query = subject(context, reading, "");
    format!("{query}{:?} {}", reading.call, reading.text.text)
}

fn subject(context: &Context<'_>, reading: &Reading, message: &str) -> String {
    let run = query(context, reading).and_then(|query| query.runs.first());
    let function = run.map_or_else(String::new, |run| {
        functions::name(context.project, run.function)
    });
    let operation = reading.operation(context.project).as_str();
    let names = named(message);
    format!("raw:{function} {operation}{names}")
}

/// The names of a message, the first one set apart where the message begins with it: its other words may change with
/// the version of what they speak of, and say nothing of what is meant.
fn named(message: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in message.split('`').skip(1).step_by(2) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match (names.is_empty(), message.starts_with('`')) {
        (true, _) => String::new(),
        (false, true) => format!(": `{}`", names.join("` `")),
        (false, false) => format!(" {}", names.join(" ")),
    }
}

/// The query that has a text; none for a file of TypedSQL that no call hands over.
pub(super) fn query<'a>(context: &Context<'a>, reading: &Reading) -> Option<&'a RawQuery> {
    context.raw.get(reading.call?)
}

/// All texts of a text's query.
pub(in crate::rules) fn of_query<'a>(context: &Context<'a>, reading: &'a Reading) -> &'a [Reading] {
    match reading.call {
        Some(call) => context.readings.of(call),
        None => std::slice::from_ref(reading),
    }
}

/// The texts of the same query with parts that are not known.
pub(super) fn unread<'a>(
    context: &Context<'a>,
    reading: &Reading,
) -> impl Iterator<Item = &'a SqlText> {
    let runs = query(context, reading).into_iter();
    runs.flat_map(|query| &query.runs)
        .flat_map(|run| &run.texts)
        .filter(|text| text.holes().next().is_some())
}

/// Lowers a finding about a name that a dump of the repository has, or of which the migrations
/// are no proof.
pub(super) fn weighed(
    found: &ReadError,
    doubt: Option<&'static str>,
    one: DiagnosticBuilder,
) -> DiagnosticBuilder {
    if found.dumped {
        one.confidence(Confidence::Likely).lowered(
            Severity::Medium,
            "an SQL file that builds another version of the database has it",
        )
    } else if let Some(why) = doubt {
        one.confidence(Confidence::Likely)
            .lowered(Severity::Medium, why)
    } else {
        one
    }
}

/// Why what the migrations build is no proof of what the database lacks: it is made by more than
/// them.
pub(super) fn doubt(context: &Context<'_>, reading: &Reading) -> Option<&'static str> {
    let history = schema(context, reading).history.as_ref()?;
    let fails = |failure: &Failure| failure.certain && !vector::tells(failure);
    if history.replay.failures.iter().any(fails) {
        return Some(
            "the migrations do not run on an empty database: the one that the code runs on was made with more than them",
        );
    }
    let lacks = |difference: &&Difference| {
        difference.weight == Weight::Core
            && matches!(
                difference.kind,
                DriftKind::TableMissingInDb | DriftKind::ColumnMissingInDb
            )
    };
    let differences = history.drift.differences.iter();
    if differences.filter(lacks).count() >= LACKING {
        return Some(
            "the migrations lack several tables or columns of the schema: the database was made with more than them",
        );
    }
    // One function that nothing makes may be a slip; beside a table that nothing makes, both
    // belong to something else.
    let calls = |error: &ReadError| error.error.sqlstate == "42883" && error.described;
    reading.errors.iter().any(calls).then_some(
        "the statement calls a function that no migration makes, too: something else keeps them",
    )
}

/// So many tables and columns that only the schema has are no slip.
const LACKING: usize = 3;

/// The database that a text runs on.
pub(in crate::rules) fn catalog<'a>(context: &Context<'a>, reading: &Reading) -> &'a Catalog {
    context.databases.catalog(context.project, reading.schema)
}

/// The schema whose database a text runs on.
pub(in crate::rules) fn schema<'a>(context: &Context<'a>, reading: &Reading) -> &'a Schema {
    context.project.schemas.get(reading.schema)
}

/// Errors that are findings: no text of the query is free of one like it, and a database with
/// all that the schema describes has it too.
pub(super) fn errors<'a>(
    context: &Context<'a>,
    reading: &'a Reading,
) -> impl Iterator<Item = &'a ReadError> {
    let others = of_query(context, reading);
    reading.errors.iter().filter(move |found| {
        let shared = |other: &Reading| {
            other.run != reading.run
                || other
                    .errors
                    .iter()
                    .any(|error| error.error.sqlstate == found.error.sqlstate)
        };
        // What only names a table stands in texts that join it too, or they were left out: what decides
        // on both is not seen.
        let joined = || {
            found.error.message.starts_with("missing FROM-clause entry")
                && (reading.text.one_of_more || stands_elsewhere(context, reading, found))
        };
        found.described && others.iter().all(shared) && !joined()
    })
}

/// Whether the part of a text with an error stands in another text of the query that has no such error.
fn stands_elsewhere(context: &Context<'_>, reading: &Reading, found: &ReadError) -> bool {
    let place = reading.place(context.project, found.error.span);
    let holds = |other: &Reading| {
        other.text.pieces.iter().any(|piece| match &piece.kind {
            PieceKind::Text { at: Some(at), .. } => {
                at.file == place.file && at.span.contains(place.span)
            }
            _ => false,
        })
    };
    let free = |other: &Reading| {
        let mut errors = other.errors.iter();
        !errors.any(|error| error.error.sqlstate == found.error.sqlstate)
    };
    let mut others = of_query(context, reading).iter();
    others.any(|other| free(other) && holds(other))
}

/// Where a table or a column of it comes from: the schema's words, else the migration's.
pub(in crate::rules) fn origin(
    context: &Context<'_>,
    reading: &Reading,
    id: RelationId,
    column: Option<u16>,
) -> Option<Location> {
    let schema = schema(context, reading);
    let relation = catalog(context, reading).relation(id)?;
    let mut models = schema.datamodel.models_of_table(&relation.name);
    let (column, provenance) = match (&relation.kind, column) {
        (RelationKind::Table(table), Some(number)) => {
            let column = table.column_at(number)?;
            (Some(&column.name), column.provenance)
        }
        _ => (None, relation.provenance),
    };
    if let Some(model) = models.next() {
        let Some(column) = column else {
            return Some(schema.model_name(model));
        };
        if let Some(field) = model.field_of_column(column) {
            return Some(schema.field_name(field));
        }
    }
    let history = schema.history.as_ref()?;
    Some(named_in(
        context,
        history,
        provenance.shaped,
        column.unwrap_or(&relation.name),
    ))
}

/// The name inside a statement, when it stands there as it is.
fn named_in(context: &Context<'_>, history: &History, place: Place, name: &str) -> Location {
    let whole = history.location(place);
    let text = context.text(whole);
    match text.find(name) {
        Some(found) => {
            let start = whole.span.start + u32::try_from(found).unwrap_or(0);
            let end = start + u32::try_from(name.len()).unwrap_or(0);
            Location::new(whole.file, Span::new(start, end))
        }
        None => whole,
    }
}

/// The last migration that drops a table, or a column by that name.
pub(super) fn dropped(
    schema: &Schema,
    table: &str,
    column: Option<&str>,
) -> Option<(String, Location)> {
    let history = schema.history.as_ref()?;
    for migration in history.migrations.iter().rev() {
        for statement in migration.parse.statements.iter().rev() {
            let drops = match (&statement.kind, column) {
                (StatementKind::Drop(drop), None) => {
                    drop.kind == ObjectKind::Table
                        && drop.names.iter().any(|target| target.name.name.text == table)
                }
                (StatementKind::AlterTable(alter), Some(column)) => {
                    alter.name.name.text == table
                        && alter.actions.iter().any(|action| {
                            matches!(&action.kind, AlterActionKind::DropColumn(part) if part.name.text == column)
                        })
                }
                (StatementKind::AlterTable(alter), None) => {
                    alter.name.name.text == table
                        && alter
                            .actions
                            .iter()
                            .any(|action| matches!(action.kind, AlterActionKind::RenameTo(_)))
                }
                _ => false,
            };
            if drops {
                let at = Location::new(migration.file, statement.span);
                return Some((migration.name.clone(), at));
            }
        }
    }
    None
}

/// `did you mean ...?`, quoted as SQL needs it.
pub(super) fn meant<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    closest(name, names).map(quoted)
}

/// A name as SQL has to write it.
pub(in crate::rules) fn quoted(name: &str) -> String {
    snell_sql::print::identifier(name)
}

/// The version of Prisma that sends a text.
pub(in crate::rules) fn version<'a>(context: &Context<'a>, reading: &Reading) -> Option<&'a str> {
    let project = context.project;
    let version = match reading.call {
        Some(call) => project.prisma_version(project.calls.get(call).module),
        None => {
            let path = &schema(context, reading).path;
            project.workspace.prisma_version(path)
        }
    };
    version.map(|version| version.text.as_str())
}

/// What the version of Prisma makes of parameters, in words.
pub(super) fn sends(context: &Context<'_>, reading: &Reading) -> Option<String> {
    let text = version(context, reading)?;
    match reading.engine {
        Engine::Rust => Some(format!(
            "Prisma {text} declares the type of each parameter: a string is `text`, a number `bigint`, a `Date` `timestamptz`"
        )),
        Engine::Driver => Some(format!(
            "with Prisma {text} the server infers the type of each parameter from its place"
        )),
        Engine::Unknown => None,
    }
}

/// The expression that an error is about: the operation whose operator or name it points at.
pub(super) fn culprit(statement: &Statement, span: Span) -> Option<&Expr> {
    let mut found: Option<&Expr> = None;
    walk_statement(statement, &mut |part| {
        let Part::Expr(expr) = part else { return };
        let about = match &expr.kind {
            ExprKind::Binary(operator, ..)
            | ExprKind::Unary(operator, _)
            | ExprKind::AnyArray(operator, ..) => operator.span == span || expr.span == span,
            ExprKind::Call(call) => call.name.span() == span,
            _ => expr.span == span,
        };
        if about && found.is_none_or(|known| expr.span.len() <= known.span.len()) {
            found = Some(expr);
        }
    });
    found
}

/// Whether the same function fills a table again: what is emptied there is rebuilt.
pub(super) fn is_rebuilt(context: &Context<'_>, reading: &Reading, table: RelationId) -> bool {
    let function = |one: &Reading| {
        let query = query(context, one)?;
        Some(query.runs.get(one.run)?.function)
    };
    let own = function(reading);
    context.readings.iter().any(|other| {
        other.facts.kind == "INSERT"
            && other.schema == reading.schema
            && other.facts.writes.contains(&(table, None))
            && function(other) == own
    })
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn subjects_hold_names_and_no_prose() {
        assert_eq!(named("`a` may be `null`"), ": `a` `null`");
        assert_eq!(
            named("Prisma 5.22.0 cannot read `a`, which is of type `b`"),
            " a b"
        );
        assert_eq!(named("the query returns every column"), "");
    }
}
