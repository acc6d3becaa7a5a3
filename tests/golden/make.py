#!/usr/bin/env python3
"""Reference values ("goldens") of the Vision Transformer, computed by PyTorch.

Writes one safetensors file per case beside this script and prints, as Markdown, how far float32
PyTorch is from the float64 reference (the table of README.md) and the SHA-256 of each file.
README.md lists what the files hold and how to compare with them.

Regenerate, from the root of the repository (any build of torch does, only the CPU is used):

    python3 -m venv target/golden
    target/golden/bin/pip install torch==2.15.0 numpy==2.4.6 safetensors==0.8.0
    target/golden/bin/python tests/golden/make.py           # the files
    target/golden/bin/python tests/golden/make.py --bench   # only checks the benchmark's start

Everything is computed in float64 from weights and images that are float32 numbers, and rounded to
float32 once, when stored. Expected SHA-256 (the same with one or two threads, with or without AVX;
a later torch may round a last bit differently):

    ced4009205a9e6f0a3cc8b88684a8b0b0be8796ec44cf396cde1182cae446278 tiny.safetensors
    9a16e8e16234bfc7e8519d73c787e7ccc3c9c59c60dcd983cc4eefbc716f042f patch16.safetensors
    e6b96e46eb3e1930f32460d712b35ee4c3145fb14eacfbe24d3d5c83362af881 options.safetensors
    9e83b69adc7eaec7a3ff28408ef3af41c2d4f34108e1fa424063aaa9f1ad9432 stem.safetensors
"""

import argparse
import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file
from torch import nn

