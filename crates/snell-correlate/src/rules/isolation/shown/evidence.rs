//! What the rest of the project says of a model: whose rows the author guards,
//! and which are meant for all.

mod below;
mod grouped;
mod makes;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use snell_flow::{
    RowOrigin,
    scope::{Keyed, Reached, Verdict, told, verdict},
};
use snell_project::{
    Project,
    client::{CallId, Operation},
    ownership::Ownership,
    schema::ModelRef,
};

use super::{
    catalogue::catalogue,
    kinds,
    made::{self, MadeFor},
    members::{Members, group},
    offers::offers,
    pages::Pages,
    parents,
    reactions::Reactions,
    sets::Sets,
};
use crate::{
    rule::Context,
    rules::isolation::{doors, entries::Entry, exposure::Fault, published, reach, tenant},
};

/// So many calls that keep rows to their owner stand against one that does not.
const MOSTLY: usize = 4;

/// What all endpoints together say of the models.
#[derive(Default)]
pub(in crate::rules::isolation) struct Evidence {
    /// Whether endpoints are among them whose rights may let them see rows of all.
    pub(in crate::rules::isolation) limited: bool,
    /// Where an endpoint changes or reads rows of a model for their owner alone.
    guarded: BTreeMap<ModelRef, CallId>,
    /// Where a query by itself names the owner of rows of a model.
    scoped: BTreeMap<ModelRef, CallId>,
    /// Where it gives such rows back.
    given_back: BTreeMap<ModelRef, CallId>,
    /// Where it looks one up in scope, without which it gives nothing back of what belongs to it.
    opens: BTreeMap<ModelRef, CallId>,
    /// Where it makes such rows for who asks, or for their tenant.
    made: MadeFor,
    /// Models whose rows an endpoint lists without their owner's key or that of a parent.
    listed_at_large: FxHashSet<ModelRef>,
    /// Where it lists such rows.
    listed: BTreeMap<ModelRef, CallId>,
    /// Models whose rows an endpoint gives to anybody.
    opened: FxHashSet<ModelRef>,
    /// Those of which it gives lists: a page for all to see shows one row.
    opened_lists: FxHashSet<ModelRef>,
    /// Where it gives rows back to their owner, one call each.
    kept: BTreeMap<ModelRef, BTreeSet<CallId>>,
    /// Where an endpoint gives rows to users whom they do not belong to.
    shared: BTreeMap<ModelRef, BTreeSet<CallId>>,
    /// Where it changes those that the client names, which is told, and answers with them.
    changed: BTreeMap<ModelRef, BTreeSet<CallId>>,
    /// Models whose rows an endpoint lists, whosever they are.
    listed_for_others: BTreeMap<ModelRef, BTreeSet<CallId>>,
    /// What is listed for everybody who is signed in.
    pages: Pages,
    /// The model whose rows each row belongs to, when it has no owner beside.
    parents: BTreeMap<ModelRef, ModelRef>,
    /// What people do with rows of others.
    reactions: Reactions,
    /// Whose members are asked for.
    members: Members,
    /// Where rows are kept by the group that they belong to.
    grouped: BTreeMap<(ModelRef, ModelRef), BTreeSet<CallId>>,
    /// By what rows are named together.
    sets: Sets,
}

