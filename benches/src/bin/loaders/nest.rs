//! What a program without loaders has in common for both databases: which rows belong where.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use orm::HasMany;

use crate::models::{Comment, Post, User};

/// The rows that were read, each once, with the number of the row it belongs to.
#[derive(Default)]
pub(crate) struct Tree {
    users: Vec<User>,
    user_numbers: HashMap<i64, usize>,
    posts: Vec<(usize, Post)>,
    post_numbers: HashMap<i64, usize>,
    /// Those of each post.
    comments: Vec<Vec<Comment>>,
}

impl Tree {
    /// Returns the number of the user, who is only read if it is new.
    pub(crate) fn user<E>(
        &mut self,
        id: i64,
        read: impl FnOnce() -> Result<User, E>,
    ) -> Result<usize, E> {
        match self.user_numbers.entry(id) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(new) => {
                self.users.push(read()?);
                Ok(*new.insert(self.users.len() - 1))
            }
        }
    }

    /// Returns the number of the post of that user, which is only read if it is new.
    pub(crate) fn post<E>(
        &mut self,
        id: i64,
        user: usize,
        read: impl FnOnce() -> Result<Post, E>,
    ) -> Result<usize, E> {
        match self.post_numbers.entry(id) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(new) => {
                self.posts.push((user, read()?));
                self.comments.push(Vec::new());
                Ok(*new.insert(self.posts.len() - 1))
            }
        }
    }

    pub(crate) fn comment(&mut self, post: usize, comment: Comment) {
        self.comments[post].push(comment);
    }

    pub(crate) fn user_keys(&self) -> Vec<i64> {
        self.users.iter().map(|user| user.id).collect()
    }

    pub(crate) fn post_keys(&self) -> Vec<i64> {
        self.posts.iter().map(|(_, post)| post.id).collect()
    }

    /// Returns the number of a user that was read.
    pub(crate) fn user_number(&self, id: i64) -> usize {
        self.user_numbers[&id]
    }

    /// Returns the number of a post that was read.
    pub(crate) fn post_number(&self, id: i64) -> usize {
        self.post_numbers[&id]
    }

    /// Puts the rows into those they belong to.
    pub(crate) fn into_users(mut self) -> Vec<User> {
        let mut posts: Vec<Vec<Post>> = self.users.iter().map(|_| Vec::new()).collect();
        for ((user, mut post), comments) in self.posts.into_iter().zip(self.comments) {
            post.comments = HasMany::loaded(comments);
            posts[user].push(post);
        }
        for (user, posts) in self.users.iter_mut().zip(posts) {
            user.posts = HasMany::loaded(posts);
        }
        self.users
    }
}
