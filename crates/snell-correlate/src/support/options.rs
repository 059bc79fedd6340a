//! Rules that judge what a team has agreed on: they are silent until the configuration names them.

use snell_source::RuleMetadata;
use snell_workspace::Json;

use crate::rule::Context;

/// What the configuration says to a rule that it turns on by its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options<'a>(Option<&'a Json>);

/// The options of a rule; nothing when the configuration does not name it.
pub(crate) fn of<'a>(context: &Context<'a>, rule: &RuleMetadata) -> Option<Options<'a>> {
    let said = context.project.options.get(rule.name)?;
    Some(Options(said.as_ref()))
}

impl<'a> Options<'a> {
    /// A text.
    pub(crate) fn text(self, key: &str) -> Option<&'a str> {
        self.0?.get(key)?.as_str()
    }

    /// A list of texts; a single one is a list of one.
    pub(crate) fn texts(self, key: &str) -> Vec<String> {
        let Some(said) = self.0.and_then(|options| options.get(key)) else {
            return Vec::new();
        };
        match said.as_str() {
            Some(one) => vec![one.to_owned()],
            None => said
                .spanned_strings()
                .into_iter()
                .map(|one| one.value)
                .collect(),
        }
    }
}
