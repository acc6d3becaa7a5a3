/** The temperature of softmax: a slider from 1/4 to 4, in equal ratios. */
import { t } from "../text/language.js";
import { el } from "../ui/dom.js";
import { temperatureText } from "./words.js";

/** The control, for its owner. */
export interface Temperature {
  element: HTMLElement;
  value(): number;
}

/** Creates the control; `changed` is called with every move. */
export function createTemperature(changed: () => void): Temperature {
  const slider = el("input", { type: "range", id: "attention-temperature", min: -2, max: 2, step: 0.25, value: 0 });
  const back = el("button", { type: "button" }, t("Back to 1"));
  const said = el("p", { class: "small attention-temperature-said" });
  const value = (): number => 2 ** Number(slider.value);
  const show = (): void => {
    said.textContent = temperatureText(value());
    slider.setAttribute("aria-valuetext", said.textContent);
    back.disabled = value() === 1;
    said.classList.toggle("other", value() !== 1);
  };
  slider.addEventListener("input", () => {
    show();
    changed();
  });
  back.addEventListener("click", () => {
    slider.value = "0";
    show();
    changed();
    // The button can no longer have the focus.
    slider.focus();
  });
  show();
  return { element: el("div", { class: "attention-temperature" }, el("div", { class: "row" }, el("label", {}, t("Temperature"), slider), back), said), value };
}
