//! Calls of functions, and the functions that the grammar spells in its own way.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::expression::is_expression;
use super::names::{object_of, string_value, words};
use super::{Lower, child, children, has, has_token, tokens};
use crate::ast::{Argument, Call, Expr, ExprKind, Name, ObjectName, OrderItem, Window};

impl Lower<'_> {
    pub(super) fn call(&self, node: &SyntaxNode) -> Option<ExprKind> {
        let head = node.children().next()?;
        if head.kind() == K::EXISTS_FN {
            return Some(ExprKind::Exists(Box::new(self.child_query(&head)?)));
        }
        let mut call = match child(node, K::ARG_LIST) {
            Some(list) => {
                let name = object_of(self.dotted(&head)?)?;
                if let Some(keyword) = keyword_with_precision(&head, &list) {
                    return Some(ExprKind::Keyword(keyword));
                }
                let mut call = plain_call(name, Vec::new());
                self.arguments(&list, &mut call);
                spell_form(&mut call);
                call
            }
            None => self.special_function(&head)?,
        };
        self.around_call(node, &mut call);
        Some(ExprKind::Call(Box::new(call)))
    }

    fn arguments(&self, list: &SyntaxNode, call: &mut Call) {
        call.star = has_token(list, K::STAR);
        call.distinct = has(list, K::DISTINCT);
        for argument in children(list, K::ARG) {
            let named = child(&argument, K::NAMED_ARG);
            let value = named.as_ref().unwrap_or(&argument);
            if let Some(value) = self.child_expr(value) {
                call.arguments.push(Argument {
                    name: named
                        .as_ref()
                        .and_then(|named| self.child_name(named, K::PARAM_NAME_REF)),
                    variadic: has_token(&argument, K::VARIADIC_KW),
                    value,
                });
            }
            if let Some(order) = child(&argument, K::ORDER_BY_CLAUSE) {
                call.order_by = self.order_items(&order);
            }
        }
    }

    fn around_call(&self, node: &SyntaxNode, call: &mut Call) {
        if let Some(within) = child(node, K::WITHIN_CLAUSE) {
            call.within_group = true;
            call.order_by = child(&within, K::ORDER_BY_CLAUSE)
                .map(|order| self.order_items(&order))
                .unwrap_or_default();
        }
        call.filter = self.expr_in(node, K::FILTER_CLAUSE);
        call.over =
            child(node, K::OVER_CLAUSE).map(|over| match child(&over, K::OVER_WINDOW_SPEC) {
                Some(spec) => child(&spec, K::WINDOW_SPEC)
                    .map(|spec| self.window(&spec))
                    .unwrap_or_else(|| empty_window(None)),
                None => empty_window(self.child_name(&over, K::WINDOW_REF)),
            });
    }

    pub(super) fn window(&self, spec: &SyntaxNode) -> Window {
        Window {
            base: self.child_name(spec, K::WINDOW_REF),
            partition_by: child(spec, K::PARTITION_BY_CLAUSE)
                .map(|partition| self.child_exprs(&partition))
                .unwrap_or_default(),
            order_by: child(spec, K::ORDER_BY_CLAUSE)
                .map(|order| self.order_items(&order))
                .unwrap_or_default(),
        }
    }

    pub(super) fn order_items(&self, clause: &SyntaxNode) -> Vec<OrderItem> {
        child(clause, K::SORT_BY_LIST)
            .map(|list| {
                children(&list, K::SORT_BY)
                    .filter_map(|item| self.order_item(&item))
                    .collect()
            })
            .unwrap_or_default()
    }

    pub(super) fn order_item(&self, item: &SyntaxNode) -> Option<OrderItem> {
        let nulls_first = match (has(item, K::NULLS_FIRST), has(item, K::NULLS_LAST)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        };
        Some(OrderItem {
            expr: self.child_expr(item)?,
            descending: has(item, K::SORT_DESC),
            nulls_first,
        })
    }

    /// `EXTRACT`, `SUBSTRING`, `TRIM` and their like, as the calls that they stand for.
    fn special_function(&self, node: &SyntaxNode) -> Option<Call> {
        let nested = |kind: K| child(node, kind);
        let span = self.token_span(&tokens(node).next()?);
        let arguments = |inner: &SyntaxNode| {
            inner
                .descendants()
                .skip(1)
                .filter(|part| {
                    is_expression(part.kind())
                        && part
                            .ancestors()
                            .skip(1)
                            .take_while(|above| above != inner)
                            .all(|above| !is_expression(above.kind()))
                })
                .map(|part| self.expr(&part))
                .collect::<Vec<_>>()
        };
        let (name, values) = match node.kind() {
            K::EXTRACT_FN => {
                let field =
                    nested(K::EXTRACT_FIELD_NAME).or_else(|| nested(K::EXTRACT_FIELD_LITERAL))?;
                let text = string_value(&field).unwrap_or_else(|| words(&field).into());
                let first = Expr {
                    span: self.span(&field),
                    kind: ExprKind::String(text),
                };
                ("extract", vec![first, self.child_expr(node)?])
            }
            K::SUBSTRING_FN => ("substring", arguments(node)),
            K::POSITION_FN => {
                let mut values = arguments(node);
                values.reverse();
                ("position", values)
            }
            K::OVERLAY_FN => ("overlay", arguments(node)),
            K::TRIM_FN => self.trim(node, arguments(node)),
            K::COLLATION_FOR_FN => ("pg_collation_for", arguments(node)),
            _ => {
                let name = tokens(node).next()?.text().to_ascii_lowercase();
                let object = name_at(&name, span);
                return Some(plain_call(object, arguments(node)));
            }
        };
        Some(plain_call(name_at(name, span), values))
    }

    fn trim(&self, node: &SyntaxNode, mut values: Vec<Expr>) -> (&'static str, Vec<Expr>) {
        if has(node, K::TRIM_EXPR_FROM) {
            values.reverse();
        }
        let name = if node.descendants().any(|n| n.kind() == K::TRIM_LEADING) {
            "ltrim"
        } else if node.descendants().any(|n| n.kind() == K::TRIM_TRAILING) {
            "rtrim"
        } else {
            "btrim"
        };
        (name, values)
    }
}

