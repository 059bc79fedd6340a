//! Names the build of the readers whose facts are kept on disk, and of the judges whose findings are.
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

/// What decides, beyond that, what is found.
const JUDGES: [&str; 6] = [
    "../snell-workspace",
    "../snell-project",
    "../snell-flow",
    "../snell-report",
    "../snell-correlate",
    "src",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let readers = hash(&READERS);
    println!("cargo:rustc-env=SNELL_READERS={readers:016x}");
    let judges = hash(&JUDGES);
    println!("cargo:rustc-env=SNELL_JUDGES={judges:016x}{readers:016x}");
}

/// A hash over the files of these folders.
fn hash(folders: &[&str]) -> u64 {
    let mut files = Vec::new();
    for folder in folders {
        let path = Path::new(folder);
        if path.exists() {
            println!("cargo:rerun-if-changed={folder}");
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
    hasher.finish()
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
