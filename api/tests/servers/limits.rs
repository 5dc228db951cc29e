//! Rate limits behind several servers: each counts for itself, as documented.

use reqwest::Method;
use testkit::{TestDatabase, each_db};

use crate::client::Plant;

each_db! {
    async fn each_server_counts_requests_for_itself(t: TestDatabase) {
        let plant = Plant::with(&t.url, 3, &[("DMT_RATE_LIMIT", "5/h")]).await;
        for server in 1..3 {
            for left in (0..5).rev() {
                let answer = plant.ask(server, Method::GET, "/me").send().await.unwrap();
                assert_eq!(answer.status(), 200);
                let told = answer.headers()["ratelimit"].to_str().unwrap();
                assert_eq!(told, format!("\"requests\";r={left}"));
            }
            let refused = plant.ask(server, Method::GET, "/me").send().await.unwrap();
            assert_eq!(refused.status(), 429);
            assert_eq!(refused.headers()["retry-after"], "720");
        }
    }
}
