//! What people want to read in an audit.

/// What the user wants to read, part by part: the heading of the part, and for each bullet words
/// that its text must have. A part ends where the next one begins.
pub(crate) const BULLETS: [(&str, &[(&str, &str)]); 9] = [
    (
        "## 1. Executive summary",
        &[
            (
                "health by area and severity",
                "| Area | Critical | High | Medium | Low | Info |",
            ),
            ("the few things to fix first", "### Fix first"),
            (
                "patterns with their share",
                "names of models: PascalCase (all ",
            ),
            ("what is sound", "### What is sound"),
            ("what could not be judged", "### What could not be judged"),
        ],
    ),
    (
        "## 2. Findings",
        &[
            ("category", "### 2.4 Security and data isolation"),
            ("severity and confidence", "critical, "),
            ("location", ".ts:"),
            ("example", "```ts"),
            ("impact", "- **Impact**: "),
            ("recommendation", "- **Recommendation**: "),
            ("migration history", "#### Migration history"),
            (
                "reversible, destructive, locks, data, replay",
                "| Reversible | Destructive | Locks told | Changes rows | Replayed on an empty database |",
            ),
            ("applied ones stay", "do not edit"),
            ("seed coverage", "#### Seed coverage"),
            ("documentation coverage", "#### Documentation coverage"),
            (
                "the life of what talks",
                "#### The life of sessions, messages, agents, memories, translations and credentials",
            ),
        ],
    ),
    (
        "## 3. Schema analysis",
        &[
            ("the diagram", "```mermaid\nerDiagram"),
            ("normalization", "### 3.2 Normalization"),
            (
                "intentional denormalizations",
                "Intentional, as far as the code tells",
            ),
            (
                "every foreign key with its action",
                "| Foreign key | Refers to | Required | On delete | Index | Where |",
            ),
            (
                "what a deletion removes",
                "The deletion of a row of `User` takes along",
            ),
            ("constraints", "### 3.4 Constraints"),
            ("drift", "### 3.5 Schema against migrations"),
        ],
    ),
    (
        "## 4. Index analysis",
        &[
            (
                "every index with purpose, queries, verdict",
                "| Table | Index | Columns | Purpose | Used by | Verdict |",
            ),
            (
                "missing ones with Prisma and SQL",
                "| Model | In the schema | On a table in use, alone in its migration |",
            ),
            (
                "redundant and unused",
                "### 4.3 Redundant and unused indexes",
            ),
            ("vector search", "### 4.4 Vector search"),
            (
                "composite, partial, covering, expression",
                "### 4.5 Composite, partial, covering and expression indexes",
            ),
        ],
    ),
    (
        "## 5. Application consistency",
        &[
            ("schema and code", "### 5.1 Schema and code"),
            ("enums", "### 5.2 Enums and closed sets of values"),
            ("DTOs", "### 5.3 DTOs, response types and front ends"),
            ("unused and missing fields", "### 5.4 The life of fields"),
            ("query patterns", "### 5.5 Query patterns"),
            (
                "raw queries with verdicts",
                "| Where | Method | Reads | Writes | Parameters | Whose rows | Verdict | Findings |",
            ),
            ("vector search in code", "### 5.7 Vector search in code"),
        ],
    ),
    (
        "## 6. Performance",
        &[
            (
                "query budgets",
                "| Endpoint | Queries | Who is let through | Where |",
            ),
            (
                "growing tables with evidence",
                "| Model | Growth | Rows are made at | By | Rows go | Archival and partitions |",
            ),
            ("pagination and retention", "Growth, in part 2:"),
            ("vector search at scale", "### 6.3 Vector search at scale"),
        ],
    ),
    (
        "## 7. Security",
        &[
            ("isolation matrix", "| Endpoint | Models by verdict |"),
            ("ready policies", "CREATE POLICY "),
            ("administrators", "### 7.3 Roles and permissions"),
            (
                "secrets, cell by cell",
                "| Column | Kind | Written by | Algorithm | IV | Tag | Key source | Key version | Decrypted at | Returned by | Logged at | Verdict |",
            ),
            ("personal data", "| Personal data | Kind | Written by |"),
            (
                "the identity provider",
                "### 7.5 The identity provider and its webhooks",
            ),
        ],
    ),
    (
        "## 8. Refactoring plan",
        &[
            ("four phases", "### Phase 4: names and schema documentation"),
            ("total effort", "- **Total effort**: "),
            ("overall risk", "- **Overall risk**: "),
            ("migration order", "- **Migration order**: "),
            ("tests", "- **Test T1**: "),
            ("dependencies", "- **Depends on**: "),
            (
                "steps",
                "| Step | What is mended | Findings | Effort | Complexity | Strategy | Risk | Test | Depends on |",
            ),
            ("statements", "```sql\n"),
            ("what the schema says", "In the schema:"),
        ],
    ),
    (
        "## 9. Recommendations",
        &[
            ("practices", "- **One way to a user's rows**"),
            ("tools", "### Tools"),
            ("monitoring", "pg_stat_user_indexes"),
            ("vectors", "### Vector strategy"),
        ],
    ),
];
