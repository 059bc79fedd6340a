//! What PostgreSQL and the usual extensions bring along: types, casts, operators,
//! functions, operator classes and system relations, as a real server lists them.
//!
//! `data/generate.mjs` writes the tables from `pg_type`, `pg_cast`, `pg_operator`,
//! `pg_proc`, `pg_opclass` and `pg_class`; nothing here is a list by hand.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A type. Built-in types keep PostgreSQL's own OID; those of extensions start at
/// [`TypeId::EXTENSIONS`], those that migrations create at [`TypeId::USER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TypeId(pub u32);

#[allow(missing_docs)]
impl TypeId {
    pub const EXTENSIONS: u32 = 100_000;
    pub const USER: u32 = 1_000_000;
    pub const BOOL: TypeId = TypeId(16);
    pub const BYTEA: TypeId = TypeId(17);
    pub const CHAR: TypeId = TypeId(18);
    pub const NAME: TypeId = TypeId(19);
    pub const INT8: TypeId = TypeId(20);
    pub const INT2: TypeId = TypeId(21);
    pub const INT4: TypeId = TypeId(23);
    pub const TEXT: TypeId = TypeId(25);
    pub const OID: TypeId = TypeId(26);
    pub const JSON: TypeId = TypeId(114);
    pub const XML: TypeId = TypeId(142);
    pub const FLOAT4: TypeId = TypeId(700);
    pub const FLOAT8: TypeId = TypeId(701);
    pub const UNKNOWN: TypeId = TypeId(705);
    pub const BPCHAR: TypeId = TypeId(1042);
    pub const VARCHAR: TypeId = TypeId(1043);
    pub const DATE: TypeId = TypeId(1082);
    pub const TIME: TypeId = TypeId(1083);
    pub const TIMESTAMP: TypeId = TypeId(1114);
    pub const TIMESTAMPTZ: TypeId = TypeId(1184);
    pub const INTERVAL: TypeId = TypeId(1186);
    pub const TIMETZ: TypeId = TypeId(1266);
    pub const BIT: TypeId = TypeId(1560);
    pub const VARBIT: TypeId = TypeId(1562);
    pub const NUMERIC: TypeId = TypeId(1700);
    pub const REGCLASS: TypeId = TypeId(2205);
    pub const RECORD: TypeId = TypeId(2249);
    pub const VOID: TypeId = TypeId(2278);
    pub const TRIGGER: TypeId = TypeId(2279);
    pub const UUID: TypeId = TypeId(2950);
    pub const JSONB: TypeId = TypeId(3802);
}

/// A built-in type, or one of an extension.
#[derive(Debug, Clone)]
pub(crate) struct LibraryType {
    pub(crate) id: TypeId,
    pub(crate) name: SmolStr,
    /// `pg_type.typcategory`.
    pub(crate) category: char,
    pub(crate) preferred: bool,
    /// `pg_type.typtype`: base, pseudo, range, multirange.
    pub(crate) kind: char,
    pub(crate) element: Option<TypeId>,
    pub(crate) array: Option<TypeId>,
    pub(crate) extension: Option<&'static str>,
}

/// A function, aggregate, window function or procedure.
#[derive(Debug, Clone)]
pub(crate) struct LibraryFunction {
    /// `pg_proc.prokind`: function, aggregate, window, procedure.
    pub(crate) kind: char,
    /// The element type behind `VARIADIC`.
    pub(crate) variadic: Option<TypeId>,
    pub(crate) defaults: usize,
    pub(crate) result: TypeId,
    pub(crate) arguments: Vec<TypeId>,
    /// `OUT` and `TABLE` columns.
    pub(crate) outputs: Vec<(SmolStr, TypeId)>,
    pub(crate) extension: Option<&'static str>,
}

/// An operator; a prefix operator has no left side.
#[derive(Debug, Clone)]
pub(crate) struct LibraryOperator {
    pub(crate) left: Option<TypeId>,
    pub(crate) right: TypeId,
    pub(crate) result: TypeId,
    pub(crate) extension: Option<&'static str>,
}

/// When a cast may happen by itself (`pg_cast.castcontext`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CastContext {
    Explicit,
    Assignment,
    Implicit,
}

