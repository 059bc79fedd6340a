//! Finding objects by name, and the names that PostgreSQL gives where none is written.

use smol_str::SmolStr;

use super::{Catalog, Function, Relation, RelationId, RelationKind, TEMPORARY, Table, TypeId};
use crate::ast::ObjectName;
use crate::library::{OperatorClass, library};

/// PostgreSQL cuts names at this many bytes.
const NAME_BYTES: usize = 63;

impl Catalog {
    /// The relation that a name means.
    #[must_use]
    pub fn find(&self, name: &ObjectName) -> Option<&Relation> {
        self.find_named(
            name.schema.as_ref().map(|schema| schema.text.as_str()),
            &name.name.text,
        )
    }

    /// The relation that a name means, its schema apart.
    #[must_use]
    pub fn find_named(&self, schema: Option<&str>, name: &str) -> Option<&Relation> {
        let at = |schema: &str| {
            self.names
                .get(&(schema.into(), name.into()))
                .and_then(|id| self.relation(*id))
        };
        match schema {
            Some(schema) => at(schema),
            None => at(TEMPORARY).or_else(|| self.search_path.iter().find_map(|s| at(s))),
        }
    }

    /// The table that a name means.
    #[must_use]
    pub fn find_table(&self, name: &ObjectName) -> Option<(&Relation, &Table)> {
        let relation = self.find(name)?;
        match &relation.kind {
            RelationKind::Table(table) => Some((relation, table)),
            _ => None,
        }
    }

    /// The name of a column of a table or view.
    #[must_use]
    pub fn column_name(&self, id: RelationId, number: u16) -> Option<String> {
        match &self.relation(id)?.kind {
            RelationKind::Table(table) => Some(table.column_at(number)?.name.to_string()),
            RelationKind::View(view) => {
                let column = view.columns.get(usize::from(number).checked_sub(1)?)?;
                Some(column.name.to_string())
            }
            _ => None,
        }
    }

    /// Whether any function goes by a name: one that migrations create, a built-in one, or one
    /// of an extension, installed or not.
    #[must_use]
    pub fn has_function(&self, name: &str) -> bool {
        self.functions.iter().any(|function| function.name == name)
            || library().functions.contains_key(name)
    }

    /// Functions of a name, in any schema of the search path or the one written.
    pub fn functions_named<'a>(
        &'a self,
        schema: Option<&'a str>,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Function> {
        self.functions
            .iter()
            .map(AsRef::as_ref)
            .filter(move |function| {
                function.name == name
                    && match schema {
                        Some(schema) => function.schema == schema,
                        None => self.search_path.contains(&function.schema),
                    }
            })
    }

    /// Where a new object of that name is created.
    pub(crate) fn creation_schema(&self, name: &ObjectName, temporary: bool) -> SmolStr {
        if temporary {
            return TEMPORARY.into();
        }
        match &name.schema {
            Some(schema) => schema.text.clone(),
            None => self
                .search_path
                .iter()
                .find(|schema| self.schemas.contains_key(*schema))
                .cloned()
                .unwrap_or_else(|| "public".into()),
        }
    }

    /// Whether an installed extension brings what belongs to `extension`.
    pub(crate) fn installed(&self, extension: Option<&str>) -> bool {
        extension.is_none_or(|name| self.extensions.contains_key(name))
    }

    /// An operator class of a method by name.
    pub(crate) fn class_named(&self, method: &str, name: &str) -> Option<&'static OperatorClass> {
        library().classes.iter().find(|class| {
            class.method == method && class.name == name && self.installed(class.extension)
        })
    }

    /// The operator class that an index of `method` takes for a type by itself.
    pub(crate) fn default_class(&self, method: &str, id: TypeId) -> Option<&'static OperatorClass> {
        let defaults = || {
            library().classes.iter().filter(|class| {
                class.default && class.method == method && self.installed(class.extension)
            })
        };
        let id = self.base_of(id);
        let traits = self.traits(id)?;
        let generic = match (traits.kind, traits.category) {
            ('e', _) => Some("anyenum"),
            ('r', _) => Some("anyrange"),
            ('m', _) => Some("anymultirange"),
            ('c', _) => Some("record"),
            (_, 'A') => Some("anyarray"),
            _ => None,
        };
        let by_name = |name: &str| {
            let input = *library().type_names.get(name)?;
            defaults().find(|class| class.input == input)
        };
        defaults()
            .find(|class| class.input == id)
            .or_else(|| generic.and_then(by_name))
            .or_else(|| (id == TypeId::VARCHAR).then(|| by_name("text")).flatten())
    }

    /// A free name for an index, constraint or sequence, as `ChooseRelationName` makes it.
    pub(crate) fn choose_name(
        &self,
        schema: &str,
        first: &str,
        second: &str,
        label: &str,
        taken: &dyn Fn(&str) -> bool,
    ) -> SmolStr {
        for attempt in 0_u32.. {
            let label = match attempt {
                0 => label.to_owned(),
                n => format!("{label}{n}"),
            };
            let name = object_name(first, second, &label);
            let key = (SmolStr::from(schema), name.clone());
            if !self.names.contains_key(&key) && !taken(&name) {
                return name;
            }
        }
        unreachable!("some number is free")
    }

    /// Whether any table of a schema has a constraint of that name.
    pub(crate) fn constraint_in_schema(&self, schema: &str, name: &str) -> bool {
        self.tables()
            .any(|(relation, table)| relation.schema == schema && table.constraint(name).is_some())
    }

    /// Who points to a table with a foreign key: table and constraint.
    pub fn references_to(
        &self,
        id: RelationId,
    ) -> impl Iterator<Item = (&Relation, &super::Constraint, &super::Reference)> {
        self.tables().flat_map(move |(relation, table)| {
            table
                .constraints
                .iter()
                .filter_map(move |constraint| match &constraint.kind {
                    super::TableConstraint::ForeignKey(reference) if reference.table == id => {
                        Some((relation, constraint, reference))
                    }
                    _ => None,
                })
        })
    }
}

/// `makeObjectName`: two names and a label, the longer name cut first.
pub(crate) fn object_name(first: &str, second: &str, label: &str) -> SmolStr {
    let mut overhead = label.len() + 1;
    if !second.is_empty() {
        overhead += 1;
    }
    let available = NAME_BYTES.saturating_sub(overhead);
    let (mut left, mut right) = (first.len(), second.len());
    while left + right > available && left + right > 0 {
        if left > right {
            left -= 1;
        } else {
            right -= 1;
        }
    }
    let left = floor_boundary(first, left);
    let right = floor_boundary(second, right);
    if second.is_empty() {
        format!("{left}_{label}").into()
    } else {
        format!("{left}_{right}_{label}").into()
    }
}

fn floor_boundary(text: &str, mut end: usize) -> &str {
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_like_postgresql_does() {
        assert_eq!(object_name("user", "email", "key"), "user_email_key");
        let long = object_name(&"t".repeat(60), &"c".repeat(20), "fkey");
        assert_eq!(long.len(), NAME_BYTES);
        assert!(long.ends_with(&format!("_{}_fkey", "c".repeat(20))));
        assert_eq!(object_name(&"é".repeat(40), "", "pkey").len(), 63);
    }
}
