//! Raw queries as the database understands them: names and types of every
//! text that is known to the last byte.

use rustc_hash::FxHashSet;
use snell_prisma::Provider;
use snell_project::{
    Project,
    client::{CallId, Operation},
    module::ModuleId,
    schema::SchemaId,
};
use snell_source::{Location, Span};
use snell_sql::{
    Parse,
    analyze::{AnalysisError, Given, QueryFacts, analyze},
    ast::{ExprKind, Part, Statement, walk_statement},
    catalog::{Catalog, TypeId},
};

use super::{
    database::Databases,
    js::{JsKind, JsType, JsTypes},
    runs::{RawForm, RawQueries, RawQuery},
    text::{Piece, PieceKind, SqlText},
    typed,
};

/// What stands between the code and the server: it decides how parameters are
/// sent and which types can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The query engine of Prisma 4 to 6: it declares the types of parameters.
    Rust,
    /// A driver adapter, as always from Prisma 7 on: the server infers the types.
    Driver,
    /// Either.
    Unknown,
}

impl Engine {
    /// The engine of the package that a module belongs to.
    #[must_use]
    pub fn of(project: &Project, module: ModuleId) -> Engine {
        Engine::of_major(project, project.prisma_version(module).map(|v| v.major))
    }

    fn of_major(project: &Project, major: Option<u32>) -> Engine {
        let Some(major) = major else {
            return Engine::Unknown;
        };
        let adapts = project.workspace.packages.iter().any(|package| {
            let names = package.manifest.dependencies.keys();
            names
                .into_iter()
                .any(|name| name.starts_with("@prisma/adapter-"))
        });
        match major {
            7.. => Engine::Driver,
            4..=6 if !adapts => Engine::Rust,
            _ => Engine::Unknown,
        }
    }
}

/// One text of a raw query, understood.
#[derive(Debug)]
pub struct Reading {
    /// The query; none for a file of TypedSQL that no call hands over.
    pub call: Option<CallId>,
    /// The run that has the text, by its position.
    pub run: usize,
    /// The text.
    pub text: SqlText,
    /// The schema whose database it runs on.
    pub schema: SchemaId,
    /// What sends it.
    pub engine: Engine,
    /// Whether a parameter was taken for a value that may be a fragment.
    pub assumed: bool,
    /// What it says.
    pub parse: Parse,
    /// What it comes to; without the errors.
    pub facts: QueryFacts,
    /// Why the server would refuse it.
    pub errors: Vec<ReadError>,
}

/// Why the server would refuse a text.
#[derive(Debug, Clone)]
pub struct ReadError {
    /// What it says.
    pub error: AnalysisError,
    /// Whether a database that has all that the schema describes refuses it too.
    pub described: bool,
    /// Whether a dump, or a script for another version of the database, has the missing name.
    pub dumped: bool,
}

/// All texts that are understood.
#[derive(Debug, Default)]
pub struct Readings {
    readings: Vec<Reading>,
}

impl Readings {
    /// These: first those without a call, then in the order of calls.
    #[must_use]
    pub fn new(readings: Vec<Reading>) -> Self {
        Readings { readings }
    }

    /// All of them, in the order of calls.
    pub fn iter(&self) -> impl Iterator<Item = &Reading> {
        self.readings.iter()
    }

    /// Those of one query.
    #[must_use]
    pub fn of(&self, call: CallId) -> &[Reading] {
        let readings = &self.readings;
        let start = readings.partition_point(|reading| reading.call < Some(call));
        let end = readings.partition_point(|reading| reading.call <= Some(call));
        &readings[start..end]
    }
}

/// Understands the texts of one raw query.
#[must_use]
pub fn read(project: &Project, databases: &Databases, query: &RawQuery) -> Vec<Reading> {
    let call = project.calls.get(query.call);
    let Some(schema) = call.schema else {
        return Vec::new();
    };
    if project.schemas.get(schema).datamodel.provider() != Provider::PostgreSql {
        return Vec::new();
    }
    let reader = Reader {
        project,
        databases,
        schema,
        engine: Engine::of(project, call.module),
        types: JsTypes::new(project, schema),
    };
    let mut seen = FxHashSet::default();
    let mut readings = Vec::new();
    for (n, run) in query.runs.iter().enumerate() {
        let numbers = run.texts.iter().filter_map(|text| reader.numbered(text));
        let numbers: Vec<SqlText> = numbers.collect();
        for text in run.texts.iter().chain(&numbers) {
            if !is_readable(text) {
                continue;
            }
            if seen.insert((text.text.clone(), text.parameters.len())) {
                readings.push(reader.read(Some(query.call), n, text));
            }
        }
    }
    readings
}

