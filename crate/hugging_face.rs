//! A model as a folder of Hugging Face's transformers, for `ViTForImageClassification.from_pretrained`.
//!
//! That is the Vision Transformer of Dosovitskiy et al. (2020) and no other: square patches of the image itself, a class
//! token, learned positions, pre-norm. Names are those of the files on the Hub, which every version reads.

use std::collections::BTreeMap;

use patchwork_arch::{Architecture, Block, Pool, Stage};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

use crate::error::{Error, ErrorKind, Result};
use crate::weights::{self, ModelCard, Parameter, Weights};

/// Added to a variance, as our LayerNorm does.
const EPSILON: f32 = patchwork_kernels::EPSILON;

/// The files by name.
///
/// # Errors
/// If the weights do not belong to their model, or the model is not one that transformers' ViT computes: the error names
/// what stands in the way.
pub fn export(weights: &Weights, card: &ModelCard) -> Result<Vec<(&'static str, Vec<u8>)>> {
    weights.check()?;
    let architecture = weights.config.architecture();
    if let Some(obstacle) = obstacle(&architecture) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("transformers' ViT cannot compute this model: {obstacle}"),
        )
        .help("Export it as an ONNX graph"));
    }
    Ok(vec![
        ("config.json", pretty(&config(&architecture, card))?),
        ("preprocessor_config.json", pretty(&preprocessor(&architecture))?),
        ("model.safetensors", tensors(weights)?),
    ])
}

fn pretty(value: &Value) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(value).map_err(|error| Error::from_cause(ErrorKind::Weights, error))
}

/// What keeps transformers' ViT from computing a model; `None` if nothing does.
fn obstacle(architecture: &Architecture) -> Option<String> {
    let [stage] = &architecture.stages[..] else {
        return Some(format!("it has {} stages", architecture.stages.len()));
    };
    let Stage { embedding, blocks, .. } = stage;
    let same = |block: &Block| Block { drop_path: blocks[0].drop_path, ..*block } == blocks[0];
    let plain = blocks.iter().all(|block| block.as_plain().is_some());
    let qk_norm = blocks.iter().any(|block| block.attention().is_some_and(|a| a.qk_norm));
    let patches = embedding.projection;
    [
        (blocks.is_empty(), "it has no blocks"),
        (!plain, "its blocks are not plain ones, attention of all tokens and an MLP"),
        (qk_norm, "queries and keys have norms (QK-norm)"),
        (!blocks.iter().all(same), "its blocks differ"),
        (!embedding.stem.is_empty(), "convolutions come before the patches (a stem)"),
        (embedding.padding != [0, 0], "patches do not divide the image, which is padded"),
        (embedding.distillation, "it has a distillation token"),
        (!embedding.is_plain(), "its embedding has more than patches"),
        (patches.stride != patches.window || patches.margin != 0, "its patches overlap"),
        (architecture.head.pool == Pool::Mean, "it has no class token: its head reads the mean"),
        (architecture.head.pool != Pool::First, "its head does not read the class token alone"),
        (embedding.front != 1, "it has more tokens in front than the class token"),
        (!embedding.positions, "it has no learned positions"),
    ]
    .into_iter()
    .find_map(|(stands, obstacle)| stands.then(|| obstacle.into()))
}

/// `config.json` of a model without obstacles.
fn config(architecture: &Architecture, card: &ModelCard) -> Value {
    let stage = architecture.last_stage();
    let (input, classes) = (architecture.input, architecture.head.classes);
    let (block, patches) = (&stage.blocks[0], stage.embedding.projection);
    let name = |class: usize| card.class_names.get(class).cloned().unwrap_or(class.to_string());
    let names: BTreeMap<usize, String> = (0..classes).map(|class| (class, name(class))).collect();
    let numbers: BTreeMap<&String, usize> =
        names.iter().map(|(&class, name)| (name, class)).collect();
    json!({
        "architectures": ["ViTForImageClassification"],
        "model_type": "vit",
        "image_size": input.side,
        "num_channels": input.channels,
        "patch_size": patches.window,
        "hidden_size": stage.width(),
        "num_hidden_layers": stage.blocks.len(),
        "num_attention_heads": block.attention().map_or(1, |attention| attention.heads),
        "intermediate_size": block.mlp,
        "hidden_act": "gelu",
        "layer_norm_eps": EPSILON,
        "qkv_bias": true,
        "hidden_dropout_prob": architecture.regularization.dropout,
        "attention_probs_dropout_prob": architecture.regularization.attention_dropout,
        "id2label": names,
        "label2id": numbers,
    })
}

