//! The tables of the live schemas and what links them, as plain data.

use serde::Serialize;

/// Entities and relations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Erd {
    /// The schemas that were read, by their paths.
    pub schemas: Vec<String>,
    /// Their models and views, in the order of the schemas.
    pub tables: Vec<Table>,
    /// What leads from one to another, in the order of the tables that hold the keys.
    pub links: Vec<Link>,
}

/// A model or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// Which of the schemas.
    pub schema: usize,
    /// Its name in the schema.
    pub name: String,
    /// Its name in the database.
    pub database_name: String,
    /// Whether it is a view.
    pub view: bool,
    /// Whose its rows are.
    pub holder: Holder,
    /// How that is known, in words: `session.user`.
    pub owner: Option<String>,
    /// Its columns, in the order of the schema.
    pub columns: Vec<Column>,
}

/// Whose the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// The rows are the owners: people, accounts, tenants.
    Owner,
    /// A column of the table names the owner.
    Direct,
    /// Another table's row names the owner.
    Through,
    /// Two owners have a part in each row.
    Shared,
    /// Nobody.
    Global,
}

impl Holder {
    /// Every holder, in the order of the legend.
    pub const ALL: [Holder; 5] = [
        Holder::Owner,
        Holder::Direct,
        Holder::Through,
        Holder::Shared,
        Holder::Global,
    ];

    /// Its name, as diagrams use it for classes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Holder::Owner => "owner",
            Holder::Direct => "direct",
            Holder::Through => "through",
            Holder::Shared => "shared",
            Holder::Global => "global",
        }
    }

    /// What it means, for legends.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Holder::Owner => "owner",
            Holder::Direct => "owned directly",
            Holder::Through => "owned through another table",
            Holder::Shared => "shared by owners",
            Holder::Global => "no owner found",
        }
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Its name in the schema.
    pub name: String,
    /// Its type in the schema: `String`, `Role`, `vector(1536)`.
    pub kind: String,
    /// Whether it may be null.
    pub optional: bool,
    /// Whether it holds a list.
    pub list: bool,
    /// Whether it belongs to the primary key.
    pub primary: bool,
    /// Whether it is unique by itself.
    pub unique: bool,
    /// Whether a link of the diagram starts at it.
    pub foreign: bool,
}

/// What leads from one table to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The table that holds the key; column `A`'s of a join table.
    pub from: usize,
    /// The table that the key leads to.
    pub to: usize,
    /// The key's columns, by their positions.
    pub columns: Vec<usize>,
    /// The columns that they reference, by their positions.
    pub references: Vec<usize>,
    /// Who keeps it.
    pub kept: Kept,
    /// What becomes of the row when the one that it leads to is deleted.
    pub on_delete: Option<OnDelete>,
    /// Whether every row has one.
    pub required: bool,
    /// Whether at most one row leads to the same one.
    pub single: bool,
}

/// Who keeps a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// A foreign key.
    ForeignKey,
    /// A foreign key that the migrations make and the schema does not know.
    Migrations,
    /// A table between the two, of this name.
    JoinTable(String),
    /// Nobody: the schema says so, and no migration makes the foreign key.
    Unbuilt,
    /// Prisma's client alone (`relationMode = "prisma"`).
    Client,
    /// Nobody: a column is named and typed like a key, and no relation uses it.
    Undeclared,
}

impl Kept {
    /// Whether the database lets rows lead to nothing.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Kept::Unbuilt | Kept::Client | Kept::Undeclared)
    }
}

/// `ON DELETE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDelete {
    /// The row goes too.
    Cascade,
    /// The deletion fails.
    Restrict,
    /// The deletion fails when the constraint is checked.
    NoAction,
    /// The key becomes null.
    SetNull,
    /// The key becomes its default.
    SetDefault,
}

impl OnDelete {
    /// As SQL says it, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            OnDelete::Cascade => "cascade",
            OnDelete::Restrict => "restrict",
            OnDelete::NoAction => "no action",
            OnDelete::SetNull => "set null",
            OnDelete::SetDefault => "set default",
        }
    }
}

impl Erd {
    /// The part that stands around some models: these, and what is linked to them.
    /// Names are compared as they are written, those of the database too.
    #[must_use]
    pub fn around(&self, names: &[String]) -> Erd {
        let is_named = |table: &Table| {
            let mut names = names.iter();
            names.any(|name| *name == table.name || *name == table.database_name)
        };
        let named: Vec<bool> = self.tables.iter().map(is_named).collect();
        let mut kept = named.clone();
        for link in &self.links {
            if named[link.from] || named[link.to] {
                kept[link.from] = true;
                kept[link.to] = true;
            }
        }
        let mut place = vec![None; self.tables.len()];
        let mut tables = Vec::new();
        for (old, table) in self.tables.iter().enumerate().filter(|(old, _)| kept[*old]) {
            place[old] = Some(tables.len());
            tables.push(table.clone());
        }
        // What only the neighbours have with each other is left out.
        let touching = self
            .links
            .iter()
            .filter(|link| named[link.from] || named[link.to]);
        let links = touching.filter_map(|link| {
            Some(Link {
                from: place[link.from]?,
                to: place[link.to]?,
                ..link.clone()
            })
        });
        Erd {
            schemas: self.schemas.clone(),
            links: links.collect(),
            tables,
        }
    }
}
