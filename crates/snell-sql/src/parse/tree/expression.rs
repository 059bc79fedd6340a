//! Expressions.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxElement, SyntaxKind as K, SyntaxNode};

use super::call::function_kind;
use super::names::{string_value, words};
use super::{Lower, child, children, has, has_token, tokens};
use crate::ast::{Case, Expr, ExprKind, Name, Operator};

impl Lower<'_> {
    /// The first expression directly below `node`.
    pub(super) fn child_expr(&self, node: &SyntaxNode) -> Option<Expr> {
        node.children()
            .find(|child| is_expression(child.kind()))
            .map(|child| self.expr(&child))
    }

    /// The expressions directly below `node`.
    pub(super) fn child_exprs(&self, node: &SyntaxNode) -> Vec<Expr> {
        node.children()
            .filter(|child| is_expression(child.kind()))
            .map(|child| self.expr(&child))
            .collect()
    }

    /// The expression below the first child of `kind`.
    pub(super) fn expr_in(&self, node: &SyntaxNode, kind: K) -> Option<Expr> {
        child(node, kind).and_then(|child| self.child_expr(&child))
    }

    pub(super) fn expr(&self, node: &SyntaxNode) -> Expr {
        Expr {
            span: self.span(node),
            kind: self.expr_kind(node).unwrap_or(ExprKind::Unknown),
        }
    }

    fn boxed(&self, node: &SyntaxNode) -> Option<Box<Expr>> {
        self.child_expr(node).map(Box::new)
    }

    fn expr_kind(&self, node: &SyntaxNode) -> Option<ExprKind> {
        Some(match node.kind() {
            K::LITERAL => literal(node),
            K::NAME_REF => self.name_or_keyword(node)?,
            K::FIELD_EXPR => self.field(node)?,
            K::BIN_EXPR => self.binary(node)?,
            K::PREFIX_EXPR => self.prefix(node)?,
            K::POSTFIX_EXPR => self.postfix(node)?,
            K::BETWEEN_EXPR => {
                let mut parts = self.child_exprs(node).into_iter();
                ExprKind::Between(
                    Box::new(parts.next()?),
                    Box::new(parts.next()?),
                    Box::new(parts.next()?),
                    !has_token(node, K::NOT_KW),
                )
            }
            K::PAREN_EXPR | K::PAREN_SELECT => return self.parenthesized(node),
            K::TUPLE_EXPR => ExprKind::Row(self.child_exprs(node)),
            K::CALL_EXPR => return self.call(node),
            K::CAST_EXPR => ExprKind::Cast(self.boxed(node)?, self.child_type(node)?),
            K::ARRAY_EXPR => match self.child_query(node) {
                Some(query) => ExprKind::ArrayQuery(Box::new(query)),
                None => ExprKind::Array(self.child_exprs(node)),
            },
            K::INDEX_EXPR | K::SLICE_EXPR => {
                let mut parts = self.child_exprs(node).into_iter();
                let base = Box::new(parts.next()?);
                ExprKind::Subscript(base, parts.collect(), node.kind() == K::SLICE_EXPR)
            }
            K::CASE_EXPR => self.case(node),
            K::COLLATE => ExprKind::Collate(
                self.boxed(node)?,
                self.child_object(node, K::COLLATION_REF)?,
            ),
            _ => return None,
        })
    }

    fn name_or_keyword(&self, node: &SyntaxNode) -> Option<ExprKind> {
        let token = tokens(node).next()?;
        let keyword = matches!(
            token.kind(),
            K::CURRENT_DATE_KW
                | K::CURRENT_TIME_KW
                | K::CURRENT_TIMESTAMP_KW
                | K::CURRENT_USER_KW
                | K::CURRENT_ROLE_KW
                | K::CURRENT_CATALOG_KW
                | K::CURRENT_SCHEMA_KW
                | K::LOCALTIME_KW
                | K::LOCALTIMESTAMP_KW
                | K::SESSION_USER_KW
                | K::SYSTEM_USER_KW
                | K::USER_KW
        );
        Some(if keyword {
            ExprKind::Keyword(token.text().to_ascii_lowercase().into())
        } else {
            ExprKind::Column(vec![self.name_token(&token)])
        })
    }

    /// `a.b.c` and `a.*` are column references; `(x).f` is a field.
    fn field(&self, node: &SyntaxNode) -> Option<ExprKind> {
        let star = has_token(node, K::STAR);
        if let Some(mut parts) = self.dotted(node) {
            if star {
                return Some(ExprKind::Star(parts));
            }
            if parts.len() > 3 {
                parts.remove(0);
            }
            return Some(ExprKind::Column(parts));
        }
        let base = self.boxed(node)?;
        if star {
            return Some(ExprKind::FieldStar(base));
        }
        let field = children(node, K::NAME_REF).last()?;
        Some(ExprKind::Field(base, self.name(&field)?))
    }

    /// The names of a chain of dots that starts with a name.
    pub(super) fn dotted(&self, node: &SyntaxNode) -> Option<Vec<Name>> {
        let mut parts = Vec::new();
        let mut current = node.clone();
        loop {
            match current.kind() {
                K::NAME_REF => {
                    parts.push(self.name(&current)?);
                    parts.reverse();
                    return Some(parts);
                }
                K::FIELD_EXPR => {
                    let mut inner = current.children();
                    let base = inner.next()?;
                    if let Some(field) = inner.next() {
                        parts.push(self.name(&field)?);
                    } else if !has_token(&current, K::STAR) {
                        return None;
                    }
                    current = base;
                }
                _ => return None,
            }
        }
    }

    /// Left-deep chains are walked in a loop: their length must not become stack depth.
    fn binary(&self, node: &SyntaxNode) -> Option<ExprKind> {
        let mut pending = Vec::new();
        let mut current = node.clone();
        while current.kind() == K::BIN_EXPR {
            let mut operands = current.children().filter(|c| is_expression(c.kind()));
            let left = operands.next()?;
            pending.push((current.clone(), operands.next()));
            current = left;
        }
        let mut left = self.expr(&current);
        while let Some((node, right)) = pending.pop() {
            let mut right = right?;
            let mut end = self.span(&node).end;
            // The tree groups operators without a precedence of their own from the right;
            // PostgreSQL groups them from the left.
            if is_custom(&node) && is_custom(&right) {
                let mut operands = right.children().filter(|c| is_expression(c.kind()));
                let first = operands.next()?;
                pending.push((right.clone(), operands.next()));
                right = first;
                end = self.span(&right).end;
            }
            let span = snell_source::Span::new(left.span.start, end);
            left = Expr {
                kind: self.combine(&node, left, &right)?,
                span,
            };
        }
        Some(left.kind)
    }

    fn combine(&self, node: &SyntaxNode, left: Expr, right: &SyntaxNode) -> Option<ExprKind> {
        let operator = self.operator_of(node, 1)?;
        let symbol = operator.symbol.as_str();
        Some(match symbol {
            "and" | "or" => self.logical(symbol == "and", left, right),
            "in" | "not in" => {
                let positive = symbol == "in";
                let left = Box::new(left);
                match self.query_of(right) {
                    Some(query) => ExprKind::InQuery(left, Box::new(query), positive),
                    None => ExprKind::InList(left, self.child_exprs(right), positive),
                }
            }
            "is" | "is not" if right.kind() == K::LITERAL && has_token(right, K::NULL_KW) => {
                ExprKind::IsNull(Box::new(left), symbol == "is")
            }
            "is" | "is not" => {
                let negated = if symbol == "is" { "" } else { "not " };
                ExprKind::Is(Box::new(left), format!("{negated}{}", words(right)).into())
            }
            "is distinct from" | "is not distinct from" => ExprKind::Distinct(
                Box::new(left),
                Box::new(self.expr(right)),
                symbol == "is distinct from",
            ),
            "at time zone" => {
                let zone = self.expr(right);
                function_kind("timezone", operator.span, vec![zone, left])
            }
            _ => return self.comparison(operator, left, right),
        })
    }

    fn logical(&self, and: bool, left: Expr, right: &SyntaxNode) -> ExprKind {
        let mut operands = match left.kind {
            ExprKind::Logical(same, operands) if same == and => operands,
            _ => vec![left],
        };
        operands.push(self.expr(right));
        ExprKind::Logical(and, operands)
    }

    fn comparison(&self, operator: Operator, left: Expr, right: &SyntaxNode) -> Option<ExprKind> {
        let left = Box::new(left);
        let quantified = right.children().find(|inner| {
            matches!(inner.kind(), K::ANY_FN | K::ALL_FN | K::SOME_FN)
                && right.kind() == K::CALL_EXPR
        });
        let Some(quantified) = quantified else {
            return Some(ExprKind::Binary(operator, left, Box::new(self.expr(right))));
        };
        let any = quantified.kind() != K::ALL_FN;
        Some(match self.child_query(&quantified) {
            Some(query) => ExprKind::AnyQuery(operator, left, Box::new(query), any),
            None => ExprKind::AnyArray(operator, left, self.boxed(&quantified)?, any),
        })
    }

    /// The operator of `node`, which stands after its first `skip` expressions.
    fn operator_of(&self, node: &SyntaxNode, skip: usize) -> Option<Operator> {
        let mut operands = 0;
        for part in node.children_with_tokens() {
            match part {
                SyntaxElement::Node(inner) if is_expression(inner.kind()) => operands += 1,
                SyntaxElement::Node(inner) if operands >= skip => {
                    return Some(Operator {
                        symbol: operator_symbol(&inner),
                        span: self.span(&inner),
                    });
                }
                SyntaxElement::Token(token) if operands >= skip && !token.kind().is_trivia() => {
                    return Some(Operator {
                        symbol: canonical_operator(&token.text().to_ascii_lowercase()),
                        span: self.token_span(&token),
                    });
                }
                _ => {}
            }
        }
        None
    }

    fn prefix(&self, node: &SyntaxNode) -> Option<ExprKind> {
        let operator = self.operator_of(node, 0)?;
        let operand = self.boxed(node)?;
        if operator.symbol == "not" {
            return Some(ExprKind::Not(operand));
        }
        Some(match (operator.symbol.as_str(), &operand.kind) {
            ("-", ExprKind::Integer(digits)) => ExprKind::Integer(format!("-{digits}").into()),
            ("-", ExprKind::Decimal(digits)) => ExprKind::Decimal(format!("-{digits}").into()),
            _ => ExprKind::Unary(operator, operand),
        })
    }

    fn postfix(&self, node: &SyntaxNode) -> Option<ExprKind> {
        let operator = self.operator_of(node, 1)?;
        let operand = self.boxed(node)?;
        Some(match operator.symbol.as_str() {
            "isnull" => ExprKind::IsNull(operand, true),
            "notnull" => ExprKind::IsNull(operand, false),
            "at local" => function_kind("timezone", operator.span, vec![*operand]),
            test => ExprKind::Is(operand, test.strip_prefix("is ").unwrap_or(test).into()),
        })
    }

    fn parenthesized(&self, node: &SyntaxNode) -> Option<ExprKind> {
        if let Some(query) = self.query_of(node) {
            return Some(ExprKind::Subquery(Box::new(query)));
        }
        Some(self.child_expr(node)?.kind)
    }

    fn case(&self, node: &SyntaxNode) -> ExprKind {
        let branches = child(node, K::WHEN_CLAUSE_LIST)
            .map(|list| {
                children(&list, K::WHEN_CLAUSE)
                    .filter_map(|when| {
                        let mut parts = self.child_exprs(&when).into_iter();
                        Some((parts.next()?, parts.next()?))
                    })
                    .collect()
            })
            .unwrap_or_default();
        ExprKind::Case(Box::new(Case {
            operand: self.child_expr(node),
            branches,
            otherwise: self.expr_in(node, K::ELSE_CLAUSE),
        }))
    }
}

