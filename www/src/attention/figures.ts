/** The five steps with their figures and sums. */
import type { Prediction } from "../protocol/engine.js";
import { t } from "../text/language.js";
import { el, setText } from "../ui/dom.js";
import { percent } from "../ui/format.js";
import { queryWeights, type HeadSteps, type Place } from "./head.js";
import { createKeys, tokenName } from "./keys.js";
import { createPick } from "./pick.js";
import { createRow, sayNumber, type Row } from "./row.js";
import { createTemperature } from "./temperature.js";
import type { Transformer } from "./transformer.js";
import { afterText, differenceText, normText, number, queryText, resultText, scoreText, shareText } from "./words.js";

/** What is shown: a head's numbers for a token of an image. */
export interface Moment {
  model: Transformer;
  prediction: Prediction;
  place: Place;
  temperature: number;
  steps: HeadSteps;
  /** The shares as the engine has computed them. */
  engine: Float32Array;
}

/** The steps, for their owner. */
export interface Figures {
  element: HTMLElement;
  /** The chosen temperature. */
  temperature(): number;
  show(moment: Moment): void;
}

/** Creates the steps; `changed` is called when other numbers are to be shown. */
export function createFigures(changed: () => void): Figures {
  let now: Moment | null = null;
  const temperature = createTemperature(changed);
  // A number of the token, one of the head's numbers, and a key: at first, the one with the largest share.
  const picks: Picks = { wide: createPick(changed), slim: createPick(changed), key: createPick(changed, () => largest(now?.steps.shares)) };
  const parts = [tokenStep(picks), scoreStep(picks), shareStep(picks, temperature.element), valueStep(picks), outputStep(picks)];
  return {
    element: el("ol", { class: "attention-steps" }, ...parts.map(({ element }) => element)),
    temperature: temperature.value,
    show(moment) {
      now = moment;
      for (const part of parts) part.show(moment);
    },
  };
}

/** What is looked at, in all steps alike. */
interface Picks {
  wide: ReturnType<typeof createPick>;
  slim: ReturnType<typeof createPick>;
  key: ReturnType<typeof createPick>;
}

interface Part {
  element: HTMLElement;
  show(moment: Moment): void;
}

/** Most rows: numbers that may be negative. */
function numbers(pick: Picks["wide"], sum: HTMLElement): Row {
  return createRow({ pick, colour: "accent", describedBy: sum.id, say: sayNumber(number) });
}

function tokenStep({ wide, slim }: Picks): Part {
  const [text, norm, made] = [el("p"), sum("norm"), sum("query")];
  const [token, normed, query] = [numbers(wide, norm), numbers(wide, norm), numbers(slim, made)];
  return {
    element: step(t("Token and query"), text, [token, normed, query], [norm, made]),
    show({ model, place, prediction, steps }) {
      const said = { block: place.block + 1, width: model.width, size: steps.query.length };
      setText(text, t("Before block {block}, the token is a list of {width} numbers. LayerNorm gives them mean 0 and variance 1, then scales and shifts them. A learned matrix makes this head’s query from them: {size} numbers.", said));
      token.show(tokenTitle(prediction, place), steps.token);
      normed.show(t("after LayerNorm"), steps.normed);
      query.show(t("query"), steps.query);
      const [at, of] = [wide.at(model.width), slim.at(steps.query.length)];
      const [scale, shift] = ["weight", "bias"].map((name) => model.weights.values(`blocks.${place.block}.norm1.${name}`)[at] ?? 0) as [number, number];
      setText(norm, normText(steps, at, scale, shift));
      const { weight, bias } = queryWeights(model, place.block, place.head * steps.query.length + of);
      setText(made, queryText(steps, of, weight, bias, model.shape.qk_norm));
    },
  };
}

function scoreStep({ slim, key }: Picks): Part {
  const [text, score] = [el("p"), sum("score")];
  const keys = createKeys(key, score.id);
  const [query, own, product] = [numbers(slim, score), numbers(slim, score), numbers(slim, score)];
  const caption = el("p", { class: "small quiet" }, t("The scores of all keys. The warmer a patch, the larger its share. The dashed frame marks the token itself."));
  return {
    element: step(t("Query times keys"), text, [keys, { element: caption }], [query, own, product, score]),
    show({ prediction, place, steps }) {
      const at = key.at(prediction.tokens);
      setText(text, t("Every token has a key, made in the same way. Query and key are multiplied number by number and added up: the dot product. Divided by √{size}, it is the score. Point at a key, or choose it.", { size: steps.query.length }));
      keys.show(prediction, steps, place.token);
      query.show(t("query"), steps.query);
      own.show(t("key: {token}", { token: tokenName(prediction, at) }), steps.keys[at] ?? steps.query);
      product.show(t("query · key"), steps.query.map((value, i) => value * (steps.keys[at]?.[i] ?? 0)));
      setText(score, scoreText(steps, at));
    },
  };
}

