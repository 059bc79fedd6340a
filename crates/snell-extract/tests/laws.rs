//! The query in this package is the one at the workspace's root.

use std::fs;
use std::path::Path;

#[test]
fn the_packaged_query_is_the_workspace_s() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = package.join("queries/typescript.scm");
    let original = package.join("../../queries/typescript.scm");
    let text = fs::read_to_string(&original).expect("the query at the root");
    if std::env::var_os("SNELL_UPDATE").is_some() {
        fs::write(&copy, &text).expect("the copy can be written");
    }
    let copied = fs::read_to_string(&copy).expect("the copy");
    assert!(
        copied == text,
        "crates/snell-extract/queries/typescript.scm is stale: run with SNELL_UPDATE=1"
    );
}
