//! Everything that an endpoint runs, in order, calls opened.

use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};
use snell_project::{Project, client::CallId, endpoint::Endpoint, module::ExpressionRef};

use super::{
    Key, Origin, Trust,
    content::ties_of_new,
    handed::{About, HANDED_DEPTH, Handed, may_be},
    memory::{is_by_parameter, remembers},
    origins,
    packages::{asks_nobody, knows_no_rows, reports},
    sets_context,
    trust::{checked, filter_of, is_about_identity, names_identity},
    within,
};
use crate::{
    event::{Event, EventKind, LoopKind, Query, Summary},
    fact::{Fact, settled},
    facts::Facts,
    follow::EndpointFlow,
    value::{Opaque, Root, RowOrigin, Step, TextPart, Value},
};

/// A loop around a query of an endpoint's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// What a label shows of it: the loop's head.
    pub at: snell_source::Location,
    /// What kind.
    pub kind: LoopKind,
}

/// A query that an endpoint reaches.
#[derive(Debug)]
pub struct Reached<'f> {
    /// The query.
    pub query: &'f Query,
    /// The function that runs it, called by the last of the trail.
    pub run: &'f Summary,
    /// What holds before it, from the endpoint's first line on.
    pub facts: Facts,
    /// The calls that lead to it, outermost first.
    pub trail: Vec<ExpressionRef>,
    /// Something ran before it that may have checked whose the rows are.
    pub doubtful: bool,
    /// The same of the rows that it names, what it writes left out.
    pub doubtful_rows: bool,
    /// The loops around it, outermost first.
    pub loops: Vec<Round>,
    /// Inside the callback or array of this transaction.
    pub transaction: Option<CallId>,
    /// Raw queries before it in the same transaction that set what row security may ask for.
    pub settings: Vec<&'f Query>,
    /// Shared by those before which the same holds.
    pub(super) trust: Arc<OnceLock<Trust>>,
}

impl Reached<'_> {
    /// What holds before it as ties to who asks: put together when it is first asked for, as
    /// many rules ask.
    pub fn trust(&self) -> &Trust {
        self.trust.get_or_init(|| Trust::of(&self.facts))
    }
}

/// A row that the endpoint gives back.
#[derive(Debug)]
pub struct Escape<'f> {
    /// The row.
    pub row: &'f RowOrigin,
    /// The part of it that is given back; all of it when there is no step.
    pub path: &'f [Step],
    /// What holds when it is given back.
    pub facts: Facts,
    /// Shared by those of which the same holds.
    pub(super) trust: Arc<OnceLock<Trust>>,
}

impl Escape<'_> {
    /// What holds when it is given back as ties to who asks.
    pub fn trust(&self) -> &Trust {
        self.trust.get_or_init(|| Trust::of(&self.facts))
    }
}

/// What an endpoint runs.
#[derive(Debug, Default)]
pub struct Walk<'f> {
    /// Its queries, in order.
    pub queries: Vec<Reached<'f>>,
    /// The rows that it gives back.
    pub escapes: Vec<Escape<'f>>,
    /// Something ran that may check whose rows are given back.
    pub doubtful: bool,
    /// Some query or condition depends on who asks, or something unknown was told.
    pub uses_identity: bool,
    /// The same, without what stands before the endpoint.
    pub names_identity: bool,
    /// Who asks is written into what a row is like, which makes it nobody's: a text, a title.
    pub mentions_identity: bool,
    /// It was not followed to its end.
    pub cut: bool,
    /// Calls that are not followed and may have asked whose rows are, with what they were handed.
    pub(super) handed: FxHashMap<ExpressionRef, About>,
    all_facts: OnceLock<Facts>,
    trust: OnceLock<Trust>,
    /// Look-ups in memory by what the client sent: that something is there says nothing of who asks.
    pub(super) remembered: FxHashSet<ExpressionRef>,
    /// Calls of other systems that were handed what the client sent.
    pub(super) answered: FxHashSet<ExpressionRef>,
}

/// More queries than this are not told apart.
const MAX_QUERIES: usize = 400;
/// Calls inside each other, and steps in all.
const MAX_EVENTS: usize = 20_000;