IMAGE = 28  # pixels a side
CLASSES = 10
LAYER_NORM_EPS = 1e-5
LABELS = [3, 0, 7, 9]
STEPS = 3
ADAM = dict(lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
WEIGHT_DECAY = 0.05
MAX_GRAD_NORM = 1.0


@dataclass(frozen=True)
class Config:
    """One case; the file's metadata holds it as JSON."""

    name: str
    seed: int
    patch: int
    width: int
    depth: int
    heads: int
    mlp: int
    stem_channels: int = 0  # of the first half of the stem's 3×3 convolutions, the others have twice as many; 0: no stem
    stem_depth: int = 2  # how many they are
    qk_norm: bool = False
    pool: str = "class"  # or "mean": no class token, the mean of the tokens after the final norm
    label_smoothing: float = 0.0
    adam: bool = False  # store three steps of plain Adam too
    muon: bool = False  # store three steps of Muon too

    @property
    def padded(self):
        """Side of the image padded to whole patches."""
        return math.ceil(IMAGE / self.patch) * self.patch

    @property
    def stem_stride(self):
        """Stride of the first convolution with twice the channels, which halves the image if the patch size stays whole."""
        return 2 if self.stem_channels and self.patch % 2 == 0 else 1

    @property
    def tokens(self):
        return (self.padded // self.patch) ** 2 + (self.pool == "class")

    def to_json(self):
        derived = dict(
            image_size=IMAGE, padded_size=self.padded, tokens=self.tokens, classes=CLASSES,
            layer_norm_eps=LAYER_NORM_EPS,
            optimizer=dict(steps=STEPS, weight_decay=WEIGHT_DECAY, max_grad_norm=MAX_GRAD_NORM, **ADAM),
        )  # fmt: skip
        return json.dumps(asdict(self) | derived)


CASES = [
    Config("tiny", seed=1, patch=7, width=64, depth=4, heads=4, mlp=128, adam=True),
    Config("patch16", seed=2, patch=16, width=64, depth=2, heads=4, mlp=128),
    Config(
        "options", seed=3, patch=7, width=32, depth=2, heads=4, mlp=64,
        stem_channels=4, qk_norm=True, pool="mean", label_smoothing=0.1, muon=True,
    ),
    Config("stem", seed=4, patch=4, width=32, depth=1, heads=2, mlp=48, stem_channels=6, stem_depth=3),
]  # fmt: skip


# --- The model; parameter names are those of timm's VisionTransformer ------------------------------


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c.heads
        self.qkv = nn.Linear(c.width, 3 * c.width)
        self.proj = nn.Linear(c.width, c.width)
        if c.qk_norm:
            self.q_norm = nn.LayerNorm(c.width // c.heads, LAYER_NORM_EPS)
            self.k_norm = nn.LayerNorm(c.width // c.heads, LAYER_NORM_EPS)
        else:
            self.q_norm = self.k_norm = nn.Identity()

    def forward(self, x):
        """[B, T, width] -> the same and the attention [B, heads, T (query), T (key)]."""
        b, t, width = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k = self.q_norm(q), self.k_norm(k)  # [B, heads, T, head_dim]
        attention = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
        return self.proj((attention @ v).transpose(1, 2).reshape(b, t, width)), attention


class Mlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(c.width, c.mlp), nn.Linear(c.mlp, c.width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))  # torch's default GELU is the exact one


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(c.width, LAYER_NORM_EPS), Attention(c)
        self.norm2, self.mlp = nn.LayerNorm(c.width, LAYER_NORM_EPS), Mlp(c)

    def forward(self, x):
        mixed, attention = self.attn(self.norm1(x))
        x = x + mixed
        return x + self.mlp(self.norm2(x)), attention


class Stem(nn.Sequential):
    """Convolutions before the patch embedding, each followed by a GELU (after Xiao et al. 2021)."""

    def __init__(self, c):
        super().__init__()
        narrow, channels = c.stem_depth // 2, 1
        for i in range(c.stem_depth):
            made = c.stem_channels if i < narrow else 2 * c.stem_channels
            self.append(nn.Conv2d(channels, made, 3, c.stem_stride if i == narrow else 1, padding=1))
            channels = made

    def forward(self, x):
        for convolution in self:
            x = F.gelu(convolution(x))
        return x


class PatchEmbed(nn.Module):
    def __init__(self, c):
        super().__init__()
        side = c.patch // c.stem_stride
        self.proj = nn.Conv2d(2 * c.stem_channels or 1, c.width, side, stride=side)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)  # [B, N, width], patches row by row


class Vit(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.config = c
        self.stem = Stem(c) if c.stem_channels else None
        self.patch_embed = PatchEmbed(c)
        self.cls_token = nn.Parameter(torch.empty(1, 1, c.width)) if c.pool == "class" else None
        self.pos_embed = nn.Parameter(torch.empty(1, c.tokens, c.width))
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.depth))
        self.norm = nn.LayerNorm(c.width, LAYER_NORM_EPS)
        self.head = nn.Linear(c.width, CLASSES)

    def pad(self, x):
        """Pads to whole patches with -1 (background); an odd pixel goes to the right and the bottom."""
        extra = self.config.padded - IMAGE
        before, after = extra // 2, extra - extra // 2
        return F.pad(x, (before, after, before, after), value=-1.0)

    def pooled(self, x):
        return x[:, 0] if self.cls_token is not None else x.mean(1)

    def forward(self, images):
        """[B, 1, 28, 28] in [-1, 1] -> logits [B, 10], attention per block, pooled state per block."""
        x = self.pad(images)
        if self.stem is not None:
            x = self.stem(x)
        x = self.patch_embed(x)
        if self.cls_token is not None:
            x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1)
        x = x + self.pos_embed
        attentions, states = [], []
        for block in self.blocks:
            x, attention = block(x)
            attentions.append(attention)
            states.append(self.pooled(x))
        return self.head(self.pooled(self.norm(x))), attentions, states


# --- Inputs ----------------------------------------------------------------------------------------


def draw_weights(config):
    """Normal weights of standard deviation 0.1 (norm scales: 1 plus that), as float32.

    Five times the usual 0.02, so that attention is far from uniform and a mistake shows."""
    rng = np.random.default_rng(config.seed)
    weights = {}
    for name, parameter in Vit(config).named_parameters():
        value = 0.1 * rng.standard_normal(parameter.shape)
        is_norm_scale = name.endswith("weight") and parameter.dim() == 1
        weights[name] = (value + is_norm_scale).astype(np.float32)
    return weights


