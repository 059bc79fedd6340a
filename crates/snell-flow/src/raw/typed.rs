//! TypedSQL: the file behind `$queryRawTyped(name(a, b))`.

use snell_extract::facts::{
    Argument, BindingKind, Expression, ExpressionId, ImportedName, ModuleFacts,
};
use snell_project::{
    Project,
    client::ClientCall,
    module::In,
    schema::{SchemaId, TypedQuery},
};
use snell_source::{Location, Span};

use super::{
    runs::RawRun,
    text::{Parameter, Piece, PieceKind, SqlText},
};
use crate::value::Value;

/// The one run of a typed query's call: the text of its file, the arguments as its parameters.
pub(super) fn run(project: &Project, call: &ClientCall) -> Option<RawRun> {
    let module = project.modules.get(call.module);
    let Expression::Call { arguments, .. } = module.facts.expression(call.expression) else {
        return None;
    };
    let (name, given) = made(&module.facts, arguments.first()?.value)?;
    let queries = &project.schemas.get(call.schema?).typed;
    let query = queries.iter().find(|query| query.name == name)?;
    let spread = given.iter().any(|argument| argument.spread);
    let parameters = given.iter().map(|argument| Parameter {
        value: Value::Unknown,
        at: Some(In {
            module: call.module,
            id: argument.value,
        }),
        list: false,
        element: false,
        perhaps_fragment: false,
    });
    Some(RawRun {
        function: In {
            module: call.module,
            id: module.context.function(call.expression)?,
        },
        chain: Vec::new(),
        facts: Vec::new(),
        texts: vec![SqlText {
            parameters: if spread {
                Vec::new()
            } else {
                parameters.collect()
            },
            open_parameters: spread,
            ..text(query)
        }],
    })
}

/// The text of a file, without arguments.
pub(super) fn text(query: &TypedQuery) -> SqlText {
    let end = u32::try_from(query.text.len()).unwrap_or(u32::MAX);
    SqlText {
        text: query.text.to_string(),
        pieces: vec![Piece {
            start: 0,
            end,
            kind: PieceKind::Text {
                at: Some(Location::new(query.file, Span::new(0, end))),
                verbatim: true,
            },
        }],
        parameters: Vec::new(),
        open_parameters: true,
        numbers: Vec::new(),
        one_of_more: false,
    }
}

/// The files that no call hands over: `prisma generate --sql` reads them all the same.
pub(super) fn uncalled<'p>(
    project: &'p Project,
    called: &'p [Location],
) -> impl Iterator<Item = (SchemaId, &'p TypedQuery)> {
    project
        .schemas
        .iter()
        .flat_map(|(id, schema)| schema.typed.iter().map(move |query| (id, query)))
        .filter(|(_, query)| called.iter().all(|at| at.file != query.file))
}

/// The name of the generated function that an expression calls, and its arguments.
fn made(facts: &ModuleFacts, value: ExpressionId) -> Option<(&str, &[Argument])> {
    match facts.expression(facts.unwrap_casts(value)) {
        Expression::Call {
            callee, arguments, ..
        } => Some((imported(facts, *callee)?, arguments)),
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match &facts.binding(*binding).kind {
            BindingKind::Variable {
                init: Some(init), ..
            } if init.path.is_empty() && !facts.binding(*binding).reassigned => {
                made(facts, init.value)
            }
            _ => None,
        },
        _ => None,
    }
}

/// `name` of `import { name } from '@prisma/client/sql'`, or `sql.name` of `import * as sql`.
fn imported(facts: &ModuleFacts, callee: ExpressionId) -> Option<&str> {
    let import = |id: ExpressionId| match facts.expression(id) {
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match facts.binding(*binding).kind {
            BindingKind::Import(n) => facts.imports.get(n as usize),
            _ => None,
        },
        _ => None,
    };
    match facts.expression(callee) {
        Expression::Member {
            object, property, ..
        } => {
            let found = import(*object)?;
            (found.imported == ImportedName::Namespace).then_some(property.text.as_str())
        }
        _ => match &import(callee)?.imported {
            ImportedName::Named(name) => Some(name),
            _ => None,
        },
    }
}
