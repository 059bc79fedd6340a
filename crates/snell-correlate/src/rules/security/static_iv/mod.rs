//! Initialization vectors that are the same for every message.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    cipher::{Cipher, ciphers},
    material::{self, Material},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/static-iv",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "All messages are encrypted with the same initialization vector",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    ciphers(context)
        .iter()
        .filter(|cipher| !cipher.decrypts && !is_codebook(cipher))
        .filter_map(|cipher| finding(context, cipher))
        .collect()
}

/// ECB takes no vector; `security/weak-encryption` tells of it.
fn is_codebook(cipher: &Cipher<'_>) -> bool {
    cipher
        .algorithm
        .as_ref()
        .is_some_and(|name| name.contains("ecb"))
}

fn finding(context: &Context<'_>, cipher: &Cipher<'_>) -> Option<Diagnostic> {
    let vector = cipher.vector()?;
    let project = context.project;
    let (why, origin) = match material::of(project, vector) {
        Material::Constant(at) => ("is a constant", Some(at)),
        Material::Zeros(at) => ("is nothing but zeros", Some(at)),
        Material::Fallback(_) | Material::Environment => {
            ("is made of the environment, which stays the same", None)
        }
        Material::RandomOnce(at) => ("is drawn once, not for each message", Some(at)),
        Material::Random | Material::Perhaps(_) | Material::Nothing | Material::Unknown => {
            return None;
        }
    };
    let at = project.modules.location(vector);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("The initialization vector {why}"),
    )
    .label(match cipher.authenticates() {
        true => "two messages with one vector give away the key of the authentication",
        false => "equal texts give equal results, and equal beginnings show",
    });
    if let Some(origin) = origin {
        let origin = project.modules.location(origin);
        if origin.file != at.file || !at.span.contains(origin.span) {
            found = found.related(origin, "made here");
        }
        found = found.secret(origin);
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help("draw it for each message, `randomBytes(12)` for GCM, and store it before the encrypted text: it need not be secret")
            .subject(format!("cipher:{}", cipher.call.around(context))),
    )
}
