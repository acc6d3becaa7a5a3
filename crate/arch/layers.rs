//! The basic layers and their parameters.

use std::ops::Range;

use crate::parameters::{Init, ParameterRole, Source};

/// The parameters of a linear layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linear<A> {
    /// The matrix, `[input, output]`.
    pub matrix: A,
    /// The bias, `[output]`.
    pub bias: A,
}

impl<A> Linear<A> {
    /// Declares a linear layer with the initialization of Glorot and Bengio (2010).
    pub fn declare<S: Source<Array = A>>(source: &mut S, input: usize, output: usize) -> Self {
        Self::declare_parts(source, input, output, 1)
    }

    /// The same for `parts` layers of the same size, stored side by side, that share their input.
    pub fn declare_parts<S: Source<Array = A>>(
        source: &mut S,
        input: usize,
        output: usize,
        parts: usize,
    ) -> Self {
        let shape = [parts * output, input];
        Self::of(source, shape, ParameterRole::Matrix { parts }, Init::XavierUniform)
    }

    /// Declares a classifier, initialized to zero.
    pub fn declare_classifier<S: Source<Array = A>>(
        source: &mut S,
        input: usize,
        classes: usize,
    ) -> Self {
        Self::of(source, [classes, input], ParameterRole::Classifier, Init::Zeros)
    }

    fn of<S: Source<Array = A>>(
        source: &mut S,
        shape: [usize; 2],
        role: ParameterRole,
        init: Init,
    ) -> Self {
        Self {
            matrix: source.array("weight", &shape, role, init),
            bias: source.array("bias", &shape[..1], ParameterRole::Bias, Init::Zeros),
        }
    }
}

/// The parameters of a linear layer with an optional bias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection<A> {
    /// The matrix, `[input, output]`.
    pub matrix: A,
    /// The bias, `[output]`, if there is one.
    pub bias: Option<A>,
}

impl<A> Projection<A> {
    /// Declares `parts` layers of the same size side by side, like [`Linear::declare_parts`], with or without a bias.
    pub fn declare_parts<S: Source<Array = A>>(
        source: &mut S,
        input: usize,
        output: usize,
        parts: usize,
        bias: bool,
    ) -> Self {
        let (shape, role) = ([parts * output, input], ParameterRole::Matrix { parts });
        let matrix = source.array("weight", &shape, role, Init::XavierUniform);
        let declare = |s: &mut S| s.array("bias", &shape[..1], ParameterRole::Bias, Init::Zeros);
        Self { matrix, bias: bias.then(|| declare(source)) }
    }

    /// Declares a square layer without a bias that starts as the identity.
    pub fn declare_identity<S: Source<Array = A>>(source: &mut S, width: usize) -> Self {
        let role = ParameterRole::Matrix { parts: 1 };
        let matrix = source.array("weight", &[width, width], role, Init::Identity);
        Self { matrix, bias: None }
    }

    /// The layer as [`Linear`]; `None` without a bias.
    pub fn into_linear(self) -> Option<Linear<A>> {
        Some(Linear { matrix: self.matrix, bias: self.bias? })
    }
}

impl Linear<Range<usize>> {
    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.matrix.len() / self.bias.len()
    }
}

/// The parameters of a LayerNorm (Ba et al. 2016), each as wide as its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Norm<A> {
    /// The scale.
    pub scale: A,
    /// The shift.
    pub shift: A,
}

impl<A> Norm<A> {
    /// Declares a norm that starts with scale 1 and shift 0.
    pub fn declare<S: Source<Array = A>>(source: &mut S, width: usize) -> Self {
        Self {
            scale: source.array("weight", &[width], ParameterRole::Scale, Init::Ones),
            shift: source.array("bias", &[width], ParameterRole::Bias, Init::Zeros),
        }
    }
}

/// The parameters of a convolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvolutionArrays<A> {
    /// The kernel, `[output, input, window, window]`.
    pub kernel: A,
    /// The bias, `[output]`, if there is one.
    pub bias: Option<A>,
}

impl<A> ConvolutionArrays<A> {
    /// Declares a convolution, with or without a bias.
    pub fn declare<S: Source<Array = A>>(
        source: &mut S,
        [output, input]: [usize; 2],
        window: usize,
        bias: bool,
    ) -> Self {
        let shape = [output, input, window, window];
        let kernel = source.array("weight", &shape, ParameterRole::Kernel, Init::LecunNormal);
        let declare = |s: &mut S| s.array("bias", &[output], ParameterRole::Bias, Init::Zeros);
        Self { kernel, bias: bias.then(|| declare(source)) }
    }
}
