//! Measures extraction over the scripts below a folder.
//!
//! `cargo run --release --example module_speed -- ROOT`: bytes, seconds and MB/s of
//! reading mentions, of parsing alone and of the whole extraction, single
//! thread, files in memory; then how many files hold errors, and how large the
//! facts are. Each file is parsed and extracted in turn, so that the load of
//! the machine is the same for both. `SHOW_ERRORS=1` prints the first error of
//! each file, `ENCODE=1` the size of the encoded facts.

#![allow(clippy::print_stdout, reason = "a tool prints")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use snell_extract::{Dialect, extract, mentions};
use snell_source::FileKind;

fn main() {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let mut files = Vec::new();
    collect(Path::new(&root), &mut files);
    let bytes: usize = files.iter().map(|(_, _, text)| text.len()).sum();
    let rate = |seconds: f64| bytes as f64 / seconds / 1e6;

    let start = Instant::now();
    let mentioned = files
        .iter()
        .filter(|(_, _, text)| !mentions(text).is_empty())
        .count();
    let scan = start.elapsed().as_secs_f64();

    let (mut parsing, mut total) = (0.0, 0.0);
    let mut slowest = (0.0, None);
    let (mut broken, mut expressions, mut sites, mut encoded) = (0, 0, 0, 0);
    for (path, dialect, text) in &files {
        let one = Instant::now();
        std::hint::black_box(parse(text, *dialect));
        parsing += one.elapsed().as_secs_f64();
        let one = Instant::now();
        let facts = extract(text, *dialect);
        let took = one.elapsed().as_secs_f64();
        total += took;
        if took > slowest.0 {
            slowest = (took, Some(path));
        }
        if !facts.errors.is_empty() {
            broken += 1;
            if std::env::var_os("SHOW_ERRORS").is_some() {
                let error = &facts.errors[0];
                println!("{}: {error:?} {:?}", path.display(), error.span.text(text));
            }
        }
        expressions += facts.expressions.len();
        sites += facts.sites.len();
        if std::env::var_os("ENCODE").is_some() {
            encoded += postcard::to_stdvec(&facts).map_or(0, |bytes| bytes.len());
        }
    }
    println!(
        "{} files, {bytes} bytes; {mentioned} mention something: {scan:.3} s = {:.0} MB/s",
        files.len(),
        rate(scan)
    );
    println!("parse:   {parsing:.3} s = {:.1} MB/s", rate(parsing));
    println!("extract: {total:.3} s = {:.1} MB/s", rate(total));
    println!(
        "{broken} files with errors, {expressions} expressions, {sites} sites, {encoded} bytes encoded"
    );
    println!("slowest: {:.3} s {:?}", slowest.0, slowest.1);
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Dialect, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "node_modules" && name != ".git" {
            collect(&path, files);
        } else if let Some(kind) = path.to_str().map(|path| FileKind::of(path.into()))
            && kind.is_typescript()
            && let Some(dialect) = Dialect::of(kind)
            && let Ok(bytes) = std::fs::read(&path)
        {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            files.push((path, dialect, text));
        }
    }
}

fn parse(text: &str, dialect: Dialect) -> Option<tree_sitter::Tree> {
    let mut parser = tree_sitter::Parser::new();
    let language = match dialect {
        Dialect::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        Dialect::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
    };
    parser.set_language(&language.into()).ok()?;
    parser.parse(text, None)
}
