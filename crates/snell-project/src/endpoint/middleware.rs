//! What a function does that stands before the routes of a router which is made by hand:
//! `router.get('/notes', auth, requireRole('admin'), handler)`.

use smol_str::SmolStr;
use snell_extract::facts::{Argument, Element, Expression, ExpressionId, Statement};
use snell_source::Span;

use super::{
    Access, decorator::Metadata, guard, named, procedures, ranks::Ranks, refusal, scan, sent,
    wrapper::given_back,
};
use crate::{
    module::{ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol},
    types::{Type, Types},
};

/// Words in the names of what a request holds of who is signed in.
pub(super) const WHO: [&str; 13] = [
    "user",
    "auth",
    "session",
    "account",
    "principal",
    "member",
    "identity",
    "tenant",
    "organization",
    "workspace",
    "team",
    "apikey",
    "claims",
];

/// Words for what proves who somebody is.
const PROOFS: [&str; 8] = [
    "token", "header", "authoriz", "bearer", "jwt", "cookie", "session", "apikey",
];

/// Words in the names of packages that sign in.
const SIGNING_IN: [&str; 6] = ["jwt", "clerk", "auth0", "oidc", "keycloak", "supertokens"];

/// Words for what not everybody who is signed in has.
const RANKS: [&str; 5] = ["role", "permission", "admin", "scope", "privilege"];

/// Adds what something that stands before a route does.
pub(super) fn add(modules: &Modules, at: ExpressionRef, ranks: &Ranks, access: &mut Access) {
    let facts = modules.facts(at.module);
    let here = |id: ExpressionId| In {
        module: at.module,
        id,
    };
    let id = facts.unwrap_casts(at.id);
    let (named, handed): (ExpressionId, Option<&[Argument]>) = match facts.expression(id) {
        Expression::String(_) => return,
        Expression::Array(elements) => {
            for element in elements {
                if let Element::Value(value) | Element::Spread(value) = element {
                    add(modules, here(*value), ranks, access);
                }
            }
            return;
        }
        Expression::Call {
            callee, arguments, ..
        } => (*callee, Some(arguments)),
        _ => (id, None),
    };
    let label = guard::label(modules, here(named));
    if let Symbol::External { specifier, .. } = scan::symbol(modules, here(named)) {
        let given = handed.unwrap_or_default().iter();
        of_package(
            modules,
            (&specifier, label),
            given.map(|one| here(one.value)),
            access,
        );
        return;
    }
    let function = procedures::function(modules, here(named)).or_else(|| {
        match Types::new(modules).of(here(named)) {
            Type::Function(function) => Some(function),
            _ => None,
        }
    });
    let Some(function) = function else {
        // `const list = [auth, roles]`
        let init = scan::initial(modules, &scan::symbol(modules, here(named)));
        match init.filter(|init| handed.is_none() && *init != here(id)) {
            Some(init) if !is_name(modules, init) => add(modules, init, ranks, access),
            _ => access.unknown.push(label),
        }
        return;
    };
    let runs = match handed {
        Some(_) => given_back(modules, function),
        None => Some(function),
    };
    let Some(runs) = runs else {
        access.unknown.push(label);
        return;
    };
    // One of four parameters answers for what went wrong.
    if modules
        .facts(runs.module)
        .function(runs.id)
        .parameters
        .len()
        == 4
    {
        return;
    }
    let asked = handed.map(|_| noted(modules, here(id), &label));
    Step::of(modules, function).add(label, (asked, ranks), access);
}

/// Whether what a request holds under this name may be who asks.
pub(super) fn says_who(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    WHO.iter().any(|word| lower.contains(word)) || matches!(lower.as_str(), "ctx" | "context")
}

fn is_name(modules: &Modules, at: ExpressionRef) -> bool {
    let facts = modules.facts(at.module);
    matches!(
        facts.expression(facts.unwrap_casts(at.id)),
        Expression::Identifier { .. } | Expression::Member { .. }
    )
}

/// A package knows no rows: it signs in, or does something else, unless it calls what it is handed.
fn of_package(
    modules: &Modules,
    (specifier, name): (&str, SmolStr),
    mut handed: impl Iterator<Item = ExpressionRef>,
    access: &mut Access,
) {
    let signs_in = specifier == "passport" && name == "authenticate"
        || SIGNING_IN.iter().any(|word| specifier.contains(word))
        || guard::signs_in_by_name(&name);
    if signs_in {
        access.authenticated = true;
    } else if handed.any(|at| procedures::function(modules, at).is_some()) {
        access.unknown.push(name);
    }
}

/// What it is handed, as a decorator would note it down: `requireRole('ADMIN')`.
fn noted(modules: &Modules, call: ExpressionRef, name: &SmolStr) -> Metadata {
    let roles = named::roles(modules, call);
    let span = modules.facts(call.module).span(call.id);
    let words = scan::words(modules, call.module, span);
    let mut said = words.iter().chain(&roles.names);
    Metadata {
        name: name.clone(),
        key: None,
        administrators: said.any(|word| guard::is_of_administrators(word)),
        places: Vec::new(),
        values: roles.names.clone(),
        unseen: !roles.known,
        resolved: false,
        asks_nothing: false,
        roles,
    }
}

