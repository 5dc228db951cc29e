//! The run on one database: its servers side by side, each loaded in its turn.

use std::time::Duration;

use super::Plan;
use super::ask::Questions;
use super::book::{Book, Case, Measure, Quantity};
use super::contender::{Contender, Server};
use super::data::Site;
use super::place::Place;
use crate::Failure;
use crate::database::Engine;

/// What comes before a load is counted.
const WARM_UP_SECONDS: u32 = 1;
/// After the last answer that was counted, others may still be on their way.
const SETTLE: Duration = Duration::from_millis(300);

/// Makes the data, and measures what the plan wants.
pub(super) async fn on(engine: Engine, plan: &Plan, book: &mut Book) -> Result<(), Failure> {
    let site = Site::open(engine, &plan.folder).await?;
    let run = Run {
        plan,
        site: &site,
        book,
    };
    let done = run.all().await;
    site.close().await?;
    done
}

struct Run<'a> {
    plan: &'a Plan,
    site: &'a Site,
    book: &'a mut Book,
}

/// A server on data of its own, and what it is asked.
struct Entrant {
    contender: Contender,
    questions: Questions,
    records: u32,
}

impl Run<'_> {
    async fn all(mut self) -> Result<(), Failure> {
        let entries = self.make().await?;
        if self.plan.prepare {
            return Ok(());
        }
        let mut places = Vec::new();
        for (server, records) in &entries {
            places.push(self.site.copy(*server, *records).await?);
        }
        if self.plan.measures.contains(&Measure::Start) {
            self.start_again_and_again(&entries, &places).await?;
        }
        if self.loads().next().is_some() {
            self.load(&entries, places).await?;
        }
        for (server, records) in entries {
            self.site.forget(server, records).await?;
        }
        Ok(())
    }

    fn loads(&self) -> impl Iterator<Item = Measure> {
        let wanted =
            |measure: &Measure| *measure != Measure::Start && self.plan.measures.contains(measure);
        Measure::ALL.into_iter().filter(wanted)
    }

    /// Makes the data; which servers run on how many records.
    async fn make(&self) -> Result<Vec<(Server, u32)>, Failure> {
        let mut entries = Vec::new();
        for records in &self.plan.records {
            let mut made = Vec::new();
            for server in Server::of(self.site.engine()) {
                if !self.plan.servers.contains(server) {
                    continue;
                }
                let kind = server.kind();
                if !made.contains(&kind) {
                    self.site.make(kind, *records, self.plan.anew).await?;
                    made.push(kind);
                }
                entries.push((*server, *records));
            }
        }
        Ok(entries)
    }

    /// How long a start takes; the first one of each is not counted.
    async fn start_again_and_again(
        &mut self,
        entries: &[(Server, u32)],
        places: &[Place],
    ) -> Result<(), Failure> {
        for round in 0..=self.plan.rounds {
            let entries = entries.iter().zip(places);
            for ((server, records), place) in
                entries.filter(|((server, _), _)| Measure::Start.is_for(*server))
            {
                let started = Contender::start(*server, place.clone(), &self.site.folder).await?;
                let ready = started.ready_after.as_secs_f64() * 1e3;
                started.stop().await?;
                if round > 0 {
                    let case = self.case(*server, Measure::Start, *records);
                    self.book.add(case, &[(Quantity::Ready, ready)])?;
                }
            }
        }
        Ok(())
    }

    async fn load(&mut self, entries: &[(Server, u32)], places: Vec<Place>) -> Result<(), Failure> {
        let mut entrants = Vec::new();
        for ((server, records), place) in entries.iter().zip(places) {
            let mut contender = Contender::start(*server, place, &self.site.folder).await?;
            contender.sign_in().await?;
            entrants.push(Entrant {
                questions: Questions::of(&contender, *records).await?,
                contender,
                records: *records,
            });
        }
        for measure in self.loads().collect::<Vec<_>>() {
            self.measure(measure, &mut entrants).await?;
        }
        for entrant in entrants {
            let memory = entrant.contender.memory();
            let case = self.case(entrant.contender.server, Measure::Start, entrant.records);
            let numbers = [
                (Quantity::Memory, memory.now),
                (Quantity::Peak, memory.peak),
            ];
            self.book.add(case, &numbers)?;
            entrant.contender.stop().await?;
        }
        Ok(())
    }

    /// All rounds of one measure; the order of the servers moves on by one each round.
    async fn measure(&mut self, measure: Measure, entrants: &mut [Entrant]) -> Result<(), Failure> {
        let mut chosen = Vec::new();
        for entrant in entrants {
            if measure.is_for(entrant.contender.server) {
                if measure == Measure::Deep {
                    entrant.questions.dive(&entrant.contender).await?;
                }
                let asked = entrant.questions.ask(&entrant.contender, measure, 0);
                asked.try_once(&entrant.contender).await?;
                let load = asked.load(&entrant.contender, WARM_UP_SECONDS);
                load.run(&self.site.folder).await?;
                chosen.push(entrant);
            }
        }
        for round in 1..=self.plan.rounds {
            for turn in 0..chosen.len() {
                let place = (turn + round as usize) % chosen.len();
                if let Some(entrant) = chosen.get(place) {
                    self.once(measure, entrant, round).await?;
                }
            }
        }
        Ok(())
    }

    /// One load on one server; what it acknowledged must be there.
    async fn once(
        &mut self,
        measure: Measure,
        entrant: &Entrant,
        round: u32,
    ) -> Result<(), Failure> {
        let Entrant {
            contender,
            questions,
            records,
        } = entrant;
        let count = async || match measure.adds() {
            true => {
                self.site
                    .count(&contender.place, contender.server.kind())
                    .await
            }
            false => Ok(0),
        };
        tokio::time::sleep(SETTLE).await;
        let before = count().await?;
        let asked = questions.ask(contender, measure, round);
        let load = asked.load(contender, self.plan.seconds);
        let cpu = contender.cpu();
        let outcome = load.run(&self.site.folder).await?;
        let cpu = contender.cpu() - cpu;
        tokio::time::sleep(SETTLE).await;
        let requests = outcome.requests as f64;
        if measure.adds() {
            let added = count().await? - before;
            let most = outcome.requests + u64::from(measure.connections());
            if !(outcome.requests..=most).contains(&added) {
                let (name, acknowledged) = (contender.server.name(), outcome.requests);
                return Err(format!("{name} acknowledged {acknowledged} and added {added}").into());
            }
        }
        let numbers = [
            (Quantity::Rate, requests / outcome.seconds),
            (Quantity::P50, outcome.p50),
            (Quantity::P99, outcome.p99),
            (Quantity::Cpu, cpu as f64 / requests),
        ];
        let case = self.case(contender.server, measure, *records);
        eprintln!(
            "{} {} {} {records}: {:.0}/s, p99 {:.2} ms",
            case.engine.name(),
            measure.title(),
            contender.server.name(),
            requests / outcome.seconds,
            outcome.p99,
        );
        self.book.add(case, &numbers)
    }

    fn case(&self, server: Server, measure: Measure, records: u32) -> Case {
        Case {
            engine: self.site.engine(),
            server,
            measure,
            records,
        }
    }
}
