/**
 * The lessons. A step asks the user to do something, detects when it is done, and answers with the page's current
 * figures: no text is specific to one model or one drawing.
 */
import { judge as verdictOf } from "../draw/confidence.js";
import type { EpochRow, Prediction, RunSettings } from "../protocol/engine.js";
import { attentionMap, placeOf, type MapChoice } from "../see/maps.js";
import type { Message, Value } from "../text/catalogue.js";
import type { TextKey } from "../text/en.js";
import { className } from "../ui/names.js";
import {
  between, canShuffle, inkedPatches, inkedPixels, inkShare, overlapOf, patchesOf, patchesOfHalf, readerText, sharesOf, some,
  towardsEnd, widthOf,
} from "./facts.js";
import { drawn, type Scene } from "./scene.js";

/** The page when a step began, and now or when it was answered. */
export interface Change {
  before: Scene;
  now: Scene;
}

/** What a step has access to. */
export interface Context extends Change {
  /** The change in each earlier step; null for those that were skipped. */
  earlier: readonly (Change | null)[];
}

/** A step of a lesson. */
export interface Step {
  /** What the user is asked to do. */
  ask(context: Context): Message;
  /** The answer once it is done; null before. */
  answer(context: Context): Message | null;
  /** Where on the page to do it. */
  place: string;
  /** An action that the card offers. */
  act?: "shuffle";
  /** Whether it depends on the step before. */
  follows?: true;
}

/** A lesson. */
export interface Lesson {
  id: string;
  title: TextKey;
  /** Whether it is about the parts of a plain Vision Transformer, so that another model on the canvas does not have them. */
  parts?: true;
  steps: readonly Step[];
}

const message = (text: TextKey, values: Record<string, Value> = {}): Message => ({ text, values });
const plain = (text: TextKey): (() => Message) => () => message(text);
const count = (value: number): Value => ({ count: value });
const share = (value: number): Value => ({ share: value });
const chance = (probability: number): Value => ({ probability });

/** The smallest probability that lessons call a clear prediction. */
const CLEAR = 0.9;
/** With a second class of at least this probability, lessons call the model undecided. */
const SECOND = 0.1;

/** The name and probability of the most probable class. */
function firstOf({ prediction, names }: Scene): { class: Value; share: Value } {
  const { first } = prediction ? verdictOf(prediction) : { first: { label: 0, probability: Number.NaN } };
  return { class: className(names, first.label), share: chance(first.probability) };
}

function labelOf(prediction: Prediction): number {
  return verdictOf(prediction).first.label;
}

/** A step that waits for a different drawing whose prediction `fits`. */
function draws(ask: TextKey, answer: (prediction: Prediction, context: Context) => Message, fits: (prediction: Prediction) => boolean = () => true): Step {
  return {
    ask: plain(ask),
    place: "ink",
    answer: (context) => {
      const { before, now } = context;
      return now.prediction && drawn(before, now) && fits(now.prediction) ? answer(now.prediction, context) : null;
    },
  };
}

/** The row and column of a patch. */
function position(patch: number, prediction: Prediction): { row: Value; column: Value } {
  const { row, column } = placeOf(patch, prediction.grid);
  return { row: count(row), column: count(column) };
}

const patch: Lesson = {
  id: "patch",
  title: "patch.title",
  parts: true,
  steps: [
    draws("patch.draw", (prediction) => {
      const [patches, inked] = [patchesOf(prediction), inkedPatches(prediction).length];
      return message("patch.drawn", {
        pixels: count(prediction.side ** 2), patches: count(patches), patch: count(prediction.patch),
        inked: count(inked), empty: count(patches - inked),
      });
    }),
    {
      ask: plain("patch.point"),
      place: "see",
      answer({ before, now: { attention, prediction } }) {
        if (!prediction || !attention || attention === before.attention || attention.reader.kind !== "patch") return null;
        const { patch: pointed } = attention.reader;
        return message("patch.pointed", {
          ...position(pointed, prediction), dark: count(inkedPixels(prediction, pointed)),
          area: count(prediction.patch ** 2), width: count(widthOf(prediction)),
        });
      },
    },
  ],
};