/// `normalize(text, NFKC)`: the form is a word of the grammar, which makes a string of it (`func_expr_common_subexpr`
/// in PostgreSQL's gram.y), and no column.
fn spell_form(call: &mut Call) {
    let name = &call.name;
    if name.schema.is_some() || name.name.quoted || name.name.text != "normalize" {
        return;
    }
    let Some(form) = call.arguments.get_mut(1).map(|form| &mut form.value) else {
        return;
    };
    if let ExprKind::Column(names) = &form.kind
        && let [word] = names.as_slice()
        && ["nfc", "nfd", "nfkc", "nfkd"].contains(&word.text.as_str())
    {
        form.kind = ExprKind::String(word.text.to_uppercase().into());
    }
}

/// `CURRENT_TIMESTAMP(3)`: the grammar knows it, `pg_proc` does not.
fn keyword_with_precision(head: &SyntaxNode, list: &SyntaxNode) -> Option<SmolStr> {
    let word = tokens(head).next()?;
    let timed = matches!(
        word.kind(),
        K::CURRENT_TIME_KW | K::CURRENT_TIMESTAMP_KW | K::LOCALTIME_KW | K::LOCALTIMESTAMP_KW
    );
    timed.then(|| format!("{}{}", word.text().to_ascii_lowercase(), list.text()).into())
}

pub(super) fn name_at(text: &str, span: snell_source::Span) -> ObjectName {
    ObjectName {
        schema: None,
        name: Name {
            text: text.into(),
            span,
            quoted: false,
        },
    }
}

pub(super) fn function_kind(name: &str, span: snell_source::Span, values: Vec<Expr>) -> ExprKind {
    ExprKind::Call(Box::new(plain_call(name_at(name, span), values)))
}

fn plain_call(name: ObjectName, values: Vec<Expr>) -> Call {
    Call {
        name,
        arguments: values
            .into_iter()
            .map(|value| Argument {
                name: None,
                variadic: false,
                value,
            })
            .collect(),
        star: false,
        distinct: false,
        order_by: Vec::new(),
        within_group: false,
        filter: None,
        over: None,
    }
}

fn empty_window(base: Option<Name>) -> Window {
    Window {
        base,
        partition_by: Vec::new(),
        order_by: Vec::new(),
    }
}
