//! Whether and where facts are kept for the next run.

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, builder::FalseyValueParser};
use snell_engine::{Memory, cache_folder};

/// Flags of every command that reads a workspace.
#[derive(Debug, Clone, Args)]
pub(crate) struct CacheArguments {
    /// Read every file anew, and keep nothing for the next run
    #[arg(
        long,
        global = true,
        env = "SNELL_NO_CACHE",
        hide_env = true,
        value_parser = FalseyValueParser::new()
    )]
    no_cache: bool,
    /// Keep what was read of files here [default: node_modules/.cache/snell, or a folder of the user's
    /// cache]
    #[arg(
        long,
        global = true,
        env = "SNELL_CACHE_DIR",
        hide_env = true,
        value_name = "DIR"
    )]
    cache_dir: Option<Utf8PathBuf>,
}

impl CacheArguments {
    /// What is remembered of the workspace at this root.
    pub(crate) fn memory(&self, root: &Utf8Path) -> Memory {
        self.kept(Memory::none(), root)
    }

    /// The same for a run that may read the workspace twice.
    pub(crate) fn memory_of_two(&self, root: &Utf8Path) -> Memory {
        self.kept(Memory::of_process(), root)
    }

    fn kept(&self, memory: Memory, root: &Utf8Path) -> Memory {
        if self.no_cache {
            return memory;
        }
        let folder = self.cache_dir.clone().or_else(|| cache_folder(root));
        match folder {
            Some(folder) => memory.on_disk(&folder),
            None => memory,
        }
    }
}
