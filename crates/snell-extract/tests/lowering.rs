//! What each construct becomes.

mod print;

use print::{binding, block, ty};
use snell_extract::facts::{Export, ImportedName, MemberKind};
use snell_extract::{Dialect, ModuleFacts, extract};

fn facts(text: &str) -> ModuleFacts {
    let facts = extract(text, Dialect::TypeScript);
    assert_eq!(facts.errors, [], "{text}");
    facts
}

/// The module's statements.
fn body(text: &str) -> String {
    let facts = facts(text);
    block(&facts, &facts.body)
}

#[track_caller]
fn becomes(text: &str, expected: &str) {
    assert_eq!(body(text), format!("{{{expected}}}"), "{text}");
}

#[test]
fn expressions() {
    becomes("a.b?.c[d]?.(e, ...f)", "a.b?.c[d]?.(e, ...f)");
    becomes("a + b * c === d", "((a Add (b Multiply c)) Equal d)");
    becomes("(a || b) ?? c && d", "((a Or b) Coalesce (c And d))");
    becomes("a ? b : c ? d : e", "(a ? b : (c ? d : e))");
    becomes(
        "x = [1, , ...a, 0x1f, 10n]",
        "(x = [1, -, ...a, 0x1f, 10n])",
    );
    becomes(
        "x = { a, 'b-c': 1, [d]: 2, ['e']: 3, ...f }",
        "(x = {a: a, b-c: 1, [d]: 2, e: 3, ...f})",
    );
    becomes(
        "x = { f() { return 1 }, get g() { return 2 } }",
        "(x = {f() fn() => {return 1}, g() fn() => {return 2}})",
    );
    becomes(
        "void 0; -a; !b; typeof c; delete d.e",
        "undefined; (Minus a); (Not b); (Typeof c); (Delete d.e)",
    );
    becomes("a++; --b", "(update true a); (update false b)");
    becomes(
        "x = <T>a; y = a as const; z = a! satisfies U",
        "(x = (a As T)); (y = (a Const)); (z = (a! Satisfies U))",
    );
    becomes("new A<B>(c); new D", "new A<B>(c); new D()");
    becomes("import('x'); (a, b)", "import(\"x\"); (a, b)");
    becomes("/a+/g.test(b)", "/a+/g.test(b)");
    becomes("'a\\n\\u{41}'", "\"a\\nA\"");
}

#[test]
fn links_bind_what_the_language_says() {
    becomes("a ?? b!", "(a Coalesce b!)");
    becomes("a && b === c!.d(e)!", "(a And (b Equal c!.d(e)!))");
    becomes("a ?? b!.c || d", "((a Coalesce b!.c) Or d)");
    becomes("a && b! < c! + 1", "(a And (b! Less (c! Add 1)))");
    becomes("(a ?? b)!.c", "(a Coalesce b)!.c");
    becomes(
        "!a!; await b!.c(); -d! * e!",
        "(Not a!); (await b!.c()); ((Minus d!) Multiply e!)",
    );
    becomes(
        "a === 'b' as T; a + b as T",
        "(a Equal (\"b\" As T)); ((a Add b) As T)",
    );
}

#[test]
fn assignments_and_their_targets() {
    becomes(
        "a = b; a.c += d; e ??= f",
        "(a = b); (a.c Compound(Add) d); (e Logical(Coalesce) f)",
    );
    becomes(
        "({ a, b: c.d = 1, ...e } = f)",
        "({a: a, b: c.d = 1, ...e} = f)",
    );
    becomes("[a, , [b], ...c] = d", "([a, -, [b], ...c] = d)");
}

#[test]
fn templates_keep_chunks_and_values() {
    becomes("`a${b}c${d}`", "template([\"a\", \"c\", \"\"]; b, d)");
    becomes("tag`a\\n${b}`", "tag`[\"a\\n\", \"\"]; b`");
    let facts = facts("f`a\\n${b}c`");
    let snell_extract::facts::Expression::TaggedTemplate { template, .. } =
        &facts.expressions.last().expect("one").kind
    else {
        panic!("a tagged template comes last");
    };
    let chunks = &template.chunks;
    assert!(!chunks[0].verbatim && chunks[1].verbatim);
    assert_eq!(chunks[1].span.text("f`a\\n${b}c`"), "c");
    assert_eq!(template.span.text("f`a\\n${b}c`"), "`a\\n${b}c`");
}