def draw_images(config):
    """Half uniform noise, half one smooth blob per image: float32 [B, 1, 28, 28] in [-1, 1]."""
    rng = np.random.default_rng(1000 + config.seed)
    rows, columns = np.mgrid[0:IMAGE, 0:IMAGE]
    images = []
    for _ in LABELS:
        row, column = rng.uniform(8, 20, 2)
        height, width = rng.uniform(3, 8, 2)
        blob = 2 * np.exp(-(((rows - row) / height) ** 2) - ((columns - column) / width) ** 2) - 1
        images.append(0.5 * blob + 0.5 * rng.uniform(-1, 1, (IMAGE, IMAGE)))
    return np.stack(images)[:, None].astype(np.float32)


def build(config, weights, dtype):
    model = Vit(config).to(dtype)
    model.load_state_dict({name: torch.from_numpy(value).to(dtype) for name, value in weights.items()})
    return model


# --- What is recorded ------------------------------------------------------------------------------


def loss_of(logits, labels, config):
    return F.cross_entropy(logits, labels, label_smoothing=config.label_smoothing)


def forward_and_gradients(config, weights, images, labels, dtype):
    model = build(config, weights, dtype)
    logits, attentions, states = model(images)
    loss = loss_of(logits, labels, config)
    loss.backward()
    out = {"logits": logits, "loss": loss[None]}
    out |= {f"attention.{i}": a for i, a in enumerate(attentions)}
    out |= {f"class_token.{i}": s for i, s in enumerate(states)}
    return out | {f"grads/{name}": p.grad for name, p in model.named_parameters()}


def trained_weights(prefix, model):
    """A selection of the parameters, one of each sort, to keep the files small."""
    last = model.config.depth - 1
    kept = (
        "pos_embed", "cls_token", "stem.", "patch_embed.proj.", "blocks.0.norm1.", "blocks.0.attn.qkv.",
        f"blocks.{last}.mlp.fc2.", "norm.", "head.",
    )  # fmt: skip
    return {f"{prefix}/{name}": p for name, p in model.named_parameters() if name.startswith(kept)}


def adamw(model):
    """AdamW that decays only matrices and convolution kernels."""
    decayed, others = [], []
    for name, p in model.named_parameters():
        (decayed if name.endswith("weight") and p.dim() >= 2 else others).append(p)
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, **ADAM)


def adamw_on_everything(model):
    return torch.optim.AdamW(model.parameters(), weight_decay=WEIGHT_DECAY, **ADAM)


def adam(model):
    return torch.optim.Adam(model.parameters(), weight_decay=0.0, **ADAM)


class Muon:
    """torch.optim.Muon for the matrices of blocks and convolutions, AdamW for all else.

    Queries, keys and values are one matrix each, a kernel is a matrix of [out, in · height · width]. Steps have Adam's
    size (`match_rms_adamw`), and the momentum is Adam's first beta."""

    def __init__(self, model):
        self.parts, others = [], []
        for name, p in model.named_parameters():
            if not (name.endswith("weight") and p.dim() >= 2) or name == "head.weight":
                others.append((name, p))
                continue
            for rows in range(3) if name.endswith("qkv.weight") else [...]:
                self.parts.append((p, rows, nn.Parameter(self.part(p.data, rows))))
        groups = [{"params": [p], "weight_decay": WEIGHT_DECAY * (name == "head.weight")} for name, p in others]
        self.adamw = torch.optim.AdamW(groups, **ADAM)
        self.muon = torch.optim.Muon(
            [part for _, _, part in self.parts], lr=ADAM["lr"], weight_decay=WEIGHT_DECAY,
            momentum=ADAM["betas"][0], adjust_lr_fn="match_rms_adamw",
        )  # fmt: skip

    @staticmethod
    def part(values, rows):
        """A matrix as a view of the parameter that contains it."""
        values = values.flatten(1)
        return values if rows is ... else values.chunk(3)[rows]

    def zero_grad(self):
        self.adamw.zero_grad()
        for p, _, _ in self.parts:
            p.grad = None

    def step(self):
        for p, rows, part in self.parts:
            part.grad = self.part(p.grad, rows)
        self.adamw.step()
        self.muon.step()


