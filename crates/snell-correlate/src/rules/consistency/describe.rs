//! What the rules about arguments say alike.

use snell_prisma::{Field, Model};
use snell_project::client::arguments::Shape;
use snell_source::{Confidence, Diagnostic, DiagnosticBuilder, Location, Severity};
use snell_workspace::PathFacts;

use super::{calls::Found, walk::FaultKind};
use crate::Context;

impl<'p> Found<'p> {
    /// The model whose rows the object around the fault is about.
    pub(super) fn around(&self) -> &'p Model {
        let datamodel = &self.schema.datamodel;
        let nearest = self
            .fault
            .shape
            .model(datamodel)
            .or(self.fault.field.map(|field| field.model));
        &datamodel[nearest.unwrap_or(self.model.model)]
    }

    /// The field whose value the fault is in.
    pub(super) fn field(&self) -> Option<&'p Field> {
        self.fault.field.map(|field| &self.schema.datamodel[field])
    }

    /// The field with its model: `Post.title`.
    pub(super) fn field_name(&self) -> Option<String> {
        let field = self.field()?;
        let model = &self.schema.datamodel[field.id.model];
        Some(format!("{}.{}", model.name, field.name))
    }

    /// Finishes a finding: as sure as the call is bound, and lower outside the application.
    pub(super) fn finish(
        &self,
        context: &Context<'_>,
        builder: DiagnosticBuilder,
        subject: String,
    ) -> Diagnostic {
        let builder = builder.confidence(self.call.confidence);
        let builder = match self.fault.declared {
            Some(at) => builder
                .related(at, "what is written is declared here")
                .confidence(self.call.confidence.min(Confidence::Likely))
                .lowered(
                    Severity::Medium,
                    "a declaration says so, and no value was seen",
                ),
            None => builder,
        };
        // What such a call leaves out, it often has under another name: one mistake, told as one.
        let named = matches!(
            self.fault.kind,
            FaultKind::UnknownKey | FaultKind::UnknownColumn(_) | FaultKind::Missing(_)
        );
        let builder = match self.incomplete && named {
            true => builder.caused_by(self.writes(context)),
            false => builder,
        };
        outside_application(context, self.fault.at, builder).subject(subject)
    }

    /// Which model a file writes.
    fn writes(&self, context: &Context<'_>) -> String {
        let file = context.project.modules.get(self.call.module).path.as_str();
        let model = &self.schema.datamodel[self.model.model].name;
        format!("{file} writes {model}")
    }
}

/// Lowers a finding in code that is not the application's.
pub(super) fn outside_application(
    context: &Context<'_>,
    at: Location,
    builder: DiagnosticBuilder,
) -> DiagnosticBuilder {
    let facts = facts(context, at);
    if facts.test {
        builder.lowered(Severity::Low, "the code is a test")
    } else if facts.seed {
        builder.lowered(
            Severity::Medium,
            "the code fills a database with first data",
        )
    } else if facts.one_off {
        builder.lowered(
            Severity::Low,
            "the code is a migration: it runs once, or has run",
        )
    } else if facts.is_production() {
        builder
    } else {
        builder.lowered(Severity::Medium, "the code is not part of the application")
    }
}

/// Whether only tests use the file.
pub(super) fn is_test(context: &Context<'_>, at: Location) -> bool {
    facts(context, at).test
}

fn facts(context: &Context<'_>, at: Location) -> PathFacts {
    let path = &context.sources.file(at.file).path;
    let file = context.project.workspace.file(path);
    file.map(|file| file.facts).unwrap_or_default()
}

/// What the object is called in the arguments.
pub(super) fn shape_words(shape: Shape) -> &'static str {
    match shape {
        Shape::Arguments(..) => "the arguments",
        Shape::RelationArguments(_) => "the arguments of a relation",
        Shape::Select(_) | Shape::AggregateSelect(..) => "`select`",
        Shape::Include(_) => "`include`",
        Shape::Omit(_) => "`omit`",
        Shape::CountArguments(_) | Shape::CountSelect(_) | Shape::CountFilter(_) => "`_count`",
        Shape::Where(_) | Shape::ScalarWhere(_) => "`where`",
        Shape::UniqueWhere(_) => "a unique `where`",
        Shape::Having(_) => "`having`",
        Shape::CompoundKey(..) => "the compound key",
        Shape::ToManyFilter(_) | Shape::ToOneFilter(_) => "the relation's filter",
        Shape::Filter { .. } | Shape::ListFilter(_) => "the filter",
        Shape::OrderBy(_)
        | Shape::OrderByAggregates(_)
        | Shape::SortOptions
        | Shape::OrderByCount
        | Shape::OrderByRelevance(_)
        | Shape::OrderByAggregate(..) => "`orderBy`",
        Shape::Create(..) => "the data of a create",
        Shape::CreateMany(..) => "the data of `createMany`",
        Shape::Update(..) | Shape::UpdateToOne(_) => "the data of an update",
        Shape::UpdateMany(..) => "the data of `updateMany`",
        Shape::ScalarUpdate { .. } | Shape::ListCreate(_) | Shape::ListUpdate(_) => "the update",
        Shape::NestedCreate(_) | Shape::NestedUpdate(_) => "the relation's write",
        Shape::ConnectOrCreate(_) => "`connectOrCreate`",
        Shape::NestedCreateMany(_) => "`createMany`",
        Shape::NestedUpsert(_) => "`upsert`",
        Shape::UpdateOne(_) => "`update`",
        Shape::NestedUpdateMany(_) => "`updateMany`",
    }
}
