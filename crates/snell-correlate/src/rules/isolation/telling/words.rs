//! The words for each fault: the message, and the label at the query.

use snell_source::RuleMetadata;

use crate::rules::isolation::exposure::{Exposure, Fault};

pub(super) fn words(
    exposure: &Exposure,
    endpoint: &str,
    model: &str,
    rule: &RuleMetadata,
) -> (String, String) {
    let late = rule.name.ends_with("after-use");
    match &exposure.fault {
        Fault::Write(keyed) | Fault::Read(keyed) => {
            let does = match exposure.fault {
                Fault::Write(_) => "changes",
                _ => "returns",
            };
            let key = keyed.key.text();
            let why = if late {
                "before it is asked whose it is".to_owned()
            } else {
                match exposure.first_only {
                    true => format!("nothing ties the others of `{key}` to who asks"),
                    false => format!("nothing ties `{key}` to who asks"),
                }
            };
            (
                if late {
                    format!("`{endpoint}` {does} the `{model}` that `{key}` names {why}")
                } else {
                    format!("`{endpoint}` {does} any user's `{model}`: {why}")
                },
                match exposure.first_only {
                    true => format!("only the first of `{key}` is looked up before"),
                    false => format!(
                        "`{}` is what the client sent, and nothing else",
                        keyed.field
                    ),
                },
            )
        }
        Fault::Owner(_) | Fault::Asked(_) | Fault::Posed(_) => {
            of_owner(&exposure.fault, endpoint, model)
        }
        Fault::Either(_) => (
            format!("`{endpoint}` reaches any user's `{model}`: an `OR` leaves the owner out"),
            "the owner is not asked for on every way".to_owned(),
        ),
        Fault::Reference(reference) => (
            format!(
                "`{endpoint}` lets a `{model}` refer to a row that nobody checked: nothing ties `{}` to who asks",
                reference.key.text()
            ),
            format!("writes `{}` as it was sent", reference.field),
        ),
        Fault::NewOwner(reference) => (
            format!(
                "`{endpoint}` writes a `{model}` for the owner that the client names in `{}`",
                reference.key.text()
            ),
            format!("writes `{}` as it was sent", reference.field),
        ),
        Fault::Raw { writes, reckons } => (
            format!(
                "`{endpoint}` {} any user's `{model}` with raw SQL: nothing in it is who asks",
                match (*writes, *reckons) {
                    (true, _) => "changes",
                    (false, true) => "gives a number reckoned from",
                    (false, false) => "returns",
                }
            ),
            "no parameter is who asks".to_owned(),
        ),
        Fault::Shared(_) | Fault::Consulted | Fault::List | Fault::First | Fault::Sweep => {
            of_many(&exposure.fault, endpoint, model)
        }
        Fault::Upsert(_) | Fault::Aggregate(_) | Fault::Included(_) | Fault::Copied(_) => {
            beside_rows(&exposure.fault, endpoint, model)
        }
        // These are told by `door`.
        Fault::Unguarded | Fault::Administrative => (String::new(), String::new()),
    }
}

/// The words for whom the client names.
fn of_owner(fault: &Fault, endpoint: &str, model: &str) -> (String, String) {
    match fault {
        Fault::Owner(keyed) => (
            format!(
                "`{endpoint}` uses the `{model}` rows of the owner that the client names in `{}`",
                keyed.key.text()
            ),
            format!("`{}` is what the client sent", keyed.field),
        ),
        Fault::Asked(keyed) => (
            format!(
                "`{endpoint}` answers by the `{model}` rows of the owner that the client names in `{}`",
                keyed.key.text()
            ),
            format!("`{}` is what the client sent", keyed.field),
        ),
        Fault::Posed(keyed) => (
            format!(
                "`{endpoint}` acts for whom the client names in `{}`: elsewhere who is signed in stands there",
                keyed.key.text()
            ),
            format!("`{}` is what the client sent", keyed.field),
        ),
        _ => Default::default(),
    }
}

/// The words for rows of everybody, and for those that administrators reach as well.
fn of_many(fault: &Fault, endpoint: &str, model: &str) -> (String, String) {
    match fault {
        Fault::Shared(shared) => (
            format!(
                "`{endpoint}` changes any user's `{model}` with the query of the administrators: nothing ties `{}` to who asks",
                shared.keyed.key.text()
            ),
            format!(
                "`{}` is what the client sent, and nothing else",
                shared.keyed.field
            ),
        ),
        Fault::Consulted => (
            format!("`{endpoint}` answers by every user's `{model}`"),
            "no condition on the owner".to_owned(),
        ),
        Fault::List => (
            format!("`{endpoint}` returns every user's `{model}`"),
            "no condition on the owner".to_owned(),
        ),
        Fault::First => (
            format!("`{endpoint}` returns any user's `{model}`: the first that is there"),
            "no condition on the owner".to_owned(),
        ),
        Fault::Sweep => (
            format!("`{endpoint}` changes every user's `{model}`"),
            "no condition on the owner".to_owned(),
        ),
        _ => Default::default(),
    }
}

/// The words for what neither gives rows back nor changes known ones.
fn beside_rows(fault: &Fault, endpoint: &str, model: &str) -> (String, String) {
    let (does, when, keyed) = match fault {
        Fault::Included(included) => {
            return (
                format!(
                    "`{endpoint}` returns every user's `{}` with a `{model}`",
                    included.field
                ),
                format!("takes `{}` along", included.field),
            );
        }
        Fault::Copied(copied) if copied.owner => {
            return (
                format!(
                    "`{endpoint}` writes a `{model}` for the owner of the row that `{}` names: nothing ties that row to who asks",
                    copied.key.text()
                ),
                format!("writes `{}` of a row that nobody checked", copied.field),
            );
        }
        Fault::Copied(copied) => {
            return (
                format!(
                    "`{endpoint}` lets a `{model}` refer to what the row that `{}` names refers to, whosever it is",
                    copied.key.text()
                ),
                format!("writes `{}` of a row that nobody checked", copied.field),
            );
        }
        Fault::Upsert(keyed) => ("changes", " when it is there", Some(keyed)),
        Fault::Aggregate(keyed) => ("counts", "", keyed.as_ref()),
        _ => return Default::default(),
    };
    match keyed {
        Some(keyed) => (
            format!(
                "`{endpoint}` {does} any user's `{model}`{when}: nothing ties `{}` to who asks",
                keyed.key.text()
            ),
            format!(
                "`{}` is what the client sent, and nothing else",
                keyed.field
            ),
        ),
        None => (
            format!("`{endpoint}` {does} every user's `{model}`"),
            "no condition on the owner".to_owned(),
        ),
    }
}
