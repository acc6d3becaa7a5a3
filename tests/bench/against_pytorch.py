#!/usr/bin/env python3
"""Times one training step here and in PyTorch, in turns, on the same CPU cores.

    cargo bench --bench step --no-run
    python tests/bench/against_pytorch.py [tiny|small] [--threads 2] [--rounds 8] [--steps 10]

The step is forward, backward and AdamW on 128 images, f32, from the same initial weights and images
(tests/golden/README.md). Both sides stay warm; they take turns round by round, so that a neighbour on the
machine disturbs both. Needs torch and numpy. PyTorch is eager, with fused AdamW and its own attention.
"""

import argparse
import glob
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def newest_bench():
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    built = [path for path in glob.glob(f"{target}/release/deps/step-*") if os.access(path, os.X_OK)]
    return max(built, key=os.path.getmtime) if built else sys.exit("build first: cargo bench --bench step --no-run")


class Ours:
    def __init__(self, preset, threads):
        environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            [newest_bench(), preset], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.first_loss = float(self.process.stdout.readline().split()[-1])

    def steps(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        return [float(ms) for ms in self.process.stdout.readline().split()]


class PyTorch:
    def __init__(self, preset, threads):
        sys.path.insert(0, str(ROOT / "tests/golden"))
        import make
        import numpy as np
        import torch
        from torch.nn import functional

        torch.set_num_threads(threads)
        case = {config.name: config for config, _ in make.BENCH}[preset]
        self.model = make.build(case, make.bench_weights(case), torch.float32)
        for block in self.model.blocks:  # the goldens' attention returns its weights; here it need not
            block.attn.forward = fused_attention(block.attn, functional)
        images = make.counter_uniform(7, 128 * 784).astype(np.float32).reshape(128, 1, 28, 28)
        labels = np.floor((make.counter_uniform(8, 128) + 1) * 5).astype(np.int64)
        self.images, self.labels = torch.from_numpy(images), torch.from_numpy(labels)
        decayed = [p for n, p in self.model.named_parameters() if n.endswith("weight") and p.dim() > 1]
        rest = [p for n, p in self.model.named_parameters() if not (n.endswith("weight") and p.dim() > 1)]
        groups = [dict(params=decayed, weight_decay=0.05), dict(params=rest, weight_decay=0.0)]
        self.adamw = torch.optim.AdamW(groups, lr=1e-3, fused=True)
        self.cross_entropy = functional.cross_entropy
        self.first_loss = self.step()

    def step(self):
        self.adamw.zero_grad(set_to_none=True)
        loss = self.cross_entropy(self.model(self.images)[0], self.labels)
        loss.backward()
        self.adamw.step()
        return loss.item()

    def steps(self, count):
        times = []
        for _ in range(count):
            start = time.perf_counter()
            self.step()
            times.append((time.perf_counter() - start) * 1e3)
        return times


def fused_attention(attention, functional):
    def forward(x):
        batch, tokens, width = x.shape
        qkv = attention.qkv(x).view(batch, tokens, 3, attention.heads, -1).permute(2, 0, 3, 1, 4)
        read = functional.scaled_dot_product_attention(*qkv)
        return attention.proj(read.transpose(1, 2).reshape(batch, tokens, width)), None

    return forward


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", nargs="?", default="tiny", choices=["tiny", "small"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    sides = {
        "Patchwork": Ours(options.preset, options.threads),
        "PyTorch": PyTorch(options.preset, options.threads),
    }
    times = {name: [] for name in sides}
    for name, side in sides.items():
        print(f"{name}: first loss {side.first_loss:.5f}")
        side.steps(3)
    for _ in range(options.rounds):
        for name, side in sides.items():
            times[name] += side.steps(options.steps)
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name}: median {median:.1f} ms, fastest {min(values):.1f} ms, {128_000 / median:.0f} images/s")
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"Patchwork takes {medians['PyTorch'] / medians['Patchwork']:.2f}× PyTorch's images per second")


main()
