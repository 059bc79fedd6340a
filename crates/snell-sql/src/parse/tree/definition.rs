//! Statements that define tables, indexes, types, views and schemas.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::names::{has_word, string_value};
use super::{Lower, child, children, has, has_token};
use crate::ast::{
    AddValue, AlterSequence, AlterType, CreateDomain, CreateExtension, CreateIndex, CreateSchema,
    CreateSequence, CreateTableAs, CreateType, CreateView, IndexKey, Label, Name, ObjectKind,
    SequenceOptions, StatementKind, TypeChange, TypeDefinition,
};

impl Lower<'_> {
    pub(super) fn definition(&self, node: &SyntaxNode) -> Option<StatementKind> {
        use StatementKind as S;
        Some(match node.kind() {
            K::CREATE_TABLE | K::CREATE_FOREIGN_TABLE => S::CreateTable(self.create_table(node)?),
            K::CREATE_TABLE_AS => S::CreateTableAs(self.create_table_as(node)?),
            K::ALTER_TABLE => S::AlterTable(self.alter_table(node, ObjectKind::Table)?),
            K::ALTER_FOREIGN_TABLE => {
                S::AlterTable(self.alter_table(node, ObjectKind::ForeignTable)?)
            }
            K::ALTER_VIEW => S::AlterTable(self.alter_table(node, ObjectKind::View)?),
            K::ALTER_MATERIALIZED_VIEW => {
                S::AlterTable(self.alter_table(node, ObjectKind::MaterializedView)?)
            }
            K::CREATE_INDEX => S::CreateIndex(self.create_index(node)?),
            K::CREATE_TYPE => S::CreateType(self.create_type(node)?),
            K::ALTER_TYPE => return self.alter_type(node),
            K::CREATE_DOMAIN => S::CreateDomain(CreateDomain {
                name: self.child_object(node, K::DOMAIN)?,
                base: self.child_type(node)?,
                constraints: node
                    .children()
                    .filter_map(|part| self.constraint(&part))
                    .collect(),
            }),
            K::CREATE_SEQUENCE => S::CreateSequence(CreateSequence {
                name: self.child_object(node, K::SEQUENCE)?,
                if_not_exists: has(node, K::IF_NOT_EXISTS),
                temporary: has(node, K::TEMP),
                options: self.sequence_options(node),
            }),
            K::ALTER_SEQUENCE => return self.alter_sequence(node),
            K::CREATE_VIEW | K::CREATE_MATERIALIZED_VIEW => S::CreateView(self.create_view(node)?),
            K::CREATE_SCHEMA => S::CreateSchema(self.create_schema(node)?),
            K::CREATE_EXTENSION => S::CreateExtension(CreateExtension {
                name: self.child_name(node, K::EXTENSION)?,
                if_not_exists: has(node, K::IF_NOT_EXISTS),
                schema: child(node, K::EXTENSION_SCHEMA)
                    .and_then(|schema| self.child_name(&schema, K::SCHEMA_REF)),
                version: child(node, K::EXTENSION_VERSION_CLAUSE).map(|version| {
                    string_value(&version).unwrap_or_else(|| {
                        self.child_name(&version, K::EXTENSION_VERSION)
                            .map(|name| name.text)
                            .unwrap_or_default()
                    })
                }),
            }),
            _ => return None,
        })
    }

    fn create_table_as(&self, node: &SyntaxNode) -> Option<CreateTableAs> {
        Some(CreateTableAs {
            name: self.child_object(node, K::TABLE_NAME)?,
            if_not_exists: has(node, K::IF_NOT_EXISTS),
            temporary: has(node, K::TEMP),
            columns: child(node, K::TABLE_ARG_LIST)
                .map(|list| {
                    children(&list, K::COLUMN)
                        .filter_map(|column| self.child_name(&column, K::COLUMN_NAME))
                        .collect()
                })
                .unwrap_or_default(),
            query: self.child_query(node),
        })
    }

    fn create_view(&self, node: &SyntaxNode) -> Option<CreateView> {
        Some(CreateView {
            name: self.child_object(node, K::VIEW)?,
            or_replace: has(node, K::OR_REPLACE),
            if_not_exists: has(node, K::IF_NOT_EXISTS),
            materialized: node.kind() == K::CREATE_MATERIALIZED_VIEW,
            temporary: has(node, K::TEMP),
            recursive: has_token(node, K::RECURSIVE_KW),
            columns: self.list_names(node, K::COLUMN_LIST, K::COLUMN_NAME),
            query: self.child_query(node)?,
        })
    }

    fn create_schema(&self, node: &SyntaxNode) -> Option<CreateSchema> {
        let named = node
            .descendants()
            .find(|part| matches!(part.kind(), K::SCHEMA | K::ROLE))?;
        Some(CreateSchema {
            name: self.name(&named)?,
            if_not_exists: has(node, K::IF_NOT_EXISTS),
        })
    }

    fn create_index(&self, node: &SyntaxNode) -> Option<CreateIndex> {
        Some(CreateIndex {
            name: self.child_object(node, K::INDEX),
            table: self
                .child_object(node, K::TABLE_RELATION_NAME)
                .or_else(|| self.child_object(node, K::RELATION_NAME))?,
            unique: has_token(node, K::UNIQUE_KW),
            concurrently: has_token(node, K::CONCURRENTLY_KW),
            if_not_exists: has(node, K::IF_NOT_EXISTS),
            method: child(node, K::USING_METHOD)
                .and_then(|method| self.child_name(&method, K::ACCESS_METHOD_REF)),
            keys: child(node, K::PARTITION_ITEM_LIST)
                .map(|list| {
                    children(&list, K::PARTITION_ITEM)
                        .filter_map(|item| self.index_key(&item))
                        .collect()
                })
                .unwrap_or_default(),
            include: child(node, K::INDEX_INCLUDE_CLAUSE)
                .and_then(|include| child(&include, K::PARTITION_ITEM_LIST))
                .map(|list| self.names(&list, K::PARTITION_ITEM))
                .unwrap_or_default(),
            nulls_not_distinct: has(node, K::NULLS_NOT_DISTINCT),
            options: self.attribute_options(node),
            predicate: self.expr_in(node, K::WHERE_CLAUSE),
        })
    }

    fn attribute_options(&self, node: &SyntaxNode) -> Vec<(Name, SmolStr)> {
        child(node, K::WITH_PARAMS)
            .and_then(|with| child(&with, K::ATTRIBUTE_LIST))
            .map(|list| {
                children(&list, K::ATTRIBUTE_OPTION)
                    .filter_map(|option| {
                        let value = child(&option, K::ATTRIBUTE_VALUE)
                            .map(|value| value.text().to_string().trim().into())
                            .unwrap_or_default();
                        Some((self.child_name(&option, K::ATTRIBUTE_NAME)?, value))
                    })
                    .collect()
            })
            .unwrap_or_default()
    }

    fn index_key(&self, item: &SyntaxNode) -> Option<IndexKey> {
        Some(IndexKey {
            item: self.order_item(item)?,
            operator_class: self.child_object(item, K::OP_CLASS_REF),
            collation: child(item, K::COLLATE)
                .and_then(|collate| self.child_object(&collate, K::COLLATION_REF)),
        })
    }

    fn label(&self, node: &SyntaxNode) -> Option<Label> {
        Some(Label {
            text: string_value(node)?,
            span: self.span(node),
        })
    }

    fn create_type(&self, node: &SyntaxNode) -> Option<CreateType> {
        let definition = if let Some(kind) = child(node, K::ENUM_TYPE) {
            TypeDefinition::Enum(
                child(&kind, K::VARIANT_LIST)
                    .map(|list| {
                        children(&list, K::VARIANT)
                            .filter_map(|variant| self.label(&variant))
                            .collect()
                    })
                    .unwrap_or_default(),
            )
        } else if let Some(kind) = child(node, K::COMPOSITE_TYPE) {
            TypeDefinition::Composite(
                child(&kind, K::COMPOSITE_FIELD_LIST)
                    .map(|list| {
                        children(&list, K::COMPOSITE_FIELD_DEF)
                            .filter_map(|field| {
                                let name = self.child_name(&field, K::COMPOSITE_FIELD)?;
                                Some((name, self.child_type(&field)?))
                            })
                            .collect()
                    })
                    .unwrap_or_default(),
            )
        } else {
            TypeDefinition::Other
        };
        Some(CreateType {
            name: self.child_object(node, K::TYPE_NAME)?,
            definition,
        })
    }

    fn alter_type(&self, node: &SyntaxNode) -> Option<StatementKind> {
        if has(node, K::TYPE_RENAME_TO) || has(node, K::SET_SCHEMA) {
            return None;
        }
        let change = if let Some(add) = child(node, K::ADD_VALUE) {
            let position = [(K::BEFORE_VALUE, true), (K::AFTER_VALUE, false)]
                .into_iter()
                .find_map(|(kind, before)| {
                    let place = child(&add, kind)?;
                    Some((self.label(&child(&place, K::LITERAL)?)?, before))
                });
            TypeChange::AddValue(AddValue {
                value: self.label(&child(&add, K::LITERAL)?)?,
                if_not_exists: has(&add, K::IF_NOT_EXISTS),
                position,
            })
        } else if let Some(rename) = child(node, K::RENAME_VALUE) {
            let mut literals = children(&rename, K::LITERAL);
            TypeChange::RenameValue(
                self.label(&literals.next()?)?,
                self.label(&literals.next()?)?,
            )
        } else {
            TypeChange::Other
        };
        Some(StatementKind::AlterType(AlterType {
            name: self.child_object(node, K::TYPE_NAME_REF)?,
            change,
        }))
    }

    fn alter_sequence(&self, node: &SyntaxNode) -> Option<StatementKind> {
        if has(node, K::SEQUENCE_RENAME_TO) || has(node, K::SET_SCHEMA) {
            return None;
        }
        Some(StatementKind::AlterSequence(AlterSequence {
            name: self.child_object(node, K::SEQUENCE_REF)?,
            if_exists: has(node, K::IF_EXISTS),
            options: self.sequence_options(node),
        }))
    }

    fn sequence_options(&self, node: &SyntaxNode) -> SequenceOptions {
        let number = |kind: K| {
            let option = child(node, kind)?;
            let value = option.children().last()?;
            Some(SmolStr::from(value.text().to_string().trim()))
        };
        SequenceOptions {
            type_name: child(node, K::OPTION_AS_TYPE).and_then(|option| self.child_type(&option)),
            start: number(K::OPTION_START),
            increment: number(K::OPTION_INCREMENT),
            owned_by: child(node, K::OPTION_OWNED_BY).map(|owner| {
                if has(&owner, K::OWNED_BY_NONE) || has_word(&owner, "none") {
                    Vec::new()
                } else {
                    self.path_parts(&owner)
                }
            }),
        }
    }
}
