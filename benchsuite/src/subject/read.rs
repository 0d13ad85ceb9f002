//! EVE to the flows to port 22, in memory, and the same bytes left alone.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{UInt16Type, UInt64Type};
use botany_collect::{Input, Memory, Options};
use serde_json::json;

use super::{Timed, timed};

/// The flows to port 22 with the article's fields. Of several logs each is read by threads of its own, as many for
/// each, that share nothing.
pub fn flows(inputs: &[PathBuf], threads: usize) -> Result<Timed> {
    let options = Options {
        threads: (threads / inputs.len().max(1)).max(1),
        events: vec!["flow".to_owned()],
        ports: vec![22],
        digest: false,
        ..Options::default()
    };
    let read = |input: &PathBuf| {
        let mut sink = Memory::default();
        botany_collect::read(&Input::File(input.clone()), &options, &mut sink, &())?;
        Ok(sink)
    };
    let (sinks, seconds): (Vec<Memory>, _) = timed(|| {
        std::thread::scope(|scope| {
            let others: Vec<_> =
                inputs.iter().skip(1).map(|input| scope.spawn(move || read(input))).collect();
            let first = inputs.first().into_iter().map(read);
            let others = others
                .into_iter()
                .map(|other| other.join().unwrap_or_else(|_| Err(anyhow!("a reader is lost"))));
            first.chain(others).collect()
        })
    })?;
    let flows: Vec<&RecordBatch> = sinks.iter().flat_map(|sink| sink.table("flow")).collect();
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
        "flows": flows.iter().map(|batch| batch.num_rows()).sum::<usize>(),
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
