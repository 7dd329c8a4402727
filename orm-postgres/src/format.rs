//! The binary formats that values travel in, looked up once per statement instead of once per value.

use tokio_postgres::types::{Kind, Type};

/// How values of a PostgreSQL type are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One byte, 0 or 1.
    Bool,
    /// Two bytes.
    Int2,
    /// Four bytes.
    Int4,
    /// Eight bytes.
    Int8,
    /// Four bytes without a sign.
    Oid,
    /// IEEE 754 in four bytes.
    Float4,
    /// IEEE 754 in eight bytes.
    Float8,
    /// UTF-8: text types and enums.
    Text,
    /// The bytes themselves.
    Bytea,
    /// Days.
    Date,
    /// Microseconds.
    Time,
    /// Microseconds.
    Timestamp,
    /// Microseconds.
    Timestamptz,
    /// Sixteen bytes.
    Uuid,
    /// See `numeric`.
    Numeric,
    /// The document's text.
    Json,
    /// The number 1, then the document's text.
    Jsonb,
    /// A type that this driver has no Rust value for.
    Other,
}

impl Format {
    /// Returns the format of `ty`; a domain has the one of the type beneath it.
    pub(crate) fn of(ty: &Type) -> Self {
        match *ty {
            Type::BOOL => Self::Bool,
            Type::INT2 => Self::Int2,
            Type::INT4 => Self::Int4,
            Type::INT8 => Self::Int8,
            Type::OID => Self::Oid,
            Type::FLOAT4 => Self::Float4,
            Type::FLOAT8 => Self::Float8,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::CHAR | Type::UNKNOWN => {
                Self::Text
            }
            Type::BYTEA => Self::Bytea,
            Type::DATE => Self::Date,
            Type::TIME => Self::Time,
            Type::TIMESTAMP => Self::Timestamp,
            Type::TIMESTAMPTZ => Self::Timestamptz,
            Type::UUID => Self::Uuid,
            Type::NUMERIC => Self::Numeric,
            Type::JSON => Self::Json,
            Type::JSONB => Self::Jsonb,
            _ => match ty.kind() {
                Kind::Enum(_) => Self::Text,
                Kind::Domain(base) => Self::of(base),
                // Extensions have no fixed number; `citext` is the one that people use for text.
                Kind::Simple if ty.name() == "citext" => Self::Text,
                _ => Self::Other,
            },
        }
    }
}
