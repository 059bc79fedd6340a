//! What front ends send, beside the class that takes it: what rules about requests share.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, MemberKind, Property as Written};
use snell_project::{
    endpoint::Given,
    front::{How, Request},
    module::{ClassRef, ExpressionRef, In},
};
use snell_source::Location;

use super::dto_without_validators::{is_bare, runtime_class, takes_pipe};
use crate::{
    functions,
    rule::Context,
    rules::security::{Made, folder, traffic},
    support::{
        accepts::{self, Accepts},
        answers::{Pair, Property, Taken, pairs, taken},
        contracts::{Mirror, members},
        declared::{Declared, class_property},
    },
};

/// A request whose body a class takes, under a pipe that holds it to its validators.
pub(super) struct Sending<'a> {
    /// The request, and the endpoint that serves it.
    pub(super) pair: Pair<'a>,
    /// What is sent.
    pub(super) sent: Vec<Sent<'a>>,
    /// Whether more may be sent than is known.
    pub(super) open: bool,
    /// The class.
    pub(super) class: ClassRef,
    /// What it is called.
    pub(super) name: &'a str,
    /// Where it is declared.
    pub(super) at: Location,
    /// All properties that it has.
    pub(super) names: Vec<SmolStr>,
    /// The pipe.
    pub(super) pipe: Made,
}

/// A property that is sent.
pub(super) struct Sent<'a> {
    /// Its name.
    pub(super) name: SmolStr,
    /// Where the front end says so.
    pub(super) at: Location,
    /// Whether it may be left out.
    pub(super) optional: bool,
    /// The property of the type, where it is one of a type.
    pub(super) declared: Option<Property<'a>>,
}

/// All of them, in the order of requests.
pub(super) fn sendings<'a>(context: &Context<'a>) -> Vec<Sending<'a>> {
    if renames(context) {
        return Vec::new();
    }
    pairs(context)
        .filter(|pair| pair.how != How::Proxy)
        .filter_map(|pair| sending(context, pair))
        .collect()
}

/// Whether some client gives properties other names on the way.
fn renames(context: &Context<'_>) -> bool {
    let modules = &context.project.front.modules;
    modules.iter().any(|(_, module)| {
        let text = &context.sources.file(module.file).text;
        [
            "snakecaseKeys",
            "decamelizeKeys",
            "camelToSnake",
            "transformRequest",
        ]
        .iter()
        .any(|word| text.contains(word))
    })
}

fn sending<'a>(context: &Context<'a>, pair: Pair<'a>) -> Option<Sending<'a>> {
    let handler = functions::declared(context.project, pair.endpoint.handler)?;
    let module = pair.endpoint.handler.module;
    let mut parameters = pair.endpoint.parameters.iter().zip(&handler.parameters);
    let (_, parameter) = parameters
        .find(|(given, _)| matches!(given, Given::Client(part, None) if part == "Body"))?;
    let class = runtime_class(context, module, parameter)?;
    let facts = context.project.modules.facts(class.module);
    let declared = facts.class(class.id);
    // A class without validators refuses everything: its own rule tells.
    if is_bare(declared) || takes_pipe(context.project.modules.facts(module), parameter) {
        return None;
    }
    let traffic = traffic(context);
    let own = folder(context, module);
    let pipe = *traffic
        .pipes
        .made
        .iter()
        .find(|pipe| pipe.everywhere && folder(context, pipe.module) == own)?;
    let names = members::names(context, Mirror::Class(class))?;
    let (sent, open) = sent(context, pair.request)?;
    // Two things of which hardly anything is the same are not two sides of one.
    let alike = sent.iter().filter(|one| names.contains(&one.name)).count();
    if alike == 0 || alike * 2 < sent.len() {
        return None;
    }
    let name = declared.name.as_ref()?;
    Some(Sending {
        pair,
        sent,
        open,
        class,
        name: &name.text,
        at: context.project.modules.at(class.module, name.span),
        names,
        pipe,
    })
}

impl<'a> Sending<'a> {
    /// A property of the class.
    pub(super) fn property(&self, context: &Context<'a>, name: &str) -> Option<Declared<'a>> {
        class_property(context, self.class, name)
    }

    /// What the validators of a property let through, when nothing may be left out.
    pub(super) fn asked(
        &self,
        context: &Context<'a>,
        name: &str,
    ) -> Option<(Declared<'a>, Accepts)> {
        let declared = self.property(context, name)?;
        let accepts = accepts::of(context, &declared);
        let asked = accepts.checked
            && !accepts.absent
            && !accepts.converted
            && !declared.optional
            && !has_default(context, &declared);
        asked.then_some((declared, accepts))
    }
}

/// `limit: number = 20`
fn has_default(context: &Context<'_>, declared: &Declared<'_>) -> bool {
    let facts = context.project.modules.facts(declared.module);
    facts
        .classes
        .iter()
        .flat_map(|class| &class.members)
        .any(|member| {
            member
                .key
                .name()
                .is_some_and(|name| name.span == declared.at)
                && matches!(member.kind, MemberKind::Field { init: Some(_), .. })
        })
}

/// What a request sends, and whether it may be more.
fn sent<'a>(context: &Context<'a>, request: &Request) -> Option<(Vec<Sent<'a>>, bool)> {
    if let Some(ty) = request.sent {
        let Taken::Object(properties) = taken(context, ty)? else {
            return None;
        };
        return Some((properties.into_iter().map(of_type).collect(), false));
    }
    written(context, request.body?)
}

fn of_type(property: Property<'_>) -> Sent<'_> {
    Sent {
        name: property.name.clone(),
        at: property.at,
        optional: property.optional,
        declared: Some(property),
    }
}

/// `{ title, ...more }`
fn written<'a>(context: &Context<'a>, body: ExpressionRef) -> Option<(Vec<Sent<'a>>, bool)> {
    let modules = &context.project.front.modules;
    let facts = modules.facts(body.module);
    let Expression::Object(properties) = facts.expression(facts.unwrap_casts(body.id)) else {
        return None;
    };
    let mut open = false;
    let mut found: Vec<Sent<'a>> = Vec::new();
    for property in properties {
        let key = match property {
            Written::Value { key, value, .. } => key.name().filter(|_| {
                // What is `undefined` is not sent.
                !matches!(facts.expression(*value), Expression::Undefined)
            }),
            Written::Spread { .. } | Written::Method { .. } => None,
        };
        match key {
            Some(key) => found.push(Sent {
                name: key.text.clone(),
                at: modules.at(body.module, key.span),
                optional: is_conditional(context, property, body),
                declared: None,
            }),
            None => open = true,
        }
    }
    Some((found, open))
}

/// `title: title || undefined`
fn is_conditional(context: &Context<'_>, property: &Written, body: ExpressionRef) -> bool {
    let Written::Value { value, .. } = property else {
        return true;
    };
    let modules = &context.project.front.modules;
    let text = context.text(modules.location(In { id: *value, ..body }));
    text.contains("undefined") || text.contains("?.")
}