/// An endpoint with everything that it runs.
#[derive(Debug)]
pub struct Walked<'f> {
    /// Its position in the project's endpoints.
    pub endpoint: usize,
    /// What it runs.
    pub walk: Walk<'f>,
}

/// Walks through what one endpoint does.
#[must_use]
pub fn walked<'f>(project: &Project, entered: &'f EndpointFlow) -> Walked<'f> {
    Walked {
        endpoint: entered.endpoint,
        walk: walk(
            project,
            &entered.summary,
            project.endpoints.get(entered.endpoint),
        ),
    }
}

/// Walks through what an endpoint does, with what holds before it.
fn walk<'f>(project: &Project, summary: &'f Summary, endpoint: &Endpoint) -> Walk<'f> {
    let before = checked(endpoint);
    let mut walker = Walker {
        project,
        walk: Walk::default(),
        before: &before,
        loops: Vec::new(),
        transaction: None,
        settings: Vec::new(),
        asks_anything: false,
        asked: FxHashSet::default(),
        given: None,
        events: 0,
    };
    walker.summary(summary, &before, &mut Vec::new());
    let sent = summary
        .events
        .iter()
        .filter(|_| endpoint.sends_what_it_returns());
    for event in sent {
        if let EventKind::Return { value } = &event.kind {
            walker.escapes(value, &before.with(&event.facts), 0);
        }
    }
    let escapes = std::mem::take(&mut walker.walk.escapes);
    for escape in &escapes {
        walker.names(&escape.facts, None);
    }
    walker.walk.escapes = escapes;
    walker.walk.cut |= summary.cut;
    let mut walk = walker.walk;
    within::leave_out(project, &mut walk, &endpoint.access.within);
    walk
}

struct Walker<'p, 'f> {
    project: &'p Project,
    walk: Walk<'f>,
    /// What holds before the endpoint begins.
    before: &'p Facts,
    /// The loops around the call whose summary is walked through.
    loops: Vec<Round>,
    /// The transaction around that call.
    transaction: Option<CallId>,
    /// What raw queries have set for their transaction.
    settings: Vec<(Option<CallId>, &'f Query)>,
    /// Something ran that may have asked anything about who asks.
    asks_anything: bool,
    /// What the client sent that calls were handed together with who asks.
    asked: FxHashSet<Key>,
    /// What held of what was given back last: before and after ways were ruled out, and as ties to who asks.
    given: Option<(Facts, Facts, Arc<OnceLock<Trust>>)>,
    events: usize,
}

impl<'f> Walker<'_, 'f> {
    fn summary(&mut self, summary: &'f Summary, before: &Facts, trail: &mut Vec<ExpressionRef>) {
        let mut holding = Holding { before, last: None };
        for event in &summary.events {
            self.events += 1;
            if self.events > MAX_EVENTS || self.walk.queries.len() > MAX_QUERIES {
                self.walk.cut = true;
                return;
            }
            match &event.kind {
                EventKind::Query(query) => {
                    let facts = holding.at(event);
                    let transaction = event.transaction.or(self.transaction);
                    let settings = self.settings_of(transaction);
                    if self.sets_context(query) {
                        self.settings.push((transaction, query));
                    }
                    let known = self.trust_of(&facts);
                    let fresh = known.is_none().then_some(&facts);
                    self.names(fresh.into_iter().flatten(), Some(query));
                    let doubtful = self.may_be_asked(&facts, &query.arguments);
                    let named = query.arguments.first().and_then(filter_of);
                    let doubtful_rows = doubtful
                        && named.is_none_or(|named| {
                            self.may_be_asked(&facts, std::slice::from_ref(named))
                        });
                    self.walk.queries.push(Reached {
                        query,
                        run: summary,
                        facts,
                        trail: trail.clone(),
                        doubtful,
                        doubtful_rows,
                        loops: self.around(event),
                        transaction,
                        settings,
                        trust: known.unwrap_or_default(),
                    });
                }
                EventKind::Call { at, summary } => {
                    self.walk.doubtful |= summary.cut;
                    self.asks_anything |= summary.cut;
                    let facts = holding.at(event);
                    trail.push(*at);
                    let inner = self.around(event);
                    let outer = std::mem::replace(&mut self.loops, inner);
                    let around = self.transaction;
                    self.transaction = event.transaction.or(around);
                    self.summary(summary, &facts, trail);
                    self.transaction = around;
                    self.loops = outer;
                    trail.pop();
                }
                EventKind::Unfollowed { at, arguments } => self.unfollowed(*at, arguments),
                EventKind::Answer { value } => {
                    self.escapes(value, &holding.at(event), 0);
                }
                EventKind::Check { .. } | EventKind::Return { .. } => {}
            }
        }
    }