function shareStep({ key }: Picks, temperature: HTMLElement): Part {
  const share = sum("share");
  const difference = el("p", { class: "small quiet attention-difference" });
  let names: Prediction | null = null;
  const say = (index: number, value: number): string => t("{key}: {share}", { key: names ? tokenName(names, index) : "", share: percent(value) });
  const shares = createRow({ pick: key, colour: "heat-most", describedBy: share.id, say });
  const text = el("p", {}, t("e to the power of each score, divided by the sum over all keys, is the share of that key. All shares add up to 100 %. A temperature divides the scores before: what would sharper or flatter attention be?"));
  return {
    element: step(t("Softmax"), text, [shares, { element: temperature }], [share, difference]),
    show({ prediction, steps, temperature: value, engine }) {
      names = prediction;
      shares.show(value === 1 ? t("shares") : t("shares; lines: the model’s own"), steps.shares, value === 1 ? undefined : steps.own);
      setText(share, shareText(steps, key.at(prediction.tokens), value));
      setText(difference, differenceText(steps.own, engine));
    },
  };
}

function valueStep({ slim, key }: Picks): Part {
  const [text, result] = [el("p"), sum("result")];
  const [own, mixed] = [numbers(slim, result), numbers(slim, result)];
  return {
    element: step(t("Weighted values"), text, [own, mixed], [result]),
    show({ prediction, steps, temperature }) {
      const at = key.at(prediction.tokens);
      setText(text, t("Every token also has a value of {size} numbers. Multiplied by their shares and added up, the values are the result of this head.", { size: steps.result.length }));
      own.show(t("value: {token}, share {share}", { token: tokenName(prediction, at), share: percent(steps.shares[at] ?? 0) }), steps.values[at] ?? steps.result);
      mixed.show(ownOr(temperature, t("result of this head")), steps.result);
      setText(result, resultText(steps, slim.at(steps.result.length)));
    },
  };
}

function outputStep({ wide }: Picks): Part {
  const [text, after] = [el("p"), sum("after")];
  const [added, whole] = [numbers(wide, after), numbers(wide, after)];
  return {
    element: step(t("Added to the token"), text, [added, whole], [after]),
    show({ model, steps, temperature }) {
      setText(text, t("A learned matrix turns the result into {width} numbers. They are added to the token, together with those of the other heads. Then comes the MLP.", { width: model.width }));
      added.show(ownOr(temperature, t("this head adds")), steps.added);
      whole.show(ownOr(temperature, t("token after attention")), steps.after);
      setText(after, afterText(steps, wide.at(model.width)));
    },
  };
}

/** A title that says when the numbers are not the model's own. */
function ownOr(temperature: number, title: string): string {
  return temperature === 1 ? title : t("{title}, at temperature {value}", { title, value: number(temperature) });
}

function tokenTitle(prediction: Prediction, { token }: Place): string {
  return t("token: {token}", { token: tokenName(prediction, token) });
}

/** A line of arithmetic. */
function sum(name: string): HTMLElement {
  return el("p", { class: "attention-sum", id: `attention-${name}` });
}

/** A step: its words, its figure, and its sums below the words. */
function step(title: string, text: HTMLElement, figure: readonly { element: HTMLElement }[], sums: readonly (HTMLElement | Row)[]): HTMLElement {
  return el("li", { class: "attention-step" },
    el("div", { class: "attention-text" }, el("h4", {}, title), text),
    el("div", { class: "attention-figure" }, ...figure.map(({ element }) => element)),
    el("div", { class: "attention-sums" }, ...sums.map((one) => (one instanceof HTMLElement ? one : one.element))));
}

function largest(shares: Float32Array | undefined): number {
  return shares ? shares.reduce((best, share, index) => (share > (shares[best] ?? 0) ? index : best), 0) : 0;
}
