//! Dropout and stochastic depth, by the hash of [`patchwork_kernels::Dropout`].

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::{Branch, Dropout, Regularization, Site};

use crate::buffer::{buffer, vector};
use crate::grid::cube_count;

/// Units of a cube.
const UNITS: u32 = 256;

/// A [`Dropout`] as a kernel argument.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(crate) struct DropoutRule {
    before: u32,
    between: u32,
    threshold: u32,
    scale: f32,
}

/// A rule as an argument; without dropout, one that the kernel ignores.
pub(crate) fn rule_argument(dropout: Option<Dropout>) -> DropoutRuleLaunch {
    let Dropout { keys: [before, between], threshold, scale } =
        dropout.unwrap_or(Dropout::new(0, 0.0));
    DropoutRuleLaunch::new(before, between, threshold, scale)
}

/// The factor of the number at index `place` of its array.
#[cube]
pub(crate) fn factor(rule: &DropoutRule, place: u32) -> f32 {
    let bits = place ^ rule.before;
    let bits = ((bits ^ (bits >> 17u32)) * 0xED5A_D4BBu32) ^ rule.between;
    let bits = (bits ^ (bits >> 11u32)) * 0xAC4C_1B51u32;
    let bits = (bits ^ (bits >> 15u32)) * 0x3184_8BABu32;
    let bits = bits ^ (bits >> 14u32);
    select(bits < rule.threshold, 0.0f32, rule.scale)
}

/// The factors of a vector of numbers; `place` counts vectors.
#[cube]
pub(crate) fn factors<N: Size>(rule: &DropoutRule, place: usize) -> Vector<f32, N> {
    let mut factors = Vector::<f32, N>::new(0.0f32);
    #[unroll]
    for lane in 0..N::value() {
        factors.insert(lane, factor(rule, (place * N::value() + lane) as u32));
    }
    factors
}

/// The dropout and drop path of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MaskKind {
    /// Whether numbers are dropped.
    dropped: bool,
    /// The branch of a block that is skipped for some images, if any.
    drop_path: Option<Branch>,
}

impl MaskKind {
    /// The mask of a branch's output.
    pub fn of_branch(regularization: &Regularization, branch: Branch) -> Self {
        Self {
            dropped: regularization.at(branch.site()).is_some(),
            drop_path: regularization.at(Site::Branches).map(|_| branch),
        }
    }

    pub fn is_none(self) -> bool {
        !self.dropped && self.drop_path.is_none()
    }
}

/// The factors of a vector at index `place` of an array, which belongs to an image.
#[cube]
pub(crate) fn mask<N: Size>(
    dropout: &DropoutRule,
    drop_path: &DropoutRule,
    place: usize,
    image: usize,
    #[comptime] kind: MaskKind,
) -> Vector<f32, N> {
    let mut mask = Vector::<f32, N>::new(1.0f32);
    if comptime!(kind.dropped) {
        mask = factors(dropout, place);
    }
    if comptime!(kind.drop_path.is_some()) {
        let first = comptime!(kind.drop_path.unwrap().place(0));
        mask *= Vector::new(factor(drop_path, (2 * image + first) as u32));
    }
    mask
}

/// Applies dropout and drop path to an array; an image has `image` vectors, if that matters.
#[cube(launch_unchecked)]
fn apply_mask<F: Float, N: Size>(
    values: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    vectors: u32,
    dropout: DropoutRule,
    drop_path: DropoutRule,
    #[comptime] image: usize,
    #[comptime] kind: MaskKind,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS;
    if place >= vectors as usize {
        terminate!();
    }
    let mask = mask(&dropout, &drop_path, place, place / image, kind);
    out[place] = Vector::cast_from(Vector::<f32, N>::cast_from(values[place]) * mask);
}

/// An array of `count` numbers on a device.
pub struct DropoutKernel<'a> {
    /// The device.
    pub client: &'a Client,
    /// The numbers.
    pub values: &'a Handle,
    /// Their number.
    pub count: usize,
    /// Their format.
    pub dtype: ElemType,
}

impl DropoutKernel<'_> {
    /// Applies dropout; `out` is as large as the array.
    pub fn dropout(&self, rule: Dropout, out: &Handle) {
        let kind = MaskKind { dropped: true, drop_path: None };
        self.launch([Some(rule), None], self.count, kind, out);
    }

    /// Skips a branch for some images; an image has `size` numbers, and `out` is as large as the array.
    pub fn drop_path(&self, rule: Dropout, branch: Branch, size: usize, out: &Handle) {
        let kind = MaskKind { dropped: false, drop_path: Some(branch) };
        self.launch([None, Some(rule)], size, kind, out);
    }

    /// Applies a block's regularization to a branch with `size` numbers per image.
    pub(crate) fn branch(
        &self,
        regularization: &Regularization,
        branch: Branch,
        size: usize,
        out: &Handle,
    ) {
        let rules = [branch.site(), Site::Branches].map(|site| regularization.at(site));
        self.launch(rules, size, MaskKind::of_branch(regularization, branch), out);
    }

    fn launch(&self, rules: [Option<Dropout>; 2], size: usize, kind: MaskKind, out: &Handle) {
        let vector = vector(&[self.count, size]);
        let vectors = self.count / vector;
        // Without drop path, arrays of all sizes share a kernel.
        let image = if kind.drop_path.is_some() { size / vector } else { 1 };
        let [dropout, drop_path] = rules.map(rule_argument);
        // SAFETY: units stay within the array.
        unsafe {
            apply_mask::launch_unchecked(
                self.client,
                cube_count(vectors, UNITS),
                CubeDim::new_1d(UNITS),
                vector,
                buffer(self.values.clone(), self.count),
                buffer(out.clone(), self.count),
                vectors as u32,
                dropout,
                drop_path,
                image,
                kind,
                self.dtype,
            );
        }
    }
}
