//! Tables whose rows are made by use and never taken away.

use std::{collections::BTreeMap, sync::Arc};

use snell_prisma::{FieldId, IndexKind, Model, ScalarType};
use snell_project::{ownership::Ownership, schema::ModelRef};
use snell_source::{Diagnostic, DiagnosticBuilder, RuleMetadata, Severity};

use crate::{
    rule::Context,
    support::{
        field_life,
        growth::{Grown, Growth, Growths, TakenWith},
        records,
        tables::{self, TableModel},
    },
};

/// A table that only grows.
#[derive(Debug)]
pub(super) struct Lasting {
    /// The table.
    pub(super) model: ModelRef,
    /// When a row was made.
    pub(super) dated: FieldId,
    /// Documents and bytes that each row holds.
    pub(super) payload: Vec<FieldId>,
    /// The table that rows hang on, when that one grows with use too.
    pub(super) parent: Option<ModelRef>,
    /// Tables of which rows come with each row.
    pub(super) children: Vec<ModelRef>,
    /// How it grows.
    pub(super) grown: Grown,
    /// The row above that people delete, and that takes these along.
    pub(super) taken_with: Option<TakenWith>,
}

impl Lasting {
    /// Whether its rows are what was paid, or the record of what was done: they are meant to stay.
    pub(super) fn is_record(&self, context: &Context<'_>) -> bool {
        records::record(context.project.schemas.model(self.model)).is_some()
    }

    /// How long a row stays: what a message says after the table's name.
    pub(super) fn until(&self, context: &Context<'_>) -> String {
        match self.taken_with {
            Some(with) => {
                let above = &context.project.schemas.model(with.above).name;
                format!("nothing but the end of its `{above}` removes one")
            }
            None => "no code ever removes one".to_owned(),
        }
    }

    /// Whether its rows come about beside what people ask for, or with rows that they make.
    pub(super) fn is_fast(&self) -> bool {
        let pace = self.grown.pace;
        pace.is_of_machine() || !self.payload.is_empty() && (self.parent.is_some() || pace.many)
    }
}

/// The tables that only grow; what hangs on one of them is told with it.
#[derive(Debug, Default)]
pub(super) struct AllLasting {
    by_model: BTreeMap<ModelRef, Lasting>,
}

impl AllLasting {
    /// Finds them, once for the rules of this category.
    pub(super) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| AllLasting::of(context))
    }

    fn of(context: &Context<'_>) -> Self {
        let growths = Growths::shared(context);
        let mut found = AllLasting::default();
        for table in tables::of_postgres(context) {
            if let Some(lasting) = lasting(context, &growths, &table) {
                found.by_model.insert(lasting.model, lasting);
            }
        }
        found.join_children(context, &growths);
        found
    }

    /// What hangs on a table of these is told with it, and by itself no more.
    fn join_children(&mut self, context: &Context<'_>, growths: &Growths) {
        let mut joined = Vec::new();
        for table in tables::of_postgres(context) {
            let model = table.reference();
            let grown = growths.of_model(model);
            if grown.growth != Growth::AppendOnly || grown.swept_at.is_some() {
                continue;
            }
            let parents = parents(&table).into_iter();
            if let Some(parent) = parents.filter(|parent| *parent != model).find(|parent| {
                self.by_model
                    .get(parent)
                    .is_some_and(|lasting| lasting.parent != Some(model))
            }) {
                joined.push((parent, model));
            }
        }
        for (parent, child) in &joined {
            if let Some(lasting) = self.by_model.get_mut(parent) {
                lasting.children.push(*child);
            }
        }
        for (parent, child) in &joined {
            let removed = self.by_model.remove(child);
            if let Some((lasting, removed)) = self.by_model.get_mut(parent).zip(removed) {
                lasting.children.extend(removed.children);
            }
        }
    }

    /// In the order of models.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Lasting> {
        self.by_model.values()
    }

    /// The table that grows, when a model is one that grows fast or hangs on one.
    pub(super) fn large(&self, model: ModelRef) -> Option<&Lasting> {
        self.iter().find(|lasting| {
            lasting.is_fast() && (lasting.model == model || lasting.children.contains(&model))
        })
    }

    /// Whether a table is told of, or told with one that is.
    pub(super) fn tells_of(&self, model: ModelRef) -> bool {
        self.large(model).is_some()
    }
}

