//! The tables of an audit: indexes, seeds, conventions, the lives of rows, secrets, and the
//! questions that an audit must answer.

use crate::trace::Spot;

/// The indexes of one table.
#[derive(Debug, Clone, Default)]
pub struct IndexTable {
    /// The model.
    pub model: String,
    /// The table.
    pub table: String,
    /// How it grows, in words.
    pub growth: String,
    /// Those that are there.
    pub indexes: Vec<IndexRow>,
    /// Those that are missing.
    pub proposed: Vec<ProposedIndex>,
}

/// An index that is there.
#[derive(Debug, Clone)]
pub struct IndexRow {
    /// What messages call it: `@@index([userId])`.
    pub name: String,
    /// What the database calls it.
    pub database_name: Option<String>,
    /// `primary key`, `unique`, `index`
    pub kind: String,
    /// Whether the schema declares it, or migrations alone make it.
    pub declared: bool,
    /// Whether it is there for queries alone, and holds every row by its columns.
    pub plain: bool,
    /// `btree`, `gin`, ...
    pub method: String,
    /// Its columns in the database; `an expression` for what is none.
    pub columns: Vec<String>,
    /// What it is for: keys, the foreign keys that it serves, the shapes of queries.
    pub purpose: Vec<String>,
    /// `used`, `partly`, `redundant`, `unused`, `ineffective`, ...
    pub standing: String,
    /// What would do in its place.
    pub instead: Option<String>,
    /// The places of queries that use it.
    pub uses: Vec<Spot>,
    /// Where it is made.
    pub spot: Spot,
}

/// An index that is missing.
#[derive(Debug, Clone)]
pub struct ProposedIndex {
    /// Its columns in SQL.
    pub columns: String,
    /// The attribute; none when Prisma cannot declare it.
    pub prisma: Option<String>,
    /// The statement for a table in use.
    pub sql: String,
    /// What its queries lack without it.
    pub lacks: String,
    /// Indexes that have nothing left to do then.
    pub replaces: Vec<String>,
    /// The places of queries that it serves.
    pub uses: Vec<Spot>,
}

/// What seeds put into one table.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The model.
    pub model: String,
    /// What starts the seeds of its schema; empty when nothing does.
    pub starts: Vec<Spot>,
    /// How many rows are written out one by one.
    pub rows: usize,
    /// Whether there may be more.
    pub many: bool,
    /// Where rows are made.
    pub made: Vec<Spot>,
    /// How many owners the rows name, when that is known.
    pub owners: Option<usize>,
    /// Relations that rows fill, and those that none fills.
    pub relations: (Vec<String>, Vec<String>),
    /// Fields of enums: the values that rows have, and those that none has.
    pub enums: Vec<SeededEnum>,
    /// The constants that columns of roles are given: `role: ADMIN, USER`.
    pub roles: Vec<(String, Vec<String>)>,
}

/// Which values of an enum rows have.
#[derive(Debug, Clone)]
pub struct SeededEnum {
    /// The field.
    pub field: String,
    /// Values that rows have.
    pub seeded: Vec<String>,
    /// The others.
    pub missing: Vec<String>,
    /// Whether some rows have a value that is not known.
    pub open: bool,
}

/// What most parts of the project have in common.
#[derive(Debug, Clone)]
pub struct Convention {
    /// What it is about: `fields`, `ownerColumn`.
    pub about: String,
    /// What most have, in words.
    pub is: String,
    /// How many have it.
    pub holds: usize,
    /// Of how many.
    pub of: usize,
    /// Whether the configuration declares it.
    pub declared: bool,
    /// The others: name, what it has instead, where.
    pub departures: Vec<(String, String, Spot)>,
}

/// How the rows of a model come, change and go.
#[derive(Debug, Clone)]
pub struct Life {
    /// The model.
    pub model: String,
    /// `append-only`, `by action`, `by owner`, `catalogue`, `configuration`
    pub growth: String,
    /// Where the application adds rows.
    pub made: Option<Spot>,
    /// How many endpoints do.
    pub endpoints: usize,
    /// Whether a schedule, a queue or an event does.
    pub in_background: bool,
    /// Whether many are added at a time.
    pub many: bool,
    /// Where it changes them.
    pub changed: Option<Spot>,
    /// Where it takes them away.
    pub taken: Option<Spot>,
    /// Where it takes old ones away.
    pub swept: Option<Spot>,
    /// Where it empties columns of old ones.
    pub emptied: Option<Spot>,
    /// The row above whose deletion takes them along.
    pub with: Option<(String, Spot)>,
    /// What the model plays: its name (`session`), and what its columns are for.
    pub parts: Vec<(String, Vec<(String, String)>)>,
    /// Whether its rows carry the time at which they were made, and changed.
    pub dated: (bool, bool),
    /// Whether queries ask for a span of the time at which rows were made.
    pub ranged: bool,
    /// The model of which each row has a few of these at most, by a unique.
    pub bounded: Option<String>,
    /// The columns with what people write, or what went over the wire of it.
    pub texts: Vec<String>,
    /// The ids of findings that name it.
    pub findings: Vec<String>,
}

