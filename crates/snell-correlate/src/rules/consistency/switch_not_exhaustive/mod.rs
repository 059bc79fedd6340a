//! A `switch` over an enum of the schema that leaves values out.

use snell_extract::facts::{
    Case, Expression, ExpressionId, Function, FunctionBody, ModuleFacts, Statement, StatementNode,
    walk::{self, Visitor},
};
use snell_prisma::{Enum, Place};
use snell_project::{
    module::{In, ModuleId, Symbol},
    schema::Schema,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/switch-not-exhaustive",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A `switch` over an enum answers for some of its values alone",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let has_enums = context
        .project
        .schemas
        .iter()
        .any(|(_, schema)| !schema.datamodel.enums().is_empty());
    if !has_enums {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (id, module) in context.project.modules.iter() {
        if !functions::is_application(context.project, id) {
            continue;
        }
        for (n, function) in module.facts.functions.iter().enumerate() {
            let mut finder = Finder {
                context,
                module: id,
                function: n,
                found: Vec::new(),
            };
            if let Some(last) = last_statement(function) {
                finder.last(&module.facts, last);
            }
            found.append(&mut finder.found);
        }
    }
    found
}

/// The statement after which the function ends without a value.
fn last_statement(function: &Function) -> Option<&StatementNode> {
    match &function.body {
        FunctionBody::Block(block) => block.last(),
        _ => None,
    }
}

struct Finder<'c, 'a> {
    context: &'c Context<'a>,
    module: ModuleId,
    function: usize,
    found: Vec<Diagnostic>,
}

/// Whether something inside leaves the function with a value.
#[derive(Default)]
struct Leaves(bool);

impl Visitor for Leaves {
    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        match &statement.kind {
            Statement::Return(Some(_)) | Statement::Throw(_) => self.0 = true,
            _ => walk::walk_statement(self, facts, statement),
        }
    }

    fn expression(&mut self, _: &ModuleFacts, _: ExpressionId) {}
    fn function(&mut self, _: &ModuleFacts, _: snell_extract::facts::FunctionId) {}
}

impl Finder<'_, '_> {
    /// Looks at a statement that nothing follows.
    fn last(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        match &statement.kind {
            Statement::Switch { subject, cases } => {
                let found = self.switch(facts, *subject, cases);
                self.found.extend(found);
            }
            Statement::Block(block) => {
                if let Some(last) = block.last() {
                    self.last(facts, last);
                }
            }
            _ => {}
        }
    }

    fn switch(
        &self,
        facts: &ModuleFacts,
        subject: ExpressionId,
        cases: &[Case],
    ) -> Option<Diagnostic> {
        let mut names = Vec::new();
        let mut of: Option<(&Schema, &Enum)> = None;
        for case in cases {
            let (schema, declared, name) = self.member(facts, case.test?)?;
            if of.is_some_and(|(_, known)| known.name != declared.name) {
                return None;
            }
            of = Some((schema, declared));
            names.push(name);
        }
        let (schema, declared) = of?;
        let missing: Vec<_> = declared
            .values
            .iter()
            .filter(|value| !names.contains(&value.name.as_str()))
            .collect();
        let first = missing.first()?;
        let answers = cases
            .iter()
            .filter(|case| !case.body.is_empty())
            .all(|case| {
                let mut leaves = Leaves::default();
                walk::walk_block(&mut leaves, facts, &case.body);
                leaves.0
            });
        // Who names one of many values asks for that one.
        if !answers || names.len() < 2 || missing.len() > names.len() {
            return None;
        }
        let words: Vec<String> = missing
            .iter()
            .take(4)
            .map(|value| format!("`{}`", value.name))
            .collect();
        let words = wording::and(&words);
        let name = &declared.name;
        let place = Place {
            file: declared.at.file,
            span: first.name_span,
        };
        let function = functions::name(
            self.context.project,
            In {
                module: self.module,
                id: snell_extract::facts::FunctionId(u32::try_from(self.function).ok()?),
            },
        );
        Some(
            Diagnostic::at(
                &RULE.metadata,
                self.context
                    .project
                    .modules
                    .at(self.module, facts.span(subject)),
                format!("no case for {words} of `{name}`, and no default"),
            )
            .label("for these the function gives `undefined`")
            .related(schema.location(place), "a value without a case")
            .help(format!(
                "add a case for {words}, or a `default` that throws"
            ))
            .confidence(Confidence::Likely)
            .subject(format!("enum:{name} switch:{function}")),
        )
    }

    /// `Status.OPEN`: a member of an enum that the generated client exports.
    fn member<'f>(
        &self,
        facts: &'f ModuleFacts,
        test: ExpressionId,
    ) -> Option<(&Schema, &Enum, &'f str)> {
        let Expression::Member {
            object, property, ..
        } = facts.expression(facts.unwrap_casts(test))
        else {
            return None;
        };
        let Expression::Identifier { binding, .. } = facts.expression(*object) else {
            return None;
        };
        let modules = &self.context.project.modules;
        let Symbol::External { specifier, name } = modules.binding(self.module, (*binding)?) else {
            return None;
        };
        if !specifier.contains("prisma") && !specifier.contains("generated") {
            return None;
        }
        let mut schemas = self.context.project.schemas.iter();
        let (schema, declared) = schemas.find_map(|(_, schema)| {
            let declared = schema.datamodel.enumeration(&name)?;
            declared.value(&property.text)?;
            Some((schema, declared))
        })?;
        Some((schema, declared, property.text.as_str()))
    }
}
