//! Names in the configuration that lead nowhere. A rule that asks for a model of no such name is silent, which would look
//! like a clean project.

use camino::Utf8Path;
use snell_source::closest;
use snell_workspace::{Config, ConfigError, Origin, Sourced};

use crate::Analysis;

impl Analysis {
    /// The faults in names of models, fields and migrations, in the order of the file. What another workspace shares
    /// (`extends`) may speak of what is not here.
    #[must_use]
    pub fn unknown_names(&self, config: &Config) -> Vec<ConfigError> {
        let schemas = || self.project.schemas.iter().map(|(_, schema)| schema);
        let models = || schemas().flat_map(|schema| schema.datamodel.models());
        let of_models: Vec<&str> = models().map(|model| model.name.as_str()).collect();
        let of_fields: Vec<&str> = models()
            .flat_map(|model| &model.fields)
            .map(|field| field.name.as_str())
            .collect();
        let of_migrations: Vec<&str> = schemas()
            .filter_map(|schema| schema.history.as_ref())
            .flat_map(|history| &history.migrations)
            .map(|migration| migration.name.as_str())
            .collect();
        let mut faults = Faults {
            config,
            found: Vec::new(),
        };
        let isolation = &config.isolation;
        faults.one(&isolation.user_model, "model", &of_models);
        faults.several(&isolation.global_models, "model", &of_models);
        faults.several(&isolation.owner_keys, "field", &of_fields);
        for (_, named) in config.roles.iter() {
            faults.several(named, "model", &of_models);
        }
        faults.one(&config.migrations_after, "migration", &of_migrations);
        for folder in &config.migrations {
            if !self.has_files_at(&folder.value) {
                let message = format!("`migrations`: nothing is at `{}`", folder.value);
                faults.add(&folder.origin, message, self.migrations_near(&folder.value));
            }
        }
        let mut found = faults.found;
        found.sort_by(|a, b| (&a.file, a.span.start).cmp(&(&b.file, b.span.start)));
        found
    }

    /// Whether files are below this path, as far as it can be known without expanding a glob.
    fn has_files_at(&self, path: &str) -> bool {
        let folder = path.trim_start_matches("./").trim_end_matches('/');
        path.contains(['*', '?', '[', '{'])
            || self.project.workspace.has_folder(Utf8Path::new(folder))
    }

    /// A folder of migrations whose path is like this one.
    fn migrations_near(&self, path: &str) -> Option<String> {
        let files = self.project.workspace.files.iter();
        let scripts = files.filter(|file| file.path.file_name() == Some("migration.sql"));
        let folders = scripts.filter_map(|file| Some(file.path.parent()?.parent()?.as_str()));
        closest(path, folders).map(str::to_owned)
    }
}

/// What is found wrong.
struct Faults<'a> {
    config: &'a Config,
    found: Vec<ConfigError>,
}

impl Faults<'_> {
    fn one(&mut self, said: &Sourced<Option<String>>, what: &str, known: &[&str]) {
        self.of(said.value.as_slice(), &said.origin, what, known);
    }

    fn several(&mut self, said: &Sourced<Vec<String>>, what: &str, known: &[&str]) {
        self.of(&said.value, &said.origin, what, known);
    }

    fn of(&mut self, names: &[String], origin: &Origin, what: &str, known: &[&str]) {
        for name in names {
            if !known.contains(&name.as_str()) {
                let nearest = closest(name, known.iter().copied()).map(str::to_owned);
                self.add(origin, format!("no {what} is called `{name}`"), nearest);
            }
        }
    }

    /// A fault of the workspace's own file.
    fn add(&mut self, origin: &Origin, message: String, nearest: Option<String>) {
        let Origin::File { file, span, at } = origin else {
            return;
        };
        if self.config.file.as_ref() == Some(file) {
            self.found.push(ConfigError {
                file: file.clone(),
                span: *span,
                at: *at,
                message,
                help: nearest.map(|nearest| format!("did you mean `{nearest}`?")),
            });
        }
    }
}
