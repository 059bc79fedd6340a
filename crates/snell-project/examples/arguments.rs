//! Prints the argument grammar of Prisma Client for one schema, for the
//! referee in `tests/referees/prisma-arguments`.
//!
//! `arguments FILE...` reads the files of one schema and prints one JSON
//! object: each shape that an operation leads to, with its keys.

use std::io::{self, Write as _};

use rustc_hash::FxHashSet;
use serde_json::{Map, Value, json};
use snell_prisma::Datamodel;
use snell_project::client::{
    Operation,
    arguments::{Atom, Input, Listing, Shape},
};

fn main() -> io::Result<()> {
    let texts: Vec<String> = std::env::args()
        .skip(1)
        .map(std::fs::read_to_string)
        .collect::<io::Result<_>>()?;
    let parses: Vec<_> = texts.iter().map(|text| snell_prisma::parse(text)).collect();
    let files: Vec<_> = parses.iter().enumerate().collect();
    let (datamodel, _) = snell_prisma::lower(&files);
    writeln!(io::stdout().lock(), "{}", grammar(&datamodel))
}

fn grammar(datamodel: &Datamodel) -> Value {
    let mut roots = Map::new();
    let mut shapes = Map::new();
    let mut seen: FxHashSet<Shape> = FxHashSet::default();
    let mut waiting: Vec<Shape> = Vec::new();
    for model in datamodel.models().iter().filter(|m| m.ignored.is_none()) {
        for operation in Operation::ALL.into_iter().filter(|o| !o.is_of_client()) {
            let shape = Shape::Arguments(model.id, operation);
            roots.insert(
                format!("{}.{}", model.name, operation.as_str()),
                json!(format!("{shape:?}")),
            );
            waiting.push(shape);
        }
    }
    while let Some(shape) = waiting.pop() {
        if !seen.insert(shape) {
            continue;
        }
        let keys = shape.keys(datamodel).unwrap_or_default();
        waiting.extend(keys.iter().filter_map(|key| key.input.shape));
        let model = shape.model(datamodel).map(|id| datamodel[id].name.clone());
        let required: Vec<_> = shape
            .requirements(datamodel)
            .into_iter()
            .map(|requirement| requirement.any_of)
            .collect();
        let keys: Map<String, Value> = keys
            .iter()
            .map(|key| (key.name.to_string(), input(datamodel, &key.input)))
            .collect();
        shapes.insert(
            format!("{shape:?}"),
            json!({ "model": model, "keys": keys, "required": required }),
        );
    }
    json!({ "roots": roots, "shapes": shapes })
}

fn input(datamodel: &Datamodel, input: &Input) -> Value {
    let atom = input.atom.map(|atom| match atom {
        Atom::Scalar(scalar) => scalar.as_str().to_owned(),
        Atom::Uuid => "String".to_owned(),
        Atom::Enum(id) => datamodel[id].name.to_string(),
        Atom::Word(words) => words.join("|"),
        Atom::Column(_) => "column".to_owned(),
        Atom::Switch => "switch".to_owned(),
    });
    let listing = |listing| match listing {
        Listing::One => "one",
        Listing::Either => "either",
        Listing::Many => "many",
    };
    json!({
        "shape": input.shape.map(|shape| format!("{shape:?}")),
        "atom": atom,
        "null": input.null,
        "shapes": listing(input.shapes),
        "atoms": listing(input.atoms),
        "anything": input.anything,
    })
}
