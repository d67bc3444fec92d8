//! How much is measured.

use floors_data::{Depths, Permissions, Scale};

/// How large each measurement is.
pub struct Size {
    scale: Scale,
    /// Of a race of checks.
    pub rounds: usize,
    /// Of a race of folds, which take seconds.
    pub fold_rounds: usize,
    /// Of a race of appends, which sync.
    pub append_rounds: usize,
    /// Commands of one round, many on their way at once.
    pub appends: usize,
    /// Commands of one round, one after the other.
    pub appends_alone: usize,
    /// Whether ratios mean anything.
    pub holds_goals: bool,
    /// The histories that are asked as of a position, by name.
    pub depths: Vec<(String, Depths)>,
}

impl Size {
    /// What published figures refer to: 300,000 grants.
    pub fn full() -> Size {
        let scale = Scale::default();
        let depths = depths(&[8, 100, 10_000]);
        let (append_rounds, appends, appends_alone) = (9, 50_000, 500);
        Size { scale, rounds: 9, fold_rounds: 5, append_rounds, appends, appends_alone, holds_goals: true, depths }
    }

    /// A hundredth of it, to see that every answer is right. Fixed depths are costly at any scale, so there is one.
    pub fn smoke() -> Size {
        let scale = Scale::small();
        let (append_rounds, appends, appends_alone) = (1, 2_000, 20);
        let depths = depths(&[8]);
        Size { scale, rounds: 1, fold_rounds: 1, append_rounds, appends, appends_alone, holds_goals: false, depths }
    }

    /// Always the same.
    pub fn permissions(&self) -> Permissions {
        Permissions::generate(self.scale.clone())
    }
}

fn depths(fixed: &[u32]) -> Vec<(String, Depths)> {
    let mixed = [("mixed depth".to_owned(), Depths::Mixed)];
    let fixed = fixed.iter().map(|&depth| (format!("depth {depth}"), Depths::Fixed(depth)));
    mixed.into_iter().chain(fixed).collect()
}
