/** The teacher of a model with a distillation token: a trained model of the same classes, and how it teaches. */
import type { App } from "../app.js";
import { SHIPPED_WEIGHTS_URL } from "../assets.js";
import { fetchFile } from "../client/files.js";
import type { Distillation, FamilyOffer, RunSettings } from "../protocol/engine.js";
import type { RunRecord, Taught } from "../protocol/messages.js";
import { bestRow, keptWeights } from "../store/history.js";
import { t } from "../text/language.js";
import { byId, el } from "../ui/dom.js";
import { errorSentence, percent } from "../ui/format.js";
import { shortened } from "../ui/names.js";

const NONE = "none";
const SHIPPED = "shipped";
const CANVAS = "canvas";
const FILE = "file";
const RUN = "run:";

/** The choice of a teacher. */
export interface TeacherChoice {
  /** Shows the choice for families that can learn from a teacher. */
  show(family: FamilyOffer): void;
  /** The settings, with the teacher's part. */
  apply(settings: RunSettings, family: FamilyOffer): void;
  /** The teacher of a run of this family; null for none. */
  teacherOf(family: FamilyOffer): Taught | null;
}

/** Listens to the fields; `changed` is called when another teacher is chosen, or teaches otherwise. */
export function createTeacher(app: App, changed: () => void): TeacherChoice {
  const place = byId("settings-teacher", HTMLElement);
  const model = byId("teacher-model", HTMLSelectElement);
  const file = byId("teacher-file", HTMLInputElement);
  const note = byId("teacher-note", HTMLElement);
  const kind = byId("teacher-kind", HTMLSelectElement);
  const weight = byId("teacher-weight", HTMLInputElement);
  const temperature = byId("teacher-temperature", HTMLInputElement);
  let chosen: Taught | null = null;
  let runs: RunRecord[] = [];
  let asked = 0;

  const settings = (): Distillation => ({
    kind: kind.value === "soft" ? "soft" : "hard", weight: Number(weight.value) / 100, temperature: Number(temperature.value) || 1,
  });

  /** The option's model. */
  const load = async (value: string): Promise<Taught | null> => {
    if (value === NONE) return null;
    if (value === SHIPPED) {
      const response = await fetchFile(SHIPPED_WEIGHTS_URL, () => t("The shipped model"));
      return { name: t("the shipped model"), weights: new Uint8Array(await response.arrayBuffer()), history: [] };
    }
    if (value === CANVAS) {
      const now = app.last("model");
      return now ? { name: now.label, weights: now.weights, history: [] } : null;
    }
    const run = runs.find(({ id }) => `${RUN}${id}` === value);
    if (!run) throw new Error(t("That run is no longer kept. Choose another teacher."));
    return { name: run.name, weights: await keptWeights(app.store, run, "best"), history: run.history };
  };
  const take = async (loading: Promise<Taught | null>): Promise<void> => {
    const mine = ++asked;
    note.textContent = t("Loading the teacher…");
    try {
      const teacher = await loading;
      if (mine !== asked) return;
      chosen = teacher;
      note.textContent = teacher === null ? t("Without a teacher, both tokens learn the labels.") : t("{name} teaches. Start checks that it reads the same images and classes.", { name: teacher.name });
    } catch (error) {
      if (mine !== asked) return;
      chosen = null;
      model.value = NONE;
      note.textContent = errorSentence(error as Error);
    }
    changed();
  };

  const offerModels = (): void => {
    const { image_size: side, classes } = app.last("settings")?.settings.model ?? { image_size: 28, classes: 10 };
    const fit = runs.filter(({ settings: { model: theirs }, epochs }) => epochs.length > 0 && theirs.image_size === side && theirs.classes === classes);
    const option = (value: string, text: string): HTMLElement => el("option", { value }, text);
    const before = model.value;
    const canvas = app.last("model");
    model.replaceChildren(
      option(NONE, t("no teacher")), option(SHIPPED, t("the shipped model")),
      ...(canvas && canvas.source !== "shipped" ? [option(CANVAS, t("on the canvas: {name}", { name: shortened(canvas.label) }))] : []),
      ...fit.map((run) => option(`${RUN}${run.id}`, t("your run {name}, {share}", { name: shortened(run.name), share: percent(bestRow(run.history)?.validation_accuracy ?? NaN) }))),
      option(FILE, t("a file…")));
    model.value = [...model.options].some(({ value }) => value === before) ? before : chosen ? FILE : NONE;
  };
  const readRuns = (): void => void app.store.runs().then((found) => {
    runs = found;
    if (!place.hidden) offerModels();
  }).catch(() => undefined);

  model.addEventListener("change", () => {
    if (model.value === FILE) return file.click();
    void take(load(model.value));
  });
  file.addEventListener("cancel", () => {
    if (chosen === null) model.value = NONE;
  });
  file.addEventListener("change", () => {
    const given = file.files?.[0];
    file.value = "";
    if (given) void take(given.arrayBuffer().then((bytes) => ({ name: shortened(given.name), weights: new Uint8Array(bytes), history: [] })));
  });
  for (const field of [kind, weight, temperature]) {
    field.addEventListener("input", () => {
      byId("teacher-weight-value", HTMLOutputElement).textContent = percent(Number(weight.value) / 100, 0);
      temperature.disabled = kind.value !== "soft";
      changed();
    });
  }
  app.on("runs", readRuns, false);
  app.on("model", () => {
    if (!place.hidden) offerModels();
  }, false);

  return {
    show(family) {
      const hidden = !family.student;
      if (place.hidden === hidden) return;
      place.hidden = hidden;
      if (hidden) return;
      offerModels();
      readRuns();
    },
    apply({ train }, family) {
      if (chosen !== null && family.student) train.distillation = settings();
    },
    teacherOf: (family) => (family.student ? chosen : null),
  };
}
