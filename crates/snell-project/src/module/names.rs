//! What people call functions.

use super::{FunctionRef, Modules};

impl Modules {
    /// `Class.method`, `function`, or the module's file name.
    #[must_use]
    pub fn function_name(&self, function: FunctionRef) -> String {
        let facts = self.facts(function.module);
        let declared = facts.functions.get(function.id.index());
        let own = declared.and_then(|declared| declared.name.as_ref());
        let class = declared
            .and_then(|declared| declared.class)
            .and_then(|class| facts.class(class).name.as_ref());
        match (class, own) {
            (Some(class), Some(own)) => format!("{}.{}", class.text, own.text),
            (Some(class), None) => class.text.to_string(),
            (None, Some(own)) => own.text.to_string(),
            (None, None) => {
                let path = self.get(function.module).path.as_str();
                path.rsplit('/').next().unwrap_or(path).to_owned()
            }
        }
    }
}
