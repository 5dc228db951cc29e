//! Who is told of what, and how it leaves: through the service, on every database. What is carried is caught here;
//! that it travels over real connections is shown by the tests of the API.

#![expect(clippy::unwrap_used, reason = "a test")]

mod asked;
mod catcher;
mod outbox;
mod people;
mod reminders;
mod views;
mod webhooks;
