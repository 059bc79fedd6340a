//! What is found to be open: which endpoint lets which query run on rows of anybody.

use smol_str::SmolStr;
use snell_flow::scope::{Key, Keyed, Reached};
use snell_project::{client::CallId, module::ExpressionRef, schema::ModelRef};

use crate::rules::isolation::{assigned::Assigned, entries::Entry, evidence::Evidence};

/// What is done to rows of anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rules::isolation) enum Fault {
    /// A row that the client names is changed or deleted.
    Write(Keyed),
    /// A row that the client names is given back.
    Read(Keyed),
    /// All rows are given back.
    List,
    /// The first of all rows is given back.
    First,
    /// All rows are read for an answer in which none of them is.
    Consulted,
    /// Rows of all owners are changed.
    Sweep,
    /// The client says whose rows are reached.
    Owner(Keyed),
    /// The client says of whose rows something is told, and no row is given back.
    Asked(Keyed),
    /// The client says in whose name something is asked or written.
    Posed(Keyed),
    /// One way of an `OR` leaves the owner out.
    Either(snell_source::Location),
    /// A row is made to refer to the row that the client names.
    Reference(Reference),
    /// Whose the new row is, the client says.
    NewOwner(Reference),
    /// Raw SQL in which nothing is who asks.
    Raw {
        /// Whether it changes rows.
        writes: bool,
        /// Whether all that it gives back is reckoned from rows: counts, sums.
        reckons: bool,
    },
    /// A row that the client names is changed when it is there.
    Upsert(Keyed),
    /// Rows are counted or summed up: those that the client names, or all.
    Aggregate(Option<Keyed>),
    /// A row that the client names is changed, by a query that administrators share.
    Shared(Shared),
    /// Nobody has to sign in.
    Unguarded,
    /// Every signed-in user reaches what is for administrators.
    Administrative,
    /// Rows of all owners come along with a row that anybody may see.
    Included(Included),
    /// A row is made to refer to what a row of anybody refers to.
    Copied(Copied),
}

/// A query to which both users and administrators lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rules::isolation) struct Shared {
    /// What the client sent.
    pub(in crate::rules::isolation) keyed: Keyed,
    /// The position of the administrators' endpoint in the project's.
    pub(in crate::rules::isolation) administrators: usize,
}

/// A list that is taken along with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rules::isolation) struct Included {
    /// The relation: `sessions`.
    pub(in crate::rules::isolation) field: SmolStr,
    /// The model of its rows.
    pub(in crate::rules::isolation) target: ModelRef,
    /// Where it is asked for.
    pub(in crate::rules::isolation) at: snell_source::Location,
}

/// A key that is taken from a row which nobody tied to who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rules::isolation) struct Copied {
    /// The field that is written: `configId`.
    pub(in crate::rules::isolation) field: SmolStr,
    /// The query that gave the row.
    pub(in crate::rules::isolation) from: CallId,
    /// What the client sent to name that row.
    pub(in crate::rules::isolation) key: Key,
    /// The model that is referred to.
    pub(in crate::rules::isolation) target: ModelRef,
    /// It says whose the new row is, as it says whose the other is.
    pub(in crate::rules::isolation) owner: bool,
    /// Where the key is written.
    pub(in crate::rules::isolation) at: snell_source::Location,
}

/// A key that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rules::isolation) struct Reference {
    /// The model whose row holds it: that of the query, or of a row that is made inside its own.
    pub(in crate::rules::isolation) of: ModelRef,
    /// The field: `agentId`, `agent.id`.
    pub(in crate::rules::isolation) field: SmolStr,
    /// What the client sent.
    pub(in crate::rules::isolation) key: Key,
    /// The model that is referred to.
    pub(in crate::rules::isolation) target: ModelRef,
    /// Where the key is written.
    pub(in crate::rules::isolation) at: snell_source::Location,
}

/// What was found, once for all rules.
#[derive(Default)]
pub(in crate::rules::isolation) struct Survey {
    pub(in crate::rules::isolation) exposures: Vec<Exposure>,
    /// What all endpoints together say of the models.
    pub(in crate::rules::isolation) evidence: Evidence,
    /// What is given to somebody to see to.
    pub(in crate::rules::isolation) assigned: Assigned,
}

/// One query from one endpoint.
#[derive(Debug)]
pub(in crate::rules::isolation) struct Exposure {
    /// The position of the endpoint in the project's.
    pub(in crate::rules::isolation) endpoint: usize,
    pub(in crate::rules::isolation) call: CallId,
    pub(in crate::rules::isolation) model: ModelRef,
    pub(in crate::rules::isolation) fault: Fault,
    /// The calls that lead to it.
    pub(in crate::rules::isolation) trail: Vec<ExpressionRef>,
    /// A query that ties the same key to who asks, on another way or later.
    pub(in crate::rules::isolation) late_check: Option<CallId>,
    /// Where rows of the model are kept to their owner.
    pub(in crate::rules::isolation) guarded: Option<CallId>,
    /// Nothing else says whose the rows are than that the endpoint asks who is
    /// signed in, and makes no use of it; nothing else says that a role is to be asked for than that people have some.
    pub(in crate::rules::isolation) presumed: bool,
    /// Only its kind says whose the rows are: it is what is between one person and the house, and other such rows are kept.
    pub(in crate::rules::isolation) of_kind: bool,
    /// Only the role that is asked for says whose the rows are: it is one within a tenant, and nothing says which.
    pub(in crate::rules::isolation) of_role: bool,
    /// The first of the rows that the client names was looked up, the others were not.
    pub(in crate::rules::isolation) first_only: bool,
    /// Nothing is written but how the row is shown, and it is not given back.
    pub(in crate::rules::isolation) slight: bool,
    /// The other endpoints with the same right that keep such rows to who asks, where
    /// the right alone might say that rows of all may be seen.
    pub(in crate::rules::isolation) alike: usize,
    /// The group whose members are asked for elsewhere, where nothing else says whose the rows are.
    pub(in crate::rules::isolation) of_members: Option<ModelRef>,
    /// How many other endpoints of the class do the like, which are not told by themselves.
    pub(in crate::rules::isolation) beside: usize,
    /// The position of an endpoint for more people at which the same query only reads.
    pub(in crate::rules::isolation) shown_at: Option<usize>,
}

impl Exposure {
    /// A fault at a query that an endpoint reaches, of which nothing more is known.
    pub(in crate::rules::isolation) fn of(
        entry: &Entry<'_>,
        reached: &Reached<'_>,
        model: ModelRef,
        fault: Fault,
    ) -> Self {
        Exposure {
            endpoint: entry.position,
            call: reached.query.call,
            model,
            fault,
            trail: reached.trail.clone(),
            late_check: None,
            guarded: None,
            presumed: false,
            of_kind: false,
            of_role: false,
            first_only: false,
            slight: false,
            alike: 0,
            of_members: None,
            beside: 0,
            shown_at: None,
        }
    }
}
