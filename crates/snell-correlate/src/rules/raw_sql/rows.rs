//! What a query is declared to return, against what it returns.

use rustc_hash::FxHashSet;
use snell_extract::facts::{Export, Expression, ExpressionKind};
use snell_flow::{
    Step,
    raw::{
        Handed, JsKind, JsType, JsTypes, Member, Reading, RowType, Use, UseKind, handed,
        takes_any_number, uses, uses_of_callers,
    },
};
use snell_project::{
    client::{CallId, Operation},
    module::In,
    types::{Type, Types},
};
use snell_source::Location;
use snell_sql::{analyze::ResultColumn, ast::StatementKind};

use super::reading;
use crate::rule::Context;

/// A text with rows, and the type that its rows are declared to have.
pub(super) struct Declared<'a> {
    pub(super) reading: &'a Reading,
    pub(super) row: RowType,
}

/// The queries of application code whose row type is declared.
pub(super) fn declared<'a>(context: &Context<'a>) -> Vec<Declared<'a>> {
    reading::all(context)
        .filter(|reading| is_query(context, reading) && reading.errors.is_empty())
        .filter_map(|reading| {
            let types = JsTypes::new(context.project, reading.schema);
            let row = types.row_type(context.project.calls.get(reading.call?))?;
            Some(Declared { reading, row })
        })
        .collect()
}

/// A text with rows of which nothing says what they hold, and what the code reads of them.
pub(super) struct Undeclared<'a> {
    pub(super) reading: &'a Reading,
    pub(super) uses: Vec<Use>,
}

/// The queries of application code whose rows have no declared type.
pub(super) fn undeclared<'a>(context: &Context<'a>) -> Vec<Undeclared<'a>> {
    reading::all(context)
        .filter(|reading| is_query(context, reading) && reading.errors.is_empty())
        .filter_map(|reading| {
            let call = context.project.calls.get(reading.call?);
            // Prisma itself declares those of its files.
            if call.operation == Operation::QueryRawTyped {
                return None;
            }
            let types = JsTypes::new(context.project, reading.schema);
            let declared = types.row_type(call).is_some_and(|row| row.shape.is_some());
            let uses = (!declared).then(|| uses(context.project, call))?;
            Some(Undeclared { reading, uses })
        })
        .collect()
}

/// Whether the method hands over rows.
pub(super) fn is_query(context: &Context<'_>, reading: &Reading) -> bool {
    let operation = reading.operation(context.project);
    operation.as_str().starts_with("$queryRaw")
}

/// A declared member and the column that fills it.
pub(super) struct Pair<'d> {
    pub(super) member: &'d Member,
    pub(super) column: &'d ResultColumn,
    /// What the client hands over for it.
    pub(super) handed: Handed,
    /// The query says `NULL` for it.
    always_null: bool,
}

impl Declared<'_> {
    /// The declared members with their columns, as far as both are known.
    pub(super) fn pairs(&self, context: &Context<'_>) -> Vec<Pair<'_>> {
        let Some(shape) = &self.row.shape else {
            return Vec::new();
        };
        let catalog = reading::catalog(context, self.reading);
        shape
            .members
            .iter()
            .filter_map(|member| {
                let mut columns = self.reading.facts.columns.iter();
                // Of two columns of one name the client keeps the last.
                let column = columns.rfind(|column| column.name == member.name)?;
                let data_type = column.data_type.as_ref()?;
                Some(Pair {
                    member,
                    column,
                    always_null: is_null(column.span.text(&self.reading.text.text)),
                    handed: handed(catalog, data_type, self.reading.engine),
                })
            })
            .collect()
    }

    /// The declared members that the query does not return, where all columns are known.
    pub(super) fn missing(&self) -> Vec<&Member> {
        let Some(shape) = &self.row.shape else {
            return Vec::new();
        };
        let facts = &self.reading.facts;
        if !facts.complete || facts.columns.is_empty() {
            return Vec::new();
        }
        let known: FxHashSet<&str> = facts.columns.iter().map(|c| c.name.as_str()).collect();
        shape
            .members
            .iter()
            .filter(|member| !known.contains(member.name.as_str()) && !member.ty.undefined)
            .collect()
    }

    /// Whether the statement returns no rows at all.
    pub(super) fn has_no_rows(&self) -> bool {
        let facts = &self.reading.facts;
        facts.complete
            && facts.columns.is_empty()
            && self.reading.statement().is_some_and(|statement| {
                matches!(
                    statement.kind,
                    StatementKind::Insert(_) | StatementKind::Update(_) | StatementKind::Delete(_)
                )
            })
    }
}

