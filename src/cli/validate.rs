//! `botany validate MODEL --on DIR`

use std::path::PathBuf;

use anyhow::Result;
use serde_json::json;

use super::{Context, output};
use crate::run::{self, progress::Say};

/// Test a model of the registry on data it has never seen: a data directory collected from other files.
///
/// Threat list, label and features are made there by the model's own recipe; a row is called 1 from the model's own
/// threshold.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  botany collect --data /tmp/other /var/log/suricata/eve.json /var/log/auth.log\n  botany validate article --on /tmp/other --data botany-demo"
)]
pub struct Arguments {
    /// The model, with `@v0001` for one version of it
    model: String,
    /// The other data directory
    #[arg(long, value_name = "DIR")]
    on: PathBuf,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let model = run::registry(&context.data).load(&arguments.model.parse()?)?;
    let evaluation = run::validate_on(&model, &arguments.on, context, &Say::new())?;
    if context.format == output::Format::Json {
        return output::print(&serde_json::to_string_pretty(&evaluation)?);
    }
    if context.format == output::Format::Table {
        let [[tn, fp], [fneg, tp]] = evaluation.confusion;
        output::print(&format!(
            "{} v{:04} on {}: {} rows, {} labelled 1; {} addresses, {} with a 1\n\
             confusion at {}: {tp} right ones, {fneg} missed, {fp} false, {tn} right zeros",
            model.card.name,
            model.card.version,
            arguments.on.display(),
            evaluation.rows,
            evaluation.positives,
            evaluation.addresses,
            evaluation.positive_addresses,
            evaluation.threshold,
        ))?;
        for note in &evaluation.notes {
            output::print(&format!("note: {note}"))?;
        }
        output::print("")?;
    }
    let mut table = output::Table::new(["over", "measure", "value", "low", "high"]);
    for (over, metrics) in
        [("rows", &evaluation.metrics), ("addresses", &evaluation.address_metrics)]
    {
        for metric in metrics {
            let estimate = metric.estimate;
            table.row(vec![
                json!(over),
                json!(metric.name),
                json!(estimate.value),
                json!(estimate.low),
                json!(estimate.high),
            ]);
        }
    }
    table.print(context.format)
}
