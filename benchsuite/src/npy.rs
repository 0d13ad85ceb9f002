//! NumPy's array files, as far as the peers need them: two-dimensional doubles and vectors of bytes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// Writes rows of so many columns.
pub fn write_doubles(path: &Path, values: &[f64], columns: usize) -> Result<()> {
    let mut file = begin(path, "<f8", &format!("({}, {columns})", values.len() / columns))?;
    for value in values {
        file.write_all(&value.to_le_bytes())?;
    }
    Ok(file.flush()?)
}

/// Writes labels.
pub fn write_bytes(path: &Path, values: &[u8]) -> Result<()> {
    let mut file = begin(path, "|u1", &format!("({},)", values.len()))?;
    file.write_all(values)?;
    Ok(file.flush()?)
}

/// Reads what [`write_doubles`] wrote: the values row by row, and the columns.
pub fn read_doubles(path: &Path) -> Result<(Vec<f64>, usize)> {
    let (header, body) = read(path)?;
    ensure!(header.contains("<f8"), "{} holds no doubles", path.display());
    let shape = header.split('(').nth(1).and_then(|rest| rest.split(')').next());
    let columns = shape.and_then(|shape| shape.split(',').nth(1)?.trim().parse().ok());
    let values = body.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    Ok((values, columns.context("no matrix of two dimensions")?))
}

/// Reads what [`write_bytes`] wrote.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    Ok(read(path)?.1)
}

/// Format 1.0 of <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
fn begin(path: &Path, kind: &str, shape: &str) -> Result<BufWriter<File>> {
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&u16::try_from(header.len())?.to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    Ok(file)
}

fn read(path: &Path) -> Result<(String, Vec<u8>)> {
    let all = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let rest = all.strip_prefix(b"\x93NUMPY\x01\x00").context("no array file of format 1.0")?;
    let (length, rest) = rest.split_at_checked(2).context("the header is cut")?;
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    let (header, body) = rest.split_at_checked(length).context("the header is cut")?;
    Ok((String::from_utf8_lossy(header).into_owned(), body.to_vec()))
}
