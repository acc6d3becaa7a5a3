import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attention, ChosenSettings } from "../src/app.js";
import { Course } from "../src/lessons/course.js";
import { between, canShuffle, inkShare, overlapOf, patchesOfHalf, sharesOf, shuffled, some, towardsEnd } from "../src/lessons/facts.js";
import { LESSONS } from "../src/lessons/lessons.js";
import { parseProgress } from "../src/lessons/progress.js";
import { drawn, type Scene } from "../src/lessons/scene.js";
import type { Cost, Prediction } from "../src/protocol/engine.js";
import type { Drawing, RunRecord } from "../src/protocol/messages.js";
import { say, type Message } from "../src/text/catalogue.js";
import { en } from "../src/text/en.js";
import { placeholdersOf } from "../src/text/language.js";

/** A prediction of a model with 2 blocks, 2 heads, 4 patches of 14×14 and a class token; ink in the first patch only. */
function predicted(label: number, probability = 0.95, second = (label + 1) % 10): Prediction {
  const image = new Uint8Array(784);
  image[0] = image[1] = 200;
  image[2] = label;
  const probabilities = new Float32Array(10).fill(0);
  probabilities[label] = probability;
  probabilities[second] = 1 - probability;
  const row = (...patches: number[]): number[] => [0.2, ...patches.map((share) => 0.8 * share)];
  const map = (patches: number[]): number[] => Array.from({ length: 5 }, () => row(...patches)).flat();
  const heads = [[1, 0, 0, 0], [0, 1, 0, 0], [0.5, 0.5, 0, 0], [0.25, 0.25, 0.25, 0.25]];
  const mean = (one: number, other: number): number[] => (heads[one] ?? []).map((share, i) => (share + (heads[other]?.[i] ?? 0)) / 2);
  return {
    image, side: 28, probabilities, sure: probability >= 0.9, unlike: false, plain: true, depth: 2, heads: 2, tokens: 5, grid: 2, patch: 14, padding: 0, stem: 0,
    stem_depth: 0, attention: Float32Array.from(heads.flatMap(map)),
    mean: Float32Array.from([...map(mean(0, 1)), ...map(mean(2, 3))]), rollout: Float32Array.from(map([0.7, 0.1, 0.1, 0.1])),
    class_token: Float32Array.from([1, 0, 1, label]), milliseconds: 1,
  };
}

const strokes = (x: number): Drawing => ({ kind: "strokes", penWidth: 2.4, strokes: [{ points: [[x, 0.5]], pressure: [] }] });
const empty: Scene = {
  drawing: null, prediction: null, model: "shipped", names: [], attention: null, run: null, settings: null, cost: null, shuffledFrom: null,
};
const digit = (label: number, x: number, probability?: number): Scene =>
  ({ ...empty, drawing: strokes(x), prediction: predicted(label, probability) });

function course(id: string, scene: Scene, step?: number): Course {
  const lesson = LESSONS.find((one) => one.id === id);
  assert.ok(lesson, id);
  return new Course(lesson, scene, step);
}

/** The English words; every placeholder must have a value. */
function words(message: Message | null): string {
  assert.ok(message);
  assert.deepEqual(Object.keys(message.values).filter((name) => placeholdersOf(en[message.text]).includes(name)).sort(),
    placeholdersOf(en[message.text]), message.text);
  return say(message).replaceAll("\u00a0", " ");
}

test("there are ten lessons with different names, and none is done before something happened", () => {
  assert.equal(new Set(LESSONS.map(({ id }) => id)).size, 10);
  for (const { id, steps } of LESSONS) {
    for (let step = 0; step < steps.length; step++) {
      for (const scene of [empty, digit(3, 0.1)]) {
        const begun = course(id, scene, step);
        begun.see(scene);
        assert.equal(begun.answer, null, `${id} ${step}`);
        assert.notEqual(say(begun.ask), "");
      }
    }
  }
});

