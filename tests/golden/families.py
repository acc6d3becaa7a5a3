#!/usr/bin/env python3
"""Reference values of the families, computed by their public implementations.

Writes one safetensors file per case beside this script. README.md lists what the files hold. timm comes from PyPI; the
implementations without a package are read from checkouts of their repositories:

    folder    repository                              commit
    cct       SHI-Labs/Compact-Transformers           cd11f0912749d376f7465cb83534e768b6701d7d
    pvt       whai362/PVT                             57e2dfaa5a46f9050d76f306a4fcd9a7c061f520
    deit      facebookresearch/deit (losses.py)       7e160fe43f0252d17191b71cbb5826254114ea5b
    fast      idiap/fast-transformers                 2ad36b97e64cb93862937bd21fcc9568d989561f
    cvt       microsoft/CvT                           f851e681966390779b71380d2600b52360ff4fe1
    performer lucidrains/performer-pytorch            fc8b78441b1e27eb5d9b01fc738a8772cee07127

Regenerate, from the root of the repository, with these folders in FOLDER:

    target/golden/bin/pip install torch==2.15.0 timm==1.0.31 linformer==0.2.3 einops==0.8.2 numpy==2.4.6 \
        safetensors==0.8.0
    target/golden/bin/python tests/golden/families.py --references FOLDER [NAME ...]

Everything is computed in float64 from float32 weights and images, as in make.py.
"""

import argparse
import hashlib
import importlib.util
import json
import sys
import types
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from make import CLASSES, LABELS, draw_images, rounded
from safetensors.numpy import save_file
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

IMAGE = 28
LAYER_NORM_EPS = 1e-5


def norm(width, **_):
    """The LayerNorm of all models here; some of timm's use another epsilon by default."""
    return nn.LayerNorm(width, eps=LAYER_NORM_EPS)


def model_of(family, settings):
    """The configuration of one of our models, for JSON."""
    common = dict(image_size=IMAGE, classes=CLASSES, dropout=0.0, attention_dropout=0.0, stochastic_depth=0.0)
    return common | dict(family=family) | settings


# --- The references -------------------------------------------------------------------------------------------------------
#
# Each function builds a model for images of 28×28 pixels from the settings of crate/families, and returns it with the
# modules whose output is recorded.


