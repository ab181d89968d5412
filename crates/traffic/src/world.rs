//! A world: its people, their labels, and the stream of what arrives.

use std::sync::Arc;

use ringfence_cdr::EventTime;

use crate::attempt::Attempt;
use crate::caller::Campaign;
use crate::counts::Counts;
use crate::emission::Emission;
use crate::kind::Kind;
use crate::local_time::MINUTE;
use crate::network::Network;
use crate::offenders::campaign;
use crate::ordinary::OrdinaryTraffic;
use crate::party::Party;
use crate::plan::{Plan, PlanError};
use crate::setting::Setting;

/// Calls are drawn for so many milliseconds at a time.
const SLICE: i64 = 5 * MINUTE;

/// A generated world. Nothing is stored per record: the traffic is drawn while it is read.
#[derive(Clone, Debug)]
pub struct World {
    setting: Arc<Setting>,
}

/// Makes the world of a plan.
///
/// # Errors
///
/// Every reason why the plan is no world.
pub fn generate(plan: &Plan) -> Result<World, Vec<PlanError>> {
    let problems = plan.problems();
    if problems.is_empty() { Ok(World { setting: Arc::new(Setting::new(plan)) }) } else { Err(problems) }
}

impl World {
    /// All that arrives, in order of arrival; the same each time.
    #[must_use]
    pub fn emissions(&self) -> Emissions {
        let setting = &self.setting;
        let campaigns = setting
            .population
            .ranks()
            .iter()
            .flat_map(|(kind, ranks)| ranks.clone().map_while(|rank| campaign(setting, *kind, rank)))
            .map(|campaign| Planned { next: None, campaign: Some(campaign) })
            .collect();
        Emissions {
            network: Network::new(setting.seed, setting.start, setting.end),
            ordinary: OrdinaryTraffic::new(Arc::clone(setting)),
            campaigns,
            drawn_until: setting.start,
            setting: Arc::clone(setting),
        }
    }

    /// The label of every number of the carrier.
    pub fn labels(&self) -> impl Iterator<Item = (Party, Kind)> + '_ {
        let population = &self.setting.population;
        population.ranks().iter().flat_map(|(kind, ranks)| ranks.clone().map(|rank| (population.number(rank), *kind)))
    }

    /// The numbers that are telemarketing cards, ascending.
    #[must_use]
    pub fn telemarketing_cards(&self) -> Vec<Party> {
        let mut cards: Vec<Party> = self
            .labels()
            .take_while(|(_, kind)| *kind != Kind::Subscriber)
            .filter(|(_, kind)| kind.has_card())
            .map(|(number, _)| number)
            .collect();
        cards.sort_unstable();
        cards
    }

    /// The first instant of the world.
    #[must_use]
    pub fn start(&self) -> EventTime {
        EventTime(self.setting.start)
    }

    /// The first instant after the world's calls; some of their records arrive later.
    #[must_use]
    pub fn end(&self) -> EventTime {
        EventTime(self.setting.end)
    }
}

/// A campaign and the first of its attempts that was not made yet.
#[derive(Debug)]
struct Planned {
    next: Option<Attempt>,
    campaign: Option<Box<dyn Campaign>>,
}

impl Planned {
    /// The next attempt before `until`.
    fn take(&mut self, until: i64) -> Option<Attempt> {
        if self.next.is_none() {
            self.next = self.campaign.as_mut().and_then(|campaign| campaign.next());
            if self.next.is_none() {
                self.campaign = None;
            }
        }
        self.next.take_if(|attempt| attempt.at < until)
    }
}

/// All that arrives from a world, in order of arrival.
///
/// What is held at any time is what is on its way: a few minutes of records, the late files, the rest of long calls.
#[derive(Debug)]
pub struct Emissions {
    setting: Arc<Setting>,
    ordinary: OrdinaryTraffic,
    campaigns: Vec<Planned>,
    network: Network,
    drawn_until: i64,
}

impl Emissions {
    /// What was made so far; complete once the stream has ended.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.network.counts
    }

    /// The most records that were held at once so far.
    #[must_use]
    pub fn held_most(&self) -> usize {
        self.network.arrivals.held_most()
    }

    fn draw_slice(&mut self) {
        let from = self.drawn_until;
        // Slices end on full slices of the clock, so that none spans two hours of the day.
        let until = ((from.div_euclid(SLICE) + 1) * SLICE).min(self.setting.end);
        let network = &mut self.network;
        self.ordinary.slice(from, until, |attempt| network.record(&attempt));
        for planned in &mut self.campaigns {
            while let Some(attempt) = planned.take(until) {
                network.record(&attempt);
            }
        }
        self.drawn_until = until;
    }
}

impl Iterator for Emissions {
    type Item = Emission;

    fn next(&mut self) -> Option<Emission> {
        loop {
            let finished = self.drawn_until >= self.setting.end;
            let frontier = if finished { i64::MAX } else { self.drawn_until };
            if let Some(emission) = self.network.arrivals.next(frontier) {
                return Some(emission);
            }
            if finished {
                return None;
            }
            self.draw_slice();
        }
    }
}
