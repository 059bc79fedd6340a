//! Tables: columns, constraints, and what `ALTER TABLE` does to them.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::names::words;
use super::{Lower, child, children, has};
use crate::ast::{
    AlterAction, AlterActionKind, AlterTable, ColumnChange, ColumnDefinition, Constraint,
    ConstraintKind, CreateTable, Deferral, Detach, DropPart, Exclusion, ForeignKey, KeyParts, Like,
    Name, ObjectKind, ReferentialAction,
};

impl Lower<'_> {
    pub(super) fn create_table(&self, node: &SyntaxNode) -> Option<CreateTable> {
        let mut table = CreateTable {
            name: self.child_object(node, K::TABLE_NAME)?,
            if_not_exists: has(node, K::IF_NOT_EXISTS),
            temporary: has(node, K::TEMP),
            columns: Vec::new(),
            constraints: Vec::new(),
            like: Vec::new(),
            inherits: child(node, K::INHERITS)
                .map(|inherits| {
                    children(&inherits, K::TABLE_NAME_REF)
                        .filter_map(|table| self.object(&table))
                        .collect()
                })
                .unwrap_or_default(),
            partition_of: child(node, K::PARTITION_OF)
                .and_then(|of| self.child_object(&of, K::TABLE_NAME_REF)),
            partitioned: has(node, K::PARTITION_BY),
        };
        if let Some(list) = child(node, K::TABLE_ARG_LIST) {
            for item in list.children() {
                match item.kind() {
                    K::COLUMN => table.columns.extend(self.column(&item)),
                    K::LIKE_CLAUSE => table.like.extend(self.like(&item)),
                    _ => table.constraints.extend(self.constraint(&item)),
                }
            }
        }
        Some(table)
    }

    fn like(&self, node: &SyntaxNode) -> Option<Like> {
        let mut including: Vec<SmolStr> = Vec::new();
        for option in node.children() {
            let text = words(&option);
            match option.kind() {
                K::INCLUDING_PROPERTY => {
                    including.push(text.trim_start_matches("including ").into())
                }
                K::EXCLUDING_PROPERTY => {
                    let excluded = text.trim_start_matches("excluding ").to_owned();
                    including.retain(|word| *word != excluded.as_str());
                }
                _ => {}
            }
        }
        Some(Like {
            table: self.child_object(node, K::RELATION_NAME_REF)?,
            including,
        })
    }

    /// `COLUMN` of a table, or `ADD COLUMN`, which holds the same parts.
    pub(super) fn column(&self, node: &SyntaxNode) -> Option<ColumnDefinition> {
        let name = self.child_name(node, K::COLUMN_NAME)?;
        let mut span = self.span(node);
        span.start = name.span.start;
        Some(ColumnDefinition {
            span,
            name,
            type_name: self.child_type(node),
            constraints: node
                .children()
                .filter_map(|part| self.constraint(&part))
                .collect(),
        })
    }

    pub(super) fn constraint(&self, node: &SyntaxNode) -> Option<Constraint> {
        Some(Constraint {
            span: self.span(node),
            name: child(node, K::CONSTRAINT_NAME_CLAUSE)
                .and_then(|clause| self.child_name(&clause, K::CONSTRAINT_NAME)),
            kind: self.constraint_kind(node)?,
            deferral: deferral(node),
            not_valid: has(node, K::NOT_VALID),
        })
    }

    fn constraint_kind(&self, node: &SyntaxNode) -> Option<ConstraintKind> {
        Some(match node.kind() {
            K::NOT_NULL_CONSTRAINT => {
                ConstraintKind::NotNull(self.child_name(node, K::COLUMN_NAME_REF))
            }
            K::NULL_CONSTRAINT => ConstraintKind::Null,
            K::DEFAULT_CONSTRAINT => ConstraintKind::Default(self.child_expr(node)?),
            K::GENERATED_CONSTRAINT => self.generated(node)?,
            K::PRIMARY_KEY_CONSTRAINT => ConstraintKind::PrimaryKey(self.key_parts(node)),
            K::UNIQUE_CONSTRAINT => ConstraintKind::Unique(
                self.key_parts(node),
                child(node, K::INDEX_PARAMETERS)
                    .is_some_and(|inner| has(&inner, K::NULLS_NOT_DISTINCT)),
            ),
            K::CHECK_CONSTRAINT => ConstraintKind::Check(self.child_expr(node)?),
            K::REFERENCES_CONSTRAINT | K::FOREIGN_KEY_CONSTRAINT => {
                ConstraintKind::ForeignKey(self.foreign_key(node)?)
            }
            K::EXCLUDE_CONSTRAINT => ConstraintKind::Exclude(self.exclusion(node)),
            _ => return None,
        })
    }

    fn generated(&self, node: &SyntaxNode) -> Option<ConstraintKind> {
        if let Some(identity) = child(node, K::GENERATED_IDENTITY) {
            return Some(ConstraintKind::Identity(has(
                &identity,
                K::GENERATED_ALWAYS,
            )));
        }
        self.expr_in(node, K::GENERATED_STORED)
            .map(ConstraintKind::Generated)
    }

    fn key_parts(&self, node: &SyntaxNode) -> KeyParts {
        let parameters = child(node, K::INDEX_PARAMETERS);
        let within = |list: K, item: K| {
            parameters
                .as_ref()
                .map(|inner| self.list_names(inner, list, item))
                .unwrap_or_default()
        };
        KeyParts {
            columns: within(K::CONSTRAINT_COLUMN_REF_LIST, K::COLUMN_NAME_REF),
            include: parameters
                .as_ref()
                .and_then(|inner| child(inner, K::CONSTRAINT_INCLUDE_CLAUSE))
                .map(|include| self.list_names(&include, K::COLUMN_REF_LIST, K::COLUMN_NAME_REF))
                .unwrap_or_default(),
            using_index: child(node, K::USING_INDEX_NAME)
                .and_then(|using| self.child_name(&using, K::INDEX_REF)),
        }
    }

    fn foreign_key(&self, node: &SyntaxNode) -> Option<ForeignKey> {
        let mut lists = children(node, K::FOREIGN_KEY_COLUMN_LIST);
        let (columns, references) = if node.kind() == K::FOREIGN_KEY_CONSTRAINT {
            let mut list = || {
                lists
                    .next()
                    .map(|list| self.names(&list, K::COLUMN_NAME_REF))
                    .unwrap_or_default()
            };
            (list(), list())
        } else {
            (Vec::new(), self.names(node, K::COLUMN_NAME_REF))
        };
        Some(ForeignKey {
            columns,
            table: self.child_object(node, K::TABLE_NAME_REF)?,
            references,
            on_delete: action(child(node, K::ON_DELETE_ACTION)),
            on_update: action(child(node, K::ON_UPDATE_ACTION)),
            match_full: has(node, K::MATCH_FULL),
        })
    }

    fn exclusion(&self, node: &SyntaxNode) -> Exclusion {
        Exclusion {
            method: child(node, K::CONSTRAINT_INDEX_METHOD)
                .and_then(|method| self.child_name(&method, K::ACCESS_METHOD_REF)),
            items: child(node, K::CONSTRAINT_EXCLUSION_LIST)
                .map(|list| {
                    children(&list, K::CONSTRAINT_EXCLUSION)
                        .filter_map(|item| {
                            Some((self.child_expr(&item)?, exclusion_operator(&item)))
                        })
                        .collect()
                })
                .unwrap_or_default(),
            predicate: self.expr_in(node, K::WHERE_CONDITION_CLAUSE),
        }
    }

    /// `ALTER TABLE`, `ALTER VIEW` and their like, when they change parts of a relation.
    pub(super) fn alter_table(
        &self,
        node: &SyntaxNode,
        relation: ObjectKind,
    ) -> Option<AlterTable> {
        let name = match relation {
            ObjectKind::View | ObjectKind::MaterializedView => {
                self.child_object(node, K::VIEW_REF)?
            }
            _ => self
                .child_object(node, K::TABLE_RELATION_NAME)
                .or_else(|| self.child_object(node, K::RELATION_NAME))
                .or_else(|| self.child_object(node, K::TABLE_NAME_REF))?,
        };
        let actions = node
            .children()
            .filter(|part| {
                !matches!(
                    part.kind(),
                    K::IF_EXISTS
                        | K::TABLE_RELATION_NAME
                        | K::RELATION_NAME
                        | K::TABLE_NAME_REF
                        | K::VIEW_REF
                )
            })
            .map(|part| AlterAction {
                span: self.span(&part),
                kind: self.alter_action(&part).unwrap_or(AlterActionKind::Other),
            })
            .collect();
        Some(AlterTable {
            relation,
            name,
            if_exists: has(node, K::IF_EXISTS),
            actions,
        })
    }

    fn alter_action(&self, node: &SyntaxNode) -> Option<AlterActionKind> {
        use AlterActionKind as A;
        let constraint = || self.child_name(node, K::CONSTRAINT_NAME_REF);
        let table = || self.child_object(node, K::TABLE_NAME_REF);
        Some(match node.kind() {
            K::ADD_COLUMN => A::AddColumn(self.column(node)?, has(node, K::IF_NOT_EXISTS)),
            K::DROP_COLUMN => A::DropColumn(self.drop_part(node, K::COLUMN_NAME_REF)?),
            K::ADD_CONSTRAINT => {
                A::AddConstraint(node.children().find_map(|inner| self.constraint(&inner))?)
            }
            K::DROP_CONSTRAINT => A::DropConstraint(self.drop_part(node, K::CONSTRAINT_NAME_REF)?),
            K::ALTER_CONSTRAINT => A::AlterConstraint(constraint()?, deferral(node)),
            K::VALIDATE_CONSTRAINT => A::ValidateConstraint(constraint()?),
            K::ALTER_COLUMN => A::AlterColumn(
                self.child_name(node, K::COLUMN_NAME_REF)?,
                self.column_change(node),
            ),
            K::ALTER_VIEW_COLUMN => A::AlterColumn(
                self.child_name(node, K::COLUMN_NAME_REF)?,
                self.column_change(node),
            ),
            K::TABLE_RENAME_TO => A::RenameTo(self.last_name(&child(node, K::TABLE_NAME)?)?),
            K::VIEW_RENAME_TO => A::RenameTo(self.last_name(&child(node, K::VIEW)?)?),
            K::RENAME_COLUMN => A::RenameColumn(
                self.child_name(node, K::COLUMN_NAME_REF)?,
                self.child_name(node, K::COLUMN_NAME)?,
            ),
            K::RENAME_CONSTRAINT => {
                A::RenameConstraint(constraint()?, self.child_name(node, K::CONSTRAINT_NAME)?)
            }
            K::SET_SCHEMA => A::SetSchema(self.child_name(node, K::SCHEMA_REF)?),
            K::ENABLE_RLS => A::RowSecurity(true),
            K::DISABLE_RLS => A::RowSecurity(false),
            K::FORCE_RLS => A::ForceRowSecurity(true),
            K::NO_FORCE_RLS => A::ForceRowSecurity(false),
            K::ENABLE_TRIGGER | K::ENABLE_ALWAYS_TRIGGER | K::ENABLE_REPLICA_TRIGGER => {
                A::Trigger(self.trigger_target(node), true)
            }
            K::DISABLE_TRIGGER => A::Trigger(self.trigger_target(node), false),
            K::ATTACH_PARTITION => A::AttachPartition(table()?),
            K::DETACH_PARTITION => A::DetachPartition(table()?, detach(node)),
            K::INHERIT_TABLE => A::Inherit(table()?, true),
            K::NO_INHERIT_TABLE => A::Inherit(table()?, false),
            K::OWNER_TO => A::Owner(self.child_name(node, K::ROLE_REF)?),
            _ => return None,
        })
    }

    fn trigger_target(&self, node: &SyntaxNode) -> Option<Name> {
        node.descendants()
            .find(|part| part.kind() == K::TRIGGER_REF)
            .and_then(|part| self.name(&part))
    }

    /// The last part of a path: a new name never carries a schema.
    pub(super) fn last_name(&self, node: &SyntaxNode) -> Option<Name> {
        self.path_parts(node).pop()
    }

    fn drop_part(&self, node: &SyntaxNode, name: K) -> Option<DropPart> {
        Some(DropPart {
            name: self.child_name(node, name)?,
            if_exists: has(node, K::IF_EXISTS),
            cascade: has(node, K::CASCADE),
        })
    }

    fn column_change(&self, node: &SyntaxNode) -> ColumnChange {
        node.children()
            .find_map(|option| {
                Some(match option.kind() {
                    K::SET_TYPE => ColumnChange::Type(
                        self.child_type(&option)?,
                        self.expr_in(&option, K::USING_EXPR),
                    ),
                    K::SET_DEFAULT => ColumnChange::SetDefault(self.child_expr(&option)?),
                    K::DROP_DEFAULT => ColumnChange::DropDefault,
                    K::SET_NOT_NULL => ColumnChange::NotNull(true),
                    K::DROP_NOT_NULL => ColumnChange::NotNull(false),
                    K::ADD_GENERATED => {
                        ColumnChange::AddIdentity(has(&option, K::GENERATED_ALWAYS))
                    }
                    K::DROP_IDENTITY => ColumnChange::DropIdentity(has(&option, K::IF_EXISTS)),
                    K::DROP_EXPRESSION => ColumnChange::DropExpression(has(&option, K::IF_EXISTS)),
                    _ => return None,
                })
            })
            .unwrap_or(ColumnChange::Other)
    }
}

