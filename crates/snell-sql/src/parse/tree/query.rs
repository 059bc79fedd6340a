//! Queries and statements that change rows.

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::expression::is_expression;
use super::{Lower, child, children, has, has_token};
use crate::ast::{
    Assignment, CommonTable, CreateTableAs, Delete, Expr, ExprKind, Insert, Merge, Name,
    OnConflict, Query, QueryBody, Select, SetOperation, StatementKind, Target, Update, With,
};

fn is_query(kind: K) -> bool {
    matches!(
        kind,
        K::SELECT | K::SELECT_INTO | K::PAREN_SELECT | K::TABLE | K::VALUES | K::COMPOUND_SELECT
    )
}

impl Lower<'_> {
    /// `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `MERGE`.
    pub(super) fn rows_statement(&self, node: &SyntaxNode) -> Option<StatementKind> {
        Some(match node.kind() {
            K::SELECT_INTO => self.select_into(node)?,
            kind if is_query(kind) => StatementKind::Query(self.query_of(node)?),
            K::INSERT => StatementKind::Insert(self.insert(node)?),
            K::UPDATE => StatementKind::Update(self.update(node)?),
            K::DELETE => StatementKind::Delete(self.delete(node)?),
            K::MERGE => StatementKind::Merge(self.merge(node)?),
            _ => return None,
        })
    }

    fn select_into(&self, node: &SyntaxNode) -> Option<StatementKind> {
        let into = child(node, K::INTO_CLAUSE)?;
        Some(StatementKind::CreateTableAs(CreateTableAs {
            name: self.child_object(&into, K::TABLE_NAME)?,
            if_not_exists: false,
            temporary: has(&into, K::TEMP),
            columns: Vec::new(),
            query: self.query_of(node),
        }))
    }

    /// The first query directly below `node`.
    pub(super) fn child_query(&self, node: &SyntaxNode) -> Option<Query> {
        node.children().find_map(|child| self.query_of(&child))
    }

    /// The query that `node` is, parentheses opened.
    pub(super) fn query_of(&self, node: &SyntaxNode) -> Option<Query> {
        match node.kind() {
            K::PAREN_EXPR => self.child_query(node),
            K::PAREN_SELECT => {
                let mut inner = self.child_query(node)?;
                if inner.with.is_none() {
                    inner.with = self.with(node);
                }
                self.tail(node, &mut inner);
                Some(inner)
            }
            kind if is_query(kind) => {
                let mut query = Query {
                    span: self.span(node),
                    with: self.with(node),
                    body: self.query_body(node),
                    order_by: Vec::new(),
                    limit: None,
                    offset: None,
                    locks: false,
                };
                self.hoist(&mut query);
                self.tail(node, &mut query);
                Some(query)
            }
            K::INSERT | K::UPDATE | K::DELETE | K::MERGE => Some(Query {
                span: self.span(node),
                with: None,
                body: QueryBody::Modify(Box::new(self.statement(node))),
                order_by: Vec::new(),
                limit: None,
                offset: None,
                locks: false,
            }),
            _ => None,
        }
    }

    /// A `WITH` before the first operand of a set operation belongs to the whole.
    fn hoist(&self, query: &mut Query) {
        if let QueryBody::Set(_, left, _) = &mut query.body
            && query.with.is_none()
            && left.span.start == query.span.start
        {
            query.with = left.with.take();
        }
    }

    fn query_body(&self, node: &SyntaxNode) -> QueryBody {
        match node.kind() {
            K::SELECT | K::SELECT_INTO => QueryBody::Select(Box::new(self.select(node))),
            K::VALUES => QueryBody::Values(
                child(node, K::ROW_LIST)
                    .map(|list| {
                        children(&list, K::ROW)
                            .map(|row| self.child_exprs(&row))
                            .collect()
                    })
                    .unwrap_or_default(),
            ),
            K::TABLE => self
                .child_object(node, K::RELATION_NAME)
                .map_or(QueryBody::Unknown, QueryBody::Table),
            K::COMPOUND_SELECT => self.set_operation(node).unwrap_or(QueryBody::Unknown),
            _ => QueryBody::Unknown,
        }
    }

    fn set_operation(&self, node: &SyntaxNode) -> Option<QueryBody> {
        let mut sides = node.children().filter_map(|side| self.query_of(&side));
        let operation = node.children().find_map(|part| {
            Some(match part.kind() {
                K::UNION => SetOperation::Union(has(&part, K::ALL)),
                K::INTERSECT => SetOperation::Intersect,
                K::EXCEPT => SetOperation::Except,
                _ => return None,
            })
        })?;
        Some(QueryBody::Set(
            operation,
            Box::new(sides.next()?),
            Box::new(sides.next()?),
        ))
    }

    fn tail(&self, node: &SyntaxNode, query: &mut Query) {
        for clause in node.children() {
            match clause.kind() {
                K::ORDER_BY_CLAUSE => query.order_by = self.order_items(&clause),
                K::LIMIT_CLAUSE | K::FETCH_CLAUSE => query.limit = self.child_expr(&clause),
                K::OFFSET_CLAUSE => query.offset = self.child_expr(&clause),
                K::LOCKING_CLAUSE => query.locks = true,
                _ => {}
            }
        }
    }

    pub(super) fn with(&self, node: &SyntaxNode) -> Option<With> {
        let clause = child(node, K::WITH_CLAUSE)?;
        Some(With {
            recursive: has_token(&clause, K::RECURSIVE_KW),
            tables: children(&clause, K::WITH_TABLE)
                .filter_map(|table| {
                    Some(CommonTable {
                        name: self.child_name(&table, K::CTE_NAME)?,
                        columns: self.list_names(&table, K::COLUMN_LIST, K::COLUMN_NAME),
                        query: self.child_query(&table)?,
                    })
                })
                .collect(),
        })
    }

    /// A `SELECT`, or a PL/pgSQL expression, which is one without the word.
    pub(super) fn select(&self, node: &SyntaxNode) -> Select {
        let clause = child(node, K::SELECT_CLAUSE).unwrap_or_else(|| node.clone());
        let (group_by, grouping_sets) = self.group_by(node);
        Select {
            distinct: clause
                .children()
                .find(|part| part.kind() == K::DISTINCT_CLAUSE)
                .map(|distinct| {
                    child(&distinct, K::DISTINCT_ON)
                        .map(|on| self.child_exprs(&on))
                        .unwrap_or_default()
                }),
            targets: self.targets(&clause),
            from: self.from_items(node, K::FROM_CLAUSE),
            condition: self.expr_in(node, K::WHERE_CLAUSE),
            group_by,
            grouping_sets,
            having: self.expr_in(node, K::HAVING_CLAUSE),
            windows: self.window_definitions(node),
        }
    }

    fn window_definitions(&self, node: &SyntaxNode) -> Vec<(Name, crate::ast::Window)> {
        child(node, K::WINDOW_CLAUSE)
            .map(|clause| {
                children(&clause, K::WINDOW_DEF)
                    .filter_map(|definition| {
                        let spec = child(&definition, K::WINDOW_SPEC)?;
                        let name = self.child_name(&definition, K::WINDOW)?;
                        Some((name, self.window(&spec)))
                    })
                    .collect()
            })
            .unwrap_or_default()
    }

    fn group_by(&self, node: &SyntaxNode) -> (Vec<Expr>, bool) {
        let Some(list) = child(node, K::GROUP_BY_CLAUSE).and_then(|c| child(&c, K::GROUP_BY_LIST))
        else {
            return (Vec::new(), false);
        };
        let mut items = Vec::new();
        let mut sets = false;
        for item in list.descendants() {
            match item.kind() {
                K::GROUPING_EXPR => items.extend(self.child_expr(&item)),
                K::GROUPING_ROLLUP | K::GROUPING_CUBE => {
                    sets = true;
                    items.extend(self.child_exprs(&item));
                }
                K::GROUPING_SETS => sets = true,
                _ => {}
            }
        }
        (items, sets)
    }

    fn targets(&self, node: &SyntaxNode) -> Vec<Target> {
        child(node, K::TARGET_LIST)
            .map(|list| {
                children(&list, K::TARGET)
                    .map(|target| Target {
                        expr: self.child_expr(&target).unwrap_or_else(|| Expr {
                            span: self.span(&target),
                            kind: if has_token(&target, K::STAR) {
                                ExprKind::Star(Vec::new())
                            } else {
                                ExprKind::Unknown
                            },
                        }),
                        alias: child(&target, K::AS_NAME)
                            .and_then(|name| self.child_name(&name, K::COLUMN_NAME)),
                    })
                    .collect()
            })
            .unwrap_or_default()
    }

    fn returning(&self, node: &SyntaxNode) -> Vec<Target> {
        child(node, K::RETURNING_CLAUSE)
            .map(|clause| self.targets(&clause))
            .unwrap_or_default()
    }

    fn row_alias(&self, node: &SyntaxNode) -> Option<Name> {
        child(node, K::OPTIONAL_AS_ALIAS)
            .or_else(|| child(node, K::REQUIRED_AS_ALIAS))
            .and_then(|alias| self.child_name(&alias, K::TABLE_ALIAS))
    }

    fn insert(&self, node: &SyntaxNode) -> Option<Insert> {
        Some(Insert {
            with: self.with(node),
            table: self.child_object(node, K::RELATION_NAME_REF)?,
            alias: self.row_alias(node),
            columns: child(node, K::COLUMN_TARGET_LIST)
                .map(|list| self.target_columns(&list).0)
                .unwrap_or_default(),
            source: self.child_query(node).map(Box::new),
            conflict: child(node, K::ON_CONFLICT_CLAUSE).map(|c| self.conflict(&c)),
            returning: self.returning(node),
        })
    }

    /// The columns of a target list, and whether one of them is a part of a column.
    fn target_columns(&self, list: &SyntaxNode) -> (Vec<Name>, bool) {
        let mut partial = false;
        let names = children(list, K::COLUMN_TARGET)
            .filter_map(|target| {
                partial |= target.children().count() > 1;
                self.child_name(&target, K::COLUMN_NAME_REF)
            })
            .collect();
        (names, partial)
    }

    fn conflict(&self, node: &SyntaxNode) -> OnConflict {
        let on_index = child(node, K::CONFLICT_ON_INDEX);
        let update = child(node, K::CONFLICT_DO_UPDATE_SET);
        OnConflict {
            span: self.span(node),
            keys: on_index
                .as_ref()
                .and_then(|index| child(index, K::CONFLICT_INDEX_ITEM_LIST))
                .map(|list| {
                    children(&list, K::CONFLICT_INDEX_ITEM)
                        .filter_map(|item| self.child_expr(&item))
                        .collect()
                })
                .unwrap_or_default(),
            predicate: on_index.and_then(|index| self.expr_in(&index, K::WHERE_CLAUSE)),
            constraint: child(node, K::CONFLICT_ON_CONSTRAINT)
                .and_then(|on| self.child_name(&on, K::CONSTRAINT_NAME_REF)),
            update: update.as_ref().map(|update| self.assignments(update)),
            condition: update.and_then(|update| self.expr_in(&update, K::WHERE_CLAUSE)),
        }
    }

    fn assignments(&self, node: &SyntaxNode) -> Vec<Assignment> {
        let list = child(node, K::SET_CLAUSE).and_then(|set| child(&set, K::SET_COLUMN_LIST));
        let Some(list) = list else {
            return Vec::new();
        };
        list.children()
            .filter_map(|set| match set.kind() {
                K::SET_SINGLE_COLUMN => {
                    let target = child(&set, K::COLUMN_TARGET)?;
                    Some(Assignment {
                        columns: vec![self.child_name(&target, K::COLUMN_NAME_REF)?],
                        partial: target.children().count() > 1,
                        values: vec![self.set_value(&set)],
                    })
                }
                K::SET_MULTIPLE_COLUMNS => self.multiple_columns(&set),
                _ => None,
            })
            .collect()
    }

    fn multiple_columns(&self, set: &SyntaxNode) -> Option<Assignment> {
        let (columns, partial) = self.target_columns(&child(set, K::COLUMN_TARGET_LIST)?);
        let values = match child(set, K::SET_EXPR_LIST) {
            Some(list) => children(&list, K::SET_EXPR)
                .map(|value| {
                    self.child_expr(&value)
                        .unwrap_or_else(|| self.default(&value))
                })
                .collect(),
            None => self.child_exprs(set),
        };
        Some(Assignment {
            columns,
            partial,
            values,
        })
    }

    fn set_value(&self, set: &SyntaxNode) -> Expr {
        self.expr_in(set, K::SET_EXPR)
            .or_else(|| {
                set.children()
                    .filter(|part| is_expression(part.kind()))
                    .last()
                    .map(|value| self.expr(&value))
            })
            .unwrap_or_else(|| self.default(set))
    }

    fn default(&self, node: &SyntaxNode) -> Expr {
        Expr {
            span: self.span(node),
            kind: ExprKind::Default,
        }
    }

    fn update(&self, node: &SyntaxNode) -> Option<Update> {
        Some(Update {
            with: self.with(node),
            table: self.child_object(node, K::RELATION_NAME)?,
            alias: self.row_alias(node),
            assignments: self.assignments(node),
            from: self.from_items(node, K::FROM_CLAUSE),
            condition: self.expr_in(node, K::WHERE_CLAUSE),
            returning: self.returning(node),
        })
    }

    fn delete(&self, node: &SyntaxNode) -> Option<Delete> {
        Some(Delete {
            with: self.with(node),
            table: self.child_object(node, K::RELATION_NAME)?,
            alias: self.row_alias(node),
            using: self.from_items(node, K::USING_CLAUSE),
            condition: self.expr_in(node, K::WHERE_CLAUSE),
            returning: self.returning(node),
        })
    }

    fn merge(&self, node: &SyntaxNode) -> Option<Merge> {
        let using = child(node, K::USING_ON_CLAUSE)?;
        Some(Merge {
            with: self.with(node),
            table: self.child_object(node, K::TABLE_RELATION_NAME)?,
            alias: self.row_alias(node),
            source: using
                .children()
                .filter_map(|item| self.from_item(&item))
                .collect(),
            condition: self.expr_in(&using, K::ON_CLAUSE),
            assignments: node
                .descendants()
                .filter(|part| part.kind() == K::MERGE_UPDATE)
                .flat_map(|update| self.assignments(&update))
                .collect(),
            returning: self.returning(node),
        })
    }
}