const order: Lesson = {
  id: "order",
  title: "order.title",
  parts: true,
  steps: [
    draws("order.draw", (_, { now }) => message("order.drawn", firstOf(now)),
      (prediction) => verdictOf(prediction).first.probability >= CLEAR),
    {
      ask: ({ now }) => message(now.prediction && !canShuffle(now.prediction) ? "order.impossible" : "order.shuffle"),
      place: "ink",
      act: "shuffle",
      answer({ before, now }) {
        const { prediction, drawing, shuffledFrom: from } = now;
        if (!prediction || !from || from === before.shuffledFrom || drawing?.kind !== "image" || !drawn(before, now)) return null;
        const label = labelOf(from);
        const values = {
          patches: count(patchesOf(prediction)), class: className(now.names, label),
          before: chance(from.probabilities[label] ?? Number.NaN), after: chance(prediction.probabilities[label] ?? Number.NaN),
        };
        if (labelOf(prediction) === label) return message("order.same", values);
        const first = firstOf(now);
        return message("order.changed", { ...values, now: first.class, share: first.share });
      },
    },
    {
      ask: plain("order.undo"),
      place: "ink",
      follows: true,
      answer({ now, before }) {
        const sorted = now.shuffledFrom;
        if (!now.prediction || !sorted || !drawn(before, now) || !sameImage(now.prediction, sorted)) return null;
        return message(now.prediction.stem > 0 ? "order.undone-stem" : "order.undone", firstOf(now));
      },
    },
  ],
};

function sameImage(one: Prediction, other: Prediction): boolean {
  return one.image.length === other.image.length && one.image.every((pixel, i) => pixel === other.image[i]);
}

const ROLLOUT: MapChoice = { kind: "rollout" };

/** The number of patches that have half of the attention in a block. */
function halfIn(prediction: Prediction, block: number): number {
  return patchesOfHalf(sharesOf(prediction, { kind: "mean", block }));
}

/** Whether the user has chosen the mean of this block in this step. */
function choseMean({ before, now: { attention } }: Context, block: number): boolean {
  return attention !== before.attention && attention?.choice.kind === "mean" && attention.choice.block === block;
}

const look: Lesson = {
  id: "look",
  title: "look.title",
  parts: true,
  steps: [
    draws("look.draw", (prediction) => {
      const { shares, peak, largest } = attentionMap(prediction, ROLLOUT, { kind: "class" });
      const even = 1 / patchesOf(prediction);
      return message("look.drawn", {
        depth: count(prediction.depth), ...position(peak, prediction), share: share(largest), even: share(even),
        warm: count(shares.filter((one) => one > even).length), patches: count(patchesOf(prediction)),
      });
    }),
    {
      ask: plain("look.first"),
      place: "see-strip-title",
      answer(context) {
        const { prediction } = context.now;
        if (!prediction || !choseMean(context, 0)) return null;
        return message("look.firsted", {
          reader: readerText(prediction), half: count(halfIn(prediction, 0)), patches: count(patchesOf(prediction)),
        });
      },
    },
    {
      ask: ({ now }) => message("look.last", { depth: count(now.prediction?.depth ?? Number.NaN) }),
      place: "see-strip-title",
      answer(context) {
        const { prediction } = context.now;
        if (!prediction || !choseMean(context, prediction.depth - 1)) return null;
        const [first, half] = [halfIn(prediction, 0), halfIn(prediction, prediction.depth - 1)];
        const text = half < first ? "look.narrower" : half > first ? "look.wider" : "look.equal";
        return message(text, { depth: count(prediction.depth), half: count(half), first: count(first) });
      },
    },
  ],
};

/** The head that the user has chosen; null for a mean or rollout. */
function headOf({ attention }: Scene): { kind: "head"; block: number; head: number } | null {
  return attention?.choice.kind === "head" ? attention.choice : null;
}

const heads: Lesson = {
  id: "heads",
  title: "heads.title",
  parts: true,
  steps: [
    {
      ask: plain("heads.one"),
      place: "see-strip-title",
      answer({ before, now }) {
        const [chosen, { prediction }] = [headOf(now), now];
        if (!prediction || !chosen || now.attention === before.attention) return null;
        const shares = sharesOf(prediction, chosen);
        const largest = Math.max(...shares);
        return message("heads.oned", {
          block: count(chosen.block + 1), head: count(chosen.head + 1), ink: share(inkShare(prediction, shares)),
          inked: count(inkedPatches(prediction).length), patches: count(patchesOf(prediction)), ...position(shares.indexOf(largest), prediction), share: share(largest),
        });
      },
    },
    {
      ask: ({ before, now, earlier }) => message(now.prediction?.heads === 1 ? "heads.other-block" : "heads.other",
        { block: count((headOf(earlier[0]?.now ?? before)?.block ?? 0) + 1) }),
      place: "see-strip-title",
      follows: true,
      answer({ now, before, earlier }) {
        const [chosen, first, { prediction }] = [headOf(now), headOf(earlier[0]?.now ?? before), now];
        if (!prediction || !chosen || !first) return null;
        const [alone, sameBlock] = [prediction.heads === 1, chosen.block === first.block];
        if (alone === sameBlock || (sameBlock && chosen.head === first.head)) return null;
        const [one, other] = [sharesOf(prediction, first), sharesOf(prediction, chosen)];
        return message(alone ? "heads.othered-block" : "heads.othered", {
          block: count(chosen.block + 1), head: count(chosen.head + 1), before: count((alone ? first.block : first.head) + 1),
          ink: share(inkShare(prediction, other)), inkBefore: share(inkShare(prediction, one)), overlap: share(overlapOf(one, other)),
        });
      },
    },
  ],
};

