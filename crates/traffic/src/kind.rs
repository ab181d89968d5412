//! The kinds of number in a world: the labels that a detection is measured against.

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, card: $card:literal, offends: $offends:literal, complaints: $complaints:literal;)*) => {
        /// What kind of caller a number is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $variant,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The label in truth files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Whether its number is on the list of telemarketing cards.
            #[must_use]
            pub fn has_card(self) -> bool {
                match self {
                    $(Self::$variant => $card,)*
                }
            }

            /// Whether it does what it should not. A spoofed number does nothing wrong: others do, in its name.
            #[must_use]
            pub fn offends(self) -> bool {
                match self {
                    $(Self::$variant => $offends,)*
                }
            }

            /// How many of a million of its answered calls are complained of.
            pub(crate) fn complaints_per_million(self) -> u64 {
                match self {
                    $(Self::$variant => $complaints,)*
                }
            }
        }
    };
}

kinds! {
    /// A person with friends and a family.
    Subscriber = "subscriber", card: false, offends: false, complaints: 20;
    /// A small business: many calls, many of them to regular customers.
    Business = "business", card: false, offends: false, complaints: 150;
    /// A telemarketing card that keeps within every limit of a sensible pack.
    Telemarketer = "telemarketer", card: true, offends: false, complaints: 2_000;
    /// More than a hundred short calls an hour, to as many people.
    DialBlaster = "dialBlaster", card: true, offends: true, complaints: 4_000;
    /// Calls one person dozens of times within an hour.
    BurstDialler = "burstDialler", card: false, offends: true, complaints: 30_000;
    /// Calls the same few people again and again, all day.
    RepeatDialler = "repeatDialler", card: true, offends: true, complaints: 4_000;
    /// A telemarketing card that calls in quiet hours.
    NightCaller = "nightCaller", card: true, offends: true, complaints: 10_000;
    /// Hundreds of calls of seconds an hour, each to someone else.
    Robocaller = "robocaller", card: false, offends: true, complaints: 3_000;
    /// Calls no more than an honest card does, and is complained of by many.
    ComplaintMagnet = "complaintMagnet", card: true, offends: true, complaints: 120_000;
    /// Calls strangers all day below every hourly limit, runs of neighbouring numbers, nobody twice.
    SlowScanner = "slowScanner", card: false, offends: true, complaints: 2_000;
    /// A new card whose first hours are a burst of calls.
    NewSimBurst = "newSimBurst", card: false, offends: true, complaints: 4_000;
    /// Rings many people once and hangs up.
    Wangiri = "wangiri", card: false, offends: true, complaints: 0;
    /// Breaks a limit per hour in one exact hour that no grid of hours or minutes contains.
    GridStraddler = "gridStraddler", card: true, offends: true, complaints: 1_000;
    /// Breaks a limit per hour, but part of its calls arrive in a file that is late.
    LateFileOffender = "lateFileOffender", card: true, offends: true, complaints: 1_000;
    /// An honest telemarketing card in whose name a robocaller's calls come in at a gateway.
    Spoofed = "spoofed", card: true, offends: false, complaints: 2_000;
}

impl Kind {
    /// The kinds that act by a plan of their own rather than as one of many, in the order of their ranks.
    pub(crate) const WITH_CAMPAIGN: [Self; 13] = [
        Self::DialBlaster,
        Self::BurstDialler,
        Self::RepeatDialler,
        Self::NightCaller,
        Self::Robocaller,
        Self::ComplaintMagnet,
        Self::SlowScanner,
        Self::NewSimBurst,
        Self::Wangiri,
        Self::GridStraddler,
        Self::LateFileOffender,
        Self::Telemarketer,
        Self::Spoofed,
    ];
}
