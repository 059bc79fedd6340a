//! Docker compose files.
//! Source: <https://docs.docker.com/reference/compose-file/services/>.

use snell_source::SyntaxError;

use super::lines::yaml_commands;
use super::{CommandContext, ImageContext, InitMount, Sink};
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
