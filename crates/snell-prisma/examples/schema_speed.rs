//! Times parsing and lowering of the files of one Prisma schema: `schema_speed FILE...`.

use std::io::Write as _;
use std::time::Instant;

const ROUNDS: u32 = 50;

fn main() -> anyhow::Result<()> {
    let texts: Vec<String> = std::env::args()
        .skip(1)
        .map(std::fs::read_to_string)
        .collect::<Result<_, _>>()?;
    let bytes: usize = texts.iter().map(String::len).sum();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for text in &texts {
            std::hint::black_box(snell_prisma::parse(text));
        }
    }
    let parse = start.elapsed() / ROUNDS;
    let parses: Vec<_> = texts.iter().map(|t| snell_prisma::parse(t)).collect();
    let files: Vec<_> = parses.iter().enumerate().collect();
    let start = Instant::now();
    for _ in 0..ROUNDS {
        std::hint::black_box(snell_prisma::lower(&files));
    }
    let lower = start.elapsed() / ROUNDS;
    writeln!(
        std::io::stdout(),
        "{bytes} bytes: parse {parse:?} ({:.0} MB/s), lower and check {lower:?}",
        bytes as f64 / parse.as_secs_f64() / 1e6
    )?;
    Ok(())
}
