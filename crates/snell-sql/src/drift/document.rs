//! A difference as the row that `snell facts drift` prints.

use serde::Serialize;

use super::{Difference, DriftKind, Weight};

/// A row of `snell facts drift`. Exactly one of the keys `column` to `function` names the
/// object, where the difference is not the table itself.
#[derive(PartialEq, Debug, Clone, Default, Serialize)]
pub struct DifferenceView {
    /// The kind, in lower case with underscores.
    pub kind: Option<DriftKind>,
    /// The database schema, where it is not `public`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// The foreign key or check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// The enum.
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub enumeration: Option<String>,
    /// The trigger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// The function, with the names and types of its arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// What the schema describes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What the migrations build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// True for two spellings of one thing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub equivalent: bool,
    /// True for what Prisma leaves open.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub informational: bool,
    /// True for what a Prisma schema cannot express: nothing that Prisma manages.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unrepresentable: bool,
    /// The same as `unrepresentable`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unmanaged: bool,
    /// True for what a statement shaped that may not have run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
}

impl From<&Difference> for DifferenceView {
    fn from(difference: &Difference) -> Self {
        use DriftKind as K;
        let mut view = DifferenceView {
            kind: Some(difference.kind),
            schema: (difference.schema != "public").then(|| difference.schema.to_string()),
            table: difference.table.as_ref().map(ToString::to_string),
            expected: difference.expected.clone(),
            actual: difference.actual.clone(),
            equivalent: difference.weight == Weight::Equivalent,
            informational: difference.weight == Weight::Informational,
            unrepresentable: difference.weight == Weight::Unmanaged,
            unmanaged: difference.weight == Weight::Unmanaged,
            uncertain: difference.weight == Weight::Uncertain,
            ..DifferenceView::default()
        };
        let object = difference.object.as_ref().map(ToString::to_string);
        let slot = match difference.kind {
            K::ColumnMissingInDb
            | K::ColumnExtraInDb
            | K::ColumnType
            | K::ColumnNullability
            | K::ColumnDefault => &mut view.column,
            K::IndexMissingInDb
            | K::IndexExtraInDb
            | K::IndexName
            | K::IndexShape
            | K::UniqueIsConstraint => &mut view.index,
            K::FkMissingInDb | K::FkExtraInDb | K::FkName | K::FkAction | K::CheckExtraInDb => {
                &mut view.constraint
            }
            K::EnumMissingInDb | K::EnumExtraInDb | K::EnumValuesDiffer | K::EnumOrderDiffers => {
                &mut view.enumeration
            }
            K::TriggerExtraInDb => &mut view.trigger,
            K::PolicyExtraInDb => &mut view.policy,
            K::ViewExtraInDb => &mut view.view,
            K::FunctionExtraInDb => &mut view.function,
            K::TableMissingInDb
            | K::TableExtraInDb
            | K::ModelIsAViewInDb
            | K::ColumnOrder
            | K::PrimaryKey => return view,
        };
        *slot = object;
        view
    }
}
