//! What leaves the server: calls and mails over real connections, to receivers of good and of ill will.

mod calls;
mod mails;
mod receiver;
mod smtp;
mod translators;
