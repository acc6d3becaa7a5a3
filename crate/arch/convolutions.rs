//! Convolutions as a block's mixer.

use serde::{Deserialize, Serialize};

use crate::layers::ConvolutionArrays;
use crate::parameters::Source;

/// Two square convolutions with a GELU between them, as in the residual blocks of He et al. (2016, "Identity mappings
/// in deep residual networks"). They keep the size of the map and the width of the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convolutions {
    /// Window size per side, in tokens; odd.
    pub window: usize,
}

/// The parameters of the convolutions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvolutionsArrays<A> {
    /// Before the GELU.
    pub first: ConvolutionArrays<A>,
    /// After the GELU.
    pub second: ConvolutionArrays<A>,
}

impl Convolutions {
    /// Declares the convolutions for tokens of this width.
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
