//! The columns of a `SELECT` or `RETURNING` list, and their names.

use smol_str::SmolStr;

use super::queries::Columns;
use super::scope::{Scope, Source, find_source};
use super::{Analyzer, ResultColumn};
use crate::ast::{Expr, ExprKind, Name, QueryBody, Target};
use crate::catalog::TypeId;

impl Analyzer<'_> {
    /// The columns of a `SELECT` or `RETURNING` list.
    pub(super) fn targets(&mut self, targets: &[Target], scope: &Scope<'_>) -> Columns {
        let keep_open = std::mem::take(&mut self.keep_open);
        let mut columns = Vec::new();
        let mut complete = true;
        for target in targets {
            match &target.expr.kind {
                ExprKind::Star(parts) => complete &= self.star(parts, target, scope, &mut columns),
                ExprKind::FieldStar(inner) => {
                    let typed = self.expr(inner, scope);
                    let (row, known) = self.function_columns(&typed, "");
                    complete &= known;
                    columns.extend(row.into_iter().map(|column| ResultColumn {
                        name: column.name,
                        data_type: column.data_type,
                        not_null: false,
                        source: None,
                        span: target.expr.span,
                    }));
                }
                _ => columns.push(self.target(target, scope, keep_open)),
            }
        }
        (columns, complete)
    }

    fn target(&mut self, target: &Target, scope: &Scope<'_>, keep_open: bool) -> ResultColumn {
        let typed = self.expr(&target.expr, scope);
        let name = match &target.alias {
            Some(alias) => alias.text.clone(),
            None => column_name(&target.expr),
        };
        // What is still open at the end is text.
        let data_type = if typed.open() && keep_open {
            self.open.push(typed.clone());
            typed.data_type
        } else if typed.open() {
            self.coerce(&typed, &TypeId::TEXT.into());
            Some(TypeId::TEXT.into())
        } else {
            typed.data_type
        };
        ResultColumn {
            name,
            data_type,
            not_null: typed.not_null,
            source: typed.source,
            span: target.expr.span,
        }
    }

    fn star(
        &mut self,
        parts: &[Name],
        target: &Target,
        scope: &Scope<'_>,
        columns: &mut Vec<ResultColumn>,
    ) -> bool {
        let sources: Vec<Source> = match parts.last() {
            None => scope
                .sources
                .iter()
                .filter(|source| !source.qualified_only)
                .cloned()
                .collect(),
            Some(alias) => match find_source(scope, &alias.text) {
                Some(source) => vec![Source {
                    merged: Vec::new(),
                    ..source.clone()
                }],
                None => {
                    self.error(
                        "42P01",
                        target.expr.span,
                        format!("missing FROM-clause entry for table \"{}\"", alias.text),
                        Some(&alias.text),
                    );
                    return false;
                }
            },
        };
        let mut complete = true;
        for source in sources {
            complete &= source.complete;
            for column in &source.columns {
                if source.merged.contains(&column.name) {
                    continue;
                }
                self.reads.extend(
                    column
                        .source
                        .map(|(relation, number)| (relation, Some(number))),
                );
                columns.push(ResultColumn {
                    name: column.name.clone(),
                    data_type: column.data_type.clone(),
                    not_null: column.not_null,
                    source: column.source,
                    span: target.expr.span,
                });
            }
        }
        complete
    }
}

/// `FigureColname`: what an expression without an alias is called.
fn column_name(expr: &Expr) -> SmolStr {
    match &expr.kind {
        ExprKind::Column(parts) => parts.last().map(|part| part.text.clone()),
        ExprKind::Field(_, name) => Some(name.text.clone()),
        ExprKind::Call(call) => Some(call.name.name.text.clone()),
        ExprKind::Keyword(word) => word.split('(').next().map(SmolStr::from),
        ExprKind::Cast(inner, written) => {
            let inner = column_name(inner);
            Some(if inner == "?column?" {
                written.name.name.text.clone()
            } else {
                inner
            })
        }
        ExprKind::Case(case) => Some(match &case.otherwise {
            Some(otherwise) if column_name(otherwise) != "?column?" => column_name(otherwise),
            _ => "case".into(),
        }),
        ExprKind::Array(_) | ExprKind::ArrayQuery(_) => Some("array".into()),
        ExprKind::Row(_) => Some("row".into()),
        ExprKind::Exists(_) => Some("exists".into()),
        ExprKind::Subscript(inner, ..) | ExprKind::Collate(inner, _) => Some(column_name(inner)),
        ExprKind::Subquery(query) => match &query.body {
            QueryBody::Select(select) => select.targets.first().map(|target| {
                target
                    .alias
                    .as_ref()
                    .map_or_else(|| column_name(&target.expr), |alias| alias.text.clone())
            }),
            _ => None,
        },
        ExprKind::Bool(_) => Some("bool".into()),
        _ => None,
    }
    .unwrap_or_else(|| "?column?".into())
}
