; The landmarks of a TypeScript module: calls that may be Prisma's, raw SQL,
; clients, custom parameter decorators, validation schemas.
;
; This query is never run over whole files. `#word?` lists the words that anchor
; its pattern: the text is searched for them, and the pattern is tried on the
; nodes around each hit. `#part?` is the same for a part of a name. Both name the
; capture that must hold the word. Which reader a match goes to is the name of
; that capture (crates/snell-extract/src/sites/).
;
; The whole call, tagged template or construction is `@site`, what the operation
; is called on is `@receiver`.

; An operation of a model's delegate: `prisma.user.findMany(...)`.
(call_expression
  function: (member_expression
    object: (_) @receiver
    property: (property_identifier) @model.operation)
  arguments: (arguments)
  (#word? @model.operation
    "findUnique" "findUniqueOrThrow" "findFirst" "findFirstOrThrow" "findMany"
    "create" "createMany" "createManyAndReturn"
    "update" "updateMany" "updateManyAndReturn" "upsert"
    "delete" "deleteMany"
    "count" "aggregate" "groupBy"
    "findRaw" "aggregateRaw")) @site

; The same by a literal index: `prisma.user['findMany'](...)`.
(call_expression
  function: (subscript_expression
    object: (_) @receiver
    index: (string (string_fragment) @model.operation))
  arguments: (arguments)
  (#word? @model.operation
    "findUnique" "findUniqueOrThrow" "findFirst" "findFirstOrThrow" "findMany"
    "create" "createMany" "createManyAndReturn"
    "update" "updateMany" "updateManyAndReturn" "upsert"
    "delete" "deleteMany"
    "count" "aggregate" "groupBy"
    "findRaw" "aggregateRaw")) @site

; Raw SQL, as a tag or as a call.
(call_expression
  function: (member_expression
    object: (_) @receiver
    property: (property_identifier) @raw.operation)
  (#word? @raw.operation
    "$queryRaw" "$executeRaw" "$queryRawUnsafe" "$executeRawUnsafe"
    "$queryRawTyped" "$runCommandRaw")) @site

(call_expression
  function: (subscript_expression
    object: (_) @receiver
    index: (string (string_fragment) @raw.operation))
  (#word? @raw.operation
    "$queryRaw" "$executeRaw" "$queryRawUnsafe" "$executeRawUnsafe"
    "$queryRawTyped" "$runCommandRaw")) @site

; A transaction: `prisma.$transaction(async (tx) => ...)`, `prisma.$transaction([...])`.
(call_expression
  function: (member_expression
    object: (_) @receiver
    property: (property_identifier) @transaction.operation)
  arguments: (arguments)
  (#word? @transaction.operation "$transaction")) @site

; An extended client: `prisma.$extends(...)`.
(call_expression
  function: (member_expression
    object: (_) @receiver
    property: (property_identifier) @extension.operation)
  arguments: (arguments)
  (#word? @extension.operation "$extends")) @site

; A piece of SQL: `Prisma.sql`...``, `Prisma.join(...)`, `Prisma.raw(...)`. The
; reader asks whether the receiver is `Prisma`, which may have another name here.
(call_expression
  function: (member_expression
    object: (identifier) @receiver
    property: (property_identifier) @fragment.operation)
  (#word? @fragment.operation "sql" "join" "raw")) @site

; `Prisma.empty`, which is no call.
(member_expression
  object: (identifier) @receiver
  property: (property_identifier) @fragment.operation
  (#word? @fragment.operation "empty")) @site

; `sql`...``: the tag alone, imported or destructured.
(call_expression
  function: (identifier) @fragment.operation
  arguments: (template_string)
  (#word? @fragment.operation "sql")) @site

; A client: `new PrismaClient(...)`, `new db.PrismaClient(...)`, `new ReadPrisma()`.
(new_expression
  constructor: (identifier) @client.operation
  (#part? @client.operation "Prisma")) @site

(new_expression
  constructor: (member_expression
    object: (_) @receiver
    property: (property_identifier) @client.operation)
  (#part? @client.operation "Prisma")) @site

; A parameter decorator of the project's own: `createParamDecorator(...)`.
(call_expression
  function: (identifier) @decorator.operation
  arguments: (arguments)
  (#word? @decorator.operation "createParamDecorator")) @site

(call_expression
  function: (member_expression
    object: (_) @receiver
    property: (property_identifier) @decorator.operation)
  arguments: (arguments)
  (#word? @decorator.operation "createParamDecorator")) @site

; A validation schema: `z.object(...)`. Chained calls (`.array()`) have no bare
; name as receiver; they belong to the schema that they are called on.
(call_expression
  function: (member_expression
    object: (identifier) @receiver
    property: (property_identifier) @validation.operation)
  arguments: (arguments)
  (#word? @validation.operation
    "object" "strictObject" "looseObject" "enum" "nativeEnum" "discriminatedUnion"
    "union" "intersection" "record" "array" "tuple" "lazy")) @site
