/** The arithmetic of attention as text. Independent of the page. */
import { t } from "../text/language.js";
import { decimal, percent } from "../ui/format.js";
import type { HeadSteps } from "./head.js";

/** So many terms of a sum are written; the others are dots. */
const TERMS = 3;

/** A number with two decimals. */
export function number(value: number): string {
  const text = decimal(value, 2);
  // What is rounded to 0 has no sign.
  return /[1-9]/.test(text) ? text : text.replace("−", "");
}

/** A number inside a term: a negative one in brackets. */
function inTerm(value: number): string {
  const text = number(value);
  return text.startsWith("−") ? `(${text})` : text;
}

/** The first terms of a sum. */
function terms(all: readonly string[]): string {
  return all.length > TERMS ? [...all.slice(0, TERMS), "…"].join(" + ") : all.join(" + ");
}

/** What LayerNorm does with a number of the token. */
export function normText({ token, normed, mean, deviation }: HeadSteps, at: number, scale: number, shift: number): string {
  const spread = `(${number(token[at] ?? 0)} − ${inTerm(mean)}) / ${number(deviation)}`;
  return `${spread} · ${inTerm(scale)} + ${inTerm(shift)} = ${number(normed[at] ?? 0)}`;
}

/** How a number of the query comes about, from a row of the matrix. `normed`: LayerNorm follows (QK-norm). */
export function queryText({ normed, query }: HeadSteps, at: number, weight: Float32Array, bias: number, normedAfter: boolean): string {
  const products = Array.from(normed, (value, i) => `${inTerm(value)}·${inTerm(weight[i] ?? 0)}`);
  const made = normed.reduce((sum, value, i) => sum + value * (weight[i] ?? 0), bias);
  const text = `${terms(products)} + ${inTerm(bias)} = ${number(made)}`;
  return normedAfter ? `${text}; ${t("after QK-norm {value}", { value: number(query[at] ?? 0) })}` : text;
}

/** The dot product of the query with a key, and its score. */
export function scoreText({ query, keys, products, scores }: HeadSteps, key: number): string {
  const factors = Array.from(query, (value, i) => `${inTerm(value)}·${inTerm(keys[key]?.[i] ?? 0)}`);
  const product = number(products[key] ?? 0);
  return `${terms(factors)} = ${product}; ${product}/√${query.length} = ${number(scores[key] ?? 0)}`;
}

/** The share of a key: e to the power of its score, divided by the sum over all keys. */
export function shareText({ scores, shares }: HeadSteps, key: number, temperature: number): string {
  const power = (score: number): number => Math.exp(score / temperature);
  const exponent = temperature === 1 ? inTerm(scores[key] ?? 0) : `(${number(scores[key] ?? 0)}/${number(temperature)})`;
  const [own, all] = [power(scores[key] ?? 0), scores.reduce((sum, score) => sum + power(score), 0)];
  return `e^${exponent} = ${large(own)}; ${large(own)} / ${large(all)} = ${percent(shares[key] ?? 0)}`;
}

/** A positive number of any size. */
function large(value: number): string {
  if (value >= 0.01 && value < 1e5) return number(value);
  const exponent = Math.floor(Math.log10(value));
  return `${number(value / 10 ** exponent)}·10^${exponent < 0 ? `(−${-exponent})` : exponent}`;
}

/** A number of the result: the values with their shares, the largest shares first. */
export function resultText({ shares, values, result }: HeadSteps, at: number): string {
  const order = Array.from(shares.keys()).sort((one, other) => (shares[other] ?? 0) - (shares[one] ?? 0));
  return `${terms(order.map((key) => `${percent(shares[key] ?? 0)} · ${inTerm(values[key]?.[at] ?? 0)}`))} = ${number(result[at] ?? 0)}`;
}

/** A number of the token after attention: what it was, what this head adds, what the others add. */
export function afterText({ token, added, others, after }: HeadSteps, at: number): string {
  const [was, own, rest] = [token, added, others].map((values) => inTerm(values[at] ?? 0)) as [string, string, string];
  return t("{token} (token) + {head} (this head) + {others} (other heads and bias) = {sum}", { token: was, head: own, others: rest, sum: number(after[at] ?? 0) });
}

/** What a temperature means. */
export function temperatureText(temperature: number): string {
  const value = number(temperature);
  if (temperature === 1) return t("{value}: the model’s own", { value });
  return temperature < 1
    ? t("{value}: sharper than the model’s own, which is 1", { value })
    : t("{value}: flatter than the model’s own, which is 1", { value });
}

/** How far the shares are from the engine's. */
export function differenceText(own: Float32Array, engine: Float32Array): string {
  const most = own.reduce((largest, share, key) => Math.max(largest, Math.abs(share - (engine[key] ?? 0))), 0);
  // Rounded up to a thousandth of a per cent.
  const difference = percent((Math.floor(most * 1e5) + 1) / 1e5, 3);
  return t("Calculated on this page from the model’s weights. The engine’s own shares differ by less than {difference}.", { difference });
}