#[test]
fn type_arguments_survive_where_the_grammar_has_none() {
    becomes(
        "const r = await db.$queryRaw<{ n: bigint }[]>`SELECT ${x}`",
        "Const r@0 = (await db.$queryRaw<({n: bigint})[]>`[\"SELECT \", \"\"]; x`)",
    );
    becomes(
        "!a.f<A | B>(c) && await g<D>()",
        "((Not a.f<A | B>(c)) And (await g<D>()))",
    );
    let text = "db.$queryRaw<Array<{ a: Date }>>`x`";
    let facts = facts(text);
    let spans: Vec<_> = facts.types.iter().map(|t| t.span.text(text)).collect();
    assert_eq!(spans, ["Date", "{ a: Date }", "Array<{ a: Date }>"]);
}

#[test]
fn statements() {
    becomes(
        "if (a) b(); else if (c) { d() } else e()",
        "if a {b()} else {if c {d()} else {e()}}",
    );
    becomes(
        "for (let i = 0; i < 3; i++) f(i)",
        "for {Let i@0 = 0} (i#0 Less 3) (update true i#0) {f(i#0)}",
    );
    becomes("for (;;) {}", "for {}   {}");
    becomes(
        "async () => { for await (const a of b) c(a) }",
        "async fn() => {for await a@0 of b {c(a#0)}}",
    );
    becomes("for (const k in o) { break }", "for k@0 in o {break }");
    becomes(
        "while (a) continue; do { b() } while (c)",
        "while a {continue }; do {b()} c",
    );
    becomes(
        "switch (a) { case 1: b(); case 2: { break } default: c() }",
        "switch a 1: {b()}, 2: {{break }}, : {c()}",
    );
    becomes(
        "try { a() } catch ({ code }) { b(code) } finally { c() }",
        "try {a()} catch {code: code@0} {b(code#0)} finally {c()}",
    );
    becomes(
        "l: for (const a of b) { continue l }",
        "l: {for a@0 of b {continue l}}",
    );
    becomes(
        "throw new Error('x'); debugger; ;",
        "throw new Error(\"x\")",
    );
    becomes("using a = b(); ", "Using a@0 = b()");
}

#[test]
fn elements() {
    let text = "const a = <A b={c} d='e' {...f}>text {g()} & more <B.C/>{/* no */}</A>;";
    let facts = extract(text, Dialect::Tsx);
    assert_eq!(facts.errors, []);
    assert_eq!(
        block(&facts, &facts.body),
        "{Const a@0 = <A b=c d=\"e\" =f>[g(), <B.C>[]]}"
    );
    assert_eq!(facts.comments.len(), 1);
}

#[test]
fn types() {
    let as_type = |text: &str| {
        let facts = facts(&format!("type A = {text};"));
        ty(&facts, facts.type_aliases[0].ty)
    };
    assert_eq!(as_type("'a' | (B & C) | null"), "\"a\" | B & C | Null");
    assert_eq!(
        as_type("Omit<A.B, 'c' | 'd'>[]"),
        "(Omit<A.B, \"c\" | \"d\">)[]"
    );
    assert_eq!(
        as_type("{ a?: string; b(c: D): E; [k: string]: F }"),
        "{a?: string; b: (c: D) => E; : F}"
    );
    assert_eq!(
        as_type("(a: B, c?: D) => Promise<E>"),
        "(a: B, c: D) => Promise<E>"
    );
    assert_eq!(as_type("[a: B, c?: D, ...e: F[]]"), "[B, D, (F)[]]");
    assert_eq!(
        as_type("A extends B ? C['d'] : keyof E"),
        "A extends B ? C[\"d\"] : keyof E"
    );
    assert_eq!(as_type("{ [K in A]: B }"), "mapped A to B");
    assert_eq!(as_type("typeof a.b"), "Typeof(\"a.b\")");
    assert_eq!(as_type("readonly string[]"), "readonly (string)[]");
    assert_eq!(
        as_type("-1 | true"),
        "NumberLiteral(\"-1\") | BooleanLiteral(true)"
    );
}

#[test]
fn names_mean_the_nearest_declaration() {
    becomes(
        "const p = 1; f(async (p) => p.a, p); p",
        "Const p@0 = 1; f(async fn(p@1) => p#1.a, p#0); p#0",
    );
    becomes(
        "{ const a = 1; { let a = 2; a } a } a",
        "{Const a@0 = 1; {Let a@1 = 2; a#1}; a#0}; a",
    );
    becomes("f(); function f() {}", "f#0(); fn() => {}");
    becomes(
        "function f() { if (a) { var a = 1 } return a }",
        "fn() => {if a#0 {Var a@0 = 1}; return a#0}",
    );
    becomes(
        "function f(a) { var a; return a }",
        "fn(a@0) => {Var a@0 = ; return a#0}",
    );
    // Defaults see the parameters, not the body.
    becomes(
        "const x = 1; function f(a = x) { const x = 2 }",
        "Const x@0 = 1; fn(a@1 = x#0) => {Const x@2 = 2}",
    );
    becomes(
        "const f = function g() { g() }; g",
        "Const f@1 = fn() => {g#0()}; g",
    );
}

