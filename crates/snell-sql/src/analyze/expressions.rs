//! Types of expressions.

use smol_str::SmolStr;
use snell_source::Span;

use super::scope::{Scope, Typed};
use super::{Analyzer, Given, MAX_DEPTH};
use crate::ast::{Case, Expr, ExprKind, Name, Operator, Query, TypeName};
use crate::catalog::{DataType, TypeId, UserTypeKind};

impl Analyzer<'_> {
    pub(super) fn expr(&mut self, expr: &Expr, scope: &Scope<'_>) -> Typed {
        if self.depth > MAX_DEPTH {
            return Typed::poison(expr.span);
        }
        self.depth += 1;
        let typed = self.expr_kind(expr, scope);
        self.depth -= 1;
        typed
    }

    /// An expression that must be true or false.
    pub(super) fn condition(&mut self, expr: &Expr, scope: &Scope<'_>) {
        let typed = self.expr(expr, scope);
        self.coerce(&typed, &TypeId::BOOL.into());
        if let Some(id) = typed.id()
            && !typed.open()
            && self.catalog.base_of(id) != TypeId::BOOL
        {
            self.error(
                "42804",
                expr.span,
                format!(
                    "argument of a condition must be type boolean, not type {}",
                    self.catalog.format_type(&id.into())
                ),
                None,
            );
        }
    }

    #[allow(clippy::too_many_lines, reason = "one arm for each kind")]
    fn expr_kind(&mut self, expr: &Expr, scope: &Scope<'_>) -> Typed {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Null => Typed::of(TypeId::UNKNOWN, span, false),
            ExprKind::Bool(_) => Typed::of(TypeId::BOOL, span, true),
            ExprKind::Integer(text) => Typed::of(integer(text), span, true),
            ExprKind::Decimal(_) => Typed::of(TypeId::NUMERIC, span, true),
            ExprKind::Bits(_) => Typed::of(TypeId::BIT, span, true),
            ExprKind::String(text) => Typed {
                literal: Some(text.clone()),
                ..Typed::of(TypeId::UNKNOWN, span, true)
            },
            ExprKind::Parameter(number) => self.parameter(*number, span),
            ExprKind::Column(parts) => self.column(parts, span, scope),
            ExprKind::Binary(operator, left, right) => {
                let left = self.expr(left, scope);
                let right = self.expr(right, scope);
                self.operator(operator, Some(&left), &right, span)
            }
            ExprKind::Unary(operator, operand) => {
                let operand = self.expr(operand, scope);
                self.operator(operator, None, &operand, span)
            }
            ExprKind::Logical(_, operands) => {
                let mut not_null = true;
                for operand in operands {
                    self.condition(operand, scope);
                    not_null &= self.never_null(operand, scope);
                }
                Typed::of(TypeId::BOOL, span, not_null)
            }
            ExprKind::Not(operand) => {
                self.condition(operand, scope);
                let not_null = self.never_null(operand, scope);
                Typed::of(TypeId::BOOL, span, not_null)
            }
            ExprKind::IsNull(operand, _) | ExprKind::Is(operand, _) => {
                let typed = self.expr(operand, scope);
                if matches!(&expr.kind, ExprKind::Is(_, test) if test.ends_with("true") || test.ends_with("false") || test.ends_with("unknown"))
                {
                    self.coerce(&typed, &TypeId::BOOL.into());
                }
                Typed::of(TypeId::BOOL, span, true)
            }
            ExprKind::Distinct(left, right, _) => {
                let (left, right) = (self.expr(left, scope), self.expr(right, scope));
                self.compare(&left, &right, span);
                Typed::of(TypeId::BOOL, span, true)
            }
            ExprKind::Between(value, low, high, _) => {
                let value = self.expr(value, scope);
                let (low, high) = (self.expr(low, scope), self.expr(high, scope));
                let operator = |symbol: &str| Operator {
                    symbol: symbol.into(),
                    span,
                };
                self.operator(&operator(">="), Some(&value), &low, span);
                self.operator(&operator("<="), Some(&value), &high, span);
                Typed::of(
                    TypeId::BOOL,
                    span,
                    value.not_null && low.not_null && high.not_null,
                )
            }
            ExprKind::InList(value, items, _) => self.in_list(value, items, span, scope),
            ExprKind::InQuery(value, query, _) => {
                let value = self.expr(value, scope);
                self.quantified(&value, query, span, scope)
            }
            ExprKind::AnyQuery(_, value, query, _) => {
                let value = self.expr(value, scope);
                self.quantified(&value, query, span, scope)
            }
            ExprKind::AnyArray(operator, value, array, _) => {
                self.any_array(operator, value, array, span, scope)
            }
            ExprKind::Cast(operand, written) => self.cast(operand, written, span, scope),
            ExprKind::Call(call) => self.call(call, span, scope),
            ExprKind::Keyword(word) => keyword(word, span),
            ExprKind::Case(case) => self.case(case, span, scope),
            ExprKind::Array(items) => self.array(items, span, scope),
            ExprKind::ArrayQuery(query) => {
                let first = self.first_column(query, scope);
                let data_type = first
                    .and_then(|data_type| self.catalog.array_of(data_type.id))
                    .map(DataType::from);
                Typed {
                    data_type,
                    not_null: true,
                    ..Typed::poison(span)
                }
            }
            ExprKind::Row(items) => {
                for item in items {
                    self.expr(item, scope);
                }
                Typed::of(TypeId::RECORD, span, true)
            }
            ExprKind::Subquery(query) => {
                let data_type = self.first_column(query, scope);
                Typed {
                    data_type,
                    ..Typed::poison(span)
                }
            }
            ExprKind::Exists(query) => {
                self.query(query, Some(scope));
                Typed::of(TypeId::BOOL, span, true)
            }
            ExprKind::Subscript(value, items, slice) => {
                self.subscript(value, items, *slice, scope, span)
            }
            ExprKind::Field(value, name) => self.field(value, name, span, scope),
            ExprKind::Collate(value, _) => {
                let typed = self.expr(value, scope);
                self.coerce(&typed, &TypeId::TEXT.into());
                typed
            }
            ExprKind::FieldStar(value) => {
                self.expr(value, scope);
                Typed::poison(span)
            }
            ExprKind::Star(_) | ExprKind::Default | ExprKind::Unknown => Typed::poison(span),
        }
    }

    fn never_null(&mut self, expr: &Expr, scope: &Scope<'_>) -> bool {
        // Errors were told when the operand was typed: only the answer is wanted here.
        let errors = self.errors.len();
        let typed = self.expr(expr, scope);
        self.errors.truncate(errors);
        typed.not_null
    }

    fn parameter(&mut self, number: u32, span: Span) -> Typed {
        let index = (number as usize).saturating_sub(1);
        if index < 65_535 && self.parameters.len() <= index {
            self.parameters.resize(index + 1, None);
        }
        let declared = match self.given.get(index) {
            Some(Given::Unknown) => return Typed::poison(span),
            Some(Given::Declared(id)) => {
                if let Some(known) = self.parameters.get_mut(index) {
                    *known = Some((*id).into());
                }
                return Typed::of(*id, span, false);
            }
            Some(Given::Open) | None => self.parameters.get(index).cloned().flatten(),
        };
        match declared {
            Some(data_type) => Typed {
                data_type: Some(data_type),
                ..Typed::poison(span)
            },
            None => Typed {
                parameter: Some(number),
                ..Typed::of(TypeId::UNKNOWN, span, false)
            },
        }
    }

    pub(super) fn named_type(&mut self, written: &TypeName) -> Option<DataType> {
        match self.catalog.resolve_type(written) {
            Some(data_type) => {
                self.types.insert(data_type.id);
                Some(data_type)
            }
            None => {
                if !self.unknown_contents() && self.catalog.find(&written.name).is_none() {
                    self.error(
                        "42704",
                        written.name.span(),
                        format!("type \"{}\" does not exist", written.name),
                        Some(&written.name.name.text),
                    );
                }
                None
            }
        }
    }

    fn cast(&mut self, operand: &Expr, written: &TypeName, span: Span, scope: &Scope<'_>) -> Typed {
        let target = self.named_type(written);
        // ARRAY[...]::t[] gives its elements their type.
        let typed = match (&operand.kind, &target) {
            (ExprKind::Array(items), Some(target)) => {
                let element = self.catalog.element_of(target.id);
                for item in items {
                    let item = self.expr(item, scope);
                    if let Some(element) = element {
                        self.coerce(&item, &element.into());
                    }
                }
                Typed::of(target.id, span, true)
            }
            _ => self.expr(operand, scope),
        };
        let Some(target) = target else {
            return Typed::poison(span);
        };
        self.coerce(&typed, &target);
        if let Some(from) = typed.id()
            && self.catalog.cast(from, target.id).is_none()
            && typed.row.is_none()
        {
            self.error(
                "42846",
                span,
                format!(
                    "cannot cast type {} to {}",
                    self.catalog.format_type(&from.into()),
                    self.catalog.format_type(&target)
                ),
                None,
            );
        }
        Typed {
            data_type: Some(target),
            not_null: typed.not_null,
            ..Typed::poison(span)
        }
    }

    fn case(&mut self, case: &Case, span: Span, scope: &Scope<'_>) -> Typed {
        let operand = case
            .operand
            .as_ref()
            .map(|operand| self.expr(operand, scope));
        let mut results = Vec::new();
        for (condition, result) in &case.branches {
            match &operand {
                Some(operand) => {
                    let value = self.expr(condition, scope);
                    self.compare(operand, &value, condition.span);
                }
                None => self.condition(condition, scope),
            }
            results.push(self.expr(result, scope));
        }
        let mut not_null = case.otherwise.is_some();
        if let Some(otherwise) = &case.otherwise {
            results.push(self.expr(otherwise, scope));
        }
        not_null &= results.iter().all(|result| result.not_null);
        let mut typed = self.unify(&results, span);
        typed.not_null = not_null;
        typed
    }

    fn array(&mut self, items: &[Expr], span: Span, scope: &Scope<'_>) -> Typed {
        let values: Vec<Typed> = items.iter().map(|item| self.expr(item, scope)).collect();
        if values.is_empty() {
            self.error(
                "42P18",
                span,
                "cannot determine type of empty array".into(),
                None,
            );
            return Typed::poison(span);
        }
        let element = self.unify(&values, span);
        let data_type = element
            .id()
            .and_then(|id| match self.catalog.element_of(id) {
                Some(_) => Some(id),
                None => self.catalog.array_of(id),
            })
            .map(DataType::from);
        Typed {
            data_type,
            not_null: true,
            ..Typed::poison(span)
        }
    }

    fn first_column(&mut self, query: &Query, scope: &Scope<'_>) -> Option<DataType> {
        let (columns, _) = self.query(query, Some(scope));
        columns.into_iter().next()?.data_type
    }

    fn subscript(
        &mut self,
        value: &Expr,
        items: &[Expr],
        slice: bool,
        scope: &Scope<'_>,
        span: Span,
    ) -> Typed {
        let value = self.expr(value, scope);
        let json = value.id() == Some(TypeId::JSONB);
        for item in items {
            let item = self.expr(item, scope);
            let wanted = if json { TypeId::TEXT } else { TypeId::INT4 };
            if item.open() {
                self.coerce(&item, &wanted.into());
            }
        }
        let data_type = match value.data_type {
            Some(data_type) if slice || json => Some(data_type),
            Some(data_type) => self
                .catalog
                .element_of(self.catalog.base_of(data_type.id))
                .map(|id| DataType {
                    id,
                    modifiers: data_type.modifiers,
                }),
            None => None,
        };
        Typed {
            data_type,
            ..Typed::poison(span)
        }
    }

    fn field(&mut self, value: &Expr, name: &Name, span: Span, scope: &Scope<'_>) -> Typed {
        let value = self.expr(value, scope);
        if let Some(column) = value
            .row
            .as_ref()
            .and_then(|row| row.iter().find(|column| column.name == name.text))
        {
            return Typed {
                data_type: column.data_type.clone(),
                ..Typed::poison(span)
            };
        }
        let field = value
            .id()
            .and_then(|id| self.catalog.user_type(id))
            .and_then(|user_type| match &user_type.kind {
                UserTypeKind::Composite(fields) => fields.iter().find(|(n, _)| *n == name.text),
                _ => None,
            });
        Typed {
            data_type: field.map(|(_, data_type)| data_type.clone()),
            ..Typed::poison(span)
        }
    }
}

/// `make_const`: an integer literal takes the smallest type from `int4` up that holds it.
fn integer(text: &str) -> TypeId {
    let digits: SmolStr = text.replace('_', "").into();
    if digits.parse::<i32>().is_ok() || digits.starts_with("0x") {
        TypeId::INT4
    } else if digits.parse::<i64>().is_ok() {
        TypeId::INT8
    } else {
        TypeId::NUMERIC
    }
}

fn keyword(word: &str, span: Span) -> Typed {
    let base = word.split('(').next().unwrap_or(word);
    let id = match base {
        "current_date" => TypeId::DATE,
        "current_time" => TypeId::TIMETZ,
        "current_timestamp" => TypeId::TIMESTAMPTZ,
        "localtime" => TypeId::TIME,
        "localtimestamp" => TypeId::TIMESTAMP,
        _ => TypeId::NAME,
    };
    Typed::of(id, span, base != "current_schema")
}
