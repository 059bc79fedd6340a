//! Code that is not about the live schemas, or wrong on purpose.

use snell_project::client::ClientCall;
use snell_source::Location;
use snell_workspace::Purpose;

use crate::Context;

/// The folders of schemas that are not live: the code in them has a client of its own.
#[derive(Debug)]
pub(super) struct Foreign {
    folders: Vec<String>,
}

impl Foreign {
    pub(super) fn of(context: &Context<'_>) -> Self {
        let live: Vec<_> = context
            .project
            .schemas
            .iter()
            .flat_map(|(_, schema)| &schema.files)
            .map(|file| context.sources.file(*file).path.as_path())
            .collect();
        let files = context.project.workspace.files.iter().filter(|file| {
            file.purpose == Purpose::PrismaSchema && !live.contains(&file.path.as_path())
        });
        let folders = files.filter_map(|file| {
            let mut folder = file.path.parent()?;
            while matches!(folder.file_name(), Some("prisma" | "schema" | "schemas")) {
                folder = folder.parent()?;
            }
            let holds_live = live.iter().any(|path| path.starts_with(folder));
            (!holds_live && !folder.as_str().is_empty()).then(|| format!("{folder}/"))
        });
        Foreign {
            folders: folders.collect(),
        }
    }

    /// Whether the call stands beside a schema that is not live.
    pub(super) fn holds(&self, context: &Context<'_>, call: &ClientCall) -> bool {
        let path = &context.project.modules.get(call.module).path;
        self.folders
            .iter()
            .any(|folder| path.starts_with(folder.as_str()))
    }
}

/// Whether the author says on the line above that the compiler refuses it.
pub(super) fn is_expected(context: &Context<'_>, at: Location) -> bool {
    let source = context.sources.file(at.file);
    let line = source.position(at.span.start).line;
    let mut modules = context.project.modules.iter();
    let Some((_, module)) = modules.find(|(_, module)| module.file == at.file) else {
        return false;
    };
    module.facts.comments.iter().any(|comment| {
        comment.text(&source.text).contains("@ts-expect-error")
            && source.position(comment.end).line + 1 == line
    })
}
