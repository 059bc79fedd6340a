//! Keys in what the client sent as a whole: `data: { ...dto, userId }`, `data: dto`. Which keys
//! there are, its type says.

use snell_flow::{Entry as Written, ObjectValue, Opaque, Root, Step, Value};
use snell_project::schema::ModelRef;

use super::{Search, connects};
use crate::support::declared;

impl Search<'_, '_> {
    /// The keys of other rows among the declared properties of what is spread into a row, or is one.
    pub(super) fn spread(&mut self, object: &ObjectValue, model: ModelRef) {
        for spread in &object.spreads {
            for choice in spread.choices() {
                if let Value::Opaque(sent) = choice {
                    self.sent_whole(sent, object, model);
                }
            }
        }
    }

    pub(super) fn sent_whole(&mut self, sent: &Opaque, object: &ObjectValue, model: ModelRef) {
        let is_sent = matches!(&sent.root, Root::ClientInput(part, _) if part != "Headers");
        let endpoint = self.entry.endpoint;
        let Some(whole) = declared::value(self.context, Some(endpoint), sent).filter(|_| is_sent)
        else {
            return;
        };
        let left_out: Vec<_> = sent
            .path
            .iter()
            .flat_map(|step| match step {
                Step::Without(names) => names.to_vec(),
                _ => Vec::new(),
            })
            .collect();
        let declared = self.context.project.schemas.model(model);
        let mut written = Vec::new();
        for field in declared.columns() {
            let name = &field.name;
            let stays = |name: &str| {
                let entry = object.entries.get(name);
                entry.is_some_and(|entry| !entry.beneath)
            };
            if stays(name) || left_out.contains(name) {
                continue;
            }
            let relation = declared.relation_fields().find(|relation| {
                let side = relation.relation();
                side.is_some_and(|side| side.fields.as_slice() == [field.id])
            });
            // The relation beside it decides: `{ ...dto, agent: { connect } }`.
            if relation.is_none_or(|relation| object.entries.contains_key(&relation.name))
                || connects(declared, object)
            {
                continue;
            }
            let Some(said) = declared::property(self.context, &whole, name) else {
                continue;
            };
            let mut way = sent.path.clone();
            way.retain(|step| !matches!(step, Step::Without(_)));
            way.push(Step::Property(name.clone()));
            let entry = Written {
                value: Value::Opaque(
                    Opaque {
                        root: sent.root.clone(),
                        path: way,
                    }
                    .into(),
                ),
                always: true,
                beneath: false,
                key: said.at,
                at: None,
                module: said.module,
            };
            written.push((field, entry));
        }
        // Beside what else is sent: whom one adds to the group that is named there.
        let mut row = object.clone();
        for (field, entry) in &written {
            row.entries.insert(field.name.clone(), entry.clone());
        }
        for (field, entry) in written {
            if !self.is_meant(declared, &row, field) {
                self.scalar(declared, field, &entry, model.schema);
            }
        }
    }
}