const blocks: Lesson = {
  id: "blocks",
  title: "blocks.title",
  parts: true,
  steps: [
    draws("blocks.draw", (prediction) => message("blocks.drawn",
      { width: count(widthOf(prediction)), list: { numbers: some(towardsEnd(prediction)), decimals: 2 } })),
    {
      ask: ({ before, earlier }) => message("blocks.other", { class: firstOf(earlier[0]?.now ?? before).class }),
      place: "ink",
      follows: true,
      answer({ before, now, earlier }) {
        const start = earlier[0]?.now ?? before;
        if (!now.prediction || !start.prediction || !drawn(before, now)) return null;
        if (labelOf(now.prediction) === labelOf(start.prediction)) return null;
        const likeness = between(start.prediction, now.prediction);
        if (!likeness) return null;
        const apart = (likeness.at(-1) ?? 0) < (likeness[0] ?? 0);
        return message(apart ? "blocks.apart" : "blocks.mixed", {
          before: firstOf(start).class, class: firstOf(now).class, list: { numbers: some(likeness), decimals: 2 },
        });
      },
    },
  ],
};

const unsure: Lesson = {
  id: "unsure",
  title: "unsure.title",
  steps: [
    draws("unsure.draw", (prediction, { now }) => {
      const { first, second } = verdictOf(prediction);
      return message("unsure.drawn", {
        first: className(now.names, first.label), share: chance(first.probability),
        second: className(now.names, second.label), other: chance(second.probability),
        lead: { number: Math.log(first.probability / second.probability), decimals: 1 },
      });
    }, (prediction) => verdictOf(prediction).second.probability >= SECOND),
    {
      ask: plain("unsure.decide"),
      place: "ink",
      follows: true,
      answer({ before, now, earlier }) {
        const start = earlier[0]?.now ?? before;
        if (!now.prediction?.sure || !start.prediction || !drawn(before, now)) return null;
        if (verdictOf(now.prediction).first.probability < CLEAR) return null;
        return message("unsure.decided", {
          ...firstOf(now), before: chance(start.prediction.probabilities[labelOf(now.prediction)] ?? Number.NaN),
        });
      },
    },
  ],
};

/** Whether a run is in training, or ended while the lesson was open. */
function trains({ run }: Scene): boolean {
  return run !== null && run.state !== "failed";
}

const training: Lesson = {
  id: "training",
  title: "training.title",
  steps: [
    draws("training.draw", (_, { now }) => message("training.drawn", firstOf(now))),
    {
      ask: plain("training.start"),
      place: "run",
      answer({ before, now }) {
        const { run } = now;
        if (!run || !trains(now) || (run.state !== "running" && run.id === before.run?.id)) return null;
        return message("training.started", {
          parameters: count(run.parameters), images: count(run.data.material.train), chance: share(1 / run.data.material.classes),
        });
      },
    },
    {
      ask: plain("training.watch"),
      place: "run",
      answer({ now }) {
        const row = trains(now) ? now.run?.history.at(-1) : undefined;
        if (!row) return null;
        const { epoch, validation_accuracy: accuracy, validation_loss: loss } = row;
        if (accuracy === null || loss === null) {
          return message("training.watched-train",
            { epoch: count(epoch), accuracy: share(row.train_accuracy), loss: { number: row.train_loss, decimals: 2 } });
        }
        const values = { epoch: count(epoch), accuracy: share(accuracy), loss: { number: loss, decimals: 2 } };
        // The canvas may use another model.
        if (now.model !== "training" || !now.prediction) return message("training.watched-only", values);
        return message("training.watched", { ...values, ...firstOf(now) });
      },
    },
  ],
};

/** Whether settings change the training images at all. */
function augments(settings: RunSettings): boolean {
  return Object.values(settings.train.augment).some(Boolean);
}

