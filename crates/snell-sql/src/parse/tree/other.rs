//! `DROP`, `RENAME`, `SET SCHEMA`, `COMMENT`, transactions and the session.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::names::{string_value, words};
use super::{Lower, child, children, has, has_token};
use crate::ast::{
    Comment, Drop, DropTarget, ObjectKind, ObjectName, Rebuild, RebuildKind, Refresh, Rename,
    SetParameter, SetSchema, StatementKind, Transaction, TypeName,
};

/// What a `DROP` node drops, and the node that names it.
fn dropped(kind: K) -> Option<(ObjectKind, K)> {
    use ObjectKind as O;
    Some(match kind {
        K::DROP_TABLE => (O::Table, K::TABLE_NAME_REF),
        K::DROP_FOREIGN_TABLE => (O::ForeignTable, K::TABLE_NAME_REF),
        K::DROP_VIEW => (O::View, K::VIEW_REF),
        K::DROP_MATERIALIZED_VIEW => (O::MaterializedView, K::VIEW_REF),
        K::DROP_INDEX => (O::Index, K::INDEX_REF),
        K::DROP_SEQUENCE => (O::Sequence, K::SEQUENCE_REF),
        K::DROP_TYPE => (O::Type, K::TYPE_NAME_REF),
        K::DROP_DOMAIN => (O::Domain, K::DOMAIN_REF),
        K::DROP_SCHEMA => (O::Schema, K::SCHEMA_REF),
        K::DROP_EXTENSION => (O::Extension, K::EXTENSION_REF),
        K::DROP_TRIGGER => (O::Trigger, K::TRIGGER_REF),
        K::DROP_POLICY => (O::Policy, K::POLICY_REF),
        K::DROP_RULE => (O::Rule, K::RULE_REF),
        K::DROP_PUBLICATION => (O::Publication, K::PUBLICATION_REF),
        K::DROP_AGGREGATE => (O::Aggregate, K::AGGREGATE),
        K::DROP_FUNCTION => (O::Function, K::FUNCTION_SIG),
        K::DROP_PROCEDURE => (O::Procedure, K::PROCEDURE_SIG),
        K::DROP_ROUTINE => (O::Routine, K::ROUTINE_SIG),
        _ => return None,
    })
}

/// What an `ALTER` node alters, and the node that names it.
fn altered(kind: K) -> Option<(ObjectKind, K)> {
    use ObjectKind as O;
    Some(match kind {
        K::ALTER_INDEX => (O::Index, K::INDEX_REF),
        K::ALTER_SEQUENCE => (O::Sequence, K::SEQUENCE_REF),
        K::ALTER_TYPE => (O::Type, K::TYPE_NAME_REF),
        K::ALTER_DOMAIN => (O::Domain, K::DOMAIN_REF),
        K::ALTER_SCHEMA => (O::Schema, K::SCHEMA_REF),
        K::ALTER_EXTENSION => (O::Extension, K::EXTENSION_REF),
        K::ALTER_TRIGGER => (O::Trigger, K::TRIGGER_REF),
        K::ALTER_POLICY => (O::Policy, K::POLICY_REF),
        K::ALTER_RULE => (O::Rule, K::RULE_REF),
        K::ALTER_FUNCTION => (O::Function, K::FUNCTION_SIG),
        K::ALTER_PROCEDURE => (O::Procedure, K::PROCEDURE_SIG),
        K::ALTER_ROUTINE => (O::Routine, K::ROUTINE_SIG),
        _ => return None,
    })
}

fn described(kind: K) -> ObjectKind {
    use ObjectKind as O;
    match kind {
        K::OBJECT_TABLE => O::Table,
        K::OBJECT_COLUMN => O::Column,
        K::OBJECT_CONSTRAINT => O::Constraint,
        K::OBJECT_VIEW => O::View,
        K::OBJECT_MATERIALIZED_VIEW => O::MaterializedView,
        K::OBJECT_INDEX => O::Index,
        K::OBJECT_SEQUENCE => O::Sequence,
        K::OBJECT_TYPE => O::Type,
        K::OBJECT_DOMAIN => O::Domain,
        K::OBJECT_SCHEMA => O::Schema,
        K::OBJECT_EXTENSION => O::Extension,
        K::OBJECT_FUNCTION => O::Function,
        K::OBJECT_PROCEDURE => O::Procedure,
        K::OBJECT_TRIGGER => O::Trigger,
        K::OBJECT_POLICY => O::Policy,
        _ => O::Other,
    }
}

