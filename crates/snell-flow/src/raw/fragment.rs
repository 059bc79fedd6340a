//! Prisma's SQL fragments: `Prisma.sql`, `Prisma.join`, `Prisma.raw`,
//! `Prisma.empty`, and tagged raw queries.

use std::sync::Arc;

use snell_extract::facts::{
    Argument, BindingKind, Expression, ExpressionId, ImportedName, PatternStep, TemplateChunk,
};
use snell_project::types::Type;

use crate::{
    interpret::{Frame, State},
    value::{SqlJoin, SqlPart, Value},
};

/// What a name of Prisma's namespace makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Maker {
    Sql,
    Join,
    Raw,
    Empty,
    Validator,
}

impl Maker {
    fn named(name: &str) -> Option<Maker> {
        Some(match name {
            "sql" | "sqltag" => Maker::Sql,
            "join" => Maker::Join,
            "raw" => Maker::Raw,
            "empty" => Maker::Empty,
            "validator" => Maker::Validator,
            _ => return None,
        })
    }
}

impl Frame<'_, '_> {
    /// A fragment, when the expression makes one.
    pub(crate) fn sql_fragment(&mut self, id: ExpressionId, state: &mut State) -> Option<Value> {
        match self.facts().expression(id) {
            Expression::TaggedTemplate { tag, template, .. }
                if self.maker(*tag) == Some(Maker::Sql) =>
            {
                Some(self.tagged_sql(&template.chunks, &template.values, state))
            }
            Expression::Call {
                callee, arguments, ..
            } => match self.maker(*callee).or_else(|| self.validates(*callee))? {
                Maker::Raw => {
                    let argument = arguments.first()?.value;
                    let text = self.expression(argument, state);
                    Some(Value::Sql(Arc::from([SqlPart::Raw(
                        text,
                        self.at(argument),
                    )])))
                }
                Maker::Join => self.join(arguments, state),
                // `Prisma.validator<Prisma.UserSelect>()({ id: true })` is what it is handed.
                Maker::Validator if self.maker(*callee).is_none() => {
                    Some(self.expression(arguments.first()?.value, state))
                }
                Maker::Sql | Maker::Empty | Maker::Validator => None,
            },
            Expression::Member { .. } | Expression::Identifier { .. }
                if self.maker(id) == Some(Maker::Empty) =>
            {
                Some(Value::Sql(Arc::from([])))
            }
            _ => None,
        }
    }

    /// Whether a callee is what `Prisma.validator()` gives back.
    fn validates(&self, callee: ExpressionId) -> Option<Maker> {
        let facts = self.facts();
        let Expression::Call { callee, .. } = facts.expression(facts.unwrap_casts(callee)) else {
            return None;
        };
        let maker = self.maker(*callee);
        maker.filter(|maker| *maker == Maker::Validator)
    }

    /// The text of a template whose values are parameters, unless they are fragments.
    pub(crate) fn tagged_sql(
        &mut self,
        chunks: &[TemplateChunk],
        values: &[ExpressionId],
        state: &mut State,
    ) -> Value {
        let mut parts = Vec::new();
        for (n, chunk) in chunks.iter().enumerate() {
            if !chunk.text.is_empty() {
                parts.push(SqlPart::Text {
                    text: chunk.text.clone(),
                    at: self.place(chunk.span),
                    verbatim: chunk.verbatim,
                });
            }
            if let Some(id) = values.get(n) {
                let value = self.expression(*id, state);
                parts.push(SqlPart::Value(value, self.at(*id)));
            }
        }
        Value::Sql(parts.into())
    }

    fn join(&mut self, arguments: &[Argument], state: &mut State) -> Option<Value> {
        let mut given = arguments
            .iter()
            .map(|argument| self.expression(argument.value, state))
            .collect::<Vec<_>>()
            .into_iter();
        let list = given.next()?;
        let mut text = |default: &str| match given.next() {
            Some(value) => value.constant_text().unwrap_or_else(|| default.into()),
            None => default.into(),
        };
        let join = SqlJoin {
            list,
            separator: text(","),
            prefix: text(""),
            suffix: text(""),
            at: self.at(arguments.first()?.value),
        };
        Some(Value::Sql(Arc::from([SqlPart::Join(Arc::new(join))])))
    }

    /// What `Prisma.sql`, an imported `sql`, or `sql` of `const { sql } = Prisma` makes.
    fn maker(&self, id: ExpressionId) -> Option<Maker> {
        let facts = self.facts();
        match facts.expression(id) {
            Expression::Member {
                object, property, ..
            } => {
                let maker = Maker::named(&property.text)?;
                self.is_namespace(*object).then_some(maker)
            }
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match &facts.binding(*binding).kind {
                BindingKind::Import(n) => {
                    let import = &facts.imports[*n as usize];
                    let source = &import.source.text;
                    match &import.imported {
                        ImportedName::Named(name)
                            if source.contains("prisma") || source == "sql-template-tag" =>
                        {
                            Maker::named(name)
                        }
                        ImportedName::Default if source == "sql-template-tag" => Some(Maker::Sql),
                        _ => None,
                    }
                }
                BindingKind::Variable {
                    init: Some(init), ..
                } => match init.path.as_slice() {
                    [PatternStep::Property(name)] if self.is_namespace(init.value) => {
                        Maker::named(name)
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    fn is_namespace(&self, id: ExpressionId) -> bool {
        match self.facts().expression(id) {
            Expression::Identifier { name, .. } if name == "Prisma" => true,
            Expression::Identifier { .. } => matches!(
                self.interpreter.types.of(self.at(id)),
                Type::External(_, name) if name == "Prisma"
            ),
            _ => false,
        }
    }
}
