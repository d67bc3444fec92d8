//! The goals for the figures. A missed goal is reported, and fails nothing.

use floors_figures::Samples;
use std::fmt;

/// The goals that were checked so far.
#[derive(Default)]
pub struct Goals(Vec<Goal>);

struct Goal {
    name: String,
    ratio: f64,
    at_most: f64,
}

impl Goals {
    /// Holds a ratio, which is the median over the rounds, to its goal.
    pub fn hold(&mut self, name: impl Into<String>, ratio: &Samples, at_most: f64) {
        self.hold_figure(name, ratio.median(), at_most);
    }

    /// The same for a ratio that was measured once.
    pub fn hold_figure(&mut self, name: impl Into<String>, ratio: f64, at_most: f64) {
        self.0.push(Goal { name: name.into(), ratio, at_most });
    }
}

impl fmt::Display for Goals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Goal { name, ratio, at_most } in &self.0 {
            let met = if ratio <= at_most { "met" } else { "missed" };
            writeln!(f, "goal\t{name}\t{ratio:.2} x\t(at most {at_most})\t{met}")?;
        }
        Ok(())
    }
}
