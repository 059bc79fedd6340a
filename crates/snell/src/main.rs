//! Arguments in, exit code out.

use std::io::Write;

use camino::Utf8PathBuf;
use snell_engine::analyze;
use snell_workspace::{Config, Disk};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_default();
    let root = Utf8PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let disk = Disk::new(&root)?;
    let config = Config::default();
    let started = std::time::Instant::now();
    let analysis = analyze(&disk, &config);
    let elapsed = started.elapsed();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if kind == "calls" {
        for (_, call) in analysis.project.calls.iter() {
            let module = analysis.project.modules.get(call.module);
            let file = analysis.sources.file(module.file);
            let at = file.position(call.name.span.start);
            let models: Vec<String> = match &call.target {
                snell_project::client::CallTarget::Models(models) => models
                    .iter()
                    .map(|m| analysis.project.schemas.model(*m).name.to_string())
                    .collect(),
                snell_project::client::CallTarget::AnyModel => vec!["*".into()],
                snell_project::client::CallTarget::UnknownModel(name) => {
                    vec![format!("?{}", name.text)]
                }
                snell_project::client::CallTarget::Client => vec![],
            };
            let text = module
                .facts
                .span(call.receiver)
                .text(&file.text)
                .split_whitespace()
                .collect::<String>();
            writeln!(
                out,
                "{}",
                serde_json::json!({"file": file.path, "line": at.line, "column": at.column, "model": if models.is_empty() { None } else { Some(models.join("|")) }, "operation": call.operation.as_str(), "receiver": text, "confidence": call.confidence, "test": analysis.project.path_facts(call.module).test})
            )?;
        }
    }
    writeln!(
        std::io::stderr(),
        "{:?} {:?} schemas {:?}",
        elapsed,
        analysis.counts,
        analysis.decisions
    )?;
    Ok(())
}
