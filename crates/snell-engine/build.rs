//! Names the build of the readers whose facts are kept on disk.
//!
//! A published version is named by its number. In the repository two builds of one number may read
//! differently: their sources are hashed, and the versions of the packages that they use.

use std::{
    fs,
    hash::{DefaultHasher, Hasher},
    path::{Path, PathBuf},
};

/// What decides how a text is read, and what is kept of it.
const READERS: [&str; 5] = [
    "../snell-source",
    "../snell-prisma",
    "../snell-sql",
    "../snell-extract",
    "../../Cargo.lock",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = Vec::new();
    for reader in READERS {
        let path = Path::new(reader);
        if path.exists() {
            println!("cargo:rerun-if-changed={reader}");
            collect(path, &mut files);
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        if let Ok(bytes) = fs::read(&file) {
            hasher.write(file.as_os_str().as_encoded_bytes());
            hasher.write_usize(bytes.len());
            hasher.write(&bytes);
        }
    }
    println!("cargo:rustc-env=SNELL_READERS={:016x}", hasher.finish());
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(path) else {
        files.push(path.to_owned());
        return;
    };
    for entry in entries.flatten() {
        collect(&entry.path(), files);
    }
}
