//! Parts of JSON documents.

use std::borrow::Cow;

use super::Node;

/// A part of a JSON document; NULL where the document has no such part.
#[derive(Debug, Clone)]
pub struct JsonPart {
    /// The document.
    pub document: Node,
    /// The way to the part, from the outside; the document itself if empty.
    pub path: Vec<JsonStep>,
    /// What the part is read as.
    pub form: JsonForm,
}

/// One step into a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonStep {
    /// Into an object.
    Key(Cow<'static, str>),
    /// Into an array: from 0, or from the end, which is -1.
    Index(i32),
}

/// What a part of a JSON document is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonForm {
    /// JSON.
    Json,
    /// The text of a string, and the JSON text of anything else; NULL for `null`.
    Text,
    /// A number rounded to an integer; NULL for anything else.
    Integer,
    /// A number; NULL for anything else.
    Float,
    /// A truth value; NULL for anything else.
    Bool,
}