/// An operator class of an index method.
#[derive(Debug, Clone)]
pub(crate) struct OperatorClass {
    pub(crate) method: SmolStr,
    pub(crate) name: SmolStr,
    pub(crate) input: TypeId,
    pub(crate) default: bool,
    pub(crate) extension: Option<&'static str>,
}

/// A table or view of `pg_catalog` or `information_schema`.
#[derive(Debug, Clone)]
pub(crate) struct SystemRelation {
    pub(crate) columns: Vec<(SmolStr, TypeId, bool)>,
}

/// Everything that the tables under `data/` hold.
#[derive(Debug, Default)]
pub(crate) struct Library {
    pub(crate) types: FxHashMap<TypeId, LibraryType>,
    pub(crate) type_names: FxHashMap<SmolStr, TypeId>,
    pub(crate) functions: FxHashMap<SmolStr, Vec<LibraryFunction>>,
    pub(crate) operators: FxHashMap<SmolStr, Vec<LibraryOperator>>,
    pub(crate) casts: FxHashMap<(TypeId, TypeId), CastContext>,
    pub(crate) classes: Vec<OperatorClass>,
    pub(crate) relations: FxHashMap<(SmolStr, SmolStr), SystemRelation>,
}

const CORE: &str = include_str!("../data/postgres.tsv");
const EXTENSIONS: &[(&str, &str)] = &[
    ("btree_gin", include_str!("../data/btree_gin.tsv")),
    ("btree_gist", include_str!("../data/btree_gist.tsv")),
    ("citext", include_str!("../data/citext.tsv")),
    ("cube", include_str!("../data/cube.tsv")),
    ("fuzzystrmatch", include_str!("../data/fuzzystrmatch.tsv")),
    ("hstore", include_str!("../data/hstore.tsv")),
    ("intarray", include_str!("../data/intarray.tsv")),
    ("ltree", include_str!("../data/ltree.tsv")),
    ("pg_trgm", include_str!("../data/pg_trgm.tsv")),
    ("pgcrypto", include_str!("../data/pgcrypto.tsv")),
    ("tablefunc", include_str!("../data/tablefunc.tsv")),
    ("unaccent", include_str!("../data/unaccent.tsv")),
    ("uuid-ossp", include_str!("../data/uuid-ossp.tsv")),
    ("vector", include_str!("../data/vector.tsv")),
];

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let mut library = Library::default();
    library.load(CORE, None);
    for (extension, table) in EXTENSIONS {
        library.load(table, Some(extension));
    }
    library
});

/// The library, read once for each process.
pub(crate) fn library() -> &'static Library {
    &LIBRARY
}

/// Whether the contents of an extension are known.
pub(crate) fn knows_extension(name: &str) -> bool {
    name == "plpgsql" || EXTENSIONS.iter().any(|(known, _)| *known == name)
}

