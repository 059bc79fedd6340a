//! What is saved from code that could not be parsed.
//!
//! The parser wraps what it could not fit into an `ERROR` node. Such nodes are
//! put aside where they are met, and after the statement around them whatever
//! is whole inside them is lowered, so that one error loses no call.

use tree_sitter::Node;

use super::function::Form;
use super::{Lowering, named};
use crate::facts::{Block, Expression, ExpressionId, Statement, StatementNode};
use crate::grammar::Kind;

/// What can be done with a part of broken code.
enum Whole {
    Statement,
    Expression,
    Method,
    /// Nothing as such; its parts may be whole.
    No,
}

impl<'t> Lowering<'t, '_> {
    /// Puts what errors hold behind the statement around them. The first `kept`
    /// errors stand around the block that `out` is, and wait for its end.
    pub(super) fn flush_broken(&mut self, kept: usize, out: &mut Block) {
        while self.broken.len() > kept {
            for node in self.broken.split_off(kept) {
                self.save(node, out);
            }
        }
    }

    /// An expression of a kind that says nothing, with the expressions inside it.
    pub(super) fn unknown(&mut self, node: Node<'t>) -> ExpressionId {
        let mut block = Block::new();
        self.save(node, &mut block);
        let mut inside = Vec::new();
        for statement in block {
            if let Statement::Expression(id) = statement.kind {
                inside.push(id);
            }
        }
        self.add(self.span(node), Expression::Unknown(inside.into()))
    }

    fn save(&mut self, node: Node<'t>, out: &mut Block) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let children = self.children(node);
            let mut deeper = Vec::new();
            for child in named(&children) {
                let kind = match whole(child.kind) {
                    Whole::Statement => {
                        self.statement(child, out);
                        continue;
                    }
                    Whole::Expression => Statement::Expression(self.expression(child.node)),
                    Whole::Method => {
                        let parts = self.children(child.node);
                        let (_, id) = self.method(child.node, &parts, Form::of_object());
                        Statement::Function(id)
                    }
                    Whole::No => {
                        if child.node.named_child_count() > 0 {
                            deeper.push(child.node);
                        }
                        continue;
                    }
                };
                let span = self.span(child.node);
                out.push(StatementNode { span, kind });
            }
            open.extend(deeper.into_iter().rev());
        }
    }
}

fn whole(kind: Kind) -> Whole {
    match kind {
        Kind::ExpressionStatement
        | Kind::LexicalDeclaration
        | Kind::VariableDeclaration
        | Kind::ReturnStatement
        | Kind::ThrowStatement
        | Kind::IfStatement
        | Kind::ForStatement
        | Kind::ForInStatement
        | Kind::WhileStatement
        | Kind::DoStatement
        | Kind::SwitchStatement
        | Kind::TryStatement
        | Kind::StatementBlock
        | Kind::LabeledStatement
        | Kind::WithStatement
        | Kind::ExportStatement
        | Kind::ImportStatement
        | Kind::ImportAlias
        | Kind::AmbientDeclaration
        | Kind::Module
        | Kind::InternalModule
        | Kind::FunctionDeclaration
        | Kind::GeneratorFunctionDeclaration
        | Kind::ClassDeclaration
        | Kind::AbstractClassDeclaration
        | Kind::EnumDeclaration
        | Kind::InterfaceDeclaration
        | Kind::TypeAliasDeclaration => Whole::Statement,
        Kind::Object
        | Kind::Array
        | Kind::TemplateString
        | Kind::ArrowFunction
        | Kind::FunctionExpression
        | Kind::GeneratorFunction
        | Kind::Class
        | Kind::CallExpression
        | Kind::MemberExpression
        | Kind::SubscriptExpression
        | Kind::NewExpression
        | Kind::UnaryExpression
        | Kind::UpdateExpression
        | Kind::BinaryExpression
        | Kind::TernaryExpression
        | Kind::AssignmentExpression
        | Kind::AugmentedAssignmentExpression
        | Kind::AwaitExpression
        | Kind::YieldExpression
        | Kind::AsExpression
        | Kind::SatisfiesExpression
        | Kind::NonNullExpression
        | Kind::ParenthesizedExpression
        | Kind::SequenceExpression
        | Kind::JsxElement
        | Kind::JsxSelfClosingElement => Whole::Expression,
        Kind::MethodDefinition => Whole::Method,
        _ => Whole::No,
    }
}
