//! Waiting for something to become true.

use std::time::{Duration, Instant};

/// Asks every `pause` until the answer is yes; false if it is not within `patience`.
pub(crate) async fn until(
    patience: Duration,
    pause: Duration,
    mut is_so: impl AsyncFnMut() -> bool,
) -> bool {
    let began = Instant::now();
    while !is_so().await {
        if began.elapsed() > patience {
            return false;
        }
        tokio::time::sleep(pause).await;
    }
    true
}
