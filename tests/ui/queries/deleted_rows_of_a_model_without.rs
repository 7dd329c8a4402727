//! Rows can be deleted for good, or only deleted ones asked for, where a model marks deleted rows.

use orm::prelude::*;
use orm::Patch;

#[derive(Model)]
struct Tag {
    #[orm(primary_key)]
    id: i64,
    name: String,
}

fn main() -> orm::Result<()> {
    let _ = Tag::query().only_deleted();
    let _ = Tag::query().with_deleted_of::<Tag>();
    let _ = Tag::delete().forever();
    let _: Patch<Tag> = Patch::from_json(serde_json::json!({}))?;
    let _ = Patch::new().set(Tag::name, 7);

    let mut session = Engine::connect("sqlite::memory:")?.session();
    let tag = session.add(Tag::builder().name("a"));
    session.delete_forever(tag)?;
    session.restore(tag)?;
    Ok(())
}
