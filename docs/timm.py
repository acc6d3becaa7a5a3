#!/usr/bin/env python3
"""Loads a Vision Transformer that Patchwork trained into timm's VisionTransformer.

    pip install timm
    python docs/timm.py model.safetensors

From a program, copy this file under another name and call `load("model.safetensors")`: it returns timm's model and the
names of the classes. Images are [batch, 1, side, side], light ink on a dark ground, scaled as `bytes / 127.5 - 1`.

timm knows tokens of patches, QK-norm, a class token and the mean over tokens. What it lacks is before the patches: the
padding of images that patches do not divide, and the stem's convolutions. `Patches` has both.
"""

import json
import sys
from functools import partial
from pathlib import Path

# This file is called like the package: look for that elsewhere.
sys.path = [path for path in sys.path if Path(path).resolve() != Path(__file__).resolve().parent]

import torch.nn.functional as F
from safetensors import safe_open
from timm.models.vision_transformer import VisionTransformer
from torch import nn


class Patches(nn.Module):
    """Padding, stem and patches: [batch, 1, side, side] to [batch, patches, width]."""

    def __init__(self, model):
        super().__init__()
        side, patch, stem = model["image_size"], model["patch_size"], model["stem"]
        grid = -(-side // patch)
        missing = grid * patch - side
        self.padding, self.num_patches = (missing // 2, missing - missing // 2), grid * grid
        depth = model.get("stem_depth", 2) if stem else 0
        stride = 2 if stem and patch % 2 == 0 else 1
        self.stem, channels = nn.ModuleList(), 1
        for index in range(depth):
            wider = stem if index < depth // 2 else 2 * stem
            step = stride if index == depth // 2 else 1
            self.stem.append(nn.Conv2d(channels, wider, 3, step, padding=1))
            channels = wider
        self.proj = nn.Conv2d(channels, model["width"], patch // stride, patch // stride)

    def forward(self, images):
        maps = F.pad(images, 2 * self.padding, value=-1.0)
        for convolution in self.stem:
            maps = F.gelu(convolution(maps))
        return self.proj(maps).flatten(2).transpose(1, 2)


def load(path):
    """timm's model with the weights of a file, ready to predict, and the names of the classes."""
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["patchwork"])
        weights = {name: file.get_tensor(name).float() for name in file.keys()}
    model, classes = about["model"], about.get("card", {}).get("class_names", [])
    if model.get("family", "vit") != "vit":
        raise SystemExit(f"{path} is a {model['family']}; this loads the family vit")
    token = model["pool"] == "class-token"
    made = VisionTransformer(
        img_size=model["image_size"],
        patch_size=model["patch_size"],
        in_chans=1,
        num_classes=model["classes"],
        embed_dim=model["width"],
        depth=model["depth"],
        num_heads=model["heads"],
        mlp_ratio=model["mlp"] / model["width"],
        qk_norm=model["qk_norm"],
        class_token=token,
        global_pool="token" if token else "avg",
        fc_norm=False,
        norm_layer=partial(nn.LayerNorm, eps=1e-5),
        embed_layer=lambda **_: Patches(model),
    )
    named = {f"patch_embed.{name}" if name.startswith("stem.") else name: value for name, value in weights.items()}
    made.load_state_dict(named)
    return made.eval(), classes or [str(index) for index in range(model["classes"])]


if __name__ == "__main__":
    loaded, names = load(sys.argv[1])
    print(f"{sum(value.numel() for value in loaded.parameters())} parameters, classes {', '.join(names)}")
