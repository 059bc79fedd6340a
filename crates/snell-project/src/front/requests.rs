//! The requests of the front ends, wrappers followed to where they are called.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{
    Argument, BindingKind, Expression, ExpressionId, ExpressionKind, TypeExpression, TypeId,
};

use super::{
    Request,
    fold::Folder,
    options::{self, Handed, Method, Sent},
    path::{Given, Piece, is_elsewhere, segments},
    response,
};
use crate::{
    module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol, TypeRef},
    types::{Type, Types},
};

/// Methods of clients that are verbs.
const VERBS: [&str; 6] = ["get", "post", "put", "patch", "delete", "head"];

/// A wrapper is called from a wrapper this often at most.
const ROUNDS: u32 = 6;

/// A request, or what one becomes when a wrapper is called.
#[derive(Debug, Clone)]
struct Draft {
    at: ExpressionRef,
    url: Vec<Piece>,
    method: Method,
    body: Sent,
    response: Option<Answer>,
    by_name: bool,
}

/// The type of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Type(TypeRef),
    /// The type parameter at this position of the wrapper.
    Parameter(usize),
}

/// All requests of the modules whose paths `asks` admits.
pub(super) fn find(modules: &Modules, asks: &dyn Fn(&str) -> bool) -> Vec<Request> {
    let finder = Finder {
        modules,
        folder: Folder { modules },
    };
    let mut callers: FxHashMap<FunctionRef, Vec<ExpressionRef>> = FxHashMap::default();
    let mut drafts = Vec::new();
    for (module, owner) in modules.iter() {
        if !asks(&owner.path) {
            continue;
        }
        for (id, node) in owner.facts.all([ExpressionKind::Call]) {
            let Expression::Call {
                callee, arguments, ..
            } = &node.kind
            else {
                continue;
            };
            let at = In { module, id };
            if let Some(draft) = finder.own(at, *callee, arguments) {
                drafts.push(draft);
            } else if let Some(function) = finder.folder.callee(In {
                module,
                id: *callee,
            }) {
                callers.entry(function).or_default().push(at);
            }
        }
    }
    let mut found = finder.followed(drafts, &callers);
    found.sort_by_key(|request| (request.at.module, request.at.id));
    found
}

struct Finder<'m> {
    modules: &'m Modules,
    folder: Folder<'m>,
}

