//! Statements.

use smol_str::SmolStr;
use snell_source::Span;
use tree_sitter::Node;

use super::pattern::Role;
use super::{Child, Lowering, MAX_NESTING, has, in_field, named};
use crate::facts::{
    Block, Case, Decorator, Expression, ExpressionId, Pattern, Statement, StatementNode,
    VariableDeclarator, VariableKind,
};
use crate::grammar::{Field, Kind};

impl<'t> Lowering<'t, '_> {
    /// The statements among a node's children.
    pub(super) fn statements(&mut self, node: Node<'t>, out: &mut Block) {
        let kept = self.broken.len();
        let children = self.children(node);
        out.reserve_exact(named(&children).count());
        for child in named(&children) {
            self.statement(child, out);
            self.flush_broken(kept, out);
        }
        self.flush_broken(kept, out);
    }

    /// A block, or a single statement as a block of one.
    pub(super) fn block(&mut self, node: Node<'t>) -> Block {
        let kind = self.kind(node);
        let mut block = Block::new();
        if kind == Kind::StatementBlock {
            self.in_scope(|this| this.statements(node, &mut block));
        } else {
            let child = Child {
                node,
                kind,
                field: Field::None,
            };
            block.reserve_exact(1);
            self.statement(child, &mut block);
        }
        block
    }

    /// The block in a field.
    fn block_in(&mut self, children: &[Child<'t>], field: Field) -> Block {
        in_field(children, field).map_or_else(Block::new, |child| self.block(child.node))
    }

    /// A condition; its parentheses leave nothing.
    fn condition(&mut self, node: Node<'t>, children: &[Child<'t>], field: Field) -> ExpressionId {
        match in_field(children, field) {
            Some(child) => self.expression(child.node),
            None => self.add(self.span(node), Expression::Unknown(Box::default())),
        }
    }

    pub(super) fn statement(&mut self, child: Child<'t>, out: &mut Block) {
        let node = child.node;
        let kind = self
            .nested(node, |this| this.statement_kind(node, child.kind, out))
            .unwrap_or(Some(Statement::Other));
        if let Some(kind) = kind {
            let span = self.span(node);
            out.push(StatementNode { span, kind });
        }
    }

    /// `None` when the statement put itself into `out`.
    fn statement_kind(&mut self, node: Node<'t>, kind: Kind, out: &mut Block) -> Option<Statement> {
        Some(match kind {
            Kind::ExpressionStatement => return self.expression_statement(node),
            Kind::LexicalDeclaration | Kind::VariableDeclaration => self.variables(node),
            Kind::ReturnStatement => Statement::Return(self.optional_inner(node)),
            Kind::IfStatement => self.conditional(node),
            Kind::ThrowStatement => Statement::Throw(self.inner(node)),
            Kind::ForStatement => self.in_scope(|this| this.for_loop(node)),
            Kind::ForInStatement => self.in_scope(|this| this.for_each(node)),
            Kind::WhileStatement | Kind::DoStatement => self.while_loop(node, kind),
            Kind::SwitchStatement => self.switch(node),
            Kind::TryStatement => self.try_statement(node),
            Kind::StatementBlock => Statement::Block(self.block(node)),
            Kind::LabeledStatement => self.labeled(node),
            Kind::BreakStatement => Statement::Break(self.label(node)),
            Kind::ContinueStatement => Statement::Continue(self.label(node)),
            Kind::WithStatement => self.with_statement(node, out),
            Kind::ImportStatement | Kind::ImportAlias | Kind::ExportStatement => {
                return self.module_statement(node, kind, out);
            }
            Kind::EmptyStatement | Kind::DebuggerStatement | Kind::HashBangLine => {
                self.children(node);
                return None;
            }
            _ => self
                .declaration(node, kind, Vec::new())
                .unwrap_or_else(|| Statement::Expression(self.unknown(node))),
        })
    }

    /// A declaration other than that of variables.
    pub(super) fn declaration(
        &mut self,
        node: Node<'t>,
        kind: Kind,
        decorators: Vec<Decorator>,
    ) -> Option<Statement> {
        Some(match kind {
            Kind::FunctionDeclaration | Kind::GeneratorFunctionDeclaration => {
                Statement::Function(self.function_declaration(node))
            }
            // Elsewhere it is an overload of the function that follows.
            Kind::FunctionSignature if self.ambient => {
                Statement::Function(self.function_declaration(node))
            }
            Kind::ClassDeclaration | Kind::AbstractClassDeclaration => {
                Statement::Class(self.class_declaration(node, decorators))
            }
            Kind::EnumDeclaration => self.enum_declaration(node),
            Kind::InterfaceDeclaration => self.interface_declaration(node),
            Kind::TypeAliasDeclaration => self.type_alias(node),
            Kind::Module | Kind::InternalModule => self.namespace(node),
            Kind::AmbientDeclaration => self.ambient_declaration(node),
            Kind::FunctionSignature => Statement::Other,
            _ => return None,
        })
    }

    fn optional_inner(&mut self, node: Node<'t>) -> Option<ExpressionId> {
        let children = self.children(node);
        let child = named(&children).next()?;
        Some(self.expression(child.node))
    }

    fn expression_statement(&mut self, node: Node<'t>) -> Option<Statement> {
        let children = self.children(node);
        let child = named(&children).next()?;
        if child.kind == Kind::InternalModule {
            return Some(self.namespace(child.node));
        }
        if let Some(using) = self.using(child) {
            return Some(using);
        }
        Some(Statement::Expression(self.expression(child.node)))
    }

    /// `using a = b`, `await using a = b`: the grammar has them as assignments.
    fn using(&mut self, child: Child<'t>) -> Option<Statement> {
        let text = self.text(child.node);
        let text = text.strip_prefix("await").map_or(text, str::trim_start);
        if !text.starts_with("using") {
            return None;
        }
        let mut node = child.node;
        if child.kind == Kind::AwaitExpression {
            let children = self.children(node);
            node = named(&children).next()?.node;
        }
        if self.kind(node) != Kind::AssignmentExpression {
            return None;
        }
        let children = self.children(node);
        if !has(&children, Kind::UsingToken) {
            return None;
        }
        let name = in_field(&children, Field::Left)?;
        let value = in_field(&children, Field::Right)?;
        let declarator = self.declarator(name, None, Some(value), VariableKind::Using);
        Some(Statement::Variable {
            kind: VariableKind::Using,
            declarators: vec![declarator],
        })
    }

    /// `const a = 1, { b } = c`
    pub(super) fn variables(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        let kind = if has(&children, Kind::ConstToken) {
            VariableKind::Const
        } else if self.kind(node) == Kind::VariableDeclaration {
            VariableKind::Var
        } else {
            VariableKind::Let
        };
        let mut declarators = Vec::with_capacity(1);
        for child in named(&children) {
            let parts = self.children(child.node);
            let Some(name) = in_field(&parts, Field::Name) else {
                continue;
            };
            let ty = in_field(&parts, Field::Type);
            let value = in_field(&parts, Field::Value);
            let mut declarator = self.declarator(name, ty, value, kind);
            declarator.span = self.span(child.node);
            declarators.push(declarator);
        }
        Statement::Variable { kind, declarators }
    }

    fn declarator(
        &mut self,
        name: Child<'t>,
        ty: Option<Child<'t>>,
        value: Option<Child<'t>>,
        keyword: VariableKind,
    ) -> VariableDeclarator {
        let ty = ty.map(|ty| self.annotation(ty.node));
        let init = value.map(|value| self.expression(value.node));
        if let Some(init) = init
            && name.kind == Kind::Identifier
        {
            let name = self.name(name.node);
            self.name_function(init, Some(&name));
        }
        let role = match init {
            Some(init) if self.is_require(init) => Role::Required { keyword, init },
            _ => Role::Variable { keyword, ty, init },
        };
        let span = self.span(name.node);
        VariableDeclarator {
            target: self.pattern(name.node, role),
            ty,
            init,
            span: init.map_or(span, |init| span.cover(self.facts.span(init))),
        }
    }

    /// `if`, with its `else if`s in a loop: ladders are usual.
    fn conditional(&mut self, node: Node<'t>) -> Statement {
        let mut rungs: Vec<(Span, ExpressionId, Block)> = Vec::new();
        let mut otherwise = None;
        let mut next = Some(node);
        while let Some(node) = next.take() {
            let children = self.children(node);
            let test = self.condition(node, &children, Field::Condition);
            let then = self.block_in(&children, Field::Consequence);
            rungs.push((self.span(node), test, then));
            let Some(clause) = in_field(&children, Field::Alternative) else {
                break;
            };
            let inside = self.children(clause.node);
            let Some(last) = named(&inside).next() else {
                break;
            };
            if last.kind != Kind::IfStatement {
                otherwise = Some(self.block(last.node));
            } else if super::position(rungs.len()) + self.depth < MAX_NESTING {
                next = Some(last.node);
            } else {
                self.error(self.span(last.node), "this is nested too deeply");
            }
        }
        let mut statement = Statement::Other;
        while let Some((span, test, then)) = rungs.pop() {
            statement = Statement::If {
                test,
                then,
                otherwise: otherwise.take(),
            };
            if !rungs.is_empty() {
                let kind = std::mem::replace(&mut statement, Statement::Other);
                otherwise = Some(vec![StatementNode { span, kind }]);
            }
        }
        statement
    }

    fn for_loop(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        let mut init = Block::new();
        if let Some(first) = in_field(&children, Field::Initializer) {
            let span = self.span(first.node);
            let kind = match first.kind {
                Kind::LexicalDeclaration | Kind::VariableDeclaration => {
                    Some(self.variables(first.node))
                }
                Kind::EmptyStatement => None,
                Kind::ExpressionStatement => self.expression_statement(first.node),
                _ => Some(Statement::Expression(self.expression(first.node))),
            };
            init.extend(kind.map(|kind| StatementNode { span, kind }));
        }
        let test = children
            .iter()
            .find(|child| child.field == Field::Condition && child.node.is_named())
            .filter(|child| child.kind != Kind::EmptyStatement)
            .map(|child| match child.kind {
                Kind::ExpressionStatement => self.inner(child.node),
                _ => self.expression(child.node),
            });
        let update = in_field(&children, Field::Increment).map(|child| self.expression(child.node));
        Statement::For {
            init,
            test,
            update,
            body: self.block_in(&children, Field::Body),
        }
    }

    /// `for (a of b)`, `for (a in b)`
    fn for_each(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        let keyword = in_field(&children, Field::Kind).map(|word| match self.text(word.node) {
            "const" => VariableKind::Const,
            "var" => VariableKind::Var,
            "using" => VariableKind::Using,
            _ => VariableKind::Let,
        });
        // What is iterated is outside of the variable's scope, but a name that
        // shadows itself there is an error at run time.
        let right = self.condition(node, &children, Field::Right);
        let role = keyword.map_or(Role::Assignment, |keyword| Role::Variable {
            keyword,
            ty: None,
            init: None,
        });
        let target = in_field(&children, Field::Left)
            .map_or(Pattern::Unknown, |left| self.pattern(left.node, role));
        let body = self.block_in(&children, Field::Body);
        if in_field(&children, Field::Operator).is_some_and(|word| word.kind == Kind::OfToken) {
            Statement::ForOf {
                target,
                iterable: right,
                is_await: has(&children, Kind::AwaitToken),
                body,
            }
        } else {
            Statement::ForIn {
                target,
                object: right,
                body,
            }
        }
    }

    fn while_loop(&mut self, node: Node<'t>, kind: Kind) -> Statement {
        let children = self.children(node);
        let test = self.condition(node, &children, Field::Condition);
        let body = self.block_in(&children, Field::Body);
        if kind == Kind::DoStatement {
            Statement::DoWhile { body, test }
        } else {
            Statement::While { test, body }
        }
    }

    fn switch(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        let subject = self.condition(node, &children, Field::Value);
        let cases = match in_field(&children, Field::Body) {
            Some(body) => self.in_scope(|this| this.cases(body.node)),
            None => Vec::new(),
        };
        Statement::Switch { subject, cases }
    }

    fn cases(&mut self, body: Node<'t>) -> Vec<Case> {
        let children = self.children(body);
        let kept = self.broken.len();
        named(&children)
            .map(|case| {
                let parts = self.children(case.node);
                let test = in_field(&parts, Field::Value).map(|value| self.expression(value.node));
                let mut body = Block::new();
                for part in parts.iter().filter(|part| part.field == Field::Body) {
                    self.statement(*part, &mut body);
                    self.flush_broken(kept, &mut body);
                }
                Case {
                    test,
                    body,
                    span: self.span(case.node),
                }
            })
            .collect()
    }

    fn try_statement(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        let block = self.block_in(&children, Field::Body);
        let mut parameter = None;
        let handler = in_field(&children, Field::Handler).map(|clause| {
            self.in_scope(|this| {
                let parts = this.children(clause.node);
                parameter = in_field(&parts, Field::Parameter)
                    .map(|caught| this.pattern(caught.node, Role::Catch));
                this.block_in(&parts, Field::Body)
            })
        });
        let finalizer = in_field(&children, Field::Finalizer).map(|clause| {
            let parts = self.children(clause.node);
            self.block_in(&parts, Field::Body)
        });
        Statement::Try {
            block,
            parameter,
            handler,
            finalizer,
        }
    }

    fn labeled(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        let label = in_field(&children, Field::Label).map_or("", |label| self.text(label.node));
        Statement::Labeled {
            label: label.into(),
            body: self.block_in(&children, Field::Body),
        }
    }

    fn label(&mut self, node: Node<'t>) -> Option<SmolStr> {
        let children = self.children(node);
        in_field(&children, Field::Label).map(|label| self.text(label.node).into())
    }

    /// `with (a) b`: forbidden in modules; kept as its parts.
    fn with_statement(&mut self, node: Node<'t>, out: &mut Block) -> Statement {
        let children = self.children(node);
        let object = self.condition(node, &children, Field::Object);
        out.push(StatementNode {
            span: self.facts.span(object),
            kind: Statement::Expression(object),
        });
        Statement::Block(self.block_in(&children, Field::Body))
    }
}