/// Understands the files of TypedSQL that no call hands over.
#[must_use]
pub fn read_uncalled(
    project: &Project,
    databases: &Databases,
    queries: &RawQueries,
) -> Vec<Reading> {
    let typed = queries.iter().filter(|query| query.form == RawForm::Typed);
    let texts = typed.flat_map(|query| query.runs.iter().flat_map(|run| &run.texts));
    let called: Vec<Location> = texts.filter_map(|text| text.written_at(0, 0)).collect();
    typed::uncalled(project, &called)
        .filter(|(schema, _)| {
            project.schemas.get(*schema).datamodel.provider() == Provider::PostgreSql
        })
        .map(|(schema, query)| {
            let path = &project.schemas.get(schema).path;
            let reader = Reader {
                project,
                databases,
                schema,
                engine: Engine::of_major(
                    project,
                    project.workspace.prisma_version(path).map(|v| v.major),
                ),
                types: JsTypes::new(project, schema),
            };
            reader.read(None, 0, &typed::text(query))
        })
        .collect()
}

/// Whether every byte is known. The word `undefined` that nobody wrote stands for a value that
/// was folded away.
fn is_readable(text: &SqlText) -> bool {
    let folded = |piece: &Piece| {
        let range = piece.start as usize..piece.end as usize;
        matches!(piece.kind, PieceKind::Text { at: None, .. })
            && text.text[range].contains("undefined")
    };
    text.holes().next().is_none() && !text.pieces.iter().any(folded)
}

struct Reader<'p> {
    project: &'p Project,
    databases: &'p Databases,
    schema: SchemaId,
    engine: Engine,
    types: JsTypes<'p>,
}

impl Reader<'_> {
    fn read(&self, call: Option<CallId>, n: usize, text: &SqlText) -> Reading {
        let catalog = self.databases.catalog(self.project, self.schema);
        let parse = snell_sql::parse(&text.text);
        let given = self.given(catalog, call, text);
        let mut facts = analyze(&parse, catalog, &given);
        let mut errors = std::mem::take(&mut facts.errors);
        let elsewhere = |error: &_| {
            self.databases
                .is_known_elsewhere(catalog, self.schema, error)
        };
        errors.retain(|error| {
            !elsewhere(error) && !is_of_one_version(error) && !is_of_server(catalog, error)
        });
        if parse.dialect.is_some() {
            errors.clear();
        }
        // Parameters of unknown type leave results open that the server would name.
        if errors.is_empty() && given.contains(&Given::Unknown) {
            let open: Vec<Given> = given
                .iter()
                .map(|one| match one {
                    Given::Unknown => Given::Open,
                    known => *known,
                })
                .collect();
            let fuller = analyze(&parse, catalog, &open);
            if fuller.errors.is_empty() {
                facts = fuller;
            }
        }
        let described = &self.databases.get(self.schema).described.catalog;
        let there = if errors.is_empty() {
            Vec::new()
        } else {
            analyze(&parse, described, &given).errors
        };
        let errors = errors.into_iter().map(|error| ReadError {
            dumped: self.databases.is_in_a_dump(catalog, &error),
            described: there
                .iter()
                .any(|other| other.sqlstate == error.sqlstate && other.span == error.span),
            error,
        });
        Reading {
            call,
            run: n,
            text: text.clone(),
            schema: self.schema,
            engine: self.engine,
            assumed: !text.is_whole(),
            errors: errors.collect(),
            parse,
            facts,
        }
    }

    /// A text whose holes are all numbers, as far as types say.
    fn numbered(&self, text: &SqlText) -> Option<SqlText> {
        text.numbered(|hole| {
            let ty = self.types.value(&hole.value, Some(hole.at));
            ty.only() == Some(&JsKind::Number) && !ty.null && !ty.undefined
        })
    }

    /// What the engine declares of the parameters.
    fn given(&self, catalog: &Catalog, call: Option<CallId>, text: &SqlText) -> Vec<Given> {
        let typed = call
            .is_none_or(|call| self.project.calls.get(call).operation == Operation::QueryRawTyped);
        // `prisma generate --sql` lets the server infer the types.
        if self.engine == Engine::Driver || typed {
            return Vec::new();
        }
        text.parameters
            .iter()
            .map(|parameter| {
                if self.engine == Engine::Unknown || parameter.perhaps_fragment {
                    return Given::Unknown;
                }
                let mut ty = self.types.value(&parameter.value, parameter.at);
                if (parameter.list || parameter.element) && !parameter.value.is_constant() {
                    ty = match ty.only() {
                        Some(JsKind::List(element)) => JsType::clone(element),
                        _ => JsType::unknown(),
                    };
                }
                declared(catalog, &ty).map_or(Given::Unknown, Given::Declared)
            })
            .collect()
    }
}

