//! What a sequence consists of.

use crate::shared::Chance;

/// One step; numbers choose among the rows that there are then.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    AddOwner,
    AddItem {
        owner: Option<u64>,
    },
    AddLabel,
    AddCard {
        owner: Option<u64>,
    },
    /// From the side that has the key.
    SetOwnerOfCard {
        card: u64,
        owner: Option<u64>,
    },
    SetCardOfOwner {
        owner: u64,
        card: Option<u64>,
    },
    LoadCard(u64),
    DeleteCard(u64),
    RenameOwner(u64),
    RenameItem(u64),
    RenameLabel(u64),
    SetOwner {
        item: u64,
        owner: Option<u64>,
    },
    PushItem {
        owner: u64,
        item: u64,
    },
    RemoveItem {
        owner: u64,
        item: u64,
    },
    Link {
        item: u64,
        label: u64,
    },
    LinkFromLabel {
        item: u64,
        label: u64,
    },
    Unlink {
        item: u64,
        label: u64,
    },
    DeleteOwner(u64),
    DeleteItem(u64),
    DeleteLabel(u64),
    /// A value of an item with another name and owner.
    MergeItem {
        item: u64,
        owner: Option<u64>,
    },
    /// A value of an owner that has this item, and a new one.
    MergeOwner {
        owner: u64,
        item: u64,
    },
    /// A value of an item that has this label, which has another name.
    MergeLabel {
        item: u64,
        label: u64,
    },
    ChangeKeyOfOwner(u64),
    ChangeKeyOfItem(u64),
    Flush,
    Query,
    LoadItems(u64),
    Refresh(u64),
    Savepoint,
    Release,
    RollBackSavepoint,
    Commit,
    RollBack,
}

impl Chance {
    fn row(&mut self) -> u64 {
        self.below(1 << 32)
    }

    fn row_or_none(&mut self) -> Option<u64> {
        let row = self.row();
        (self.below(4) > 0).then_some(row)
    }
}

/// Returns a sequence of up to 24 steps.
pub(super) fn steps(chance: &mut Chance) -> Vec<Step> {
    let count = 2 + chance.below(23);
    (0..count).map(|_| step(chance)).collect()
}

fn step(chance: &mut Chance) -> Step {
    let (one, other) = (chance.row(), chance.row());
    match chance.below(44) {
        0 | 1 => Step::AddOwner,
        2..=4 => Step::AddItem { owner: chance.row_or_none() },
        5 => Step::AddLabel,
        6 => Step::RenameOwner(one),
        7 | 8 => Step::RenameItem(one),
        9 => Step::RenameLabel(one),
        10 | 11 => Step::SetOwner { item: one, owner: chance.row_or_none() },
        12 | 13 => Step::PushItem { owner: one, item: other },
        14 => Step::RemoveItem { owner: one, item: other },
        15 | 16 => Step::Link { item: one, label: other },
        17 => Step::LinkFromLabel { item: one, label: other },
        18 => Step::Unlink { item: one, label: other },
        19 => Step::DeleteOwner(one),
        20 => Step::DeleteItem(one),
        21 => Step::DeleteLabel(one),
        22 => Step::Flush,
        23 => Step::Query,
        24 => Step::LoadItems(one),
        25 => Step::Refresh(one),
        26 => Step::Savepoint,
        27 => Step::Release,
        28 => Step::RollBackSavepoint,
        29 | 30 => Step::Commit,
        31 => Step::MergeItem { item: one, owner: chance.row_or_none() },
        32 => Step::MergeOwner { owner: one, item: other },
        33 => Step::MergeLabel { item: one, label: other },
        34 => Step::ChangeKeyOfOwner(one),
        35 => Step::ChangeKeyOfItem(one),
        36 | 37 => Step::AddCard { owner: chance.row_or_none() },
        38 => Step::SetOwnerOfCard { card: one, owner: chance.row_or_none() },
        39 | 40 => Step::SetCardOfOwner { owner: one, card: chance.row_or_none() },
        41 => Step::LoadCard(one),
        42 => Step::DeleteCard(one),
        _ => Step::RollBack,
    }
}
