//! Rows that queries gave back, known by their queries.

use snell_project::client::CallId;

use crate::{value::Value, weight::Weight};

/// The query that a row came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowOrigin {
    /// The call.
    pub call: CallId,
    /// The client said itself that it is a row of who asks.
    scoped: bool,
    /// What the arguments weigh: rows are looked up by what stands in other rows, and each would be
    /// weighed with all of those.
    weight: Weight,
    /// Its first argument; of a raw query, the list of all.
    pub arguments: Value,
}

impl RowOrigin {
    /// Of a call with this first argument. When it held which of some values is kept only as far as the request
    /// decides: rows stand inside of what decides on other rows, and would grow with each of them.
    #[must_use]
    pub fn of(call: CallId, arguments: &Value) -> Self {
        RowOrigin::looked_up_by(call, crate::weight::plain(arguments))
    }

    pub(crate) fn looked_up_by(call: CallId, arguments: Value) -> Self {
        RowOrigin {
            call,
            scoped: false,
            weight: Weight::of(&arguments),
            arguments,
        }
    }

    /// The same of a client that adds whose rows a query may reach.
    pub(crate) fn scoped_by_client(self, scoped: bool) -> Self {
        RowOrigin { scoped, ..self }
    }

    /// Whether the client said itself that it is a row of who asks.
    pub(crate) fn is_scoped_by_client(&self) -> bool {
        self.scoped
    }

    pub(crate) fn weight(&self) -> Weight {
        self.weight
    }
}
