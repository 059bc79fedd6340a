//! What a `prisma.config.*` says, read as it is written: nothing is run.

use camino::{Utf8Path, Utf8PathBuf};
use smol_str::SmolStr;
use snell_extract::facts::{
    Argument, Export, Expression, ExpressionId, ImportedName, ModuleFacts, Property,
};

/// The paths that a `prisma.config.*` names, relative to the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrismaConfig {
    /// `schema`: a file or a folder.
    pub schema: Option<Utf8PathBuf>,
    /// `migrations.path`
    pub migrations: Option<Utf8PathBuf>,
    /// `typedSql.path`
    pub typed_sql: Option<Utf8PathBuf>,
    /// `migrations.seed`: the command.
    pub seed: Option<SmolStr>,
}

impl PrismaConfig {
    /// Whether a path is that of Prisma's configuration.
    #[must_use]
    pub fn is_at(path: &Utf8Path) -> bool {
        let stem = path.file_stem().unwrap_or_default();
        let script = matches!(
            path.extension(),
            Some("ts" | "mts" | "cts" | "js" | "mjs" | "cjs")
        );
        let in_config = path.parent().and_then(Utf8Path::file_name) == Some(".config");
        script && (stem == "prisma.config" || (stem == "prisma" && in_config))
    }

    /// From the facts of the file at `path`.
    #[must_use]
    pub fn read(path: &Utf8Path, facts: &ModuleFacts) -> PrismaConfig {
        let reader = Reader {
            facts,
            folder: path.parent().unwrap_or(Utf8Path::new("")),
        };
        let Some(config) = reader.exported().and_then(|value| reader.object(value)) else {
            return PrismaConfig::default();
        };
        let migrations = reader
            .property(config, "migrations")
            .and_then(|value| reader.object(value));
        PrismaConfig {
            schema: reader
                .property(config, "schema")
                .and_then(|value| reader.path(value)),
            migrations: migrations
                .and_then(|migrations| reader.property(migrations, "path"))
                .and_then(|value| reader.path(value)),
            typed_sql: reader
                .property(config, "typedSql")
                .and_then(|value| reader.object(value))
                .and_then(|typed| reader.property(typed, "path"))
                .and_then(|value| reader.path(value)),
            seed: migrations
                .and_then(|migrations| reader.property(migrations, "seed"))
                .and_then(|value| reader.string(value)),
        }
    }
}

struct Reader<'f> {
    facts: &'f ModuleFacts,
    folder: &'f Utf8Path,
}

impl<'f> Reader<'f> {
    fn exported(&self) -> Option<ExpressionId> {
        self.facts.exports.iter().find_map(|export| match export {
            Export::DefaultExpression { value } => Some(*value),
            Export::Local {
                exported, local, ..
            } if exported == "default" => self.variable(local),
            _ => None,
        })
    }

    fn variable(&self, name: &str) -> Option<ExpressionId> {
        self.facts
            .bindings
            .iter()
            .find_map(|binding| match &binding.kind {
                snell_extract::facts::BindingKind::Variable {
                    init: Some(init), ..
                } if binding.name == name => Some(init.value),
                _ => None,
            })
    }

    /// The properties of an object literal, through `defineConfig(...)`, casts and names.
    fn object(&self, value: ExpressionId) -> Option<&'f [Property]> {
        match self.facts.expression(self.facts.unwrap_casts(value)) {
            Expression::Object(properties) => Some(properties),
            Expression::Call { arguments, .. } => self.object(arguments.first()?.value),
            Expression::Identifier { name, .. } => self.object(self.variable(name)?),
            _ => None,
        }
    }

    fn property(&self, properties: &[Property], name: &str) -> Option<ExpressionId> {
        properties.iter().find_map(|property| match property {
            Property::Value { key, value, .. }
                if key.name().is_some_and(|key| key.text == name) =>
            {
                Some(*value)
            }
            _ => None,
        })
    }

    fn string(&self, value: ExpressionId) -> Option<SmolStr> {
        match self.facts.expression(self.facts.unwrap_casts(value)) {
            Expression::String(text) => Some(text.clone()),
            Expression::Template { chunks, values } if values.is_empty() => {
                Some(chunks.first()?.text.clone())
            }
            Expression::Identifier { name, .. } => self.string(self.variable(name)?),
            _ => None,
        }
    }

    /// A path relative to the configuration: a string, or `path.join(...)` of strings.
    fn path(&self, value: ExpressionId) -> Option<Utf8PathBuf> {
        if let Some(text) = self.string(value) {
            return snell_workspace::join(self.folder, &text);
        }
        let Expression::Call {
            callee, arguments, ..
        } = self.facts.expression(self.facts.unwrap_casts(value))
        else {
            return None;
        };
        if !self.joins(*callee) {
            return None;
        }
        let parts: Vec<SmolStr> = arguments
            .iter()
            .filter(|argument| !self.is_folder(argument))
            .map(|argument| self.string(argument.value))
            .collect::<Option<_>>()?;
        snell_workspace::join(self.folder, &parts.join("/"))
    }

    /// `path.join`, `path.resolve`, or either imported by name.
    fn joins(&self, callee: ExpressionId) -> bool {
        let name = match self.facts.expression(callee) {
            Expression::Member { property, .. } => property.text.as_str(),
            Expression::Identifier { name, .. } => {
                let imported =
                    self.facts
                        .imports
                        .iter()
                        .find_map(|import| match &import.imported {
                            ImportedName::Named(imported) if imported == name => {
                                Some(imported.as_str())
                            }
                            _ => None,
                        });
                imported.unwrap_or_default()
            }
            _ => "",
        };
        matches!(name, "join" | "resolve")
    }

    /// `__dirname`, `import.meta.dirname`: the folder of the configuration.
    fn is_folder(&self, argument: &Argument) -> bool {
        match self.facts.expression(argument.value) {
            Expression::Identifier { name, .. } => name == "__dirname",
            Expression::Member { property, .. } => property.text == "dirname",
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use snell_extract::{Dialect, extract};

    use super::*;

    fn read(path: &str, text: &str) -> PrismaConfig {
        PrismaConfig::read(path.into(), &extract(text, Dialect::TypeScript))
    }

    #[test]
    fn literal_paths_are_relative_to_the_configuration() {
        let config = read(
            "apps/api/prisma.config.ts",
            "import { defineConfig } from 'prisma/config';
             export default defineConfig({ schema: 'prisma/schema', migrations: { path: './db/migrations', seed: 'tsx seed.ts' } });",
        );
        assert_eq!(
            config.schema.as_deref(),
            Some(Utf8Path::new("apps/api/prisma/schema"))
        );
        assert_eq!(
            config.migrations.as_deref(),
            Some(Utf8Path::new("apps/api/db/migrations"))
        );
        assert_eq!(config.seed.as_deref(), Some("tsx seed.ts"));
    }

    #[test]
    fn joined_paths_are_folded() {
        let config = read(
            ".config/prisma.ts",
            "import { join } from 'node:path';
             const config = { schema: join(__dirname, '..', 'prisma', 'schema.prisma') } satisfies PrismaConfig;
             export default config;",
        );
        assert_eq!(
            config.schema.as_deref(),
            Some(Utf8Path::new("prisma/schema.prisma"))
        );
    }

    #[test]
    fn what_only_a_run_can_tell_is_left_out() {
        let config = read(
            "prisma.config.ts",
            "export default { schema: process.env.SCHEMA };",
        );
        assert_eq!(config, PrismaConfig::default());
    }
}
