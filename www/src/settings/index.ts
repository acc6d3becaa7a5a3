/** Step 2 of training: choose a preset, change settings, see the costs. */
import type { App } from "../app.js";
import type { Cost, FamilyOffer, Limits, PresetReport, RunSettings } from "../protocol/engine.js";
import type { DeviceReport } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { byId, showError } from "../ui/dom.js";
import { plural } from "../ui/format.js";
import { change, type SettingsChoice, type Composed, compose, dataShapeOf } from "./choice.js";
import { createDevice } from "./device.js";
import { need, type Need } from "./estimate.js";
import { showFigures } from "./figures.js";
import { showDetails } from "./details.js";
import { fillForm, goTo, listenToForm } from "./form.js";
import { keepChoice, kept } from "./keep.js";
import { familyOf, keysOf, kindOf } from "./keys.js";
import { decode, encode, shown, takeFromAddress } from "./link.js";
import { listenToLinkButton, tell } from "./link-button.js";
import { type Measured, watchRuns } from "./measured.js";
import { createPictures } from "./pictures.js";
import { listenToPresets, makePresets, markPreset, describedPresets } from "./presets.js";
import { blamed, misfit, type Problem, refused, tooLarge } from "./problems.js";
import { createTeacher } from "./teacher.js";
import { showTrouble } from "./trouble.js";
import { currentView } from "../views/reveal.js";
import { workerCount } from "../workers/trainer/worker-count.js";

/** The preset for the first visit. */
const PRESET = "starter";

