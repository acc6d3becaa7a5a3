#!/usr/bin/env bash
# What a graphics card makes of our steps: small and base, batches from 128 to 4,096, 32 and 16 bits, through Vulkan
# (or Metal, DX12) and CUDA, beside PyTorch eager, compiled and as a CUDA graph where there is one.
#
#   tests/bench/card.sh [folder for the figures]
#
# Built here, unless STEP names the program of `cargo bench --bench step --no-run`, built elsewhere. In the environment:
#   PYTHON    a virtual environment with PyTorch
#   FEATURES  of the build: cuda for CUDA (needs a network to build), vulkan for SPIR-V instead of WGSL
#   DEVICES   gpu,cuda:0 with the feature cuda, else gpu
#   PRESETS, BATCH, PRECISION, ROUNDS, STEPS   small,base  128,512,1024,2048,4096  f32,f16,bf16  4  10
#   SOFTWARE  not empty: software adapters will do, to try this script where there is no card
#   WEBGPU    a folder with the npm package webgpu: then the page's module runs on the card, too (cargo xtask build first)
set -euo pipefail
out=$(mkdir -p "${1:-target/card}" && cd "${1:-target/card}" && pwd)
cd "$(dirname "$0")/../.."

features=${FEATURES:-}
devices=${DEVICES:-$([[ $features == *cuda* ]] && echo gpu,cuda:0 || echo gpu)}
options=(
  --devices "$devices" --presets "${PRESETS:-small,base}" --batch "${BATCH:-128,512,1024,2048,4096}"
  --precision "${PRECISION:-f32,f16,bf16}" --rounds "${ROUNDS:-4}" --steps "${STEPS:-10}" --kernels 8 --json "$out/steps.json"
)
[[ -n ${SOFTWARE:-} ]] && options+=(--software)
[[ -n ${PYTHON:-} ]] && options+=(--python "$PYTHON" --torch eager,compile,graph)

nvidia-smi --query-gpu=name,driver_version,clocks.max.sm --format=csv,noheader 2>/dev/null | tee "$out/card.txt" || true
if [[ -n ${STEP:-} ]]; then
  "$STEP" "${options[@]}" | tee "$out/steps.md"
else
  cargo bench --features "$features" --bench step -- "${options[@]}" | tee "$out/steps.md"
fi
if [[ -n ${WEBGPU:-} ]]; then
  node tests/bench/node.mjs --webgpu "$WEBGPU" --presets "${PRESETS:-small,base}" --steps "${STEPS:-10}" | tee "$out/webgpu.md"
fi