/// The type that the Rust engine declares for a value.
fn declared(catalog: &Catalog, ty: &JsType) -> Option<TypeId> {
    Some(match ty.only()? {
        JsKind::Text => TypeId::TEXT,
        JsKind::BigInt => TypeId::INT8,
        // Whole numbers are sent as int8, others as float8.
        JsKind::Number => TypeId::INT8,
        JsKind::Boolean => TypeId::BOOL,
        JsKind::Date => TypeId::TIMESTAMPTZ,
        JsKind::Decimal => TypeId::NUMERIC,
        JsKind::Bytes => TypeId::BYTEA,
        JsKind::List(element) => catalog.array_of(declared(catalog, element)?)?,
        JsKind::Object => return None,
    })
}

/// What some versions of the server refuse and others take.
fn is_of_one_version(error: &AnalysisError) -> bool {
    error
        .message
        .contains("subquery in FROM must have an alias")
}

/// A function that nothing here makes, and that the server may still have.
fn is_of_server(catalog: &Catalog, error: &AnalysisError) -> bool {
    let mut function = error.name.iter().filter(|_| error.sqlstate == "42883");
    function.any(|name| !catalog.has_function(name))
}

impl Reading {
    /// The statement, when there is one and it was understood.
    #[must_use]
    pub fn statement(&self) -> Option<&Statement> {
        let first = self.parse.statements.first()?;
        (!first.broken && self.parse.errors.is_empty()).then_some(first)
    }

    /// Where a stretch of the text is written: in the template, or the expression that gives it.
    #[must_use]
    pub fn place(&self, project: &Project, span: Span) -> Location {
        let end = span.end.max(span.start + 1);
        let first = self.part(project, span.start, end);
        let last = self.part(project, end - 1, end);
        match (first, last) {
            (Some(first), Some(last))
                if first.file == last.file && first.span.start < last.span.end =>
            {
                Location::new(first.file, first.span.cover(last.span))
            }
            (Some(first), _) => first,
            _ => self.method(project),
        }
    }

    /// Where the piece that holds a byte is written, from that byte on.
    fn part(&self, project: &Project, start: u32, end: u32) -> Option<Location> {
        let piece = self.text.piece_at(start)?;
        if let PieceKind::Placeholder(position) = piece.kind {
            let at = self.text.parameters.get(position)?.at?;
            return Some(project.modules.location(at));
        }
        self.text.written_at(start, end.min(piece.end))
    }

    /// The method's name; of a text without a call, the statement.
    #[must_use]
    pub fn method(&self, project: &Project) -> Location {
        if let Some(call) = self.call {
            let call = project.calls.get(call);
            return project.modules.at(call.module, call.name.span);
        }
        let statement = self.parse.statements.first();
        let start = statement.map_or(0, |statement| statement.span.start);
        let mut pieces = self.text.pieces.iter();
        let file = pieces.find_map(|piece| match piece.kind {
            PieceKind::Text { at, .. } => at,
            _ => None,
        });
        let file = file.map(|at| at.file).unwrap_or_default();
        Location::new(file, Span::new(start, start + 1))
    }

    /// The operation that sends the text.
    #[must_use]
    pub fn operation(&self, project: &Project) -> Operation {
        self.call.map_or(Operation::QueryRawTyped, |call| {
            project.calls.get(call).operation
        })
    }

    /// The parameters that stand in a stretch of the text: number (from 1) and span.
    #[must_use]
    pub fn parameters_in(&self, span: Span) -> Vec<(u32, Span)> {
        let mut found = Vec::new();
        if let Some(statement) = self.statement() {
            walk_statement(statement, &mut |part| {
                if let Part::Expr(expr) = part
                    && let ExprKind::Parameter(number) = expr.kind
                    && span.contains(expr.span)
                {
                    found.push((number, expr.span));
                }
            });
        }
        found
    }
}