/// A column that repeats what other columns or rows say.
#[derive(Debug, Clone)]
pub struct DerivedColumn {
    /// The model.
    pub model: String,
    /// The column.
    pub field: String,
    /// Where it is declared.
    pub spot: Spot,
    /// What it follows from, and how that is known.
    pub why: String,
    /// Where code writes it.
    pub written: Vec<Spot>,
}

/// A column that holds a secret, or what tells who somebody is.
#[derive(Debug, Clone)]
pub struct SecretColumn {
    /// The model.
    pub model: String,
    /// The column.
    pub field: String,
    /// `password`, `key`, `token`, `card`, `personal`
    pub kind: String,
    /// Whether it opens something, and does not only tell who somebody is.
    pub secret: bool,
    /// Whether its name says that what is stored is not the secret itself.
    pub promised: bool,
    /// The endpoints that give it back, relations that come along included; nothing where that is not
    /// known.
    pub given: Option<Vec<String>>,
    /// Where it is declared.
    pub spot: Spot,
    /// Where it is written.
    pub written: Vec<Spot>,
    /// What encrypts it.
    pub algorithm: Option<(String, Spot)>,
    /// What makes the digest that is stored in its place.
    pub hashed: Option<(String, Spot)>,
    /// What the initialization vector is.
    pub vector: Option<(String, Spot)>,
    /// Where the tag is taken and checked.
    pub tag: Vec<Spot>,
    /// What the key is made of.
    pub key: Option<(String, Spot)>,
    /// The column with the version of the key.
    pub version: Option<String>,
    /// Where it is decrypted.
    pub decrypted: Vec<Spot>,
    /// Where it is given back to clients, as findings tell.
    pub returned: Vec<Spot>,
    /// Where it is logged, as findings tell.
    pub logged: Vec<Spot>,
    /// What is to be thought of it.
    pub verdict: Verdict,
    /// The ids of findings about it.
    pub findings: Vec<String>,
}

/// What is to be thought of a column with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything that keeps it is there; the row cites the lines.
    Sound,
    /// A finding says what is wrong.
    Faulty,
    /// It is stored as it is, which such columns mostly are, and nothing was seen to let it out.
    Plain,
    /// What keeps it was not seen.
    NotSeen,
}

impl SecretColumn {
    /// The words of tables for what is to be thought of it.
    #[must_use]
    pub fn words(&self) -> String {
        let given = self.given.as_ref().map_or(0, Vec::len);
        match self.verdict {
            Verdict::Sound if self.hashed.is_some() => "sound: a digest is stored".to_owned(),
            Verdict::Sound if self.algorithm.is_none() => {
                "sound: the client encrypts it on the way".to_owned()
            }
            Verdict::Sound => "sound, by the lines of this row".to_owned(),
            Verdict::Faulty => "not sound".to_owned(),
            Verdict::Plain if self.given.is_none() => {
                "plain; who gets it is not known: something shapes all answers".to_owned()
            }
            Verdict::Plain if given == 0 => "plain; not seen in an answer".to_owned(),
            Verdict::Plain if given == 1 => "plain; in the answer of 1 endpoint".to_owned(),
            Verdict::Plain => format!("plain; in the answers of {given} endpoints"),
            Verdict::NotSeen if self.algorithm.is_some() => {
                "encrypted; where its key comes from was not seen".to_owned()
            }
            Verdict::NotSeen if self.promised => {
                "protected by its name; what makes it was not seen".to_owned()
            }
            Verdict::NotSeen => "plain, as far as the code tells".to_owned(),
        }
    }
}

/// Whose rows a model has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owned {
    /// Its rows are owners.
    Owner,
    /// By a column of its own: the column's name.
    Directly(String),
    /// Through relations: `session.user`.
    Through(String),
    /// No owner was found.
    Global,
    /// It is not known who owns anything in this schema.
    NotAnalysed,
}

