//! Endpoints: the methods that requests reach, who is let through to them,
//! and what their parameters are.
//!
//! Nothing here is a list of one project's names. A parameter's decorator is
//! read (does it hand over what a guard put on the request?), and so is a
//! guard (does it sign in, does it ask for roles, does it look at what the
//! client sent?). What cannot be read is kept as unknown.

mod access;
mod applied;
mod circumstances;
mod compose;
mod consumer;
mod counting;
mod decorator;
mod discover;
mod gateway;
mod given;
mod global;
mod guard;
mod handed;
mod headers;
mod house;
mod indirect;
mod meant;
mod middleware;
mod mounted;
mod named;
mod optional;
mod ordinary;
mod parameter;
mod passing;
mod pipe;
mod procedures;
mod ranks;
mod reads;
mod refusal;
mod registered;
mod right;
mod router;
mod routes;
pub(crate) mod scan;
mod sent;
mod sieve;
mod signed;
mod stack;
mod system;
mod wrapper;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_source::Location;
use snell_workspace::Isolation;

pub(crate) use self::{
    global::application,
    routes::{app_route, page_route},
};
pub use self::{
    headers::is_proof as is_proof_header, ranks::Ranks, right::about as right_about, sent::SentKey,
};
use crate::module::{ClassRef, ExpressionRef, FunctionRef, In, Module, ModuleId, Modules};

/// How requests reach an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointKind {
    /// A controller's route.
    Http,
    /// A GraphQL query.
    Query,
    /// A GraphQL mutation.
    Mutation,
    /// A GraphQL subscription.
    Subscription,
    /// A message of a WebSocket gateway.
    Message,
    /// A field of a GraphQL type, of a parent that was found before.
    Field,
    /// A procedure of tRPC.
    Procedure,
    /// A route handler of Next.js, or of a router like that of Express.
    Route,
    /// A server action of Next.js.
    Action,
    /// What a bus hands on: a command or a query.
    Command,
    /// A job of a queue, or an activity of a workflow.
    Job,
    /// A schedule.
    Cron,
    /// An event, or a message of another service.
    Event,
    /// A guard, a strategy or a middleware: it runs before endpoints to decide
    /// who is let through.
    Before,
    /// What the framework calls at the start and the end, and what a module runs when it is loaded.
    Start,
}

impl EndpointKind {
    /// Whether a client waits for its answer.
    #[must_use]
    pub fn is_request(self) -> bool {
        matches!(
            self,
            EndpointKind::Http
                | EndpointKind::Query
                | EndpointKind::Mutation
                | EndpointKind::Subscription
                | EndpointKind::Message
                | EndpointKind::Procedure
                | EndpointKind::Route
                | EndpointKind::Action
        )
    }

    /// Whether it runs without anybody asking for it.
    #[must_use]
    pub fn is_system(self) -> bool {
        matches!(
            self,
            EndpointKind::Job
                | EndpointKind::Cron
                | EndpointKind::Event
                | EndpointKind::Before
                | EndpointKind::Start
        )
    }
}

/// Who is let through to an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Access {
    /// A guard that signs in stands before it.
    pub authenticated: bool,
    /// A marker opens it to everybody.
    pub public: Option<SmolStr>,
    /// The guard of Passport that takes it that nobody is signed in, where nothing else opens it to everybody. Where
    /// that is a fault of the guard, `public` is empty: it is meant to sign in.
    #[serde(skip)]
    pub opened_by: Option<SmolStr>,
    /// Roles, permissions or an administrator's guard: not everyone who is signed in.
    pub restricted: Vec<SmolStr>,
    /// Those whom the restrictions let through may see the rows of all: an
    /// administrator's role, or one that cannot be told from it. Without it, a
    /// role or permission says what one may do with one's own.
    pub exempt: bool,
    /// What guards look at of what the client sent: they may check whose it is.
    pub checked: Vec<SentKey>,
    /// Its path or its class says that it is for administrators, whatever stands before it.
    pub administrative: bool,
    /// Its path says that it is for other systems of the house, which those outside do not get to.
    #[serde(skip)]
    pub internal: bool,
    /// Guards that look at what the client sent, and decorators or guards that
    /// could not be read: they may check whose a row is.
    pub unknown: Vec<SmolStr>,
    /// Who calls proves to be the system that it is for: with a signature, or with a
    /// secret that both know.
    pub verified: bool,
    /// Guards of the endpoint or its class that ask for metadata which neither
    /// has, and then let everybody through.
    #[serde(skip)]
    pub idle: Vec<SmolStr>,
    /// What is noted at it for guards that refuse.
    #[serde(skip)]
    pub noted: Vec<Noted>,
    /// Something stands before it that may read any of that.
    #[serde(skip)]
    pub may_read: bool,
    /// What its roles and permissions are about, without what one may do with it:
    /// `account` of `accounts:update`.
    #[serde(skip)]
    pub rights: Vec<SmolStr>,
    /// The roles and permissions that are asked for, as they are written: one of them is enough.
    #[serde(skip)]
    pub roles: Vec<SmolStr>,
    /// The roles that a guard asks of a row which it looks up: what who asks may do within what that is about.
    #[serde(skip)]
    pub of_row: Vec<SmolStr>,
    /// A role is enough that ordinary users have, who run nothing: it asks for no more than to be signed in.
    #[serde(skip)]
    pub ordinary: bool,
    /// So many roles are let through that those who have one are the people who work with the
    /// application, and not the few who run it.
    #[serde(skip)]
    pub of_staff: bool,
    /// Those of the roles that are asked for which somebody has within one group of people: to have one says nothing of
    /// whose rows are reached.
    #[serde(skip)]
    pub within: Vec<SmolStr>,
    /// Those who run all groups of people come as well: who is in none is one of them.
    #[serde(skip)]
    pub over_all: bool,
    /// The functions of the workspace around the handler, with their names there.
    #[serde(skip)]
    pub wrappers: Vec<(FunctionRef, SmolStr)>,
}

