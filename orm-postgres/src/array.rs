//! The binary format of arrays: `array_send` and `array_recv` in PostgreSQL's `arrayfuncs.c`.

use orm_core::error::{Error, Result};
use tokio_postgres::types::{Kind, Type};

/// Returns the type of the elements, if `ty` is that of an array.
pub(crate) fn element_of(ty: &Type) -> Option<&Type> {
    match ty.kind() {
        Kind::Array(element) => Some(element),
        Kind::Domain(base) => element_of(base),
        _ => None,
    }
}

/// Calls `each` with the bytes of each element of the value at `index`, `None` for NULL.
pub(crate) fn read(
    bytes: &[u8],
    index: usize,
    mut each: impl FnMut(Option<&[u8]>) -> Result<()>,
) -> Result<()> {
    let mut rest = Rest { bytes, index };
    let dimensions = rest.number()?;
    let (_has_null, _element_type) = (rest.number()?, rest.number()?);
    if dimensions > 1 {
        let found = format!("one of {dimensions} dimensions");
        return Err(Error::decode(index, "an array of one dimension", found));
    }
    if dimensions == 0 {
        return Ok(());
    }
    let (count, _first_position) = (rest.number()?, rest.number()?);
    for _ in 0..count {
        each(rest.value()?)?;
    }
    Ok(())
}

/// What is not read yet.
struct Rest<'b> {
    bytes: &'b [u8],
    index: usize,
}

impl<'b> Rest<'b> {
    fn number(&mut self) -> Result<i32> {
        let (number, rest) = self.bytes.split_first_chunk().ok_or_else(|| self.cut_off())?;
        self.bytes = rest;
        Ok(i32::from_be_bytes(*number))
    }

    /// Returns the next value: its length, which is negative for NULL, and its bytes.
    fn value(&mut self) -> Result<Option<&'b [u8]>> {
        let Ok(length) = usize::try_from(self.number()?) else { return Ok(None) };
        let (value, rest) = self.bytes.split_at_checked(length).ok_or_else(|| self.cut_off())?;
        self.bytes = rest;
        Ok(Some(value))
    }

    #[cold]
    fn cut_off(&self) -> Error {
        Error::decode(self.index, "an array", "one that is cut off")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(bytes: &[u8]) -> Result<Vec<Option<Vec<u8>>>> {
        let mut elements = Vec::new();
        read(bytes, 0, |element| {
            elements.push(element.map(<[u8]>::to_vec));
            Ok(())
        })?;
        Ok(elements)
    }

    /// The head of an array of `dimensions`, with NULLs, of `int2`.
    fn head(dimensions: i32) -> Vec<u8> {
        [dimensions, 1, 21].into_iter().flat_map(i32::to_be_bytes).collect()
    }

    #[test]
    fn elements_are_read_in_order_null_included() {
        let mut bytes = head(1);
        bytes.extend([2, 1, 2].into_iter().flat_map(i32::to_be_bytes));
        bytes.extend([0, 7]);
        bytes.extend((-1_i32).to_be_bytes());

        assert_eq!(elements(&bytes).unwrap(), [Some(vec![0, 7]), None]);
        assert!(elements(&head(0)).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let error = elements(&head(2)).unwrap_err().to_string();
        assert!(error.contains("one of 2 dimensions"), "{error}");

        let mut bytes = head(1);
        bytes.extend([1, 1, 9].into_iter().flat_map(i32::to_be_bytes));
        let error = elements(&bytes).unwrap_err().to_string();
        assert!(error.contains("one that is cut off"), "{error}");
    }
}
