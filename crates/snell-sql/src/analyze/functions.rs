//! Calls: functions, aggregates, window functions, and the types that they give.

use snell_source::Span;

use super::Analyzer;
use super::candidates::{Candidate, Choice, polymorphic};
use super::scope::{Scope, SourceColumn, Typed};
use crate::ast::{Call, ExprKind};
use crate::catalog::{DataType, Function, TypeId};
use crate::library::{LibraryFunction, library};

/// Functions that give a value whatever they are given.
const NEVER_NULL: &[&str] = &[
    "count",
    "now",
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "gen_random_uuid",
    "uuid_generate_v4",
    "random",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "json_build_object",
    "jsonb_build_object",
    "json_build_array",
    "jsonb_build_array",
    "concat",
    "pg_backend_pid",
    "version",
    "nextval",
];

/// Aggregates that give null only for a group without a value.
const VALUE_OF_GROUP: &[&str] = &[
    "sum",
    "avg",
    "min",
    "max",
    "array_agg",
    "string_agg",
    "bool_and",
    "bool_or",
    "every",
    "json_agg",
    "jsonb_agg",
];

/// What a function in the catalog or the library is called with and gives.
#[derive(Debug, Clone)]
struct Signature {
    arguments: Vec<TypeId>,
    variadic: Option<TypeId>,
    defaults: usize,
    result: Option<TypeId>,
    outputs: Vec<SourceColumn>,
}

