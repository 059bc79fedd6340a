//! What endpoints hand to queries.

use std::sync::Arc;

use smol_str::SmolStr;
use snell_flow::{
    Facts, Value,
    scope::{Verdict, verdict},
};
use snell_project::{client::CallId, endpoint::Endpoint, module::ExpressionRef};

use super::{pipes::Pipes, refusing};
use crate::{functions, rule::Context, support::name_words::has_word};

/// What was found, once for all rules.
#[derive(Debug)]
pub(in crate::rules) struct Traffic {
    pub(super) sent: Vec<Sent>,
    pub(in crate::rules) pipes: Pipes,
}

/// One query that an endpoint comes to.
#[derive(Debug)]
pub(in crate::rules) struct Sent {
    /// The position of the endpoint in the project's.
    pub(super) endpoint: usize,
    pub(super) call: CallId,
    /// Its first argument.
    pub(super) arguments: Value,
    /// What holds before it.
    pub(super) facts: Facts,
    /// The calls that lead to it.
    pub(super) trail: Vec<ExpressionRef>,
    /// Whether the rows are those of who asks.
    pub(super) own: bool,
    /// Whether nothing but a check before says so.
    pub(super) checked: bool,
    /// What is no object there, as a query before would have refused one.
    pub(super) plain: Vec<Value>,
}

impl Sent {
    pub(super) fn endpoint<'a>(&self, context: &Context<'a>) -> &'a Endpoint {
        context.project.endpoints.get(self.endpoint)
    }
}

/// All of it, in the order of endpoints; made when the first rule asks.
pub(in crate::rules) fn traffic(context: &Context<'_>) -> Arc<Traffic> {
    context.shared.get_or_init(|| Traffic {
        sent: look(context),
        pipes: Pipes::find(context),
    })
}

fn look(context: &Context<'_>) -> Vec<Sent> {
    let project = context.project;
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        let of_class = endpoint.kind.is_request() && endpoint.class.is_some();
        if !of_class || !functions::is_application(project, endpoint.module) {
            continue;
        }
        let refusing = refusing::all(project, &entered.walk.queries);
        for (position, reached) in entered.walk.queries.iter().enumerate() {
            let trust = reached.trust();
            let verdict = verdict(project, reached, trust);
            let own = matches!(
                verdict,
                Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore
            );
            found.push(Sent {
                endpoint: entered.endpoint,
                call: reached.query.call,
                arguments: reached
                    .query
                    .arguments
                    .first()
                    .cloned()
                    .unwrap_or(Value::Undefined),
                own,
                checked: verdict == Verdict::CheckedBefore,
                facts: reached.facts.clone(),
                plain: refusing::before(project, &refusing, (position, reached)),
                trail: reached.trail.clone(),
            });
        }
    }
    found
}

/// Whether only some of those who are signed in get to an endpoint.
pub(super) fn is_for_few(endpoint: &Endpoint) -> bool {
    endpoint.access.administrative || !endpoint.access.restricted.is_empty()
}

/// Whether a role is asked for that the few have who run the application.
pub(super) fn is_for_administrators(endpoint: &Endpoint) -> bool {
    let access = &endpoint.access;
    let says = |name: &SmolStr| {
        has_word(
            name,
            &["admin", "administrator", "superadmin", "super", "root"],
        )
    };
    let few = !access.restricted.is_empty() && access.exempt && !access.ordinary;
    few && match access.roles.as_slice() {
        [] => access.restricted.iter().any(says),
        roles => roles.iter().all(says),
    }
}