    /// What is shared by the queries before which the same list of facts holds.
    fn trust_of(&self, facts: &Facts) -> Option<Arc<OnceLock<Trust>>> {
        let mut known = self.walk.queries.iter().rev();
        let alike = known.find(|reached| reached.facts.is_same_list(facts));
        alike.map(|alike| Arc::clone(&alike.trust))
    }

    fn around(&self, event: &Event) -> Vec<Round> {
        let own = event.loops.iter().map(|around| Round {
            at: around.at,
            kind: around.kind,
        });
        self.loops.iter().copied().chain(own).collect()
    }

    /// A call of something unknown: handed who asks, it may check anything.
    fn unfollowed(&mut self, at: ExpressionRef, arguments: &[Value]) {
        let (mut identity, mut keys) = (false, FxHashSet::default());
        let mut inside = Handed::default();
        for argument in arguments {
            origins(argument, &mut |origin| match origin {
                Origin::Identity(_) => identity = true,
                Origin::Client(key) => {
                    keys.insert(key);
                }
                _ => {}
            });
            inside.look(argument, &self.walk.handed, HANDED_DEPTH);
        }
        let client = !keys.is_empty();
        if client && !identity && knows_no_rows(self.project, at) {
            self.walk.answered.insert(at);
        }
        // A package may still carry the answer of a check (`isNone(found)`).
        if !inside.both() && (!(identity || client) || knows_no_rows(self.project, at)) {
            return;
        }
        let about = inside.about(arguments, &self.walk.handed);
        self.walk.handed.insert(at, about);
        if !identity && is_by_parameter(arguments) && remembers(self.project, at) {
            self.walk.remembered.insert(at);
        }
        let used = identity && !reports(self.project, at);
        self.walk.uses_identity |= used;
        self.walk.names_identity |= used;
        if used && !asks_nobody(self.project, at) {
            self.walk.doubtful = true;
            // What is handed keys may have asked about those.
            match client && keys.iter().all(|key| !key.path.is_empty()) {
                true => self.asked.extend(keys),
                false => self.asks_anything = true,
            }
        }
    }

    /// Whether a call before may have asked whose the rows are that these arguments are about.
    fn may_be_asked(&self, facts: &Facts, arguments: &[Value]) -> bool {
        self.asks_anything
            || !self.asked.is_empty() && may_be(&self.asked, arguments)
            || self.walk.asks_others(facts, arguments)
    }

