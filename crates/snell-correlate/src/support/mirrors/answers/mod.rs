//! What endpoints give back, and what front ends take it for.

mod given;
mod taken;

use smol_str::SmolStr;
use snell_prisma::Field;
use snell_project::{
    endpoint::Endpoint,
    front::{How, Request},
    module::TypeRef,
    schema::ModelRef,
};
use snell_source::Location;

pub(crate) use given::{Given, Object};
pub(crate) use taken::{Property, Taken};

use crate::rule::Context;

/// A request of a front end with the endpoint that serves it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    /// The request.
    pub(crate) request: &'a Request,
    /// The endpoint's position.
    pub(crate) position: usize,
    /// The endpoint.
    pub(crate) endpoint: &'a Endpoint,
    /// How the path leads there.
    pub(crate) how: How,
}

/// Every request that an endpoint serves.
pub(crate) fn pairs<'a>(context: &Context<'a>) -> impl Iterator<Item = Pair<'a>> {
    let project = context.project;
    project.front.requests.iter().filter_map(move |request| {
        let route = request.route?;
        Some(Pair {
            request,
            position: route.endpoint,
            endpoint: project.endpoints.get(route.endpoint),
            how: route.how,
        })
    })
}

/// A property of a front end's type that holds a column as the endpoint gives it back.
#[derive(Debug, Clone)]
pub(crate) struct Mirror<'a> {
    /// The property in the front end's type.
    pub(crate) property: Property<'a>,
    /// The way to it: `items.author.name`.
    pub(crate) path: SmolStr,
    /// The column.
    pub(crate) column: (ModelRef, &'a Field),
}

/// What a front end's type says of an object of an answer and the endpoint does not.
#[derive(Debug)]
pub(crate) struct Missing<'a> {
    /// The property in the front end's type.
    pub(crate) property: Property<'a>,
    /// The way to it.
    pub(crate) path: SmolStr,
    /// What the endpoint gives there.
    pub(crate) object: Object<'a>,
}

/// Both sides of a pair, property by property.
#[derive(Debug, Default)]
pub(crate) struct Compared<'a> {
    /// Properties that the endpoint never gives.
    pub(crate) missing: Vec<Missing<'a>>,
    /// Where the properties are declared that it may give.
    pub(crate) given: Vec<Location>,
    /// Properties that hold a column as it is.
    pub(crate) mirrors: Vec<Mirror<'a>>,
}

/// Objects inside objects are compared this deep.
const DEPTH: u32 = 5;

/// What a type of a front end says.
pub(crate) fn taken<'a>(context: &Context<'a>, ty: TypeRef) -> Option<Taken<'a>> {
    taken::of(context, ty)
}

/// What the endpoint at a position gives back, as far as every way through it is known.
pub(crate) fn given<'a>(context: &Context<'a>, position: usize) -> Option<Given<'a>> {
    given::of(context, position)
}

/// Compares what an endpoint gives back with the type that the front end gives to it; nothing when
/// one of them is not known.
pub(crate) fn compared<'a>(context: &Context<'a>, pair: &Pair<'a>) -> Option<Compared<'a>> {
    let ty = pair.request.response?;
    let given = given::of(context, pair.position)?;
    let taken = taken::of(context, ty)?;
    let mut compared = Compared::default();
    beside(context, &given, &taken, "", DEPTH, &mut compared);
    Some(compared)
}

fn beside<'a>(
    context: &Context<'a>,
    given: &Given<'a>,
    taken: &Taken<'a>,
    path: &str,
    depth: u32,
    compared: &mut Compared<'a>,
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match (given, taken) {
        (Given::List(given), Taken::List(taken)) => {
            beside(context, given, taken, path, depth, compared);
        }
        (Given::Object(object), Taken::Object(properties)) => {
            let known = properties
                .iter()
                .filter(|property| object.properties.contains_key(&property.name));
            // Two things of which hardly anything is the same are not two sides of one: an
            // envelope that was not seen, another version.
            let like = known.count();
            let closed = !object.open && like > 0 && like * 2 >= properties.len();
            for property in properties {
                let way: SmolStr = match path {
                    "" => property.name.clone(),
                    path => format!("{path}.{}", property.name).into(),
                };
                if object.open || object.properties.contains_key(&property.name) {
                    compared.given.push(property.at);
                }
                match object.properties.get(&property.name) {
                    None if closed => compared.missing.push(Missing {
                        property: property.clone(),
                        path: way,
                        object: object.clone(),
                    }),
                    None => {}
                    Some(Given::Column(model, field)) => compared.mirrors.push(Mirror {
                        property: property.clone(),
                        path: way,
                        column: (*model, field),
                    }),
                    Some(inner) => {
                        if let Some(taken) = property.taken(context) {
                            beside(context, inner, &taken, &way, depth, compared);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

/// Where an endpoint's answer is chosen: the selection of a query, or the object that is built.
pub(crate) fn chosen_at(object: &Object<'_>, endpoint: &Endpoint) -> Location {
    object.at.unwrap_or(endpoint.at)
}
