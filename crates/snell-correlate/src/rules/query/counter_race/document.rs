//! Json columns that are read, changed in one key and written back whole.

use rustc_hash::FxHashMap;
use snell_flow::{Entry, QueryEvent, Value};
use snell_prisma::ScalarType;
use snell_project::schema::ModelRef;
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::{
    RULE, Written, is_guarded,
    read::{names_same_row, row_of},
};
use crate::{functions, rule::Context, rules::query::repeated};

/// Other places that a finding shows.
const MOST: usize = 4;

/// One column written so, in all places.
struct Column<'f> {
    name: &'f str,
    event: QueryEvent<'f>,
    at: Location,
    read: Location,
    others: Vec<Location>,
}

/// One finding for each column: the cure is one for all places.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut columns: Vec<Column<'_>> = Vec::new();
    let mut known: FxHashMap<(ModelRef, &str), usize> = FxHashMap::default();
    for event in context.flow.queries() {
        let Some(written) = Written::of(context, &event) else {
            continue;
        };
        if repeated::is_background(context, event.function) {
            continue;
        }
        for (name, entry) in &written.data.entries {
            let Some(read) = read(context, written, name, entry) else {
                continue;
            };
            let at = context.project.modules.at(entry.module, entry.key);
            match known.get(&(written.model, name.as_str())) {
                Some(position) => columns[*position].others.push(at),
                None => {
                    known.insert((written.model, name), columns.len());
                    columns.push(Column {
                        name,
                        event,
                        at,
                        read,
                        others: Vec::new(),
                    });
                }
            }
        }
    }
    let found = columns.into_iter();
    found.map(|column| finding(context, column)).collect()
}

/// Where a column was read that is written with one or some of its keys changed.
fn read(
    context: &Context<'_>,
    written: Written<'_>,
    name: &str,
    entry: &Entry,
) -> Option<Location> {
    let field = context.project.schemas.model(written.model).field(name)?;
    let object = entry.value.as_object()?;
    let json = field.scalar() == Some(ScalarType::Json) && !field.is_list();
    if !json || object.entries.is_empty() || is_guarded(written.filter, written.data, name) {
        return None;
    }
    object.spreads.iter().find_map(|spread| {
        let mut read = None;
        spread.visit(&mut |part| {
            if let Value::Opaque(opaque) = part
                && let Some(row) = row_of(context, written.model, name, opaque)
                && names_same_row(context, written.model, written.filter, row)
            {
                let call = context.project.calls.get(row.call);
                read = Some(context.project.modules.at(call.module, call.name.span));
            }
        });
        read
    })
}

fn finding(context: &Context<'_>, column: Column<'_>) -> Diagnostic {
    let Column {
        name,
        event,
        at,
        read,
        mut others,
    } = column;
    let call = context.project.calls.get(event.query.call);
    let title = repeated::title(context, call);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{title}` writes all of `{name}` back with one part of it changed"),
    )
    .label("what another request has changed in between is lost")
    .related(read, "it is read here");
    others.sort();
    others.dedup();
    others.retain(|other| *other != at);
    for other in others.iter().take(MOST) {
        found = found.related(*other, "written so here too");
    }
    found
        .lowered(
            Severity::Medium,
            "it is lost only where two change different parts at once",
        )
        .confidence(Confidence::Likely)
        .help(format!(
            "let the database change the part: raw SQL with `jsonb_set`, or `{name} || $1::jsonb`; or lock the row before it is read (`SELECT ... FOR UPDATE` in the same transaction)"
        ))
        .subject(format!(
            "query:{} {title} {name}",
            functions::name(context.project, event.function)
        ))
}
