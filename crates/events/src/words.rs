//! Fixed sets of words: each is named once, and reads back from that name.

/// Makes an enum of words: what it is called in events, metrics and rules, and all of them in order.
macro_rules! words {
    ($(#[$of_all:meta])* $what:ident { $($(#[$of_one:meta])* $word:ident = $name:literal,)* }) => {
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        $(#[$of_all])*
        pub enum $what {
            $($(#[$of_one])* #[serde(rename = $name)] $word,)*
        }

        impl $what {
            /// Every one, in order.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$word),*];

            /// The name outside.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$word => $name,)*
                }
            }
        }

        impl std::fmt::Display for $what {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

pub(crate) use words;