impl Library {
    fn load(&mut self, table: &'static str, extension: Option<&'static str>) {
        let rows: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split('\t').collect())
            .collect();
        // Types first: everything else names them.
        for row in rows.iter().filter(|row| row[0] == "T") {
            self.add_type(row, extension);
        }
        for row in rows.iter().filter(|row| row[0] == "T") {
            self.link_type(row);
        }
        for row in &rows {
            let read = match row[0] {
                "C" => self.add_cast(row),
                "O" => self.add_operator(row, extension),
                "F" => self.add_function(row, extension),
                "K" => self.add_class(row, extension),
                "R" => self.add_relation(row),
                _ => Some(()),
            };
            debug_assert!(read.is_some() || row[0] != "C", "unreadable row {row:?}");
        }
    }

    fn named(&self, name: &str) -> Option<TypeId> {
        self.type_names.get(name).copied()
    }

    fn add_type(&mut self, row: &[&str], extension: Option<&'static str>) {
        let oid: u32 = row[1].parse().unwrap_or_default();
        let id = match extension {
            None => TypeId(oid),
            Some(_) => TypeId(TypeId::EXTENSIONS + u32::try_from(self.types.len()).unwrap_or(0)),
        };
        let name = SmolStr::from(row[2]);
        self.type_names.insert(name.clone(), id);
        self.types.insert(
            id,
            LibraryType {
                id,
                name,
                category: row[3].chars().next().unwrap_or('U'),
                preferred: row[4] == "t",
                kind: row[5].chars().next().unwrap_or('b'),
                element: None,
                array: None,
                extension,
            },
        );
    }

    /// Joins arrays with their elements. `name` and `vector`s of old have elements but are no arrays.
    fn link_type(&mut self, row: &[&str]) {
        if row[3] != "A" || !row[2].starts_with('_') {
            return;
        }
        let (Some(array), Some(element)) = (self.named(row[2]), self.named(row[6])) else {
            return;
        };
        if let Some(entry) = self.types.get_mut(&array) {
            entry.element = Some(element);
        }
        if let Some(entry) = self.types.get_mut(&element) {
            entry.array = Some(array);
        }
    }

    fn add_cast(&mut self, row: &[&str]) -> Option<()> {
        let context = match row[3] {
            "i" => CastContext::Implicit,
            "a" => CastContext::Assignment,
            _ => CastContext::Explicit,
        };
        let pair = (self.named(row[1])?, self.named(row[2])?);
        self.casts.insert(pair, context);
        Some(())
    }

    fn add_operator(&mut self, row: &[&str], extension: Option<&'static str>) -> Option<()> {
        let operator = LibraryOperator {
            left: match row[2] {
                "-" => None,
                left => Some(self.named(left)?),
            },
            right: self.named(row[3])?,
            result: self.named(row[4])?,
            extension,
        };
        self.operators
            .entry(row[1].into())
            .or_default()
            .push(operator);
        Some(())
    }

    fn add_function(&mut self, row: &[&str], extension: Option<&'static str>) -> Option<()> {
        let list = |text: &str| -> Option<Vec<TypeId>> {
            if text == "-" {
                return Some(Vec::new());
            }
            text.split(',').map(|name| self.named(name)).collect()
        };
        let outputs = if row[9] == "-" {
            Vec::new()
        } else {
            row[9]
                .split(',')
                .map(|output| {
                    let (name, kind) = output.rsplit_once(' ')?;
                    Some((SmolStr::from(name), self.named(kind)?))
                })
                .collect::<Option<_>>()?
        };
        let function = LibraryFunction {
            kind: row[2].chars().next()?,
            variadic: self.named(row[4]),
            defaults: row[5].parse().ok()?,
            result: self.named(row[7])?,
            arguments: list(row[8])?,
            outputs,
            extension,
        };
        self.functions
            .entry(row[1].into())
            .or_default()
            .push(function);
        Some(())
    }

    fn add_class(&mut self, row: &[&str], extension: Option<&'static str>) -> Option<()> {
        self.classes.push(OperatorClass {
            method: row[1].into(),
            name: row[2].into(),
            input: self.named(row[3])?,
            default: row[4] == "t",
            extension,
        });
        Some(())
    }

    fn add_relation(&mut self, row: &[&str]) -> Option<()> {
        let columns = row[4]
            .split(',')
            .map(|column| {
                let mut parts = column.split(' ');
                let name = SmolStr::from(parts.next()?);
                let kind = self.named(parts.next()?).unwrap_or(TypeId::TEXT);
                Some((name, kind, parts.next() == Some("!")))
            })
            .collect::<Option<_>>()?;
        self.relations
            .insert((row[1].into(), row[2].into()), SystemRelation { columns });
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constants_are_the_servers() {
        for (name, id) in [
            ("bool", TypeId::BOOL),
            ("int8", TypeId::INT8),
            ("text", TypeId::TEXT),
            ("numeric", TypeId::NUMERIC),
            ("timestamptz", TypeId::TIMESTAMPTZ),
            ("jsonb", TypeId::JSONB),
            ("unknown", TypeId::UNKNOWN),
            ("regclass", TypeId::REGCLASS),
        ] {
            assert_eq!(library().type_names.get(name), Some(&id), "{name}");
        }
    }

    #[test]
    fn extensions_bring_their_own() {
        let vector = library().type_names["vector"];
        assert!(vector.0 >= TypeId::EXTENSIONS);
        let cosine = library().operators["<=>"]
            .iter()
            .find(|operator| operator.left == Some(vector))
            .expect("a cosine distance");
        assert_eq!(cosine.result, TypeId::FLOAT8);
        assert_eq!(cosine.extension, Some("vector"));
    }

    #[test]
    fn arrays_know_their_elements() {
        let array = library().types[&TypeId::TEXT].array.expect("text[]");
        assert_eq!(library().types[&array].element, Some(TypeId::TEXT));
    }
}
