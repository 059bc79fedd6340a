//! Secrets that are known by their form, wherever they stand: what is quoted from a file may hold one though no rule
//! speaks of it.

use crate::Span;

/// How tokens of well-known services begin, and how many characters follow at least
/// (<https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns>).
const BEGINNINGS: [(&str, usize); 16] = [
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("sk-ant-", 20),
    ("sk-proj-", 20),
    ("whsec_", 20),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("github_pat_", 30),
    ("glpat-", 16),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("npm_", 30),
    ("AKIA", 16),
    ("AIza", 30),
    ("SG.", 40),
];

/// How a token in JSON begins: `{"` in base64url (RFC 7519).
const JWT: &str = "eyJ";

/// Characters that each of the three parts of such a token has at least.
const PART: usize = 10;

/// Where such secrets stand in a text, in order.
#[must_use]
pub fn telltale(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(is_of_token).map(|next| at + next) {
        let end = text[start..]
            .find(|c: char| !is_of_token(c))
            .map_or(text.len(), |length| start + length);
        if is_secret(&text[start..end]) {
            found.push(Span::from_range(start..end));
        }
        at = end;
    }
    found
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn is_secret(word: &str) -> bool {
    let known = BEGINNINGS.iter().any(|(beginning, least)| {
        word.strip_prefix(beginning)
            .is_some_and(|rest| rest.len() >= *least && rest.contains(|c: char| c.is_ascii_digit()))
    });
    known || word.starts_with(JWT) && is_jwt(word)
}

/// `header.payload.signature`
fn is_jwt(word: &str) -> bool {
    let mut parts = word.split('.');
    parts
        .by_ref()
        .take(3)
        .filter(|part| part.len() >= PART)
        .count()
        == 3
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        telltale(text)
            .into_iter()
            .map(|span| span.text(text))
            .collect()
    }

    #[test]
    fn tokens_are_known_by_their_form() {
        // Put together here, so that no scanner takes them for real ones.
        let jwt = ["eyJhbGciOiJI", "eyJzdWIiOiIx", "c2lnbmF0dXJl"].join(".");
        let key = format!("sk_{}_{}", "live", "a1".repeat(12));
        let text = format!("apikey: {jwt}\nkey='{key}'; eyJust.a.word sk_live_short");
        assert_eq!(found(&text), [jwt.as_str(), key.as_str()]);
    }

    #[test]
    fn plain_code_holds_none() {
        assert!(found("const npm_config = process.env.AKIA; größe.x").is_empty());
    }
}
