//! EVE to the flows to port 22, in memory, and the same bytes left alone.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::Result;
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{UInt16Type, UInt64Type};
use botany_collect::{Input, Memory, Options, Tally};
use serde_json::json;

use super::{Timed, timed};

/// The flows to port 22 with the article's fields.
pub fn flows(input: &Path, threads: usize) -> Result<Timed> {
    let options = Options {
        threads,
        events: vec!["flow".to_owned()],
        ports: vec![22],
        digest: false,
        ..Options::default()
    };
    let mut sink = Memory::default();
    let input = Input::File(input.to_owned());
    let (_, seconds): (Tally, _) =
        timed(|| Ok(botany_collect::read(&input, &options, &mut sink, &())?))?;
    let flows = sink.table("flow");
    let sum = |name: &str| -> u64 {
        let values = flows.iter().filter_map(|batch| batch.column_by_name(name));
        values.map(|column| column.as_primitive::<UInt64Type>().values().iter().sum::<u64>()).sum()
    };
    let ports = |batch: &RecordBatch| -> u64 {
        let column = batch.column_by_name("src_port");
        column.map_or(0, |ports| {
            ports.as_primitive::<UInt16Type>().iter().flatten().map(u64::from).sum()
        })
    };
    let mut sources = std::collections::HashSet::new();
    for batch in &flows {
        let column = batch.column_by_name("src_ip").map(|column| column.as_string::<i32>());
        sources.extend(column.into_iter().flatten().flatten());
    }
    let answer = json!({
        "flows": sink.rows("flow"),
        "packets_in": sum("packets_in"),
        "packets_out": sum("packets_out"),
        "bytes_in": sum("bytes_in"),
        "bytes_out": sum("bytes_out"),
        "sources": sources.len(),
        "src_ports": flows.iter().map(|batch| ports(batch)).sum::<u64>(),
    });
    Ok((answer, seconds))
}

/// Brings the bytes of a log into memory, unpacked, and looks at none of them.
pub fn unpack(input: &Path) -> Result<Timed> {
    let (bytes, seconds) = timed(|| {
        let file = File::open(input)?;
        let buffered = |file| BufReader::with_capacity(1 << 20, file);
        let mut plain: Box<dyn Read> = match input.extension().and_then(|end| end.to_str()) {
            Some("gz") => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(file))),
            Some("zst") => Box::new(zstd::stream::Decoder::with_buffer(buffered(file))?),
            _ => Box::new(file),
        };
        let (mut room, mut bytes) = (vec![0; 1 << 20], 0_u64);
        loop {
            match plain.read(&mut room)? {
                0 => return Ok(bytes),
                read => bytes += read as u64,
            }
        }
    })?;
    Ok((json!({ "bytes": bytes }), seconds))
}
