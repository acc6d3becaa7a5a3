/**
 * The views and the address: `#draw`, `#inside`, `#train`, `#present`, or the id of anything in one of them. Links to
 * views behave like links to places: the browser's back button works, and the focus moves to the target.
 */
import { isOldSettingsLink, placeIn } from "../link/address.js";
import { t, type Text } from "../text/language.js";
import { byId } from "../ui/dom.js";
import { titleOfView } from "../ui/title.js";
import { currentView, onView, showView, viewOf, type View } from "./reveal.js";

/** The title of the tab in each view. */
const TITLES = {
  draw: "Patchwork: a Vision Transformer in your browser",
  inside: "Inside the model · Patchwork",
  train: "Train your own · Patchwork",
  present: "Presentation · Patchwork",
} as const satisfies Record<View, Text>;

/** The heading of each view: it gets the focus after a link to the view. */
const HEADINGS: Record<View, string> = {
  draw: "draw-title",
  inside: "how-title",
  train: "train-title",
  present: "present-title",
};

/** Follows the address, and links within the page. */
export function mountViews(): void {
  /** The scroll position of each view when it was left. */
  const left = new Map<View, number>();

  const go = (hash: string): void => {
    const from = currentView();
    const { view, target } = placeOf(hash);
    if (view !== from) left.set(from, scrollY);
    showView(view);
    if (target) target.scrollIntoView();
    else scrollTo({ top: view === from ? 0 : (left.get(view) ?? 0), behavior: view === from ? "auto" : "instant" });
    focusOn(target ?? byId(HEADINGS[view], HTMLElement));
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="#"]') : null;
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.hash !== location.hash) history.pushState(null, "", link.hash);
    go(link.hash);
  });
  addEventListener("hashchange", () => go(location.hash));

  const { view, target } = placeOf(location.hash);
  showView(view);
  onView((view) => {
    titleOfView(t(TITLES[view]));
    // A script switched to this view: a reload should return to it.
    if (placeOf(location.hash).view !== view) history.replaceState(history.state, "", `#${view}`);
    for (const link of byId("views", HTMLElement).querySelectorAll("a")) {
      if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  });
  target?.scrollIntoView({ behavior: "instant" });
}

/** Goes to the place that the address leads to, if it lies in this view: it has only just got its content. */
export function arrive(view: HTMLElement): void {
  const { target } = placeOf(location.hash);
  if (!target || !view.contains(target) || viewOf(target) !== currentView()) return;
  target.scrollIntoView({ behavior: "instant" });
  focusOn(target);
}

/** Where an address leads; `target` is a place within a view, or one shared by all views. */
function placeOf(hash: string): { view: View; target: HTMLElement | null } {
  // The settings are scrolled to once they are in place (settings/index.ts).
  const target = isOldSettingsLink(hash) ? null : document.getElementById(placeIn(hash));
  if (target && target.id in TITLES) return { view: target.id as View, target: null };
  if (target) return { view: viewOf(target) ?? currentView(), target };
  return { view: isOldSettingsLink(hash) ? "train" : viewOfAbsent(placeIn(hash)), target: null };
}

/** The view of a place that is not there, or not yet: the stages of a model come with its first prediction. */
function viewOfAbsent(place: string): View {
  return place.startsWith("inside-") ? "inside" : "draw";
}

/** Focuses a place that is not in the tab order, so that reading and tabbing continue after it. */
function focusOn(place: HTMLElement): void {
  const reached = place.tabIndex >= 0;
  if (!reached) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}