/// What the text of such a function says.
struct Step {
    /// It answers some with a refusal.
    refuses: bool,
    /// It puts who asks on the request.
    puts_who: bool,
    /// It reads what was put there before.
    reads_who: bool,
    /// It looks at what proves who somebody is.
    proof: bool,
    /// It goes on where there is none.
    optional: bool,
    words: Vec<SmolStr>,
    /// What it looks at of what the client sent; `None` where that may be anything.
    checks: Option<Vec<sent::SentKey>>,
}

impl Step {
    fn of(modules: &Modules, function: FunctionRef) -> Self {
        let module = function.module;
        let span = modules.facts(module).function(function.id).span;
        let words = scan::words(modules, module, span);
        let says = |wanted: &[&str]| {
            let mut lower = words.iter().map(|word| word.to_ascii_lowercase());
            lower.any(|word| wanted.iter().any(|wanted| word.contains(wanted)))
        };
        let puts = scan::assigned_on_request(modules, module, span);
        Step {
            refuses: refuses(modules, module, span),
            puts_who: puts.iter().any(|name| says_who(name)),
            reads_who: reads(modules, module, span),
            proof: says(&PROOFS),
            optional: goes_on_unproved(modules, module, span),
            checks: sent::keys_inside(modules, module, span),
            words,
        }
    }

    fn add(self, label: SmolStr, (asked, ranks): (Option<Metadata>, &Ranks), access: &mut Access) {
        let knows_who = self.puts_who || self.reads_who || self.proof;
        // What does not know who asks ties nothing to them: a validation, a log, a limit.
        if !knows_who && !self.words.iter().any(|word| word == "(request)")
            || refusal::is_beside(&label)
        {
            return;
        }
        let Some(checks) = self.checks else {
            access.unknown.push(label);
            return;
        };
        if self.optional || !self.refuses && self.words.iter().any(|word| word == "(request)") {
            access.unknown.push(label);
            return;
        }
        let ranked = [&label].into_iter().chain(&self.words).any(|word| {
            RANKS
                .iter()
                .any(|rank| word.to_ascii_lowercase().contains(rank))
        });
        let first = self.puts_who && self.proof && !access.authenticated;
        if self.refuses && first {
            access.authenticated = true;
        } else if self.refuses && !self.puts_who && (ranked || checks.is_empty()) {
            let exempt = match &asked {
                Some(noted) if ranks.are_of_everybody(noted) => {
                    access.authenticated = true;
                    return;
                }
                Some(noted) if !noted.roles.names.is_empty() => {
                    noted.administrators && !ranks.are_of_tenant(noted)
                }
                _ => guard::exempts(&label, &[], &checks, &self.words),
            };
            access.restricted.push(label);
            access.exempt |= exempt;
        }
        access.checked.extend(checks);
    }
}

/// Whether something answers with a refusal: an error that is thrown or handed on, a code.
fn refuses(modules: &Modules, module: ModuleId, span: Span) -> bool {
    scan::inside(modules, module, span).any(|(_, node)| match &node.kind {
        Expression::New { callee, .. } => {
            let named = In {
                module,
                id: *callee,
            };
            let name = guard::label(modules, named).to_ascii_lowercase();
            name.ends_with("error") || name.ends_with("exception") || name.contains("unauthor")
        }
        Expression::Number(code) => matches!(code.as_str(), "401" | "403" | "404"),
        Expression::Member { property, .. } => {
            matches!(property.text.as_str(), "UNAUTHORIZED" | "FORBIDDEN")
        }
        _ => false,
    })
}

/// Whether it reads, of something that looks like a request, what holds who asks.
fn reads(modules: &Modules, module: ModuleId, span: Span) -> bool {
    let facts = modules.facts(module);
    scan::inside(modules, module, span).any(|(_, node)| {
        let Expression::Member {
            object, property, ..
        } = &node.kind
        else {
            return false;
        };
        let of = match facts.expression(facts.unwrap_casts(*object)) {
            Expression::Identifier { name, .. } => name.to_ascii_lowercase(),
            _ => return false,
        };
        says_who(&property.text) && (of == "req" || of.ends_with("request"))
    })
}

/// `if (!token) return next();`
fn goes_on_unproved(modules: &Modules, module: ModuleId, span: Span) -> bool {
    use snell_extract::facts::walk::{Visitor, walk_block, walk_statement};
    use snell_extract::facts::{FunctionBody, ModuleFacts, StatementNode, UnaryOperator};

    #[derive(Default)]
    struct Ways {
        found: bool,
    }

    impl Visitor for Ways {
        fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
            if let Statement::If { test, then, .. } = &statement.kind
                && matches!(
                    facts.expression(*test),
                    Expression::Unary {
                        operator: UnaryOperator::Not,
                        ..
                    }
                )
            {
                self.found |= then.iter().any(|inner| {
                    let value = match &inner.kind {
                        Statement::Return(Some(value)) | Statement::Expression(value) => *value,
                        _ => return false,
                    };
                    matches!(facts.expression(value), Expression::Call { callee, arguments, .. }
                        if arguments.is_empty() && matches!(facts.expression(*callee),
                            Expression::Identifier { name, .. } if name == "next"))
                });
            }
            walk_statement(self, facts, statement);
        }
    }

    let facts = modules.facts(module);
    let mut ways = Ways::default();
    for function in facts.functions.iter().filter(|one| span.contains(one.span)) {
        if let FunctionBody::Block(block) = &function.body {
            walk_block(&mut ways, facts, block);
        }
    }
    ways.found
}
