//! Items in `FROM`: relations, functions, subqueries and their joins.

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::{Lower, child, children, has, has_token};
use crate::ast::{Alias, FromFunction, FromItem, Join, JoinCondition, JoinKind};

fn is_from_item(kind: K) -> bool {
    matches!(
        kind,
        K::RELATION_FROM_ITEM
            | K::FUNCTION_FROM_ITEM
            | K::EXPR_FROM_ITEM
            | K::ROWS_FROM_ITEM
            | K::PAREN_FROM_ITEM
            | K::JOIN_EXPR
            | K::JSON_TABLE_FROM_ITEM
            | K::XML_TABLE_FROM_ITEM
            | K::GRAPH_TABLE_FROM_ITEM
    )
}

/// The first item of joined items and the joins that follow it, the first join last.
fn join_chain(node: &SyntaxNode) -> Option<(SyntaxNode, Vec<SyntaxNode>)> {
    let mut joins = Vec::new();
    let mut current = node.clone();
    while current.kind() == K::JOIN_EXPR {
        joins.push(child(&current, K::JOIN)?);
        current = current.children().find(|c| c.kind() != K::JOIN)?;
    }
    Some((current, joins))
}

impl Lower<'_> {
    pub(super) fn from_items(&self, node: &SyntaxNode, clause: K) -> Vec<FromItem> {
        child(node, clause)
            .map(|clause| {
                clause
                    .children()
                    .filter_map(|item| self.from_item(&item))
                    .collect()
            })
            .unwrap_or_default()
    }

    pub(super) fn from_item(&self, node: &SyntaxNode) -> Option<FromItem> {
        let alias = self.alias(node);
        Some(match node.kind() {
            K::RELATION_FROM_ITEM => {
                FromItem::Table(self.child_object(node, K::RELATION_NAME_REF)?, alias)
            }
            K::FUNCTION_FROM_ITEM | K::EXPR_FROM_ITEM => FromItem::Function(FromFunction {
                calls: self.child_exprs(node),
                ordinality: has(node, K::WITH_ORDINALITY),
                alias,
            }),
            K::ROWS_FROM_ITEM => FromItem::Function(FromFunction {
                calls: children(node, K::ROWS_FROM_ARG)
                    .filter_map(|argument| self.child_expr(&argument))
                    .collect(),
                ordinality: has(node, K::WITH_ORDINALITY),
                alias,
            }),
            K::PAREN_FROM_ITEM => self.paren_from(node, alias)?,
            K::JOIN_EXPR => self.join(node)?,
            K::JSON_TABLE_FROM_ITEM | K::XML_TABLE_FROM_ITEM | K::GRAPH_TABLE_FROM_ITEM => {
                FromItem::Function(FromFunction {
                    calls: Vec::new(),
                    ordinality: false,
                    alias,
                })
            }
            _ => return None,
        })
    }

    fn paren_from(&self, node: &SyntaxNode, alias: Option<Alias>) -> Option<FromItem> {
        if let Some(query) = self.child_query(node) {
            let lateral = has_token(node, K::LATERAL_KW);
            return Some(FromItem::Subquery(Box::new(query), alias, lateral));
        }
        let mut inner = child(node, K::PAREN_EXPR)?;
        while let Some(deeper) = child(&inner, K::PAREN_EXPR) {
            inner = deeper;
        }
        let mut item = inner.children().find_map(|item| self.from_item(&item))?;
        if let FromItem::Join(join) = &mut item
            && alias.is_some()
        {
            join.alias = alias;
        }
        Some(item)
    }

    pub(super) fn alias(&self, node: &SyntaxNode) -> Option<Alias> {
        let alias = child(node, K::FROM_ALIAS)?;
        let mut columns = self.list_names(&alias, K::COLUMN_LIST, K::COLUMN_NAME);
        let mut types = Vec::new();
        if let Some(list) = child(&alias, K::COLUMN_DEF_LIST) {
            for column in children(&list, K::COLUMN_DEF) {
                columns.extend(self.child_name(&column, K::COLUMN_NAME));
                types.extend(self.child_type(&column));
            }
        }
        Some(Alias {
            name: self.child_name(&alias, K::TABLE_ALIAS),
            columns,
            types,
        })
    }

    /// Joins are read from left to right. The tree hangs all that follows `CROSS JOIN` and
    /// `NATURAL JOIN` under their right side; having no condition, they end at the next item.
    fn join(&self, node: &SyntaxNode) -> Option<FromItem> {
        let (first, mut pending) = join_chain(node)?;
        let mut left = self.from_item(&first)?;
        while let Some(join) = pending.pop() {
            let right = join.children().find(|c| is_from_item(c.kind()))?;
            let ends = has(&join, K::JOIN_CROSS) || has_token(&join, K::NATURAL_KW);
            let right = if ends && right.kind() == K::JOIN_EXPR {
                let (next, following) = join_chain(&right)?;
                pending.extend(following);
                next
            } else {
                right
            };
            left = self.join_to(left, &right, &join)?;
        }
        Some(left)
    }

    fn join_to(&self, left: FromItem, right: &SyntaxNode, join: &SyntaxNode) -> Option<FromItem> {
        let right = self.from_item(right)?;
        let kind = join
            .children()
            .find_map(|part| {
                Some(match part.kind() {
                    K::JOIN_INNER => JoinKind::Inner,
                    K::JOIN_LEFT => JoinKind::Left,
                    K::JOIN_RIGHT => JoinKind::Right,
                    K::JOIN_FULL => JoinKind::Full,
                    K::JOIN_CROSS => JoinKind::Cross,
                    _ => return None,
                })
            })
            .unwrap_or(JoinKind::Inner);
        let mut alias = None;
        let condition = if let Some(on) = child(join, K::ON_CLAUSE) {
            JoinCondition::On(self.child_expr(&on)?)
        } else if let Some(using) = child(join, K::JOIN_USING_CLAUSE) {
            alias = child(&using, K::REQUIRED_AS_ALIAS).map(|a| Alias {
                name: self.child_name(&a, K::TABLE_ALIAS),
                columns: Vec::new(),
                types: Vec::new(),
            });
            JoinCondition::Using(self.list_names(&using, K::COLUMN_REF_LIST, K::COLUMN_NAME_REF))
        } else if has_token(join, K::NATURAL_KW) {
            JoinCondition::Natural
        } else {
            JoinCondition::None
        };
        Some(FromItem::Join(Box::new(Join {
            kind,
            left,
            right,
            condition,
            alias,
        })))
    }
}
