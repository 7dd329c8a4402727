//! Enums stored by the name of their variant; `#[derive(DbEnum)]` implements the trait.

/// A Rust enum without data whose variants are stored as text.
///
/// In `ORDER BY` and comparisons, variants follow each other as they are declared where the column is of
/// an enum type, and as their texts do elsewhere: on SQLite, and with `native = false`.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(DbEnum, Debug, Clone, Copy, PartialEq)]
/// #[orm(rename_all = "snake_case")]
/// enum OrderState {
///     New,
///     InTransit,
///     Delivered,
/// }
///
/// assert_eq!(OrderState::InTransit.as_str(), "in_transit");
/// assert_eq!(OrderState::from_text("delivered"), Some(OrderState::Delivered));
/// ```
pub trait DbEnum: Sized + 'static {
    /// The enum's name in the database, and its texts in the order of declaration.
    const DEF: &'static EnumDef;

    /// Returns the text this variant is stored as.
    fn as_str(&self) -> &'static str;

    /// Returns the variant that is stored as `text`.
    fn from_text(text: &str) -> Option<Self>;
}

/// The description of a stored enum.
#[derive(Debug, PartialEq, Eq)]
pub struct EnumDef {
    /// The name of the type where the backend has enum types.
    pub name: &'static str,
    /// The texts, in the order of declaration.
    pub variants: &'static [&'static str],
    /// Whether backends with enum types use one; otherwise a text column with a CHECK.
    pub native: bool,
}
