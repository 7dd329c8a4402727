//! What a program without loaders has in common for both databases: which rows belong where.

use std::collections::HashMap;

use orm::HasMany;
use orm_benches::Result;

use crate::models::{Comment, Post, User};

pub(crate) const USERS: &str = "SELECT id, name FROM users";

/// Rows by the number of the one they belong to.
pub(crate) struct Groups<T> {
    numbers: HashMap<i64, usize>,
    groups: Vec<Vec<T>>,
}

impl<T> Groups<T> {
    pub(crate) fn of(keys: &[i64]) -> Self {
        let numbers = keys.iter().enumerate().map(|(number, &key)| (key, number)).collect();
        Self { numbers, groups: keys.iter().map(|_| Vec::new()).collect() }
    }

    pub(crate) fn push(&mut self, key: i64, row: T) {
        if let Some(&number) = self.numbers.get(&key) {
            self.groups[number].push(row);
        }
    }
}

/// Nests what three statements return: the users, the posts of those, the comments of these.
pub(crate) fn nested(
    users: impl FnOnce() -> Result<Vec<User>>,
    posts: impl FnOnce(&[i64]) -> Result<Vec<Post>>,
    comments: impl FnOnce(&[i64], &mut Groups<Comment>) -> Result<()>,
) -> Result<Vec<User>> {
    let mut users = users()?;
    let user_keys: Vec<i64> = users.iter().map(|user| user.id).collect();
    let mut posts = posts(&user_keys)?;
    let post_keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
    let mut of_posts = Groups::of(&post_keys);
    comments(&post_keys, &mut of_posts)?;
    for (post, comments) in posts.iter_mut().zip(of_posts.groups) {
        post.comments = HasMany::loaded(comments);
    }
    let mut of_users = Groups::of(&user_keys);
    for post in posts {
        of_users.push(post.author_id, post);
    }
    for (user, posts) in users.iter_mut().zip(of_users.groups) {
        user.posts = HasMany::loaded(posts);
    }
    Ok(users)
}
