//! Which column of a statement each field is read from, found once, before the first row.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::query::Output;
use crate::value::{DecimalValue, Row, Value};

/// How the columns of a statement become those of an output.
pub(super) struct Columns {
    /// What the statement returns.
    names: Vec<String>,
    /// What is read, if that is by name.
    wanted: Option<Vec<&'static str>>,
    /// Where each of those is; `None` if they are in order.
    positions: Option<Vec<usize>>,
}

impl Columns {
    /// Finds the columns of an `O` among those that are called so.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] if one is missing, or two have the same name, or if an output that takes
    /// all columns is for another number of them.
    pub(super) fn find<O: Output>(names: Vec<String>) -> Result<Self> {
        Self::among(names, O::names(), O::WIDTH, std::any::type_name::<O>())
    }

    fn among(
        names: Vec<String>,
        wanted: Option<Vec<&'static str>>,
        width: usize,
        output: &str,
    ) -> Result<Self> {
        let Some(wanted) = wanted else {
            // A record takes all that there are.
            if names.len() != width && width != 0 {
                return Err(wrong_width(&names, width, output));
            }
            return Ok(Self { names, wanted: None, positions: None });
        };
        let positions = wanted.iter().map(|name| position_of(name, &names, output));
        let positions = positions.collect::<Result<Vec<_>>>()?;
        let in_order = positions.iter().enumerate().all(|(index, position)| index == *position);
        Ok(Self { names, wanted: Some(wanted), positions: Some(positions).filter(|_| !in_order) })
    }

    /// Finds them again if `row` has other columns: the table may have been changed between the look at
    /// the statement and its run.
    pub(super) fn check<O: Output>(&mut self, row: &dyn Row) -> Result<()> {
        let known = self.names.iter().map(|name| Some(name.as_str())).chain([None]);
        if known.enumerate().all(|(index, name)| row.column_name(index) == name) {
            return Ok(());
        }
        let names = (0..).map_while(|index| row.column_name(index).map(str::to_owned)).collect();
        *self = Self::find::<O>(names)?;
        Ok(())
    }

    /// Calls `read` with `row` as the output expects its columns.
    pub(super) fn arranged<T>(
        &self,
        row: &dyn Row,
        read: impl FnOnce(&dyn Row) -> Result<T>,
    ) -> Result<T> {
        let read = match &self.positions {
            None => read(row),
            Some(positions) => read(&Arranged { row, positions }),
        };
        read.map_err(|error| self.named(error))
    }

    /// Names the column in an error about a value.
    #[cold]
    fn named(&self, error: Error) -> Error {
        let Error::Decode(decode) = &error else { return error };
        let name = match &self.wanted {
            Some(wanted) => wanted.get(decode.index).copied(),
            None => self.names.get(decode.index).map(String::as_str),
        };
        match name {
            Some(name) => error.in_column(|| name.to_owned()),
            None => error,
        }
    }
}

fn position_of(wanted: &str, names: &[String], output: &str) -> Result<usize> {
    let mut found = names.iter().enumerate().filter(|(_, name)| *name == wanted);
    match (found.next(), found.next()) {
        (Some((position, _)), None) => Ok(position),
        (Some(_), Some(_)) => Err(twice(wanted, output)),
        (None, _) => Err(missing(wanted, names, output)),
    }
}

#[cold]
fn missing(wanted: &str, names: &[String], output: &str) -> Error {
    let output = short(output);
    Error::invalid_query(format!(
        "`{output}` needs a column `{wanted}`, but the statement returns {}",
        listed(names)
    ))
}

#[cold]
fn twice(wanted: &str, output: &str) -> Error {
    let output = short(output);
    Error::invalid_query(format!(
        "`{output}` needs the column `{wanted}`, of which the statement returns two: give one of them \
         another name by AS, or leave it out"
    ))
}

#[cold]
fn wrong_width(names: &[String], width: usize, output: &str) -> Error {
    let output = short(output);
    let columns = if width == 1 { "column" } else { "columns" };
    Error::invalid_query(format!(
        "`{output}` is read from {width} {columns}, but the statement returns {}",
        listed(names)
    ))
}

fn listed(names: &[String]) -> String {
    let listed = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "none".to_owned(),
        1 => listed,
        count => format!("{count}: {listed}"),
    }
}

/// Returns the name of a type without the paths in it.
pub(super) fn short(name: &str) -> Cow<'_, str> {
    if !name.contains("::") {
        return name.into();
    }
    let is_path = |part: char| part.is_alphanumeric() || part == '_' || part == ':';
    let mut short = String::new();
    for part in name.split_inclusive(|part: char| !is_path(part)) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short.into()
}

/// A row whose columns are in another order.
struct Arranged<'r> {
    row: &'r dyn Row,
    positions: &'r [usize],
}

impl<'r> Arranged<'r> {
    fn get<T>(&self, index: usize, get: impl FnOnce(&'r dyn Row, usize) -> Result<T>) -> Result<T> {
        // A column that is not there is one that no row has.
        let position = self.positions.get(index).copied().unwrap_or(usize::MAX);
        get(self.row, position).map_err(|mut error| {
            if let Error::Decode(decode) = &mut error {
                decode.index = index;
            }
            error
        })
    }
}

macro_rules! arranged {
    ($($getter:ident -> $value:ty;)+) => {
        impl<'r> Row for Arranged<'r> {
            fn column_name(&self, index: usize) -> Option<&str> {
                self.row.column_name(*self.positions.get(index)?)
            }

            fn is_null(&self, index: usize) -> bool {
                self.positions.get(index).is_some_and(|position| self.row.is_null(*position))
            }

            $(fn $getter(&self, index: usize) -> Result<$value> {
                self.get(index, |row, position| row.$getter(position))
            })+
        }
    };
}

arranged! {
    bool -> bool;
    i64 -> i64;
    f64 -> f64;
    text -> &str;
    bytes -> &[u8];
    date -> i32;
    time -> i64;
    datetime -> i64;
    timestamp -> i64;
    uuid -> [u8; 16];
    decimal -> DecimalValue;
    json -> &str;
    value -> Value<'_>;
}
