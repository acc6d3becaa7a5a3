//! From tokens to class scores (logits).

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::layers::{Linear, Norm};
use crate::parameters::{Ranges, Source};

/// The final norm, the pooling, and the linear classifier (Dosovitskiy et al. 2020, equation 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The input of the classifier.
    pub pool: Pool,
    /// The number of classes.
    pub classes: usize,
}

/// The input of a classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pool {
    /// The first token.
    First,
    /// The mean of all tokens.
    Mean,
    /// The sum of all tokens, weighted with the softmax of a linear layer's scores: sequence pooling (Hassani et al.
    /// 2021, section 3.2).
    Sequence,
    /// The class token and the distillation token, each with its own classifier (Touvron et al. 2021, section 4). The
    /// prediction is the mean of both.
    Distilled,
}

/// The parameters of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadArrays<A> {
    /// The final norm.
    pub norm: Norm<A>,
    /// The linear layer that scores each token, with sequence pooling.
    pub pooling: Option<Linear<A>>,
    /// The linear classifier.
    pub classifier: Linear<A>,
    /// The classifier of the distillation token.
    pub distillation: Option<Linear<A>>,
}

impl Head {
    /// Whether it is plain, so that the fused operations support it: it reads the first token or the mean of all.
    pub fn is_plain(&self) -> bool {
        matches!(self.pool, Pool::First | Pool::Mean)
    }

    /// The ranges of its weights, relative to its slice of the flat array.
    #[inline(never)]
    pub fn ranges(&self, width: usize) -> HeadArrays<Range<usize>> {
        self.declare(&mut Ranges::default(), width)
    }

    /// Declares the head for tokens of this width.
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
