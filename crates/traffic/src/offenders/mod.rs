//! Those who do what they should not, each in its own way.

mod burst_dialler;
mod complaint_magnet;
mod dial_blaster;
mod grid_straddler;
mod late_file;
mod new_sim_burst;
mod night_caller;
mod repeat_dialler;
mod robocaller;
mod slow_scanner;
mod spoofed;
mod wangiri;

use std::sync::Arc;

use crate::caller::{Caller, Campaign};
use crate::kind::Kind;
use crate::setting::Setting;
use crate::telemarketer::Telemarketer;

/// The campaign of the caller of a rank; `None` for the kinds that call as ordinary people do.
pub(crate) fn campaign(setting: &Arc<Setting>, kind: Kind, rank: u64) -> Option<Box<dyn Campaign>> {
    let caller = Caller::new(setting, kind, rank);
    Some(match kind {
        Kind::Subscriber | Kind::Business => return None,
        Kind::Telemarketer => Box::new(Telemarketer::new(caller)),
        Kind::DialBlaster => Box::new(dial_blaster::DialBlaster::new(caller)),
        Kind::BurstDialler => Box::new(burst_dialler::BurstDialler::new(caller)),
        Kind::RepeatDialler => Box::new(repeat_dialler::RepeatDialler::new(caller)),
        Kind::NightCaller => Box::new(night_caller::NightCaller::new(caller)),
        Kind::Robocaller => Box::new(robocaller::Robocaller::new(caller)),
        Kind::ComplaintMagnet => Box::new(complaint_magnet::ComplaintMagnet::new(caller)),
        Kind::SlowScanner => Box::new(slow_scanner::SlowScanner::new(caller)),
        Kind::NewSimBurst => Box::new(new_sim_burst::NewSimBurst::new(caller)),
        Kind::Wangiri => Box::new(wangiri::Wangiri::new(caller)),
        Kind::GridStraddler => Box::new(grid_straddler::GridStraddler::new(caller)),
        Kind::LateFileOffender => Box::new(late_file::LateFileOffender::new(caller)),
        Kind::Spoofed => Box::new(spoofed::Spoofed::new(setting, caller, rank)),
    })
}
