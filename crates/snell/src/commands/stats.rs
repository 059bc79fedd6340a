//! Reads the file of `--stats`.

use camino::Utf8Path;
use snell_engine::statistics::{Statistics, VERSION};

use crate::Failure;

/// The statistics in a file.
pub(super) fn read(path: &Utf8Path) -> Result<Statistics, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::statistics(path, &error.to_string()))?;
    let statistics: Statistics = serde_json::from_str(&text)
        .map_err(|error| Failure::statistics(path, &error.to_string()))?;
    if statistics.snell_statistics != VERSION {
        let why = format!(
            "they are of version {}, this program reads version {VERSION}",
            statistics.snell_statistics
        );
        return Err(Failure::statistics(path, &why));
    }
    Ok(statistics)
}