impl Lower<'_> {
    pub(super) fn other_statement(&self, node: &SyntaxNode) -> Option<StatementKind> {
        use StatementKind as S;
        if let Some((kind, name)) = dropped(node.kind()) {
            return Some(S::Drop(self.drop_statement(node, kind, name)));
        }
        if let Some((kind, name)) = altered(node.kind()) {
            return self.alter_statement(node, kind, name);
        }
        Some(match node.kind() {
            K::COMMENT_ON => S::Comment(self.comment(node)?),
            K::TRUNCATE => S::Truncate(self.relations(node)),
            K::LOCK => S::Lock(self.relations(node)),
            K::REFRESH => S::Refresh(Refresh {
                name: self.child_object(node, K::VIEW_REF)?,
                concurrently: has_token(node, K::CONCURRENTLY_KW),
            }),
            K::REINDEX => S::Rebuild(self.reindex(node)),
            K::VACUUM if is_full(node) => S::Rebuild(self.rebuild(node, RebuildKind::VacuumFull)),
            K::CLUSTER => S::Rebuild(self.rebuild(node, RebuildKind::Cluster)),
            K::CREATE_PUBLICATION => S::Publication(self.child_name(node, K::PUBLICATION)?, true),
            K::ALTER_PUBLICATION => {
                S::Publication(self.child_name(node, K::PUBLICATION_REF)?, false)
            }
            K::SET | K::RESET => S::Set(self.set_parameter(node)?),
            _ => return self.transaction(node).map(S::Transaction),
        })
    }

    fn rebuild(&self, node: &SyntaxNode, kind: RebuildKind) -> Rebuild {
        Rebuild {
            kind,
            names: self.relations(node),
            concurrently: false,
        }
    }

    fn reindex(&self, node: &SyntaxNode) -> Rebuild {
        let targets = [
            (K::REINDEX_TARGET_INDEX, ObjectKind::Index, K::INDEX_REF),
            (
                K::REINDEX_TARGET_TABLE,
                ObjectKind::Table,
                K::TABLE_NAME_REF,
            ),
            (K::REINDEX_TARGET_SCHEMA, ObjectKind::Schema, K::SCHEMA_REF),
        ];
        let target = targets
            .iter()
            .find_map(|&(target, kind, name)| Some((child(node, target)?, kind, name)));
        let is_concurrent = node
            .children()
            .any(|part| has_token(&part, K::CONCURRENTLY_KW));
        Rebuild {
            kind: RebuildKind::Reindex(target.as_ref().map_or(ObjectKind::Other, |found| found.1)),
            names: target
                .and_then(|(target, _, name)| self.named(&child(&target, name)?))
                .into_iter()
                .collect(),
            concurrently: is_concurrent || has_option(node, K::REINDEX_OPTION_CONCURRENTLY),
        }
    }

    fn drop_statement(&self, node: &SyntaxNode, kind: ObjectKind, name: K) -> Drop {
        let table = child(node, K::ON_TABLE)
            .or_else(|| child(node, K::ON_RELATION))
            .and_then(|on| self.object(&on));
        let lists: Vec<SyntaxNode> = node
            .descendants()
            .filter(|part| part.kind() == name)
            .collect();
        Drop {
            kind,
            names: lists
                .iter()
                .filter_map(|target| {
                    Some(DropTarget {
                        name: self.named(target)?,
                        table: table.clone(),
                        arguments: child(target, K::PARAM_LIST).map(|list| self.signature(&list)),
                    })
                })
                .collect(),
            if_exists: has(node, K::IF_EXISTS),
            cascade: has(node, K::CASCADE),
            concurrently: has_token(node, K::CONCURRENTLY_KW),
        }
    }

    /// The object that a node names, by a path or by one token; a signature's types left out.
    fn named(&self, node: &SyntaxNode) -> Option<ObjectName> {
        let inner = [
            K::FUNCTION_NAME_REF,
            K::PROCEDURE_NAME_REF,
            K::ROUTINE_NAME_REF,
            K::PATH_REF,
        ]
        .into_iter()
        .find_map(|kind| child(node, kind));
        self.object(inner.as_ref().unwrap_or(node)).or_else(|| {
            Some(ObjectName {
                schema: None,
                name: self.name(node)?,
            })
        })
    }

    /// The argument types of a signature, `OUT` parameters left out.
    fn signature(&self, list: &SyntaxNode) -> Vec<TypeName> {
        children(list, K::PARAM)
            .filter(|parameter| !has(parameter, K::PARAM_OUT))
            .filter_map(|parameter| self.child_type(&parameter))
            .collect()
    }

    fn alter_statement(
        &self,
        node: &SyntaxNode,
        kind: ObjectKind,
        name: K,
    ) -> Option<StatementKind> {
        let object = self.named(&child(node, name)?)?;
        let table = child(node, K::ON_TABLE)
            .or_else(|| child(node, K::ON_RELATION))
            .and_then(|on| self.object(&on));
        let if_exists = has(node, K::IF_EXISTS);
        if let Some(schema) = child(node, K::SET_SCHEMA) {
            return Some(StatementKind::SetSchema(SetSchema {
                kind,
                name: object,
                if_exists,
                schema: self.child_name(&schema, K::SCHEMA_REF)?,
            }));
        }
        let rename = node
            .children()
            .find(|part| words(part).starts_with("rename to "))?;
        let target = rename.children().last()?;
        Some(StatementKind::Rename(Rename {
            kind,
            name: object,
            table,
            if_exists,
            new_name: self.last_name(&target).or_else(|| self.name(&target))?,
        }))
    }

    fn comment(&self, node: &SyntaxNode) -> Option<Comment> {
        let object = node.children().find(|part| part.kind() != K::LITERAL)?;
        let kind = described(object.kind());
        let text = children(node, K::LITERAL)
            .last()
            .and_then(|literal| string_value(&literal));
        let mut parts = object
            .children()
            .map(|part| self.named(&part))
            .collect::<Option<Vec<_>>>()?
            .into_iter();
        let first = parts.next()?;
        let (name, table) = if kind == ObjectKind::Column {
            let mut path = self.path_parts(&object);
            let column = path.pop()?;
            let table = super::names::object_of(path)?;
            let name = ObjectName {
                schema: None,
                name: column,
            };
            (name, Some(table))
        } else {
            (first, parts.next())
        };
        Some(Comment {
            kind,
            name,
            table,
            text,
        })
    }

    fn relations(&self, node: &SyntaxNode) -> Vec<ObjectName> {
        node.descendants()
            .filter(|part| matches!(part.kind(), K::TABLE_NAME_REF | K::RELATION_NAME_REF))
            .filter_map(|part| self.object(&part))
            .collect()
    }

    fn transaction(&self, node: &SyntaxNode) -> Option<Transaction> {
        Some(match node.kind() {
            K::BEGIN => Transaction::Begin,
            K::COMMIT_TRANSACTION => Transaction::Commit,
            K::ROLLBACK_TRANSACTION => Transaction::Rollback,
            K::SAVEPOINT_CREATE => Transaction::Savepoint(self.child_name(node, K::SAVEPOINT)?),
            K::RELEASE_SAVEPOINT => Transaction::Release(self.child_name(node, K::SAVEPOINT_REF)?),
            K::ROLLBACK_TO_SAVEPOINT => {
                Transaction::RollbackTo(self.child_name(node, K::SAVEPOINT_REF)?)
            }
            K::COMMIT_PREPARED | K::ROLLBACK_PREPARED | K::PREPARE_TRANSACTION => {
                Transaction::Other
            }
            _ => return None,
        })
    }

    fn set_parameter(&self, node: &SyntaxNode) -> Option<SetParameter> {
        let parameter = node
            .descendants()
            .find(|part| part.kind() == K::CONFIG_PARAMETER_REF);
        let (name, values) = match parameter {
            Some(parameter) => (words(&parameter).replace(' ', ""), config_values(node)),
            None if words(node).contains("schema") => (
                "search_path".to_owned(),
                node.descendants()
                    .find(|part| part.kind() == K::LITERAL)
                    .and_then(|literal| string_value(&literal))
                    .into_iter()
                    .collect(),
            ),
            None => return None,
        };
        Some(SetParameter {
            name: name.into(),
            local: has(node, K::LOCAL_SCOPE),
            values,
        })
    }
}