/// `NULL`, `null AS "x"`
fn is_null(sql: &str) -> bool {
    let first = sql.split_whitespace().next();
    let alias = sql.split_whitespace().nth(1);
    first.is_some_and(|word| word.eq_ignore_ascii_case("null"))
        && alias.is_none_or(|word| word.eq_ignore_ascii_case("as"))
}

impl Pair<'_> {
    /// The kind that is declared where another one is handed over.
    pub(super) fn conflict(&self) -> Option<(&JsKind, &JsKind)> {
        let Handed::Value(actual) = &self.handed else {
            return None;
        };
        // `NULL AS x` is a text to the server, and never holds one.
        if self.always_null && self.member.ty.null {
            return None;
        }
        let (declared, actual) = (self.member.ty.only()?, actual.only()?);
        match (declared, actual) {
            (JsKind::List(declared), JsKind::List(actual)) => {
                let inner = actual.kinds.first()?;
                let declared = declared.only()?;
                let nested = matches!(declared, JsKind::List(_));
                (declared != inner && !nested).then_some((declared, inner))
            }
            (declared, actual) => (declared != actual).then_some((declared, actual)),
        }
    }

    /// Whether a null may come where none is declared.
    pub(super) fn may_be_null(&self) -> bool {
        let ty = &self.member.ty;
        !self.column.not_null && !ty.null && !ty.undefined && !ty.open && !ty.kinds.is_empty()
    }
}

/// Whether the code that sends a query reads a column of its rows.
pub(super) fn is_read(context: &Context<'_>, reading: &Reading, name: &str) -> bool {
    reading.call.is_none_or(|call| {
        let uses = uses(context.project, context.project.calls.get(call));
        uses.iter().any(|one| one.name == name)
    })
}

/// Why a wrong type of a column does no harm for now: no place reads it, or each that does converts
/// it, callers of a function included that gives the rows back.
pub(super) fn harmless(
    context: &Context<'_>,
    reading: &Reading,
    name: &str,
) -> Option<&'static str> {
    let call = reading.call?;
    let graph = context.flow.call_graph();
    let sites = |function| graph.sites(function).collect();
    let uses = uses_of_callers(context.project, context.project.calls.get(call), &sites);
    let of = |kind: UseKind| {
        let found = uses.found.iter();
        found
            .filter(|one| one.name == name && one.kind == kind)
            .count()
    };
    let fails = [UseKind::Arithmetic, UseKind::Compared, UseKind::Called];
    let whole = |one: &Use| one.kind == UseKind::Json && (one.name.is_empty() || one.name == name);
    if fails.into_iter().any(|kind| of(kind) > 0) || uses.found.iter().any(whole) {
        return None;
    }
    match of(UseKind::Read) {
        0 => (!uses.open && !is_answered(context, call, name)).then_some(UNREAD),
        read => (of(UseKind::Converted) >= read).then_some(CONVERTED),
    }
}

/// Whether an endpoint answers with rows of a query, or with this column of them.
fn is_answered(context: &Context<'_>, call: CallId, name: &str) -> bool {
    let mut escapes = context.walks.iter().flat_map(|walked| &walked.walk.escapes);
    escapes.any(|escape| {
        let mut named = escape.path.iter().filter_map(|step| match step {
            Step::Property(name) => Some(name.as_str()),
            _ => None,
        });
        escape.row.call == call && named.next().is_none_or(|first| first == name)
    })
}

