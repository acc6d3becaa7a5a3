/** The views of the page: which one is shown, and how to scroll to an element. The address is handled by `index.ts`. */

/** Draw, Inside, Train, and the presentation, which shows the first two for a projector. */
export type View = "draw" | "inside" | "train" | "present";

const root = document.documentElement;
const watchers = new Set<(view: View) => void>();

/** The current view. `start.ts` has chosen the first one. */
export function currentView(): View {
  return (root.dataset["view"] ?? "draw") as View;
}

/** Shows a view; activity in the others continues. */
export function showView(view: View): void {
  if (view === currentView()) return;
  root.dataset["view"] = view;
  for (const watcher of watchers) watcher(view);
}

/** Calls `watcher` now and whenever the view changes. */
export function onView(watcher: (view: View) => void): void {
  watchers.add(watcher);
  watcher(currentView());
}

/** The view that an element belongs to; null if it is shared by all views. */
export function viewOf(element: Element): View | null {
  return (element.closest("#draw, #inside, #train, #present")?.id as View | undefined) ?? null;
}

/** Switches to an element's view and scrolls to it. */
export function reveal(element: Element, where: ScrollIntoViewOptions = {}): void {
  showView(viewOf(element) ?? currentView());
  element.scrollIntoView(where);
}
