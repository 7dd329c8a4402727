//! The models, what a plain model of a session says of them, and the steps in both.

use std::collections::{BTreeMap, BTreeSet};

use orm::prelude::*;

use super::steps::Step;

#[derive(Model, Debug)]
#[orm(table = "owners")]
pub(super) struct Owner {
    #[orm(primary_key)]
    pub(super) id: i64,
    name: String,
    #[orm(has_many(inverse = owner))]
    items: HasMany<Item>,
    #[orm(has_one(inverse = owner))]
    card: HasOne<Card>,
}

#[derive(Model, Debug)]
#[orm(table = "cards")]
pub(super) struct Card {
    #[orm(primary_key)]
    pub(super) id: i64,
    #[orm(foreign_key(Owner::id, on_update = "cascade"))]
    owner_id: Option<i64>,
    #[orm(belongs_to(key = owner_id, inverse = card))]
    owner: BelongsTo<Option<Owner>>,
}

#[derive(Model, Debug)]
#[orm(table = "items")]
pub(super) struct Item {
    #[orm(primary_key)]
    pub(super) id: i64,
    name: String,
    #[orm(foreign_key(Owner::id, on_update = "cascade"))]
    owner_id: Option<i64>,
    #[orm(belongs_to(key = owner_id, inverse = items))]
    owner: BelongsTo<Option<Owner>>,
    #[orm(many_to_many(table = "item_labels", inverse = items))]
    labels: ManyToMany<Label>,
}

#[derive(Model, Debug)]
#[orm(table = "labels")]
pub(super) struct Label {
    #[orm(primary_key)]
    pub(super) id: i64,
    name: String,
    #[orm(many_to_many(inverse = labels))]
    items: ManyToMany<Item>,
}

/// The rows that there are, by number of their entity.
#[derive(Debug, Clone, Default, PartialEq)]
struct World {
    owners: BTreeMap<usize, String>,
    items: BTreeMap<usize, (String, Option<usize>)>,
    labels: BTreeMap<usize, String>,
    /// Whose card it is.
    cards: BTreeMap<usize, Option<usize>>,
    /// Item and label.
    pairs: BTreeSet<(usize, usize)>,
}

/// A sequence that is under way.
#[derive(Default)]
pub(super) struct Run {
    owners: Vec<Entity<Owner>>,
    items: Vec<Entity<Item>>,
    labels: Vec<Entity<Label>>,
    cards: Vec<Entity<Card>>,
    now: World,
    committed: World,
    savepoints: Vec<World>,
    /// Counts names, so that each is new.
    names: u32,
}

/// Returns the entity that a number chooses.
fn chosen<V>(rows: &BTreeMap<usize, V>, number: u64) -> Option<usize> {
    let count = u64::try_from(rows.len()).expect("few rows");
    let at = usize::try_from(number.checked_rem(count)?).expect("few rows");
    rows.keys().nth(at).copied()
}

impl World {
    /// Gives an owner a card, and takes the one away that it had.
    fn give_card(&mut self, card: usize, owner: Option<usize>) {
        if let Some(owner) = owner {
            self.take_card(owner);
        }
        self.cards.insert(card, owner);
    }

    fn take_card(&mut self, owner: usize) {
        let cards = self.cards.values_mut().filter(|of| **of == Some(owner));
        cards.for_each(|of| *of = None);
    }
}

impl Run {
    fn name(&mut self) -> String {
        self.names += 1;
        format!("name {}", self.names)
    }

    /// Does a step in the session and in the model; nothing happens if there are no rows for it.
    pub(super) fn step(&mut self, session: &mut Session, step: Step) -> orm::Result<()> {
        self.try_step(session, step).transpose().map(drop)
    }