/// Whether a node is an operator like `->` or `||` over two operands.
fn is_custom(node: &SyntaxNode) -> bool {
    node.kind() == K::BIN_EXPR && has(node, K::CUSTOM_OP)
}

fn operator_symbol(node: &SyntaxNode) -> SmolStr {
    if node.kind() == K::OPERATOR_CALL {
        // OPERATOR(schema.+)
        let text = node.text().to_string();
        let inner = text
            .split_once('(')
            .map_or("", |(_, rest)| rest.trim_end_matches(')'));
        let symbol = inner.rsplit('.').next().unwrap_or(inner).trim();
        return canonical_operator(symbol);
    }
    if node.kind() == K::CUSTOM_OP {
        return node.text().to_string().into();
    }
    canonical_operator(&words(node))
}

/// The name that `pg_operator` has for an operator of the grammar.
fn canonical_operator(text: &str) -> SmolStr {
    match text {
        "!=" => "<>",
        "like" => "~~",
        "not like" => "!~~",
        "ilike" => "~~*",
        "not ilike" => "!~~*",
        other => other,
    }
    .into()
}

fn literal(node: &SyntaxNode) -> ExprKind {
    let Some(token) = tokens(node).next() else {
        return ExprKind::Unknown;
    };
    match token.kind() {
        K::NULL_KW => ExprKind::Null,
        K::TRUE_KW => ExprKind::Bool(true),
        K::FALSE_KW => ExprKind::Bool(false),
        K::DEFAULT_KW => ExprKind::Default,
        K::INT_NUMBER => ExprKind::Integer(token.text().into()),
        K::NUMERIC_NUMBER => ExprKind::Decimal(token.text().into()),
        K::BIT_STRING | K::BYTE_STRING => ExprKind::Bits(token.text().into()),
        K::POSITIONAL_PARAM => match token.text().trim_start_matches('$').parse() {
            Ok(number) => ExprKind::Parameter(number),
            Err(_) => ExprKind::Unknown,
        },
        _ => string_value(node).map_or(ExprKind::Unknown, ExprKind::String),
    }
}

pub(super) fn is_expression(kind: K) -> bool {
    matches!(
        kind,
        K::LITERAL
            | K::NAME_REF
            | K::FIELD_EXPR
            | K::BIN_EXPR
            | K::PREFIX_EXPR
            | K::POSTFIX_EXPR
            | K::BETWEEN_EXPR
            | K::PAREN_EXPR
            | K::PAREN_SELECT
            | K::TUPLE_EXPR
            | K::CALL_EXPR
            | K::CAST_EXPR
            | K::ARRAY_EXPR
            | K::INDEX_EXPR
            | K::SLICE_EXPR
            | K::CASE_EXPR
            | K::NON_STANDARD_PARAM
    ) || kind == K::COLLATE
}
