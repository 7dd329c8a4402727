//! What is loaded with a row, as data: made by chance, and turned into options of a query.

use orm::prelude::*;
use orm::{Load, Order, Output, Relation, RelationField, Select};

use super::model::{Card, Desk, Note, Person, Room, Tag, Visit};

/// One relation to load, and what belongs to its rows again.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) path: Path,
    pub(super) way: Way,
    /// Only rows with so many stars.
    pub(super) stars: Option<i32>,
    /// By stars: the most first, or the fewest.
    pub(super) order: Option<Stars>,
    pub(super) limit: Option<u64>,
    pub(super) then: Vec<Branch>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    SelectIn,
    Joined,
    Subquery,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Stars {
    MostFirst,
    FewestFirst,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Path {
    Boss,
    Reports,
    Written,
    Edited,
    Best,
    Card,
    Visits,
    Friends,
    FriendOf,
    Rooms,
    Topics,
    BestEditors,
    Neighbours,
    Chief,
    AuthorCard,
    Author,
    Editor,
    Tags,
    Notes,
    Owner,
    Desks,
    Tenants,
    Room,
}

impl Path {
    /// Whether it leads to any number of rows.
    pub(super) fn is_many(self) -> bool {
        !matches!(
            self,
            Self::Boss
                | Self::Card
                | Self::Author
                | Self::Editor
                | Self::Chief
                | Self::AuthorCard
                | Self::Owner
                | Self::Room
        )
    }

    /// Whether there must be a row.
    pub(super) fn is_required(self) -> bool {
        matches!(self, Self::Author | Self::Owner)
    }

    /// The relations of the rows it leads to.
    pub(super) fn next(self) -> &'static [Self] {
        match self {
            Self::Boss
            | Self::Reports
            | Self::Friends
            | Self::FriendOf
            | Self::Author
            | Self::Editor
            | Self::BestEditors
            | Self::Neighbours
            | Self::Chief
            | Self::Owner
            | Self::Tenants => Person::PATHS,
            Self::Written | Self::Edited | Self::Best | Self::Notes => Note::PATHS,
            Self::Tags | Self::Topics => Tag::PATHS,
            Self::Card | Self::AuthorCard => Card::PATHS,
            Self::Visits => Visit::PATHS,
            Self::Rooms | Self::Room => Room::PATHS,
            Self::Desks => Desk::PATHS,
        }
    }
}

impl Branch {
    /// How many statements of their own the branches send at most.
    pub(super) fn statements(branches: &[Self]) -> u64 {
        let own =
            |branch: &Self| u64::from(branch.way != Way::Joined) + Self::statements(&branch.then);
        branches.iter().map(own).sum()
    }

    /// The same, loaded in one way wherever that can be.
    pub(super) fn all_by(branches: &[Self], way: Way) -> Vec<Self> {
        let one = |branch: &Self| Self {
            way: if way == Way::Joined && branch.limit.is_some() { Way::SelectIn } else { way },
            then: Self::all_by(&branch.then, way),
            ..branch.clone()
        };
        branches.iter().map(one).collect()
    }

    /// What can be left out of some branches, one thing at a time.
    pub(super) fn smaller(branches: &[Self]) -> Vec<Vec<Self>> {
        let mut smaller = Vec::new();
        for (at, branch) in branches.iter().enumerate() {
            let mut without = branches.to_vec();
            without.remove(at);
            smaller.push(without);
            let mut put = |branch: Self| {
                let mut changed = branches.to_vec();
                changed[at] = branch;
                smaller.push(changed);
            };
            for then in Self::smaller(&branch.then) {
                put(Self { then, ..branch.clone() });
            }
            if branch.stars.is_some() {
                put(Self { stars: None, ..branch.clone() });
            }
            if branch.order.is_some() {
                put(Self { order: None, ..branch.clone() });
            }
            if branch.limit.is_some() {
                put(Self { limit: None, ..branch.clone() });
            }
        }
        smaller
    }
}

/// A query, or what is loaded beside it, to which more can be added.
pub(super) trait Grows<M>: Sized {
    fn with_load<F: RelationField<Target: Output>>(self, load: Load<M, F>) -> Self;
}

impl<M: Model + Output> Grows<M> for Select<M> {
    fn with_load<F: RelationField<Target: Output>>(self, load: Load<M, F>) -> Self {
        self.options(load)
    }
}

impl<P: Model, G: RelationField> Grows<G::Target> for Load<P, G> {
    fn with_load<F: RelationField<Target: Output>>(self, load: Load<G::Target, F>) -> Self {
        self.then(load)
    }
}

/// A model whose relations can be loaded by chance.
pub(super) trait Node: Model {
    const PATHS: &'static [Path];
    const STARS: orm::Column<Self, i32>;

    fn key() -> Vec<Order>;

    /// Adds what `branch` says, which is about a relation of this model.
    fn grow<G: Grows<Self>>(grown: G, branch: &Branch) -> G;
}

fn load<P: Model, F: RelationField<Target: Node + Output>, K>(
    relation: Relation<P, F, K>,
    branch: &Branch,
) -> Load<P, F> {
    let mut load = match branch.way {
        Way::SelectIn => selectin(relation),
        Way::Joined => joined(relation),
        Way::Subquery => subquery(relation),
    };
    let stars = F::Target::STARS;
    if let Some(least) = branch.stars {
        load = load.filter(stars.ge(least));
    }
    if let Some(order) = branch.order {
        load = load.order_by(match order {
            Stars::MostFirst => stars.desc(),
            Stars::FewestFirst => stars.asc(),
        });
        load = F::Target::key().into_iter().fold(load, Load::order_by);
    }
    if let Some(limit) = branch.limit {
        load = load.limit(limit);
    }
    branch.then.iter().fold(load, F::Target::grow)
}

macro_rules! nodes {
    ($($model:ident by ($($key:ident),+): $($path:ident = $relation:ident),*;)+) => {$(
        impl Node for $model {
            const PATHS: &'static [Path] = &[$(Path::$path),*];
            const STARS: orm::Column<Self, i32> = $model::stars;

            fn key() -> Vec<Order> {
                vec![$($model::$key.asc()),+]
            }

            fn grow<G: Grows<Self>>(grown: G, branch: &Branch) -> G {
                match branch.path {
                    $(Path::$path => grown.with_load(load($model::$relation, branch)),)*
                    other => {
                        drop(grown);
                        panic!("{other:?} does not begin at {}", stringify!($model))
                    }
                }
            }
        }
    )+};
}

nodes! {
    Person by (id): Boss = boss, Reports = reports, Written = written, Edited = edited, Best = best,
        Card = card, Visits = visits, Friends = friends, FriendOf = friend_of, Rooms = rooms,
        Topics = topics, BestEditors = best_editors, Neighbours = neighbours;
    Note by (id): Author = author, Editor = editor, Tags = tags, Chief = chief,
        AuthorCard = author_card;
    Tag by (code): Notes = notes;
    Card by (owner_id): Owner = owner;
    Visit by (id): ;
    Room by (building, number): Desks = desks, Tenants = tenants;
    Desk by (id): Room = room;
}