    fn try_step(&mut self, session: &mut Session, step: Step) -> Option<orm::Result<()>> {
        let name = self.name();
        match step {
            Step::AddOwner => {
                self.now.owners.insert(self.owners.len(), name.clone());
                self.owners.push(session.add(Owner::builder().name(name)));
            }
            Step::AddLabel => {
                self.now.labels.insert(self.labels.len(), name.clone());
                self.labels.push(session.add(Label::builder().name(name)));
            }
            Step::AddItem { owner } => {
                let owner = owner.and_then(|owner| chosen(&self.now.owners, owner));
                let row = Item::builder().name(name.clone());
                let row = match owner {
                    Some(owner) => row.owner(self.owners[owner]),
                    None => row,
                };
                self.now.items.insert(self.items.len(), (name, owner));
                self.items.push(session.add(row));
            }
            Step::RenameOwner(owner) => {
                let owner = chosen(&self.now.owners, owner)?;
                session[self.owners[owner]].name.clone_from(&name);
                self.now.owners.insert(owner, name);
            }
            Step::RenameItem(item) => {
                let item = chosen(&self.now.items, item)?;
                session[self.items[item]].name.clone_from(&name);
                self.now.items.get_mut(&item)?.0 = name;
            }
            Step::RenameLabel(label) => {
                let label = chosen(&self.now.labels, label)?;
                session[self.labels[label]].name.clone_from(&name);
                self.now.labels.insert(label, name);
            }
            Step::ChangeKeyOfOwner(owner) => {
                let owner = chosen(&self.now.owners, owner)?;
                session[self.owners[owner]].id = self.unused_key();
            }
            Step::ChangeKeyOfItem(item) => {
                let item = chosen(&self.now.items, item)?;
                session[self.items[item]].id = self.unused_key();
            }
            Step::MergeItem { .. } | Step::MergeOwner { .. } | Step::MergeLabel { .. } => {
                // What is merged is found by its key.
                return match session.flush() {
                    Ok(()) => self.merge(session, step, name),
                    Err(error) => Some(Err(error)),
                };
            }
            other => return self.relate(session, other),
        }
        Some(Ok(()))
    }

    /// Returns a key that the database will not generate.
    fn unused_key(&self) -> i64 {
        i64::from(self.names) * 1_000_000
    }

    fn merge(
        &mut self,
        session: &mut Session,
        step: Step,
        name: String,
    ) -> Option<orm::Result<()>> {
        Some(match step {
            Step::MergeItem { item, owner } => {
                let item = chosen(&self.now.items, item)?;
                let owner = owner.and_then(|owner| chosen(&self.now.owners, owner));
                let owner_id = owner.map(|owner| session[self.owners[owner]].id);
                let value = Item { owner_id, ..self.value_of(session, item, &name) };
                self.now.items.insert(item, (name, owner));
                session.merge(&value).and_then(|merged| is_same(merged, self.items[item]))
            }
            Step::MergeOwner { owner, item } => {
                let owner = chosen(&self.now.owners, owner)?;
                let item = chosen(&self.now.items, item);
                let mut items = vec![new_item(&name)];
                items.extend(item.map(|item| self.value_of(session, item, &name)));
                let value = Owner {
                    id: session[self.owners[owner]].id,
                    name: name.clone(),
                    items: HasMany::loaded(items),
                    card: HasOne::default(),
                };
                let before = self.now.items.values_mut().filter(|item| item.1 == Some(owner));
                before.for_each(|item| item.1 = None);
                let new = self.items.len();
                for item in item.into_iter().chain([new]) {
                    self.now.items.insert(item, (name.clone(), Some(owner)));
                }
                self.now.owners.insert(owner, name);
                session.merge(&value).and_then(|merged| {
                    is_same(merged, self.owners[owner])?;
                    self.items.push(session.load(merged, Owner::items)?[0]);
                    Ok(())
                })
            }
            Step::MergeLabel { item, label } => {
                let item = chosen(&self.now.items, item)?;
                let label = chosen(&self.now.labels, label)?;
                let id = session[self.labels[label]].id;
                let labels = vec![Label { id, name: name.clone(), items: ManyToMany::default() }];
                let of_item = self.now.items[&item].0.clone();
                let labels = ManyToMany::loaded(labels);
                let value = Item { labels, ..self.value_of(session, item, &of_item) };
                self.now.labels.insert(label, name);
                self.now.pairs.retain(|pair| pair.0 != item);
                self.now.pairs.insert((item, label));
                session.merge(&value).and_then(|merged| is_same(merged, self.items[item]))
            }
            _ => return None,
        })
    }

