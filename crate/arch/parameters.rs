//! Parameters as they are declared: names, shapes, roles and first values, and where they lie in the flat array.

use std::ops::Range;

/// What a parameter is: decides whether it decays, what optimizes it and how it lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterRole {
    /// The matrix of a linear layer. `[output, input]` in files, `[input, output]` in the flat array. It may hold several
    /// matrices of the same size beside each other, such as those of queries, keys and values: `parts` of them.
    Matrix {
        /// Matrices beside each other.
        parts: usize,
    },
    /// The matrix of a classifier; lies like [`ParameterRole::Matrix`].
    Classifier,
    /// A convolution kernel, `[output, input, height, width]`.
    Kernel,
    /// A learned token, or learned positions.
    Token,
    /// The bias of a layer or norm.
    Bias,
    /// The scale of a norm.
    Scale,
}

/// How a parameter starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// Normal numbers of this standard deviation, cut off at two of them.
    TruncatedNormal(f32),
    /// The same with the deviation of LeCun et al. (1998): 1 / √inputs.
    LecunNormal,
    /// Uniform numbers within ± √(6 / (inputs + outputs)) (Glorot and Bengio 2010).
    XavierUniform,
}

/// One parameter of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name in a file, as timm calls it.
    pub name: String,
    /// The shape in a file, as PyTorch lays it out.
    pub shape: Vec<usize>,
    /// What it is.
    pub role: ParameterRole,
    /// How it starts.
    pub init: Init,
    /// Where it lies in the flat array.
    pub range: Range<usize>,
}

impl Parameter {
    /// Whether weight decay applies: to matrices and kernels, as in Dosovitskiy et al. (2020).
    pub fn decays(&self) -> bool {
        matches!(
            self.role,
            ParameterRole::Matrix { .. } | ParameterRole::Classifier | ParameterRole::Kernel
        )
    }

    /// Whether the flat array holds the transpose of what the file holds.
    pub fn is_transposed(&self) -> bool {
        matches!(self.role, ParameterRole::Matrix { .. } | ParameterRole::Classifier)
    }

    /// Inputs and outputs of one value of a matrix or kernel.
    pub fn fans(&self) -> (usize, usize) {
        let area = self.shape.iter().skip(2).product::<usize>();
        (self.shape.get(1).copied().unwrap_or(1) * area, self.shape[0] * area)
    }
}

/// Where the arrays of layers come from. A layer asks for each of its parameters once, in the order in which they lie in
/// the flat array, and holds what it was given: a description, a place, or a tensor.
pub trait Source: Sized {
    /// What stands for a parameter.
    type Array;

    /// Gives the next parameter.
    fn array(
        &mut self,
        name: &'static str,
        shape: &[usize],
        role: ParameterRole,
        init: Init,
    ) -> Self::Array;

    /// Enters a part of the model; names of parameters in it begin with `part` and, where there are several, an index.
    fn enter(&mut self, part: &'static str, index: Option<usize>) {
        let _ = (part, index);
    }

    /// Leaves the part that was entered last.
    fn leave(&mut self) {}

    /// Declares a part of the model.
    fn within<T>(&mut self, part: &'static str, declare: impl FnOnce(&mut Self) -> T) -> T {
        self.enter(part, None);
        let declared = declare(self);
        self.leave();
        declared
    }

    /// Declares one of several parts of the same name.
    fn within_each<T>(
        &mut self,
        part: &'static str,
        index: usize,
        declare: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.enter(part, Some(index));
        let declared = declare(self);
        self.leave();
        declared
    }
}

/// Lays parameters out in the flat array, one after the other, and lists them by name where that is wanted. One type for
/// both, and for counting, so that what layers declare is compiled once for all three.
#[derive(Debug, Clone, Default)]
pub struct Ranges {
    /// Counted in 64 bits everywhere: a model that is too large must not seem small where addresses have 32.
    end: u64,
    list: Option<Vec<Parameter>>,
    /// The parts that were entered, such as `blocks.3.attn.`, and where each begins.
    path: String,
    parts: Vec<usize>,
}

impl Ranges {
    /// One that lists what it lays out.
    pub(crate) fn with_names() -> Self {
        Self { list: Some(Vec::new()), ..Self::default() }
    }

    /// The number of parameters so far.
    pub fn count(&self) -> u64 {
        self.end
    }

    /// What was laid out, where it is listed.
    pub(crate) fn into_list(self) -> Vec<Parameter> {
        self.list.unwrap_or_default()
    }
}

impl Source for Ranges {
    type Array = Range<usize>;

    #[inline(never)]
    fn array(
        &mut self,
        name: &'static str,
        shape: &[usize],
        role: ParameterRole,
        init: Init,
    ) -> Range<usize> {
        let place = |end: u64| usize::try_from(end).unwrap_or(usize::MAX);
        let start = place(self.end);
        let size = shape.iter().fold(1, |size: u64, &side| size.saturating_mul(side as u64));
        self.end = self.end.saturating_add(size);
        let range = start..place(self.end);
        if let Some(list) = &mut self.list {
            let (name, range) = (format!("{}{name}", self.path), range.clone());
            list.push(Parameter { name, shape: shape.into(), role, init, range });
        }
        range
    }

    #[inline(never)]
    fn enter(&mut self, part: &'static str, index: Option<usize>) {
        if self.list.is_none() {
            return;
        }
        self.parts.push(self.path.len());
        self.path.push_str(part);
        if let Some(index) = index {
            self.path.push('.');
            self.path.push_str(&index.to_string());
        }
        self.path.push('.');
    }

    #[inline(never)]
    fn leave(&mut self) {
        self.path.truncate(self.parts.pop().unwrap_or(0));
    }
}
