//! Operations of delegates that only what runs knows: `this.delegate.findMany(...)` of a base
//! class, `delegate.count(...)` of a helper that is handed one.
//!
//! Each such place is a call of its own for each model. Which of them are needed is not known
//! before the code is followed, and many threads follow it: the number of such a call is made of
//! the place and the model, and the call itself when it is first asked for.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use snell_extract::facts::{Site, SiteKind};
use snell_source::Confidence;

use super::{CallId, CallTarget, ClientCall, Delegates, Operation};
use crate::{
    module::{ExpressionRef, In, ModuleId},
    schema::{ModelRef, SchemaId, Schemas},
    types::Client,
};

/// The places of such operations, and the calls that were asked for.
#[derive(Debug, Default)]
pub(super) struct OpenCalls {
    /// The number of the first.
    pub(super) first: u32,
    pub(super) delegates: Delegates,
    pub(super) places: FxHashMap<ExpressionRef, u32>,
    calls: Vec<Open>,
    /// The models of all schemas, in order.
    models: Vec<ModelRef>,
}

/// One place: a call without a model, and the same with each.
#[derive(Debug)]
struct Open {
    call: ClientCall,
    with: OnceLock<Box<[OnceLock<ClientCall>]>>,
}

impl OpenCalls {
    pub(super) fn of(schemas: &Schemas) -> Self {
        let models = schemas.iter().flat_map(|(schema, live)| {
            let models = live.datamodel.models().iter();
            models.map(move |model| ModelRef {
                schema,
                model: model.id,
            })
        });
        let mut models: Vec<ModelRef> = models.collect();
        models.sort_unstable();
        OpenCalls {
            models,
            ..OpenCalls::default()
        }
    }

    /// Notes a place; `known` is what it says by itself.
    pub(super) fn add(&mut self, module: ModuleId, site: &Site, known: Option<&ClientCall>) {
        let (SiteKind::ModelOperation, Some(receiver), Some(operation)) = (
            site.kind,
            site.receiver,
            Operation::named(&site.operation.text),
        ) else {
            return;
        };
        let call = known.cloned().unwrap_or_else(|| ClientCall {
            module,
            expression: site.expression,
            operation,
            name: site.operation.clone(),
            receiver,
            target: CallTarget::AnyModel,
            client: Client::default(),
            schema: None,
            confidence: Confidence::Likely,
        });
        let at = In {
            module,
            id: site.expression,
        };
        let number = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        self.places.insert(at, number);
        self.calls.push(Open {
            call,
            with: OnceLock::new(),
        });
    }

    /// The call at a place, with the delegate of this name: as accessors are written, or as the
    /// model itself is, which a client takes as well.
    pub(super) fn on_delegate(
        &self,
        at: ExpressionRef,
        accessor: &str,
        schema: Option<SchemaId>,
    ) -> Option<CallId> {
        let place = *self.places.get(&at)?;
        let mut lower = accessor.chars();
        let lower: String = lower.next()?.to_lowercase().chain(lower).collect();
        let of = |name: &str| {
            let known = self.delegates.of_accessor(name, schema);
            known.or_else(|| self.delegates.of_accessor(name, None))
        };
        let model = of(accessor).or_else(|| of(&lower))?;
        let position = u32::try_from(self.models.binary_search(&model).ok()?).ok()?;
        let models = u32::try_from(self.models.len()).ok()?;
        let number = place.checked_mul(models)?.checked_add(position)?;
        Some(CallId(self.first.checked_add(number)?))
    }

    /// The call of this number.
    pub(super) fn get(&self, id: CallId) -> &ClientCall {
        let models = self.models.len();
        let number = (id.0 - self.first) as usize;
        let place = &self.calls[number / models];
        let with = place.with.get_or_init(|| {
            let calls = std::iter::repeat_with(OnceLock::new);
            calls.take(models).collect()
        });
        let model = self.models[number % models];
        with[number % models].get_or_init(|| ClientCall {
            target: CallTarget::Models(vec![model]),
            schema: Some(model.schema),
            ..place.call.clone()
        })
    }
}
