//! Prisma clients that were generated into the sources, told by their layout.
//!
//! The word "generated" in a file's header says too little: people write it into
//! files that they keep by hand.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

/// A folder that `prisma generate` wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GeneratedClient {
    /// From the root.
    pub folder: Utf8PathBuf,
    /// Which generator wrote it.
    pub generator: ClientGenerator,
}

/// The generators of Prisma's own clients.
/// Source: <https://www.prisma.io/docs/orm/prisma-schema/overview/generators>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientGenerator {
    /// `prisma-client-js`: JavaScript and `index.d.ts`, with a copy of the schema.
    JavaScript,
    /// `prisma-client`: TypeScript, with `internal/class.ts`.
    TypeScript,
}

/// The generated clients among these paths, by folder.
pub(crate) fn clients<'a>(paths: impl IntoIterator<Item = &'a Utf8Path>) -> Vec<GeneratedClient> {
    let paths: BTreeSet<&Utf8Path> = paths.into_iter().collect();
    let has = |folder: &Utf8Path, name: &str| paths.contains(folder.join(name).as_path());
    let client = |path: &&Utf8Path| {
        let marker = path.parent()?;
        let folder = marker.parent()?;
        let generator = match (marker.file_name()?, path.file_name()?) {
            ("runtime", "library.d.ts" | "client.d.ts" | "binary.d.ts" | "index-browser.d.ts")
                if has(folder, "index.d.ts") && has(folder, "schema.prisma") =>
            {
                ClientGenerator::JavaScript
            }
            ("internal", "class.ts") if has(folder, "internal/prismaNamespace.ts") => {
                ClientGenerator::TypeScript
            }
            _ => return None,
        };
        Some(GeneratedClient {
            folder: folder.to_owned(),
            generator,
        })
    };
    let found: BTreeSet<GeneratedClient> = paths.iter().filter_map(client).collect();
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_told_by_their_layout() {
        let paths = [
            "api/generated/index.d.ts",
            "api/generated/runtime/library.d.ts",
            "api/generated/runtime/index-browser.d.ts",
            "api/generated/schema.prisma",
            "web/db/internal/class.ts",
            "web/db/internal/prismaNamespace.ts",
            "lib/internal/class.ts",
            "lib/index.d.ts",
            "lib/runtime/library.d.ts",
        ];
        let found = clients(paths.map(Utf8Path::new));
        let found: Vec<_> = found
            .iter()
            .map(|c| (c.folder.as_str(), c.generator))
            .collect();
        assert_eq!(
            found,
            [
                ("api/generated", ClientGenerator::JavaScript),
                ("web/db", ClientGenerator::TypeScript)
            ]
        );
    }
}
