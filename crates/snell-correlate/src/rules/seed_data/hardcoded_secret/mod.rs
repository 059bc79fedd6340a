//! Passwords and keys that a seed writes down.

mod start;

use snell_extract::facts::{BindingKind, Expression, ExpressionId};
use snell_prisma::{Field, Model};
use snell_project::{
    module::{ExpressionRef, In, Symbol},
    schema::Schema,
};
use snell_source::{Confidence, Diagnostic, FileId, Location, Preset, RuleMetadata, Severity};
use snell_workspace::CommandContext;

use crate::{
    rule::{Context, Rule},
    rules::{
        security::{self, Material, Secret},
        seed_data::words,
    },
    support::seeds::{SchemaSeeds, SeededField, SeededModel},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/hardcoded-secret",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A seed gives an account a password, or a row a key, that stands in the code",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = words::each_schema(context, |_, schema, own| finding(context, schema, own));
    found.extend(start::findings(context, &found));
    found
}

/// One finding for the seeds of a schema: who mends one mends all.
fn finding(context: &Context<'_>, schema: &Schema, own: &SchemaSeeds) -> Option<Diagnostic> {
    let models = schema.datamodel.models().iter();
    let secrets: Vec<WrittenSecret<'_>> = models
        .filter_map(|model| of_model(context, model, own.model(model.id)?))
        .collect();
    let (first, others) = secrets.split_first()?;
    let name = format!("{}.{}", first.model.name, first.field.name);
    let message = match first.fallback {
        true => format!(
            "when the environment gives none, the seed takes the {} of `{name}` from the code",
            first.kind()
        ),
        false => format!(
            "the seed takes the {} of `{name}` from the code",
            first.kind()
        ),
    };
    let mut finding = Diagnostic::at(&RULE.metadata, first.at, message)
        .label("whoever can read the code knows it")
        .secret(first.at)
        .related(schema.field_name(first.field), "written here by the seed");
    for other in others.iter().take(SHOWN) {
        finding = finding.secret(other.at).related(
            other.at,
            format!("and of `{}.{}`", other.model.name, other.field.name),
        );
    }
    finding = finding
        .lowered(Severity::Medium, "a seed: somebody runs it, and sees what it makes")
        .confidence(Confidence::Likely)
        .help("read it from the environment and stop when it is not set, or draw one and print it once; refuse to run where NODE_ENV is `production`");
    if words::asks_environment(context, own) {
        finding = finding.lowered(Severity::Low, "the seed asks for the environment");
    } else if words::is_for_work(context, own) {
        finding = finding.lowered(Severity::Low, "its names say that it is for development");
    }
    Some(finding.subject(words::subject(schema, &format!("secret:{name}"))))
}

/// Further secrets that are shown.
const SHOWN: usize = 3;

/// A secret that a seed writes down.
pub(super) struct WrittenSecret<'a> {
    model: &'a Model,
    field: &'a Field,
    secret: Secret,
    /// Where it is written.
    pub(super) at: Location,
    /// Whether the environment may give another one.
    fallback: bool,
}

impl WrittenSecret<'_> {
    fn kind(&self) -> &'static str {
        match self.secret {
            Secret::Password => "password",
            Secret::Key => "key",
            Secret::Token => "token",
        }
    }
}

/// The first secret that rows of a model are given as a constant.
pub(super) fn of_model<'a>(
    context: &Context<'_>,
    model: &'a Model,
    made: &SeededModel,
) -> Option<WrittenSecret<'a>> {
    model.columns().find_map(|field| {
        let secret = security::secret(field)?;
        // Hashes and salts of files and rows are called so as well.
        let is_vague = matches!(field.name.as_str(), "hash" | "salt" | "secret");
        if is_vague || secret == Secret::Token {
            return None;
        }
        let (at, fallback) = written(context, made.fields.get(&field.id)?)?;
        Some(WrittenSecret {
            model,
            field,
            secret,
            at,
            fallback,
        })
    })
}

