//! The rows of the graph as an application keeps them by hand: three vectors of structs.

use orm_benches::graph::{
    COMMENTS, POSTS, PlainComment, PlainPost, PlainUser, USERS, comment, post, user,
};

/// The rows of the three tables, each in the order of those it belongs to.
pub(crate) struct Graph {
    pub(crate) users: Vec<PlainUser>,
    pub(crate) posts: Vec<PlainPost>,
    pub(crate) comments: Vec<PlainComment>,
}

impl Graph {
    /// Returns the rows, whose keys are not known yet.
    pub(crate) fn new() -> Self {
        let users = (0..USERS).map(|number| PlainUser { id: 0, name: user(number) });
        let posts =
            (0..USERS * POSTS).map(|number| PlainPost { id: 0, title: post(number), user_id: 0 });
        let comments = (0..USERS * POSTS * COMMENTS).map(|number| PlainComment {
            id: 0,
            body: comment(number),
            post_id: 0,
        });
        Self { users: users.collect(), posts: posts.collect(), comments: comments.collect() }
    }

    /// Puts the keys of the users into their posts.
    pub(crate) fn refer_to_users(&mut self) {
        for (number, post) in self.posts.iter_mut().enumerate() {
            post.user_id = self.users[number / POSTS].id;
        }
    }

    /// Puts the keys of the posts into their comments.
    pub(crate) fn refer_to_posts(&mut self) {
        for (number, comment) in self.comments.iter_mut().enumerate() {
            comment.post_id = self.posts[number / COMMENTS].id;
        }
    }
}
