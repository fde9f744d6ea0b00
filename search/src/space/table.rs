//! What the tables of unary and binary operations have in common.

/// The enum of a table's operations, in which a row is a variant, its name, its aliases, its formula, and the formula with the cell's
/// bound where that is another.
macro_rules! operations {
    (
        $(#[$docs:meta])*
        pub enum $Table:ident { $($variant:ident $name:literal $aliases:tt $formula:literal $(=> $bounded:literal)?;)* }
    ) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the row of the table documents the operation")]
        pub enum $Table { $($variant),* }

        impl $Table {
            /// Every operation, in the order of the table; those of the default space come first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in genotypes.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Other names that are read for it.
            pub fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &$aliases),* }
            }

            /// The formula in the names of its arguments and trainable constants, with the cell's bound or without it.
            pub fn formula(self, bounded: bool) -> &'static str {
                match self {
                    $(Self::$variant => {
                        let forms = [$formula, $($bounded)?];
                        forms[usize::from(bounded).min(forms.len() - 1)]
                    })*
                }
            }

            /// Whether the cell's bound changes the function.
            pub fn is_bounded(self) -> bool {
                self.formula(true) != self.formula(false)
            }
        }
    };
}
pub(super) use operations;
