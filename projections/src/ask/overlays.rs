//! What lay over a resource for everybody, and when: restrictions of a case, its completion, access control that was
//! off.
//!
//! INVARIANT: read from the facts that the evaluator reads; what it makes of them is asked of the evaluator alone.

use crate::facts::history::History;
use crate::facts::number::Target;
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use caseward_events::answer::{Overlay, OverlayKind};
use caseward_events::{Resource, Timestamp};

impl AtHand<'_> {
    /// From one instant to before another, as known at a place; by kind, then in order.
    #[must_use]
    pub fn bands(self, target: Target, from: Timestamp, to: Timestamp, known: Pos32) -> Vec<Overlay> {
        let stretch = Stretch { views: self, from, to, known };
        let (case, definition) = match target {
            Target::Case(case) => (Some(self.case(case)), Some(self.case(case).definition)),
            Target::Definition(definition) => (None, Some(definition)),
            Target::Organization => (None, None),
        };
        let mut bands = Vec::new();
        if let Some(restriction) = case.and_then(|case| case.ever_restricted()) {
            bands.extend(stretch.bands(OverlayKind::Restriction, &restriction.on, true));
        }
        if let Some(definition) = definition {
            let access_control = &self.definitions.get(definition).access_control;
            bands.extend(stretch.bands(OverlayKind::AccessControlOff, access_control, false));
        }
        if let Some(case) = case {
            bands.extend(stretch.bands(OverlayKind::Completion, &case.completed, true));
        }
        bands
    }
}

impl AtHand<'_> {
    /// When a case was opened or a definition created, where that was known by then.
    #[must_use]
    pub fn began(self, resource: &Resource, known: Pos32) -> Option<Timestamp> {
        match self.target(resource, known)? {
            Target::Case(case) => Some(self.timeline.time(self.case(case).opened)),
            Target::Definition(definition) => Some(self.timeline.time(self.definitions.get(definition).created)),
            Target::Organization => None,
        }
    }
}

/// What is asked about.
struct Stretch<'a> {
    views: AtHand<'a>,
    from: Timestamp,
    to: Timestamp,
    known: Pos32,
}

impl Stretch<'_> {
    /// Where a fact had a value.
    fn bands(&self, kind: OverlayKind, fact: &History<bool>, wanted: bool) -> Vec<Overlay> {
        let mut bands: Vec<Overlay> = Vec::new();
        let mut open = false;
        for (place, value) in fact.values().take_while(|(place, _)| *place <= self.known) {
            let time = self.views.timeline.time(place);
            // What begins at the end lies outside; what ends there has its end told.
            if time > self.to || time == self.to && !open {
                break;
            }
            match (open, *value == wanted) {
                (false, true) => {
                    bands.push(Overlay {
                        kind,
                        from: time.max(self.from),
                        until: None,
                        events: vec![place.position()],
                    });
                }
                (true, false) => {
                    let last = bands.last_mut().expect("an open one was pushed");
                    last.until = Some(time);
                    last.events.push(place.position());
                }
                _ => {}
            }
            open = *value == wanted;
        }
        bands.retain(|band| band.until.is_none_or(|until| until > band.from));
        bands
    }
}