/// The constant that a field is given, or that what it is given is made of.
fn written(context: &Context<'_>, given: &SeededField) -> Option<(Location, bool)> {
    let is_fixture = |file: FileId| is_fixture(context, file);
    let modules = &context.project.modules;
    let mut own = given
        .given
        .iter()
        .filter(|at| !is_fixture(modules.get(at.module).file));
    let traced = own.find_map(|at| constant(context, *at, DEPTH));
    if let Some((found, fallback)) = traced {
        return Some((context.project.modules.location(found), fallback));
    }
    let is_text = |value: &smol_str::SmolStr| value.len() > 3 && value != "null";
    let known = given.values.iter().any(is_text) && !given.open;
    let place = given.places.iter().find(|at| !is_fixture(at.file));
    place.filter(|_| known).map(|at| (*at, false))
}

/// Whether a file fills the database of end-to-end tests alone: its name says so, or nothing but
/// scripts of tests run it.
fn is_fixture(context: &Context<'_>, file: FileId) -> bool {
    let path = &context.sources.file(file).path;
    let says = |text: &str, wanted: &[&str]| {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.any(|word| wanted.contains(&word.to_ascii_lowercase().as_str()))
    };
    let name = path.file_name().unwrap_or_default();
    if says(path.as_str(), &["e2e"]) {
        return true;
    }
    let mut runs = context
        .project
        .beside
        .commands
        .iter()
        .filter(|command| command.fact.text.contains(name))
        .peekable();
    runs.peek().is_some()
        && runs.all(|command| match &command.fact.context {
            CommandContext::PackageScript { name } => says(name, &["test", "tests", "e2e"]),
            _ => false,
        })
}

/// Steps from a value to what it is made of.
const DEPTH: u32 = 8;

/// The constant behind an expression: through names, `await`, and what hashes or encrypts.
fn constant(context: &Context<'_>, at: ExpressionRef, depth: u32) -> Option<(ExpressionRef, bool)> {
    let depth = depth.checked_sub(1)?;
    match security::material_of(context.project, at) {
        Material::Constant(found) => return is_telling(context, found).then_some((found, false)),
        Material::Fallback(found) | Material::Perhaps(found) => {
            return is_telling(context, found).then_some((found, true));
        }
        Material::Unknown => {}
        _ => return None,
    }
    let facts = context.project.modules.facts(at.module);
    let inside = |id: ExpressionId| In {
        module: at.module,
        id,
    };
    match facts.expression(facts.unwrap_casts(at.id)) {
        Expression::Await(value) => constant(context, inside(*value), depth),
        Expression::Identifier {
            binding: Some(binding),
            ..
        } => match context.project.modules.binding(at.module, *binding) {
            Symbol::Variable(variable) => {
                let facts = context.project.modules.facts(variable.module);
                let binding = facts.binding(variable.id);
                match &binding.kind {
                    BindingKind::Variable {
                        init: Some(init), ..
                    } if init.path.is_empty() && !binding.reassigned => {
                        let next = In {
                            module: variable.module,
                            id: init.value,
                        };
                        constant(context, next, depth)
                    }
                    _ => None,
                }
            }
            _ => None,
        },
        Expression::Call {
            callee, arguments, ..
        } => {
            let name = match facts.expression(*callee) {
                Expression::Identifier { name, .. } => name,
                Expression::Member { property, .. } => &property.text,
                _ => return None,
            };
            let name = name.to_ascii_lowercase();
            let makes = ["hash", "encrypt", "scrypt", "pbkdf"];
            let made = makes.iter().any(|word| name.contains(word));
            let first = arguments.first().filter(|_| made)?;
            constant(context, inside(first.value), depth)
        }
        _ => None,
    }
}

/// Whether a constant is a text that could be a secret: not empty, and more than a mark.
fn is_telling(context: &Context<'_>, at: ExpressionRef) -> bool {
    match context.project.modules.facts(at.module).expression(at.id) {
        Expression::String(text) => text.len() > 3,
        Expression::Template { .. } => true,
        _ => false,
    }
}
