#!/usr/bin/env python3
"""Holds exported models to onnxruntime, Hugging Face's transformers and timm.

From the root of the repository, with the program built (`cargo build --release`):

    python3 -m venv target/interchange
    target/interchange/bin/pip install onnx==1.23.2 onnxruntime==1.32.0 numpy torch==2.15.0 safetensors==0.8.0 \
        transformers==5.24.0 timm==1.0.31
    target/interchange/bin/python tests/golden/interchange.py [--program target/release/patchwork]

Prints one line a check with the largest difference, and fails where one is beyond 1e-5:

- every case in this folder: onnxruntime's logits and attention against those of the public implementation;
- every preset and the shipped weights: onnxruntime's probabilities against `patchwork predict`, for 1, 3 and all images;
- every preset that has the shape: transformers' and timm's logits against onnxruntime's.
"""

import argparse
import csv
import importlib.util
import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TOLERANCE = 1e-5
IMAGES = 32
failures = []


def report(what, difference):
    if not difference <= TOLERANCE:
        failures.append(what)
    print(f"{'ok  ' if difference <= TOLERANCE else 'FAIL'} {difference:.1e}  {what}", flush=True)


def session(path):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def relative(found, due):
    return float(np.abs(found - due).max() / np.abs(due).max())


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def save_model(path, model, weights):
    save_file(weights, path, {"patchwork": json.dumps({"model": model})})


def vit_of(config):
    """A case of make.py as Patchwork describes it."""
    return {
        "image_size": config["image_size"],
        "classes": config["classes"],
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "stochastic_depth": 0.0,
        "family": "vit",
        "patch_size": config["patch"],
        "width": config["width"],
        "depth": config["depth"],
        "heads": config["heads"],
        "mlp": config["mlp"],
        "pool": "class-token" if config["pool"] == "class" else "mean",
        "stem": config["stem_channels"],
        "stem_depth": config["stem_depth"],
        "qk_norm": config["qk_norm"],
    }


def check_case(program, case, folder):
    with safe_open(case, framework="np") as file:
        about = {key: json.loads(value) for key, value in file.metadata().items()}
    model = about["case"]["model"] if "case" in about else vit_of(about["config"])
    values = load_file(case)
    weights = {name.removeprefix("weights/"): v for name, v in values.items() if name.startswith("weights/")}
    file, graph = folder / f"{case.stem}.safetensors", folder / f"{case.stem}.onnx"
    save_model(file, model, weights)
    attention = [name for name in values if name.startswith("attention.")]
    shown = ["--attention"] if attention else []
    subprocess.run([program, "export", "--model", file, "--onnx", graph, *shown], check=True, capture_output=True)
    found = session(graph)
    pixels = (values["images"] + 1) / 2
    names = [output.name for output in found.get_outputs()]
    outputs = dict(zip(names, found.run(None, {"image": pixels})))
    report(f"case {case.stem}: logits", relative(outputs["logits"], values["logits"]))
    # Cases count blocks that have attention, graphs all of them.
    seen = [name for name in names if name.startswith("attention.")]
    for name in attention:
        output = outputs[seen[int(name.removeprefix("attention."))]]
        difference = np.abs(output.reshape(values[name].shape) - values[name]).max()
        report(f"case {case.stem}: {name}", float(difference))


def images_in(folder):
    """Blots of ink, as bytes, and their file."""
    random = np.random.default_rng(7)
    rows, columns = np.mgrid[0:28, 0:28]
    images = np.zeros((IMAGES, 28, 28))
    for image in images:
        for _ in range(8):
            row, column = random.uniform(6, 22, 2)
            image += np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / random.uniform(1, 8))
    images = (255 * np.minimum(images, 1)).astype(np.uint8)
    path = folder / "images-idx3-ubyte"
    path.write_bytes(struct.pack(">IIII", 0x803, *images.shape) + images.tobytes())
    return images, path


def lively(path, seed):
    """Moves all weights of a file away from where they started, so that every layer matters."""
    with safe_open(path, framework="np") as file:
        metadata = file.metadata()
    random = np.random.default_rng(seed)
    moved = {name: value + 0.1 * random.standard_normal(value.shape) for name, value in load_file(path).items()}
    save_file({name: value.astype(np.float32) for name, value in moved.items()}, path, metadata)


def check_predictions(program, name, file, folder, images, data):
    """onnxruntime against our own predictions; returns onnxruntime's logits."""
    graph, table = folder / f"{name}.onnx", folder / f"{name}.csv"
    subprocess.run([program, "export", "--model", file, "--onnx", graph], check=True, capture_output=True)
    predict = ["predict", "--model", file, "--data", data, "--device", "cpu", "--probabilities", "--out", table]
    subprocess.run([program, *predict], check=True, capture_output=True)
    with open(table) as rows:
        due = np.array([row[2:] for row in list(csv.reader(rows))[1:]], dtype=float)
    found, pixels = session(graph), (images[:, None] / 255).astype(np.float32)
    for count in [1, 3, len(images)]:
        [logits] = found.run(["logits"], {"image": pixels[:count]})
        report(f"{name}: probabilities of {count}", float(np.abs(softmax(logits) - due[:count]).max()))
    return logits


def check_transformers(program, name, file, folder, images, due):
    from transformers import ViTForImageClassification, ViTImageProcessor
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()

    hub = folder / f"{name}-hub"
    done = subprocess.run([program, "export", "--model", file, "--hugging-face", hub], capture_output=True, text=True)
    if done.returncode:
        print(f"--            {name}: {done.stderr.splitlines()[0]}")
        return
    model, loading = ViTForImageClassification.from_pretrained(hub, output_loading_info=True)
    assert not any(loading.values()), loading
    processed = ViTImageProcessor.from_pretrained(hub)(list(images[:, None]), input_data_format="channels_first", return_tensors="pt")
    with torch.no_grad():
        logits = model.eval()(processed["pixel_values"]).logits.numpy()
    report(f"{name}: transformers' logits", relative(logits, due))


def check_timm(name, file, images, due):
    spec = importlib.util.spec_from_file_location("patchwork_timm", ROOT / "docs/timm.py")
    loader = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loader)
    model, _ = loader.load(file)
    with torch.no_grad():
        logits = model(torch.from_numpy(images[:, None] / np.float32(127.5) - 1)).numpy()
    report(f"{name}: timm's logits", relative(logits, due))


def presets(program):
    said = subprocess.run([program, "--preset", "?"], capture_output=True, text=True).stderr
    return said.split("possible values: ")[1].split("]")[0].split(", ")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=ROOT / "target/release/patchwork", type=Path)
    program = parser.parse_args().program.resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for case in sorted(HERE.glob("*.safetensors")):
            check_case(program, case, folder)
        images, data = images_in(folder)
        models = [("shipped", ROOT / "assets/model.safetensors")]
        for seed, preset in enumerate(presets(program)):
            run = folder / preset
            train = ["--preset", preset, "--data", "builtin:300", "--epochs", "1", "--device", "cpu", "--out", run]
            subprocess.run([program, *train], check=True, capture_output=True)
            lively(run / "model.safetensors", seed)
            models.append((preset, run / "model.safetensors"))
        for name, file in models:
            due = check_predictions(program, name, file, folder, images, data)
            with safe_open(file, framework="np") as opened:
                family = json.loads(opened.metadata()["patchwork"])["model"].get("family", "vit")
            check_transformers(program, name, file, folder, images, due)
            if family == "vit":
                check_timm(name, file, images, due)
    if failures:
        sys.exit(f"{len(failures)} checks failed: {failures}")


main()
