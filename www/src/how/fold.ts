/** On a phone the steps are folded, so that Inside is short: their headings open them, and so do links to them. */
import { byId, el } from "../ui/dom.js";

/** As in how.css. */
const narrow = matchMedia("(max-width: 49.99rem)");

/** Makes the steps in `host` that are marked `.folded` open and close by their headings. */
export function foldSteps(host: Element): void {
  for (const step of host.querySelectorAll<HTMLElement>(".folded")) foldStep(step);
}

function foldStep(step: HTMLElement): void {
  const heading = step.querySelector("h3");
  if (!heading) return;
  const button = el("button", { type: "button", class: "how-fold" });
  const show = (): void => button.setAttribute("aria-expanded", String(!step.classList.contains("folded")));
  button.addEventListener("click", () => {
    step.classList.toggle("folded");
    show();
  });
  // On a wide screen there is nothing to press.
  const fit = (): void => {
    // Another model has other steps.
    if (!step.isConnected) {
      narrow.removeEventListener("change", fit);
      return;
    }
    if (narrow.matches) {
      if (button.isConnected) return;
      button.append(...heading.childNodes);
      heading.append(button);
    } else if (button.isConnected) {
      button.replaceWith(...button.childNodes);
    }
  };
  // A link may open it.
  new MutationObserver(show).observe(step, { attributeFilter: ["class"] });
  narrow.addEventListener("change", fit);
  show();
  fit();
}

/** Opens steps that links lead to, before the page scrolls to them. */
export function openByLinks(): void {
  const open = (hash: string): void => document.getElementById(hash.slice(1))?.classList.remove("folded");
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="#inside-"]') : null;
    if (link) open(link.hash);
  }, { capture: true });
  addEventListener("hashchange", () => open(location.hash), { capture: true });
  if (location.hash.startsWith("#inside-")) open(location.hash);
  foldSteps(byId("how", HTMLElement));
}
