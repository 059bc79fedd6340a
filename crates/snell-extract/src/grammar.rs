//! The grammar's node kinds and fields as enums.
//!
//! The TypeScript and the TSX grammar number their symbols differently; a table
//! for each, made once, turns numbers into names that `match` can use.

use std::sync::LazyLock;

use tree_sitter::{Language, Node};

use crate::Dialect;

macro_rules! kinds {
    (named { $($name:ident $text:literal)* } tokens { $($token:ident $word:literal)* }) => {
        /// A kind of syntax node.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($name,)*
            $($token,)*
            /// Input that the parser skipped, with what it made of the parts.
            Error,
            /// A kind that is never asked for: punctuation, mostly.
            Other,
        }

        impl Kind {
            fn named(text: &str) -> Kind {
                match text {
                    $($text => Kind::$name,)*
                    _ => Kind::Other,
                }
            }

            fn token(text: &str) -> Kind {
                match text {
                    $($word => Kind::$token,)*
                    _ => Kind::Other,
                }
            }

            /// The names by which the grammar must know the kinds.
            #[cfg(test)]
            const NAMES: &[&str] = &[$($text),*];
        }
    };
}

macro_rules! fields {
    ($($name:ident $text:literal)*) => {
        /// A field that connects a node with its parent.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Field {
            $($name,)*
            /// No field.
            None,
        }

        impl Field {
            fn of(text: &str) -> Field {
                match text {
                    $($text => Field::$name,)*
                    _ => Field::None,
                }
            }

            /// The names by which the grammar must know the fields.
            #[cfg(test)]
            const NAMES: &[&str] = &[$($text),*];
        }
    };
}

