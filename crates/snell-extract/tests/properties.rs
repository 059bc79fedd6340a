//! What holds for any text.

use proptest::prelude::*;
use snell_extract::facts::walk::{Visitor, walk_expression, walk_module, walk_statement};
use snell_extract::facts::{ExpressionId, StatementNode};
use snell_extract::{Dialect, ModuleFacts, extract, mentions};
use snell_source::Span;

/// Checks that what is inside lies inside.
struct Nesting {
    around: Vec<Span>,
}

impl Nesting {
    fn inside(&mut self, span: Span, go_on: impl FnOnce(&mut Self)) {
        if let Some(outer) = self.around.last() {
            assert!(outer.contains(span), "{span:?} is not inside of {outer:?}");
        }
        self.around.push(span);
        go_on(self);
        self.around.pop();
    }
}

impl Visitor for Nesting {
    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        self.inside(facts.span(id), |this| walk_expression(this, facts, id));
    }

    fn statement(&mut self, facts: &ModuleFacts, statement: &StatementNode) {
        self.inside(statement.span, |this| {
            walk_statement(this, facts, statement)
        });
    }
}

/// Every span of the facts.
fn spans(facts: &ModuleFacts) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    spans.extend(facts.expressions.iter().map(|node| node.span));
    spans.extend(facts.types.iter().map(|node| node.span));
    spans.extend(facts.functions.iter().map(|function| function.span));
    spans.extend(facts.classes.iter().map(|class| class.span));
    spans.extend(facts.bindings.iter().map(|binding| binding.span));
    spans.extend(facts.imports.iter().map(|import| import.span));
    spans.extend(facts.sites.iter().map(|site| site.operation.span));
    spans.extend(facts.errors.iter().map(|error| error.span));
    spans.extend(&facts.comments);
    spans
}

fn holds(text: &str) {
    let _ = mentions(text);
    for dialect in [Dialect::TypeScript, Dialect::Tsx] {
        let facts = extract(text, dialect);
        for span in spans(&facts) {
            assert!(text.get(span.start as usize..span.end as usize).is_some());
        }
        let nesting = &mut Nesting { around: Vec::new() };
        walk_module(nesting, &facts);
        for site in &facts.sites {
            assert!(facts.span(site.expression).contains(site.operation.span));
        }
        let encoded = postcard::to_stdvec(&facts).expect("facts can be encoded");
        let decoded: ModuleFacts = postcard::from_bytes(&encoded).expect("and decoded");
        assert!(decoded == facts);
    }
}

/// A bit of everything.
const SAMPLE: &str = r"import { Prisma as P, type User } from '@prisma/client';
@Injectable() export class Users<T extends { id: string }> extends Base<T> {
  private readonly cache = new Map<string, T[]>();
  constructor(@Inject('DB') private readonly db: PrismaService, { a = 1, ...b }: Options) { super(); }
  async find(@Param('id') id: string, ...rest: unknown[]): Promise<User | null> {
    for (const [k, v] of Object.entries(rest)) { if (!v) continue; else if (k > 'é') break; }
    const rows = await this.db.$queryRaw<Array<{ n: bigint }>>`SELECT ${id}::uuid, ${P.join(rest)} -- 🐌`;
    try { return await this.db.user?.findUnique<X>({ where: { id, ...(a ? { b } : {}) }, ['c']: /x/g }); }
    catch ({ code }) { throw code ?? (rows as any)!; } finally { label: do { a++ } while (a < 1e3) }
  }
}
export enum Role { A = 'a', B = 1 << 2 } type M = { [K in keyof Role]?: `x${K}` };
export default (x => <div a={x} {...b}>t & {x ? <A.B/> : null}</div>);
switch (x) { case 1: default: var y = function* () { yield y; }; } // end
";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        holds(&text);
    }

    #[test]
    fn any_sequence_of_tokens(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "a", "b", ".", "?.", "(", ")", "{", "}", "[", "]", "<", ">", "`", "${", "'", ",",
                ";", "\n", "=>", "=", "async ", "await ", "class ", "function ", "const ", "@",
                "export ", "import ", "if ", "else ", "for ", "of ", "...", "!", "as ", "é", "//",
                "/*", "*/", "findMany", "type ", "enum ", "default ", ":", "?", "new ", "\r\n",
            ]),
            0..60,
        )
    ) {
        holds(&tokens.concat());
    }

    #[test]
    fn a_sample_with_a_piece_cut_out_or_doubled(
        start in 0..SAMPLE.len(),
        length in 0..40_usize,
        double in any::<bool>(),
    ) {
        let floor = |mut at: usize| {
            while !SAMPLE.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(start);
        let end = floor((start + length).min(SAMPLE.len()));
        let again = if double { SAMPLE[start..end].repeat(2) } else { String::new() };
        holds(&format!("{}{again}{}", &SAMPLE[..start], &SAMPLE[end..]));
    }
}

#[test]
fn the_sample_is_whole() {
    let sample = SAMPLE.replace("<div a={x} {...b}>t & {x ? <A.B/> : null}</div>", "x");
    let facts = extract(&sample, Dialect::TypeScript);
    assert_eq!(facts.errors, []);
    assert_eq!(facts.sites.len(), 3);
    holds(SAMPLE);
}
