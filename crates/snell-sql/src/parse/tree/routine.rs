//! Functions, triggers, policies and `DO`.

use smol_str::SmolStr;
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::names::{string_value, words};
use super::{Lower, child, children, has, span_of};
use crate::ast::{
    AlterPolicy, Body, CreateFunction, CreatePolicy, CreateTrigger, Do, Expr, Name, Parameter,
    ParameterMode, StatementKind, TypeName,
};
use crate::parse::scan_words;

/// Words of statements that define, drop or fill something, or may hide one.
const SHAPING: &[&str] = &[
    "alter", "call", "copy", "create", "drop", "execute", "insert", "merge", "perform", "rename",
    "truncate",
];

fn shapes(body: &str) -> bool {
    scan_words(body, usize::MAX)
        .iter()
        .any(|word| SHAPING.contains(&word.to_ascii_lowercase().as_str()))
}

impl Lower<'_> {
    pub(super) fn routine_statement(&self, node: &SyntaxNode) -> Option<StatementKind> {
        use StatementKind as S;
        Some(match node.kind() {
            K::CREATE_FUNCTION => S::CreateFunction(self.create_function(node, false)?),
            K::CREATE_PROCEDURE => S::CreateFunction(self.create_function(node, true)?),
            K::CREATE_TRIGGER => S::CreateTrigger(self.create_trigger(node)?),
            K::CREATE_POLICY => S::CreatePolicy(self.create_policy(node)?),
            K::ALTER_POLICY if !has(node, K::POLICY_RENAME_TO) => S::AlterPolicy(AlterPolicy {
                name: self.child_name(node, K::POLICY_REF)?,
                table: self.child_object(node, K::ON_TABLE)?,
                using: self.clause_expr(node, K::USING_EXPR_CLAUSE),
                check: self.clause_expr(node, K::WITH_CHECK_EXPR_CLAUSE),
            }),
            K::DO => S::Do(self.do_block(node)),
            _ => return None,
        })
    }

    /// A clause's expression, wherever the statement keeps the clause.
    fn clause_expr(&self, node: &SyntaxNode, kind: K) -> Option<Expr> {
        node.descendants()
            .find(|part| part.kind() == kind)
            .and_then(|clause| self.child_expr(&clause))
    }

    fn do_block(&self, node: &SyntaxNode) -> Do {
        let language = child(node, K::DO_LANGUAGE)
            .map(|language| {
                words(&language)
                    .trim_start_matches("language ")
                    .replace('\'', "")
            })
            .unwrap_or_else(|| "plpgsql".to_owned());
        let body = ast::Do::cast(node.clone()).and_then(|statement| statement.plpgsql());
        Do {
            language: language.into(),
            shapes: body.as_ref().is_none_or(|body| shapes(body.text())),
            block: body.and_then(|body| self.block_of(&body)),
        }
    }

    /// A PL/pgSQL body's block, its spans mapped into the file.
    fn block_of(&self, body: &squawk_syntax::plpgsql::Plpgsql) -> Option<crate::ast::Block> {
        let locate = |range| (self.locate)(body.source_range(range));
        let inner = Lower { locate: &locate };
        let root = body.syntax();
        child(&root, K::PLPGSQL_BLOCK).map(|block| inner.block(&block))
    }

    fn create_function(&self, node: &SyntaxNode, procedure: bool) -> Option<CreateFunction> {
        let options = child(node, K::FUNC_OPTION_LIST);
        let option = |kind: K| options.as_ref().and_then(|list| child(list, kind));
        let returns = child(node, K::RET_TYPE);
        let table = returns
            .as_ref()
            .and_then(|returns| child(returns, K::RETURN_TABLE_ARG_LIST));
        let return_type = returns
            .as_ref()
            .and_then(|returns| self.child_type(returns));
        Some(CreateFunction {
            name: self
                .child_object(node, K::FUNCTION_NAME)
                .or_else(|| self.child_object(node, K::PROCEDURE_NAME))?,
            or_replace: has(node, K::OR_REPLACE),
            procedure,
            parameters: self.parameters(node),
            returns_set: table.is_some()
                || return_type.as_ref().is_some_and(|returns| returns.indirect),
            returns: return_type,
            table: table
                .map(|list| self.table_columns(&list))
                .unwrap_or_default(),
            language: option(K::LANGUAGE_FUNC_OPTION).map(|language| {
                string_value(&language)
                    .unwrap_or_else(|| words(&language).trim_start_matches("language ").into())
            }),
            volatility: ["immutable", "stable"]
                .into_iter()
                .find(|word| {
                    option(K::IMMUTABLE).is_some_and(|node| words(&node) == *word)
                        || option(K::STABLE).is_some_and(|node| words(&node) == *word)
                })
                .unwrap_or("volatile")
                .into(),
            security_definer: option(K::SECURITY_DEFINER_FUNC_OPTION).is_some(),
            strict: option(K::STRICT_FUNC_OPTION).is_some()
                || option(K::RETURNS_NULL_ON_NULL_INPUT_FUNC_OPTION).is_some(),
            sets_search_path: options.as_ref().is_some_and(|list| {
                list.descendants().any(|part| {
                    part.kind() == K::CONFIG_PARAMETER_REF && words(&part) == "search_path"
                })
            }),
            body: self.function_body(node),
        })
    }

    fn table_columns(&self, list: &SyntaxNode) -> Vec<(Name, TypeName)> {
        children(list, K::RETURN_TABLE_COLUMN)
            .filter_map(|column| {
                Some((
                    self.child_name(&column, K::COLUMN_NAME)?,
                    self.child_type(&column)?,
                ))
            })
            .collect()
    }

    fn parameters(&self, node: &SyntaxNode) -> Vec<Parameter> {
        let Some(list) = child(node, K::PARAM_LIST) else {
            return Vec::new();
        };
        children(&list, K::PARAM)
            .filter_map(|parameter| {
                let mode = if has(&parameter, K::PARAM_OUT) {
                    ParameterMode::Out
                } else if has(&parameter, K::PARAM_IN_OUT) {
                    ParameterMode::InOut
                } else if has(&parameter, K::PARAM_VARIADIC) {
                    ParameterMode::Variadic
                } else {
                    ParameterMode::In
                };
                Some(Parameter {
                    name: self.child_name(&parameter, K::PARAM_NAME),
                    mode,
                    type_name: self.child_type(&parameter)?,
                    default: has(&parameter, K::PARAM_DEFAULT),
                })
            })
            .collect()
    }

    fn function_body(&self, node: &SyntaxNode) -> Option<Body> {
        let options = child(node, K::FUNC_OPTION_LIST)?;
        let definition = options
            .descendants()
            .find(|part| part.kind() == K::AS_DEFINITION)?;
        let literal = child(&definition, K::LITERAL)?;
        let (plpgsql, sql) = match ast::CreateFunction::cast(node.clone()) {
            Some(function) => (function.plpgsql(), function.sql_body()),
            None => {
                let procedure = ast::CreateProcedure::cast(node.clone())?;
                (procedure.plpgsql(), procedure.sql_body())
            }
        };
        let statements = sql
            .map(|body| {
                let locate = |range| (self.locate)(body.source_range(range));
                let inner = Lower { locate: &locate };
                body.syntax()
                    .children()
                    .filter(|statement| statement.kind() != K::EMPTY_STMT)
                    .map(|statement| inner.statement(&statement))
                    .collect()
            })
            .unwrap_or_default();
        Some(Body {
            span: self.span(&literal),
            text: string_value(&literal)?,
            block: plpgsql.and_then(|body| self.block_of(&body)),
            statements,
        })
    }

    fn create_trigger(&self, node: &SyntaxNode) -> Option<CreateTrigger> {
        let timing = [K::TIMING_BEFORE, K::TIMING_AFTER, K::TIMING_INSTEAD_OF]
            .into_iter()
            .find_map(|kind| child(node, kind))
            .map(|timing| words(&timing))
            .unwrap_or_default();
        let events: Vec<SyntaxNode> = child(node, K::TRIGGER_EVENT_LIST)
            .map(|list| list.children().collect())
            .unwrap_or_default();
        let call = child(node, K::CALL_EXPR)?;
        Some(CreateTrigger {
            name: self.child_name(node, K::TRIGGER)?,
            or_replace: has(node, K::OR_REPLACE),
            table: self.child_object(node, K::ON_RELATION)?,
            timing: timing.into(),
            events: events
                .iter()
                .map(|event| SmolStr::from(words(event).split(' ').next().unwrap_or_default()))
                .collect(),
            columns: events
                .iter()
                .flat_map(|event| self.names(event, K::COLUMN_NAME_REF))
                .collect(),
            for_each_row: has(node, K::FOR_EACH_ROW),
            condition: self.expr_in(node, K::WHEN_CONDITION),
            function: super::names::object_of(self.dotted(&call.children().next()?)?)?,
        })
    }

    fn create_policy(&self, node: &SyntaxNode) -> Option<CreatePolicy> {
        let command = child(node, K::POLICY_COMMAND)
            .map(|command| words(&command).trim_start_matches("for ").into())
            .unwrap_or_else(|| SmolStr::new_static("all"));
        Some(CreatePolicy {
            name: self.child_name(node, K::POLICY)?,
            table: self.child_object(node, K::ON_TABLE)?,
            permissive: !child(node, K::AS_POLICY_TYPE)
                .is_some_and(|kind| words(&kind).ends_with("restrictive")),
            command,
            roles: child(node, K::POLICY_ROLES)
                .map(|roles| {
                    roles
                        .descendants()
                        .filter(|part| part.kind() == K::ROLE_REF)
                        .filter_map(|role| self.name(&role))
                        .filter(|role| role.quoted || role.text != "public")
                        .collect()
                })
                .unwrap_or_default(),
            using: self.clause_expr(node, K::USING_EXPR_CLAUSE),
            check: self.clause_expr(node, K::WITH_CHECK_EXPR_CLAUSE),
        })
    }
}

/// What the parser says against the PL/pgSQL bodies below `node`, in the node's own text.
pub(super) fn body_errors(node: &SyntaxNode) -> Vec<(snell_source::Span, String)> {
    let body = match node.kind() {
        K::DO => ast::Do::cast(node.clone()).and_then(|statement| statement.plpgsql()),
        K::CREATE_FUNCTION => {
            ast::CreateFunction::cast(node.clone()).and_then(|function| function.plpgsql())
        }
        K::CREATE_PROCEDURE => {
            ast::CreateProcedure::cast(node.clone()).and_then(|procedure| procedure.plpgsql())
        }
        _ => None,
    };
    // Squawk refuses some bodies that PostgreSQL takes; its grammar for them has the last word.
    body.filter(|body| !crate::grammar::accepts_plpgsql(body.text()))
        .map(|body| {
            body.errors()
                .iter()
                .map(|error| (span_of(error.range()), error.message().to_owned()))
                .collect()
        })
        .unwrap_or_default()
}
