//! Decides how a device computes each part of a model.
//!
//! If a part is plain and the device has a fused operation for it, it runs as that one operation. Otherwise it runs
//! operation by operation, if the feature `operations` is on.

use burn::tensor::{Device, FloatDType};
#[cfg(all(feature = "cube", feature = "operations"))]
use patchwork_arch::Norms;
use patchwork_arch::{Architecture, Block, Head, Pool, Stage};
use patchwork_kernels::{BlockShape, EmbeddingShape, HeadShape};

use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "engine")]
use crate::model::fused::card_has_head;
#[cfg(any(feature = "engine", feature = "reference"))]
use crate::model::fused::is_cpu;
use crate::model::fused::{Kernels, has_head};

/// The error for a part without a fused operation, in builds without the smaller operations.
#[cfg(not(feature = "operations"))]
pub(crate) const NOT_FUSED: &str =
    "a part without a fused operation needs the feature `operations`";

/// The plan of one model on one device.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    kernels: Kernels,
    device: Device,
}

impl Plan {
    pub(crate) fn new(kernels: Kernels, dtype: FloatDType, device: &Device) -> Self {
        #[cfg(feature = "reference")]
        let kernels = match dtype {
            FloatDType::F32 => kernels,
            // Our own operations compute in 32 bits on the CPU, so other formats need Burn's layers.
            _ if is_cpu(device) => Kernels::Reference,
            _ => kernels,
        };
        #[cfg(not(feature = "reference"))]
        let _ = dtype;
        Self { kernels, device: device.clone() }
    }

    /// Whether parts are computed with Burn's layers.
    #[cfg(feature = "reference")]
    pub(crate) fn reference(&self) -> bool {
        self.kernels == Kernels::Reference
    }

    /// Whether a graphics card computes with our operations.
    #[cfg(feature = "cube")]
    pub(crate) fn on_card(&self) -> bool {
        #[cfg(feature = "reference")]
        if self.reference() {
            return false;
        }
        !is_cpu(&self.device)
    }

    /// Whether a block's second half runs as one operation on a graphics card, while its first half is computed operation
    /// by operation.
    #[cfg(all(feature = "cube", feature = "operations"))]
    pub(crate) fn card_mlp(&self, block: &Block, stage: &Stage) -> bool {
        let apart = self.fuse() && self.on_card() && self.block(block, stage).is_none();
        apart && block.mlp > 0 && block.norms == Norms::Pre
    }

    /// The size of a stage's embedding if it runs as one fused operation.
    pub(crate) fn embedding(&self, stage: &Stage, side: usize) -> Option<EmbeddingShape> {
        self.fuse().then(|| embedding_shape(stage, side)).flatten()
    }

    /// The size of a block if it runs as one fused operation.
    pub(crate) fn block(&self, block: &Block, stage: &Stage) -> Option<BlockShape> {
        self.fuse().then(|| block_shape(block, stage)).flatten()
    }

    /// The size of the head if it runs as one fused operation.
    pub(crate) fn head(&self, head: &Head, stage: &Stage) -> Option<HeadShape> {
        let shape = self.fuse().then(|| head_shape(head, stage)).flatten();
        shape.filter(|shape| has_head(shape, &self.device))
    }

    /// Whether the halves of blocks that are not plain run as one operation each where there is one: on the CPU.
    #[cfg(feature = "operations")]
    pub(crate) fn sublayers(&self) -> bool {
        #[cfg(any(feature = "engine", feature = "reference"))]
        return self.fuse() && is_cpu(&self.device);
        #[cfg(not(any(feature = "engine", feature = "reference")))]
        self.fuse()
    }

    fn fuse(&self) -> bool {
        self.kernels == Kernels::Fused
    }
}

/// Checks that this build can compute a model: any model with the feature `operations`, else what the fused operations
/// support.
///
/// # Errors
/// Without the feature `operations`: if the model has several stages, or a part without a fused operation.
pub(crate) fn check(architecture: &Architecture) -> Result<()> {
    let known = |stage| embedding_shape(stage, architecture.input.side).is_some();
    let fused =
        architecture.is_plain() && matches!(&architecture.stages[..], [stage] if known(stage));
    if cfg!(feature = "operations") || fused {
        return Ok(());
    }
    let problem =
        "this program computes plain Vision Transformers, and the model is of another kind";
    Err(Error::new(ErrorKind::Unsupported, problem)
        .help("Open it with the command line, which computes every model"))
}

/// The size of an embedding with a fused operation: of a grey image, with positions and at most one front token.
pub fn embedding_shape(stage: &Stage, side: usize) -> Option<EmbeddingShape> {
    let embedding = &stage.embedding;
    let first = embedding.stem.first().unwrap_or(&embedding.projection);
    let fits = first.input == 1 && embedding.positions && embedding.front <= 1;
    let fits = fits && embedding.is_plain();
    fits.then(|| EmbeddingShape {
        image: side,
        grid: stage.grid.rows,
        embedding: embedding.clone(),
    })
}

/// The size of a plain block; `None` for other blocks.
pub fn block_shape(block: &Block, stage: &Stage) -> Option<BlockShape> {
    block.as_plain().map(|attention| BlockShape {
        tokens: stage.tokens(),
        width: stage.width(),
        heads: attention.heads,
        mlp: block.mlp,
        qk_norm: attention.qk_norm,
    })
}

/// The size of a plain head; `None` for other heads.
pub fn head_shape(head: &Head, stage: &Stage) -> Option<HeadShape> {
    head.is_plain().then(|| HeadShape {
        tokens: stage.tokens(),
        width: stage.width(),
        classes: head.classes,
        mean: head.pool == Pool::Mean,
    })
}

/// Whether a device can compute a model.
///
/// # Errors
/// If a graphics card has no fused operation for the head and this build has no smaller operations.
#[cfg(feature = "engine")]
pub(crate) fn check_device(architecture: &Architecture, device: &Device) -> Result<()> {
    check(architecture)?;
    if cfg!(feature = "operations") || is_cpu(device) { Ok(()) } else { check_card(architecture) }
}

#[cfg(feature = "engine")]
fn check_card(architecture: &Architecture) -> Result<()> {
    let stage = architecture.last_stage();
    if head_shape(&architecture.head, stage).is_some_and(|shape| card_has_head(&shape)) {
        return Ok(());
    }
    let tokens = stage.tokens();
    let problem = format!("a graphics card cannot pool {tokens} tokens of this width");
    Err(Error::new(ErrorKind::Device, problem)
        .help("Choose larger patches, the class token instead of the mean, or the CPU"))
}

#[cfg(all(test, feature = "cube"))]
mod tests {
    use super::*;
    use crate::config::{self, ModelConfig, Vit};
    use crate::families::Family;
    use crate::families::vit;

    #[test]
    fn models_too_large_for_a_card_are_reported() {
        let small = vit::SMALL.model(28, 10);
        let fine = Vit { patch_size: 1, pool: config::Pool::Mean, ..Vit::default() };
        assert!(check_card(&small.architecture()).is_ok());
        let many = ModelConfig { image_size: 48, family: Family::Vit(fine), ..small };
        let many = many.architecture();
        let error = check_card(&many).unwrap_err();
        assert!(error.to_string().contains("2304 tokens"), "{error}");
        assert!(error.help.contains("larger patches"), "{error:?}");
        assert!(check_device(&many, &crate::device::cpu().device).is_ok());
    }
}