    /// Returns the value of an item under another name, without what is loaded.
    fn value_of(&self, session: &Session, item: usize, name: &str) -> Item {
        let Item { id, owner_id, .. } = session[self.items[item]];
        Item { id, owner_id, ..new_item(name) }
    }

    fn relate(&mut self, session: &mut Session, step: Step) -> Option<orm::Result<()>> {
        Some(match step {
            Step::SetOwner { item, owner } => {
                let item = chosen(&self.now.items, item)?;
                let owner = owner.and_then(|owner| chosen(&self.now.owners, owner));
                self.now.items.get_mut(&item)?.1 = owner;
                let owner = owner.map(|owner| self.owners[owner]);
                session.set(self.items[item], Item::owner, owner)
            }
            Step::PushItem { owner, item } => {
                let item = chosen(&self.now.items, item)?;
                let owner = chosen(&self.now.owners, owner)?;
                self.now.items.get_mut(&item)?.1 = Some(owner);
                session.push(self.owners[owner], Owner::items, self.items[item]).map(drop)
            }
            Step::RemoveItem { owner, item } => {
                let item = chosen(&self.now.items, item)?;
                let owner = chosen(&self.now.owners, owner)?;
                let of_item = &mut self.now.items.get_mut(&item)?.1;
                if *of_item == Some(owner) {
                    *of_item = None;
                }
                session.remove(self.owners[owner], Owner::items, self.items[item]).map(drop)
            }
            Step::Link { item, label } | Step::LinkFromLabel { item, label } => {
                let item = chosen(&self.now.items, item)?;
                let label = chosen(&self.now.labels, label)?;
                let is_new = self.now.pairs.insert((item, label));
                let (one, other) = (self.items[item], self.labels[label]);
                match step {
                    // A pair that is not loaded may be there already, as with any list.
                    _ if !is_new => Ok(()),
                    Step::Link { .. } => session.push(one, Item::labels, other).map(drop),
                    _ => session.push(other, Label::items, one).map(drop),
                }
            }
            Step::Unlink { item, label } => {
                let item = chosen(&self.now.items, item)?;
                let label = chosen(&self.now.labels, label)?;
                self.now.pairs.remove(&(item, label));
                session.remove(self.items[item], Item::labels, self.labels[label]).map(drop)
            }
            other => self.card(session, other)?,
        })
    }

    fn card(&mut self, session: &mut Session, step: Step) -> Option<orm::Result<()>> {
        Some(match step {
            Step::AddCard { owner } => {
                let owner = owner.and_then(|owner| chosen(&self.now.owners, owner));
                let row = Card::builder();
                self.now.give_card(self.cards.len(), owner);
                self.cards.push(match owner {
                    Some(owner) => session.add(row.owner(self.owners[owner])),
                    None => session.add(row),
                });
                Ok(())
            }
            Step::SetOwnerOfCard { card, owner } => {
                let card = chosen(&self.now.cards, card)?;
                let owner = owner.and_then(|owner| chosen(&self.now.owners, owner));
                self.now.give_card(card, owner);
                let owner = owner.map(|owner| self.owners[owner]);
                session.set(self.cards[card], Card::owner, owner)
            }
            Step::SetCardOfOwner { owner, card } => {
                let owner = chosen(&self.now.owners, owner)?;
                let card = card.and_then(|card| chosen(&self.now.cards, card));
                match card {
                    Some(card) => self.now.give_card(card, Some(owner)),
                    None => self.now.take_card(owner),
                }
                let card = card.map(|card| self.cards[card]);
                session.set(self.owners[owner], Owner::card, card)
            }
            Step::LoadCard(owner) => {
                let owner = chosen(&self.now.owners, owner)?;
                session.load(self.owners[owner], Owner::card).map(drop)
            }
            Step::DeleteCard(card) => {
                let card = chosen(&self.now.cards, card)?;
                self.now.cards.remove(&card);
                session.delete(self.cards[card])
            }
            other => self.delete(session, other)?,
        })
    }