test("figures are those of the maps", () => {
  const prediction = predicted(3);
  const head = (index: number): number[] => sharesOf(prediction, { kind: "head", block: 0, head: index });
  assert.deepEqual(head(0).map((share) => share.toFixed(3)), ["1.000", "0.000", "0.000", "0.000"]);
  assert.equal(overlapOf(head(0), head(0)).toFixed(3), "1.000");
  assert.equal(overlapOf(head(0), head(1)), 0);
  assert.equal(inkShare(prediction, [0.4, 0.3, 0.2, 0.1]), 0.4);
  assert.deepEqual([[0.7, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.25], [0.4, 0.3, 0.3]].map(patchesOfHalf), [1, 2, 2]);
  // (1, 0) and (1, 3): the cosine is 1/√10.
  assert.deepEqual(towardsEnd(prediction).map((one) => one.toFixed(4)), ["0.3162", "1.0000"]);
  // (1, 3) and (1, 4): 13/√170.
  assert.deepEqual(between(prediction, predicted(4))?.map((one) => one.toFixed(4)), ["1.0000", "0.9971"]);
  assert.equal(between(prediction, { ...prediction, depth: 1 }), null);
  assert.deepEqual(some([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4), [0, 3, 6, 9]);
});

test("shuffling moves every patch, keeps all pixels, and repeats for the same seed", () => {
  const prediction = { ...predicted(3), grid: 7, patch: 4, image: Uint8Array.from({ length: 784 }, (_, i) => (Math.floor(i / 112) * 7 + Math.floor((i % 28) / 4))) };
  const mixed = shuffled(prediction, 1);
  assert.deepEqual([...mixed].sort(), [...prediction.image].sort());
  assert.ok(mixed.every((pixel, i) => pixel !== prediction.image[i]));
  assert.deepEqual(shuffled(prediction, 1), mixed);
  assert.notDeepEqual(shuffled(prediction, 2), mixed);
  assert.ok(canShuffle(prediction) && !canShuffle({ ...prediction, padding: 1 }) && !canShuffle({ ...prediction, side: 32 }));
});

test("a drawing counts once it is another one", () => {
  assert.ok(!drawn(digit(3, 0.1), digit(3, 0.1)));
  assert.ok(drawn(digit(3, 0.1), digit(3, 0.2)) && drawn(empty, digit(3, 0.1)));
  assert.ok(!drawn(digit(3, 0.1), empty));
});

test("the lesson on patches counts ink and waits for a patch to be pointed at", () => {
  const lesson = course("patch", empty);
  const scene = digit(3, 0.1);
  lesson.see(scene);
  assert.match(words(lesson.answer), /784 grey values .* 4 patches of 14×14 .* Ink lies in 1 of yours; 3 are empty/);
  lesson.next();
  lesson.see({ ...scene, attention: { choice: { kind: "rollout" }, reader: { kind: "class" } } });
  assert.equal(lesson.answer, null);
  lesson.see({ ...scene, attention: { choice: { kind: "rollout" }, reader: { kind: "patch", patch: 0 } } });
  assert.match(words(lesson.answer), /Row 1, column 1: 3 of 196 pixels carry ink.* list of 2 numbers/);
});

test("the lesson on order compares with what was shuffled, and ends with undo", () => {
  const sorted = digit(3, 0.1);
  const lesson = course("order", empty);
  lesson.see(digit(3, 0.2, 0.6));
  assert.equal(lesson.answer, null, "not clear enough");
  lesson.see(sorted);
  assert.match(words(lesson.answer), /predicts 3: 95\.0 %/);
  lesson.next();
  const image: Drawing = { kind: "image", pixels: new Uint8Array(784) };
  const shuffledFrom = sorted.prediction;
  lesson.see({ ...empty, drawing: image, prediction: predicted(5, 0.6, 3), shuffledFrom });
  assert.match(words(lesson.answer), /3 goes from 95\.0 % to 40\.0 %, .* now predicts 5 \(60\.0 %\)/);
  lesson.see({ ...empty, drawing: image, prediction: predicted(3, 0.6), shuffledFrom });
  assert.match(words(lesson.answer), /still predicts 3: 95\.0 % before, 60\.0 % now/);
  lesson.next();
  assert.ok(lesson.last);
  lesson.see({ ...sorted, shuffledFrom });
  assert.match(words(lesson.answer), /3 has 95\.0 % again/);
});

test("the lesson on looking compares the first block with the last", () => {
  const scene = digit(3, 0.1);
  const mean = (block: number): Attention => ({ choice: { kind: "mean", block }, reader: { kind: "class" } });
  const lesson = course("look", empty);
  lesson.see(scene);
  assert.match(words(lesson.answer), /all 2 blocks .* row 1, column 1: 56\.0 %\. An equal share is 25\.0 %; 1 of 4 patches/);
  lesson.next();
  lesson.see({ ...scene, attention: mean(0) });
  assert.match(words(lesson.answer), /the class token to patches lies on 1 of 4 patches/);
  lesson.next();
  lesson.see({ ...scene, attention: mean(0) });
  assert.equal(lesson.answer, null);
  lesson.see({ ...scene, attention: mean(1) });
  assert.match(words(lesson.answer), /In block 2 half .* on 2 patches, in block 1 on 1: .* more places/);
});

test("the lesson on heads wants another head of the same block", () => {
  const scene = digit(3, 0.1);
  const head = (block: number, index: number): Scene =>
    ({ ...scene, attention: { choice: { kind: "head", block, head: index }, reader: { kind: "class" } } });
  const lesson = course("heads", scene);
  lesson.see(head(1, 0));
  assert.match(words(lesson.answer), /Block 2, head 1: 50\.0 % .* those with ink \(1 of 4\), and most to row 1, column 1 \(50\.0 %\)/);
  lesson.next();
  for (const other of [head(1, 0), head(0, 1)]) {
    lesson.see(other);
    assert.equal(lesson.answer, null);
  }
  lesson.see(head(1, 1));
  assert.match(words(lesson.answer), /Head 2 gives 25\.0 % .* head 1 gave 50\.0 %.* is 50\.0 % of/);
});

test("the lesson on blocks wants another class, and the one on doubt a hesitating, then a sure model", () => {
  const blocks = course("blocks", empty);
  blocks.see(digit(3, 0.1));
  assert.match(words(blocks.answer), /2 numbers.*: 0\.32 · 1\.00/);
  blocks.next();
  blocks.see(digit(3, 0.2));
  assert.equal(blocks.answer, null);
  blocks.see(digit(4, 0.3));
  assert.match(words(blocks.answer), /your 3 and your 4\?.* 1\.00 · 1\.00\. Over the blocks, the two digits part/);

  const unsure = course("unsure", empty);
  unsure.see(digit(4, 0.1, 0.99));
  assert.equal(unsure.answer, null);
  unsure.see({ ...digit(4, 0.2), prediction: predicted(4, 0.6, 9) });
  assert.match(words(unsure.answer), /4: 60\.0 %, 9: 40\.0 %.*by only 0\.4;/);
  unsure.next();
  unsure.see({ ...digit(9, 0.3), prediction: predicted(9, 0.97, 4) });
  assert.match(words(unsure.answer), /Now 9: 97\.0 %\..* had 40\.0 %/);
});

test("the lesson on training follows a run that begins", () => {
  const row = { epoch: 1, validation_accuracy: 0.8, validation_loss: 0.7, train_accuracy: 0.75, train_loss: 0.9 };
  const run = (state: string, history: object[], id = "new"): RunRecord =>
    ({ id, state, history, parameters: 1234, data: { material: { train: 4000, classes: 10 } } }) as unknown as RunRecord;
  const scene = digit(3, 0.1);
  const lesson = course("training", { ...empty, run: run("finished", [row], "old") });
  lesson.see({ ...scene, run: run("finished", [row], "old") });
  lesson.next();
  lesson.see({ ...scene, run: run("finished", [row], "old") });
  assert.equal(lesson.answer, null, "a run of before");
  lesson.see({ ...scene, run: run("running", []) });
  assert.match(words(lesson.answer), /1,234 parameters .* 4,000 training images.* 10\.0 %/);
  lesson.next();
  lesson.see({ ...scene, run: run("running", []) });
  assert.equal(lesson.answer, null);
  lesson.see({ ...scene, run: run("running", [row]) });
  assert.match(words(lesson.answer), /80\.0 % of the images that it was not trained on \(loss 0\.70\)\.$/);
  lesson.see({ ...scene, model: "training", run: run("running", [row]) });
  assert.match(words(lesson.answer), /Your digit: 3, 95\.0 %/);
  lesson.see({ ...scene, run: run("running", [{ ...row, validation_accuracy: null, validation_loss: null }]) });
  assert.match(words(lesson.answer), /75\.0 % of its training images \(loss 0\.90\)/);
});

test("the lesson on augmentation says what is changed, and that mirrored digits are wrong", () => {
  const set = (augment: object): ChosenSettings =>
    ({ settings: { train: { epochs: 10, augment: { rotate: 0, shift: 0, flip_horizontal: false, ...augment } } } }) as unknown as ChosenSettings;
  const scene = (augment: object): Scene => ({ ...empty, settings: set(augment), cost: {} as Cost });
  const lesson = course("augment", scene({ rotate: 10, shift: 2 }));
  assert.match(words(lesson.ask), /It is 10° now/);
  lesson.see(scene({ rotate: 10, shift: 1 }));
  assert.equal(lesson.answer, null, "another setting");
  lesson.see(scene({ shift: 2 }));
  assert.match(words(lesson.answer), /not turned any more; the other changes remain/);
  lesson.see(scene({}));
  assert.match(words(lesson.answer), /in 10 epochs the model sees the same pixels 10 times/);
  lesson.see(scene({ rotate: 25 }));
  assert.match(words(lesson.answer), /by up to 25°.* sees 10 versions/);
  lesson.next();
  lesson.see(scene({ rotate: 25 }));
  assert.equal(lesson.answer, null);
  lesson.see(scene({ rotate: 25, flip_horizontal: true }));
  assert.match(words(lesson.answer), /mirrored 5 looks like a 2/);
  lesson.next();
  assert.equal(lesson.answer, null);
  lesson.see(scene({ rotate: 25 }));
  assert.match(words(lesson.answer), /^Good/);
});

test("the lesson on generalisation compares training with validation, and the best epoch with the last", () => {
  const row = (epoch: number, train: number, validation: number | null): object => ({
    epoch, train_accuracy: 1 - train, train_loss: train,
    validation_accuracy: validation && 1 - validation, validation_loss: validation,
  });
  const history = [row(1, 0.5, 0.4), row(2, 0.3, 0.2), row(3, 0.1, 0.25)];
  const run = (state: string, rows: object[]): Scene => ({ ...empty, run: { state, history: rows } as unknown as RunRecord });
  const lesson = course("general", empty);
  lesson.see(run("running", history.slice(0, 2)));
  assert.equal(lesson.answer, null, "too early to judge");
  lesson.see(run("running", history));
  assert.match(words(lesson.answer), /right for 90\.0 % of its training images, and for 75\.0 % of those held back\..* that gap/);
  lesson.see(run("running", [row(3, 0.3, 0.2)]));
  assert.match(words(lesson.answer), /70\.0 % of its training .* 80\.0 % .* no gap yet/);
  lesson.see(run("running", [row(3, 0.3, null)]));
  assert.match(words(lesson.answer), /70\.0 % of its training images\. No images were held back/);
  lesson.next();
  lesson.see(run("running", history));
  assert.equal(lesson.answer, null, "not at its end");
  lesson.see(run("finished", history));
  assert.match(words(lesson.answer), /^In epoch 2 of 3: 0\.200\. At the end it is 0\.250, .* from 0\.300 to 0\.100/);
  lesson.see(run("stopped", history.slice(0, 2)));
  assert.match(words(lesson.answer), /^In the last, epoch 2: 0\.200/);
  lesson.see(run("finished", [row(1, 0.5, null)]));
  assert.match(words(lesson.answer), /^No images were held back/);
  lesson.next();
  lesson.see({ ...digit(3, 0.1), model: "shipped" });
  assert.equal(lesson.answer, null, "another model");
  lesson.see({ ...digit(3, 0.1), model: "training" });
  assert.match(words(lesson.answer), /Your model predicts 3 \(95\.0 %\)/);
});

test("the lesson on cost waits until the cost of both patch sizes is known", () => {
  const set = (patch_size: number): ChosenSettings => ({ settings: { model: { patch_size } } }) as unknown as ChosenSettings;
  const costs = (tokens: number, multiply_adds: number): Cost => ({ tokens, multiply_adds }) as Cost;
  const [seven, four] = [set(7), set(4)];
  const lesson = course("cost", empty);
  lesson.see({ ...empty, settings: seven });
  lesson.see({ ...empty, settings: seven, cost: costs(17, 2e6) });
  assert.match(words(lesson.ask), /It is 7×7 now/);
  lesson.see({ ...empty, settings: four });
  assert.equal(lesson.answer, null);
  lesson.see({ ...empty, settings: four, cost: costs(50, 8e6) });
  assert.match(words(lesson.answer), /4×4 instead of 7×7 pixels: 50 tokens instead of 17, 2,500 pairs .* 289, and 8\.0 million .* 2\.0/);
  lesson.next();
  assert.match(words(lesson.ask), /back to 7×7/);
  lesson.see({ ...empty, settings: set(7), cost: costs(17, 2e6) });
  assert.match(words(lesson.answer), /17 tokens and 2\.0 million .* 25\.0 % of/);
});

test("an answer stays when the page moves on, and a lesson is taken up where that makes sense", () => {
  const lesson = course("look", empty);
  lesson.see(digit(3, 0.1));
  const answer = lesson.answer;
  lesson.see(empty);
  assert.equal(lesson.answer, answer);
  assert.equal(course("look", empty, 2).step, 2);
  assert.equal(course("order", empty, 2).step, 1, "undo follows shuffling");
  assert.equal(course("heads", empty, 1).step, 0);
  assert.equal(course("look", empty, 99).step, 2);
  assert.equal(course("look", empty, -1).step, 0);
});

test("kept progress is read like any foreign text", () => {
  const none = { done: [], at: {}, latest: null };
  for (const text of [null, "", "{", "3", "null", "[]", '{"done":3,"at":"x","latest":1,"language":"de"}']) {
    assert.deepEqual(parseProgress(text), none, String(text));
  }
  const kept = { done: ["patch"], at: { look: 1 }, latest: "look" };
  assert.deepEqual(parseProgress(JSON.stringify({ ...kept, at: { look: 1, order: "2" } })), kept);
});

test("a lesson about parts of the model waits while a model without them answers", () => {
  const other = { ...digit(3, 0.2), prediction: { ...predicted(3), plain: false } };
  for (const { id, parts } of LESSONS) {
    const begun = course(id, empty);
    begun.see(other);
    assert.equal(begun.ask.text === "card.other-model", parts === true, id);
    if (parts) assert.equal(begun.answer, null);
  }
});