impl Evidence {
    /// What all endpoints say, those too whose rights may let them see rows of all when `limited`.
    pub(in crate::rules::isolation) fn gather(
        context: &Context<'_>,
        entries: &[Entry<'_>],
        limited: bool,
    ) -> Self {
        let mut evidence = Evidence {
            limited,
            parents: parents::of_all(context),
            reactions: Reactions::gather(context, entries),
            ..Evidence::default()
        };
        let mut offers = offers(context, entries);
        offers.extend(catalogue(context, entries));
        evidence.opened_lists.extend(&offers);
        evidence.opened.extend(offers);
        for entry in entries {
            evidence.add(context, entry);
        }
        evidence.add_rooms(context);
        evidence.add_private_kinds(context);
        evidence
    }

    /// What is between one person and the house is shown to nobody else: where it is kept to its owner
    /// when it changes, that says so of reads as well.
    fn add_private_kinds(&mut self, context: &Context<'_>) {
        let kept: Vec<(ModelRef, CallId)> = self
            .guarded
            .iter()
            .filter(|(model, _)| kinds::is_private(context, **model))
            .map(|(model, place)| (*model, *place))
            .collect();
        for (model, place) in kept {
            for places in [&mut self.given_back, &mut self.listed] {
                places.entry(model).or_insert(place);
            }
        }
    }

    /// What people share is kept to those who are in it, where nothing says so better.
    fn add_rooms(&mut self, context: &Context<'_>) {
        for (room, joined) in context.project.owners.rooms() {
            for places in [&mut self.guarded, &mut self.given_back, &mut self.listed] {
                places.entry(room).or_insert(joined);
            }
        }
    }

    fn add(&mut self, context: &Context<'_>, entry: &Entry<'_>) {
        for reached in &entry.walk.queries {
            self.members.add(context, entry, reached);
            self.add_grouped(context, entry, reached);
            self.add_query(context, entry, reached);
        }
    }

    fn add_query(&mut self, context: &Context<'_>, entry: &Entry<'_>, reached: &Reached<'_>) {
        let project = context.project;
        let access = &entry.endpoint.access;
        let anybody = access.public.is_some()
            || !entry.is_open_to_every_user()
            || !entry.is_signed_in_at(reached);
        let call = project.calls.get(reached.query.call);
        let Some(model) = call.model() else { return };
        if *project.owners.of(model) == Ownership::Global {
            return;
        }
        let apart = entry.limited && !entry.taken && !self.limited;
        if apart && !tenant::is_owned(context, model) {
            return;
        }
        let arguments = reached.query.arguments.first();
        let row = arguments.map(|arguments| RowOrigin::of(reached.query.call, arguments));
        let all = entry.walk.escapes.iter();
        let own = all.filter(|escape| Some(escape.row) == row.as_ref());
        let mut escapes = own.peekable();
        let escaped = escapes.peek().is_some();
        let trust = reached.trust();
        let verdict = verdict(project, reached, trust);
        if verdict == Verdict::Scoped && !anybody {
            self.scoped.entry(model).or_insert(reached.query.call);
            self.sets.add(context, reached, model);
        }
        let kept = match verdict {
            Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore => true,
            Verdict::ClientKeyOnly(_) if escaped => escapes.all(|escape| {
                let trust = escape.trust();
                trust.is_row_in_scope(escape.row)
            }),
            _ => false,
        };
        // Where a guard looks at the key, rows are kept, whoever else may be let through.
        let by_guard = verdict == Verdict::CheckedBefore
            && !access.checked.is_empty()
            && access.authenticated
            && access.public.is_none();
        if !anybody && entry.signs_in() {
            self.made.add(context, reached, model);
        }
        if kept && !anybody && !escaped && made::opens_others(context, entry, reached) {
            self.opens.entry(model).or_insert(reached.query.call);
        }
        let within = || verdict == Verdict::Scoped && is_within_tenant(context, entry, model);
        if kept && (!anybody || by_guard || within()) {
            self.add_kept(context, reached, model, escaped);
        }
        // Another guard may refuse those whom a marker lets past the first one.
        let refused = !access.restricted.is_empty() || access.verified;
        let outside = access.public.is_some() && !refused || doors::is_outside(entry.endpoint);
        // What another system is given, everybody is not.
        if outside && anybody && doors::is_for_systems(entry, reached) {
            return;
        }
        let fault = below::is_fault(context, reached, model, &verdict);
        // A list whose pages something else makes is still a list of anybody's rows.
        let as_told = match verdict {
            Verdict::Unknown => told(project, entry.walk, reached, trust),
            known => Some(known),
        };
        if call.operation == Operation::FindMany {
            let few = access.public.is_none() && !access.restricted.is_empty() && !self.limited;
            self.add_list(
                context,
                (model, reached.query.call),
                as_told,
                (kept, anybody, few),
            );
        }
        // Who creates a row may see it.
        if kept || !escaped || call.operation.is_create() {
            return;
        }
        let shown = !anybody && published::shows(context, reached, model);
        if outside || shown {
            self.opened.insert(model);
            if call.operation == Operation::FindMany {
                self.opened_lists.insert(model);
            }
        } else if !anybody {
            self.add_shared(model, reached.query.call, fault);
        }
    }

    /// Notes a list, whether it is `kept` to the owner of its rows, whether `anybody` gets it, and whether
    /// only a `few` do: in a list for a role people see nothing of the rows of others.
    fn add_list(
        &mut self,
        context: &Context<'_>,
        (model, call): (ModelRef, CallId),
        verdict: Option<Verdict>,
        (kept, anybody, few): (bool, bool, bool),
    ) {
        if !kept && !matches!(verdict, Some(Verdict::ClientKeyOnly(_))) {
            self.listed_at_large.insert(model);
        }
        let Some(verdict) = verdict else { return };
        if matches!(
            verdict,
            Verdict::Unfiltered | Verdict::ClientKeyOnly(_) | Verdict::OwnerFromClient(_)
        ) && !few
        {
            self.listed_for_others
                .entry(model)
                .or_default()
                .insert(call);
        }
        if !anybody {
            self.pages.add(context, model, &verdict);
        }
    }

    /// Notes a query that keeps rows to their owner.
    fn add_kept(
        &mut self,
        context: &Context<'_>,
        reached: &Reached<'_>,
        model: ModelRef,
        escaped: bool,
    ) {
        let place = reached.query.call;
        self.guarded.entry(model).or_insert(place);
        let operation = context.project.calls.get(place).operation;
        let list = operation == Operation::FindMany;
        // That somebody is given their own like says nothing of the others.
        let own = || list && !self.reactions.is_own(context, reached, model);
        let tells = !self.reactions.are(model) || own();
        // Nor does what somebody reckons of their own say who may read what is written to be read.
        let tells = tells && !(operation.reckons() && kinds::is_for_all(context, model));
        if escaped && tells {
            self.kept.entry(model).or_default().insert(place);
            self.given_back.entry(model).or_insert(place);
            if list {
                self.listed.entry(model).or_insert(place);
            }
        }
    }

    /// Where the row that a key names beside a row of the model is kept to the people who share it.
    pub(in crate::rules::isolation) fn shared(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        keyed: &Keyed,
    ) -> Option<CallId> {
        let parent = reach::parent(context, model, &keyed.field)?;
        let room = tenant::is_room(context, parent) && !self.opened.contains(&parent);
        self.guarded(parent).filter(|_| room)
    }

    /// Where rows of another model are kept to their owner that is of the same kind, where the kind of a model, or of what
    /// its rows belong to, says that they are between one person and the house.
    pub(in crate::rules::isolation) fn of_kind(
        &self,
        context: &Context<'_>,
        model: ModelRef,
    ) -> Option<CallId> {
        let mut chain = std::iter::once(model).chain(self.ancestors(model));
        let private = chain.find(|one| kinds::is_private(context, *one))?;
        if self.opened.contains(&private) || self.opened.contains(&model) {
            return None;
        }
        let mut kept = self.guarded.iter();
        let (_, place) = kept.find(|(kept, _)| kinds::is_private(context, **kept))?;
        Some(*place)
    }

    /// Where rows of the model, or those that they belong to, are kept to their owner.
    pub(in crate::rules::isolation) fn guarded(&self, model: ModelRef) -> Option<CallId> {
        self.guarded.get(&model).copied().or_else(|| {
            let parents = self.ancestors(model);
            parents
                .filter_map(|parent| self.guarded.get(&parent))
                .next()
                .copied()
        })
    }

    /// The group whose rows a fault reaches, and where somebody who names one has to be in it.
    pub(in crate::rules::isolation) fn members(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        fault: &Fault,
    ) -> Option<(ModelRef, CallId)> {
        let open = self.limited || self.opened.contains(&model);
        let group = group(context, model, fault).filter(|_| !open)?;
        Some((group, self.members.of(group)?))
    }

    /// What the client sent by which alone a query names rows, where another one names them so beside who asks.
    pub(in crate::rules::isolation) fn set(
        &self,
        context: &Context<'_>,
        reached: &Reached<'_>,
        model: ModelRef,
    ) -> Option<(Keyed, CallId)> {
        self.sets.of(context, reached, model)
    }

    /// Whether an endpoint lists rows of a model for others than those whom they belong to.
    pub(in crate::rules::isolation) fn lists_for_others(&self, model: ModelRef) -> bool {
        self.listed_for_others.contains_key(&model)
    }

    /// The place that shows best that rows are kept to their owner: a query that
    /// another call has to check before says little where it stands.
    pub(in crate::rules::isolation) fn clearest(&self, project: &Project, place: CallId) -> CallId {
        let Some(model) = project.calls.get(place).model() else {
            return place;
        };
        let chain = std::iter::once(model).chain(self.ancestors(model));
        let mut scoped = chain.filter_map(|model| self.scoped.get(&model).copied());
        scoped.next().unwrap_or(place)
    }

    /// Whether an endpoint gives such rows to everybody.
    pub(in crate::rules::isolation) fn is_open(&self, model: ModelRef) -> bool {
        self.opened.contains(&model)
    }

    /// Whether such rows stand on pages of what everybody who is signed in may look through.
    pub(in crate::rules::isolation) fn is_on_open_pages(&self, model: ModelRef) -> bool {
        !self.limited
            && self
                .pages
                .show(model, |parent| self.listed.contains_key(&parent))
    }

    /// Whether people act on such rows of others, and see them in lists.
    pub(in crate::rules::isolation) fn is_acted_on(&self, model: ModelRef) -> bool {
        self.reactions.are_about(model) && self.listed_for_others.contains_key(&model)
    }

    /// The same, where another query than this one lists them.
    pub(in crate::rules::isolation) fn is_acted_on_beside(
        &self,
        model: ModelRef,
        but: CallId,
    ) -> bool {
        let lists = self.listed_for_others.get(&model).into_iter().flatten();
        self.reactions.are_about(model) && lists.into_iter().any(|call| *call != but)
    }

    /// Whether by rows of a model people act on those of another, each once on one.
    pub(in crate::rules::isolation) fn reacts(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        target: ModelRef,
    ) -> bool {
        self.reactions.are_one_each(context, model, target)
    }

    /// Where such rows are given back to their owner, and never to anybody else.
    pub(in crate::rules::isolation) fn given_back(&self, model: ModelRef) -> Option<CallId> {
        let by_itself = self.privately(model, &self.given_back, &self.opened);
        by_itself.or_else(|| {
            let place = self.opens.get(&model).copied();
            place.filter(|_| !self.opened.contains(&model) && !self.is_acted_on(model))
        })
    }

    /// Where such rows are listed for their owner, and never for anybody else.
    pub(in crate::rules::isolation) fn listed(&self, model: ModelRef) -> Option<CallId> {
        self.privately(model, &self.listed, &self.opened_lists)
    }

    /// Where rows are given back to their owner, of a model whose rows nothing
    /// else than `call` gives to others.
    pub(in crate::rules::isolation) fn private(
        &self,
        model: ModelRef,
        call: CallId,
    ) -> Option<CallId> {
        let place = self.given_back.get(&model).copied();
        place.filter(|_| !self.is_shared(model, Some(call)) && !self.is_acted_on(model))
    }

    /// Whether rows are given to others, by other calls than `but`.
    fn is_shared(&self, model: ModelRef, but: Option<CallId>) -> bool {
        let calls = self.shared.get(&model);
        self.opened.contains(&model)
            || calls.is_some_and(|calls| calls.iter().any(|call| Some(*call) != but))
    }

    /// Whether rows are given to their owner so much more often than to others that the others may be
    /// faults of the same kind.
    fn is_mostly_kept(&self, model: ModelRef) -> bool {
        let count = |calls: &BTreeMap<ModelRef, BTreeSet<CallId>>| {
            calls.get(&model).map_or(0, BTreeSet::len)
        };
        !self.opened.contains(&model) && count(&self.kept) >= MOSTLY * count(&self.shared)
    }

    fn privately(
        &self,
        model: ModelRef,
        places: &BTreeMap<ModelRef, CallId>,
        opened: &FxHashSet<ModelRef>,
    ) -> Option<CallId> {
        if opened.contains(&model) {
            return None;
        }
        places.get(&model).copied().or_else(|| {
            let parent = self
                .ancestors(model)
                .find(|parent| places.contains_key(parent))?;
            let place = places.get(&parent).copied();
            place.filter(|_| !self.is_shared(parent, None) || self.is_mostly_kept(parent))
        })
    }

    /// The models whose rows a row belongs to, nearest first.
    fn ancestors(&self, model: ModelRef) -> impl Iterator<Item = ModelRef> {
        let parent = |model: &ModelRef| self.parents.get(model).copied();
        // Chains end at an owner; a schema deeper than this is drawn in circles.
        std::iter::successors(parent(&model), parent).take(8)
    }
}

/// Whether an endpoint asks for a role, of a tenant that rows of a model belong to: who has it and is kept
/// to the own rows all the same says whose these are.
fn is_within_tenant(context: &Context<'_>, entry: &Entry<'_>, model: ModelRef) -> bool {
    let access = &entry.endpoint.access;
    access.public.is_none() && access.exempt && tenant::is_owned(context, model)
}