def checkout(folder, path, name):
    """Imports the file `path` of a checkout as a module."""
    spec = importlib.util.spec_from_file_location(name, folder / path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def cct(references, convolutions, channels, window, width, depth, heads, mlp):
    # Its modules import each other as a package, whose other models need an older timm: import only these.
    for package, path in [("cct", "src"), ("cct.utils", "src/utils")]:
        sys.modules[package] = types.ModuleType(package)
        sys.modules[package].__path__ = [str(references / "cct" / path)]
    from cct.utils.tokenizer import Tokenizer
    from cct.utils.transformers import TransformerClassifier

    class Cct(nn.Module):
        """`CCT` of src/cct.py, whose 64 channels are hard-coded, with a choice of channels."""

        def __init__(self, width, channels, layers, depth, heads, mlp_ratio):
            super().__init__()
            self.tokenizer = Tokenizer(
                window, 1, window // 2, n_conv_layers=layers, n_input_channels=1, n_output_channels=width, in_planes=channels,
                activation=nn.ReLU, max_pool=True, conv_bias=False,
            )  # fmt: skip
            self.classifier = TransformerClassifier(
                sequence_length=self.tokenizer.sequence_length(1, IMAGE, IMAGE), embedding_dim=width, seq_pool=True,
                num_layers=depth, num_heads=heads, mlp_ratio=mlp_ratio, num_classes=CLASSES,
                dropout=0.0, attention_dropout=0.0, stochastic_depth=0.0, positional_embedding="learnable",
            )  # fmt: skip

        def forward(self, x):
            return self.classifier(self.tokenizer(x))

    model = Cct(width, channels, convolutions, depth, heads, mlp / width)
    seen = {f"attention.{i}": block.self_attn.attn_drop for i, block in enumerate(model.classifier.blocks)}
    return model, seen | {"pooling": model.classifier.attention_pool}


def deit(_, patch_size, width, depth, heads, mlp):
    from timm.models.deit import VisionTransformerDistilled

    model = VisionTransformerDistilled(
        img_size=IMAGE, patch_size=patch_size, in_chans=1, num_classes=CLASSES, embed_dim=width, depth=depth,
        num_heads=heads, mlp_ratio=mlp / width, norm_layer=norm,
    )  # fmt: skip
    return model, {f"attention.{i}": block.attn.attn_drop for i, block in enumerate(model.blocks)}


def convit(_, patch_size, width, depth, local_depth, heads, mlp):
    from timm.models.convit import ConVit

    model = ConVit(
        img_size=IMAGE, patch_size=patch_size, in_chans=1, num_classes=CLASSES, embed_dim=width // heads, depth=depth,
        num_heads=heads, mlp_ratio=mlp / width, norm_layer=norm, local_up_to_layer=local_depth,
    )  # fmt: skip
    gated = [block.attn for block in model.blocks[:local_depth]]
    model.shown = lambda: {f"gates.{i}": attention.gating_param.sigmoid() for i, attention in enumerate(gated)}
    # Each image repeats the scores of the relative positions, which are the same for all, and the gradient of their
    # factors: multiply-adds of the batch, not of an image.
    model.of_batch = 2 * local_depth * model.num_patches**2 * 3 * heads
    return model, {f"attention.{i}": block.attn.attn_drop for i, block in enumerate(model.blocks)}


def pvt(references, patch_size, width, heads, stages, stage_depth, mlp_ratio):
    # It imports names that newer versions of timm have moved.
    import timm.layers

    registry = types.ModuleType("timm.models.registry")
    registry.register_model = lambda function: function
    sys.modules |= {"timm.models.registry": registry, "timm.models.layers": timm.layers}
    import timm.models.vision_transformer as vision_transformer

    vision_transformer._cfg = lambda **_: {}
    pvt = checkout(references / "pvt", "classification/pvt.py", "pvt")
    widths = [width << stage for stage in range(stages)]
    # Padded so that each stage has whole patches.
    whole = patch_size << (stages - 1)
    padding = -IMAGE % whole
    # The first stage is hard-coded for patches of 4. Built for images of as many patches, then given patches of the right
    # size, the model has the right grids.
    model = pvt.PyramidVisionTransformer(
        img_size=(IMAGE + padding) // patch_size * 4, patch_size=4, in_chans=1, num_classes=CLASSES,
        embed_dims=widths + widths[-1:] * (4 - stages), num_heads=[heads << stage for stage in range(stages)],
        mlp_ratios=[mlp_ratio] * stages, qkv_bias=True, norm_layer=norm, depths=[stage_depth] * stages,
        sr_ratios=[1 << (stages - 1 - stage) for stage in range(stages)], num_stages=stages,
    )  # fmt: skip
    first = model.patch_embed1
    first.patch_size, first.proj = (patch_size, patch_size), nn.Conv2d(1, widths[0], patch_size, patch_size)
    model.padded = (padding // 2, padding - padding // 2) * 2
    blocks = [block for stage in range(stages) for block in getattr(model, f"block{stage + 1}")]
    return model, {f"attention.{i}": block.attn.attn_drop for i, block in enumerate(blocks)}


def swin(_, patch_size, windows, width, heads, stages, stage_depth, mlp_ratio):
    from timm.models.swin_transformer import SwinTransformer

    model = SwinTransformer(
        img_size=IMAGE, patch_size=patch_size, in_chans=1, num_classes=CLASSES, embed_dim=width,
        depths=(stage_depth,) * stages, num_heads=tuple(heads << stage for stage in range(stages)), window_size=windows,
        mlp_ratio=mlp_ratio, drop_path_rate=0.0, norm_layer=norm,
    )  # fmt: skip
    blocks = [block for stage in model.layers for block in stage.blocks]
    # Record only the block of the first stage with shifted windows, and the last block: that is enough, at half the
    # size.
    return model, {f"attention.{i}": blocks[i].attn.softmax for i in (1, len(blocks) - 1)}


def cvt(references, patch_size, width, heads, stages, stage_depth, mlp_ratio):
    # It imports names that newer versions of torch and timm have moved, and scipy for weights of other sizes.
    import collections.abc

    import timm.layers

    package = types.ModuleType("cvt")
    package.__path__ = [str(references / "cvt/lib/models")]
    six = types.ModuleType("torch._six")
    six.container_abcs = collections.abc
    sys.modules |= {
        "cvt": package, "torch._six": six, "timm.models.layers": timm.layers, "scipy": types.ModuleType("scipy"),
    }  # fmt: skip
    from cvt.cls_cvt import ConvolutionalVisionTransformer

    widths = [width << stage for stage in range(stages)]
    others = stages - 1
    spec = dict(
        NUM_STAGES=stages, PATCH_SIZE=[2 * patch_size - 1] + [3] * others, PATCH_STRIDE=[patch_size] + [2] * others,
        PATCH_PADDING=[patch_size // 2] + [1] * others, DIM_EMBED=widths, DEPTH=[stage_depth] * stages,
        NUM_HEADS=[heads << stage for stage in range(stages)], MLP_RATIO=[mlp_ratio] * stages, QKV_BIAS=[True] * stages,
        DROP_RATE=[0.0] * stages, ATTN_DROP_RATE=[0.0] * stages, DROP_PATH_RATE=[0.0] * stages,
        CLS_TOKEN=[stage == stages - 1 for stage in range(stages)], QKV_PROJ_METHOD=["dw_bn"] * stages,
        KERNEL_QKV=[3] * stages, PADDING_Q=[1] * stages, PADDING_KV=[1] * stages, STRIDE_KV=[2] * stages,
        STRIDE_Q=[1] * stages,
    )  # fmt: skip
    model = ConvolutionalVisionTransformer(in_chans=1, num_classes=CLASSES, norm_layer=norm, spec=spec)
    blocks = [block for stage in range(stages) for block in getattr(model, f"stage{stage}").blocks]
    for block in blocks:
        for name in "qkv":
            # A LayerNorm of each token with the parameters of their BatchNorm; see crate/families/cvt.rs.
            projection = getattr(block.attn, f"conv_proj_{name}")
            projection.bn = PixelNorm(projection.bn.num_features, eps=LAYER_NORM_EPS)
    model.first = lambda images: model.stage0.patch_embed.proj(images)
    return model, {f"attention.{i}": block.attn.attn_drop for i, block in enumerate(blocks)}


def coatnet(_, width, heads, convolution_stages, attention_stages, stage_depth, mlp_ratio):
    from timm.models.maxxvit import MaxxVit, MaxxVitCfg, MaxxVitConvCfg, MaxxVitTransformerCfg

    stages = convolution_stages + attention_stages
    conv = MaxxVitConvCfg(expand_ratio=mlp_ratio, norm_layer="layernorm2d", norm_eps=LAYER_NORM_EPS)
    transformer = MaxxVitTransformerCfg(
        dim_head=(width << convolution_stages) // heads, expand_ratio=mlp_ratio, norm_eps=LAYER_NORM_EPS,
    )  # fmt: skip
    cfg = MaxxVitCfg(
        embed_dim=tuple(width << stage for stage in range(stages)), depths=(stage_depth,) * stages,
        block_type=("C",) * convolution_stages + ("T",) * attention_stages, stem_width=width // 2, conv_cfg=conv,
        transformer_cfg=transformer,
    )  # fmt: skip
    whole = 2 << stages
    added = -IMAGE % whole
    model = MaxxVit(cfg, img_size=IMAGE + added, in_chans=1, num_classes=CLASSES)
    model.padded = (added // 2, added - added // 2) * 2
    model.first = lambda images: model.stem.conv1(images)
    blocks = [block for stage in model.stages[convolution_stages:] for block in stage.blocks]
    return model, {f"attention.{i}": block.attn.attn_drop for i, block in enumerate(blocks)}


def vit(patch_size, width, depth, heads, mlp):
    """timm's Vision Transformer."""
    from timm.models.vision_transformer import VisionTransformer

    return VisionTransformer(
        img_size=IMAGE, patch_size=patch_size, in_chans=1, num_classes=CLASSES, embed_dim=width, depth=depth,
        num_heads=heads, mlp_ratio=mlp / width, norm_layer=norm,
    )  # fmt: skip


def linear(references, **settings):
    sys.path.insert(0, str(references / "fast"))
    for name in ("fast_transformers", "fast_transformers.attention"):
        # Their own __init__ imports compiled extensions.
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [str(references / "fast" / name.replace(".", "/"))]
    sys.modules["fast_transformers.feature_maps"] = feature_maps = types.ModuleType("fast_transformers.feature_maps")
    feature_maps.__path__ = [str(references / "fast/fast_transformers/feature_maps")]
    from fast_transformers.feature_maps.base import elu_feature_map

    feature_maps.elu_feature_map = elu_feature_map
    from fast_transformers.attention.linear_attention import LinearAttention

    class Attention(nn.Module):
        """Their attention between timm's projections."""

        def __init__(self, theirs):
            super().__init__()
            self.qkv, self.proj, self.heads = theirs.qkv, theirs.proj, theirs.num_heads
            self.inner = LinearAttention(self.qkv.in_features // self.heads)

        def forward(self, x, **_):
            batch, tokens, width = x.shape
            q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads).unbind(2)
            mask = types.SimpleNamespace(all_ones=True)
            lengths = types.SimpleNamespace(float_matrix=torch.ones(batch, tokens, dtype=x.dtype))
            return self.proj(self.inner(q, k, v, mask, None, lengths).reshape(batch, tokens, width))

    model = vit(**settings)
    for block in model.blocks:
        block.attn = Attention(block.attn)
    return model, {}


def linformer(_, rank, **settings):
    from linformer import LinformerSelfAttention

    model = vit(**settings)
    width, tokens = settings["width"], model.pos_embed.shape[1]
    for block in model.blocks:
        block.attn = LinformerSelfAttention(width, seq_len=tokens, k=rank, heads=settings["heads"])
    return model, {}


def performer(references, features, **settings):
    # Its package imports what this attention does not use: packages of local attention and of axial positions, and
    # Python's distutils, which newer versions no longer have.
    package = types.ModuleType("performer_pytorch")
    package.__path__ = [str(references / "performer/performer_pytorch")]
    local, axial = types.ModuleType("local_attention"), types.ModuleType("axial_positional_embedding")
    local.LocalAttention = axial.AxialPositionalEmbedding = None
    version = types.ModuleType("distutils.version")
    version.LooseVersion = lambda text: tuple(int(part) for part in text.split("+")[0].split("."))
    sys.modules |= {
        "performer_pytorch": package, "local_attention": local, "axial_positional_embedding": axial,
        "distutils": types.ModuleType("distutils"), "distutils.version": version,
    }  # fmt: skip
    from performer_pytorch.performer_pytorch import SelfAttention

    model = vit(**settings)
    width, heads = settings["width"], settings["heads"]
    torch.manual_seed(11)
    for block in model.blocks:
        block.attn = SelfAttention(width, heads=heads, dim_head=width // heads, nb_features=features)
    return model, {}


class PixelNorm(nn.LayerNorm):
    """A LayerNorm over the channels of each pixel, on [batch, channels, height, width]."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Convolutions(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return self.conv2(F.gelu(self.conv1(x)))


class ConvolutionBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.conv = PixelNorm(width, eps=LAYER_NORM_EPS), Convolutions(width)

    def forward(self, x):
        return x + self.conv(self.norm1(x))


class ConvolutionStage(nn.Module):
    def __init__(self, before, width, depth):
        super().__init__()
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(before, width, 3, 2, padding=1)})
        self.blocks = nn.Sequential(*(ConvolutionBlock(width) for _ in range(depth)))

    def forward(self, x):
        return self.blocks(self.patch_embed["proj"](x))


class Cnn(nn.Module):
    """The convolutional network of crate/families/cnn.rs, made of PyTorch's layers."""

    def __init__(self, width, stages, depth):
        super().__init__()
        widths = [1, *(width << stage for stage in range(stages))]
        self.stages = nn.Sequential(*(ConvolutionStage(a, b, depth) for a, b in zip(widths, widths[1:])))
        self.norm, self.head = norm(widths[-1]), nn.Linear(widths[-1], CLASSES)

    def forward(self, x):
        tokens = self.stages(x).flatten(2).transpose(1, 2)
        return self.head(self.norm(tokens).mean(1))


def cnn(_, width, stages, stage_depth):
    return Cnn(width, stages, stage_depth), {}


BUILDERS = dict(
    cct=cct, deit=deit, convit=convit, pvt=pvt, cvt=cvt, swin=swin, coatnet=coatnet, linear=linear, linformer=linformer, performer=performer, cnn=cnn,
)  # fmt: skip

# The settings of the recorded models. Vision Transformers have patches of 4 pixels: 50 tokens.
VIT = dict(patch_size=4, width=24, depth=2, heads=2, mlp=36)
SETTINGS = dict(
    cct=dict(convolutions=2, channels=6, window=3, width=24, depth=2, heads=2, mlp=36),
    deit=dict(patch_size=7, width=24, depth=2, heads=3, mlp=36),
    convit=dict(patch_size=7, width=24, depth=3, local_depth=2, heads=4, mlp=36),
    pvt=dict(patch_size=2, width=12, heads=1, stages=3, stage_depth=1, mlp_ratio=2),
    cvt=dict(patch_size=2, width=8, heads=1, stages=3, stage_depth=1, mlp_ratio=2),
    swin=dict(patch_size=2, windows=7, width=8, heads=2, stages=2, stage_depth=2, mlp_ratio=2),
    coatnet=dict(
        width=8, heads=2, convolution_stages=1, attention_stages=1, stage_depth=2, mlp_ratio=2,
    ),  # fmt: skip
    linear=VIT,
    linformer=VIT | dict(rank=8),
    performer=VIT | dict(features=20),
    cnn=dict(width=6, stages=2, stage_depth=2),
)


# --- What is recorded -----------------------------------------------------------------------------------------------------


def draw_weights(model, seed):
    """Normal weights of standard deviation 0.1 (norm scales: 1 plus that), as float32."""
    rng = np.random.default_rng(seed)
    norms = {id(m.weight) for m in model.modules() if isinstance(m, nn.LayerNorm)}
    drawn = {
        name: (0.1 * rng.standard_normal(p.shape) + (id(p) in norms)).astype(np.float32)
        for name, p in model.named_parameters()
    }
    # Constants that belong to the model are as the reference drew them.
    return drawn | {name: buffer.numpy() for name, buffer in model.named_buffers() if name in model.state_dict()}


def set_weights(model, weights):
    model.load_state_dict({name: torch.from_numpy(values).double() for name, values in weights.items()})


def gradients(model, loss, prefix="grads"):
    model.zero_grad()
    loss.backward()
    return {f"{prefix}/{name}": p.grad for name, p in model.named_parameters()}


def distillation(references, model, images, labels):
    """The loss of facebookresearch/deit with the logits `teacher` as the teacher's output, and its gradients."""
    losses = checkout(references / "deit", "losses.py", "losses")
    teacher = torch.from_numpy(np.random.default_rng(5).standard_normal((len(LABELS), CLASSES)).astype(np.float32)) * 3
    out = {"teacher": teacher}
    model.train()
    model.set_distilled_training(True)
    for kind, alpha, tau in [("hard", 0.5, 1.0), ("soft", 0.3, 3.0)]:
        loss = losses.DistillationLoss(nn.CrossEntropyLoss(), lambda _: teacher.double(), kind, alpha, tau)
        value = loss(images, model(images), labels)
        out |= {f"{kind}_loss": value.detach()[None]} | gradients(model, value, f"{kind}_grads")
    return out


def multiply_adds_of(model, images):
    """Those of a step for one image: thrice the forward pass, but the image needs no gradient. torch counts the gradient of
    a depthwise kernel as if each channel read all others."""
    counters = [FlopCounterMode(display=False) for _ in range(2)]
    for counter, part in zip(counters, [model, model.first]):
        with counter, torch.no_grad():
            part(images)
    whole, first = (counter.get_total_flops() // 2 // len(LABELS) for counter in counters)
    return 3 * whole - first


def record(name, references):
    model, modules = BUILDERS[name](references, **SETTINGS[name])
    weights = draw_weights(model, 11)
    model = model.double().eval()
    for module in model.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = False  # the fused version returns no attention weights
    set_weights(model, weights)
    pixels = draw_images(types.SimpleNamespace(seed=11))
    images = F.pad(torch.from_numpy(pixels).double(), getattr(model, "padded", (0,) * 4), value=-1.0)
    labels = torch.tensor(LABELS)
    seen = {}
    hooks = [
        module.register_forward_hook(lambda _, __, output, key=key: seen.__setitem__(key, output))
        for key, module in modules.items()
    ]
    counter = FlopCounterMode(display=False)
    with counter:
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        found = gradients(model, loss)
    for hook in hooks:
        hook.remove()
    if "pooling" in seen:
        seen["pooling"] = seen["pooling"].softmax(1)
    out = {"logits": logits, "loss": loss[None]} | seen | found
    out |= getattr(model, "shown", dict)()
    if name == "deit":
        out |= distillation(references, model, images, labels)
    tensors = {key: rounded(value.detach().numpy()) for key, value in out.items()}
    tensors |= {f"weights/{key}": value for key, value in weights.items()}
    tensors |= {"images": pixels, "labels": np.array(LABELS, dtype=np.int64)}
    multiply_adds = counter.get_total_flops() // 2 // len(LABELS) - getattr(model, "of_batch", 0)
    if hasattr(model, "first"):
        multiply_adds = multiply_adds_of(model, images)
    return tensors, dict(model=model_of(name, SETTINGS[name]), multiply_adds=multiply_adds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--references", type=Path, required=True, help="folder with the checkouts")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder for the files")
    parser.add_argument("names", nargs="*", default=list(BUILDERS))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for name in arguments.names:
        tensors, case = record(name, arguments.references)
        path = arguments.out / f"{name}.safetensors"
        # A single entry, because the order of several would be random.
        save_file(tensors, path, metadata={"case": json.dumps(case)})
        path.chmod(0o644)
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)


if __name__ == "__main__":
    main()