fn lasting(context: &Context<'_>, growths: &Growths, table: &TableModel<'_>) -> Option<Lasting> {
    let (model, reference) = (table.model, table.reference());
    let grown = growths.of_model(reference);
    let owner = matches!(context.project.owners.of(reference), Ownership::Root(_));
    if grown.growth != Growth::AppendOnly
        || grown.swept_at.is_some()
        || owner
        || is_of_things(model)
    {
        return None;
    }
    let dated = model.columns().find(|field| {
        let now = field
            .default
            .as_ref()
            .is_some_and(|default| default.value.is_function("now"));
        field.scalar() == Some(ScalarType::DateTime) && field.is_required() && now
    })?;
    let lives = field_life::field_lives(context);
    let payload = model.columns().filter(|field| {
        let kind = matches!(field.scalar(), Some(ScalarType::Json | ScalarType::Bytes));
        // A column that nothing ever sets makes no row larger.
        kind && !field.is_list() && lives.may_hold(reference, field)
    });
    let parent = parents(table).into_iter().find(|parent| {
        let root = matches!(context.project.owners.of(*parent), Ownership::Root(_));
        !root && *parent != reference && growths.of_model(*parent).growth.is_by_use()
    });
    Some(Lasting {
        model: reference,
        dated: dated.id,
        payload: payload.map(|field| field.id).collect(),
        parent,
        children: Vec::new(),
        grown,
        taken_with: growths.taken_with(context, reference),
    })
}

/// The tables that each row hangs on.
fn parents(table: &TableModel<'_>) -> Vec<ModelRef> {
    let datamodel = &table.schema.datamodel;
    let keys = datamodel.foreign_keys_of(table.model.id);
    let required = keys.filter(|(_, key)| key.columns.iter().all(|c| datamodel[*c].is_required()));
    let targets = required.filter_map(|(_, key)| datamodel.target(&datamodel[key.field]));
    targets
        .map(|target| ModelRef {
            schema: table.id,
            model: target.id,
        })
        .collect()
}

/// Whether its rows are things that have a name, and not entries of a log: a key is
/// unique beside the one that the database makes, rows refer to others by nothing but
/// their key, or they are marked as deleted.
fn is_of_things(model: &Model) -> bool {
    let unique = model
        .all_indexes
        .iter()
        .any(|index| index.kind == IndexKind::Unique);
    let generated = model.primary_key().is_some_and(|key| {
        key.columns.len() == 1
            && key.columns[0].field.is_some_and(|field| {
                let mut columns = model.columns();
                columns.any(|column| column.id == field && column.default.is_some())
            })
    });
    let marked = model.columns().any(|field| {
        let name = field.name.to_ascii_lowercase();
        let kind = matches!(
            field.scalar(),
            Some(ScalarType::DateTime | ScalarType::Boolean)
        );
        kind && ["delet", "archiv", "expire"]
            .iter()
            .any(|word| name.contains(word))
    });
    unique || !generated || marked
}

/// A finding at the table, with what shows that it grows.
pub(super) fn finding(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    lasting: &Lasting,
    message: String,
    label: String,
) -> DiagnosticBuilder {
    let schema = context.project.schemas.get(lasting.model.schema);
    let model = context.project.schemas.model(lasting.model);
    let mut found = Diagnostic::at(rule, schema.model_name(model), message).label(label);
    if let Some(at) = lasting.grown.made_at {
        let pace = lasting.grown.pace;
        found = found.related(
            at,
            match (pace.in_background, pace.endpoints) {
                (_, endpoints @ 3..) => format!("adds rows, for {endpoints} endpoints"),
                (true, _) => "adds rows when events come or time has passed".to_owned(),
                _ if pace.many => "adds rows, many at a time".to_owned(),
                _ => "adds rows".to_owned(),
            },
        );
    }
    if let Some(parent) = lasting.parent {
        let parent = context.project.schemas.model(parent);
        found = found.related(
            schema.model_name(parent),
            "grows with use as well, and has many of them",
        );
    }
    if let Some(with) = lasting.taken_with {
        found = found.related(with.at, "the only end that there is, whatever their age");
    }
    for child in lasting.children.iter().take(3) {
        let child = context.project.schemas.model(*child);
        found = found.related(
            schema.model_name(child),
            "its rows come with them, and stay as long",
        );
    }
    if !lasting.grown.pace.is_of_machine() {
        let why = "rows come with what people do: how many there will be is not known";
        found = found.lowered(Severity::Low, why);
    }
    found
}
