//! Parameters as declared: names, shapes, roles, initial values, and ranges in the flat array.

use std::ops::Range;

/// The role of a parameter: it decides weight decay, the optimizer and the memory layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterRole {
    /// The matrix of a linear layer, `[output, input]` in files and `[input, output]` in the flat array. It may hold
    /// `parts` matrices of the same size side by side, such as those of queries, keys and values.
    Matrix {
        /// The number of matrices side by side.
        parts: usize,
    },
    /// The matrix of a classifier; same layout as [`ParameterRole::Matrix`].
    Classifier,
    /// A convolution kernel, `[output, input, height, width]`.
    Kernel,
    /// A learned token, or learned positions.
    Token,
    /// The bias of a layer or norm.
    Bias,
    /// The scale of a norm.
    Scale,
    /// Constants that are drawn once and stay as they are: they get no gradient, and no weight decay.
    Fixed,
}

/// How a parameter is initialized.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// A normal distribution with this standard deviation, truncated at two of them.
    TruncatedNormal(f32),
    /// The same with the standard deviation of LeCun et al. (1998), 1 / √inputs.
    LecunNormal,
    /// A uniform distribution over ± √(6 / (inputs + outputs)) (Glorot and Bengio 2010).
    XavierUniform,
    /// For a shape of `[rows, columns]`: rows as long as those of normal numbers, and orthogonal within every `columns`
    /// of them (Choromanski et al. 2020, section 2.4).
    Orthogonal,
    /// 1 on the diagonal of a square matrix, else 0.
    Identity,
    /// For a shape of `[heads, 3]`: each of a square number of heads reads from one place of a square around the query
    /// (d'Ascoli et al. 2021, section 3).
    AroundQuery,
}

/// One parameter of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name in a file, as in timm.
    pub name: String,
    /// The shape in a file, as in PyTorch.
    pub shape: Vec<usize>,
    /// The role.
    pub role: ParameterRole,
    /// The initialization.
    pub init: Init,
    /// The range in the flat array.
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

    /// Whether the flat array holds the transpose of the matrix in the file.
    pub fn is_transposed(&self) -> bool {
        matches!(self.role, ParameterRole::Matrix { .. } | ParameterRole::Classifier)
    }

    /// The fan-in and fan-out of a matrix or kernel.
    pub fn fans(&self) -> (usize, usize) {
        let area = self.shape.iter().skip(2).product::<usize>();
        (self.shape.get(1).copied().unwrap_or(1) * area, self.shape[0] * area)
    }
}

/// The source of a layer's arrays. A layer asks for each of its parameters once, in the order of the flat array, and
/// keeps what it gets: a description, a range, or a tensor.
pub trait Source: Sized {
    /// What represents a parameter.
    type Array;

    /// Returns the next parameter.
    fn array(
        &mut self,
        name: &'static str,
        shape: &[usize],
        role: ParameterRole,
        init: Init,
    ) -> Self::Array;

    /// Enters a part of the model. The names of its parameters start with `part` and, if there are several such parts,
    /// an index.
    fn enter(&mut self, part: &'static str, index: Option<usize>) {
        let _ = (part, index);
    }

    /// Leaves the part entered last.
    fn leave(&mut self) {}

    /// Declares a part of the model.
    fn within<T>(&mut self, part: &'static str, declare: impl FnOnce(&mut Self) -> T) -> T {
        self.enter(part, None);
        let declared = declare(self);
        self.leave();
        declared
    }

    /// Declares one of several parts with the same name.
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

/// Lays out parameters in the flat array one after the other and, if asked, lists them by name. One type does both, and
/// counting, so that the layers' declarations are compiled once.
#[derive(Debug, Clone, Default)]
pub struct Ranges {
    /// 64 bits on every platform: on 32-bit targets a model that is too large must not overflow and seem small.
    end: u64,
    list: Option<Vec<Parameter>>,
    /// The parts entered, such as `blocks.3.attn.`, and where each one starts in the path.
    path: String,
    parts: Vec<usize>,
}

impl Ranges {
    /// A layout that also lists its parameters by name.
    pub(crate) fn with_names() -> Self {
        Self { list: Some(Vec::new()), ..Self::default() }
    }

    /// The number of parameters so far.
    pub fn count(&self) -> u64 {
        self.end
    }

    /// The listed parameters; empty unless listing was asked for.
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
