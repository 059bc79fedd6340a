//! What stands beside the schema and the code: commands of deployments, and SQL files that are
//! no migrations.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_source::{FileId, Location};
use snell_sql::Parse;
use snell_workspace::{CommandFact, Json, Locale};

/// Commands and scripts whose texts were read.
#[derive(Debug, Default)]
pub struct Beside {
    /// The commands that run or deploy the workspace, when there are migrations or one of them changes a
    /// database.
    pub commands: Vec<Command>,
    /// SQL files that make tables and are no migrations.
    pub scripts: Vec<Script>,
    /// SQL files that fill tables with first rows.
    pub seeds: Vec<Script>,
    /// The texts of languages that are kept in JSON, when a live schema has enums or strings to
    /// compare them with.
    pub texts: Vec<Texts>,
    /// Keys of accounts of services, which let a program in.
    pub keys: Vec<AccountKey>,
    /// The names of exported enums and types that files which were not parsed mention.
    pub named: FxHashSet<SmolStr>,
}

/// A private key of an account of a service, in a file of the workspace.
#[derive(Debug)]
pub struct AccountKey {
    /// The text of the key.
    pub at: Location,
    /// Whose it is, where the file says so.
    pub account: Option<String>,
}

/// The texts of one language.
#[derive(Debug)]
pub struct Texts {
    /// The file.
    pub file: FileId,
    /// Whose texts they are.
    pub locale: Locale,
    /// Keys and texts.
    pub json: Json,
}

/// A command line, with its file.
#[derive(Debug)]
pub struct Command {
    /// The file.
    pub file: FileId,
    /// What it says, and what runs it.
    pub fact: CommandFact,
}

impl Command {
    /// Where it stands.
    #[must_use]
    pub fn at(&self) -> Location {
        Location::new(self.file, self.fact.span)
    }
}

/// An SQL file.
#[derive(Debug)]
pub struct Script {
    /// The file.
    pub file: FileId,
    /// What it says.
    pub parse: Arc<Parse>,
}
