//! Items and tasks, and the facts about them that stand against restricting a case (C6, C7, D27).

use super::blocking::BlockingFact;
use super::{Deciding, Outcome, TIP};
use crate::facts::number::EntityKey;
use caseward_events::command::{Attachment, Command, ItemAway, ItemInCase};
use caseward_events::event::{Attached, Detached, ItemAdded, ItemCheckedIn, ItemCheckedOut, ItemRemoved};
use caseward_events::{Code, Entity, ItemId, Refusal};
use std::collections::BTreeSet;

impl Deciding<'_> {
    /// The own organization is not another one.
    pub(super) fn judge_elsewhere(&self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::CheckOutItem(ItemAway { organization, .. })
            | Command::CheckInItem(ItemAway { organization, .. })
                if organization == self.own =>
            {
                Err(Refusal::invalid(format!("`{organization}` is this organization; an item goes to another one")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn add_item(&self, ItemInCase { item, case }: &ItemInCase) -> Result<Outcome, Refusal> {
        let number = self.case(case)?;
        let known = self.views.items.items.get(item);
        if known.is_some_and(|item| self.is_in(item, number)) {
            return Ok(Outcome::unchanged());
        }
        let mut facts = Vec::new();
        if let Some(item) = known {
            let others: Vec<_> = self.cases_of(item).collect();
            let shared = others.iter().chain([&number]).copied().filter(|&one| self.is_restricted(one));
            if !others.is_empty() {
                facts.extend(shared.map(|one| {
                    format!(
                        "`{}` would belong to the restricted `{}` and to another case",
                        self.item_ref(item),
                        self.case_ref(one)
                    )
                }));
            }
            if self.is_restricted(number) {
                let mut blocking: Vec<_> = self.away(item).into_iter().collect();
                self.shared_tasks(EntityKey::Item(item), &mut BTreeSet::new(), &mut blocking);
                facts.extend(blocking.into_iter().map(|fact| fact.words));
            }
        }
        not_restricted(&facts)?;
        Ok(Outcome::one(ItemAdded { item: item.clone(), case: case.clone() }))
    }

    pub(super) fn remove_item(&self, ItemInCase { item, case }: &ItemInCase) -> Result<Outcome, Refusal> {
        let number = self.case(case)?;
        if !self.views.items.items.get(item).is_some_and(|item| self.is_in(item, number)) {
            return Ok(Outcome::unchanged());
        }
        Ok(Outcome::one(ItemRemoved { item: item.clone(), case: case.clone() }))
    }

    pub(super) fn check_out_item(&self, ItemAway { item, organization }: &ItemAway) -> Result<Outcome, Refusal> {
        if let Some(known) = self.views.items.items.get(item) {
            if self.views.items.item(known).away.value_at(TIP) == Some(&Some(organization.clone())) {
                return Ok(Outcome::unchanged());
            }
            let restricted = self.cases_of(known).filter(|&case| self.is_restricted(case));
            let facts: Vec<_> = restricted
                .map(|case| format!("`item:{item}` belongs to the restricted `{}`", self.case_ref(case)))
                .collect();
            not_restricted(&facts)?;
        }
        Ok(Outcome::one(ItemCheckedOut { item: item.clone(), organization: organization.clone() }))
    }

    pub(super) fn check_in_item(&self, ItemAway { item, organization }: &ItemAway) -> Outcome {
        let known = self.views.items.items.get(item);
        let away = known.and_then(|item| self.views.items.item(item).away.value_at(TIP)?.as_ref());
        if away != Some(organization) {
            return Outcome::unchanged();
        }
        Outcome::one(ItemCheckedIn { item: item.clone(), organization: organization.clone() })
    }

    pub(super) fn attach(&self, attachment: &Attachment) -> Result<Outcome, Refusal> {
        let Attachment { task, entity } = attachment;
        let key = self.entity(entity)?;
        if self.is_attached(attachment, key) {
            return Ok(Outcome::unchanged());
        }
        let known = self.views.items.tasks.get(task);
        let others: Vec<_> = known
            .map_or_else(Vec::new, |task| self.views.items.task(task).entities.held(TIP).map(|(one, _)| one).collect());
        if !others.is_empty() {
            let all = others.iter().copied().chain(key);
            let restricted = all.flat_map(|one| self.restricted_cases_of(one));
            let mut facts: Vec<_> = restricted
                .map(|case| {
                    format!("`task:{task}` would hold more than one thing, `{}` restricted", self.case_ref(case))
                })
                .collect();
            facts.dedup();
            not_restricted(&facts)?;
        }
        Ok(Outcome::one(Attached { task: task.clone(), entity: entity.clone() }))
    }

    pub(super) fn detach(&self, attachment: &Attachment) -> Result<Outcome, Refusal> {
        let key = self.entity(&attachment.entity)?;
        if !self.is_attached(attachment, key) {
            return Ok(Outcome::unchanged());
        }
        Ok(Outcome::one(Detached { task: attachment.task.clone(), entity: attachment.entity.clone() }))
    }

    /// What stands against restricting a case: all of it, each once.
    pub(super) fn blocking_facts(&self, case: u32) -> Vec<BlockingFact> {
        let items = self.views.case(case).rare().map_or(&[][..], |rare| &rare.items);
        let (mut facts, mut tasks) = (Vec::new(), BTreeSet::new());
        for &item in items.iter().filter(|&&item| self.is_in(item, case)) {
            for other in self.cases_of(item).filter(|&other| other != case) {
                facts.push(BlockingFact::in_other_case(self.item_id(item), self.views.cases.names.id(other)));
            }
            facts.extend(self.away(item));
            self.shared_tasks(EntityKey::Item(item), &mut tasks, &mut facts);
        }
        self.shared_tasks(EntityKey::Case(case), &mut tasks, &mut facts);
        facts
    }

    fn away(&self, item: u32) -> Option<BlockingFact> {
        let away = self.views.items.item(item).away.value_at(TIP)?.as_ref()?;
        Some(BlockingFact::checked_out(self.item_id(item), away))
    }

    /// The tasks, of those that were not told, that it is attached to together with something else.
    fn shared_tasks(&self, entity: EntityKey, told: &mut BTreeSet<u32>, facts: &mut Vec<BlockingFact>) {
        let items = &self.views.items;
        let ever = match entity {
            EntityKey::Item(item) => &items.item(item).tasks[..],
            EntityKey::Case(case) => self.views.case(case).rare().map_or(&[][..], |rare| &rare.tasks),
        };
        for &task in ever {
            let entities = &items.task(task).entities;
            if entities.true_since(entity, TIP).is_none() {
                continue;
            }
            let others: Vec<_> =
                entities.held(TIP).filter(|(one, _)| *one != entity).map(|(one, _)| self.entity_ref(one)).collect();
            if !others.is_empty() && told.insert(task) {
                facts.push(BlockingFact::attached(&self.entity_ref(entity), items.tasks.id(task), others));
            }
        }
    }

    /// The case itself, or those that the item belongs to, where they are restricted.
    fn restricted_cases_of(&self, entity: EntityKey) -> Vec<u32> {
        match entity {
            EntityKey::Case(case) => Some(case).into_iter().filter(|&case| self.is_restricted(case)).collect(),
            EntityKey::Item(item) => self.cases_of(item).filter(|&case| self.is_restricted(case)).collect(),
        }
    }

    fn cases_of(&self, item: u32) -> impl Iterator<Item = u32> {
        self.views.items.item(item).cases.held(TIP).map(|(case, _)| case)
    }

    fn is_in(&self, item: u32, case: u32) -> bool {
        self.views.items.item(item).cases.true_since(case, TIP).is_some()
    }

    fn is_restricted(&self, case: u32) -> bool {
        self.views.case(case).restriction(TIP).is_some()
    }

    /// An item that nothing names yet has no number.
    fn entity(&self, entity: &Entity) -> Result<Option<EntityKey>, Refusal> {
        Ok(match entity {
            Entity::Case(case) => Some(EntityKey::Case(self.case(case)?)),
            Entity::Item(item) => self.views.items.items.get(item).map(EntityKey::Item),
        })
    }

    fn is_attached(&self, attachment: &Attachment, key: Option<EntityKey>) -> bool {
        let known = self.views.items.tasks.get(&attachment.task).zip(key);
        known.is_some_and(|(task, key)| self.views.items.task(task).entities.true_since(key, TIP).is_some())
    }

    fn case_ref(&self, case: u32) -> String {
        format!("case:{}", self.views.cases.names.id(case))
    }

    fn item_id(&self, item: u32) -> &ItemId {
        self.views.items.items.id(item)
    }

    fn item_ref(&self, item: u32) -> String {
        format!("item:{}", self.item_id(item))
    }

    fn entity_ref(&self, entity: EntityKey) -> String {
        match entity {
            EntityKey::Case(case) => self.case_ref(case),
            EntityKey::Item(item) => self.item_ref(item),
        }
    }
}

/// D27: while a case is restricted, what would stand against that is refused.
fn not_restricted(facts: &[String]) -> Result<(), Refusal> {
    if facts.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(Code::CaseRestricted, facts.join("; "))
        .hint("lift the restriction first: caseward lift CASE")
        .fact("facts", facts.to_vec()))
}
