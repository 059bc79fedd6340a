//! What is run, by whom: commands, images and mounts of scripts, pipelines,
//! containers and hosts, as text with places.
//!
//! Nothing here judges a command; rules such as "`migrate dev` in a deployment"
//! stand on these facts.

mod compose;
mod dockerfile;
mod lines;
mod pipeline;
mod settings;

use camino::{Utf8Path, Utf8PathBuf};
use snell_source::{Span, SyntaxError};

use crate::Purpose;
use crate::packages::PackageManifest;

/// Everything that runs or deploys the workspace, in the order of its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployment {
    /// Commands.
    pub commands: Vec<CommandFact>,
    /// Container images.
    pub images: Vec<ImageFact>,
    /// SQL and scripts that a database container runs at its first start.
    pub init_mounts: Vec<InitMount>,
    /// Lines of `CODEOWNERS`.
    pub code_owners: Vec<CodeOwners>,
    /// Variables that services are given.
    pub variables: Vec<ServiceVariable>,
}

/// A variable of the environment that a compose file gives to a service. Values are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceVariable {
    /// Its name.
    pub name: String,
    /// The variables that its value is made of, which somebody has to set: `OTHER` of `${OTHER}`.
    pub needs: Vec<String>,
}

/// One command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandFact {
    /// The file, from the root.
    pub path: Utf8PathBuf,
    /// The command's bytes in the file.
    pub span: Span,
    /// The command: continued lines are joined by a space, the words of an exec
    /// form (`["npm", "start"]`) too.
    pub text: String,
    /// What runs it.
    pub context: CommandContext,
}

/// What runs a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandContext {
    /// A script of a `package.json`.
    PackageScript {
        /// Its name: `build`, `postinstall`, ...
        name: String,
    },
    /// `prisma.seed` of a `package.json`: what `prisma db seed` runs.
    PrismaSeed,
    /// A target of an Nx `project.json`.
    NxTarget {
        /// Its name.
        name: String,
    },
    /// A Dockerfile.
    Dockerfile {
        /// `RUN`, `CMD` or `ENTRYPOINT`.
        instruction: String,
    },
    /// A service of a compose file.
    Compose {
        /// Its name.
        service: String,
    },
    /// A step of a pipeline, or a hook that a tool manages.
    Pipeline {
        /// The job, where the format has jobs.
        job: Option<String>,
    },
    /// A shell script or git hook.
    Shell,
    /// A recipe of a Makefile.
    Make {
        /// The target.
        target: String,
    },
    /// A process of a `Procfile`.
    Procfile {
        /// Its name: `web`, `release`, ...
        process: String,
    },
    /// A setting of a host (`release_command`, `startCommand`).
    Host {
        /// The setting's name.
        key: String,
    },
}

/// A container image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFact {
    /// The file, from the root.
    pub path: Utf8PathBuf,
    /// The image's bytes in the file.
    pub span: Span,
    /// As written: `pgvector/pgvector:pg16`.
    pub image: String,
    /// What it is for.
    pub context: ImageContext,
}

/// What an image is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageContext {
    /// `FROM` of a Dockerfile.
    Base,
    /// A service of a compose file, by name.
    Compose(String),
    /// A service or container of a pipeline's job.
    Pipeline {
        /// The job, where the format has jobs.
        job: Option<String>,
    },
}

/// A file or folder mounted into `/docker-entrypoint-initdb.d`.
/// Source: <https://hub.docker.com/_/postgres>, "Initialization scripts".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitMount {
    /// The compose file, from the root.
    pub path: Utf8PathBuf,
    /// The mount's bytes in it.
    pub span: Span,
    /// The service.
    pub service: String,
    /// What is mounted, from the root.
    pub source: Utf8PathBuf,
}

/// One line of `CODEOWNERS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeOwners {
    /// The file, from the root.
    pub path: Utf8PathBuf,
    /// The line's bytes in it.
    pub span: Span,
    /// Which files, in the syntax of `.gitignore`.
    pub pattern: String,
    /// Who; nobody when empty.
    pub owners: Vec<String>,
}

impl Deployment {
    /// Adds the facts of one file; the error of one that cannot be understood.
    pub(crate) fn add(
        &mut self,
        path: &Utf8Path,
        purpose: Purpose,
        text: &str,
    ) -> Option<SyntaxError> {
        let mut sink = Sink { path, all: self };
        match purpose {
            Purpose::Dockerfile => dockerfile::read(text, &mut sink),
            Purpose::Compose => return compose::read(text, &mut sink),
            Purpose::Pipeline => return pipeline::read(text, &mut sink),
            Purpose::Shell => settings::shell(text, &mut sink),
            Purpose::Makefile => settings::makefile(text, &mut sink),
            Purpose::Procfile => settings::procfile(text, &mut sink),
            Purpose::CodeOwners => settings::code_owners(text, &mut sink),
            Purpose::Deploy => return settings::host(text, &mut sink),
            Purpose::WorkspaceManifest if path.file_name() == Some("project.json") => {
                return settings::nx_project(text, &mut sink);
            }
            _ => {}
        }
        None
    }

    /// Adds the scripts of a `package.json`, and the command of its seed.
    pub(crate) fn add_scripts(&mut self, path: &Utf8Path, manifest: &PackageManifest) {
        let mut sink = Sink { path, all: self };
        for script in &manifest.scripts {
            let context = CommandContext::PackageScript {
                name: script.name.clone(),
            };
            sink.command(script.command.span, &script.command.value, context);
        }
        let seed = manifest
            .prisma
            .as_ref()
            .and_then(|prisma| prisma.seed.as_ref());
        if let Some(seed) = seed {
            sink.command(seed.span, &seed.value, CommandContext::PrismaSeed);
        }
    }
}

/// Where the facts of one file go.
struct Sink<'a> {
    path: &'a Utf8Path,
    all: &'a mut Deployment,
}

impl Sink<'_> {
    fn command(&mut self, span: Span, text: &str, context: CommandContext) {
        // `echo "now prisma migrate reset"` says so and does not do it.
        let words = ["echo ", "printf "];
        let is_said = words.iter().any(|word| text.trim_start().starts_with(word));
        if is_said && !text.contains(['|', ';', '&']) {
            return;
        }
        self.all.commands.push(CommandFact {
            path: self.path.to_owned(),
            span,
            text: text.trim().to_owned(),
            context,
        });
    }

    fn image(&mut self, span: Span, image: &str, context: ImageContext) {
        self.all.images.push(ImageFact {
            path: self.path.to_owned(),
            span,
            image: image.to_owned(),
            context,
        });
    }

    fn folder(&self) -> &Utf8Path {
        self.path.parent().unwrap_or(Utf8Path::new(""))
    }
}

#[cfg(test)]
mod tests;