impl Access {
    /// Whether everybody is let through, whatever they send: nobody has to sign in, be
    /// somebody or prove anything, and all that stands there could be read.
    #[must_use]
    pub fn asks_nothing(&self) -> bool {
        (self.public.is_some() || !self.authenticated)
            && self.restricted.is_empty()
            && self.unknown.is_empty()
            && self.checked.is_empty()
            && !self.verified
            && !self.internal
    }
}

/// What is noted at an endpoint for guards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The decorator.
    pub name: SmolStr,
    /// The key of the metadata.
    pub key: SmolStr,
    /// It stands at the method itself, not at its class.
    pub own: bool,
    /// The guard before the endpoint that reads it.
    pub reader: Option<SmolStr>,
    /// It says in its name that it asks for something, or that guard lets through what does
    /// not have it.
    pub restricts: bool,
}

/// What a parameter of an endpoint is handed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// Who asks, or a part of it.
    Identity,
    /// What the client sent: the decorator and its key.
    Client(SmolStr, Option<SmolStr>),
    /// All headers, of which those of these names are read, in lower case.
    Headers(Vec<SmolStr>),
    /// The whole request, or a context that holds it.
    Request,
    /// The request, of which nothing is read but how it came (its number, its address, its path) and
    /// what the client sent: nothing in that says who asks.
    Circumstances,
    /// The row whose field is asked for.
    Parent,
    /// What a procedure is handed: `ctx` holds who asks, `input` what the client sent.
    Procedure,
    /// What answers the request, by calls: what the method gives back is sent only where the
    /// framework is told that it answers as well (`passthrough`).
    Response {
        /// Whether what the method gives back is sent.
        passthrough: bool,
    },
    /// A file that the client sent.
    File,
    /// Something of the framework that does not say who asks: a header, an address.
    Other,
    /// Nothing: no decorator says what fills a parameter of a route's handler.
    Nothing,
    /// Something else.
    Unknown,
}

impl Given {
    /// Whether it holds a header that may say, or prove, who asks.
    #[must_use]
    pub fn may_prove(&self) -> bool {
        match self {
            Given::Client(part, name) if part == "Headers" => {
                name.as_deref().is_none_or(headers::may_prove)
            }
            Given::Headers(names) => names.iter().any(|name| headers::may_prove(name)),
            _ => false,
        }
    }
}

/// A guard before every endpoint of an application.
#[derive(Debug, Clone)]
pub struct ApplicationGuard {
    /// The folder below which it counts.
    pub folder: SmolStr,
    /// Its class, where it is of the workspace.
    pub class: Option<ClassRef>,
    /// Where it is named.
    pub at: ExpressionRef,
    /// It says who asks.
    pub signs_in: bool,
}

/// One endpoint.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The method.
    pub handler: FunctionRef,
    /// The module that makes it one.
    pub module: ModuleId,
    /// Its class: the one that is registered, not the base that may hold the method.
    pub class: Option<ClassRef>,
    /// How it is reached.
    pub kind: EndpointKind,
    /// What a person calls it: `GET /agents/:id`, `mutation createTeam`.
    pub name: SmolStr,
    /// The decorator that makes it one.
    pub at: Location,
    /// Who is let through.
    pub access: Access,
    /// Its parameters, in order.
    pub parameters: Vec<Given>,
}

