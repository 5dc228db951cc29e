//! What people have of their own, besides records: how it is made, through the API.

use serde_json::json;
use testkit::PASSWORD;

use super::objects::{NOWHERE, Object, Objects};
use super::people::Caller;

impl Objects<'_> {
    /// An API token.
    pub(super) async fn token(&self, caller: &Caller, object: Object) -> Option<Vec<String>> {
        let new = json!({"name": "mes"});
        let owner = match object {
            Object::Missing => return Some(vec![NOWHERE.to_string()]),
            Object::Nonsense => return Some(vec!["-1".to_owned()]),
            Object::Foreign => self.stranger_session.clone(),
            _ => {
                self.api
                    .sign_in_as(&caller.actor.as_ref()?.name, PASSWORD)
                    .await
            }
        };
        let id = self.made(&owner, "/me/tokens", &new).await;
        if object == Object::Deleted {
            self.deleted(&owner, &format!("/me/tokens/{id}")).await;
        }
        Some(vec![id])
    }

    /// A session, begun for this.
    pub(super) async fn session(&self, caller: &Caller, object: Object) -> Option<Vec<String>> {
        let name = match object {
            Object::Missing => return Some(vec![NOWHERE.to_string()]),
            Object::Nonsense => return Some(vec!["1.5".to_owned()]),
            Object::Foreign => &self.stranger.name,
            _ => &caller.actor.as_ref()?.name,
        };
        let session = self.api.sign_in_as(name, PASSWORD).await;
        let listed = self.api.get(&session, "/me/sessions").await.json();
        // The newest is the first.
        let newest = &listed["items"][0];
        assert_eq!(newest["is_current"], true, "{listed}");
        let id = newest["id"].to_string();
        if object == Object::Deleted {
            self.deleted(&session, &format!("/me/sessions/{id}")).await;
        }
        Some(vec![id])
    }
}