/// `preprocessor_config.json`: bytes from 0 to 255 become numbers from -1 to 1.
fn preprocessor(architecture: &Architecture) -> Value {
    let (channels, side) = (architecture.input.channels, architecture.input.side);
    json!({
        "image_processor_type": "ViTImageProcessor",
        "do_resize": true,
        "size": { "height": side, "width": side },
        "do_rescale": true,
        "rescale_factor": 1.0 / 255.0,
        "do_normalize": true,
        "image_mean": vec![0.5; channels],
        "image_std": vec![0.5; channels],
    })
}

/// `model.safetensors`: a matrix of queries, keys and values becomes one for each.
fn tensors(weights: &Weights) -> Result<Vec<u8>> {
    let refused = |error| Error::from_cause(ErrorKind::Weights, error);
    let mut stored = Vec::new();
    for parameter in weights::layout(&weights.config) {
        let bytes: Vec<u8> =
            weights.stored(&parameter).iter().flat_map(|value| value.to_le_bytes()).collect();
        let (names, mut shape) = (names(&parameter), parameter.shape);
        shape[0] /= names.len();
        let each = bytes.len() / names.len();
        stored.extend(
            names
                .into_iter()
                .zip(bytes.chunks(each))
                .map(|(name, bytes)| (name, shape.clone(), bytes.to_vec())),
        );
    }
    let views: Vec<_> = stored
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<std::result::Result<_, safetensors::SafeTensorError>>()
        .map_err(refused)?;
    let metadata = [("format".to_string(), "pt".to_string())].into();
    safetensors::serialize(views, Some(metadata)).map_err(refused)
}

/// What transformers calls the parts of a parameter.
fn names(parameter: &Parameter) -> Vec<String> {
    let name = parameter.name.as_str();
    let Some((number, rest)) = name.strip_prefix("blocks.").and_then(|name| name.split_once('.'))
    else {
        return vec![outside_blocks(name)];
    };
    let (layer, kind) = rest.rsplit_once('.').unwrap_or((rest, ""));
    let parts: &[&str] = match layer {
        "norm1" => &["layernorm_before"],
        "attn.qkv" => {
            &["attention.attention.query", "attention.attention.key", "attention.attention.value"]
        }
        "attn.proj" => &["attention.output.dense"],
        "norm2" => &["layernorm_after"],
        "mlp.fc1" => &["intermediate.dense"],
        "mlp.fc2" => &["output.dense"],
        _ => unreachable!("a plain block has no {layer}"),
    };
    parts.iter().map(|part| format!("vit.encoder.layer.{number}.{part}.{kind}")).collect()
}

/// What transformers calls a parameter outside the blocks.
fn outside_blocks(name: &str) -> String {
    for (ours, theirs) in [
        ("cls_token", "vit.embeddings.cls_token"),
        ("pos_embed", "vit.embeddings.position_embeddings"),
        ("patch_embed.proj", "vit.embeddings.patch_embeddings.projection"),
        ("norm", "vit.layernorm"),
        ("head", "classifier"),
    ] {
        if let Some(rest) =
            name.strip_prefix(ours).filter(|rest| rest.is_empty() || rest.starts_with('.'))
        {
            return format!("{theirs}{rest}");
        }
    }
    unreachable!("a plain model has no {name}")
}