#[test]
fn bindings_know_their_origin() {
    let facts = facts(
        "import a, { b as c } from 'm';
         const { d: { e = 1 }, ...r } = a.x, [, g] = c;
         let h = 1; h = 2; let i; [i] = g; for (r of h) {} h++;
         function f({ tx, opts: [j] }, ...k) {}
         class A {} enum E { X = 1 } namespace N {}
         try {} catch (err) {}
         const { k: l } = require('n'), m = require('o');",
    );
    assert_eq!(binding(&facts, "a"), "import m");
    assert_eq!(binding(&facts, "c"), "import m");
    assert_eq!(binding(&facts, "e"), "const = a#0.x.d.e ?? 1");
    assert_eq!(binding(&facts, "r"), "const = a#0.x...!");
    assert_eq!(binding(&facts, "g"), "const = c#1[1]");
    assert_eq!(binding(&facts, "h"), "let = 1!");
    assert_eq!(binding(&facts, "i"), "let!");
    assert_eq!(binding(&facts, "tx"), "parameter 0/0.tx");
    assert_eq!(binding(&facts, "j"), "parameter 0/0.opts[0]");
    assert_eq!(binding(&facts, "k"), "parameter 0/1");
    assert_eq!(binding(&facts, "A"), "class");
    assert_eq!(binding(&facts, "E"), "enum");
    assert_eq!(binding(&facts, "N"), "namespace");
    assert_eq!(binding(&facts, "err"), "catch");
    assert_eq!(binding(&facts, "l"), "import n");
    assert_eq!(binding(&facts, "m"), "import o");
}

#[test]
fn imports_of_every_form() {
    let facts = facts(
        "import 'a'; import b from 'b'; import * as c from 'c'; import d, { e, type f as g } from 'd';
         import type { h } from 'h'; import i = require('i'); import { default as j } from 'j';
         import K = b.C;",
    );
    let shown: Vec<_> = facts
        .imports
        .iter()
        .map(|import| {
            let local = import.local.map_or("-", |local| &facts.binding(local).name);
            let what = match &import.imported {
                ImportedName::Named(name) => name.as_str(),
                ImportedName::Default => "default",
                ImportedName::Namespace => "*",
                ImportedName::Effect => "!",
            };
            let kind = if import.type_only { " type" } else { "" };
            format!("{}:{what}={local}{kind}", import.source.text)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "a:!=-",
            "b:default=b",
            "c:*=c",
            "d:default=d",
            "d:e=e",
            "d:f=g type",
            "h:h=h type",
            "i:default=i",
            "j:default=j"
        ]
    );
    assert_eq!(binding(&facts, "K"), "const = b#0.C");
}

#[test]
fn exports_of_every_form() {
    let facts = facts(
        "export const a = 1, { b } = c; export function d() {} export default class E {}
         export { f as g, type h }; export { i as j } from 'k'; export * from 'l'; export * as m from 'n';
         export type * from 'o'; export enum P {} export interface Q {} export type R = 1;
         export declare const s: number; namespace T { export const u = 1 }",
    );
    let shown: Vec<_> = facts
        .exports
        .iter()
        .map(|export| match export {
            Export::Local {
                exported, local, ..
            } => format!("{exported}={local}"),
            Export::DefaultExpression { .. } => "default".to_owned(),
            Export::From {
                source,
                imported,
                exported,
            } => format!("{exported}={}:{imported}", source.text),
            Export::All { source } => format!("*={}", source.text),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "a=a",
            "b=b",
            "d=d",
            "default=E",
            "g=f",
            "h=h",
            "j=k:i",
            "*=l",
            "m=n:*",
            "*=o",
            "P=P",
            "Q=Q",
            "R=R",
            "s=s"
        ]
    );
    let expression = self::facts("export default defineConfig({ a: 1 })");
    assert!(matches!(
        expression.exports[0],
        Export::DefaultExpression { .. }
    ));
    assert_eq!(
        block(&expression, &expression.body),
        "{defineConfig({a: 1})}"
    );
}