/// Whether all code of a module that reads a member of an interface of its own converts it, wherever
/// the row came from.
pub(super) fn is_converted_by_type(
    context: &Context<'_>,
    reading: &Reading,
    member: &Member,
) -> bool {
    let Some(call) = reading.call else {
        return false;
    };
    let modules = &context.project.modules;
    let module = context.project.calls.get(call).module;
    let owner = modules.get(module);
    let facts = &owner.facts;
    if owner.file != member.at.file {
        return false;
    }
    let declared = facts.interfaces.iter().zip(0u32..);
    let mut around = declared.filter(|(one, _)| one.span.contains(member.at.span));
    let Some((interface, id)) = around.next() else {
        return false;
    };
    let exported = facts.exports.iter().any(
        |export| matches!(export, Export::Local { local, .. } if *local == interface.name.text),
    );
    if exported {
        return false;
    }
    let types = Types::new(modules);
    let (mut converted, mut others) = (0, 0);
    for (at, node) in facts.all([ExpressionKind::Member]) {
        let Expression::Member {
            object, property, ..
        } = &node.kind
        else {
            continue;
        };
        if property.text != member.name {
            continue;
        }
        let ty = types.of(In {
            module,
            id: *object,
        });
        if ty != Type::Interface(In { module, id }) && ty != Type::Unknown {
            continue;
        }
        let parent = owner.context.parent(at);
        let converts = parent.is_some_and(|parent| match facts.expression(parent) {
            Expression::Call {
                callee, arguments, ..
            } => {
                let first = arguments.first().map(|first| first.value);
                let callee = In {
                    module,
                    id: *callee,
                };
                first == Some(at) && takes_any_number(context.project, callee)
            }
            _ => false,
        });
        match converts {
            true => converted += 1,
            false => others += 1,
        }
    }
    converted > 0 && others == 0
}

/// Why a wrong type of a column does no harm for now.
pub(super) const CONVERTED: &str = "every place that reads it converts it";
const UNREAD: &str = "nothing reads it";

/// Whether the client hands over a bigint for a column.
pub(in crate::rules) fn is_bigint(
    context: &Context<'_>,
    reading: &Reading,
    column: &ResultColumn,
) -> bool {
    let catalog = reading::catalog(context, reading);
    let data_type = column.data_type.as_ref();
    let handed = data_type.map(|data_type| handed(catalog, data_type, reading.engine));
    matches!(handed, Some(Handed::Value(ty)) if ty.only() == Some(&JsKind::BigInt))
}

/// A kind as TypeScript writes it.
pub(super) fn spelled(kind: &JsKind) -> String {
    match kind {
        JsKind::Text => "string".to_owned(),
        JsKind::Number => "number".to_owned(),
        JsKind::BigInt => "bigint".to_owned(),
        JsKind::Boolean => "boolean".to_owned(),
        JsKind::Date => "Date".to_owned(),
        JsKind::Decimal => "Prisma.Decimal".to_owned(),
        JsKind::Bytes => "Uint8Array".to_owned(),
        JsKind::List(element) => format!("{}[]", spelled_type(element)),
        JsKind::Object => "object".to_owned(),
    }
}

fn spelled_type(ty: &JsType) -> String {
    ty.kinds
        .first()
        .map_or_else(|| "unknown".to_owned(), spelled)
}

/// Where the column's values come from: the field, or the migration's column.
pub(super) fn source(
    context: &Context<'_>,
    reading: &Reading,
    column: &ResultColumn,
) -> Option<Location> {
    let (table, number) = column.source?;
    reading::origin(context, reading, table, Some(number))
}

/// Whether a column is a list of the schema with a default: Prisma never writes
/// NULL into a list, and what else writes rows gets the default.
pub(super) fn is_list_with_default(
    context: &Context<'_>,
    reading: &Reading,
    column: &ResultColumn,
) -> bool {
    let Some((table, number)) = column.source else {
        return false;
    };
    let catalog = reading::catalog(context, reading);
    let (Some(relation), Some(name)) =
        (catalog.relation(table), catalog.column_name(table, number))
    else {
        return false;
    };
    let mut models = reading::schema(context, reading)
        .datamodel
        .models_of_table(&relation.name);
    models.any(|model| {
        let field = model.field_of_column(&name);
        field.is_some_and(|field| field.is_list() && field.default.is_some())
    })
}

/// What a column's type is, in SQL.
pub(super) fn sql_type(context: &Context<'_>, reading: &Reading, column: &ResultColumn) -> String {
    let catalog = reading::catalog(context, reading);
    column
        .data_type
        .as_ref()
        .map_or_else(String::new, |ty| catalog.format_type(ty))
}
