#!/bin/sh
# Trains the preset of each family for a few hundred steps with the command line, into model files in a folder:
#   tests/browser/train-families.sh FOLDER [PRESET…]
# PATCHWORK is the command line's program (target/release/patchwork), DATA its images (6,000 built-in digits).
set -eu
folder=$1
shift
[ $# -gt 0 ] || set -- deit cct pvt swin linear linformer cnn
mkdir -p "$folder"
for preset in "$@"; do
  "${PATCHWORK:-target/release/patchwork}" train --preset "$preset" --data "${DATA:-builtin:6000}" --device cpu \
    --epochs 3 --out "$folder/$preset"
  cp "$folder/$preset/model.safetensors" "$folder/$preset.safetensors"
done