def exact_orthogonalisation(gradient, coefficients, steps, eps):
    """What torch.optim.Muon computes in bfloat16, in the type of the gradient."""
    if gradient.size(0) > gradient.size(1):
        return exact_orthogonalisation(gradient.T, coefficients, steps, eps).T
    a, b, c = coefficients
    x = gradient / gradient.norm().clamp(min=eps)
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x


def use_exact_orthogonalisation():
    """Replaces torch's with it, after checking that they agree within the precision of bfloat16."""
    gradient = torch.from_numpy(np.random.default_rng(0).standard_normal((24, 40)))
    theirs, told = torch.optim._muon._zeropower_via_newtonschulz, ((3.4445, -4.775, 2.0315), 5, 1e-7)
    off = (exact_orthogonalisation(gradient, *told) - theirs(gradient, *told).double()).abs().max()
    assert off < 0.02, off  # of numbers up to 0.5
    torch.optim._muon._zeropower_via_newtonschulz = exact_orthogonalisation


def three_steps(config, weights, images, labels, dtype, optimizer, max_grad_norm=math.inf):
    """The model after the steps, and the loss and the gradient norm (before clipping) of each."""
    model = build(config, weights, dtype)
    optimizer = optimizer(model)
    losses, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(model(images)[0], labels, config)
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), max_grad_norm))
        optimizer.step()
        losses.append(loss.detach())
    return model, torch.stack(losses), torch.stack(norms)


def record(config, weights, images, dtype):
    """Every recorded quantity of a case by its key, computed in `dtype`."""
    images, labels = torch.from_numpy(images).to(dtype), torch.tensor(LABELS)
    inputs = (config, weights, images, labels, dtype)
    out = forward_and_gradients(*inputs)
    model, out["losses3"], out["grad_norms3"] = three_steps(*inputs, adamw, MAX_GRAD_NORM)
    out |= trained_weights("adamw3", model)
    if config.adam:
        model, _, _ = three_steps(*inputs, adam)
        out |= trained_weights("adam3", model)
    if config.muon:
        model, _, _ = three_steps(*inputs, Muon, MAX_GRAD_NORM)
        out |= trained_weights("muon3", model)
    return {key: value.detach().numpy() for key, value in out.items()}


# --- How exact float32 is --------------------------------------------------------------------------

FLAT = 1e-5  # gradients below this make Adam's step depend on rounding (README.md)


def comparable(exact, single):
    """Yields (row of the table, float64 values, float32 values), tensor by tensor."""
    for key, value in exact.items():
        other, kind = single[key], key.split("/")[0].split(".")[0]
        if kind == "grads" and np.abs(value).max() < 1e-12:
            yield "grads that are 0", value, other
        elif kind in ("adamw3", "adam3", "muon3"):
            flat = np.abs(exact["grads/" + key.split("/")[1]]) < FLAT
            yield kind, value[~flat], other[~flat]
            if flat.any():
                yield f"{kind}, flat", value[flat], other[flat]
        else:
            yield kind, value, other


def print_table(config, exact, single):
    rows = {}
    for row, value, other in comparable(exact, single):
        largest, distance = np.abs(value).max(), np.abs(value - other).max()
        measured = (value.size, largest, distance, distance / largest)
        rows.setdefault(row, []).append(measured)
    for row, measured in rows.items():
        sizes, largest, distance, relative = zip(*measured)
        ratio = f"{max(relative):.1e}" if max(largest) > 1e-12 else "-"
        cells = (config.name, row, sum(sizes), f"{max(largest):.3g}", f"{max(distance):.1e}", ratio)
        print("|", " | ".join(map(str, cells)), "|")


# --- The benchmark's start -------------------------------------------------------------------------

BENCH = [
    (Config("tiny", seed=0, patch=7, width=64, depth=4, heads=4, mlp=128), 2.29687),
    (Config("small", seed=0, patch=4, width=64, depth=6, heads=4, mlp=128), 2.32719),
]


