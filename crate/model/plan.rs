//! In which form a device computes the parts of a model.
//!
//! Where a part is of the plain kind that a fused operation knows, it runs as that one operation; else layer by layer.

use burn::tensor::{Device, FloatDType};
use patchwork_arch::{Architecture, Block, Head, Pool, Stage};
use patchwork_kernels::{BlockShape, EmbeddingShape, HeadShape};

#[cfg(not(feature = "reference"))]
use crate::error::Error;
use crate::error::Result;
use crate::model::fused::Kernels;

/// Decides for the parts of one model on one device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Whether fused operations are wanted and the device has them in the number format.
    fuse: bool,
}

impl Plan {
    pub(crate) fn new(
        kernels: Kernels,
        architecture: &Architecture,
        dtype: FloatDType,
        device: &Device,
    ) -> Self {
        #[cfg(feature = "reference")]
        let fuse = kernels.fuse(architecture, dtype, device);
        #[cfg(not(feature = "reference"))]
        let fuse = {
            let (Kernels::Fused, _, _, _) = (kernels, architecture, dtype, device);
            true
        };
        Self { fuse }
    }

    /// The embedding of a stage as one operation.
    pub(crate) fn embedding(self, stage: &Stage, side: usize) -> Option<EmbeddingShape> {
        self.fuse.then(|| embedding_shape(stage, side)).flatten()
    }

    /// A block as one operation.
    pub(crate) fn block(self, block: &Block, stage: &Stage) -> Option<BlockShape> {
        self.fuse.then(|| block_shape(block, stage))
    }

    /// The head as one operation.
    pub(crate) fn head(self, head: &Head, stage: &Stage) -> Option<HeadShape> {
        self.fuse.then(|| head_shape(head, stage))
    }
}

/// Checks that this build can compute a model at all: fused operations are all that it has.
///
/// # Errors
/// Where the model has several stages, or an embedding that no fused operation computes.
#[cfg(not(feature = "reference"))]
pub(crate) fn check(architecture: &Architecture) -> Result<()> {
    if let [stage] = &architecture.stages[..]
        && embedding_shape(stage, architecture.input.side).is_some()
    {
        return Ok(());
    }
    Err(Error::weights(
        "this program computes plain Vision Transformers, and the model is of another kind",
    )
    .help("Open it with the command line, which computes every model"))
}

/// Checks that this build can compute a model at all: it has layers for every one.
///
/// # Errors
/// Never.
#[cfg(feature = "reference")]
pub(crate) fn check(_architecture: &Architecture) -> Result<()> {
    Ok(())
}

/// The sizes of an embedding that one operation computes: of a grey image, with positions and at most one token in front.
pub fn embedding_shape(stage: &Stage, side: usize) -> Option<EmbeddingShape> {
    let embedding = &stage.embedding;
    let first = embedding.stem.first().unwrap_or(&embedding.projection);
    let fits = first.input == 1 && embedding.positions && embedding.front <= 1;
    fits.then(|| EmbeddingShape {
        image: side,
        grid: stage.grid.rows,
        embedding: embedding.clone(),
    })
}

/// The sizes of a block.
pub fn block_shape(block: &Block, stage: &Stage) -> BlockShape {
    BlockShape {
        tokens: stage.tokens(),
        width: stage.width(),
        heads: block.attention.heads,
        mlp: block.mlp,
        qk_norm: block.attention.qk_norm,
    }
}

/// The sizes of a head.
pub fn head_shape(head: &Head, stage: &Stage) -> HeadShape {
    HeadShape {
        tokens: stage.tokens(),
        width: stage.width(),
        classes: head.classes,
        mean: head.pool == Pool::Mean,
    }
}
