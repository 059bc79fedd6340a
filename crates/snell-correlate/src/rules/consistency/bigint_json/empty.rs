//! Columns that nothing fills: JSON has `null`.

use snell_extract::facts::{Expression, ExpressionKind, ModuleFacts, Property};
use snell_prisma::Field;
use snell_project::schema::{FieldRef, ModelRef};

use crate::{
    rule::Context,
    support::field_life::{FieldLives, field_lives},
};

/// Whether a column is `NULL` in every row: code makes the rows, no data names the column, and where not all data is
/// known, no code says the column's name but in types.
pub(super) fn stays_null(context: &Context<'_>, model: ModelRef, field: &Field) -> bool {
    if field.is_required() || field.default.is_some() {
        return false;
    }
    let lives = field_lives(context);
    let life = lives.field(FieldRef {
        schema: model.schema,
        field: field.id,
    });
    lives.model(model).creates > 0
        && (!lives.may_hold(model, field)
            || life.written.is_empty()
                && !lives.is_written_beside(field)
                && !is_said(context, &lives, field))
}

/// Whether code says the name of a field where a value may come from: as a key, a member, a text, or a member of a class.
fn is_said(context: &Context<'_>, lives: &FieldLives, field: &Field) -> bool {
    let code = lives.named(field).code;
    let mut left = code.iter().filter(|path| !path.ends_with(".md")).count();
    let said = context.project.modules.iter().any(|(_, module)| {
        if !code.contains(&module.path.as_str()) {
            return false;
        }
        left = left.saturating_sub(1);
        says(&module.facts, &field.name)
    });
    // What was not read as a module may do anything.
    said || left > 0
}

fn says(facts: &ModuleFacts, name: &str) -> bool {
    let of_class = facts.classes.iter().any(|class| {
        let mut keys = class.members.iter().filter_map(|member| member.key.name());
        keys.any(|key| key.text == name)
    });
    let kinds = [
        ExpressionKind::Object,
        ExpressionKind::Member,
        ExpressionKind::String,
    ];
    of_class
        || facts.all(kinds).any(|(_, node)| match &node.kind {
            Expression::Object(properties) => properties.iter().any(|property| {
                matches!(property, Property::Value { key, .. }
                    if key.name().is_some_and(|key| key.text == name))
            }),
            Expression::Member { property, .. } => property.text == name,
            Expression::String(text) => text == name,
            _ => false,
        })
}
