//! What a Prisma schema cannot express: told apart from drift.

use super::{Comparison, Difference, DriftKind, Pair, Weight, list};
use crate::catalog::{Place, TableConstraint};

impl Comparison<'_> {
    /// Checks, triggers and policies of a table that the schema knows.
    pub(super) fn checks(&mut self, pair: Pair<'_>) {
        let (_, table) = pair.actual;
        let row = |kind, name: &str, actual: String, at: Place| Difference {
            weight: Weight::Unmanaged,
            actual: Some(actual),
            expected_at: None,
            actual_at: Some(at),
            ..pair.difference(kind, Some(name.into()))
        };
        for constraint in &table.constraints {
            if let TableConstraint::Check(expr) = &constraint.kind {
                self.found.push(row(
                    DriftKind::CheckExtraInDb,
                    &constraint.name,
                    format!("CHECK ({})", crate::print::expression(expr)),
                    constraint.provenance.shaped,
                ));
            }
        }
        for trigger in &table.triggers {
            self.found.push(row(
                DriftKind::TriggerExtraInDb,
                &trigger.name,
                format!(
                    "{} {} calls {}",
                    trigger.timing,
                    trigger.events.join(" or "),
                    trigger.function
                ),
                trigger.provenance.shaped,
            ));
        }
        for policy in &table.policies {
            self.found.push(row(
                DriftKind::PolicyExtraInDb,
                &policy.name,
                format!("for {}", policy.command),
                policy.provenance.shaped,
            ));
        }
    }

    /// Views and functions.
    pub(super) fn unmanaged(&mut self) {
        let actual = self.actual;
        for (view, _) in actual.views() {
            let key = (view.schema.clone(), view.name.clone());
            if self.manages(&view.schema) && !self.expected.views.contains(&key) {
                self.found.push(Difference {
                    weight: Weight::Unmanaged,
                    object: Some(view.name.clone()),
                    actual_at: Some(view.provenance.shaped),
                    ..Difference::of(DriftKind::ViewExtraInDb, &view.schema)
                });
            }
        }
        for function in &actual.functions {
            if !self.manages(&function.schema) {
                continue;
            }
            let arguments = function.arguments.iter().zip(&function.argument_names);
            let arguments = arguments.map(|(argument, name)| {
                let argument = argument
                    .as_ref()
                    .map_or_else(|| "?".into(), |t| actual.format_type(t));
                match name {
                    Some(name) => format!("{} {argument}", crate::print::identifier(name)),
                    None => argument,
                }
            });
            self.found.push(Difference {
                weight: Weight::Unmanaged,
                object: Some(format!("{}({})", function.name, list(arguments)).into()),
                actual_at: Some(function.provenance.shaped),
                ..Difference::of(DriftKind::FunctionExtraInDb, &function.schema)
            });
        }
    }
}