    /// Notes whether something is said of who asks.
    fn names<'a>(&mut self, facts: impl IntoIterator<Item = &'a Fact>, query: Option<&Query>) {
        let mentioned = query.is_some_and(|query| query.arguments.iter().any(names_identity));
        let named = mentioned && query.is_some_and(|query| self.keys_identity(query));
        self.walk.mentions_identity |= mentioned && !named;
        self.walk.uses_identity |= named;
        self.walk.names_identity |= named;
        for fact in facts.into_iter().filter(|fact| is_about_identity(fact)) {
            self.walk.uses_identity = true;
            self.walk.names_identity |= !self.before.contains(fact);
        }
    }

    /// Whether who asks stands in more of a query than what a row that it writes is like.
    fn keys_identity(&self, query: &Query) -> bool {
        let call = self.project.calls.get(query.call);
        let Some((first, rest)) = query.arguments.split_first() else {
            return false;
        };
        let (Some(model), Some(object)) = (call.model(), first.as_object()) else {
            return true;
        };
        let mut parts: Vec<&Value> = object.spreads.iter().chain(rest).collect();
        for (name, entry) in &object.entries {
            match name.as_str() {
                "data" | "create" | "update" => {
                    ties_of_new(self.project, model, &entry.value, &mut parts);
                }
                _ => parts.push(&entry.value),
            }
        }
        parts.into_iter().any(names_identity)
    }

    /// What was set in a transaction that is still open.
    fn settings_of(&self, transaction: Option<CallId>) -> Vec<&'f Query> {
        let own = self.settings.iter();
        own.filter(|(of, _)| of.is_some() && *of == transaction)
            .map(|(_, query)| *query)
            .collect()
    }

    /// Row-level security decides what raw SQL sets before the query.
    fn sets_context(&mut self, query: &Query) -> bool {
        let call = self.project.calls.get(query.call);
        let sets = call.operation.is_raw() && sets_context(query);
        self.walk.doubtful |= sets;
        self.asks_anything |= sets;
        sets
    }

    fn escapes(&mut self, value: &'f Value, facts: &Facts, depth: u32) {
        self.events += 1;
        if depth > 16 || self.events > 2 * MAX_EVENTS {
            self.walk.cut = true;
            return;
        }
        match value {
            Value::Opaque(opaque) => self.opaque_escapes(opaque, facts, depth),
            Value::Object(object) => {
                for entry in object.entries.values() {
                    self.escapes(&entry.value, facts, depth + 1);
                }
                for spread in &object.spreads {
                    self.escapes(spread, facts, depth + 1);
                }
            }
            Value::Array(array) => {
                for element in array.elements.iter().chain(&array.rest) {
                    self.escapes(element, facts, depth + 1);
                }
            }
            // A file of lines, a sentence: what stands in it is told.
            Value::Text(parts) => {
                for part in parts.iter() {
                    if let TextPart::Value(value, _) = part {
                        self.escapes(value, facts, depth + 1);
                    }
                }
            }
            Value::OneOf(choices) => {
                for choice in choices.iter() {
                    let facts = facts.with_each(choice.facts.iter());
                    self.escapes(&choice.value, &facts, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// What holds of what is given back, ways left out that are ruled out; with what is shared by all of that.
    fn settled(&mut self, facts: &Facts) -> (Facts, Arc<OnceLock<Trust>>) {
        match &self.given {
            Some((of, known, trust)) if of.is_same_list(facts) => {
                (known.clone(), Arc::clone(trust))
            }
            _ => {
                let (known, trust) = (settled(facts), Arc::default());
                self.given = Some((facts.clone(), known.clone(), Arc::clone(&trust)));
                (known, trust)
            }
        }
    }

    fn opaque_escapes(&mut self, opaque: &'f Opaque, facts: &Facts, depth: u32) {
        match &opaque.root {
            Root::Row(row) => {
                let (facts, trust) = self.settled(facts);
                self.walk.escapes.push(Escape {
                    row,
                    path: &opaque.path,
                    facts,
                    trust,
                });
            }
            Root::Derived(values) => {
                for value in values.iter() {
                    self.escapes(value, facts, depth + 1);
                }
            }
            _ => {}
        }
    }
}

impl Walk<'_> {
    /// What all checks on any way through the endpoint come to.
    pub fn trust(&self) -> &Trust {
        self.trust.get_or_init(|| Trust::of(self.all_facts()))
    }

    /// Everything that any way through the endpoint checks, put together when it is first asked for.
    #[must_use]
    pub fn all_facts(&self) -> &Facts {
        self.all_facts.get_or_init(|| {
            let before = self.queries.iter().map(|reached| &reached.facts);
            let after = self.escapes.iter().map(|escape| &escape.facts);
            let mut seen: FxHashSet<&Fact> = FxHashSet::default();
            let before = before.flat_map(|facts| facts.iter());
            let facts = before.chain(after.flatten());
            let all = facts.filter(|fact| seen.insert(*fact)).cloned();
            all.collect::<Vec<Fact>>().into()
        })
    }
}

/// What holds at the events of one call of a function. Those in a row share what holds, and so do
/// their ways.
struct Holding<'b, 'f> {
    before: &'b Facts,
    last: Option<(&'f Facts, Facts)>,
}

impl<'f> Holding<'_, 'f> {
    fn at(&mut self, event: &'f Event) -> Facts {
        if event.facts.is_empty() {
            return self.before.clone();
        }
        if let Some((of, all)) = &self.last
            && of.is_same_list(&event.facts)
        {
            return all.clone();
        }
        let all = self.before.with(&event.facts);
        self.last = Some((&event.facts, all.clone()));
        all
    }
}
