//! How much is measured.

use floors_data::{Depths, Permissions, Scale};

/// See the module.
pub struct Size {
    scale: Scale,
    /// Of a race of checks.
    pub rounds: usize,
    /// Of a race of folds, which take seconds.
    pub fold_rounds: usize,
    /// Whether ratios mean anything.
    pub holds_goals: bool,
    /// The histories that are asked as of a position, by name.
    pub depths: Vec<(String, Depths)>,
}

impl Size {
    /// What published figures refer to: 300,000 grants.
    pub fn full() -> Size {
        let scale = Scale::default();
        Size { scale, rounds: 9, fold_rounds: 5, holds_goals: true, depths: depths(&[1, 8, 100, 1_000, 10_000]) }
    }

    /// A hundredth of it, to see that every answer is right. Fixed depths are costly at any scale, so there is one.
    pub fn smoke() -> Size {
        let scale = Scale::small();
        Size { scale, rounds: 1, fold_rounds: 1, holds_goals: false, depths: depths(&[8]) }
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