    fn delete(&mut self, session: &mut Session, step: Step) -> Option<orm::Result<()>> {
        Some(match step {
            Step::DeleteOwner(owner) => {
                let owner = chosen(&self.now.owners, owner)?;
                self.now.owners.remove(&owner);
                let items = self.now.items.values_mut().filter(|item| item.1 == Some(owner));
                items.for_each(|item| item.1 = None);
                self.now.take_card(owner);
                session.delete(self.owners[owner])
            }
            Step::DeleteItem(item) => {
                let item = chosen(&self.now.items, item)?;
                self.now.items.remove(&item);
                self.now.pairs.retain(|pair| pair.0 != item);
                session.delete(self.items[item])
            }
            Step::DeleteLabel(label) => {
                let label = chosen(&self.now.labels, label)?;
                self.now.labels.remove(&label);
                self.now.pairs.retain(|pair| pair.1 != label);
                session.delete(self.labels[label])
            }
            other => self.control(session, other)?,
        })
    }

    fn control(&mut self, session: &mut Session, step: Step) -> Option<orm::Result<()>> {
        Some(match step {
            Step::Flush => session.flush(),
            Step::LoadItems(owner) => {
                let owner = chosen(&self.now.owners, owner)?;
                session.load(self.owners[owner], Owner::items).map(drop)
            }
            Step::Refresh(item) => {
                let item = self.items[chosen(&self.now.items, item)?];
                session.flush().and_then(|()| session.refresh(item))
            }
            Step::Savepoint => {
                self.savepoints.push(self.now.clone());
                session.begin_group()
            }
            Step::Release => {
                self.savepoints.pop()?;
                session.flush().and_then(|()| session.end_group(true))
            }
            Step::RollBackSavepoint => {
                self.now = self.savepoints.pop()?;
                session.end_group(false)
            }
            Step::Commit => {
                if !self.savepoints.is_empty() {
                    return None;
                }
                self.committed = self.now.clone();
                session.commit()
            }
            Step::RollBack => {
                self.savepoints.clear();
                self.now = self.committed.clone();
                session.rollback()
            }
            // Entities are the same ones, whichever query meets them.
            _ => Item::query().all(session).and_then(|items| {
                let known = |item| items.contains(&self.items[item]);
                if items.len() != self.now.items.len()
                    || !self.now.items.keys().all(|&item| known(item))
                {
                    return Err(orm::Error::invalid_query(format!("a query returned {items:?}")));
                }
                self.stored(session)
            }),
        })
    }

    /// Compares the tables, as the transaction sees them, with the model.
    fn stored(&self, session: &mut Session) -> orm::Result<()> {
        let conn = session.connection()?;
        let owners = Owner::query().select((Owner::id, Owner::name)).all(conn)?;
        let items = Item::query().select((Item::id, Item::name, Item::owner_id)).all(conn)?;
        let labels = Label::query().select((Label::id, Label::name)).all(conn)?;
        let cards = Card::query().select((Card::id, Card::owner_id)).all(conn)?;
        let pairs: Vec<(i64, i64)> = orm::text("SELECT item_id, label_id FROM item_labels")
            .query::<(i64, i64)>()
            .all(conn)?;
        let owner_id = |owner: usize| session[self.owners[owner]].id;
        let item_id = |item: usize| session[self.items[item]].id;
        let label_id = |label: usize| session[self.labels[label]].id;
        let card_id = |card: usize| session[self.cards[card]].id;
        let now = &self.now;
        let expected: Vec<(i64, String)> =
            now.owners.iter().map(|(&owner, name)| (owner_id(owner), name.clone())).collect();
        check("owners", owners, expected)?;
        let expected = now
            .items
            .iter()
            .map(|(&item, (name, owner))| (item_id(item), name.clone(), owner.map(owner_id)));
        check("items", items, expected.collect())?;
        let expected = now.labels.iter().map(|(&label, name)| (label_id(label), name.clone()));
        check("labels", labels, expected.collect())?;
        let expected = now.cards.iter().map(|(&card, owner)| (card_id(card), owner.map(owner_id)));
        check("cards", cards, expected.collect())?;
        let expected = now.pairs.iter().map(|&(item, label)| (item_id(item), label_id(label)));
        check("pairs", pairs, expected.collect())
    }

