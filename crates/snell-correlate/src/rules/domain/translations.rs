//! What rules about translations share.

use snell_prisma::{Datamodel, Field, Model};
use snell_project::schema::Schema;
use snell_source::Diagnostic;

use crate::{
    rule::Context,
    support::roles::{Roles, Translation},
};

/// A model of translations, with what it translates.
#[derive(Clone, Copy)]
pub(super) struct Translated<'a> {
    /// What was recognised.
    pub translation: &'a Translation,
    /// The schema.
    pub schema: &'a Schema,
    /// Its models.
    pub datamodel: &'a Datamodel,
    /// The model of the translations.
    pub model: &'a Model,
    /// The relation to what is translated.
    pub of: &'a Field,
    /// The name of the model that is translated.
    pub parent: &'a str,
}

/// At most one finding for each model of translations.
pub(super) fn findings(
    context: &Context<'_>,
    finding: impl Fn(Translated<'_>) -> Option<Diagnostic>,
) -> Vec<Diagnostic> {
    let roles = Roles::shared(context);
    let translations = roles.translations.iter();
    translations
        .filter_map(|translation| {
            let schema = context.project.schemas.get(translation.model.schema);
            let datamodel = &schema.datamodel;
            let of = &datamodel[translation.of];
            finding(Translated {
                translation,
                schema,
                datamodel,
                model: context.project.schemas.model(translation.model),
                of,
                parent: &datamodel.target(of)?.name,
            })
        })
        .collect()
}
