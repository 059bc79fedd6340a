//! PL/pgSQL blocks.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::names::{string_value, words};
use super::{Lower, child, children, token};
use crate::ast::{
    Block, Expr, ExprKind, Handler, Query, QueryBody, Statement, StatementKind, Step, StepKind,
    Variable,
};

impl Lower<'_> {
    pub(super) fn block(&self, node: &SyntaxNode) -> Block {
        let variables = child(node, K::PLPGSQL_DECLARE_SECTION)
            .map(|section| {
                children(&section, K::PLPGSQL_VAR_DECL)
                    .filter_map(|declaration| {
                        Some(Variable {
                            name: self.child_name(&declaration, K::PLPGSQL_VAR_NAME)?,
                            value: child(&declaration, K::PLPGSQL_VAR_INIT)
                                .and_then(|init| self.pl_child(&init)),
                        })
                    })
                    .collect()
            })
            .unwrap_or_default();
        let handlers = child(node, K::PLPGSQL_EXCEPTION_SECTION)
            .map(|section| {
                children(&section, K::PLPGSQL_EXCEPTION_HANDLER)
                    .map(|handler| Handler {
                        conditions: children(&handler, K::PLPGSQL_CONDITION)
                            .map(|condition| condition_name(&condition))
                            .collect(),
                        body: self.body(&handler),
                    })
                    .collect()
            })
            .unwrap_or_default();
        Block {
            variables,
            body: self.body(node),
            handlers,
        }
    }

    /// The steps of the first body below `node`.
    fn body(&self, node: &SyntaxNode) -> Vec<Step> {
        child(node, K::PLPGSQL_BODY)
            .map(|body| {
                body.children()
                    .map(|step| Step {
                        span: self.span(&step),
                        kind: self.step(&step).unwrap_or(StepKind::Unknown),
                    })
                    .collect()
            })
            .unwrap_or_default()
    }

    fn step(&self, node: &SyntaxNode) -> Option<StepKind> {
        Some(match node.kind() {
            K::PLPGSQL_BLOCK => StepKind::Block(self.block(node)),
            K::PLPGSQL_EXEC_SQL_STMT => self.sql_step(node)?,
            K::PLPGSQL_CALL_STMT => StepKind::Unknown,
            K::PLPGSQL_PERFORM_STMT => StepKind::Perform(self.child_query(node)?),
            K::PLPGSQL_DYN_EXECUTE_STMT => {
                StepKind::Execute(self.pl_child(node)?, self.into_targets(node))
            }
            K::PLPGSQL_IF_STMT => self.if_step(node)?,
            K::PLPGSQL_CASE_STMT => StepKind::Unknown,
            K::PLPGSQL_ASSIGN_STMT => {
                let target = child(node, K::PLPGSQL_ASSIGN_TARGET)?;
                StepKind::Assign(self.name(&target)?.text, self.pl_child(node)?)
            }
            K::PLPGSQL_FOR_QUERY_STMT => {
                let variable = child(node, K::PLPGSQL_FOR_VARIABLE)?;
                let query = self.child_query(node)?;
                StepKind::ForQuery(
                    self.name(&variable)?.text,
                    Box::new(Statement {
                        span: query.span,
                        broken: false,
                        named: Vec::new(),
                        kind: StatementKind::Query(query),
                    }),
                    self.body(node),
                )
            }
            K::PLPGSQL_LOOP_STMT
            | K::PLPGSQL_WHILE_STMT
            | K::PLPGSQL_FOR_I_STMT
            | K::PLPGSQL_FOR_DYN_STMT
            | K::PLPGSQL_FOR_CURSOR_STMT => StepKind::Loop(self.body(node)),
            K::PLPGSQL_FOR_EACH_STMT => self.for_each(node)?,
            K::PLPGSQL_EXIT_STMT | K::PLPGSQL_CONTINUE_STMT => StepKind::Leave,
            K::PLPGSQL_RAISE_STMT => StepKind::Raise(raises(node)),
            K::PLPGSQL_RETURN_STMT => StepKind::Return,
            K::PLPGSQL_NULL_STMT
            | K::PLPGSQL_COMMIT_STMT
            | K::PLPGSQL_ROLLBACK_STMT
            | K::PLPGSQL_GET_DIAG_STMT
            | K::PLPGSQL_ASSERT_STMT
            | K::PLPGSQL_OPEN_STMT
            | K::PLPGSQL_FETCH_STMT
            | K::PLPGSQL_CLOSE_STMT
            | K::PLPGSQL_MOVE_STMT
            | K::PLPGSQL_RETURN_NEXT_STMT
            | K::PLPGSQL_RETURN_QUERY_STMT
            | K::PLPGSQL_RETURN_QUERY_EXECUTE_STMT => StepKind::Nothing,
            _ => return None,
        })
    }

    fn for_each(&self, node: &SyntaxNode) -> Option<StepKind> {
        let variable = child(node, K::PLPGSQL_FOR_VARIABLE)?;
        if child(node, K::PLPGSQL_FOR_EACH_SLICE).is_some() {
            return Some(StepKind::Loop(self.body(node)));
        }
        Some(StepKind::ForEach(
            self.name(&variable)?.text,
            self.pl_child(node)?,
            self.body(node),
        ))
    }

    /// The names behind `INTO`.
    fn into_targets(&self, node: &SyntaxNode) -> Vec<SmolStr> {
        let list = child(node, K::PLPGSQL_INTO_CLAUSE)
            .and_then(|clause| child(&clause, K::PLPGSQL_INTO_TARGET_LIST));
        list.iter()
            .flat_map(|list| children(list, K::PLPGSQL_INTO_TARGET))
            .filter_map(|target| Some(self.name(&target)?.text))
            .collect()
    }

    /// In PL/pgSQL, `INTO` names variables, not a table to create.
    fn sql_step(&self, node: &SyntaxNode) -> Option<StepKind> {
        let inner = node.children().next()?;
        let mut targets = Vec::new();
        let kind = if inner.kind() == K::SELECT_INTO {
            targets.extend(
                child(&inner, K::INTO_CLAUSE)
                    .and_then(|into| self.child_object(&into, K::TABLE_NAME))
                    .map(|name| name.name.text),
            );
            StatementKind::Query(self.query_of(&inner)?)
        } else {
            self.statement_kind(&inner)
        };
        let statement = Statement {
            span: self.span(&inner),
            broken: false,
            named: Vec::new(),
            kind,
        };
        Some(StepKind::Sql(Box::new(statement), targets))
    }

    fn if_step(&self, node: &SyntaxNode) -> Option<StepKind> {
        let mut branches = vec![(self.pl_child(node)?, self.body(node))];
        for clause in children(node, K::PLPGSQL_ELSIF_CLAUSE) {
            branches.push((self.pl_child(&clause)?, self.body(&clause)));
        }
        let otherwise = child(node, K::PLPGSQL_ELSE_CLAUSE)
            .map(|clause| self.body(&clause))
            .unwrap_or_default();
        Some(StepKind::If(branches, otherwise))
    }

    /// The first PL/pgSQL expression below `node`: a `SELECT` without the word.
    fn pl_child(&self, node: &SyntaxNode) -> Option<Expr> {
        let inner = child(node, K::PLPGSQL_EXPR)?;
        let mut select = self.select(&inner);
        let span = self.span(&inner);
        if select.from.is_empty() && select.condition.is_none() && select.targets.len() == 1 {
            return select.targets.pop().map(|target| target.expr);
        }
        let query = Query {
            span,
            with: None,
            body: QueryBody::Select(Box::new(select)),
            order_by: Vec::new(),
            limit: None,
            offset: None,
            locks: false,
        };
        Some(Expr {
            span,
            kind: ExprKind::Subquery(Box::new(query)),
        })
    }
}

/// `RAISE` without a level, or with `EXCEPTION`, ends the block.
fn raises(node: &SyntaxNode) -> bool {
    child(node, K::PLPGSQL_RAISE_LEVEL).is_none_or(|level| words(&level) == "exception")
}

fn condition_name(node: &SyntaxNode) -> SmolStr {
    if let Some(string) = token(node, K::STRING) {
        return string.text().trim_matches('\'').into();
    }
    string_value(node).unwrap_or_else(|| words(node).into())
}
