//! `snell facts raw-sql`: the texts of raw queries, with their names and types.

use std::collections::BTreeMap;

use serde::Serialize;
use snell_flow::raw::{
    Handed, JsKind, JsType, RawForm, RawQuery, RawRun, Reading, SqlText, handed,
};
use snell_project::client::Operation;
use snell_source::Location;
use snell_sql::catalog::{Catalog, RelationId};

use crate::Analysis;

/// One text of a raw query; the position is that of the method's name.
#[derive(Debug, Serialize)]
pub struct Text<'a> {
    /// From the root.
    pub file: &'a str,
    /// 1-based.
    pub line: u32,
    /// 1-based, in UTF-16 units.
    pub column: u32,
    /// `$queryRaw`, `$executeRawUnsafe`, ...
    pub method: &'static str,
    /// `tagged`, `fragment`, `unsafe`, `called`, `typed`.
    pub form: &'static str,
    /// Whether the file is a test.
    pub test: bool,
    /// Whether the text is known to the last byte.
    #[serde(rename = "static")]
    pub whole: bool,
    /// `1/2` when there are several texts.
    pub variant: Option<String>,
    /// The text, with `$n` for parameters; unknown parts are left out.
    pub sql: &'a str,
    /// What stands for `$1`, `$2`, ...
    pub parameters: Vec<Parameter>,
    /// Columns read, by table.
    pub reads: BTreeMap<String, Vec<String>>,
    /// Columns written, by table.
    pub writes: BTreeMap<String, Vec<String>>,
    /// The columns of the result; `null` when they are not known.
    pub columns: Option<Vec<Column>>,
    /// Why the server would refuse the text.
    pub errors: Vec<Error<'a>>,
    /// Whether it was read as SQL: only PostgreSQL's is.
    #[serde(skip)]
    pub read: bool,
}

/// A parameter.
#[derive(Debug, Serialize)]
pub struct Parameter {
    /// The type that its place asks for.
    #[serde(rename = "type")]
    pub data_type: Option<String>,
    /// Where its value is written.
    pub at: Option<Position>,
}

/// A place.
#[derive(Debug, Serialize)]
pub struct Position {
    /// From the root.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based, in UTF-16 units.
    pub column: u32,
}

/// A column of a result.
#[derive(Debug, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as `format_type` spells it; `null` when it is not known.
    #[serde(rename = "type")]
    pub data_type: Option<String>,
    /// Whether it is certain never to be null.
    pub not_null: bool,
    /// The table and column that it hands through.
    pub source: Option<(String, String)>,
    /// What Prisma's client hands over; `null` when it cannot, or when it is not known.
    pub js: Option<String>,
}

/// Why the server would refuse a text.
#[derive(Debug, Serialize)]
pub struct Error<'a> {
    /// PostgreSQL's code.
    pub sqlstate: &'a str,
    /// PostgreSQL's words.
    pub message: &'a str,
    /// Where.
    pub at: Position,
    /// Whether a database with all that the schema describes would refuse it too.
    pub described: bool,
}

/// All texts, in the order of files and places.
#[must_use]
pub fn raw_sql(analysis: &Analysis) -> Vec<Text<'_>> {
    let mut texts: Vec<Text<'_>> = uncalled(analysis).collect();
    for query in analysis.raw.iter() {
        let read = analysis.readings.of(query.call);
        let filled = |text: &SqlText| read.iter().any(|one| text.is_filled_as(&one.text));
        let open: Vec<(&RawRun, &SqlText)> = open_texts(query)
            .filter(|(_, text)| !filled(text))
            .collect();
        let total = read.len() + open.len();
        for (n, reading) in read.iter().enumerate() {
            let mut text = row(analysis, query, &reading.text, (n + 1, total));
            understood(analysis, reading, &mut text);
            texts.push(text);
        }
        for (n, (_, text)) in open.into_iter().enumerate() {
            let number = (read.len() + n + 1, total);
            texts.push(row(analysis, query, text, number));
        }
    }
    texts.sort_by(|a, b| (a.file, a.line, a.column).cmp(&(b.file, b.line, b.column)));
    texts
}

/// The texts of queries that were not read, since their database is no PostgreSQL.
#[must_use]
pub fn unread(analysis: &Analysis) -> Vec<Text<'_>> {
    let mut texts = Vec::new();
    for query in analysis.raw.iter() {
        let own = query.runs.iter().filter(|run| run.chain.is_empty());
        let whole = own
            .flat_map(|run| &run.texts)
            .filter(|text| text.holes().next().is_none());
        if analysis.readings.of(query.call).is_empty() {
            texts.extend(whole.map(|text| row(analysis, query, text, (1, 1))));
        }
    }
    texts
}

/// Files of TypedSQL that no call hands over, at their first statement.
fn uncalled(analysis: &Analysis) -> impl Iterator<Item = Text<'_>> {
    let readings = analysis.readings.iter();
    let files = readings.filter(|reading| reading.call.is_none());
    files.map(move |reading| {
        let project = &analysis.project;
        let at = (reading.method(project), reading.operation(project), false);
        let mut text = placed(analysis, at, RawForm::Typed, &reading.text, (1, 1));
        understood(analysis, reading, &mut text);
        text
    })
}

