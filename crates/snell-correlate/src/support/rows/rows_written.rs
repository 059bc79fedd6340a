//! The rows that the application's queries write into PostgreSQL, object by object: what each column
//! is given.
//!
//! A call is looked at as its own function runs it, and once more for each endpoint that comes to
//! it, where what callers hand over is known.

use snell_flow::{Entry, ObjectValue, Query, Value};
use snell_prisma::{Datamodel, Field, Model, Provider};
use snell_project::{
    client::{CallTarget, ClientCall, Operation},
    schema::ModelRef,
};
use snell_source::Location;

use crate::support::queries::objects;
use crate::{functions, rule::Context};

/// Rows inside rows are looked into this deep.
const DEPTH: u32 = 6;

/// An object of data that becomes a row, or a part of one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written<'a> {
    /// Whose rows.
    pub model: ModelRef,
    /// The endpoint that comes to it, when it is looked at from there.
    pub endpoint: Option<usize>,
    /// Whether a new row is made of it.
    pub creates: bool,
    /// What the columns are given.
    pub object: &'a ObjectValue,
}

impl<'a> Written<'a> {
    /// The columns that are given something, with what.
    pub(crate) fn columns<'m>(
        &self,
        model: &'m Model,
    ) -> impl Iterator<Item = (&'m Field, &'a Entry)> + use<'a, 'm> {
        let entries = self.object.entries.iter();
        entries.filter_map(|(name, entry)| {
            let field = model.field(name).filter(|field| field.is_column())?;
            (entry.value != Value::Undefined).then_some((field, entry))
        })
    }
}

/// Where the key of an entry is written.
pub(crate) fn key_at(context: &Context<'_>, entry: &Entry) -> Location {
    context.project.modules.at(entry.module, entry.key)
}

/// Calls `each` for every object of data that code which serves requests writes.
pub(crate) fn visit<'a>(context: &Context<'a>, each: &mut dyn FnMut(&Written<'a>)) {
    let own = context.flow.queries().map(|event| (None, event.query));
    let reached = context.walks.iter().flat_map(|walked| {
        let queries = walked.walk.queries.iter();
        queries.map(|reached| (Some(walked.endpoint), reached.query))
    });
    for (endpoint, query) in own.chain(reached) {
        let call = context.project.calls.get(query.call);
        if call.operation.is_write() && functions::is_application(context.project, call.module) {
            of_query(context, call, (endpoint, query), each);
        }
    }
}

/// Calls `each` for every object of data that one query writes.
pub(crate) fn of_query<'a>(
    context: &Context<'a>,
    call: &'a ClientCall,
    (endpoint, query): (Option<usize>, &'a Query),
    each: &mut dyn FnMut(&Written<'a>),
) {
    let CallTarget::Models(models) = &call.target else {
        return;
    };
    let arguments = query.arguments.first().and_then(Value::as_object);
    let Some(arguments) = arguments else {
        return;
    };
    for model in models {
        let datamodel = &context.project.schemas.get(model.schema).datamodel;
        if datamodel.provider() != Provider::PostgreSql {
            continue;
        }
        let mut walk = Walk {
            datamodel,
            endpoint,
            each,
        };
        for (key, entry) in &arguments.entries {
            let creates = match key.as_str() {
                "data" => call.operation.is_create(),
                "create" if call.operation == Operation::Upsert => true,
                "update" if call.operation == Operation::Upsert => false,
                _ => continue,
            };
            walk.data(*model, &entry.value, creates, DEPTH);
        }
    }
}

struct Walk<'w, 'a> {
    datamodel: &'a Datamodel,
    endpoint: Option<usize>,
    each: &'w mut dyn FnMut(&Written<'a>),
}

impl<'a> Walk<'_, 'a> {
    fn data(&mut self, model: ModelRef, value: &'a Value, creates: bool, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        if let Value::Array(array) = value {
            for element in array.elements.iter().chain(&array.rest) {
                self.data(model, element, creates, depth);
            }
        }
        for object in objects(value) {
            (self.each)(&Written {
                model,
                endpoint: self.endpoint,
                creates,
                object,
            });
            for (name, entry) in &object.entries {
                let field = self.datamodel[model.model].field(name);
                if let Some(target) = field.and_then(|field| self.datamodel.target(field)) {
                    let target = ModelRef {
                        model: target.id,
                        ..model
                    };
                    self.nested(target, &entry.value, depth);
                }
            }
        }
    }

    /// `create: {...}`, `update: { where, data }` and so on below a relation.
    fn nested(&mut self, model: ModelRef, value: &'a Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        if let Value::Array(array) = value {
            for element in array.elements.iter().chain(&array.rest) {
                self.nested(model, element, depth);
            }
        }
        for object in objects(value) {
            for (action, entry) in &object.entries {
                match action.as_str() {
                    "create" => self.data(model, &entry.value, true, depth),
                    "createMany" => self.inside(model, &entry.value, true, depth),
                    "connectOrCreate" | "upsert" => self.nested(model, &entry.value, depth),
                    "update" | "updateMany" => self.inside(model, &entry.value, false, depth),
                    _ => {}
                }
            }
        }
    }

    /// Data below `data`, or as it is.
    fn inside(&mut self, model: ModelRef, value: &'a Value, creates: bool, depth: u32) {
        for object in objects(value) {
            match object.entries.get("data") {
                Some(entry) => self.data(model, &entry.value, creates, depth),
                None => self.data(model, value, creates, depth),
            }
        }
    }
}