impl Analyzer<'_> {
    pub(super) fn call(&mut self, call: &Call, span: Span, scope: &Scope<'_>) -> Typed {
        for item in &call.order_by {
            self.expr(&item.expr, scope);
        }
        if let Some(filter) = &call.filter {
            self.condition(filter, scope);
        }
        if let Some(over) = &call.over {
            for expr in over
                .partition_by
                .iter()
                .chain(over.order_by.iter().map(|i| &i.expr))
            {
                self.expr(expr, scope);
            }
        }
        let mut arguments: Vec<Typed> = call
            .arguments
            .iter()
            .map(|argument| self.expr(&argument.value, scope))
            .collect();
        let name = call.name.name.text.as_str();
        if call.name.schema.is_none()
            && let Some(typed) = self.grammar_function(name, &arguments, span)
        {
            return typed;
        }
        if call.within_group {
            // Ordered-set aggregates take what they sort as arguments too.
            return Typed::poison(span);
        }
        if call
            .arguments
            .iter()
            .any(|a| a.name.is_some() || a.variadic)
        {
            return self.loosely(call, span);
        }
        let signatures = self.signatures(call);
        if signatures.is_empty() {
            return self.missing_function(call, &arguments, span);
        }
        let Some(given) = arguments.iter().map(Typed::id).collect::<Option<Vec<_>>>() else {
            return self.loosely(call, span);
        };
        let given_count = if call.star { 0 } else { given.len() };
        let fitting: Vec<Candidate<'_, Signature>> = signatures
            .iter()
            .filter_map(|signature| candidate(signature, given_count))
            .collect();
        match self.catalog.choose(&given, fitting) {
            Choice::One(chosen) => {
                let typed = self.apply(&chosen, &mut arguments, span);
                self.call_nullability(call, typed, &arguments, scope)
            }
            Choice::Ambiguous => Typed::poison(span),
            Choice::None => self.missing_function(call, &arguments, span),
        }
    }

    /// The result of a call whose arguments do not decide: known when all overloads agree.
    fn loosely(&mut self, call: &Call, span: Span) -> Typed {
        let signatures = self.signatures(call);
        let mut results = signatures.iter().map(|signature| signature.result);
        let first = results.next().flatten();
        let mut typed = Typed::poison(span);
        if let Some(first) = first
            && polymorphic(first).is_none()
            && results.all(|result| result == Some(first))
        {
            typed.data_type = Some(first.into());
        }
        typed.not_null = NEVER_NULL.contains(&call.name.name.text.as_str());
        typed
    }

    fn missing_function(&mut self, call: &Call, arguments: &[Typed], span: Span) -> Typed {
        let unknown_extension = self
            .catalog
            .extensions
            .keys()
            .any(|name| !crate::library::knows_extension(name));
        if unknown_extension || arguments.iter().any(|a| a.data_type.is_none()) {
            return Typed::poison(span);
        }
        // `f(row)` may be a column of that row, and a type's name may cast.
        if let [only] = arguments
            && (only.row.is_some()
                || self
                    .catalog
                    .type_named(None, &call.name.name.text)
                    .is_some())
        {
            return Typed::poison(span);
        }
        let given: Vec<String> = arguments
            .iter()
            .map(|argument| match &argument.data_type {
                Some(data_type) => self.catalog.format_type(&data_type.id.into()),
                None => "unknown".into(),
            })
            .collect();
        self.error(
            "42883",
            call.name.span(),
            format!(
                "function {}({}) does not exist",
                call.name,
                given.join(", ")
            ),
            Some(&call.name.name.text),
        );
        Typed::poison(span)
    }

    fn signatures(&self, call: &Call) -> Vec<Signature> {
        let schema = call.name.schema.as_ref().map(|schema| schema.text.as_str());
        let name = call.name.name.text.as_str();
        let own = self
            .catalog
            .functions_named(schema, name)
            .map(own_signature);
        let known = library()
            .functions
            .get(name)
            .into_iter()
            .flatten()
            .filter(|function| self.catalog.installed(function.extension))
            .map(library_signature);
        own.chain(known).collect()
    }

    /// What the grammar treats as functions and `pg_proc` does not know.
    fn grammar_function(&mut self, name: &str, arguments: &[Typed], span: Span) -> Option<Typed> {
        Some(match name {
            "coalesce" | "greatest" | "least" => {
                let mut typed = self.unify(arguments, span);
                typed.not_null = arguments.iter().any(|argument| argument.not_null);
                typed
            }
            "nullif" => {
                let [first, _] = arguments else {
                    return Some(Typed::poison(span));
                };
                let unified = self.unify(arguments, span);
                Typed {
                    data_type: if first.open() {
                        unified.data_type
                    } else {
                        first.data_type.clone()
                    },
                    ..Typed::poison(span)
                }
            }
            "grouping" => Typed::of(TypeId::INT4, span, true),
            "json_object" | "json_array" | "json_scalar" | "json" => {
                Typed::of(TypeId::JSON, span, false)
            }
            "xmlelement" | "xmlforest" | "xmlparse" => Typed::of(TypeId::XML, span, false),
            "json_value" => Typed::of(TypeId::TEXT, span, false),
            "json_query" => Typed::of(TypeId::JSONB, span, false),
            "json_exists" => Typed::of(TypeId::BOOL, span, false),
            _ => return None,
        })
    }

    /// The common type of several values; those still open take it.
    pub(super) fn unify(&mut self, values: &[Typed], span: Span) -> Typed {
        let Some(ids) = values.iter().map(Typed::id).collect::<Option<Vec<_>>>() else {
            return Typed::poison(span);
        };
        let Some(common) = self.catalog.common_type(&ids) else {
            let names: Vec<String> = ids
                .iter()
                .map(|id| self.catalog.format_type(&(*id).into()))
                .collect();
            self.error(
                "42804",
                span,
                format!("types {} cannot be matched", names.join(" and ")),
                None,
            );
            return Typed::poison(span);
        };
        let same = values
            .iter()
            .filter(|value| !value.open())
            .map(|value| value.data_type.clone())
            .reduce(|a, b| if a == b { a } else { None })
            .flatten();
        let data_type = same.unwrap_or_else(|| common.into());
        for value in values {
            self.coerce(value, &common.into());
        }
        Typed {
            data_type: Some(data_type),
            ..Typed::poison(span)
        }
    }

    /// Gives open arguments their types and works out a polymorphic result.
    fn apply(
        &mut self,
        chosen: &Candidate<'_, Signature>,
        arguments: &mut [Typed],
        span: Span,
    ) -> Typed {
        let mut element = None;
        let mut compatible = Vec::new();
        for (argument, asked) in arguments.iter().zip(&chosen.arguments) {
            let Some(id) = argument.id().filter(|_| !argument.open()) else {
                continue;
            };
            match polymorphic(*asked) {
                Some("element") => element = element.or(Some(id)),
                Some("array") => {
                    element = element.or_else(|| self.catalog.element_of(self.catalog.base_of(id)));
                }
                Some("compatible") => compatible.push(id),
                Some("compatible array") => {
                    compatible.extend(self.catalog.element_of(self.catalog.base_of(id)));
                }
                _ => {}
            }
        }
        let element = element.or_else(|| {
            (!compatible.is_empty())
                .then(|| self.catalog.common_type(&compatible))
                .flatten()
        });
        let resolve = |id: TypeId| match polymorphic(id) {
            Some("element" | "compatible") => element,
            Some("array" | "compatible array") => {
                element.and_then(|element| self.catalog.array_of(element))
            }
            Some(_) => None,
            None => Some(id),
        };
        let wanted: Vec<Option<TypeId>> = chosen.arguments.iter().map(|id| resolve(*id)).collect();
        let result = chosen.item.result.and_then(resolve);
        let outputs: Vec<SourceColumn> = chosen
            .item
            .outputs
            .iter()
            .map(|output| SourceColumn {
                data_type: output
                    .data_type
                    .as_ref()
                    .and_then(|data_type| resolve(data_type.id))
                    .map(DataType::from),
                ..output.clone()
            })
            .collect();
        for (argument, wanted) in arguments.iter().zip(wanted) {
            match wanted {
                Some(wanted) => self.coerce(argument, &wanted.into()),
                // Any type will do: an open literal is text.
                None if argument.open() => self.coerce(argument, &TypeId::TEXT.into()),
                None => {}
            }
        }
        Typed {
            data_type: result.map(DataType::from),
            row: (!outputs.is_empty()).then_some(outputs),
            ..Typed::poison(span)
        }
    }

    fn call_nullability(
        &self,
        call: &Call,
        mut typed: Typed,
        arguments: &[Typed],
        scope: &Scope<'_>,
    ) -> Typed {
        let name = call.name.name.text.as_str();
        let given = arguments.iter().all(|argument| argument.not_null);
        typed.not_null = NEVER_NULL.contains(&name)
            || (VALUE_OF_GROUP.contains(&name)
                && scope.grouped
                && given
                && call.filter.is_none()
                && call.over.is_none())
            || (matches!(
                name,
                "lower"
                    | "upper"
                    | "length"
                    | "abs"
                    | "round"
                    | "floor"
                    | "ceil"
                    | "to_json"
                    | "to_jsonb"
                    | "row_to_json"
                    | "date_trunc"
                    | "md5"
                    | "btrim"
            ) && given);
        typed
    }

    /// The columns that a function in `FROM` gives, under its alias.
    pub(super) fn function_columns(
        &mut self,
        typed: &Typed,
        alias: &str,
    ) -> (Vec<SourceColumn>, bool) {
        if let Some(row) = &typed.row {
            return (row.clone(), true);
        }
        let Some(data_type) = &typed.data_type else {
            return (Vec::new(), false);
        };
        if let Some(crate::catalog::UserTypeKind::Composite(fields)) = self
            .catalog
            .user_type(data_type.id)
            .map(|user_type| &user_type.kind)
        {
            let columns = fields
                .iter()
                .map(|(name, data_type)| SourceColumn {
                    name: name.clone(),
                    data_type: Some(data_type.clone()),
                    not_null: false,
                    source: None,
                })
                .collect();
            return (columns, true);
        }
        if data_type.id == TypeId::RECORD {
            return (Vec::new(), false);
        }
        let column = SourceColumn {
            name: alias.into(),
            data_type: Some(data_type.clone()),
            not_null: typed.not_null,
            source: None,
        };
        (vec![column], true)
    }
}

