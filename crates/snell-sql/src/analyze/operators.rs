//! Operators: the overload that fits, its result, and comparisons with lists and sub-selects.

use snell_source::Span;

use super::Analyzer;
use super::candidates::{Candidate, Choice};
use super::scope::{Scope, Typed};
use crate::ast::{Expr, Operator, Query};
use crate::catalog::TypeId;
use crate::library::{LibraryOperator, library};

/// Operators that give null only for null operands.
const TOTAL: &[&str] = &[
    "=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "||", "~~", "!~~", "~~*", "!~~*",
    "~", "~*", "!~", "!~*", "@>", "<@", "&&", "?", "<->", "<=>", "<#>", "<+>",
];

impl Analyzer<'_> {
    pub(super) fn compare(&mut self, left: &Typed, right: &Typed, span: Span) {
        let equal = Operator {
            symbol: "=".into(),
            span,
        };
        self.operator(&equal, Some(left), right, span);
    }

    /// An operator over operands: the overload that fits, its result.
    #[allow(
        clippy::too_many_lines,
        reason = "one arm for each family of operators"
    )]
    pub(super) fn operator(
        &mut self,
        operator: &Operator,
        left: Option<&Typed>,
        right: &Typed,
        span: Span,
    ) -> Typed {
        let not_null = TOTAL.contains(&operator.symbol.as_str())
            && right.not_null
            && left.is_none_or(|left| left.not_null);
        if operator.symbol == "similar to" || operator.symbol == "not similar to" {
            for side in left.iter().copied().chain([right]) {
                self.coerce(side, &TypeId::TEXT.into());
            }
            return Typed::of(TypeId::BOOL, span, not_null);
        }
        let (Some(right_id), Some(left_id)) =
            (right.id(), left.map_or(Some(TypeId::UNKNOWN), Typed::id))
        else {
            return self.operator_result(&operator.symbol, span, not_null);
        };
        if right_id == TypeId::RECORD || left_id == TypeId::RECORD {
            return Typed::of(TypeId::BOOL, span, false);
        }
        let Some(known) = library().operators.get(&operator.symbol) else {
            return Typed::poison(span);
        };
        let given: Vec<TypeId> = match left {
            Some(_) => vec![left_id, right_id],
            None => vec![right_id],
        };
        let candidates: Vec<Candidate<'_, LibraryOperator>> = known
            .iter()
            .filter(|entry| entry.left.is_some() == left.is_some())
            .filter(|entry| self.catalog.installed(entry.extension))
            .map(|entry| Candidate {
                arguments: entry.left.into_iter().chain([entry.right]).collect(),
                item: entry,
            })
            .collect();
        // An open side is first tried as the other side's type.
        let assumed = self.assume(&given);
        let exact = candidates
            .iter()
            .position(|candidate| candidate.arguments == assumed);
        let choice = match exact {
            Some(index) => candidates
                .into_iter()
                .nth(index)
                .map_or(Choice::None, Choice::One),
            None => self.catalog.choose(&given, candidates),
        };
        match choice {
            Choice::One(chosen) => {
                let generic = |id: TypeId| super::candidates::polymorphic(id).is_some();
                let other = given
                    .iter()
                    .copied()
                    .find(|id| *id != TypeId::UNKNOWN)
                    .unwrap_or(TypeId::TEXT);
                for (side, asked) in left.into_iter().chain([right]).zip(&chosen.arguments) {
                    let asked = if generic(*asked) { other } else { *asked };
                    self.coerce(side, &asked.into());
                }
                let result = if generic(chosen.item.result) {
                    other
                } else {
                    chosen.item.result
                };
                Typed::of(result, span, not_null)
            }
            Choice::Ambiguous => {
                if left_id == TypeId::UNKNOWN && right_id == TypeId::UNKNOWN {
                    return self.operator_result(&operator.symbol, span, not_null);
                }
                self.error(
                    "42725",
                    operator.span,
                    format!(
                        "operator is not unique: {}",
                        self.operands(operator, left, right)
                    ),
                    None,
                );
                Typed::poison(span)
            }
            Choice::None => {
                if !self.unknown_contents() {
                    self.error(
                        "42883",
                        operator.span,
                        format!(
                            "operator does not exist: {}",
                            self.operands(operator, left, right)
                        ),
                        None,
                    );
                }
                Typed::poison(span)
            }
        }
    }

    pub(super) fn unknown_contents(&self) -> bool {
        self.catalog
            .extensions
            .keys()
            .any(|name| !crate::library::knows_extension(name))
    }

    fn assume(&self, given: &[TypeId]) -> Vec<TypeId> {
        let known = given.iter().copied().find(|id| *id != TypeId::UNKNOWN);
        given
            .iter()
            .map(|id| {
                let id = if *id == TypeId::UNKNOWN {
                    known.unwrap_or(*id)
                } else {
                    *id
                };
                self.catalog.base_of(id)
            })
            .collect()
    }

    fn operands(&self, operator: &Operator, left: Option<&Typed>, right: &Typed) -> String {
        let spell = |typed: &Typed| match typed.id() {
            Some(id) => self.catalog.format_type(&id.into()),
            None => "unknown".into(),
        };
        match left {
            Some(left) => format!("{} {} {}", spell(left), operator.symbol, spell(right)),
            None => format!("{} {}", operator.symbol, spell(right)),
        }
    }

    /// The result of an operator that gives one type whatever its operands.
    fn operator_result(&self, symbol: &str, span: Span, not_null: bool) -> Typed {
        let mut results = library()
            .operators
            .get(symbol)
            .into_iter()
            .flatten()
            .map(|entry| entry.result);
        match results.next() {
            Some(first) if results.all(|result| result == first) => {
                Typed::of(first, span, not_null)
            }
            _ => Typed::poison(span),
        }
    }

    pub(super) fn in_list(
        &mut self,
        value: &Expr,
        items: &[Expr],
        span: Span,
        scope: &Scope<'_>,
    ) -> Typed {
        let value = self.expr(value, scope);
        let mut not_null = value.not_null;
        let items: Vec<Typed> = items.iter().map(|item| self.expr(item, scope)).collect();
        for item in &items {
            not_null &= item.not_null;
            self.compare(&value, item, item.span);
        }
        Typed::of(TypeId::BOOL, span, not_null)
    }

    pub(super) fn quantified(
        &mut self,
        value: &Typed,
        query: &Query,
        span: Span,
        scope: &Scope<'_>,
    ) -> Typed {
        let (columns, complete) = self.query(query, Some(scope));
        if complete
            && value.id() != Some(TypeId::RECORD)
            && let [only] = columns.as_slice()
        {
            let right = Typed {
                data_type: only.data_type.clone(),
                ..Typed::poison(span)
            };
            self.compare(value, &right, span);
        } else if complete && columns.len() > 1 && value.id().is_some_and(|id| id != TypeId::RECORD)
        {
            self.error(
                "42601",
                query.span,
                "subquery has too many columns".into(),
                None,
            );
        }
        Typed::of(TypeId::BOOL, span, false)
    }

    pub(super) fn any_array(
        &mut self,
        operator: &Operator,
        value: &Expr,
        array: &Expr,
        span: Span,
        scope: &Scope<'_>,
    ) -> Typed {
        let value = self.expr(value, scope);
        let array = self.expr(array, scope);
        if array.open() {
            if let Some(element) = value.id().filter(|_| !value.open())
                && let Some(array_type) = self.catalog.array_of(self.catalog.base_of(element))
            {
                self.coerce(&array, &array_type.into());
            }
            return Typed::of(TypeId::BOOL, span, false);
        }
        let Some(array_id) = array.id() else {
            return Typed::of(TypeId::BOOL, span, false);
        };
        match self.catalog.element_of(self.catalog.base_of(array_id)) {
            Some(element) => {
                let right = Typed::of(element, span, false);
                self.operator(operator, Some(&value), &right, span);
            }
            None => self.error(
                "42809",
                array.span,
                "op ANY/ALL (array) requires array on right side".into(),
                None,
            ),
        }
        Typed::of(TypeId::BOOL, span, false)
    }
}