    /// Returns how memory differs from the model.
    pub(super) fn difference(&self, session: &Session) -> Option<String> {
        let now = &self.now;
        for (&number, name) in &now.owners {
            let Some(owner) = session.try_get(self.owners[number]) else {
                return Some(format!("owner {number} is gone"));
            };
            let expected = now.items.iter().filter(|(_, item)| item.1 == Some(number));
            let expected: BTreeSet<_> = expected.map(|(&item, _)| self.items[item].id()).collect();
            if let Some(known) = owner.items.entities()
                && known.iter().map(|item| item.id()).collect::<BTreeSet<_>>() != expected
            {
                return Some(format!("owner {number} has the items {known:?}"));
            }
            if owner.name != *name {
                return Some(format!("owner {number} is called {}", owner.name));
            }
        }
        for (&number, (name, owner)) in &now.items {
            let Some(item) = session.try_get(self.items[number]) else {
                return Some(format!("item {number} is gone"));
            };
            let expected = owner.map(|owner| self.owners[owner]);
            if item.owner.entity().is_some_and(|known| known != expected) || item.name != *name {
                return Some(format!("item {number} is {item:?}"));
            }
            let expected = now.pairs.iter().filter(|pair| pair.0 == number);
            let expected: BTreeSet<_> = expected.map(|pair| self.labels[pair.1].id()).collect();
            if let Some(known) = item.labels.entities()
                && known.iter().map(|label| label.id()).collect::<BTreeSet<_>>() != expected
            {
                return Some(format!("item {number} has the labels {known:?}"));
            }
        }
        self.difference_of_cards(session).or_else(|| self.difference_of_labels(session))
    }

    fn difference_of_cards(&self, session: &Session) -> Option<String> {
        let now = &self.now;
        let is_known = |owner: Entity<Owner>| session.try_get(owner)?.card.entity();
        for &number in now.owners.keys() {
            let owner = self.owners[number];
            let mut cards = now.cards.iter().filter(|(_, of)| **of == Some(number));
            let expected = cards.next().map(|(&card, _)| self.cards[card]);
            if is_known(owner).is_some_and(|known| known != expected) {
                return Some(format!("owner {number} has the card {:?}", is_known(owner)));
            }
        }
        for (&number, owner) in &now.cards {
            let Some(card) = session.try_get(self.cards[number]) else {
                return Some(format!("card {number} is gone"));
            };
            // Until the flush nobody knows whose card another one replaces, if that is not loaded.
            let is_open =
                |owner: Option<Entity<Owner>>| owner.is_some_and(|of| is_known(of).is_none());
            let expected = owner.map(|owner| self.owners[owner]);
            if card.owner.entity().is_some_and(|known| known != expected && !is_open(known)) {
                return Some(format!("card {number} is {card:?}"));
            }
        }
        None
    }

    fn difference_of_labels(&self, session: &Session) -> Option<String> {
        for (&number, name) in &self.now.labels {
            if session.try_get(self.labels[number]).is_none_or(|label| label.name != *name) {
                return Some(format!("label {number} is not called {name}"));
            }
        }
        None
    }
}

fn new_item(name: &str) -> Item {
    Item {
        id: 0,
        name: name.to_owned(),
        owner_id: None,
        owner: BelongsTo::default(),
        labels: ManyToMany::default(),
    }
}

fn is_same<M: Model>(merged: Entity<M>, known: Entity<M>) -> orm::Result<()> {
    if merged == known {
        return Ok(());
    }
    Err(orm::Error::invalid_query(format!("a merge returned {merged:?}, not {known:?}")))
}

fn check<T: Ord + std::fmt::Debug>(
    table: &str,
    mut stored: Vec<T>,
    mut expected: Vec<T>,
) -> orm::Result<()> {
    stored.sort();
    expected.sort();
    if stored == expected {
        return Ok(());
    }
    Err(orm::Error::invalid_query(format!("{table}: {stored:?} is stored, not {expected:?}")))
}
