#!/usr/bin/env python3
"""PyTorch's side of the benchmark of a step: `cargo bench --workspace --bench step -- --python VENV` starts it.

The model, the weights and the batch are files in one folder; then each line of the input is a command with a
count ("steps 10"), answered with one line of JSON: milliseconds. Needs torch and numpy.
PyTorch gets its fused AdamW and its own attention, and mixed precision through autocast. Families other than ViT are
their public implementations, as for the golden values (tests/golden/families.py); these need timm and safetensors, too.
"""

import argparse
import contextlib
import json
import os
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

EPS = 1e-5
LEARNING_RATE, WEIGHT_DECAY = 1e-3, 0.05


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        width = c["width"]
        self.heads = c["heads"]
        self.norm1, self.qkv, self.proj = nn.LayerNorm(width, EPS), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm2, self.fc1, self.fc2 = nn.LayerNorm(width, EPS), nn.Linear(width, c["mlp"]), nn.Linear(c["mlp"], width)

    def forward(self, x):
        b, t, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        x = x + self.proj(F.scaled_dot_product_attention(*qkv).transpose(1, 2).reshape(b, t, width))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Vit(nn.Module):
    """The parameters are defined in the order of crate/weights.rs."""

    def __init__(self, c):
        super().__init__()
        if c["qk_norm"] or c["pool"] != "class-token" or c["image_size"] % c["patch_size"]:
            sys.exit("this model has what the benchmark's PyTorch has not")
        width, patch, stem = c["width"], c["patch_size"], c["stem"]
        narrow, stride = c["stem_depth"] // 2, 2 if patch % 2 == 0 else 1
        made = [1] + [stem if i < narrow else 2 * stem for i in range(c["stem_depth"] if stem else 0)]
        self.stem = nn.ModuleList(
            nn.Conv2d(made[i], made[i + 1], 3, stride if i == narrow else 1, padding=1) for i in range(len(made) - 1)
        )
        window = patch // stride if stem else patch
        self.patch = nn.Conv2d(made[-1], width, window, stride=window)
        self.cls = nn.Parameter(torch.empty(1, 1, width))
        self.pos = nn.Parameter(torch.empty(1, (c["image_size"] // patch) ** 2 + 1, width))
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["depth"]))
        self.norm, self.head = nn.LayerNorm(width, EPS), nn.Linear(width, c["classes"])

    def forward(self, x):
        for convolution in self.stem:
            x = F.gelu(convolution(x))
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.pos
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, 0]))

    def in_order(self):
        """(parameter, whether it is the matrix of a linear layer), in the order of the flat array."""
        linear = {id(m.weight) for m in self.modules() if isinstance(m, nn.Linear)}
        top = [*self.stem.parameters(), *self.patch.parameters(), self.cls, self.pos]
        layers = [m for b in self.blocks for m in (b.norm1, b.qkv, b.proj, b.norm2, b.fc1, b.fc2)]
        rest = [p for m in [*layers, self.norm, self.head] for p in (m.weight, m.bias)]
        return [(p, id(p) in linear) for p in top + rest]

    @torch.no_grad()
    def load(self, flat):
        for parameter, linear in self.in_order():
            values, flat = flat[: parameter.numel()], flat[parameter.numel() :]
            parameter.copy_(values.view(parameter.shape[::-1]).T if linear else values.view(parameter.shape))
        assert len(flat) == 0, "weights are left over"


def load_family(config, folder, references):
    """The public implementation of a family with the weights of a file, which has its names."""
    # In the place of this script's folder: torchvision looks for a package `pytorch`, and would find this file.
    sys.path[0] = str(pathlib.Path(__file__).parent.parent / "golden")
    import families
    from safetensors.torch import load_file

    name = config["family"]
    if name not in families.BUILDERS:
        sys.exit(f"the benchmark's PyTorch has no family {name}")
    settings = {setting: config[setting] for setting in families.SETTINGS[name]}
    model, _ = families.BUILDERS[name](references, **settings)
    missing, unexpected = model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    # Buffers (masks, indices, a projection drawn at random) are no weights.
    missing = set(missing) - {name for name, _ in model.named_buffers()}
    assert not missing and not unexpected, (missing, unexpected)
    return model


