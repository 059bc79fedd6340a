; The landmarks of a TypeScript module: calls that may be Prisma's, raw SQL,
; clients, custom parameter decorators, validation schemas.
;
; This query is never run over whole files. The predicates list the words that
; anchor a pattern: the text is searched for them, and the pattern is tried on the
; nodes around each hit. A predicate's name says which reader a match goes to when
; the capture is one of its words (crates/snell-extract/src/sites/); of a `#client?`
; the word may be a part of the name. What the readers ask beyond that (arguments
; or a template, what the operation is called on) they ask of the lowered code.
;
; Compiling a pattern costs milliseconds, and more with each node inside another:
; what can be one pattern is one.

; `prisma.user.findMany(...)`, `prisma.user['findMany'](...)`,
; `prisma.$queryRaw`...``, `Prisma.join(...)`, `sql`...``, `z.object(...)`,
; `createParamDecorator(...)`.
(call_expression
  function: [
    (member_expression property: (property_identifier) @method)
    (subscript_expression index: (string (string_fragment) @index))
    (identifier) @function
  ]
  ; An operation of a model's delegate.
  (#model? @method
    "findUnique" "findUniqueOrThrow" "findFirst" "findFirstOrThrow" "findMany"
    "create" "createMany" "createManyAndReturn"
    "update" "updateMany" "updateManyAndReturn" "upsert"
    "delete" "deleteMany"
    "count" "aggregate" "groupBy"
    "findRaw" "aggregateRaw")
  (#model? @index
    "findUnique" "findUniqueOrThrow" "findFirst" "findFirstOrThrow" "findMany"
    "create" "createMany" "createManyAndReturn"
    "update" "updateMany" "updateManyAndReturn" "upsert"
    "delete" "deleteMany"
    "count" "aggregate" "groupBy"
    "findRaw" "aggregateRaw")
  ; Raw SQL, as a tag or as a call.
  (#raw? @method
    "$queryRaw" "$executeRaw" "$queryRawUnsafe" "$executeRawUnsafe"
    "$queryRawTyped" "$runCommandRaw")
  (#raw? @index
    "$queryRaw" "$executeRaw" "$queryRawUnsafe" "$executeRawUnsafe"
    "$queryRawTyped" "$runCommandRaw")
  ; `prisma.$transaction(async (tx) => ...)`, `prisma.$transaction([...])`.
  (#transaction? @method "$transaction")
  ; An extended client.
  (#extension? @method "$extends")
  ; A piece of SQL. The reader asks whether the receiver is `Prisma`, which may
  ; have another name here; the tag alone is imported or destructured.
  (#fragment? @method "sql" "join" "raw")
  (#fragment? @function "sql")
  ; A parameter decorator of the project's own.
  (#decorator? @method "createParamDecorator")
  (#decorator? @function "createParamDecorator")
  ; A validation schema. Chained calls (`.array()`) have no bare name as receiver;
  ; they belong to the schema that they are called on.
  (#validation? @method
    "object" "strictObject" "looseObject" "enum" "nativeEnum" "discriminatedUnion"
    "union" "intersection" "record" "array" "tuple" "lazy")) @site

; `Prisma.empty`, which is no call.
(member_expression
  property: (property_identifier) @method
  (#fragment? @method "empty")) @site

; A client: `new PrismaClient(...)`, `new db.PrismaClient(...)`, `new ReadPrisma()`.
(new_expression
  constructor: [
    (identifier) @function
    (member_expression property: (property_identifier) @method)
  ]
  (#client? @function "Prisma")
  (#client? @method "Prisma")) @site
