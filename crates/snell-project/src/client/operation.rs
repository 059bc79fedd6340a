//! The operations of Prisma Client.

/// An operation of a model's delegate, or of the client itself.
///
/// Source: Prisma Client API reference, "Model queries" and "Raw database access".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the method of that name")]
pub enum Operation {
    FindUnique,
    FindUniqueOrThrow,
    FindFirst,
    FindFirstOrThrow,
    FindMany,
    Create,
    CreateMany,
    CreateManyAndReturn,
    Update,
    UpdateMany,
    UpdateManyAndReturn,
    Upsert,
    Delete,
    DeleteMany,
    Count,
    Aggregate,
    GroupBy,
    FindRaw,
    AggregateRaw,
    QueryRaw,
    ExecuteRaw,
    QueryRawUnsafe,
    ExecuteRawUnsafe,
    QueryRawTyped,
    Transaction,
}

impl Operation {
    /// All operations, in the order of the reference.
    pub const ALL: [Operation; 25] = [
        Operation::FindUnique,
        Operation::FindUniqueOrThrow,
        Operation::FindFirst,
        Operation::FindFirstOrThrow,
        Operation::FindMany,
        Operation::Create,
        Operation::CreateMany,
        Operation::CreateManyAndReturn,
        Operation::Update,
        Operation::UpdateMany,
        Operation::UpdateManyAndReturn,
        Operation::Upsert,
        Operation::Delete,
        Operation::DeleteMany,
        Operation::Count,
        Operation::Aggregate,
        Operation::GroupBy,
        Operation::FindRaw,
        Operation::AggregateRaw,
        Operation::QueryRaw,
        Operation::ExecuteRaw,
        Operation::QueryRawUnsafe,
        Operation::ExecuteRawUnsafe,
        Operation::QueryRawTyped,
        Operation::Transaction,
    ];

    /// The operation of a method's name.
    #[must_use]
    pub fn named(name: &str) -> Option<Operation> {
        Operation::ALL
            .into_iter()
            .find(|operation| operation.as_str() == name)
    }

    /// The method's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::FindUnique => "findUnique",
            Operation::FindUniqueOrThrow => "findUniqueOrThrow",
            Operation::FindFirst => "findFirst",
            Operation::FindFirstOrThrow => "findFirstOrThrow",
            Operation::FindMany => "findMany",
            Operation::Create => "create",
            Operation::CreateMany => "createMany",
            Operation::CreateManyAndReturn => "createManyAndReturn",
            Operation::Update => "update",
            Operation::UpdateMany => "updateMany",
            Operation::UpdateManyAndReturn => "updateManyAndReturn",
            Operation::Upsert => "upsert",
            Operation::Delete => "delete",
            Operation::DeleteMany => "deleteMany",
            Operation::Count => "count",
            Operation::Aggregate => "aggregate",
            Operation::GroupBy => "groupBy",
            Operation::FindRaw => "findRaw",
            Operation::AggregateRaw => "aggregateRaw",
            Operation::QueryRaw => "$queryRaw",
            Operation::ExecuteRaw => "$executeRaw",
            Operation::QueryRawUnsafe => "$queryRawUnsafe",
            Operation::ExecuteRawUnsafe => "$executeRawUnsafe",
            Operation::QueryRawTyped => "$queryRawTyped",
            Operation::Transaction => "$transaction",
        }
    }

    /// Whether it is an operation of the client rather than of a model.
    #[must_use]
    pub fn is_of_client(self) -> bool {
        self.as_str().starts_with('$')
    }

    /// Whether it sends SQL that the author wrote.
    #[must_use]
    pub fn is_raw(self) -> bool {
        matches!(
            self,
            Operation::QueryRaw
                | Operation::ExecuteRaw
                | Operation::QueryRawUnsafe
                | Operation::ExecuteRawUnsafe
                | Operation::QueryRawTyped
        )
    }

    /// Whether it takes SQL as a plain string.
    #[must_use]
    pub fn is_unsafe_raw(self) -> bool {
        matches!(
            self,
            Operation::QueryRawUnsafe | Operation::ExecuteRawUnsafe
        )
    }

    /// Whether it changes rows of its model.
    #[must_use]
    pub fn is_write(self) -> bool {
        matches!(
            self,
            Operation::Create
                | Operation::CreateMany
                | Operation::CreateManyAndReturn
                | Operation::Update
                | Operation::UpdateMany
                | Operation::UpdateManyAndReturn
                | Operation::Upsert
                | Operation::Delete
                | Operation::DeleteMany
        )
    }

    /// Whether it inserts and never reads or changes rows that are there.
    #[must_use]
    pub fn is_create(self) -> bool {
        matches!(
            self,
            Operation::Create | Operation::CreateMany | Operation::CreateManyAndReturn
        )
    }

    /// Whether it gives rows of its model, as `select` and `include` shape them.
    #[must_use]
    pub fn gives_rows(self) -> bool {
        matches!(
            self,
            Operation::FindUnique
                | Operation::FindUniqueOrThrow
                | Operation::FindFirst
                | Operation::FindFirstOrThrow
                | Operation::FindMany
                | Operation::Create
                | Operation::CreateManyAndReturn
                | Operation::Update
                | Operation::UpdateManyAndReturn
                | Operation::Upsert
                | Operation::Delete
        )
    }

    /// Whether it looks for rows and gives them back, and changes nothing.
    #[must_use]
    pub fn finds_rows(self) -> bool {
        self.gives_rows() && !self.is_write()
    }

    /// Whether it reckons over rows and gives none of them back.
    #[must_use]
    pub fn reckons(self) -> bool {
        matches!(
            self,
            Operation::Count | Operation::Aggregate | Operation::GroupBy
        )
    }

    /// Whether its `where` names one row by a unique criterion.
    #[must_use]
    pub fn is_by_unique(self) -> bool {
        matches!(
            self,
            Operation::FindUnique
                | Operation::FindUniqueOrThrow
                | Operation::Update
                | Operation::Upsert
                | Operation::Delete
        )
    }

    /// Whether the name is Prisma's own: `findMany` hardly means anything
    /// else, `create`, `update` and `delete` are everybody's.
    #[must_use]
    pub fn is_distinctive(self) -> bool {
        !matches!(
            self,
            Operation::Create
                | Operation::Update
                | Operation::Delete
                | Operation::Count
                | Operation::Aggregate
        )
    }
}
