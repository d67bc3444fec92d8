//! How far a service is on its way to its end.

use tokio::sync::watch;

/// In order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Everything is answered.
    Serving,
    /// No new request is taken, and streams end.
    Stopping,
    /// Nothing is waited for any more.
    CutOff,
}

/// Who hears of it. Clones hear the same.
#[derive(Clone, Debug)]
pub(super) struct Stages(watch::Receiver<Stage>);

/// From now on it serves.
pub(super) fn stages() -> (watch::Sender<Stage>, Stages) {
    let (tell, told) = watch::channel(Stage::Serving);
    (tell, Stages(told))
}

impl Stages {
    /// Waits until a stage is reached. Where nobody is left to tell, all are.
    pub(super) async fn reached(&self, stage: Stage) {
        drop(self.0.clone().wait_for(|now| *now >= stage).await);
    }

    /// Whether it was.
    pub(super) fn is_at(&self, stage: Stage) -> bool {
        *self.0.borrow() >= stage
    }
}
