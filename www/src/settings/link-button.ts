/** The button that copies a link to the settings, and the message beside it. */
import { t } from "../text/language.js";
import { announce } from "../ui/announce.js";
import { byId } from "../ui/dom.js";
import type { SettingsChoice } from "./choice.js";
import { linkTo } from "./link.js";

/** Connects the button; `choice` returns the current choice. */
export function listenToLinkButton(choice: () => SettingsChoice): void {
  byId("settings-link", HTMLButtonElement).addEventListener("click", () => void copyLink(linkTo(choice())));
}

async function copyLink(link: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(link);
    tell(t("Copied. The link contains the settings, never data."));
  } catch {
    // No permission: put the link in the address bar, where it can be copied.
    history.replaceState(history.state, "", link);
    tell(t("This browser does not let pages copy. The link is in the address bar now."));
  }
}

/** Shows what was done beside the buttons, and announces it to screen readers. */
export function tell(text: string): void {
  byId("settings-said", HTMLElement).textContent = text;
  announce(text);
}