impl Endpoint {
    /// Whether what its method gives back is sent. It is not where the method is handed the
    /// response to answer by calls.
    #[must_use]
    pub fn sends_what_it_returns(&self) -> bool {
        !self
            .parameters
            .contains(&Given::Response { passthrough: false })
    }

    /// Whether everyone who is signed in gets here, and nothing before the
    /// method may have looked at what is asked for.
    #[must_use]
    pub fn is_open_to_every_user(&self) -> bool {
        let signed_in = self.access.authenticated || self.parameters.contains(&Given::Identity);
        self.kind.is_request()
            && signed_in
            && self.access.public.is_none()
            && !self.access.exempt
            && !self.access.administrative
            && self.access.unknown.is_empty()
    }

    /// Whether something is asked of who is signed in that everybody may have
    /// within a tenant of their own: a role in it, a permission, a plan.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        !self.access.restricted.is_empty() && !self.access.exempt && !self.access.ordinary
    }
}

impl Endpoint {
    /// Whether it is a function in front of which nothing stands: what it asks, it asks itself.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        let access = &self.access;
        access.unknown.as_slice() == [routes::ITSELF] && access.restricted.is_empty()
    }

    /// Whether it is a route of a router, and nothing is seen before it that signs in or asks for anything.
    #[must_use]
    pub fn is_of_router_alone(&self) -> bool {
        let access = &self.access;
        access.unknown.as_slice() == [router::UNSEEN]
            && access.restricted.is_empty()
            && access.checked.is_empty()
    }

    /// Whether nothing before the method asks who is there: a login, a webhook,
    /// a public page.
    #[must_use]
    pub fn is_open_to_everybody(&self) -> bool {
        let access = &self.access;
        let asked = [Given::Identity, Given::Request, Given::Unknown];
        self.kind.is_request()
            && !access.authenticated
            && access.restricted.is_empty()
            && access.unknown.is_empty()
            && !self.parameters.iter().any(|given| asked.contains(given))
    }
}

/// All endpoints of the run, in the order of modules and places.
#[derive(Debug, Default)]
pub struct Endpoints {
    endpoints: Vec<Endpoint>,
    principals: Vec<SmolStr>,
    handlers: FxHashMap<ClassRef, Vec<FunctionRef>>,
    answering: gateway::Answering,
    read_anywhere: Vec<SmolStr>,
    guards: Vec<ApplicationGuard>,
    middleware_signs_in: bool,
}

impl Endpoints {
    /// Finds the endpoints of all modules. What scripts and tests run when they start is none.
    #[must_use]
    pub fn find(
        modules: &Modules,
        (settings, ranks): (&Isolation, &Ranks),
        is_production: &dyn Fn(&Module) -> bool,
    ) -> Self {
        discover::find(modules, (settings, ranks), is_production)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter()
    }

    /// The one at a position.
    #[must_use]
    pub fn get(&self, position: usize) -> &Endpoint {
        &self.endpoints[position]
    }

    /// The methods that handle what a bus hands on, by the class of that.
    #[must_use]
    pub fn handlers_of(&self, class: ClassRef) -> &[FunctionRef] {
        self.handlers.get(&class).map_or(&[], Vec::as_slice)
    }

    /// The methods of another application that answer a call on a client of this interface:
    /// `client.getService<Client>(NAME)`.
    #[must_use]
    pub fn called(&self, client: In<u32>, method: &str) -> &[FunctionRef] {
        self.answering.called(client, method)
    }

    /// The methods of another application that take what is sent with this pattern.
    #[must_use]
    pub fn sent(&self, modules: &Modules, pattern: ExpressionRef) -> &[FunctionRef] {
        self.answering.sent(modules, pattern)
    }

    /// Whether something besides guards before single endpoints reads metadata of this key: a
    /// guard of a whole application, an interceptor, a service.
    #[must_use]
    pub fn is_read_anywhere(&self, key: &str) -> bool {
        self.read_anywhere.iter().any(|read| read == key)
    }

    /// The guards of whole applications.
    #[must_use]
    pub fn guards(&self) -> &[ApplicationGuard] {
        &self.guards
    }

    /// Whether a middleware says who asks, before all guards.
    #[must_use]
    pub fn middleware_signs_in(&self) -> bool {
        self.middleware_signs_in
    }

    /// The properties of a request under which guards leave who asks: `user`, `auth`.
    #[must_use]
    pub fn principals(&self) -> &[SmolStr] {
        &self.principals
    }
}