/// The texts of the query's own function that are not known to the last byte, unless a caller
/// makes them known.
fn open_texts(query: &RawQuery) -> impl Iterator<Item = (&RawRun, &SqlText)> {
    let callers = query.runs.iter().filter(|run| !run.chain.is_empty());
    let has_holes = |text: &SqlText| text.holes().next().is_some();
    let known = callers
        .flat_map(|run| &run.texts)
        .any(|text| !has_holes(text));
    let own = query.runs.iter().filter(|run| run.chain.is_empty());
    own.flat_map(|run| run.texts.iter().map(move |text| (run, text)))
        .filter(move |(_, text)| has_holes(text) && !known)
}

fn row<'a>(
    analysis: &'a Analysis,
    query: &RawQuery,
    text: &'a SqlText,
    number: (usize, usize),
) -> Text<'a> {
    let project = &analysis.project;
    let call = project.calls.get(query.call);
    let at = (
        project.modules.at(call.module, call.name.span),
        call.operation,
        project.path_facts(call.module).test,
    );
    placed(analysis, at, query.form, text, number)
}

fn placed<'a>(
    analysis: &'a Analysis,
    (at, operation, test): (Location, Operation, bool),
    form: RawForm,
    text: &'a SqlText,
    (number, total): (usize, usize),
) -> Text<'a> {
    let project = &analysis.project;
    let file = analysis.sources.file(at.file);
    let start = file.position(at.span.start);
    let place = |at| position(analysis, project.modules.location(at));
    Text {
        file: file.path.as_str(),
        line: start.line,
        column: start.column,
        method: operation.as_str(),
        form: match form {
            RawForm::Tagged => "tagged",
            RawForm::Fragment => "fragment",
            RawForm::Unsafe => "unsafe",
            RawForm::Called => "called",
            RawForm::Typed => "typed",
        },
        test,
        whole: text.holes().next().is_none() && text.numbers.is_empty(),
        variant: (total > 1).then(|| format!("{number}/{total}")),
        sql: &text.text,
        parameters: text
            .parameters
            .iter()
            .map(|parameter| Parameter {
                data_type: None,
                at: parameter.at.map(place),
            })
            .collect(),
        reads: BTreeMap::new(),
        writes: BTreeMap::new(),
        columns: None,
        errors: Vec::new(),
        read: false,
    }
}

fn understood<'a>(analysis: &'a Analysis, reading: &'a Reading, text: &mut Text<'a>) {
    text.read = true;
    let catalog = analysis
        .databases
        .catalog(&analysis.project, reading.schema);
    for (parameter, known) in text.parameters.iter_mut().zip(&reading.facts.parameters) {
        parameter.data_type = known.as_ref().map(|ty| catalog.format_type(ty));
    }
    text.reads = by_table(catalog, &reading.facts.reads);
    text.writes = by_table(catalog, &reading.facts.writes);
    if reading.facts.complete && reading.statement().is_some() {
        let columns = reading.facts.columns.iter();
        text.columns = Some(columns.map(|c| column(catalog, reading, c)).collect());
    }
    text.errors = reading
        .errors
        .iter()
        // The planner says so, not `PREPARE`.
        .filter(|found| found.error.sqlstate != "42P10")
        .map(|found| Error {
            sqlstate: found.error.sqlstate,
            message: &found.error.message,
            at: position(analysis, reading.place(&analysis.project, found.error.span)),
            described: found.described,
        })
        .collect();
}

fn position(analysis: &Analysis, at: Location) -> Position {
    let file = analysis.sources.file(at.file);
    let start = file.position(at.span.start);
    Position {
        file: file.path.to_string(),
        line: start.line,
        column: start.column,
    }
}

fn by_table<'c>(
    catalog: &Catalog,
    used: impl IntoIterator<Item = &'c (RelationId, Option<u16>)>,
) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, number) in used {
        let Some(relation) = catalog.relation(*id) else {
            continue;
        };
        let columns = found.entry(relation.name.to_string()).or_default();
        columns.extend(number.and_then(|number| catalog.column_name(*id, number)));
    }
    found
}

fn column(
    catalog: &Catalog,
    reading: &Reading,
    column: &snell_sql::analyze::ResultColumn,
) -> Column {
    let js = column.data_type.as_ref().and_then(|data_type| {
        match handed(catalog, data_type, reading.engine) {
            Handed::Value(js) => Some(spelled(&js)),
            Handed::Unreadable { .. } | Handed::Unknown => None,
        }
    });
    Column {
        name: column.name.to_string(),
        data_type: column.data_type.as_ref().map(|ty| catalog.format_type(ty)),
        not_null: column.not_null,
        source: column.source.and_then(|(id, number)| {
            let relation = catalog.relation(id)?;
            Some((relation.name.to_string(), catalog.column_name(id, number)?))
        }),
        js,
    }
}

fn spelled(js: &JsType) -> String {
    match js.kinds.first() {
        Some(JsKind::Text) => "string".to_owned(),
        Some(JsKind::Number) => "number".to_owned(),
        Some(JsKind::BigInt) => "bigint".to_owned(),
        Some(JsKind::Boolean) => "boolean".to_owned(),
        Some(JsKind::Date) => "Date".to_owned(),
        Some(JsKind::Decimal) => "Decimal".to_owned(),
        Some(JsKind::Bytes) => "Uint8Array".to_owned(),
        Some(JsKind::List(element)) => format!("{}[]", spelled(element)),
        Some(JsKind::Object) | None => "json".to_owned(),
    }
}
