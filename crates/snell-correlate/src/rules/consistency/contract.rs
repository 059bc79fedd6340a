//! What is sent beside the column that it is written to: what rules about DTOs share.

use std::collections::BTreeMap;

use snell_prisma::{Field, Model};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, DiagnosticBuilder, Label, Location, Role, RuleMetadata, Severity};

use crate::{
    rule::Context,
    support::{
        accepts::{self, Accepts},
        carried::{Carried, carried},
        declared::Declared,
    },
};

/// A property that a client sends, and the column that takes it as it is.
pub(in crate::rules) struct Bound<'a> {
    /// The property.
    pub(super) declared: Declared<'a>,
    /// Where its name stands.
    pub(super) at: Location,
    /// What its validators let through.
    pub(in crate::rules) accepts: Accepts,
    /// What it is called by who sends it.
    pub(super) name: String,
    /// The schema of the column.
    pub(in crate::rules) schema: &'a Schema,
    /// Its model.
    pub(in crate::rules) model: &'a Model,
    /// The column.
    pub(in crate::rules) field: &'a Field,
    /// Where it is written.
    pub(super) write: Location,
    /// Whether a new row is made of it on every way, and nothing asks for it before.
    pub(super) creates: bool,
    /// Whether nothing asks for it before it is written.
    pub(super) unasked: bool,
    /// The part of the request that it comes in: `Body`, `Query`.
    pub(super) part: smol_str::SmolStr,
    /// Whether the client that writes it is extended.
    pub(super) extended: bool,
}

/// A property that is bound: the position of what carries it, and what its validators let through.
#[derive(Debug)]
struct Known {
    carried: usize,
    accepts: Accepts,
}

/// All of them, found once for all rules.
#[derive(Debug)]
struct AllKnown(Vec<Known>);

/// All properties whose values are written as they are sent, each once for a column; where some
/// endpoint makes rows of one, that one.
pub(in crate::rules) fn bound<'a>(context: &Context<'a>) -> Vec<Bound<'a>> {
    let carried = carried(context);
    let known = context
        .shared
        .get_or_init(|| AllKnown(find(context, &carried)));
    let known = known.0.iter();
    known
        .filter_map(|one| bind(context, &carried[one.carried], one.accepts))
        .collect()
}

fn find(context: &Context<'_>, carried: &[Carried]) -> Vec<Known> {
    let mut known: BTreeMap<(Location, Location), (bool, Known)> = BTreeMap::new();
    for (position, one) in carried.iter().enumerate() {
        let Some(declared) = one.declared(context) else {
            continue;
        };
        let schema = context.project.schemas.get(one.column.schema);
        let key = (
            context.project.modules.at(declared.module, declared.at),
            schema.field_name(&schema.datamodel[one.column.field]),
        );
        let creates = one.creates && !one.asked;
        match known.get(&key) {
            Some((other, _)) if *other || !creates => {}
            _ => {
                let accepts = accepts::of(context, &declared);
                let carried = position;
                known.insert(key, (creates, Known { carried, accepts }));
            }
        }
    }
    known.into_values().map(|(_, one)| one).collect()
}

fn bind<'a>(context: &Context<'a>, one: &Carried, accepts: Accepts) -> Option<Bound<'a>> {
    let declared = one.declared(context)?;
    let schema = context.project.schemas.get(one.column.schema);
    let call = context.project.calls.get(one.call);
    Some(Bound {
        at: context.project.modules.at(declared.module, declared.at),
        accepts,
        declared,
        part: match &one.value.root {
            snell_flow::Root::ClientInput(part, _) => part.clone(),
            _ => smol_str::SmolStr::default(),
        },
        extended: call.client.extended,
        name: one.name(),
        schema,
        model: &schema.datamodel[one.model.model],
        field: &schema.datamodel[one.column.field],
        write: context.project.modules.at(call.module, call.name.span),
        creates: one.creates && !one.asked,
        unasked: !one.asked,
    })
}

impl Bound<'_> {
    /// `Model.column`.
    pub(super) fn column(&self) -> String {
        format!("{}.{}", self.model.name, self.field.name)
    }

    /// A finding at a part of the property, with the column and the write beside it.
    pub(super) fn finding(
        &self,
        rule: &'static RuleMetadata,
        at: Location,
        message: impl Into<String>,
        (label, column): (&str, &str),
    ) -> DiagnosticBuilder {
        Diagnostic::at(rule, at, message)
            .label(label)
            .related(self.schema.field_type(self.field), column)
            .related(self.write, format!("writes `{}` as it was sent", self.name))
    }

    /// What a finding is about.
    pub(super) fn subject(&self) -> String {
        let (model, field) = (&self.model.name, &self.field.name);
        format!("model:{model} field:{field} from:{}", self.name)
    }
}

/// As many mild findings of one file are told one by one; of more, the first one tells of all.
const MOST: usize = 3;
/// The others that it points at.
const SHOWN: usize = 6;

/// Mild findings that stand in one file told as one: where no property of a file says how long or of
/// which form it is, that is one habit, and not as many faults.
pub(super) fn joined(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let is_mild = |one: &Diagnostic| one.severity == Severity::Low;
    let (mild, mut kept): (Vec<_>, Vec<_>) = found.into_iter().partition(is_mild);
    let mut files: BTreeMap<_, Vec<Diagnostic>> = BTreeMap::new();
    for one in mild {
        let file = one.primary().at.file;
        files.entry(file).or_default().push(one);
    }
    for mut group in files.into_values() {
        if group.len() <= MOST {
            kept.extend(group);
            continue;
        }
        group.sort_by_key(|one| one.primary().at);
        let others = group.split_off(1);
        let Some(mut first) = group.pop() else {
            continue;
        };
        for other in others.iter().take(SHOWN) {
            first.labels.push(Label {
                at: other.primary().at,
                text: other.message.clone(),
                role: Role::Related,
            });
        }
        first.notes.push(format!(
            "{} more properties of this file are so",
            others.len()
        ));
        kept.push(first);
    }
    kept
}
