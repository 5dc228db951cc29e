//! How often is too often: failures at signing in, at set-up and with a supplier's link always, requests where `DMT_RATE_LIMIT` asks for it.
//!
//! Sign-in counts failures alone, by address and by the name that was given, whether a user has it or not, so that
//! a 429 tells nothing about users; the pause of an account is the service's and stands beside it. Each server
//! counts for itself: behind several, the limits are so many times as high. What is remembered is bounded, see
//! [`store`].

mod rate;
mod store;

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter};
use service::token;

use crate::extract;
use crate::problem::Problem;
use crate::state::State;
use crate::web::session_token;
use store::{Ask, Store};

pub use rate::Rate;

/// What is left to the caller (draft-ietf-httpapi-ratelimit-headers-10).
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What he may do in all, from the same draft.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// Failures at once, and as many again in each five minutes.
#[rustfmt::skip]
const FAILURES: [(&str, u32); 4] = [
    // A shift that signs in from behind one address mistypes more often than one person.
    ("sign-in-address", 30),
    // An account that exists is paused by the service long before.
    ("sign-in-name", 20),
    ("set-up", 10),
    // A link is opened by a click; who tries others than his own is stopped.
    ("supplier-link", 30),
];

/// What is never limited: it has to answer those who watch the server.
pub const EXEMPT: [&str; 3] = ["/health", "/ready", "/metrics"];

/// A limit as clients are told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    name: &'static str,
    quota: NonZeroU32,
    window: Duration,
}

/// How a caller stands with a limit; [`wait`](Self::wait) says whether it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    policy: Policy,
    left: u32,
    wait: Option<u64>,
}

impl Standing {
    /// The seconds after which the next try makes sense, where there have been too many.
    pub fn wait(&self) -> Option<u64> {
        self.wait
    }

    /// `RateLimit-Policy` and `RateLimit`.
    pub fn fields(&self) -> [(HeaderName, String); 2] {
        let Policy {
            name,
            quota,
            window,
        } = self.policy;
        let policy = format!("\"{name}\";q={quota};w={}", window.as_secs().max(1));
        let after = self.wait.map(|wait| format!(";t={wait}"));
        let limit = format!("\"{name}\";r={}{}", self.left, after.unwrap_or_default());
        [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, limit)]
    }
}

/// One limit, counted apart for each key.
struct Limiter<K: Hash + Eq + Clone, C: Clock = MonotonicClock> {
    policy: Policy,
    states: RateLimiter<Ask<K>, Store<K>, C, StateInformationMiddleware>,
}

impl<K: Hash + Eq + Clone, C: Clock> Limiter<K, C> {
    fn new(name: &'static str, quota: NonZeroU32, window: Duration, clock: C) -> Self {
        // One nanosecond is the least that governor counts with; rates stay far above.
        let each = (window / quota.get()).max(Duration::from_nanos(1));
        let burst = Quota::with_period(each)
            .unwrap_or_else(|| Quota::per_second(quota))
            .allow_burst(quota);
        let policy = Policy {
            name,
            quota,
            window,
        };
        let states = RateLimiter::new(burst, Store::default(), clock);
        Self { policy, states }
    }

    /// Whether one more would be too many; counts nothing.
    fn look(&self, key: K) -> Result<(), Standing> {
        self.ask(&Ask { key, take: false }).map(drop)
    }

    /// Counts one more, unless that is too many.
    fn count(&self, key: K) -> Result<Standing, Standing> {
        self.ask(&Ask { key, take: true })
    }

    fn ask(&self, ask: &Ask<K>) -> Result<Standing, Standing> {
        let policy = self.policy;
        match self.states.check_key(ask) {
            Ok(state) => Ok(Standing {
                policy,
                left: state.remaining_burst_capacity(),
                wait: None,
            }),
            Err(refused) => {
                let wait = refused.wait_time_from(self.states.clock().now());
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                Err(Standing {
                    policy,
                    left: 0,
                    wait: Some(seconds.max(1)),
                })
            }
        }
    }
}

/// Who asks, as far as requests are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Caller {
    User(Option<i64>),
    Place(Place),
}

/// Where somebody asks from: an IPv4 address, or the IPv6 network that a customer is given whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place(Option<IpAddr>);

impl Place {
    /// Of a client's address.
    pub fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                Ipv6Addr::from(network).into()
            }
        }))
    }
}

/// All limits of a server.
pub struct Limits {
    sign_in_places: Limiter<Place>,
    sign_in_names: Limiter<String>,
    set_ups: Limiter<Place>,
    links: Limiter<Place>,
    requests: Option<Limiter<Caller>>,
}