/** Starts this part. */
export function mount(app: App): void {
  const before = kept();
  let choice: SettingsChoice = { preset: PRESET, changes: new Map() };
  let presets: readonly PresetReport[] = [];
  /** The ranges of the settings; nothing can be chosen before they are loaded. */
  let limits: Limits | null = null;
  /** The image shape for which the presets were loaded. */
  let shape = "";
  /** The problem with an input that is not a valid value. */
  let typed: Problem | null = null;
  let problem: Problem | null = null;
  let cost: Cost | null = null;
  let runs: Measured[] = [];
  let checks = 0;

  const family = (): FamilyOffer => familyOf(choice.preset);

  const show = (): void => showTrouble(problem, keysOf(family()));

  const composed = (): Composed | null => {
    const preset = presets.find((one) => one.name === choice.preset);
    if (!preset || !limits) return null;
    const found = compose(preset, choice.changes, dataShapeOf(app.last("data")), limits);
    teacher.apply(found.settings, family());
    return found;
  };

  const emitSettings = (): void => {
    const settings = composed()?.settings;
    if (!settings) return;
    const error = problem?.error ?? null;
    const text = choice.preset === PRESET && choice.changes.size === 0 ? "" : encode(choice);
    app.emit("settings", { settings, preset: choice.preset, text, valid: error === null, error, device: device.choice, teacher: teacher.teacherOf(family()) });
  };

  /** The device that will train, if known. */
  const kindKnown = (): DeviceReport["kind"] | null => app.last("device")?.kind ?? (device.choice === "cpu" ? "cpu" : null);

  /** The memory that a run needs; while the device is unknown, that on the CPU. */
  const needed = (): Need | null => {
    const { files = [] } = app.last("data") ?? {};
    const pixels = files.reduce((sum, file) => sum + file.images * file.side ** 2, 0);
    return cost && need(cost, pixels, kindKnown() ?? "cpu", workerCount(navigator.hardwareConcurrency));
  };

  const showCosts = (): void => {
    const settings = composed()?.settings;
    if (!settings) return;
    const images = app.last("data")?.material ?? null;
    showFigures({ settings, cost, images, need: needed(), device: app.last("device") ?? null, runs });
  };

  /** Why valid settings cannot be trained here. */
  const obstacle = (settings: RunSettings): Problem | null => {
    const unfit = misfit(settings, dataShapeOf(app.last("data")), kindKnown());
    const memory = kindKnown() ? needed() : null;
    return unfit ?? (memory && limits ? tooLarge(memory, limits) : null);
  };

  /** Asks the engine whether the settings are possible; only the newest answer counts. */
  const check = async (): Promise<void> => {
    const settings = composed()?.settings;
    if (!settings) return;
    const mine = ++checks;
    const { error, cost: asked } = await app.predictor.call("check", { settings });
    if (mine !== checks) return;
    cost = asked;
    problem = typed ?? (error ? blamed(error, keysOf(family())) : obstacle(settings));
    show();
    showCosts();
    emitSettings();
  };

  const refresh = (): void => {
    const now = composed();
    if (!now || !limits) return;
    fillForm(family(), now.settings, now.notes, limits);
    teacher.show(family());
    markPreset(choice.preset, choice.changes.size > 0);
    showDetails(now.settings, device.choice);
    showUndo(choice.changes.size, typed !== null);
    pictures.refresh();
    // At once, so that a run started now uses them; the check follows.
    emitSettings();
    check().catch(showFault);
  };

  const choose = (next: SettingsChoice): void => {
    choice = next;
    typed = null;
    keepChoice(encode(choice));
    refresh();
  };

  const names = (): string[] => presets.map((preset) => preset.name);

  /** Applies settings from elsewhere; returns a message about those that were left out. */
  const take = (text: string, known: Limits): string => {
    const { choice: next, left } = decode(text, names(), known);
    choose(next);
    return left.length > 0 ? t("Left out because not understood or out of range: {parts}.", { parts: shown(left) }) : "";
  };

  const fromLink = (text: string): void => {
    if (!limits) return;
    tell(`${t("The settings from the link are in use.")} ${take(text, limits)}`.trim());
    // A link may lead to another view and also contain settings.
    if (currentView() === "train") byId("settings", HTMLElement).scrollIntoView({ block: "start" });
  };

  const loadPresets = async (): Promise<void> => {
    const frame = dataShapeOf(app.last("data"));
    const asked = `${frame.side} ${frame.classes}`;
    if (shape === asked) return;
    shape = asked;
    const answer = await describedPresets(app, frame);
    if (shape === asked) presets = answer;
  };

  const begin = async (): Promise<void> => {
    const link = takeFromAddress();
    const [known] = await Promise.all([app.predictor.call("limits", {}), loadPresets()]);
    limits = known;
    listen(known);
    const left = before.choice ? take(before.choice, known) : "";
    if (left !== "") tell(left);
    if (!before.choice) refresh();
    else refresh();
    if (link !== null) fromLink(link);
  };

  const listen = (known: Limits): void => listenToForm(known, family, {
    change(key, value) {
      const preset = presets.find((one) => one.name === choice.preset);
      if (preset) choose(change(choice, preset, key, value));
    },
    refused(key, label) {
      typed = problem = refused(key, label, kindOf(family(), key, known));
      show();
      refresh();
    },
  });

  makePresets();
  const device = createDevice(app, before.device, refresh);
  const teacher = createTeacher(app, refresh);
  const pictures = createPictures(app, () => composed()?.settings ?? null);
  const undo = (): void => choose({ preset: choice.preset, changes: new Map() });

  listenToPresets((preset) => choose({ preset, changes: new Map() }));
  listenToLinkButton(() => choice);
  byId("settings-undo", HTMLButtonElement).addEventListener("click", () => {
    undo();
    announce(t("The settings were reset to {preset}", { preset: choice.preset }));
    document.querySelector<HTMLElement>("#settings-presets input:checked")?.focus();
  });
  byId("settings-problem-show", HTMLButtonElement).addEventListener("click", () => {
    if (problem?.key) goTo(problem.key);
  });
  window.addEventListener("hashchange", () => {
    const link = takeFromAddress();
    if (link !== null) fromLink(link);
  });
  app.on("data", () => void loadPresets().then(refresh).catch(showFault), false);
  watchRuns(app, (now) => {
    runs = now;
    showCosts();
  });
  begin().catch(showFault);
}

function showUndo(changes: number, typed: boolean): void {
  const undo = byId("settings-undo", HTMLButtonElement);
  undo.hidden = changes === 0 && !typed;
  undo.textContent = changes > 0 ? t("Undo {changes}", { changes: plural(changes, "change") }) : t("Undo");
}

/** The predictor failed, which is not due to the settings. */
function showFault(reason: unknown): void {
  showError(reason instanceof Error ? reason : new Error(String(reason)));
}