const SERVICE: &str = "@Controller('users')
export class Users extends Base<User> implements OnInit {
  @Input() private readonly name?: string = 'x';
  declare static total: number;
  #secret = () => this.name;
  constructor(@Inject(DB) private readonly db: Db, readonly other = 1, plain: string) { super(); }
  @Get(':id') @UseGuards(A.B)
  async find(@Param('id') id: string): Promise<User> { return this.db.user.findUnique({ where: { id } }); }
  over(a: string): void;
  over(a: unknown) {}
  get it() { return 1 }
  static { init(); }
}
abstract class Repository { abstract all(): Promise<void>; protected abstract readonly db: Db }";

#[test]
fn classes_and_their_members() {
    let facts = facts(SERVICE);
    let class = &facts.classes[0];
    assert_eq!(class.decorators[0].name, "Controller");
    assert!(class.span.text(SERVICE).starts_with("class Users"));
    assert_eq!(
        (class.extends_arguments.len(), class.implements.len()),
        (1, 1)
    );
    let shown: Vec<_> = class
        .members
        .iter()
        .map(|member| {
            let key = member.key.name().map_or("?", |name| &name.text);
            let decorators: Vec<_> = member.decorators.iter().map(|d| d.name.as_str()).collect();
            format!("{key} {:?} {decorators:?}", member.accessibility)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "name Private [\"Input\"]",
            "total Public []",
            "#secret Private []",
            "constructor Public []",
            "find Public [\"Get\", \"UseGuards\"]",
            "over Public []",
            "it Public []",
            "static Public []"
        ]
    );
    assert!(class.members[0].is_readonly && class.members[1].is_static);
    assert!(matches!(
        class.members[0].kind,
        MemberKind::Field { optional: true, .. }
    ));
    let constructor = facts.function(class.constructor().expect("written"));
    let fields: Vec<_> = constructor
        .parameters
        .iter()
        .map(|p| p.property.is_some())
        .collect();
    assert_eq!(fields, [true, true, false]);
    assert_eq!(constructor.parameters[0].decorators[0].name, "Inject");
    let repository = &facts.classes[1];
    assert!(repository.is_abstract && repository.members.iter().all(|m| m.is_abstract));
}

#[test]
fn functions_are_named_by_what_they_are_assigned_to() {
    let facts = facts(
        "const a = () => 1; x = { b: function () {}, c() {} }; class D { e = async () => 2 }",
    );
    let names: Vec<_> = facts
        .functions
        .iter()
        .map(|f| f.name.as_ref().map_or("", |name| &name.text))
        .collect();
    assert_eq!(names, ["a", "b", "c", "e"]);
    assert!(facts.functions[3].class.is_some() && facts.functions[0].class.is_none());
}

#[test]
fn enums_interfaces_and_aliases() {
    let facts = facts(
        "const enum E { A, B = 'b', 'c-d' = 1 << 2 } interface I<T extends U = V> extends J, K<T> { a: T }
         declare global { namespace G { type H = string } } declare function f(a: string): void;",
    );
    let members: Vec<_> = facts.enums[0]
        .members
        .iter()
        .map(|member| (member.name.text.as_str(), member.value.is_some()))
        .collect();
    assert_eq!(members, [("A", false), ("B", true), ("c-d", true)]);
    assert_eq!(facts.interfaces[0].extends.len(), 2);
    assert_eq!(facts.interfaces[0].members[0].name.text, "a");
    assert_eq!(facts.type_aliases[0].name.text, "H");
    assert_eq!(facts.functions.len(), 1);
}

#[test]
fn every_comment_is_found() {
    let text = "// a\nconst x /* b */ = { y: 1 /* c */, /** d */ z: [/* e */] }; // f\nf(/* g */ 1 as /* h */ T)\ntype A<X> = X extends (infer /* i */ Y)[] ? { [K in X as /* j */ `a${K}`]: Y } : never";
    let comments: Vec<_> = facts(text)
        .comments
        .iter()
        .map(|span| span.text(text))
        .collect();
    assert_eq!(
        comments,
        [
            "// a", "/* b */", "/* c */", "/** d */", "/* e */", "// f", "/* g */", "/* h */",
            "/* i */", "/* j */"
        ]
    );
}

#[test]
fn broken_code_loses_no_call() {
    let text = "class A {
  async f() { if (a { return this.db.a.findMany({ where: { } }) } }
  ? g() { this.db.b.count() }
}
const = ;
db.c.create({ data: 1, });
foo(bar baz, db.d.delete({}))";
    let facts = extract(text, Dialect::TypeScript);
    assert!(!facts.errors.is_empty());
    let operations: Vec<_> = facts
        .sites
        .iter()
        .map(|site| site.operation.text.as_str())
        .collect();
    assert_eq!(operations, ["findMany", "count", "create", "delete"]);
}