def load(options):
    folder = pathlib.Path(options.folder)
    config = json.loads((folder / "model.json").read_text())
    if config.get("family", "vit") != "vit":
        return load_family(config, folder, options.references)
    model = Vit(config)
    model.load(torch.from_numpy(np.fromfile(folder / "weights.f32", "<f4")))
    return model


class Step:
    def __init__(self, options):
        folder = pathlib.Path(options.folder)
        self.device = torch.device(options.device)
        self.cuda = options.device == "cuda"
        self.precision = options.precision
        model = load(options)
        self.model = model.to(self.device).eval()
        images = torch.from_numpy(np.fromfile(folder / "images.f32", "<f4")).view(-1, 1, 28, 28)
        images = F.pad(images, getattr(model, "padded", (0,) * 4), value=-1.0)
        labels = torch.from_numpy(np.fromfile(folder / "labels.u8", "u1").astype(np.int64))
        self.images, self.labels = images.to(self.device), labels.to(self.device)
        matrices = [p for p in model.parameters() if p.dim() in (2, 4)]
        others = [p for p in model.parameters() if p.dim() not in (2, 4)]
        groups = [dict(params=matrices, weight_decay=WEIGHT_DECAY), dict(params=others, weight_decay=0.0)]
        self.adamw = torch.optim.AdamW(groups, lr=LEARNING_RATE, fused=True, capturable=self.cuda)
        # Dynamic loss scaling reads the gradients, which is impossible in a graph: with f16 the scale is fixed.
        self.scale = 1024.0 if self.precision == "f16" else 1.0
        self.graph = options.way == "graph"
        compiled = options.way == "compile"
        self.loss_of = torch.compile(self.plain_loss) if compiled else self.plain_loss
        self.score = torch.compile(self.plain_score) if compiled else self.plain_score

    def autocast(self):
        if self.precision == "f32":
            return contextlib.nullcontext()
        dtype = torch.float16 if self.precision == "f16" else torch.bfloat16
        return torch.autocast(self.device.type, dtype, cache_enabled=not self.graph)

    def plain_loss(self, images, labels):
        with self.autocast():
            logits = self.model(images)
        return F.cross_entropy(logits.float(), labels)

    def plain_score(self, images):
        with torch.no_grad(), self.autocast():
            return self.model(images).float()

    def plain_step(self):
        self.adamw.zero_grad(set_to_none=True)
        loss = self.loss_of(self.images, self.labels)
        (loss * self.scale).backward()
        if self.scale != 1.0:
            torch._foreach_mul_([p.grad for p in self.model.parameters()], 1 / self.scale)
        self.adamw.step()
        return loss.detach()

    def first(self):
        """Takes the first step and returns its loss. From then on `self.step` takes one."""
        if not self.graph:
            self.step = self.plain_step
            return self.step().item()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            losses = [self.plain_step().item() for _ in range(3)]
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.adamw.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            loss = self.plain_step()

        def replay():
            graph.replay()
            return loss

        self.step = replay
        return losses[0]

    def wait(self):
        if self.cuda:
            torch.cuda.synchronize()


def timed(work, count):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def turn(step, what, count):
    if what == "steps":
        return timed(lambda: step.step().item(), count)
    if what == "looks":
        return timed(lambda: step.score(step.images[:1]).cpu(), count)
    if what == "forwards":
        return timed(lambda: step.score(step.images).cpu(), count)
    start = time.perf_counter()
    host = timed(step.step, count)
    step.wait()
    return {"host": host, "total": (time.perf_counter() - start) * 1e3}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--way", choices=["eager", "compile", "graph"], required=True)
    parser.add_argument("--device", choices=["cpu", "cuda"], required=True)
    parser.add_argument("--precision", choices=["f32", "f16", "bf16"], required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--tf32", action="store_true")
    parser.add_argument("--references", type=pathlib.Path, help="checkouts that tests/golden/families.py reads")
    parser.add_argument("folder")
    options = parser.parse_args()
    # Only answers go to stdout: compilers print messages.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    torch.set_num_threads(options.threads)
    if options.tf32:
        torch.set_float32_matmul_precision("high")
    step = Step(options)
    name = f"PyTorch {torch.__version__.split('+')[0]} {options.way}{' TF32' * options.tf32}"
    print(json.dumps({"name": name, "first_loss": step.first()}), file=answers)
    for line in sys.stdin:
        what, count = line.split()
        print(json.dumps(turn(step, what, int(count))), file=answers)


if __name__ == "__main__":
    main()
