//! Convolutions as the mixer of a block.

use serde::{Deserialize, Serialize};

use crate::layers::ConvolutionArrays;
use crate::parameters::Source;

/// Two square convolutions of the map with a GELU between, as in the residual blocks of He et al. (2016, "Identity mappings
/// in deep residual networks"), which leave the map as large and the tokens as wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convolutions {
    /// Tokens per side of their windows; an odd number.
    pub window: usize,
}

/// The parameters of these convolutions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvolutionsArrays<A> {
    /// Before the GELU.
    pub first: ConvolutionArrays<A>,
    /// Behind it.
    pub second: ConvolutionArrays<A>,
}

impl Convolutions {
    /// Declares the convolutions of tokens of this width.
    pub(crate) fn declare<S: Source>(
        &self,
        source: &mut S,
        width: usize,
    ) -> ConvolutionsArrays<S::Array> {
        let mut convolution = |name| {
            source
                .within(name, |s| ConvolutionArrays::declare(s, [width, width], self.window, true))
        };
        ConvolutionsArrays { first: convolution("conv1"), second: convolution("conv2") }
    }
}
