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
    /// The sum of all tokens, each weighed with a softmax over what a linear layer says of them: sequence pooling (Hassani
    /// et al. 2021, section 3.2).
    Sequence,
    /// The class token and the distillation token, with a classifier each (Touvron et al. 2021, section 4). Their mean
    /// counts.
    Distilled,
}

/// The parameters of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadArrays<A> {
    /// The final norm.
    pub norm: Norm<A>,
    /// The layer that says how much each token counts, with sequence pooling.
    pub pooling: Option<Linear<A>>,
    /// The linear layer to the classes.
    pub classifier: Linear<A>,
    /// That of the distillation token.
    pub distillation: Option<Linear<A>>,
}

impl Head {
    /// Whether it reads the first token, or the mean of all: the plain kind, which fused operations know.
    pub fn is_plain(&self) -> bool {
        matches!(self.pool, Pool::First | Pool::Mean)
    }

    /// Where its weights lie in its slice of the flat array.
    #[inline(never)]
    pub fn ranges(&self, width: usize) -> HeadArrays<Range<usize>> {
        self.declare(&mut Ranges::default(), width)
    }

    /// Declares the head behind tokens of this width.
    pub fn declare<S: Source>(&self, source: &mut S, width: usize) -> HeadArrays<S::Array> {
        let norm = source.within("norm", |s| Norm::declare(s, width));
        let pooling = (self.pool == Pool::Sequence)
            .then(|| source.within("attention_pool", |s| Linear::declare(s, width, 1)));
        let mut classifier =
            |name| source.within(name, |s| Linear::declare_classifier(s, width, self.classes));
        HeadArrays {
            norm,
            pooling,
            classifier: classifier("head"),
            distillation: (self.pool == Pool::Distilled).then(|| classifier("head_dist")),
        }
    }
}