def counter_uniform(seed, count):
    """Counter-mode mulberry32: value i depends on seed and i only; float64 in [-1, 1)."""
    mask = 0xFFFFFFFF
    values = []
    for i in range(1, count + 1):
        t = (seed + i * 0x6D2B79F5) & mask
        t = ((t ^ (t >> 15)) * (t | 1)) & mask
        t ^= (t + (t ^ (t >> 7)) * (t | 61)) & mask
        values.append((t ^ (t >> 14)) / 2**32 * 2 - 1)
    return np.array(values)


def bench_order(config):
    """Parameter names in the benchmark's order; the place is the number k that seeds a tensor."""
    names = ["patch_embed.proj.weight", "patch_embed.proj.bias", "cls_token", "pos_embed"]
    for i in range(config.depth):
        for part in ("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"):
            names += [f"blocks.{i}.{part}.weight", f"blocks.{i}.{part}.bias"]
    return names + ["norm.weight", "norm.bias", "head.weight", "head.bias"]


def bench_weights(config):
    shapes = {name: p.shape for name, p in Vit(config).named_parameters()}
    weights = {}
    for k, name in enumerate(bench_order(config)):
        shape = shapes[name]
        if name.endswith("bias") or "norm" in name:
            weights[name] = np.full(shape, name.endswith("weight"), np.float32)
            continue
        drawn = counter_uniform(1000 + k, math.prod(shape)) * (0.02 * math.sqrt(3))
        if name.endswith("weight"):  # drawn as [in, out], the transpose of torch's [out, in]
            drawn = drawn.reshape(-1, shape[0]).T
        weights[name] = drawn.reshape(shape).astype(np.float32)
    return weights


def check_bench(config, expected_loss, batch=128):
    images = counter_uniform(7, batch * IMAGE**2).astype(np.float32).reshape(batch, 1, IMAGE, IMAGE)
    labels = np.floor((counter_uniform(8, batch) + 1) * 5).astype(np.int64)
    model = build(config, bench_weights(config), torch.float32)
    with torch.no_grad():
        loss = loss_of(model(torch.from_numpy(images))[0], torch.from_numpy(labels), config).item()
    print(f"{config.name}: first loss {loss:.5f}, expected {expected_loss}")
    assert abs(loss - expected_loss) < 1e-5
    for optimizer in (adamw, adamw_on_everything):
        model = build(config, bench_weights(config), torch.float32)
        loss = sixty_steps(config, model, optimizer(model), torch.from_numpy(images), torch.from_numpy(labels))
        print(f"{config.name}: loss after 60 steps of {optimizer.__name__} {loss:.5f}")


def sixty_steps(config, model, optimizer, images, labels):
    """The loss of the 61st step, all on one batch."""
    for _ in range(61):
        optimizer.zero_grad()
        loss = loss_of(model(images)[0], labels, config)
        loss.backward()
        optimizer.step()
    return loss.item()


# --- Command line ----------------------------------------------------------------------------------


def rounded(value):
    """As float32, with 0 for the rounding residue of sums that are exactly 0 (about 1e-18)."""
    return np.where(np.abs(value) < 1e-14, 0.0, value).astype(np.float32)


def make(config, folder):
    weights, images = draw_weights(config), draw_images(config)
    exact = record(config, weights, images, torch.float64)
    print_table(config, exact, record(config, weights, images, torch.float32))
    tensors = {key: rounded(value) for key, value in exact.items()}
    tensors |= {f"weights/{name}": value for name, value in weights.items()}
    tensors |= {"images": images, "labels": np.array(LABELS, dtype=np.int64)}
    path = folder / f"{config.name}.safetensors"
    save_file(tensors, path, metadata={"config": config.to_json()})
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", action="store_true", help="only check the benchmark's first losses")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder for the files")
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # sums in one order, whatever the machine
    use_exact_orthogonalisation()
    if arguments.bench:
        for config, expected_loss in BENCH:
            check_bench(config, expected_loss)
        return
    print("| case | quantity | values | largest | float32 off by | relative to its tensor |")
    print("|---|---|---|---|---|---|")
    paths = [make(config, arguments.out) for config in CASES]
    for path in paths:
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)


if __name__ == "__main__":
    main()