fn config_values(node: &SyntaxNode) -> Vec<SmolStr> {
    node.descendants()
        .filter(|part| part.kind() == K::TO_CONFIG_VALUE)
        .flat_map(|list| list.children().collect::<Vec<_>>())
        .map(|value| {
            string_value(&value).unwrap_or_else(|| {
                let text = value.text().to_string();
                super::names::identifier(text.trim()).0
            })
        })
        .collect()
}

/// Whether `VACUUM` is `FULL`, as a word or as an option that is not switched off.
fn is_full(node: &SyntaxNode) -> bool {
    let is_option = |option: &SyntaxNode| {
        let text = option.text().to_string().to_ascii_lowercase();
        text.split_whitespace().next() == Some("full") && !is_off(&text)
    };
    has_token(node, K::FULL_KW)
        || node
            .descendants()
            .any(|part| part.kind() == K::VACUUM_OPTION && is_option(&part))
}

/// Whether an option of a list in parentheses is there, and not switched off.
fn has_option(node: &SyntaxNode, kind: K) -> bool {
    node.descendants()
        .any(|part| part.kind() == kind && !is_off(&part.text().to_string().to_ascii_lowercase()))
}

/// Whether an option's text ends in one of the words for false.
fn is_off(option: &str) -> bool {
    let last = option.split_whitespace().last();
    last.is_some_and(|word| matches!(word.trim_matches('\''), "false" | "off" | "0" | "no"))
}
