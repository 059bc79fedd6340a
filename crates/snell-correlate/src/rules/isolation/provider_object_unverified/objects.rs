//! Calls of payment providers that change or open an object named by its id.

use snell_extract::facts::Expression;
use snell_flow::{Value, foreign_call};
use snell_project::{Project, module::ExpressionRef, types::Types};

/// How a call names the object.
enum Named {
    /// By its first argument: `cancel(id)`.
    First,
    /// By a key of its first argument: `create({ payment_intent: id })`.
    Under(&'static [&'static str]),
}

/// A call of a provider.
struct Call {
    package: &'static str,
    /// The resource and the method: `refunds`, `create`.
    path: (&'static str, &'static [&'static str]),
    named: Named,
    does: &'static str,
    /// The column that a workspace keeps the id in.
    column: &'static str,
}

/// What a call does to an object.
pub(super) struct Act {
    /// As a person says it, of whoever calls: `refunds any payment`.
    pub(super) does: &'static str,
    /// The column that a workspace keeps the id in.
    pub(super) column: &'static str,
    /// `refunds.create`
    pub(super) name: String,
}

const STRIPE: &str = "stripe";
const RAZORPAY: &str = "razorpay";
const BRAINTREE: &str = "braintree";

/// <https://docs.stripe.com/api>, <https://razorpay.com/docs/api>, <https://developer.paypal.com/braintree/docs>.
/// Ids of these are no secrets: clients, e-mails and exports show them.
const CALLS: [Call; 16] = [
    call(
        STRIPE,
        ("refunds", &["create"]),
        Named::Under(&["payment_intent", "charge"]),
        "refunds any payment",
        "paymentIntentId",
    ),
    call(
        STRIPE,
        ("paymentIntents", &["capture", "cancel", "update"]),
        Named::First,
        "changes any payment",
        "paymentIntentId",
    ),
    call(
        STRIPE,
        ("subscriptions", &["cancel", "del"]),
        Named::First,
        "cancels any subscription",
        "subscriptionId",
    ),
    call(
        STRIPE,
        ("subscriptions", &["update", "resume"]),
        Named::First,
        "changes any subscription",
        "subscriptionId",
    ),
    call(
        STRIPE,
        ("subscriptionSchedules", &["cancel", "release", "update"]),
        Named::First,
        "changes any subscription",
        "subscriptionId",
    ),
    call(
        STRIPE,
        ("customers", &["update", "del"]),
        Named::First,
        "changes any customer",
        "customerId",
    ),
    call(
        STRIPE,
        ("sessions", &["create"]),
        Named::Under(&["customer"]),
        "opens a session of any customer",
        "customerId",
    ),
    call(
        STRIPE,
        ("paymentMethods", &["detach", "update"]),
        Named::First,
        "changes any payment method",
        "paymentMethodId",
    ),
    call(
        STRIPE,
        ("setupIntents", &["create"]),
        Named::Under(&["customer"]),
        "adds a payment method to any customer",
        "customerId",
    ),
    call(
        STRIPE,
        ("invoices", &["pay", "voidInvoice", "del", "update"]),
        Named::First,
        "changes any invoice",
        "invoiceId",
    ),
    call(
        STRIPE,
        ("accounts", &["update", "del", "createLoginLink"]),
        Named::First,
        "changes any account",
        "accountId",
    ),
    call(
        STRIPE,
        ("accountLinks", &["create"]),
        Named::Under(&["account"]),
        "opens any account",
        "accountId",
    ),
    call(
        RAZORPAY,
        ("payments", &["refund", "capture"]),
        Named::First,
        "changes any payment",
        "paymentId",
    ),
    call(
        RAZORPAY,
        ("subscriptions", &["cancel", "update", "pause", "resume"]),
        Named::First,
        "changes any subscription",
        "subscriptionId",
    ),
    call(
        BRAINTREE,
        ("transaction", &["refund", "void"]),
        Named::First,
        "refunds any payment",
        "transactionId",
    ),
    call(
        BRAINTREE,
        ("subscription", &["cancel", "update"]),
        Named::First,
        "changes any subscription",
        "subscriptionId",
    ),
];

const fn call(
    package: &'static str,
    path: (&'static str, &'static [&'static str]),
    named: Named,
    does: &'static str,
    column: &'static str,
) -> Call {
    Call {
        package,
        path,
        named,
        does,
        column,
    }
}

/// What a call does to an object of a provider, and the value that names the object.
pub(super) fn act<'v>(
    project: &Project,
    types: &Types<'_>,
    at: ExpressionRef,
    arguments: &'v [Value],
) -> Option<(Act, &'v Value)> {
    let (resource, method) = path(project, at)?;
    let of_path = |call: &&Call| call.path.0 == resource && call.path.1.contains(&method);
    let mut known = CALLS.iter().filter(of_path).peekable();
    known.peek()?;
    let (package, _) = foreign_call(project, types, at)?;
    let call = known.find(|call| call.package == package)?;
    let first = arguments.first()?;
    let value = match call.named {
        Named::First => first,
        Named::Under(keys) => {
            let entries = &first.as_object()?.entries;
            &keys.iter().find_map(|key| entries.get(*key))?.value
        }
    };
    let act = Act {
        does: call.does,
        column: call.column,
        name: format!("{resource}.{method}"),
    };
    Some((act, value))
}

/// The last two names of what is called: `refunds`, `create`.
fn path(project: &Project, at: ExpressionRef) -> Option<(&str, &str)> {
    let facts = project.modules.facts(at.module);
    let call = facts.method_call(facts.expression(at.id))?;
    match facts.expression(facts.unwrap_casts(call.object)) {
        Expression::Member {
            property: resource, ..
        } => Some((&resource.text, &call.property.text)),
        _ => None,
    }
}
