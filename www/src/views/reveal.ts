/** The views of the page: which one is shown, and how an element comes into sight. The address is for `index.ts`. */

/** Draw, Inside, Train, and the presentation, which is the first two for a projector. */
export type View = "draw" | "inside" | "train" | "present";

const root = document.documentElement;
const watchers = new Set<(view: View) => void>();

/** The view that is shown. `start.ts` has chosen the first one. */
export function currentView(): View {
  return (root.dataset["view"] ?? "draw") as View;
}

/** Shows a view; nothing in the others stops. */
export function showView(view: View): void {
  if (view === currentView()) return;
  root.dataset["view"] = view;
  for (const watcher of watchers) watcher(view);
}

/** Calls now and whenever another view is shown. */
export function onView(watcher: (view: View) => void): void {
  watchers.add(watcher);
  watcher(currentView());
}

/** The view that an element lies in; null for what all views have. */
export function viewOf(element: Element): View | null {
  return (element.closest("#draw, #inside, #train, #present")?.id as View | undefined) ?? null;
}

/** Scrolls to an element, in its view. */
export function reveal(element: Element, where: ScrollIntoViewOptions = {}): void {
  showView(viewOf(element) ?? currentView());
  element.scrollIntoView(where);
}
