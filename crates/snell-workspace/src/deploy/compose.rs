//! Docker compose files.
//! Source: <https://docs.docker.com/reference/compose-file/services/>.

use snell_source::SyntaxError;

use super::lines::yaml_commands;
use super::{CommandContext, ImageContext, InitMount, ServiceVariable, Sink};
use crate::files::join;
use crate::yaml::{Yaml, YamlValue};

/// Where images of PostgreSQL look for what to run at the first start.
const INIT_FOLDER: &str = "/docker-entrypoint-initdb.d";

pub(super) fn read(text: &str, sink: &mut Sink<'_>) -> Option<SyntaxError> {
    let (documents, error) = Yaml::parse(text);
    for services in documents.iter().filter_map(|file| file.get("services")) {
        for (name, service) in services.entries() {
            read_service(name, service, text, sink);
        }
    }
    error
}

fn read_service(name: &str, service: &Yaml, text: &str, sink: &mut Sink<'_>) {
    if let Some(image) = service.get("image")
        && let Some(image_name) = image.as_str()
    {
        sink.image(
            image.span,
            image_name,
            ImageContext::Compose(name.to_owned()),
        );
    }
    for key in ["entrypoint", "command"] {
        let Some(value) = service.get(key) else {
            continue;
        };
        let context = || CommandContext::Compose {
            service: name.to_owned(),
        };
        if let YamlValue::Sequence(words) = &value.value {
            let words: Vec<&str> = words.iter().filter_map(Yaml::as_str).collect();
            sink.command(value.span, &words.join(" "), context());
        } else {
            for (span, command) in yaml_commands(value, text) {
                sink.command(span, &command, context());
            }
        }
    }
    if let Some(variables) = service.get("environment") {
        let named = variables.entries();
        let mapped = named.filter_map(|(name, value)| Some((name, value.as_str()?)));
        let listed = variables
            .elements()
            .iter()
            .filter_map(|one| one.as_str()?.split_once('='));
        let all = mapped.chain(listed).map(|(name, value)| ServiceVariable {
            name: name.trim().to_owned(),
            needs: needs(value),
        });
        sink.all.variables.extend(all);
    }
    for volume in service
        .get("volumes")
        .map(Yaml::elements)
        .unwrap_or_default()
    {
        let Some(source) = init_source(volume) else {
            continue;
        };
        if let Some(source) = join(sink.folder(), source) {
            sink.all.init_mounts.push(InitMount {
                path: sink.path.to_owned(),
                span: volume.span,
                service: name.to_owned(),
                source,
            });
        }
    }
}

/// The variables without which a value is empty: `OTHER` of `${OTHER}` and `$OTHER`, and not of `${OTHER:-value}`.
/// Source: <https://docs.docker.com/reference/compose-file/interpolation/>.
fn needs(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    let text = value.replace("$$", "");
    for part in text.split('$').skip(1) {
        let inner = part.strip_prefix('{');
        let rest = inner.unwrap_or(part);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let after = &rest[end..];
        let given = inner.is_some() && (after.starts_with(":-") || after.starts_with('-'));
        if end > 0 && !given {
            found.push(rest[..end].to_owned());
        }
    }
    found
}

/// The mounted path of `./init.sql:/docker-entrypoint-initdb.d/init.sql:ro` or
/// of the long form; named volumes are no files of the project.
fn init_source(volume: &Yaml) -> Option<&str> {
    let (source, target) = match volume.as_str() {
        Some(short) => short.split_once(':')?,
        None => (
            volume.get("source")?.as_str()?,
            volume.get("target")?.as_str()?,
        ),
    };
    (target.starts_with(INIT_FOLDER) && source.contains(['.', '/'])).then_some(source)
}