impl Finder<'_> {
    /// Requests of drafts, those of wrappers at each of their calls.
    fn followed(
        &self,
        mut drafts: Vec<Draft>,
        callers: &FxHashMap<FunctionRef, Vec<ExpressionRef>>,
    ) -> Vec<Request> {
        let mut found = Vec::new();
        let mut seen: FxHashSet<(ExpressionRef, Vec<String>)> = FxHashSet::default();
        for _ in 0..ROUNDS {
            let mut next = Vec::new();
            for draft in drafts {
                match wraps(self.modules, &draft) {
                    Some(function) => {
                        let calls = callers.get(&function).into_iter().flatten();
                        next.extend(calls.filter_map(|call| self.called(&draft, function, *call)));
                    }
                    None => {
                        if let Some(request) = finished(self.modules, &draft)
                            && seen.insert((
                                request.at,
                                vec![request.method.to_string(), request.path_text()],
                            ))
                        {
                            found.push(request);
                        }
                    }
                }
            }
            drafts = next;
        }
        found
    }

    /// What a wrapper's request is at one of its calls.
    fn called(&self, draft: &Draft, function: FunctionRef, at: ExpressionRef) -> Option<Draft> {
        let facts = self.modules.facts(at.module);
        let Expression::Call {
            arguments,
            type_arguments,
            ..
        } = facts.expression(at.id)
        else {
            return None;
        };
        let argument = |given: &Given| {
            let argument = arguments.get(given.index as usize)?;
            Some(In {
                module: at.module,
                id: argument.value,
            })
        };
        let url = self
            .folder
            .substituted(&draft.url, function, at.module, arguments);
        let method = match &draft.method {
            Method::In(given) if given.function == function => {
                match options::handed(self.folder, argument(given), &given.path) {
                    Handed::Value(value) => match self.folder.fold(value).as_slice() {
                        [Piece::Text(text)] => Method::Known(text.to_ascii_uppercase().into()),
                        _ => Method::Unknown,
                    },
                    Handed::Given(given) => Method::In(given),
                    Handed::Nothing => Method::Known("GET".into()),
                    Handed::Unknown => Method::Unknown,
                }
            }
            method => method.clone(),
        };
        let body = match &draft.body {
            Sent::Given(given) if given.function == function => {
                match options::handed(self.folder, argument(given), &given.path) {
                    Handed::Value(value) => options::sent(self.folder, value),
                    Handed::Given(given) => Sent::Given(given),
                    Handed::Nothing | Handed::Unknown => Sent::Nothing,
                }
            }
            body => body.clone(),
        };
        let response = match draft.response {
            Some(Answer::Parameter(position)) => {
                let ty = type_arguments.get(position).map(|id| In {
                    module: at.module,
                    id: *id,
                });
                ty.or_else(|| response::around(self.modules, at))
                    .map(|ty| self.answer(at, ty))
            }
            Some(known) => Some(known),
            None => response::around(self.modules, at).map(|ty| self.answer(at, ty)),
        };
        Some(Draft {
            at,
            url,
            method,
            body,
            response,
            by_name: draft.by_name,
        })
    }

    /// The request that a call is itself.
    fn own(
        &self,
        at: ExpressionRef,
        callee: ExpressionId,
        arguments: &[Argument],
    ) -> Option<Draft> {
        let facts = self.modules.facts(at.module);
        let here = |id| In {
            module: at.module,
            id,
        };
        let argument = |n: usize| {
            arguments
                .get(n)
                .filter(|argument| !argument.spread)
                .map(|argument| here(argument.value))
        };
        let url = argument(0)?;
        match facts.expression(callee) {
            Expression::Identifier { name, binding } => {
                let known = binding.is_none() && matches!(name.as_str(), "fetch" | "$fetch");
                let named = !known && name == "fetch" && self.is_unread(here(callee));
                (known || named).then(|| self.fetched(at, url, argument(1), named))
            }
            Expression::Member {
                object, property, ..
            } => {
                if property.text == "fetch" {
                    let global = matches!(facts.expression(*object), Expression::Identifier { name, binding: None } if name == "window" || name == "globalThis");
                    return global.then(|| self.fetched(at, url, argument(1), false));
                }
                let verb = VERBS.iter().find(|verb| property.text == **verb)?;
                let (base, named) = self.client(here(*object), url)?;
                let mut pieces = base;
                pieces.extend(self.folder.fold(url));
                let sends = matches!(*verb, "post" | "put" | "patch");
                let body = argument(1)
                    .filter(|_| sends)
                    .map_or(Sent::Nothing, |body| options::sent(self.folder, body));
                Some(Draft {
                    at,
                    url: pieces,
                    method: Method::Known(verb.to_ascii_uppercase().into()),
                    body,
                    response: self.told(at),
                    by_name: named,
                })
            }
            _ => None,
        }
    }

    fn fetched(
        &self,
        at: ExpressionRef,
        url: ExpressionRef,
        options: Option<ExpressionRef>,
        by_name: bool,
    ) -> Draft {
        let (method, body) = options::read(self.folder, options);
        Draft {
            at,
            url: self.folder.fold(url),
            method,
            body,
            response: self.told(at),
            by_name,
        }
    }

    /// The base of a client whose methods are verbs, and whether it was told by its name.
    fn client(&self, object: ExpressionRef, url: ExpressionRef) -> Option<(Vec<Piece>, bool)> {
        let facts = self.modules.facts(object.module);
        let types = Types::new(self.modules);
        let known = |specifier: &str, name: &str| {
            specifier == "axios" || specifier == "@angular/common/http" && name == "HttpClient"
        };
        if let Type::External(specifier, name) = types.of(object)
            && known(&specifier, &name)
        {
            return Some((Vec::new(), false));
        }
        if let Some(value) = self.folder.named(object, 8) {
            let facts = self.modules.facts(value.module);
            if let Expression::Call {
                callee, arguments, ..
            } = facts.expression(facts.unwrap_casts(value.id))
            {
                let first = arguments.first().map(|argument| In {
                    module: value.module,
                    id: argument.value,
                });
                return match facts.expression(*callee) {
                    // `axios.create({ baseURL })`
                    Expression::Member {
                        object, property, ..
                    } if property.text == "create" && self.is_axios(value.module, *object) => {
                        let base =
                            first.and_then(|first| self.folder.property(first, "baseURL", 8));
                        let base = base.map_or(vec![Piece::Hole], |base| self.based(base));
                        Some((base, false))
                    }
                    // `inject(HttpClient)`
                    Expression::Identifier { name, .. } if name == "inject" => {
                        let handed = first.and_then(|first| self.imported(first))?;
                        (handed.as_str() == "HttpClient").then(|| (Vec::new(), false))
                    }
                    _ => self.by_name(object, url),
                };
            }
        }
        if let Expression::Identifier { .. } | Expression::Member { .. } =
            facts.expression(object.id)
        {
            return self.by_name(object, url);
        }
        None
    }

    /// A base URL always ends before a slash.
    fn based(&self, base: ExpressionRef) -> Vec<Piece> {
        let mut pieces = self.folder.fold(base);
        pieces.push(Piece::Text("/".into()));
        pieces
    }

    fn is_axios(&self, module: ModuleId, id: ExpressionId) -> bool {
        let facts = self.modules.facts(module);
        match facts.expression(id) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => matches!(
                self.modules.binding(module, *binding),
                Symbol::External { specifier, .. } if specifier == "axios"
            ),
            _ => false,
        }
    }

    fn imported(&self, at: ExpressionRef) -> Option<SmolStr> {
        let facts = self.modules.facts(at.module);
        match facts.expression(at.id) {
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match self.modules.binding(at.module, *binding) {
                Symbol::External { name, .. } => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    /// `api.get('/users')` of something that cannot be read: by its name and the path.
    fn by_name(&self, object: ExpressionRef, url: ExpressionRef) -> Option<(Vec<Piece>, bool)> {
        let facts = self.modules.facts(object.module);
        let name = match facts.expression(object.id) {
            Expression::Identifier { name, .. } => name,
            Expression::Member { property, .. } => &property.text,
            _ => return None,
        };
        let lower = name.to_ascii_lowercase();
        let client = lower.ends_with("api")
            || lower.ends_with("client")
            || lower.ends_with("http")
            || lower == "axios"
            || lower.ends_with("axiosinstance");
        let path = match self.folder.fold(url).first() {
            Some(Piece::Text(text)) => text.starts_with('/'),
            _ => false,
        };
        (client && path && self.is_unread(object)).then(|| (vec![Piece::Hole], true))
    }

    /// Whether nothing is known of what a name holds.
    fn is_unread(&self, at: ExpressionRef) -> bool {
        options::is_plain_name(self.folder, at)
            && matches!(Types::new(self.modules).of(at), Type::Unknown | Type::Any)
            || matches!(Types::new(self.modules).of(at), Type::External(..))
    }

    /// The type that a call's own type argument or what stands around it gives the answer.
    fn told(&self, at: ExpressionRef) -> Option<Answer> {
        let facts = self.modules.facts(at.module);
        let Expression::Call { type_arguments, .. } = facts.expression(at.id) else {
            return None;
        };
        let own = type_arguments.first().map(|id| In {
            module: at.module,
            id: *id,
        });
        own.or_else(|| response::around(self.modules, at))
            .map(|ty| self.answer(at, ty))
    }

    /// A type, or the type parameter of the function around the call that it names.
    fn answer(&self, at: ExpressionRef, ty: TypeRef) -> Answer {
        let facts = self.modules.facts(at.module);
        let Some(name) = self.plain(ty.module, ty.id) else {
            return Answer::Type(ty);
        };
        let mut function = self.modules.get(at.module).context.function(at.id);
        while let Some(id) = function {
            let declared = facts.function(id);
            let position = declared
                .type_parameters
                .iter()
                .position(|parameter| parameter.name == name);
            if let Some(position) = position {
                return Answer::Parameter(position);
            }
            function = declared.parent;
        }
        Answer::Type(ty)
    }

    /// The one name that a type is, promises taken off.
    fn plain(&self, module: ModuleId, ty: TypeId) -> Option<SmolStr> {
        match self.modules.facts(module).type_expression(ty) {
            TypeExpression::Named { name, arguments } => match (name.as_str(), arguments.first()) {
                ("Promise" | "AxiosResponse" | "Observable" | "AxiosPromise", Some(inner)) => {
                    self.plain(module, *inner)
                }
                (_, None) => Some(name.clone()),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The function whose parameter is the path of a draft: then its calls are requests.
fn wraps(modules: &Modules, draft: &Draft) -> Option<FunctionRef> {
    let mut told = false;
    for piece in &draft.url {
        match piece {
            Piece::Text(text) => told |= !text.trim_matches('/').is_empty(),
            Piece::Given(given) if is_path(modules, given) || !told && !is_base(modules, given) => {
                return Some(given.function);
            }
            _ => {}
        }
    }
    match &draft.method {
        Method::In(given) => Some(given.function),
        _ => None,
    }
}

/// The name of a parameter, or of the property that is read of it.
fn name_of(modules: &Modules, given: &Given) -> String {
    let own = || {
        let facts = modules.facts(given.function.module);
        let of = |kind: &BindingKind| {
            matches!(kind, BindingKind::Parameter { function, index, path }
                if *function == given.function.id && *index == given.index && path.is_empty())
        };
        let mut bindings = facts.bindings.iter();
        let binding = bindings.find(|binding| of(&binding.kind));
        binding.map_or_else(SmolStr::default, |binding| binding.name.clone())
    };
    let name = given.path.last().cloned().unwrap_or_else(own);
    name.to_ascii_lowercase()
}

fn is_path(modules: &Modules, given: &Given) -> bool {
    let name = name_of(modules, given);
    ["path", "url", "endpoint", "uri", "route"].contains(&name.as_str())
}

fn is_base(modules: &Modules, given: &Given) -> bool {
    let name = name_of(modules, given);
    ["base", "host", "origin", "server"]
        .iter()
        .any(|word| name.contains(word))
}

/// The request that a draft is, when its path and method are known.
fn finished(modules: &Modules, draft: &Draft) -> Option<Request> {
    let Method::Known(method) = &draft.method else {
        return None;
    };
    let (path, based) = segments(&draft.url)?;
    let (body, sent) = match &draft.body {
        Sent::Value(value) => (Some(*value), options::declared(modules, *value)),
        Sent::Given(given) => (None, options::parameter(modules, given)),
        Sent::Nothing => (None, None),
    };
    let response = match draft.response {
        Some(Answer::Type(ty)) => Some(ty),
        _ => None,
    };
    Some(Request {
        at: draft.at,
        method: method.clone(),
        path,
        based,
        elsewhere: is_elsewhere(&draft.url),
        response,
        body,
        sent,
        by_name: draft.by_name,
        route: None,
    })
}