impl Limits {
    /// Nothing counted yet; requests are counted where there is a rate for them.
    pub fn new(requests: Option<Rate>) -> Self {
        let [places, names, set_ups, links] = FAILURES
            .map(|(name, failures)| (name, NonZeroU32::new(failures).unwrap_or(NonZeroU32::MIN)));
        let counts = |rate: Rate| Limiter::new("requests", rate.count, rate.window, MonotonicClock);
        Self {
            sign_in_places: Limiter::new(places.0, places.1, FIVE_MINUTES, MonotonicClock),
            sign_in_names: Limiter::new(names.0, names.1, FIVE_MINUTES, MonotonicClock),
            set_ups: Limiter::new(set_ups.0, set_ups.1, FIVE_MINUTES, MonotonicClock),
            links: Limiter::new(links.0, links.1, FIVE_MINUTES, MonotonicClock),
            requests: requests.map(counts),
        }
    }

    /// Refuses whoever has failed to sign in too often, before his password is looked at.
    pub fn before_sign_in(&self, place: Place, name: &str) -> Result<(), Problem> {
        let (by_place, by_name) = (
            self.sign_in_places.look(place),
            self.sign_in_names.look(name.to_lowercase()),
        );
        by_place.and(by_name).map_err(sign_in_refused)
    }

    /// Counts a failure. Of many that were sent at once, those beyond the limit learn no more than that.
    pub fn after_refused_sign_in(&self, place: Place, name: &str) -> Result<(), Problem> {
        let (by_place, by_name) = (
            self.sign_in_places.count(place),
            self.sign_in_names.count(name.to_lowercase()),
        );
        by_place.and(by_name).map(drop).map_err(sign_in_refused)
    }

    /// Refuses whoever has tried too many set-up tokens.
    pub fn before_set_up(&self, place: Place) -> Result<(), Problem> {
        self.set_ups.look(place).map_err(Problem::too_many)
    }

    /// Refuses whoever has tried too many links that open nothing.
    pub fn before_link(&self, place: Place) -> Result<(), Problem> {
        self.links.look(place).map_err(Problem::too_many)
    }

    /// Counts a link that opens nothing.
    pub fn after_refused_link(&self, place: Place) -> Result<(), Problem> {
        self.links.count(place).map(drop).map_err(Problem::too_many)
    }

    /// Counts a wrong set-up token.
    pub fn after_refused_set_up(&self, place: Place) -> Result<(), Problem> {
        let counted = self.set_ups.count(place);
        counted.map(drop).map_err(Problem::too_many)
    }
}

fn sign_in_refused(standing: Standing) -> Problem {
    // RFC 6749 has no code for it; RFC 8628 gives this one to clients that ask for tokens too often.
    Problem::too_many(standing).oauth("slow_down")
}

/// Where a request comes from.
pub fn place(state: &State, request: &HttpRequest) -> Place {
    let peer = request.peer_addr().map(|peer| peer.ip());
    Place::of(state.proxies.client(peer, request.headers()))
}

/// Counts every request where a rate is set: by user, or by address where no good token comes with it.
pub async fn enforce<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let state = request.app_data::<Data<State>>().cloned();
    let limits = state.as_ref().and_then(|state| {
        let limiter = state.limits.requests.as_ref()?;
        (!EXEMPT.contains(&request.path())).then_some((state, limiter))
    });
    let Some((state, limiter)) = limits else {
        return next.call(request).await;
    };
    match limiter.count(caller(state, request.request()).await) {
        Ok(standing) => {
            let mut response = next.call(request).await?;
            for (name, value) in standing.fields() {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    // A narrower limit that was reached has told of itself already.
                    if !response.headers().contains_key(&name) {
                        response.headers_mut().insert(name, value);
                    }
                }
            }
            Ok(response)
        }
        Err(standing) => Err(Problem::too_many(standing).into()),
    }
}

async fn caller(state: &State, request: &HttpRequest) -> Caller {
    // Whatever is wrong with the token, the handler says it.
    if let Ok(actor) = extract::sign_in(&state.system, request).await {
        return Caller::User(actor.id);
    }
    // Found out for this alone: the API takes no cookie.
    if let Some(token) = session_token(request)
        && let Ok(actor) = token::authenticate(&state.system, &token).await
    {
        return Caller::User(actor.id);
    }
    Caller::Place(place(state, request))
}

#[cfg(test)]
mod tests;
