//! Votes on what becomes of the material, on the page of its record: which are waited for, which were given, and the form
//! to vote with.

use actix_web::{post, web};
use serde_json::Value as Json;
use service::Draft;
use service::defects::approvals::{self, ApprovalView, NewApproval, NoVote, WantedVotes};
use service::rights::field;
use service::words::{Decision, GoesBackTo, Meaning};

use super::{Look, Rows, again, section, words};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, go};
use crate::web::typed::Typed;
use crate::web::visit::Posted;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(cast_vote);
}

/// How many votes the page shows.
const SHOWN: u8 = 30;

/// The votes on a record's disposition.
#[derive(Default)]
pub(in crate::web) struct Votes {
    pub(in crate::web) rows: Rows<Vote>,
    /// The votes that are asked for: whose, and what there is of it.
    pub(in crate::web) wanted: Vec<Wanted>,
    pub(in crate::web) may_vote: bool,
    /// Why who might vote does not.
    pub(in crate::web) why_not: Option<String>,
    pub(in crate::web) is_signed: bool,
    pub(in crate::web) decisions: Vec<(&'static str, String)>,
    pub(in crate::web) ways_back: Vec<(&'static str, String)>,
    pub(in crate::web) meanings: Vec<(&'static str, String)>,
}

/// A vote that is asked for.
pub(in crate::web) struct Wanted {
    pub(in crate::web) role: String,
    /// The approval rules that ask for it.
    pub(in crate::web) rules: String,
    pub(in crate::web) mark: String,
    pub(in crate::web) tone: &'static str,
}

/// A vote.
pub(in crate::web) struct Vote {
    pub(in crate::web) who: String,
    pub(in crate::web) roles: String,
    pub(in crate::web) decision: String,
    pub(in crate::web) tone: &'static str,
    pub(in crate::web) reason: String,
    pub(in crate::web) at: String,
    pub(in crate::web) round: i64,
    pub(in crate::web) is_signed: bool,
    /// Whether it is about the proposal as it stands.
    pub(in crate::web) stands: bool,
}

impl Votes {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor, page) = (&look.visit.system, &look.visit.actor, &look.page);
        let found = approvals::list(system, actor, look.defect, &look.query(SHOWN)).await?;
        let wanted = approvals::wanted(system, actor, look.id()).await?;
        let votes = look.writes(field::APPROVALS);
        let why_not = wanted.hindrance().filter(|_| votes).map(|why| match why {
            NoVote::Given => page.t("vote-given"),
            NoVote::Own => page.t("vote-own"),
        });
        Ok(Self {
            rows: look.rows("approvals", found, |vote| Vote::of(page, vote)),
            may_vote: votes && why_not.is_none(),
            why_not,
            is_signed: wanted.is_signed,
            wanted: wanted_of(page, wanted),
            decisions: words(page, "decision", Decision::ALL, Decision::word),
            ways_back: words(page, "goes-back-to", GoesBackTo::ALL, GoesBackTo::word),
            meanings: words(page, "meaning", Meaning::ALL, Meaning::word),
        })
    }
}

fn wanted_of(page: &Page, wanted: WantedVotes) -> Vec<Wanted> {
    let votes = wanted.votes.into_iter();
    votes
        .map(|vote| {
            let (mark, tone) = match vote.is_missing {
                true => (page.t("vote-missing"), "warn"),
                false => (page.t("vote-there"), "good"),
            };
            Wanted {
                role: page.word("role", vote.role.word()),
                rules: vote.rules.join(", "),
                mark,
                tone,
            }
        })
        .collect()
}

impl Vote {
    fn of(page: &Page, vote: ApprovalView) -> Self {
        let roles = vote.roles.iter().map(|role| page.word("role", role.word()));
        let roles: Vec<_> = roles.collect();
        Self {
            who: vote.approver.name,
            roles: roles.join(", "),
            decision: page.word("decision", vote.decision.word()),
            tone: match vote.decision {
                Decision::Approve => "good",
                Decision::Reject => "bad",
            },
            reason: vote.reason.unwrap_or_default(),
            at: page.minute(&vote.voted_at),
            round: vote.round,
            is_signed: vote.signature_id.is_some(),
            stands: vote.ended_at.is_none(),
        }
    }
}

/// Votes.
#[post("/defects/{id}/approvals")]
async fn cast_vote(sent: Posted) -> Reply {
    let (id, key) = (sent.id("defect")?, sent.key()?);
    let (draft, if_match) = (cast(&sent.typed), sent.if_match());
    let (system, actor) = (&sent.system, &sent.actor);
    match approvals::cast(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(id, "votes"), Some("voted")),
        Err(error) => again(&sent, id, "vote", sent.typed.clone(), error).await,
    }
}

/// What was typed, as the API takes it.
fn cast(typed: &Typed) -> Draft<NewApproval> {
    Draft::json(&Json::Object(typed.with_object("signature")))
}
