/** Which model answers: the shipped one, the one in training, or a kept one. Answers `use-model` with `model`. */
import type { ActiveModel, App } from "../app.js";
import { SHIPPED_WEIGHTS_URL } from "../assets.js";
import { fetchFile } from "../client/files.js";
import { noteOutdated } from "../offline/outdated.js";
import { t } from "../text/language.js";
import { byId, showError } from "../ui/dom.js";
import { capital, integer } from "../ui/format.js";
import { mountSwitch, type Slot } from "./model-switch.js";

/** A model that was offered. */
type Offer = Pick<ActiveModel, "source" | "label" | "weights">;

/** Callbacks for the loading of the shipped model. */
export interface Arrival {
  /** It is being fetched. */
  loading: () => void;
  /** It could not be fetched. */
  missing: (error: Error) => void;
}

/** Loads the shipped model and handles the switch. */
export function mountModel(app: App, arrival: Arrival): void {
  const offers = new Map<Slot, Offer>();
  const choice = mountSwitch((slot) => {
    const offer = offers.get(slot);
    // The run's part sends new weights only while the canvas follows it, so it must know the choice.
    if (slot !== "kept") app.emit("model-choice", slot);
    else if (offer) return app.emit("use-model", offer);
    if (offer) load(offer);
  });
  const load = createLoader(app, (offer, error) => {
    const slot = slotOf(offer.source);
    if (slot === "shipped") return missing(app, arrival, error);
    offers.delete(slot);
    choice.withdraw(slot, slotOf(app.last("model")?.source ?? "shipped"));
    showError(error);
  });
  const offered = (offer: Offer): void => {
    const slot = slotOf(offer.source);
    offers.set(slot, offer);
    if (choice.offer(slot, offer.label)) load(offer);
  };

  app.on("use-model", offered);
  app.on("model", showModel);
  app.on("run", (run) => {
    if (run?.state === "running" || run?.state === "paused") choice.enable("training");
    if (run !== null) return;
    offers.delete("training");
    const shipped = offers.get("shipped");
    if (choice.withdraw("training", "shipped") && shipped) load(shipped);
  });
  mountShipped(app, arrival, offered);
}

/** The slot of a model from this source. */
function slotOf(source: ActiveModel["source"]): Slot {
  return source === "shipped" || source === "training" ? source : "kept";
}

let early: Promise<Uint8Array> | null = null;

/**
 * Starts fetching the shipped model while the page is still being set up. (A preload in the page's head does not help:
 * WebKit would fetch the file twice.)
 */
export function sendForShipped(): void {
  early = fetchShipped();
  // Whoever awaits it handles a failure.
  early.catch(() => undefined);
}

/** Takes the shipped model, and fetches it again when asked to retry. */
function mountShipped(app: App, arrival: Arrival, offered: (offer: Offer) => void): void {
  const start = async (): Promise<void> => {
    arrival.loading();
    // The worker starts at its first call. Making one that needs no weights fetches both at the same time.
    app.predictor.call("limits", {}).catch(() => undefined);
    try {
      offered({ source: "shipped", label: t("the shipped model"), weights: await (early ?? fetchShipped()) });
    } catch (error) {
      early = null;
      noteOutdated(error);
      missing(app, arrival, error as Error);
    }
  };
  byId("model-retry", HTMLButtonElement).addEventListener("click", () => void start());
  void start();
}

function missing(app: App, arrival: Arrival, error: Error): void {
  arrival.missing(error);
  app.emit("model-missing", null);
}

async function fetchShipped(): Promise<Uint8Array> {
  const response = await fetchFile(SHIPPED_WEIGHTS_URL, () => t("The shipped model"));
  return new Uint8Array(await response.arrayBuffer());
}

/** Passes models to the predictor, one at a time; of several waiting, the newest. */
function createLoader(app: App, failed: (offer: Offer, error: Error) => void): (offer: Offer) => void {
  let next: Offer | null = null;
  let busy = false;
  const work = async (): Promise<void> => {
    busy = true;
    while (next) {
      const offer: Offer = next;
      next = null;
      try {
        const info = await app.predictor.call("use", { weights: offer.weights });
        app.emit("model", { ...offer, info });
      } catch (error) {
        failed(offer, error as Error);
      }
    }
    busy = false;
  };
  return (offer) => {
    next = offer;
    if (!busy) void work();
  };
}

function showModel({ source, label, info }: ActiveModel): void {
  const line = byId("model-line", HTMLElement);
  // The name of a file is shown unchanged.
  line.textContent = t("{name}, {parameters} parameters", { name: source === "file" ? label : capital(label), parameters: integer(info.parameters) });
}
