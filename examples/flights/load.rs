//! From a CSV file into a table, in batches.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord};
use flate2::read::GzDecoder;
use orm::IntoNewRow;
use orm::prelude::*;

/// What can be wrong with a file.
pub(crate) type LoadError = Box<dyn Error>;

/// Rows that are in memory at a time.
const BATCH: usize = 10_000;

/// Inserts a row for each line of the file at `path`, and returns how many there were.
pub(crate) fn table<M: Query, R: IntoNewRow<M>>(
    executor: &mut impl Executor,
    path: &Path,
    new_row: impl Fn(&StringRecord) -> Result<R, LoadError>,
) -> Result<u64, LoadError> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let input: Box<dyn Read> = match path.extension() {
        Some(extension) if extension == "gz" => Box::new(GzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut lines = ReaderBuilder::new().from_reader(input);
    let (mut line, mut rows, mut count) = (StringRecord::new(), Vec::new(), 0);
    while lines.read_record(&mut line)? {
        let row = new_row(&line).map_err(|error| {
            let at = line.position().map_or(0, csv::Position::line);
            format!("{}, line {at}: {error}", path.display())
        })?;
        rows.push(row);
        if rows.len() == BATCH {
            count += M::insert_many(rows.drain(..)).execute(executor)?;
        }
    }
    Ok(count + M::insert_many(rows).execute(executor)?)
}

/// Returns the value at `index` of a line, where `NA` is none.
pub(crate) fn optional<T: FromStr<Err: Error + 'static>>(
    line: &StringRecord,
    index: usize,
) -> Result<Option<T>, LoadError> {
    match line.get(index) {
        None => Err(format!("there is no column {}", index + 1).into()),
        Some("NA") => Ok(None),
        Some(text) => match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(format!("column {}: {error}", index + 1).into()),
        },
    }
}

/// Returns the value at `index` of a line, which must be there.
pub(crate) fn required<T: FromStr<Err: Error + 'static>>(
    line: &StringRecord,
    index: usize,
) -> Result<T, LoadError> {
    optional(line, index)?.ok_or_else(|| format!("column {} has no value", index + 1).into())
}
