//! Ciphers that are broken, or that do not notice a changed text.

use snell_flow::{
    Value,
    scope::{Origin, origins},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    calls,
    cipher::{Cipher, ciphers},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/weak-encryption",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "Secrets are encrypted in a way that does not keep them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What a cipher lacks.
enum Fault {
    /// The algorithm is broken.
    Broken(&'static str),
    /// Equal blocks stay equal.
    Codebook,
    /// The tag is never asked for.
    TagDropped,
    /// Nothing tells that the text was changed.
    Malleable,
}

/// Algorithms that are broken, by how their names begin.
const BROKEN: [(&str, &str); 7] = [
    ("des", "DES and 3DES can be broken"),
    ("rc4", "RC4 can be broken"),
    ("rc2", "RC2 can be broken"),
    ("bf", "Blowfish has blocks that are too short"),
    ("blowfish", "Blowfish has blocks that are too short"),
    ("cast5", "CAST5 has blocks that are too short"),
    ("idea", "IDEA has blocks that are too short"),
];

/// Words that say that a text is authenticated beside its encryption.
const AUTHENTICATES: [&str; 3] = ["createHmac", "timingSafeEqual", "getAuthTag"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = ciphers(context)
        .iter()
        .filter(|cipher| !cipher.decrypts)
        .filter_map(|cipher| Some(finding(context, cipher, &fault(context, cipher)?)))
        .collect();
    found.extend(
        calls::all(context)
            .filter(|call| {
                // `createCipher(algorithm, password)`, which modern Node.js no longer has.
                call.name == "createCipher"
                    && call.arguments.len() == 2
                    && calls::mentions(context, call.module, &["crypto"])
            })
            .map(|call| {
                Diagnostic::at(
                    &RULE.metadata,
                    call.place(context),
                    "`createCipher` makes key and vector from a password with one round of MD5",
                )
                .label("the same password gives the same key and vector for every message")
                .help(HELP)
                .note("Node.js 22 has it no more: there the call fails with `crypto.createCipher is not a function`")
                .subject(format!("cipher:{}", call.around(context)))
            }),
    );
    found
}

const HELP_LOOKED_UP: &str = "keep a keyed hash (`createHmac`) of the text in a column of its own for the look-up, and encrypt the text itself with `aes-256-gcm` and 12 random bytes as the vector: with a vector that is always the same, equal texts are seen to be equal";

const HELP: &str = "encrypt with `aes-256-gcm`, 12 random bytes as the vector of each message, and store the tag beside the text";

fn fault(context: &Context<'_>, cipher: &Cipher<'_>) -> Option<Fault> {
    let name = cipher.algorithm.as_ref()?;
    if let Some((_, why)) = BROKEN.iter().find(|(start, _)| name.starts_with(start)) {
        return Some(Fault::Broken(why));
    }
    if name.contains("ecb") {
        return Some(Fault::Codebook);
    }
    let checked = calls::mentions(context, cipher.module(), &AUTHENTICATES);
    if cipher.authenticates() {
        return (!checked).then_some(Fault::TagDropped);
    }
    let streams = ["cbc", "ctr", "cfb", "ofb"];
    (!checked && streams.iter().any(|mode| name.contains(mode))).then_some(Fault::Malleable)
}

fn finding(context: &Context<'_>, cipher: &Cipher<'_>, fault: &Fault) -> Diagnostic {
    let at = cipher.algorithm_place(context);
    let name = cipher.algorithm.as_deref().unwrap_or_default();
    let (message, label) = match fault {
        Fault::Broken(why) => (format!("`{name}` no longer keeps a secret"), *why),
        Fault::Codebook => (
            format!("`{name}` shows which parts of a secret are alike"),
            "each block is encrypted by itself: equal blocks stay equal",
        ),
        Fault::TagDropped => (
            format!("The tag of `{name}` is never stored"),
            "without `getAuthTag()` nobody can tell whether the text was changed",
        ),
        Fault::Malleable => (
            format!("`{name}` does not notice that a stored secret was changed"),
            "nothing authenticates the encrypted text",
        ),
    };
    let found = Diagnostic::at(&RULE.metadata, at, message).label(label);
    let found = match fault {
        Fault::Malleable => found
            .lowered(
                Severity::Medium,
                "what is stored must be written by others to do harm",
            )
            .confidence(Confidence::Likely),
        _ => found,
    };
    // What other rows are found by has to be the same each time.
    let looked_up = match fault {
        Fault::Broken(_) | Fault::Codebook | Fault::Malleable => looked_up(context, cipher),
        Fault::TagDropped => None,
    };
    let found = match looked_up {
        Some(at) => found
            .related(at, "rows are looked up by what is encrypted here")
            .help(HELP_LOOKED_UP),
        None => found.help(HELP),
    };
    found.subject(format!("cipher:{}", cipher.call.around(context)))
}

/// A query whose condition holds what the function of a cipher gives back.
fn looked_up(context: &Context<'_>, cipher: &Cipher<'_>) -> Option<Location> {
    let module = context.project.modules.get(cipher.module());
    let facts = &module.facts;
    let function = module.context.function(cipher.call.at)?;
    let function = facts.outermost(function);
    let span = facts.function(function).span;
    let made_here = |value: &Value| {
        let mut found = false;
        origins(value, &mut |origin| {
            found |= matches!(origin, Origin::Result(at)
                if at.module == cipher.module() && span.contains(facts.span(at.id)));
        });
        found
    };
    let mut reached = context.walks.iter().flat_map(|walked| &walked.walk.queries);
    let found = reached.find(|reached| {
        let arguments = reached.query.arguments.first().and_then(Value::as_object);
        let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
        filter.is_some_and(|filter| made_here(&filter.value))
    })?;
    let call = context.project.calls.get(found.query.call);
    Some(context.project.modules.at(call.module, call.name.span))
}