/// A signature with as many arguments as are given; defaults and `VARIADIC` make up the rest.
fn candidate(signature: &Signature, given: usize) -> Option<Candidate<'_, Signature>> {
    let mut arguments = signature.arguments.clone();
    if let Some(element) = signature.variadic {
        let fixed = arguments.len().saturating_sub(1);
        if given >= fixed {
            arguments.truncate(fixed);
            arguments.resize(given, element);
        }
    }
    if given > arguments.len() || given + signature.defaults < arguments.len() {
        return None;
    }
    arguments.truncate(given);
    Some(Candidate {
        arguments,
        item: signature,
    })
}

fn own_signature(function: &Function) -> Signature {
    let any = library().type_names.get("any").copied();
    let arguments: Vec<TypeId> = function
        .arguments
        .iter()
        .map(|argument| {
            argument
                .as_ref()
                .map(|data_type| data_type.id)
                .or(any)
                .unwrap_or(TypeId::UNKNOWN)
        })
        .collect();
    let result = match (&function.returns, function.outputs.as_slice()) {
        (Some(returns), _) => Some(returns.id),
        (None, [(_, Some(only))]) => Some(only.id),
        (None, [_, ..]) => Some(TypeId::RECORD),
        (None, []) => None,
    };
    let outputs = function
        .outputs
        .iter()
        .map(|(name, data_type)| SourceColumn {
            name: name.clone(),
            data_type: data_type.clone(),
            not_null: false,
            source: None,
        })
        .collect();
    Signature {
        variadic: function.variadic.then_some(any).flatten(),
        arguments,
        defaults: function.defaults,
        result,
        outputs,
    }
}

fn library_signature(function: &LibraryFunction) -> Signature {
    Signature {
        arguments: function.arguments.clone(),
        variadic: function.variadic,
        defaults: function.defaults,
        result: Some(function.result),
        outputs: function
            .outputs
            .iter()
            .map(|(name, id)| SourceColumn {
                name: name.clone(),
                data_type: Some((*id).into()),
                not_null: false,
                source: None,
            })
            .collect(),
    }
}

/// Whether an expression is a call, which names its own column.
pub(super) fn call_name(kind: &ExprKind) -> Option<smol_str::SmolStr> {
    match kind {
        ExprKind::Call(call) => Some(call.name.name.text.clone()),
        _ => None,
    }
}
