import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRecord } from "../src/protocol/messages.js";
import { differences } from "../src/runs/differences.js";

function run(train: object, device = "CPU"): RunRecord {
  return {
    settings: { model: { width: 64, qk_norm: false }, train },
    data: { material: { train: 1600 } },
    device: { name: device, kind: "cpu" },
  } as unknown as RunRecord;
}

test("only differences are listed, nested settings with their path", () => {
  const deform = { rotate: 5, flip_horizontal: true };
  const one = run({ learning_rate: 0.001, betas: [0.9, 0.999], augment: { rotate: 0, flip_horizontal: false } });
  const other = run({ learning_rate: 0.001, betas: [0.9, 0.99], augment: deform }, "card");
  assert.deepEqual(differences([one, other]), [
    { name: "betas", values: ["0.9, 0.999", "0.9, 0.99"] },
    { name: "augment: rotate", values: ["0", "5"] },
    { name: "augment: flip horizontal", values: ["no", "yes"] },
    { name: "device", values: ["CPU", "card"] },
  ]);
  assert.deepEqual(differences([one, one]), []);
});

test("a setting that an older run lacks is a difference", () => {
  assert.deepEqual(differences([run({ patience: 3 }), run({})]), [{ name: "patience", values: ["3", "–"] }]);
});

test("a run stored before families existed is a plain Vision Transformer", () => {
  const named = run({});
  named.settings.model.family = "vit";
  assert.deepEqual(differences([run({}), named]), []);
});
