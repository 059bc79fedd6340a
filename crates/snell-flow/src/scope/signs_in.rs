//! The model whose rows sign in, by what the code does with them: a password is compared with a
//! column of theirs, or their key is signed into a token.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::Expression;
use snell_prisma::Field;
use snell_project::{
    Project,
    module::{ExpressionRef, In},
    ownership::SignsIn,
    schema::ModelRef,
    types::{Type, Types},
};

use super::{Origin, origins};
use crate::{
    event::{EventKind, Summary},
    follow::Flow,
    value::Value,
};

/// Packages that compare passwords with what is kept of them, and their methods.
const HASHES: [&str; 4] = ["bcrypt", "argon2", "scrypt", "pbkdf2"];
const COMPARES: [&str; 4] = ["compare", "compareSync", "verify", "verifySync"];

/// Packages that make tokens, and their methods.
const TOKENS: [&str; 4] = ["@nestjs/jwt", "jsonwebtoken", "jose", "fast-jwt"];
const SIGNS: [&str; 2] = ["sign", "signAsync"];

/// Finds the models of those who sign in. Where passwords are compared, that says it; tokens are
/// made for other things as well.
#[must_use]
pub fn signs_in(project: &Project, flow: &Flow) -> SignsIn {
    let mut seen = Seen {
        project,
        visited: FxHashSet::default(),
        compared: BTreeMap::new(),
        signed: BTreeMap::new(),
        beside: Vec::new(),
    };
    for entered in flow.endpoints() {
        let endpoint = project.endpoints.get(entered.endpoint);
        if !project.path_facts(endpoint.module).test {
            seen.summary(&entered.summary);
        }
    }
    let most = |counted: &BTreeMap<ModelRef, usize>| {
        let most = counted.iter().max_by_key(|(_, times)| **times);
        most.map(|(model, _)| *model)
    };
    let people: Vec<ModelRef> = most(&seen.compared)
        .or_else(|| most(&seen.signed))
        .into_iter()
        .collect();
    let groups = seen.beside.into_iter();
    let groups = groups
        .filter(|(of, _)| people.contains(of))
        .map(|(_, group)| group);
    SignsIn {
        groups: groups.collect(),
        compared: !seen.compared.is_empty(),
        people,
    }
}

struct Seen<'p> {
    project: &'p Project,
    visited: FxHashSet<*const Summary>,
    compared: BTreeMap<ModelRef, usize>,
    signed: BTreeMap<ModelRef, usize>,
    /// What a token names of what a row belongs to: the model of the row, and that of the other.
    beside: Vec<(ModelRef, ModelRef)>,
}

impl Seen<'_> {
    fn summary(&mut self, summary: &Arc<Summary>) {
        if !self.visited.insert(Arc::as_ptr(summary)) {
            return;
        }
        for event in &summary.events {
            match &event.kind {
                EventKind::Call { summary, .. } => self.summary(summary),
                EventKind::Unfollowed { at, arguments } => self.call(*at, arguments),
                _ => {}
            }
        }
    }

    fn call(&mut self, at: ExpressionRef, handed: &[Value]) {
        if self.is_of(at, &COMPARES, &HASHES) {
            for value in handed {
                self.compared(value);
            }
        } else if self.is_of(at, &SIGNS, &TOKENS)
            && let Some(claims) = handed.first()
        {
            self.signed(claims);
        }
    }

    /// Whether a call is one of these methods of one of these packages.
    fn is_of(&self, at: ExpressionRef, methods: &[&str], packages: &[&str]) -> bool {
        let facts = self.project.modules.facts(at.module);
        let Expression::Call { callee, .. } = facts.expression(at.id) else {
            return false;
        };
        let types = Types::new(&self.project.modules);
        let from = |id| match types.of(In {
            module: at.module,
            id,
        }) {
            Type::External(specifier, _) => {
                packages.iter().any(|package| specifier.contains(package))
            }
            _ => false,
        };
        match facts.expression(*callee) {
            Expression::Member {
                object, property, ..
            } => methods.contains(&property.text.as_str()) && (from(*object) || from(*callee)),
            Expression::Identifier { name, .. } => {
                methods.contains(&name.as_str()) && from(*callee)
            }
            _ => false,
        }
    }

    fn compared(&mut self, value: &Value) {
        origins(value, &mut |origin| {
            if let Origin::Row(row, path) = origin
                && let [_] = path.names().as_slice()
                && let Some(model) = self.project.calls.get(row.call).model()
            {
                *self.compared.entry(model).or_default() += 1;
            }
        });
    }

    fn signed(&mut self, claims: &Value) {
        let subject = claims
            .as_object()
            .and_then(|claims| claims.entries.get("sub"));
        if let Some(subject) = subject {
            origins(&subject.value, &mut |origin| {
                if let Origin::Row(row, path) = origin
                    && let Some(model) = self.project.calls.get(row.call).model()
                    && self.named(model, &path.names()) == Some(model)
                {
                    *self.signed.entry(model).or_default() += 1;
                }
            });
        }
        origins(claims, &mut |origin| {
            let Origin::Row(row, path) = origin else {
                return;
            };
            let Some(model) = self.project.calls.get(row.call).model() else {
                return;
            };
            if let Some(other) = self
                .named(model, &path.names())
                .filter(|other| *other != model)
            {
                self.beside.push((model, other));
            }
        });
    }

    /// The model whose row a part of a row names: its own key, a foreign key that each row has, or the
    /// key of what that leads to.
    fn named(&self, model: ModelRef, path: &[SmolStr]) -> Option<ModelRef> {
        let declared = self.project.schemas.model(model);
        let first = declared.field(path.first()?)?;
        if path.len() == 1 && declared.is_id(first.id) {
            return Some(model);
        }
        let mut sides = declared
            .relation_fields()
            .filter(|field| field.is_required())
            .filter_map(|field| Some((field, field.relation()?)))
            .filter(|(_, side)| side.holds_key);
        let (_, side) = sides.find(|(field, side)| match path.len() {
            1 => side.fields.as_slice() == [first.id],
            2 => field.id == first.id,
            _ => false,
        })?;
        let target = ModelRef {
            schema: model.schema,
            model: side.target,
        };
        let of_target = |name: &SmolStr| {
            let other = self.project.schemas.model(target);
            let field: Option<&Field> = other.field(name);
            field.is_some_and(|field| other.is_id(field.id))
        };
        (path.len() == 1 || of_target(path.last()?)).then_some(target)
    }
}
