//! Rows whose owner is compared with who asks only when somebody is signed in, at endpoints where nobody has
//! to be: `if (user && row.userId !== user.id) throw` lets everybody else through.

use std::collections::BTreeSet;

use snell_flow::{
    Fact, Value,
    scope::{Escape, Origin, Reached, Walk, origins},
};
use snell_project::{client::CallId, endpoint::Endpoint, ownership::Ownership, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{
    super::{reach::changes, survey::survey},
    RULE,
};
use crate::{functions, rule::Context};

/// One finding for each endpoint.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut told: BTreeSet<CallId> = BTreeSet::new();
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        let open = endpoint.kind.is_request()
            && endpoint.access.public.is_some()
            && !endpoint.access.verified
            && !entered.walk.cut
            && functions::is_application(project, endpoint.module);
        if !open {
            continue;
        }
        let skipped = entered
            .walk
            .queries
            .iter()
            .filter(|reached| !told.contains(&reached.query.call))
            .filter_map(|reached| Some((reached, checked(context, &entered.walk, reached)?)))
            .max_by_key(|(_, writes)| *writes);
        if let Some((reached, writes)) = skipped {
            told.insert(reached.query.call);
            found.push(tell(context, endpoint, reached, writes));
        }
    }
    found
}

/// Whether a query changes owned rows, or gives them back, after such a check; and whether it changes them.
fn checked(context: &Context<'_>, walk: &Walk<'_>, reached: &Reached<'_>) -> Option<bool> {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model()?;
    let evidence = &survey(context).evidence;
    let owned = matches!(context.project.owners.of(model), Ownership::Owned(_));
    if !owned || evidence.is_open(model) {
        return None;
    }
    let is_skipped = |fact: &Fact| is_skipped(context, fact);
    if changes(call.operation) {
        evidence.guarded(model)?;
        return reached.facts.iter().any(is_skipped).then_some(true);
    }
    evidence.given_back(model)?;
    let given = |escape: &&Escape<'_>| escape.row.call == reached.query.call;
    let mut escapes = walk.escapes.iter().filter(given);
    let skipped = escapes.any(|escape| escape.facts.iter().any(is_skipped));
    skipped.then_some(false)
}

/// Whether one way on is that nobody is signed in, and on another a row is that of who asks.
fn is_skipped(context: &Context<'_>, fact: &Fact) -> bool {
    let Fact::OneOf(groups) = fact else {
        return false;
    };
    let nobody = |group: &[Fact]| {
        !group.is_empty()
            && group
                .iter()
                .all(|fact| matches!(fact, Fact::Falsy(value) if made_of(context, value) == NOBODY))
    };
    let own = |group: &[Fact]| {
        group.iter().any(|fact| match fact {
            Fact::Equal(a, b) | Fact::Member(a, b) => {
                let (a, b) = (made_of(context, a), made_of(context, b));
                a.who && b.owner || b.who && a.owner
            }
            _ => false,
        })
    };
    groups.iter().any(|group| nobody(group)) && groups.iter().any(|group| own(group))
}

/// What a value is made of.
#[derive(Debug, Default, PartialEq, Eq)]
struct Made {
    who: bool,
    /// The key of an owner, of a row.
    owner: bool,
    others: bool,
}

/// Of who asks alone.
const NOBODY: Made = Made {
    who: true,
    owner: false,
    others: false,
};

fn made_of(context: &Context<'_>, value: &Value) -> Made {
    let mut made = Made::default();
    origins(value, &mut |origin| match origin {
        Origin::Identity(_) => made.who = true,
        Origin::Row(row, path) => {
            let model = context.project.calls.get(row.call).model();
            let names = path.names();
            match names.as_slice() {
                [name] if model.is_some_and(|model| names_owner(context, model, name)) => {
                    made.owner = true;
                }
                _ => made.others = true,
            }
        }
        Origin::Constant => {}
        _ => made.others = true,
    });
    made
}

/// Whether a column holds the key of an owner.
fn names_owner(context: &Context<'_>, model: ModelRef, name: &str) -> bool {
    let datamodel = &context.project.schemas.get(model.schema).datamodel;
    let mut keys = context.project.owners.of(model).direct();
    keys.any(|chain| chain.key.is_some_and(|key| datamodel[key].name == name))
}

fn tell(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
    writes: bool,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let model = call.model().map(|model| &project.schemas.model(model).name);
    let name = model.map_or("row", |name| name.as_str());
    let does = if writes { "changes" } else { "returns" };
    let finding = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(call.module, call.name.span),
        format!(
            "`{}` {does} any user's `{name}` for those who are not signed in: whose it is is asked only of those who are",
            endpoint.name
        ),
    )
    .label("the check before is left out when nobody is signed in")
    .related(endpoint.at, "nobody has to sign in here");
    let finding = match writes {
        true => finding,
        false => finding.lowered(Severity::High, "the row is read, not changed"),
    };
    finding
        .confidence(Confidence::Likely)
        .help("refuse when nobody is signed in as well, or ask other systems that come here for a secret of theirs")
        .subject(format!("endpoint:{} skipped:{name}", endpoint.name))
}