const augmentation: Lesson = {
  id: "augment",
  title: "augment.title",
  steps: [
    {
      ask: ({ before, now }) =>
        message("augment.change", { rotate: count((before.settings ?? now.settings)?.settings.train.augment.rotate ?? Number.NaN) }),
      place: "settings-augment",
      answer({ before, now }) {
        const [was, is] = [before.settings?.settings.train, now.settings?.settings.train];
        if (!was || !is || !now.settings || was.augment.rotate === is.augment.rotate) return null;
        const values = { rotate: count(is.augment.rotate), epochs: count(is.epochs) };
        if (is.augment.rotate > 0) return message("augment.changed", values);
        return message(augments(now.settings.settings) ? "augment.unturned" : "augment.none", values);
      },
    },
    {
      ask: plain("augment.mirror"),
      place: "settings-augment",
      answer: ({ now }) => (now.settings?.settings.train.augment.flip_horizontal ? message("augment.mirrored") : null),
    },
    {
      ask: plain("augment.back"),
      place: "settings-augment",
      follows: true,
      answer({ before, now }) {
        const mirrors = ({ settings }: Scene): boolean => settings?.settings.train.augment.flip_horizontal ?? false;
        return mirrors(before) && !mirrors(now) ? message("augment.backed") : null;
      },
    },
  ],
};

/** The epoch after which a run can be judged. */
const JUDGED = 3;

const loss = (value: number): Value => ({ number: value, decimals: 3 });

const generalisation: Lesson = {
  id: "general",
  title: "general.title",
  steps: [
    {
      ask: plain("general.start"),
      place: "settings",
      answer({ now }) {
        const row = trains(now) ? now.run?.history.at(-1) : undefined;
        if (!row || row.epoch < JUDGED) return null;
        const values = { epoch: count(row.epoch), train: share(row.train_accuracy) };
        const { validation_accuracy: validation } = row;
        if (validation === null) return message("general.none", values);
        return message(row.train_accuracy > validation ? "general.gap" : "general.no-gap", { ...values, validation: share(validation) });
      },
    },
    {
      ask: plain("general.end"),
      place: "run",
      answer({ now: { run } }) {
        const last = run?.state === "finished" || run?.state === "stopped" ? run.history.at(-1) : undefined;
        if (!run || !last) return null;
        const held = run.history.filter((row) => row.validation_loss !== null);
        const [first] = held;
        if (!first) return message("general.unheld");
        const of = (row: EpochRow): number => row.validation_loss ?? Number.NaN;
        const best = held.reduce((least, row) => (of(row) < of(least) ? row : least), first);
        const values = { epochs: count(last.epoch), least: loss(of(best)) };
        if (best.epoch === last.epoch) return message("general.fell", values);
        return message("general.rose", {
          ...values, best: count(best.epoch), last: loss(of(last)), then: loss(best.train_loss), now: loss(last.train_loss),
        });
      },
    },
    {
      ask: plain("general.draw"),
      place: "ink",
      answer({ before, now }) {
        if (!drawn(before, now) || (now.model !== "training" && now.model !== "epoch")) return null;
        return message("general.drawn", firstOf(now));
      },
    },
  ],
};

/** The patch size in the settings; null if their model has none. */
function patchSize({ settings }: Scene): number | null {
  const model = settings?.settings.model;
  return model && "patch_size" in model ? model.patch_size : null;
}

const size = (pixels: number): Value => `${pixels}×${pixels}`;
const millions = (operations: number): Value => ({ number: operations / 1e6, decimals: operations < 1e7 ? 1 : 0 });

const cost: Lesson = {
  id: "cost",
  title: "cost.title",
  steps: [
    {
      ask({ before, now }) {
        const patch = patchSize(before) ?? patchSize(now);
        return patch === null ? message("cost.no-patch") : message("cost.change", { patch: size(patch) });
      },
      place: "settings-model",
      answer({ before, now }) {
        const [was, is] = [patchSize(before), patchSize(now)];
        if (was === null || is === null || was === is || !before.cost || !now.cost) return null;
        return message("cost.changed", {
          patch: size(is), before: size(was),
          tokens: count(now.cost.tokens), tokensBefore: count(before.cost.tokens),
          pairs: count(now.cost.tokens ** 2), pairsBefore: count(before.cost.tokens ** 2),
          work: millions(now.cost.multiply_adds), workBefore: millions(before.cost.multiply_adds),
        });
      },
    },
    {
      ask: ({ before, earlier }) => message("cost.back", { patch: size(patchSize(earlier[0]?.before ?? before) ?? Number.NaN) }),
      place: "settings-model",
      follows: true,
      answer({ before, now, earlier }) {
        const first = earlier[0]?.before ?? before;
        if (!before.cost || !now.cost || now.settings === before.settings || patchSize(now) !== patchSize(first)) return null;
        return message("cost.backed", {
          tokens: count(now.cost.tokens), work: millions(now.cost.multiply_adds),
          ratio: share(now.cost.multiply_adds / before.cost.multiply_adds),
        });
      },
    },
  ],
};

/** All lessons; each builds on the ones before. */
export const LESSONS: readonly Lesson[] = [patch, order, look, heads, blocks, unsure, training, generalisation, augmentation, cost];
