//! Which fields hold secrets: by their names and what is written beside them.

use snell_prisma::{Field, Model, ScalarType};

use crate::support::name_words::{has_word, split};

/// What kind of secret a field holds, gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rules) enum Secret {
    /// What lets somebody in for a while.
    Token,
    /// A key or a secret of a service; what is encrypted.
    Key,
    /// A password, or what is left of one.
    Password,
}

/// Endings of names that speak of a secret rather than hold it.
const ABOUT: [&str; 30] = [
    "at",
    "id",
    "ids",
    "url",
    "uri",
    "count",
    "enabled",
    "type",
    "name",
    "hint",
    "last4",
    "lastfour",
    "length",
    "expires",
    "expiry",
    "expiresin",
    "expiration",
    "version",
    "status",
    "prefix",
    "label",
    "date",
    "limit",
    "required",
    "policy",
    "attempts",
    "used",
    "suffix",
    "question",
    "strategy",
];

/// The secret that a field holds.
pub(in crate::rules) fn secret(field: &Field) -> Option<Secret> {
    if !matches!(
        field.scalar(),
        Some(ScalarType::String | ScalarType::Bytes | ScalarType::Json)
    ) {
        return None;
    }
    let marked = field
        .documentation()
        .is_some_and(|text| text.contains("@sensitive"));
    let found = by_name(&field.name, field.scalar() == Some(ScalarType::Json));
    let hash = || field.name == "hash" && field.scalar() != Some(ScalarType::Json);
    found.or_else(|| (marked || hash()).then_some(Secret::Key))
}

/// Words in the names of models whose rows let somebody in: a `hash` there is what is left of a secret.
const LETS_IN: [&str; 16] = [
    "user",
    "account",
    "member",
    "customer",
    "admin",
    "credential",
    "password",
    "token",
    "session",
    "key",
    "secret",
    "login",
    "auth",
    "otp",
    "code",
    "invite",
];

/// The secret that a field of a model holds. What is called `hash` and nothing else is a digest of the row, or of a
/// file, where the rows let nobody in.
pub(in crate::rules) fn secret_of(model: &Model, field: &Field) -> Option<Secret> {
    let digest = field.name == "hash" && !has_word(&model.name, &LETS_IN);
    secret(field).filter(|_| !digest)
}

/// The secret that a name speaks of.
pub(super) fn by_name(name: &str, json: bool) -> Option<Secret> {
    let words = split(name);
    let plain = words.concat();
    if words
        .last()
        .is_some_and(|last| ABOUT.contains(&last.as_str()))
        || words.first().is_some_and(|first| {
            matches!(
                first.as_str(),
                "has" | "is" | "needs" | "last" | "public" | "num" | "total"
            )
        })
    {
        return None;
    }
    let has = |all: &[&str]| all.iter().any(|word| plain.contains(word));
    if has(&[
        "resettoken",
        "accesstoken",
        "refreshtoken",
        "authtoken",
        "sessiontoken",
        "bearertoken",
        "verificationtoken",
        "confirmationtoken",
        "invitationtoken",
        "invitetoken",
        "verificationcode",
        "otpcode",
    ]) || plain == "otp"
    {
        return Some(Secret::Token);
    }
    if json {
        return None;
    }
    if has(&["password", "passwd", "passphrase"]) || plain == "pwd" || plain == "passhash" {
        return Some(Secret::Password);
    }
    let key = [
        "apikey",
        "apisecret",
        "secretkey",
        "privatekey",
        "clientsecret",
        "webhooksecret",
        "signingsecret",
        "signingkey",
        "totpsecret",
        "otpsecret",
        "twofactorsecret",
        "mfasecret",
        "encryptedkey",
        "encryptedtoken",
        "encryptedsecret",
        "recoverycode",
        "backupcode",
        "credentialhash",
        "pinhash",
        "keyhash",
        "tokenhash",
        "secrethash",
        "hashedkey",
        "hashedtoken",
        "hashedrefreshtoken",
        "hashedrt",
    ];
    // `smtp_pass`, `client_token`: of what, the words before say.
    let of_something = words.len() > 1
        && words
            .last()
            .is_some_and(|last| matches!(last.as_str(), "pass" | "passkey" | "secret"));
    (has(&key) || of_something || matches!(plain.as_str(), "secret" | "salt" | "ssn"))
        .then_some(Secret::Key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for (name, secret) in [
            ("password", Some(Secret::Password)),
            ("passwordHash", Some(Secret::Password)),
            ("hashed_password", Some(Secret::Password)),
            ("passwordChangedAt", None),
            ("apiKey", Some(Secret::Key)),
            ("api_key_id", None),
            ("encryptedKey", Some(Secret::Key)),
            ("refreshToken", Some(Secret::Token)),
            ("refreshTokenExpiresAt", None),
            ("promptTokens", None),
            ("token", None),
            ("smtp_pass", Some(Secret::Key)),
            ("consumerSecret", Some(Secret::Key)),
            ("boardingPassId", None),
            ("otp", Some(Secret::Token)),
            ("otpExpiresAt", None),
            ("emailVerificationToken", Some(Secret::Token)),
            ("publicKey", None),
            ("secretary", None),
            ("hasPassword", None),
        ] {
            assert_eq!(by_name(name, false), secret, "{name}");
        }
    }
}
