//! The ways from endpoints to queries, as plain data.

use serde::Serialize;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Spot {
    /// From the root.
    pub file: String,
    /// 1-based.
    pub line: u32,
}

/// What one endpoint does, as far as it concerns the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// `GET /agents/:id`
    pub name: String,
    /// `AgentController.findOne`
    pub handler: String,
    /// Where it is declared.
    #[serde(flatten)]
    pub spot: Spot,
    /// Who is let through, in words.
    pub access: String,
    /// The roles and permissions of which one is enough, as they are written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The role that code asks for before it writes, or before anything where it writes nothing;
    /// empty where it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_in_code: Option<String>,
    /// The parameters that say who asks, as they are written.
    pub identity: Vec<String>,
    /// What the client hands over: `@Param id`, `@Body`.
    pub client: Vec<String>,
    /// How many queries one request runs.
    pub budget: Budget,
    /// What it does, in order.
    pub steps: Vec<Step>,
    /// Whether it could be followed to its end.
    pub followed: bool,
}

/// One thing that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What.
    #[serde(flatten)]
    pub kind: StepKind,
    /// Where.
    #[serde(flatten)]
    pub spot: Spot,
    /// What is done inside it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum StepKind {
    /// A query.
    Query {
        /// `Agent.findMany`, `$queryRaw`
        query: String,
        /// Whose rows it reaches, as `snell facts queries` names it.
        verdict: &'static str,
        /// Why, in words.
        reason: String,
        /// What a reader should think of the verdict.
        standing: Standing,
        /// `1 x agents`: how often one request runs it.
        executions: String,
    },
    /// Calls that lead to what is inside, outermost first.
    Call {
        /// `AgentService.findOne`
        calls: Vec<String>,
    },
    /// What runs once for each element.
    Loop {
        /// `agents`
        over: String,
    },
    /// What runs in one transaction.
    Transaction,
    /// A request to another system.
    Remote {
        /// The package, or `fetch`.
        system: String,
    },
}

/// What a reader should think of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The rows are the asker's, or everybody's.
    Sound,
    /// It could not be decided.
    Unknown,
    /// Rows of others are reached.
    Open,
}

/// How many queries one request runs: a sum of products.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// Queries inside of loops: over what the loops go (outermost first), and
    /// how many run each time. Deepest first.
    pub repeated: Vec<(Vec<String>, usize)>,
    /// Queries outside of any loop.
    pub once: usize,
}

impl Budget {
    /// Worse is greater: nested loops, then loops, then queries.
    #[must_use]
    pub fn weight(&self) -> (usize, usize, usize) {
        let depth = self.repeated.iter().map(|(over, _)| over.len()).max();
        let inside = self.repeated.iter().map(|(_, count)| count).sum();
        (depth.unwrap_or(0), inside, self.once)
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut terms = Vec::new();
        if self.once > 0 || self.repeated.is_empty() {
            terms.push(self.once.to_string());
        }
        for (over, count) in self.repeated.iter().rev() {
            terms.push(format!("{count} x {}", over.join(" x ")));
        }
        f.write_str(&terms.join(" + "))
    }
}
