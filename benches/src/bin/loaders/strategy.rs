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

    /// Returns what a program sends that does the same; `list` compares a column with a list of keys.
    pub(crate) fn statements(self, list: &str) -> Statements {
        let (user, post) = ("u.id, u.name", "p.id, p.author_id, p.title, p.score");
        let comment = "c.id, c.post_id, c.body, c.likes";
        let posts = "LEFT JOIN posts p ON p.author_id = u.id";
        let comments = "LEFT JOIN comments c ON c.post_id = p.id";
        let users = match self {
            Self::SelectInSelectIn | Self::SelectInJoined => format!("SELECT {user} FROM users u"),
            Self::JoinedSelectIn => format!("SELECT {user}, {post} FROM users u {posts}"),
            Self::JoinedJoined => {
                format!("SELECT {user}, {post}, {comment} FROM users u {posts} {comments}")
            }
        };
        let of_users = format!("WHERE p.author_id {list}");
        let posts = match self {
            Self::SelectInSelectIn => Some(format!("SELECT {post} FROM posts p {of_users}")),
            Self::SelectInJoined => {
                Some(format!("SELECT {post}, {comment} FROM posts p {comments} {of_users}"))
            }
            Self::JoinedSelectIn | Self::JoinedJoined => None,
        };
        let comments = (!self.joins_comments())
            .then(|| format!("SELECT {comment} FROM comments c WHERE c.post_id {list}"));
        Statements { users, posts, comments }
    }
}

/// What brings the users, the posts and the comments; the latter two may be joined to the former.
pub(crate) struct Statements {
    pub(crate) users: String,
    pub(crate) posts: Option<String>,
    pub(crate) comments: Option<String>,
}
