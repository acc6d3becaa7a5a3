/** The button that copies a link to the settings, and the words beside it. */
import { announce } from "../ui/announce.js";
import { byId } from "../ui/dom.js";
import type { SettingsChoice } from "./choice.js";
import { linkTo } from "./link.js";

/** Makes the button work; `choice` gives what is chosen then. */
export function listenToLinkButton(choice: () => SettingsChoice): void {
  byId("settings-link", HTMLButtonElement).addEventListener("click", () => void copyLink(linkTo(choice())));
}

async function copyLink(link: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(link);
    tell("Copied. The link contains the settings, never data.");
  } catch {
    // No permission: the address bar is where links can be copied from.
    history.replaceState(history.state, "", link);
    tell("This browser does not let pages copy. The link is in the address bar now.");
  }
}

/** Says what was done, beside the buttons and to screen readers. */
export function tell(text: string): void {
  byId("settings-said", HTMLElement).textContent = text;
  announce(text);
}