fn exclusion_operator(item: &SyntaxNode) -> SmolStr {
    let text = item.text().to_string();
    text.rsplit_once(|c: char| c.is_whitespace())
        .map_or("", |(_, operator)| operator)
        .into()
}

fn deferral(node: &SyntaxNode) -> Deferral {
    if has(node, K::INITIALLY_DEFERRED_CONSTRAINT_OPTION) {
        Deferral::Deferred
    } else if has(node, K::DEFERRABLE_CONSTRAINT_OPTION) {
        Deferral::Immediate
    } else {
        Deferral::Never
    }
}

fn action(clause: Option<SyntaxNode>) -> ReferentialAction {
    let Some(action) = clause.and_then(|clause| clause.children().next()) else {
        return ReferentialAction::NoAction;
    };
    match action.kind() {
        K::RESTRICT => ReferentialAction::Restrict,
        K::CASCADE => ReferentialAction::Cascade,
        K::SET_NULL_COLUMNS => ReferentialAction::SetNull,
        K::SET_DEFAULT_COLUMNS => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

fn detach(node: &SyntaxNode) -> Detach {
    if has(node, K::DETACH_CONCURRENTLY) {
        Detach::Concurrently
    } else if has(node, K::DETACH_FINALIZE) {
        Detach::Finalize
    } else {
        Detach::Blocking
    }
}
