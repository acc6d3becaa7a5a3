import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRecord } from "../src/protocol/messages.js";
import type { PresetReport, RunSettings } from "../src/protocol/engine.js";
import { runName } from "../src/run/name.js";
import { differences as differencesOf, tellingNames } from "../src/runs/differences.js";

function run(train: object, device = "CPU"): RunRecord {
  return {
    settings: { model: { width: 64, qk_norm: false }, train },
    data: { material: { train: 1600 }, files: [{ name: "digits.csv", part: "train" }] },
    name: "tiny", created: 0,
    device: { name: device, kind: "cpu" },
  } as unknown as RunRecord;
}

function differences(runs: RunRecord[]): { name: string; values: string[] }[] {
  return differencesOf(runs).map(({ name, values }) => ({ name, values }));
}

test("only differences are listed, nested settings with their path", () => {
  const deform = { rotate: 5, flip_horizontal: true };
  const one = run({ learning_rate: 0.001, betas: [0.9, 0.999], augment: { rotate: 0, flip_horizontal: false } });
  const other = run({ learning_rate: 0.001, betas: [0.9, 0.99], augment: deform }, "card");
  assert.deepEqual(differences([one, other]), [
    { name: "betas", values: ["0.9, 0.999", "0.9, 0.99"] },
    { name: "rotation", values: ["0", "5"] },
    { name: "mirrored left to right", values: ["no", "yes"] },
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

test("values are called as people call them", () => {
  const [one, other] = [run({ optimizer: "adam-w", ema_decay: 0.1 + 0.2 }), run({ optimizer: "muon", ema_decay: 0 })];
  assert.deepEqual(differences([one, other]), [
    { name: "optimizer", values: ["AdamW", "Muon"] },
    { name: "weight average (decay)", values: ["0.3", "0"] },
  ]);
});

test("runs of one name are told apart by what differs, or else by when they began", () => {
  const [one, other] = [run({ epochs: 5 }), run({ epochs: 10 })];
  assert.deepEqual(tellingNames([one, other]), ["tiny (epochs 5)", "tiny (epochs 10)"]);
  const named = { ...run({ epochs: 5 }), name: "mine" };
  assert.deepEqual(tellingNames([one, named]), ["tiny", "mine"]);
  const later = { ...one, created: 86_400_000 };
  const names = tellingNames([one, later]);
  assert.notEqual(names[0], names[1]);
  assert.match(names[0] ?? "", /^tiny \(/);
});

test("a new run is named by its preset and what was changed in it", () => {
  const settings = (train: object, model: object = {}): RunSettings => ({
    model: { image_size: 28, classes: 10, family: "vit", depth: 4, ...model }, train: { epochs: 10, optimizer: "adam-w", ...train },
  }) as unknown as RunSettings;
  const preset = { name: "tiny", ...settings({}) } as PresetReport;
  assert.equal(runName(preset, "tiny", settings({}), []), "tiny");
  assert.equal(runName(preset, "tiny", settings({}), ["tiny", "tiny (2)"]), "tiny (3)");
  assert.equal(runName(preset, "tiny", settings({ optimizer: "muon" }, { depth: 2 }), []), "tiny, depth 2, Muon");
  const many = settings({ epochs: 3, optimizer: "muon" }, { depth: 2, image_size: 16 });
  assert.equal(runName(preset, "tiny", many, []), "tiny, depth 2, 3 epochs, 1 more");
});
