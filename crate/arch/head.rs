//! From tokens to class scores.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::layers::{Linear, Norm};
use crate::parameters::{Ranges, Source};

/// The final norm, pooling, and the linear layer to the classes (Dosovitskiy et al. 2020, equation 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// What the classifier reads.
    pub pool: Pool,
    /// The number of classes.
    pub classes: usize,
}

/// What a classifier reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pool {
    /// The first token.
    First,
    /// The mean of all tokens.
    Mean,
}

/// The parameters of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadArrays<A> {
    /// The final norm.
    pub norm: Norm<A>,
    /// The linear layer to the classes.
    pub classifier: Linear<A>,
}

impl Head {
    /// Where its weights lie in its slice of the flat array.
    #[inline(never)]
    pub fn ranges(&self, width: usize) -> HeadArrays<Range<usize>> {
        self.declare(&mut Ranges::default(), width)
    }

    /// Declares the head behind tokens of this width.
    pub fn declare<S: Source>(&self, source: &mut S, width: usize) -> HeadArrays<S::Array> {
        HeadArrays {
            norm: source.within("norm", |s| Norm::declare(s, width)),
            classifier: source
                .within("head", |s| Linear::declare_classifier(s, width, self.classes)),
        }
    }
}
