//! The endpoints that are judged, and what stands before them.

use rustc_hash::FxHashMap;
use snell_flow::scope::{Reached, Trust, Walk, is_signed_in};
use snell_project::{
    Project,
    endpoint::{Access, Endpoint, Given},
    module::ClassRef,
};

use crate::{
    rule::Context,
    rules::isolation::{doors, reach, rights, taken::Taken},
};

/// Names of endpoints that are about who asks.
const ABOUT_WHO_ASKS: [&str; 8] = [
    "me",
    "self",
    "myself",
    "personal",
    "whoami",
    "current",
    "currentuser",
    "current-user",
];

/// One endpoint with everything that it runs.
pub(in crate::rules::isolation) struct Entry<'a> {
    /// Its position in the project's endpoints.
    pub(in crate::rules::isolation) position: usize,
    pub(in crate::rules::isolation) project: &'a Project,
    pub(in crate::rules::isolation) endpoint: &'a Endpoint,
    pub(in crate::rules::isolation) walk: &'a Walk<'a>,
    /// What stands before it stands before another endpoint of its class as well, and that one is
    /// handed who is signed in: something that is not seen signs in before both.
    pub(in crate::rules::isolation) beside: bool,
    /// A right is asked for that not every endpoint asks for, and that lets nobody see the rows of all.
    pub(in crate::rules::isolation) limited: bool,
    /// It is a role that whoever registers may take: it says what they are shown, and whose rows they
    /// change is asked as everywhere.
    pub(in crate::rules::isolation) taken: bool,
    /// Nothing stands before it, and it asks itself who is signed in before it goes on.
    pub(in crate::rules::isolation) asks_itself: bool,
}

impl Entry<'_> {
    /// Whether everyone who is signed in gets here, and nothing before the method may have looked
    /// at what is asked for.
    pub(in crate::rules::isolation) fn is_open_to_every_user(&self) -> bool {
        let access = &self.endpoint.access;
        let unread = access.public.is_some() || !access.unknown.is_empty();
        let plain = !unread && !access.exempt && !access.administrative;
        // Administrators come by one role of several, and whoever takes another comes as well.
        let taken = self.taken && access.authenticated && !unread && !access.administrative;
        self.endpoint.is_open_to_every_user() || self.beside && plain || self.asks_itself || taken
    }

    /// Whether somebody is signed in where a query runs: a function before which nothing stands may run
    /// some before it asks.
    pub(in crate::rules::isolation) fn is_signed_in_at(&self, reached: &Reached<'_>) -> bool {
        !self.asks_itself || is_signed_in(&reached.facts)
    }

    /// Whether somebody has to be signed in.
    pub(in crate::rules::isolation) fn signs_in(&self) -> bool {
        self.endpoint.access.authenticated || self.asks_itself
    }

    /// Whether the endpoint asks who is signed in, and then makes no use of it.
    pub(in crate::rules::isolation) fn ignores_who_asks(&self) -> bool {
        self.endpoint.parameters.contains(&Given::Identity)
            && !self.walk.uses_identity
            && !self.walk.mentions_identity
    }

    /// Whether nothing that the endpoint is handed, or comes to, can be who asks.
    pub(in crate::rules::isolation) fn asks_nobody(&self) -> bool {
        self.is_handed_nobody() && !self.walk.doubtful
    }

    /// Whether a query is blind: nothing before it may have asked whose the rows are. Where
    /// others with the right are `handed` who asks, and this one is not, what cannot be seen
    /// has nothing to ask by.
    pub(in crate::rules::isolation) fn is_blind(
        &self,
        reached: &Reached<'_>,
        trust: &Trust,
        handed: bool,
    ) -> bool {
        reach::is_blind(reached, trust) || handed && self.is_blind_of_all(trust)
    }

    /// The same of the rows that it names, what it writes left out.
    pub(in crate::rules::isolation) fn is_blind_of_rows(
        &self,
        reached: &Reached<'_>,
        trust: &Trust,
        handed: bool,
    ) -> bool {
        reach::is_blind_of_rows(reached, trust) || handed && self.is_blind_of_all(trust)
    }

    fn is_blind_of_all(&self, trust: &Trust) -> bool {
        self.is_handed_nobody() && !trust.privileged && !trust.compared
    }

    /// Whether nothing that the endpoint is handed is who asks, and nothing of them is used.
    pub(in crate::rules::isolation) fn is_handed_nobody(&self) -> bool {
        let sent = |given: &Given| match given {
            Given::Client(..) | Given::Headers(_) => !given.may_prove(),
            given => matches!(
                given,
                Given::Response { .. }
                    | Given::File
                    | Given::Circumstances
                    | Given::Other
                    | Given::Nothing
            ),
        };
        self.endpoint.parameters.iter().all(sent) && !self.walk.uses_identity
    }

    /// Whether the endpoint's name says that it is about who asks.
    pub(in crate::rules::isolation) fn is_about_who_asks(&self) -> bool {
        let last = self.endpoint.name.rsplit(['/', ' ']).next();
        last.is_some_and(|last| ABOUT_WHO_ASKS.contains(&last.to_ascii_lowercase().as_str()))
    }
}

/// So many others are handed who is signed in before the name of an endpoint (`public`, `token`) says
/// nothing of whether anybody has to be.
const FEW: usize = 3;

/// The endpoints that a client waits for, those of tests left out.
pub(in crate::rules::isolation) fn entries<'a>(context: &Context<'a>) -> Vec<Entry<'a>> {
    let project = context.project;
    let walks = context.walks.iter();
    // Of each class, what stands before the endpoints that are handed who is signed in.
    let mut known: FxHashMap<ClassRef, Vec<&Access>> = FxHashMap::default();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        if let Some(class) = endpoint.class
            && endpoint.parameters.contains(&Given::Identity)
        {
            known.entry(class).or_default().push(&endpoint.access);
        }
    }
    let beside = |endpoint: &Endpoint| {
        let known = endpoint.class.and_then(|class| known.get(&class));
        let alike = known.map_or(0, |known| {
            let alike = known.iter().filter(|access| **access == &endpoint.access);
            alike.count()
        });
        alike >= FEW || alike > 0 && !doors::is_of_outside(endpoint)
    };
    // What stands before every endpoint at which somebody signs in limits nobody to a part of them.
    let common = rights::common(project);
    let taken = Taken::gather(context);
    let is_limited = |endpoint: &Endpoint| {
        let mut restricted = endpoint.access.restricted.iter();
        !restricted.all(|one| common.contains(one))
    };
    walks
        .filter_map(|entered| {
            let endpoint = project.endpoints.get(entered.endpoint);
            let test = project.path_facts(endpoint.module).test;
            let taken = match endpoint.access.exempt {
                true => taken.opens_beside(endpoint),
                false => taken.opens(endpoint),
            };
            let limits = endpoint.is_limited() || taken && endpoint.access.exempt;
            (endpoint.kind.is_request() && !test).then_some(Entry {
                position: entered.endpoint,
                project,
                endpoint,
                walk: &entered.walk,
                beside: beside(endpoint),
                limited: limits && is_limited(endpoint),
                taken,
                asks_itself: asks_itself(endpoint, &entered.walk),
            })
        })
        .collect()
}

/// Whether an endpoint before which nothing stands goes on only with somebody who is signed in.
fn asks_itself(endpoint: &Endpoint, walk: &Walk<'_>) -> bool {
    let access = &endpoint.access;
    endpoint.is_bare()
        && access.public.is_none()
        && !access.administrative
        && !access.verified
        && walk
            .queries
            .iter()
            .any(|reached| is_signed_in(&reached.facts))
}
