#!/usr/bin/env bash
# Trains the weights of model.safetensors anew (assets/README.md says what and why):
#
#   bash assets/reproduce.sh train-images-idx3-ubyte.gz pendigits-train.jsonl.gz FOLDER
#
# The second file holds the pen strokes of UCI's "Pen-Based Recognition of Handwritten Digits" (training part, original
# coordinates), one drawing a line as README describes it. Six of its 30 writers are left out, to measure on.
#
# An hour and a half on two cores with AVX-512. If it is stopped, it continues from there. Other processors round differently, so only the
# same kind of machine gives the same bytes.
set -euo pipefail
data=$1
strokes=$2
folder=$3
mkdir -p "$folder"

patchwork() { cargo run --release --quiet -- "$@"; }

# train NAME OPTIONS...: a run, or the rest of it.
train() {
  local run=$folder/$1
  if [[ -e $run/report.html ]]; then return; fi
  if [[ -e $run/checkpoint.safetensors ]]; then
    patchwork train --resume "$run" --device cpu
    return
  fi
  patchwork train --data "$data" --preset base --val-fraction 0.05 --test-fraction 0 --seed 0 --device cpu \
    --ema 0.999 --shift 2 --elastic 2 "${@:2}" --out "$run"
}

# writers PATTERN FILE: the drawings of some writers, by their numbers.
writers() { gzip -dc "$strokes" | grep -E "\"writer\":\"pendigits-tra/($1)\"" >"$2"; }

strong=(--epochs 24 --weight-decay 0.1 --rotate 15 --scale 0.15 --shear 15
  --thickness 0.8 --blur 1 --erase 6 --noise 0.15 --builtin-digits 60000)
milder=(--epochs 5 --optimizer adam-w --lr 0.0008 --weight-decay 0.05 --rotate 12 --scale 0.12 --shear 12
  --thickness 0.5 --builtin-digits 40000)

train first "${strong[@]}" --clean-epochs 6
train second "${milder[@]}" --from "$folder/first/model.safetensors"
train third "${strong[@]}" --clean-epochs 2
patchwork pack --model "$folder/second" --with "$folder/third" --out "$folder/earlier.safetensors" \
  --recipe "base with built-in digits and stronger deformations: the mean of the weights of two runs"

writers '[0-9]*[12346789]' "$folder/learn.jsonl"
writers '5|10|15|20|25|30' "$folder/validate.jsonl"
train fourth --from "$folder/earlier.safetensors" --data "$folder/learn.jsonl" --epochs 3 --optimizer adam-w --lr 0.0008 \
  --weight-decay 0.05 --rotate 12 --scale 0.12 --shear 12 --thickness 0.5 \
  --builtin-digits 20000 --rare-styles 0.2 --stroke-copies 2 --not-digits 10000
patchwork pack --model "$folder/earlier.safetensors" --with "$folder/fourth" --share 0.6 --out "$folder/model.safetensors" \
  --recipe "base with built-in digits, pen strokes of 24 writers and ink of no class: the mean of the weights of several runs"
