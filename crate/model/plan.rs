//! In which form a device computes the parts of a model.
//!
//! Where a part is of the plain kind that a fused operation knows, it runs as that one operation; else operation by
//! operation.

use burn::tensor::{Device, FloatDType};
use patchwork_arch::{Architecture, Block, Head, Pool, Stage};
use patchwork_kernels::{BlockShape, EmbeddingShape, HeadShape};

use crate::model::fused::Kernels;

/// Decides for the parts of one model on one device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Whether fused operations are wanted and the device has them in the number format.
    fuse: bool,
    /// Whether Burn's layers are wanted.
    #[cfg(feature = "reference")]
    reference: bool,
}

impl Plan {
    pub(crate) fn new(
        kernels: Kernels,
        architecture: &Architecture,
        dtype: FloatDType,
        device: &Device,
    ) -> Self {
        Self {
            #[cfg(feature = "operations")]
            fuse: kernels.fuse(architecture, dtype, device),
            #[cfg(not(feature = "operations"))]
            fuse: matches!((kernels, architecture, dtype, device), (Kernels::Fused, ..)),
            #[cfg(feature = "reference")]
            reference: kernels == Kernels::Reference,
        }
    }

    /// Whether parts are one of Burn's layers after the other.
    #[cfg(feature = "reference")]
    pub(crate) fn reference(self) -> bool {
        self.reference
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
