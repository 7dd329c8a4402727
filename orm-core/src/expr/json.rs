//! Parts of JSON documents: `User::settings.get(("theme", "colour")).as_text()`.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::operand::bound;
use super::{Contains, Expr, Expression};
use crate::ast::{Binary, BinaryOperator, JsonForm, JsonPart, JsonStep, Node};
use crate::types::{ColumnType, Field, Json, write_json};

/// What is read out of JSON documents, which are columns of `serde_json::Value` or of [`Json`].
///
/// A part that a document does not have is NULL. Keys are bound as values.
///
/// # Examples
///
/// ```
/// use orm::prelude::*;
/// use serde_json::json;
///
/// #[derive(Model)]
/// struct User {
///     #[orm(primary_key)]
///     id: i64,
///     settings: serde_json::Value,
/// }
/// # fn main() -> orm::Result<()> {
/// # let mut conn = Engine::connect("sqlite::memory:")?.connect()?;
/// # metadata![User].create_all(&mut conn)?;
/// let settings = json!({"theme": {"colour": "dark"}, "sizes": [10, 12.5]});
/// User::insert(User::builder().settings(settings)).execute(&mut conn)?;
///
/// let dark = User::query().filter(User::settings.get(("theme", "colour")).as_text().eq("dark"));
/// assert_eq!(dark.count(&mut conn)?, 1);
///
/// let last = User::query().select(User::settings.get(("sizes", -1)).as_f64()).one(&mut conn)?;
/// assert_eq!(last, Some(12.5));
/// # Ok(())
/// # }
/// ```
#[expect(clippy::wrong_self_convention, reason = "operators consume their operands")]
pub trait JsonExpression: Expression<Type: Field<Base: JsonDocument>> {
    /// The part at the end of `path`: a key of an object, the position in an array (from 0; from the
    /// end, -1), or a tuple of them.
    fn get(self, path: impl IntoJsonPath) -> Expr<Option<serde_json::Value>> {
        let mut part = part(self, JsonForm::Json);
        path.append_to(&mut part.path);
        Expr::new(Node::Json(Box::new(part)))
    }

    /// The text of a JSON string, and the JSON of anything else, such as `true` or `7`; NULL for
    /// `null`.
    ///
    /// Databases put spaces into the JSON of objects and arrays as they like.
    fn as_text(self) -> Expr<Option<String>> {
        Expr::new(Node::Json(Box::new(part(self, JsonForm::Text))))
    }

    /// A JSON number, rounded to an integer; NULL for anything else.
    fn as_i64(self) -> Expr<Option<i64>> {
        Expr::new(Node::Json(Box::new(part(self, JsonForm::Integer))))
    }

    /// A JSON number; NULL for anything else.
    fn as_f64(self) -> Expr<Option<f64>> {
        Expr::new(Node::Json(Box::new(part(self, JsonForm::Float))))
    }

    /// A truth value of JSON; NULL for anything else.
    fn as_bool(self) -> Expr<Option<bool>> {
        Expr::new(Node::Json(Box::new(part(self, JsonForm::Bool))))
    }

    /// Whether it is an object that has `key`, be its value `null`.
    fn has_key(self, key: impl IntoJsonStep) -> Expr<bool> {
        self.get(key).is_not_null()
    }
}

impl<E: Expression<Type: Field<Base: JsonDocument>>> JsonExpression for E {}

/// A column type that is JSON.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not JSON",
    label = "expected `serde_json::Value` or `Json<T>`"
)]
pub trait JsonDocument: ColumnType {}

impl JsonDocument for serde_json::Value {}
impl<T: Serialize + DeserializeOwned + Send + 'static> JsonDocument for Json<T> {}

impl<V: Serialize> Contains<V> for serde_json::Value {
    fn contains(whole: Node, part: V) -> Node {
        contains(whole, &part)
    }
}

impl<T, V> Contains<V> for Json<T>
where
    T: Serialize + DeserializeOwned + Send + 'static,
    V: Serialize,
{
    fn contains(whole: Node, part: V) -> Node {
        contains(whole, &part)
    }
}

fn contains<V: Serialize>(whole: Node, part: &V) -> Node {
    Binary::node(whole, BinaryOperator::Contains, bound(write_json(part)))
}

/// One step into a JSON document: a key (`&str`, `String`), or a position in an array (`i32`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no step into a JSON document",
    label = "expected a key, such as `\"theme\"`, or a position, such as `0`"
)]
pub trait IntoJsonStep {
    /// Returns the step.
    fn into_step(self) -> JsonStep;
}

impl IntoJsonStep for &str {
    fn into_step(self) -> JsonStep {
        self.to_owned().into_step()
    }
}

impl IntoJsonStep for String {
    fn into_step(self) -> JsonStep {
        JsonStep::Key(Cow::Owned(self))
    }
}

impl IntoJsonStep for &String {
    fn into_step(self) -> JsonStep {
        self.as_str().into_step()
    }
}

impl IntoJsonStep for i32 {
    fn into_step(self) -> JsonStep {
        JsonStep::Index(self)
    }
}

/// A way into a JSON document: a step, a tuple of up to four, or a `Vec` of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no path into a JSON document",
    label = "expected a key, a position, or a tuple of them, such as `(\"sizes\", 0)`"
)]
pub trait IntoJsonPath {
    /// Appends the steps.
    fn append_to(self, path: &mut Vec<JsonStep>);
}

impl<S: IntoJsonStep> IntoJsonPath for S {
    fn append_to(self, path: &mut Vec<JsonStep>) {
        path.push(self.into_step());
    }
}

impl<S: IntoJsonStep> IntoJsonPath for Vec<S> {
    fn append_to(self, path: &mut Vec<JsonStep>) {
        path.extend(self.into_iter().map(IntoJsonStep::into_step));
    }
}

macro_rules! path_of_tuple {
    ($($step:ident $position:tt),+) => {
        impl<$($step: IntoJsonStep),+> IntoJsonPath for ($($step,)+) {
            fn append_to(self, path: &mut Vec<JsonStep>) {
                $(path.push(self.$position.into_step());)+
            }
        }
    };
}

path_of_tuple!(A 0, B 1);
path_of_tuple!(A 0, B 1, C 2);
path_of_tuple!(A 0, B 1, C 2, D 3);

/// Returns the part that `expression` is, read in another form.
fn part<E: Expression>(expression: E, form: JsonForm) -> JsonPart {
    match expression.into_expr().into_node() {
        Node::Json(part) if part.form == JsonForm::Json => JsonPart { form, ..*part },
        document => JsonPart { document, path: Vec::new(), form },
    }
}
