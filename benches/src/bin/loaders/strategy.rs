//! How the three levels arrive, and the statements for that.

use orm::Select;
use orm::prelude::*;

use crate::models::{Comment, Post, User};

/// How the posts arrive, and how the comments do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    SelectInSelectIn,
    JoinedSelectIn,
    SelectInJoined,
    JoinedJoined,
}

impl Strategy {
    pub(crate) const ALL: [Self; 4] =
        [Self::SelectInSelectIn, Self::JoinedSelectIn, Self::SelectInJoined, Self::JoinedJoined];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SelectInSelectIn => "`selectin` × 2",
            Self::JoinedSelectIn => "`joined`, `selectin`",
            Self::SelectInJoined => "`selectin`, `joined`",
            Self::JoinedJoined => "`joined` × 2",
        }
    }

    pub(crate) fn joins_posts(self) -> bool {
        matches!(self, Self::JoinedSelectIn | Self::JoinedJoined)
    }

    pub(crate) fn joins_comments(self) -> bool {
        matches!(self, Self::SelectInJoined | Self::JoinedJoined)
    }

    /// Returns the query of the ORM.
    pub(crate) fn query(self) -> Select<User> {
        let comments =
            if self.joins_comments() { joined } else { selectin::<Post, HasMany<Comment>> };
        let posts = if self.joins_posts() { joined } else { selectin::<User, HasMany<Post>> };
        User::query().options(posts(User::posts).then(comments(Post::comments)))
    }

    /// Returns what a program sends that does the same: for the users, for the posts and for the
    /// comments, the latter two unless they are joined; `list` makes rows of a list of keys.
    pub(crate) fn statements(self, list: &str) -> (String, Option<String>, Option<String>) {
        let (post, comment) =
            ("p.id, p.author_id, p.title, p.score", "c.id, c.post_id, c.body, c.likes");
        let mut columns = String::new();
        let mut joins = String::new();
        if self.joins_comments() {
            columns = format!(", {comment}");
            joins = " LEFT JOIN comments c ON c.post_id = p.id".to_owned();
        }
        let of_posts = (!self.joins_posts()).then(|| {
            format!("SELECT {post}{columns} FROM posts p{joins} WHERE p.author_id {list}")
        });
        if self.joins_posts() {
            columns = format!(", {post}{columns}");
            joins = format!(" LEFT JOIN posts p ON p.author_id = u.id{joins}");
        } else {
            (columns, joins) = Default::default();
        }
        let of_users = format!("SELECT u.id, u.name{columns} FROM users u{joins}");
        let of_comments = (!self.joins_comments())
            .then(|| format!("SELECT {comment} FROM comments c WHERE c.post_id {list}"));
        (of_users, of_posts, of_comments)
    }
}