/// The policies that would give one table row security.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The model.
    pub model: String,
    /// The statements, in order.
    pub sql: Vec<String>,
    /// Why none can be derived: who may see a row is not in a column of it.
    pub without: Option<String>,
}

/// What the migrations say of row security.
#[derive(Debug, Clone, Default)]
pub struct RowSecurity {
    /// The tables of the databases that they build, by name.
    pub tables: Vec<GuardedTable>,
    /// The roles that they make.
    pub roles: Vec<DatabaseRole>,
    /// The settings that policies read, also within functions that they call.
    pub settings: Vec<String>,
}

/// A table of a database that migrations build.
#[derive(Debug, Clone)]
pub struct GuardedTable {
    /// Its name, with its schema where that is not `public`.
    pub name: String,
    /// `ENABLE ROW LEVEL SECURITY`.
    pub enabled: bool,
    /// `FORCE ROW LEVEL SECURITY`.
    pub forced: bool,
    /// Its policies.
    pub policies: Vec<TablePolicy>,
}

/// A policy that stands when the migrations have run.
#[derive(Debug, Clone)]
pub struct TablePolicy {
    /// Its name.
    pub name: String,
    /// Whether it narrows what others allow.
    pub restrictive: bool,
    /// `all`, `select`, `insert`, `update`, `delete`
    pub command: String,
    /// The roles; empty for everybody.
    pub roles: Vec<String>,
    /// `USING`, as written, in one line.
    pub using: Option<String>,
    /// `WITH CHECK`, as written, in one line.
    pub check: Option<String>,
    /// Where it is made.
    pub spot: Spot,
}

/// A role that migrations make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseRole {
    /// Its name.
    pub name: String,
    /// Whether it may connect.
    pub login: bool,
    /// `BYPASSRLS`.
    pub bypasses: bool,
}

/// One of the questions that an audit must answer.
#[derive(Debug, Clone)]
pub struct Point {
    /// `4.1a`
    pub number: String,
    /// The question.
    pub asks: String,
    /// The rules that decide it.
    pub rules: Vec<String>,
    /// The parts of the audit that show it, by their numbers: `3.2`.
    pub tables: Vec<String>,
    /// The ids of findings about it.
    pub findings: Vec<String>,
    /// The models that it is about, where it asks for those that play one part.
    pub about: Vec<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// What neither rules nor tables decide, and why; empty when nothing is left.
    pub beside: String,
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There are findings.
    Findings,
    /// It was judged, and nothing was found.
    Nothing,
    /// A table shows it.
    Shown,
    /// There is nothing here that it asks about, in words.
    Without(&'static str),
    /// It cannot be decided from the files.
    NotJudged,
}

impl Outcome {
    /// The word of machine formats.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Findings => "findings",
            Outcome::Nothing => "none",
            Outcome::Shown => "shown",
            Outcome::Without(_) => "without-subject",
            Outcome::NotJudged => "not-judged",
        }
    }
}

/// A search by distance, with what serves it.
#[derive(Debug, Clone)]
pub struct VectorSearch {
    /// Where it sorts.
    pub spot: Spot,
    /// The table of the vectors.
    pub table: String,
    /// Their column.
    pub column: String,
    /// The columns that its condition fixes to one value.
    pub filters: Vec<String>,
    /// The index that finds the rows which the condition leaves, with its columns.
    pub found_by: Option<(String, Vec<String>)>,
    /// The indexes of the vectors, each with its method.
    pub indexes: Vec<(String, String)>,
    /// Whether an index of vectors may serve it: the distance alone decides the order, and there is
    /// a limit.
    pub can_be_served: bool,
    /// Whether the condition holds rows back that are too far.
    pub bounded: bool,
    /// Whether the rows that it compares are those of one person.
    pub of_one_person: bool,
}

impl VectorSearch {
    /// How many rows one search compares exactly before an index of vectors pays.
    pub const MANY: usize = 10_000;

    /// The query that says whether one search compares more rows than that.
    #[must_use]
    pub fn measure(&self) -> String {
        let quote = |name: &String| format!("\"{}\"", name.replace('"', "\"\""));
        let (table, column) = (quote(&self.table), quote(&self.column));
        let keys: Vec<String> = self.filters.iter().map(quote).collect();
        let keys = keys.join(", ");
        let many = Self::MANY;
        match self.filters.is_empty() {
            true => format!(
                "SELECT count(*) FROM {table} WHERE {column} IS NOT NULL HAVING count(*) > {many};"
            ),
            false => format!(
                "SELECT {keys}, count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY {keys} HAVING count(*) > {many} ORDER BY count(*) DESC;"
            ),
        }
    }
}
