; What a SQL text names, whether or not the rest of it can be understood: the grammar
; recovers inside a statement that the typed parser had to give up.
;
; The grammar is PostgreSQL's own gram.y (tree-sitter-postgres), so the node names are
; those of that file. Every capture is read by crates/snell-sql/src/grammar.rs.

; Relations that a statement reads, changes or defines.
(relation_expr (qualified_name) @table)
(insert_target (qualified_name) @table)
(CreateStmt (qualified_name) @table)
(ColConstraintElem (qualified_name) @table)
(ConstraintElem (qualified_name) @table)

; Names that only look like relations.
(common_table_expr (name) @cte)

; Names that stand for a relation inside the statement.
(alias_clause (ColId) @alias)
(relation_expr_opt_alias (ColId) @alias)

; Columns: read, written, defined, part of a key.
(columnref) @column
(insert_column_item (ColId) @column)
(set_target (ColId) @column)
(columnDef (ColId) @column)
(columnElem (ColId) @column)
(index_elem (ColId) @column)

; Placeholders of a raw query.
(param) @placeholder

; pgvector's distance operators: L2, cosine, negative inner product, L1, Hamming, Jaccard.
((operator) @vector_operator
  (#any-of? @vector_operator "<->" "<=>" "<#>" "<+>" "<~>" "<%>"))
