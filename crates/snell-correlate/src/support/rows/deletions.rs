//! Which models lose rows in the application's code, and how many at a time.

use std::{collections::VecDeque, sync::Arc};

use rustc_hash::FxHashMap;
use snell_prisma::{Cardinality, ForeignKey, ReferentialAction, Relation, RelationId};
use snell_project::{client::CallTarget, schema::ModelRef};
use snell_source::Location;

use crate::support::{
    idle::Idle,
    model_writes::{self, WriteKind},
    queries,
};
use crate::{functions, rule::Context};

/// How rows of a model go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deletion {
    /// Where the code deletes: rows of this model, or of one above it.
    pub at: Location,
    /// The model whose rows the code names.
    pub of: ModelRef,
    /// The relation whose cascade takes the rows, the last one of a chain.
    pub cascade: Option<RelationId>,
}

/// The first deletion found of either kind.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OfModel {
    /// One row at a time.
    pub single: Option<Deletion>,
    /// Many rows at a time.
    pub many: Option<Deletion>,
}

/// The deletions of the application's code, cascades followed.
#[derive(Debug, Default)]
pub(crate) struct Deletions {
    by_model: FxHashMap<ModelRef, OfModel>,
    /// Whether some call deletes rows of a model that is known at run time only.
    pub some_unknown: bool,
}

impl Deletions {
    /// Finds them, once for all rules.
    pub(crate) fn shared(context: &Context<'_>) -> Arc<Self> {
        context
            .shared
            .get_or_init(|| Deletions::of(context, |_| true))
    }

    /// Those of code that something calls.
    pub(crate) fn running(context: &Context<'_>) -> Arc<Self> {
        let idle = context.idle.get_or_init(|| Idle::of(context.project));
        Arc::new(Deletions::of(context, |at| !idle.holds(at)))
    }

    fn of(context: &Context<'_>, counts: impl Fn(Location) -> bool) -> Self {
        let mut found = Deletions::default();
        let mut work = VecDeque::new();
        let queries = queries::of_models(context)
            .filter(|query| functions::is_application(context.project, query.call.module));
        for query in queries {
            let at = queries::operation_at(context, query.call);
            if !counts(at) {
                continue;
            }
            let datamodel = &context.project.schemas.get(query.model.schema).datamodel;
            model_writes::visit(datamodel, &query, &mut |write| {
                let model = ModelRef {
                    model: write.model,
                    ..query.model
                };
                let many = match write.kind {
                    WriteKind::Create => return,
                    WriteKind::Delete => false,
                    WriteKind::DeleteMany => true,
                };
                let deletion = Deletion {
                    at,
                    of: model,
                    cascade: None,
                };
                found.add(model, many, deletion, &mut work);
            });
        }
        found.raw(context, &mut work);
        found.cascade(context, work);
        found
    }

    /// The deletions of a model's rows.
    pub(crate) fn of_model(&self, model: ModelRef) -> OfModel {
        self.by_model.get(&model).copied().unwrap_or_default()
    }

    /// Statements written by hand, and delegates chosen at run time.
    fn raw(&mut self, context: &Context<'_>, work: &mut VecDeque<(ModelRef, bool)>) {
        let queries = queries::application(context)
            .filter(|(call, _)| functions::is_application(context.project, call.module));
        for (call, event) in queries {
            let operation = call.operation;
            if !operation.is_raw() {
                self.some_unknown |= call.target == CallTarget::AnyModel
                    && operation.is_write()
                    && operation.as_str().starts_with("delete");
                continue;
            }
            let arguments = event.query.arguments.iter();
            let text = arguments.map(queries::constant_text).collect::<String>();
            let text = text.to_lowercase().replace('"', "");
            let tables: Vec<&str> = deletes_from(&text).collect();
            if tables.is_empty() {
                continue;
            }
            for (model, _, declared) in context.project.schemas.models() {
                let table = declared.db_name.to_lowercase();
                if tables.contains(&table.as_str()) {
                    let deletion = Deletion {
                        at: queries::operation_at(context, call),
                        of: model,
                        cascade: None,
                    };
                    self.add(model, false, deletion, work);
                }
            }
        }
    }

    fn add(
        &mut self,
        model: ModelRef,
        many: bool,
        deletion: Deletion,
        work: &mut VecDeque<(ModelRef, bool)>,
    ) {
        let known = self.by_model.entry(model).or_default();
        let slot = if many {
            &mut known.many
        } else {
            &mut known.single
        };
        if slot.is_none() {
            *slot = Some(deletion);
            work.push_back((model, many));
        }
    }

    /// A deleted row takes the rows that reference it with `onDelete: Cascade`.
    fn cascade(&mut self, context: &Context<'_>, mut work: VecDeque<(ModelRef, bool)>) {
        let keys = cascading(context);
        while let Some((parent, many)) = work.pop_front() {
            let known = self.of_model(parent);
            let Some(cause) = (if many { known.many } else { known.single }) else {
                continue;
            };
            for (relation, key) in keys.get(&parent).into_iter().flatten() {
                let child = ModelRef {
                    model: key.field.model,
                    ..parent
                };
                let many = many || relation.cardinality == Cardinality::OneToMany;
                let deletion = Deletion {
                    cascade: Some(relation.id),
                    ..cause
                };
                self.add(child, many, deletion, &mut work);
            }
        }
    }
}

/// The keys that take rows along, by the model whose rows they refer to.
fn cascading<'a>(
    context: &Context<'a>,
) -> FxHashMap<ModelRef, Vec<(&'a Relation, &'a ForeignKey)>> {
    let mut keys: FxHashMap<ModelRef, Vec<(&Relation, &ForeignKey)>> = FxHashMap::default();
    for (schema, one) in context.project.schemas.iter() {
        let datamodel = &one.datamodel;
        for relation in datamodel.relations() {
            let key = relation.foreign_key.as_ref();
            let Some(key) = key.filter(|key| key.on_delete.action == ReferentialAction::Cascade)
            else {
                continue;
            };
            let to = relation.to.map(|field| field.model);
            let parent = to.or_else(|| datamodel.target(&datamodel[key.field]).map(|m| m.id));
            if let Some(model) = parent {
                let of = ModelRef { schema, model };
                keys.entry(of).or_default().push((relation, key));
            }
        }
    }
    keys
}

/// The tables from which a statement deletes; in lower case, quotes taken out.
fn deletes_from(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("delete from").filter_map(|(at, words)| {
        let rest = text[at + words.len()..].trim_start();
        let rest = rest.strip_prefix("only ").unwrap_or(rest);
        let mut words = rest.split(|c: char| c.is_whitespace() || matches!(c, ';' | ')' | ','));
        words.next()?.rsplit('.').next()
    })
}

#[cfg(test)]
mod tests {
    use super::deletes_from;

    #[test]
    fn statements_name_their_table() {
        let tables = |text| deletes_from(text).collect::<Vec<_>>();
        assert_eq!(tables("delete from users where id = "), ["users"]);
        assert_eq!(tables("with a as (delete from public.users)"), ["users"]);
        assert_eq!(tables("delete from only users_old;"), ["users_old"]);
    }
}
