//! Examples of environment files: which variables a deployment is told to set.
//! Files that hold real values (`.env`, `.env.production`) are never read.

use camino::{Utf8Path, Utf8PathBuf};

/// An example of an environment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentExample {
    /// The file.
    pub path: Utf8PathBuf,
    /// The names that it sets or mentions in a comment as one to set, sorted.
    pub names: Vec<String>,
}

/// Whether a file called so holds an example rather than values.
pub(crate) fn is_example(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_ascii_lowercase();
    name.starts_with(".env")
        && ["example", "sample", "template", "dist"]
            .iter()
            .any(|word| name.contains(word))
}

impl EnvironmentExample {
    /// Reads the names; values are left where they are.
    pub(crate) fn read(path: &Utf8Path, text: &str) -> Self {
        let mut names: Vec<String> = text.lines().filter_map(name).collect();
        names.sort();
        names.dedup();
        EnvironmentExample {
            path: path.to_owned(),
            names,
        }
    }
}

/// `NAME=`, `export NAME=`, `# NAME=`
fn name(line: &str) -> Option<String> {
    let line = line.trim_start_matches(['#', ' ', '\t']);
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, _) = line.split_once('=')?;
    let name = name.trim_end();
    let plain = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    plain.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_values_are_not() {
        let text = "# A comment\nA=1\nexport B_2 = x\n#C=\nlower=1\nnot a name\n";
        let example = EnvironmentExample::read(Utf8Path::new(".env.example"), text);
        assert_eq!(example.names, ["A", "B_2", "C"]);
    }

    #[test]
    fn only_examples_are_read() {
        for (name, example) in [
            (".env", false),
            (".env.production", false),
            (".env.example", true),
            ("apps/api/.env_example", true),
            (".env.local.sample", true),
        ] {
            assert_eq!(is_example(Utf8Path::new(name)), example, "{name}");
        }
    }
}
