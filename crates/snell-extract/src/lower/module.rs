//! The module itself: imports, exports, namespaces, ambient declarations.

use smol_str::SmolStr;
use tree_sitter::Node;

use super::{Child, Lowering, has, in_field, named, of_kind, position};
use crate::facts::{
    BindingId, BindingKind, Block, Export, Expression, ExpressionId, Import, ImportedName,
    Initializer, Name, Pattern, Statement, VariableDeclarator, VariableKind,
};
use crate::grammar::{Field, Kind};

impl<'t> Lowering<'t, '_> {
    /// The whole file.
    pub(super) fn module(&mut self, root: Node<'t>) {
        let mut body = Block::new();
        if self.kind(root) == Kind::Error {
            self.error(self.span(root), "this could not be understood");
            self.broken.push(root);
            self.flush_broken(0, &mut body);
        } else {
            self.statements(root, &mut body);
        }
        self.facts.body = body;
    }

    /// Imports and exports. `None` when nothing runs.
    pub(super) fn module_statement(
        &mut self,
        node: Node<'t>,
        kind: Kind,
        out: &mut Block,
    ) -> Option<Statement> {
        match kind {
            Kind::ImportStatement => {
                self.import(node);
                None
            }
            Kind::ImportAlias => self.import_alias(node),
            _ => self.export(node, out),
        }
    }

    fn import(&mut self, node: Node<'t>) {
        let children = self.children(node);
        let type_only = has(&children, Kind::TypeToken) || has(&children, Kind::TypeofToken);
        if let Some(require) = of_kind(&children, Kind::ImportRequireClause) {
            let parts = self.children(require.node);
            let source = in_field(&parts, Field::Source);
            if let (Some(source), Some(local)) = (source, of_kind(&parts, Kind::Identifier)) {
                let source = self.string_name(source.node);
                let local = self.name(local.node);
                self.add_import(source, ImportedName::Default, Some(local), type_only, node);
            }
            return;
        }
        let Some(source) = in_field(&children, Field::Source) else {
            return;
        };
        let source = self.string_name(source.node);
        let Some(clause) = of_kind(&children, Kind::ImportClause) else {
            self.add_import(source, ImportedName::Effect, None, type_only, node);
            return;
        };
        let parts = self.children(clause.node);
        for part in named(&parts) {
            match part.kind {
                Kind::Identifier => {
                    let local = Some(self.name(part.node));
                    let imported = ImportedName::Default;
                    self.add_import(source.clone(), imported, local, type_only, node);
                }
                Kind::NamespaceImport => {
                    let inside = self.children(part.node);
                    let local = named(&inside).next().map(|name| self.name(name.node));
                    let imported = ImportedName::Namespace;
                    self.add_import(source.clone(), imported, local, type_only, node);
                }
                Kind::NamedImports => self.named_imports(part.node, &source, type_only),
                _ => {}
            }
        }
    }

    fn named_imports(&mut self, node: Node<'t>, source: &Name, type_only: bool) {
        let specifiers = self.children(node);
        for specifier in named(&specifiers) {
            let parts = self.children(specifier.node);
            let Some(name) = in_field(&parts, Field::Name) else {
                continue;
            };
            let imported = self.module_name(name).text;
            let local = in_field(&parts, Field::Alias).unwrap_or(name);
            let local = Some(self.name(local.node));
            // `import { type as as }` has the word as a name, not as a modifier.
            let modifier = parts
                .iter()
                .any(|part| part.kind == Kind::TypeToken && part.field == Field::None);
            let imported = if imported == "default" {
                ImportedName::Default
            } else {
                ImportedName::Named(imported)
            };
            self.add_import(
                source.clone(),
                imported,
                local,
                type_only || modifier,
                specifier.node,
            );
        }
    }

    fn add_import(
        &mut self,
        source: Name,
        imported: ImportedName,
        local: Option<Name>,
        type_only: bool,
        at: Node<'t>,
    ) {
        let kind = BindingKind::Import(position(self.facts.imports.len()));
        let local = local.map(|name| self.declare(name.text, name.span, kind));
        self.facts.imports.push(Import {
            source,
            imported,
            local,
            type_only,
            span: self.span(at),
        });
    }

    /// `import A = B.C`: a constant.
    fn import_alias(&mut self, node: Node<'t>) -> Option<Statement> {
        let children = self.children(node);
        let mut parts = named(&children);
        let name = self.name(parts.next()?.node);
        let target = parts.next()?;
        let value = self.nested_identifier(target.node);
        let kind = VariableKind::Const;
        let init = Some(Initializer {
            value,
            path: Vec::new(),
            default: None,
        });
        let variable = BindingKind::Variable {
            kind,
            ty: None,
            init,
        };
        let binding = self.declare(name.text, name.span, variable);
        let declarator = VariableDeclarator {
            target: Pattern::Binding(binding),
            ty: None,
            init: Some(value),
            span: name.span.cover(self.facts.span(value)),
        };
        Some(Statement::Variable {
            kind,
            declarators: vec![declarator],
        })
    }

    /// `A.B.C` where no expression stands, as an expression.
    fn nested_identifier(&mut self, node: Node<'t>) -> ExpressionId {
        let mut names = Vec::new();
        let mut open = node;
        loop {
            let children = self.children(open);
            let object = in_field(&children, Field::Object);
            let property = in_field(&children, Field::Property);
            let (Some(object), Some(property)) = (object, property) else {
                break;
            };
            names.push((self.span(open), self.name(property.node)));
            open = object.node;
        }
        let first = self.name(open);
        let mut value = self.identifier(first.text, first.span);
        while let Some((span, property)) = names.pop() {
            let member = Expression::Member {
                object: value,
                property,
                optional: false,
            };
            value = self.add(span, member);
        }
        value
    }

    fn export(&mut self, node: Node<'t>, out: &mut Block) -> Option<Statement> {
        let children = self.children(node);
        if let Some(declaration) = in_field(&children, Field::Declaration) {
            return self.exported_declaration(&children, declaration, out);
        }
        if let Some(value) = in_field(&children, Field::Value) {
            return Some(self.default_export(value));
        }
        let source = in_field(&children, Field::Source).map(|name| self.string_name(name.node));
        if let Some(clause) = of_kind(&children, Kind::ExportClause) {
            self.export_clause(clause.node, source.as_ref());
        } else if let Some(source) = source {
            let namespace = of_kind(&children, Kind::NamespaceExport);
            self.export_all(namespace, source);
        } else if has(&children, Kind::EqualsToken)
            && let Some(value) = named(&children).next()
        {
            return Some(self.default_export(value));
        }
        None
    }

    /// `export * from 'x'`, `export * as a from 'x'`
    fn export_all(&mut self, namespace: Option<Child<'t>>, source: Name) {
        let alias = namespace.and_then(|namespace| {
            let parts = self.children(namespace.node);
            named(&parts).next().map(|name| self.module_name(name).text)
        });
        self.add_export(match alias {
            Some(exported) => Export::From {
                source,
                imported: "*".into(),
                exported,
            },
            None => Export::All { source },
        });
    }

    fn export_clause(&mut self, node: Node<'t>, source: Option<&Name>) {
        let specifiers = self.children(node);
        for specifier in named(&specifiers) {
            let parts = self.children(specifier.node);
            let Some(name) = in_field(&parts, Field::Name) else {
                continue;
            };
            let name = self.module_name(name);
            let exported = in_field(&parts, Field::Alias)
                .map_or_else(|| name.text.clone(), |alias| self.module_name(alias).text);
            self.add_export(match source {
                Some(source) => Export::From {
                    source: source.clone(),
                    imported: name.text,
                    exported,
                },
                None => Export::Local {
                    exported,
                    local: name.text,
                    span: name.span,
                },
            });
        }
    }

    /// A name in braces: an identifier or a string.
    fn module_name(&self, child: Child<'t>) -> Name {
        if child.kind == Kind::String {
            self.string_name(child.node)
        } else {
            self.name(child.node)
        }
    }

    fn default_export(&mut self, value: Child<'t>) -> Statement {
        let value = self.expression(value.node);
        self.add_export(Export::DefaultExpression { value });
        Statement::Expression(value)
    }

    fn add_export(&mut self, export: Export) {
        if !self.namespace {
            self.facts.exports.push(export);
        }
    }

    fn exported_declaration(
        &mut self,
        children: &[Child<'t>],
        declaration: Child<'t>,
        out: &mut Block,
    ) -> Option<Statement> {
        let decorators = self.decorators(children);
        let is_default = has(children, Kind::DefaultToken);
        let name = self.exported_name(declaration);
        let node = declaration.node;
        let before = out.len();
        let statement = match self.declaration(node, declaration.kind, decorators) {
            Some(statement) => statement,
            None => {
                self.statement(declaration, out);
                // Pushed by itself, with the span of the declaration.
                out.drain(before..).next()?.kind
            }
        };
        let mut names: Vec<_> = name
            .map(|name| (name.text, name.span))
            .into_iter()
            .collect();
        if let Some(declarators) = variables_of(&statement) {
            for declarator in declarators {
                names.extend(self.declared_names(&declarator.target));
            }
        }
        for (local, span) in names {
            let exported = if is_default {
                SmolStr::new_static("default")
            } else {
                local.clone()
            };
            self.add_export(Export::Local {
                exported,
                local,
                span,
            });
        }
        Some(statement)
    }

    /// The name that a declaration other than that of variables declares.
    fn exported_name(&self, declaration: Child<'t>) -> Option<Name> {
        let mut node = declaration.node;
        let mut ambient = self.ambient;
        while self.kind(node) == Kind::AmbientDeclaration {
            ambient = true;
            let mut cursor = node.walk();
            node = node
                .named_children(&mut cursor)
                .find(|child| !matches!(self.kind(*child), Kind::Comment | Kind::Error))?;
        }
        if self.kind(node) == Kind::FunctionSignature && !ambient {
            return None;
        }
        if self.kind(node) == Kind::ImportAlias {
            let mut cursor = node.walk();
            let name = node.named_children(&mut cursor).next()?;
            return Some(self.name(name));
        }
        let name = node.child_by_field_name("name")?;
        Some(self.name(name))
    }

    /// `namespace A { }`, `module 'x' { }`
    pub(super) fn namespace(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        if let Some(name) = in_field(&children, Field::Name)
            && name.kind == Kind::Identifier
        {
            let name = self.name(name.node);
            self.declare(name.text, name.span, BindingKind::Namespace);
        }
        match in_field(&children, Field::Body) {
            Some(body) => Statement::Block(self.inner_module(body.node)),
            None => Statement::Other,
        }
    }

    /// The statements of a namespace, whose exports are not the module's.
    fn inner_module(&mut self, body: Node<'t>) -> Block {
        let around = std::mem::replace(&mut self.namespace, true);
        let block = self.block(body);
        self.namespace = around;
        block
    }

    /// `declare ...`
    pub(super) fn ambient_declaration(&mut self, node: Node<'t>) -> Statement {
        let children = self.children(node);
        let Some(child) = named(&children).next() else {
            return Statement::Other;
        };
        let around = std::mem::replace(&mut self.ambient, true);
        let statement = match child.kind {
            // `declare global { }`
            Kind::StatementBlock => Statement::Block(self.inner_module(child.node)),
            Kind::LexicalDeclaration | Kind::VariableDeclaration => self.variables(child.node),
            kind => self
                .declaration(child.node, kind, Vec::new())
                .unwrap_or(Statement::Other),
        };
        self.ambient = around;
        statement
    }

    /// Whether an expression is `require('x')` at the top of the module.
    pub(super) fn is_require(&self, value: ExpressionId) -> bool {
        self.scopes.at_top() && self.required(value).is_some()
    }

    /// The module specifier of `require('x')`.
    fn required(&self, value: ExpressionId) -> Option<Name> {
        let Expression::Call {
            callee, arguments, ..
        } = self.facts.expression(value)
        else {
            return None;
        };
        let is_require = matches!(
            self.facts.expression(*callee),
            Expression::Identifier { name, .. } if name == "require"
        );
        let [argument] = &arguments[..] else {
            return None;
        };
        match self.facts.expression(argument.value) {
            Expression::String(text) if is_require => Some(Name {
                text: text.clone(),
                span: self.facts.span(argument.value),
            }),
            _ => None,
        }
    }

    /// Declares a name that `require` brings.
    pub(super) fn declare_required(
        &mut self,
        name: &Name,
        call: ExpressionId,
        imported: ImportedName,
    ) -> Option<BindingId> {
        let source = self.required(call)?;
        let kind = BindingKind::Import(position(self.facts.imports.len()));
        let binding = self.declare(name.text.clone(), name.span, kind);
        self.facts.imports.push(Import {
            source,
            imported,
            local: Some(binding),
            type_only: false,
            span: name.span,
        });
        Some(binding)
    }
}

fn variables_of(statement: &Statement) -> Option<&[VariableDeclarator]> {
    match statement {
        Statement::Variable { declarators, .. } => Some(declarators),
        _ => None,
    }
}
