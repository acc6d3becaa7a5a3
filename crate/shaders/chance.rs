//! Dropout and stochastic depth, by the hash of [`patchwork_kernels::Dropout`].

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::{Branch, Chance, Dropout, Site};

use crate::buffer::{buffer, vector};
use crate::grid::cube_count;

/// Units of a cube.
const UNITS: u32 = 256;

/// A [`Dropout`], as kernels are told it.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(crate) struct Rule {
    before: u32,
    between: u32,
    below: u32,
    scale: f32,
}

/// A rule as an argument; where there is none, one that the kernel does not look at.
pub(crate) fn told(dropout: Option<Dropout>) -> RuleLaunch {
    let Dropout { keys: [before, between], below, scale } = dropout.unwrap_or(Dropout::new(0, 0.0));
    RuleLaunch::new(before, between, below, scale)
}

/// What the number at a place of its array is multiplied with.
#[cube]
pub(crate) fn factor(rule: &Rule, place: u32) -> f32 {
    let bits = place ^ rule.before;
    let bits = ((bits ^ (bits >> 17u32)) * 0xED5A_D4BBu32) ^ rule.between;
    let bits = (bits ^ (bits >> 11u32)) * 0xAC4C_1B51u32;
    let bits = (bits ^ (bits >> 15u32)) * 0x3184_8BABu32;
    let bits = bits ^ (bits >> 14u32);
    select(bits < rule.below, 0.0f32, rule.scale)
}

/// The same for a vector of numbers; `place` counts vectors.
#[cube]
pub(crate) fn factors<N: Size>(rule: &Rule, place: usize) -> Vector<f32, N> {
    let mut factors = Vector::<f32, N>::new(0.0f32);
    #[unroll]
    for lane in 0..N::value() {
        factors.insert(lane, factor(rule, (place * N::value() + lane) as u32));
    }
    factors
}

/// What chance does to an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Thinning {
    /// Whether numbers are dropped.
    dropped: bool,
    /// The branch of a block that is left out for some images, where it is.
    skipped: Option<Branch>,
}

impl Thinning {
    /// To what a branch gives.
    pub fn of_branch(chance: &Chance, branch: Branch) -> Self {
        Self {
            dropped: chance.at(branch.site()).is_some(),
            skipped: chance.at(Site::Branches).map(|_| branch),
        }
    }

    pub fn is_none(self) -> bool {
        !self.dropped && self.skipped.is_none()
    }
}

/// What the vector of numbers at a place of an array, which belongs to an image, is multiplied with.
#[cube]
pub(crate) fn kept<N: Size>(
    dropout: &Rule,
    skip: &Rule,
    place: usize,
    image: usize,
    #[comptime] thinning: Thinning,
) -> Vector<f32, N> {
    let mut kept = Vector::<f32, N>::new(1.0f32);
    if comptime!(thinning.dropped) {
        kept = factors(dropout, place);
    }
    if comptime!(thinning.skipped.is_some()) {
        let first = comptime!(thinning.skipped.unwrap().place(0));
        kept *= Vector::new(factor(skip, (2 * image + first) as u32));
    }
    kept
}

/// What chance leaves of an array, of which an image has `image` vectors where that matters.
#[cube(launch_unchecked)]
fn thin<F: Float, N: Size>(
    values: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    vectors: u32,
    dropout: Rule,
    skip: Rule,
    #[comptime] image: usize,
    #[comptime] thinning: Thinning,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS;
    if place >= vectors as usize {
        terminate!();
    }
    let kept = kept(&dropout, &skip, place, place / image, thinning);
    out[place] = Vector::cast_from(Vector::<f32, N>::cast_from(values[place]) * kept);
}

/// An array of so many numbers on a device.
pub struct Thinned<'a> {
    /// The device.
    pub client: &'a Client,
    /// The numbers.
    pub values: &'a Handle,
    /// How many there are.
    pub count: usize,
    /// Their format.
    pub dtype: ElemType,
}

impl Thinned<'_> {
    /// What dropout leaves; `out` is as large as the array.
    pub fn dropout(&self, rule: Dropout, out: &Handle) {
        let thinning = Thinning { dropped: true, skipped: None };
        self.launch([Some(rule), None], self.count, thinning, out);
    }

    /// What is left of a branch that is left out for some images; an image has `size` numbers, and `out` is as large as
    /// the array.
    pub fn drop_path(&self, rule: Dropout, branch: Branch, size: usize, out: &Handle) {
        let thinning = Thinning { dropped: false, skipped: Some(branch) };
        self.launch([None, Some(rule)], size, thinning, out);
    }

    /// What a block's chance leaves of a branch, of which an image has `size` numbers.
    pub(crate) fn branch(&self, chance: &Chance, branch: Branch, size: usize, out: &Handle) {
        let rules = [branch.site(), Site::Branches].map(|site| chance.at(site));
        self.launch(rules, size, Thinning::of_branch(chance, branch), out);
    }

    fn launch(&self, rules: [Option<Dropout>; 2], size: usize, thinning: Thinning, out: &Handle) {
        let vector = vector(&[self.count, size]);
        let vectors = self.count / vector;
        // Where nothing is skipped, arrays of all sizes share a kernel.
        let image = if thinning.skipped.is_some() { size / vector } else { 1 };
        let [dropout, skip] = rules.map(told);
        // SAFETY: units go no further than the array.
        unsafe {
            thin::launch_unchecked(
                self.client,
                cube_count(vectors, UNITS),
                CubeDim::new_1d(UNITS),
                vector,
                buffer(self.values.clone(), self.count),
                buffer(out.clone(), self.count),
                vectors as u32,
                dropout,
                skip,
                image,
                thinning,
                self.dtype,
            );
        }
    }
}