kinds! {
    named {
        Program "program"
        Comment "comment"
        HtmlComment "html_comment"
        HashBangLine "hash_bang_line"
        ExpressionStatement "expression_statement"
        LexicalDeclaration "lexical_declaration"
        VariableDeclaration "variable_declaration"
        VariableDeclarator "variable_declarator"
        ReturnStatement "return_statement"
        ThrowStatement "throw_statement"
        IfStatement "if_statement"
        ElseClause "else_clause"
        ForStatement "for_statement"
        ForInStatement "for_in_statement"
        WhileStatement "while_statement"
        DoStatement "do_statement"
        SwitchStatement "switch_statement"
        SwitchBody "switch_body"
        SwitchCase "switch_case"
        SwitchDefault "switch_default"
        TryStatement "try_statement"
        CatchClause "catch_clause"
        FinallyClause "finally_clause"
        StatementBlock "statement_block"
        LabeledStatement "labeled_statement"
        BreakStatement "break_statement"
        ContinueStatement "continue_statement"
        EmptyStatement "empty_statement"
        DebuggerStatement "debugger_statement"
        WithStatement "with_statement"
        ExportStatement "export_statement"
        ImportStatement "import_statement"
        ImportAlias "import_alias"
        AmbientDeclaration "ambient_declaration"
        Module "module"
        InternalModule "internal_module"
        FunctionDeclaration "function_declaration"
        GeneratorFunctionDeclaration "generator_function_declaration"
        FunctionSignature "function_signature"
        ClassDeclaration "class_declaration"
        AbstractClassDeclaration "abstract_class_declaration"
        EnumDeclaration "enum_declaration"
        EnumBody "enum_body"
        EnumAssignment "enum_assignment"
        InterfaceDeclaration "interface_declaration"
        InterfaceBody "interface_body"
        TypeAliasDeclaration "type_alias_declaration"
        ImportClause "import_clause"
        NamespaceImport "namespace_import"
        NamedImports "named_imports"
        ImportSpecifier "import_specifier"
        ImportRequireClause "import_require_clause"
        ExportClause "export_clause"
        ExportSpecifier "export_specifier"
        NamespaceExport "namespace_export"
        Identifier "identifier"
        This "this"
        Super "super"
        String "string"
        StringFragment "string_fragment"
        EscapeSequence "escape_sequence"
        Number "number"
        True "true"
        False "false"
        Null "null"
        Undefined "undefined"
        Regex "regex"
        TemplateString "template_string"
        TemplateSubstitution "template_substitution"
        Array "array"
        Object "object"
        Pair "pair"
        SpreadElement "spread_element"
        ShorthandPropertyIdentifier "shorthand_property_identifier"
        MethodDefinition "method_definition"
        FunctionExpression "function_expression"
        GeneratorFunction "generator_function"
        ArrowFunction "arrow_function"
        Class "class"
        CallExpression "call_expression"
        MemberExpression "member_expression"
        SubscriptExpression "subscript_expression"
        NewExpression "new_expression"
        MetaProperty "meta_property"
        Import "import"
        UnaryExpression "unary_expression"
        UpdateExpression "update_expression"
        BinaryExpression "binary_expression"
        TernaryExpression "ternary_expression"
        AssignmentExpression "assignment_expression"
        AugmentedAssignmentExpression "augmented_assignment_expression"
        AwaitExpression "await_expression"
        YieldExpression "yield_expression"
        AsExpression "as_expression"
        SatisfiesExpression "satisfies_expression"
        NonNullExpression "non_null_expression"
        TypeAssertion "type_assertion"
        SequenceExpression "sequence_expression"
        ParenthesizedExpression "parenthesized_expression"
        InstantiationExpression "instantiation_expression"
        Arguments "arguments"
        OptionalChain "optional_chain"
        ComputedPropertyName "computed_property_name"
        PropertyIdentifier "property_identifier"
        PrivatePropertyIdentifier "private_property_identifier"
        Decorator "decorator"
        JsxElement "jsx_element"
        JsxSelfClosingElement "jsx_self_closing_element"
        JsxOpeningElement "jsx_opening_element"
        JsxClosingElement "jsx_closing_element"
        JsxAttribute "jsx_attribute"
        JsxExpression "jsx_expression"
        JsxText "jsx_text"
        JsxNamespaceName "jsx_namespace_name"
        HtmlCharacterReference "html_character_reference"
        ClassBody "class_body"
        ClassHeritage "class_heritage"
        ExtendsClause "extends_clause"
        ImplementsClause "implements_clause"
        ExtendsTypeClause "extends_type_clause"
        PublicFieldDefinition "public_field_definition"
        MethodSignature "method_signature"
        AbstractMethodSignature "abstract_method_signature"
        ClassStaticBlock "class_static_block"
        IndexSignature "index_signature"
        AccessibilityModifier "accessibility_modifier"
        OverrideModifier "override_modifier"
        FormalParameters "formal_parameters"
        RequiredParameter "required_parameter"
        OptionalParameter "optional_parameter"
        ObjectPattern "object_pattern"
        ArrayPattern "array_pattern"
        AssignmentPattern "assignment_pattern"
        ObjectAssignmentPattern "object_assignment_pattern"
        PairPattern "pair_pattern"
        RestPattern "rest_pattern"
        ShorthandPropertyIdentifierPattern "shorthand_property_identifier_pattern"
        TypeAnnotation "type_annotation"
        AssertsAnnotation "asserts_annotation"
        TypePredicateAnnotation "type_predicate_annotation"
        AddingTypeAnnotation "adding_type_annotation"
        OmittingTypeAnnotation "omitting_type_annotation"
        OptingTypeAnnotation "opting_type_annotation"
        TypeArguments "type_arguments"
        TypeParameters "type_parameters"
        TypeParameter "type_parameter"
        Constraint "constraint"
        DefaultType "default_type"
        TypeIdentifier "type_identifier"
        NestedTypeIdentifier "nested_type_identifier"
        NestedIdentifier "nested_identifier"
        GenericType "generic_type"
        PredefinedType "predefined_type"
        ThisType "this_type"
        LiteralType "literal_type"
        UnionType "union_type"
        IntersectionType "intersection_type"
        ArrayType "array_type"
        TupleType "tuple_type"
        OptionalType "optional_type"
        RestType "rest_type"
        ObjectType "object_type"
        PropertySignature "property_signature"
        CallSignature "call_signature"
        ConstructSignature "construct_signature"
        FunctionType "function_type"
        ConstructorType "constructor_type"
        TypeQuery "type_query"
        IndexTypeQuery "index_type_query"
        LookupType "lookup_type"
        ReadonlyType "readonly_type"
        ConditionalType "conditional_type"
        ParenthesizedType "parenthesized_type"
        TemplateLiteralType "template_literal_type"
        TemplateType "template_type"
        TypePredicate "type_predicate"
        Asserts "asserts"
        MappedTypeClause "mapped_type_clause"
    }
    tokens {
        AsyncToken "async"
        StaticToken "static"
        ReadonlyToken "readonly"
        AbstractToken "abstract"
        DeclareToken "declare"
        GetToken "get"
        SetToken "set"
        AwaitToken "await"
        ConstToken "const"
        TypeToken "type"
        TypeofToken "typeof"
        UsingToken "using"
        DefaultToken "default"
        OfToken "of"
        QuestionToken "?"
        StarToken "*"
        OptionalToken "?."
        EqualsToken "="
    }
}

