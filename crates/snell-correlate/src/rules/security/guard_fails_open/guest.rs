//! Guards of Passport that take it that nobody is signed in, where no other guard signs anybody in.

use std::collections::BTreeMap;

use snell_extract::facts::MemberKind;
use snell_project::{
    endpoint::Endpoint,
    module::{ClassRef, In},
};
use snell_source::{Confidence, Diagnostic};

use super::RULE;
use crate::{functions, rule::Context};

/// Endpoints that a finding shows.
const SHOWN: usize = 4;

pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = context.project.endpoints.iter();
    let endpoints = all.filter(|one| {
        // Where others have to sign in, such a guard is for those who need not: it opens what it stands before.
        one.access.public.is_none()
            && one.kind.is_request()
            && functions::is_application(context.project, one.module)
    });
    let mut open: BTreeMap<&str, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in endpoints {
        if let Some(by) = &endpoint.access.opened_by {
            open.entry(by).or_default().push(endpoint);
        }
    }
    let open = open.into_iter();
    open.filter_map(|(name, endpoints)| finding(context, name, &endpoints))
        .collect()
}

/// The class of this name that answers Passport itself.
fn class(context: &Context<'_>, name: &str) -> Option<ClassRef> {
    let mut modules = context.project.modules.iter();
    modules.find_map(|(module, owner)| {
        let mut classes = owner.facts.classes.iter().zip(0u32..);
        let (_, id) = classes.find(|(class, _)| {
            class.name.as_ref().is_some_and(|own| own.text == name)
                && class.extends.is_some()
                && class.member("handleRequest").is_some()
        })?;
        Some(In {
            module,
            id: snell_extract::facts::ClassId(id),
        })
    })
}

fn finding(context: &Context<'_>, name: &str, endpoints: &[&Endpoint]) -> Option<Diagnostic> {
    let class = class(context, name)?;
    let modules = &context.project.modules;
    let facts = modules.facts(class.module);
    let MemberKind::Method(method) = facts.class(class.id).member("handleRequest")?.kind else {
        return None;
    };
    let returned = facts.function(method).body.returned();
    let at = modules.at(class.module, facts.span(*returned.first()?));
    let many = match endpoints.len() {
        1 => "the one endpoint that it stands before".to_owned(),
        more => format!("all {more} endpoints that it stands before alone"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "`{name}` lets everybody through: it gives back nobody where Passport found nobody"
        ),
    )
    .label("no error: the request goes on");
    for endpoint in endpoints.iter().take(SHOWN) {
        found = found.related(endpoint.at, "everybody gets here");
    }
    Some(
        found
            .note(format!("{many} are open, and no other guard signs anybody in"))
            .confidence(Confidence::Likely)
            .help("throw where there is an error or nobody: `if (err || !user) throw err || new UnauthorizedException()`, or leave `handleRequest` to Passport")
            .subject(format!("class:{name} guest")),
    )
}