fields! {
    Name "name"
    Body "body"
    Parameters "parameters"
    Parameter "parameter"
    ReturnType "return_type"
    TypeParameters "type_parameters"
    Type "type"
    Value "value"
    Left "left"
    Right "right"
    Operator "operator"
    Function "function"
    Arguments "arguments"
    TypeArguments "type_arguments"
    Object "object"
    Property "property"
    Index "index"
    OptionalChain "optional_chain"
    Condition "condition"
    Consequence "consequence"
    Alternative "alternative"
    Initializer "initializer"
    Increment "increment"
    Handler "handler"
    Finalizer "finalizer"
    Key "key"
    Constructor "constructor"
    Argument "argument"
    Decorator "decorator"
    Declaration "declaration"
    Source "source"
    Alias "alias"
    Label "label"
    Kind "kind"
    Pattern "pattern"
    Attribute "attribute"
    OpenTag "open_tag"
    CloseTag "close_tag"
    Module "module"
    IndexType "index_type"
    Constraint "constraint"
}

/// One of the two grammars with its tables.
pub(crate) struct Grammar {
    pub(crate) language: Language,
    kinds: Vec<Kind>,
    fields: Vec<Field>,
}

static TYPESCRIPT: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()));
static TSX: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TSX.into()));

impl Grammar {
    /// The grammar of a dialect.
    pub(crate) fn of(dialect: Dialect) -> &'static Grammar {
        match dialect {
            Dialect::TypeScript => &TYPESCRIPT,
            Dialect::Tsx => &TSX,
        }
    }

    fn new(language: Language) -> Grammar {
        let kinds = (0..language.node_kind_count())
            .map(|id| {
                let id = u16::try_from(id).unwrap_or(u16::MAX);
                let name = language.node_kind_for_id(id).unwrap_or_default();
                if language.node_kind_is_named(id) {
                    Kind::named(name)
                } else {
                    Kind::token(name)
                }
            })
            .collect();
        let fields = (0..=language.field_count())
            .map(|id| {
                let id = u16::try_from(id).unwrap_or_default();
                language
                    .field_name_for_id(id)
                    .map_or(Field::None, Field::of)
            })
            .collect();
        Grammar {
            language,
            kinds,
            fields,
        }
    }

    /// The kind of a node.
    pub(crate) fn kind(&self, node: Node<'_>) -> Kind {
        // Errors have a number beyond the table.
        self.kinds
            .get(usize::from(node.kind_id()))
            .copied()
            .unwrap_or(Kind::Error)
    }

    /// The field of this number.
    pub(crate) fn field(&self, id: Option<std::num::NonZeroU16>) -> Field {
        id.and_then(|id| self.fields.get(usize::from(id.get())).copied())
            .unwrap_or(Field::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_field_is_one_of_the_grammar() {
        let (typescript, tsx) = (&TYPESCRIPT.language, &TSX.language);
        for name in Kind::NAMES {
            let known = |language: &Language| language.id_for_node_kind(name, true) != 0;
            assert!(known(typescript) || known(tsx), "{name}");
        }
        for name in Field::NAMES {
            assert!(tsx.field_id_for_name(name).is_some(), "{name}");
        }
    }
}
