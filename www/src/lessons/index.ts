/** The buttons that open the lessons. The lessons are a separate script, fetched on demand. */
import type { App } from "../app.js";
import { LESSONS_URL } from "../assets.js";
import { fetchScript } from "../client/script.js";
import { noteOutdated } from "../offline/outdated.js";
import { t } from "../text/language.js";
import { byId, showError } from "../ui/dom.js";
import type { Lessons } from "./card.js";

/** The exports of the lessons' script. */
interface Script {
  createLessons(app: App, host: HTMLElement): Lessons;
}

/** Starts this part. */
export function mount(app: App): void {
  const host = byId("lessons", HTMLElement);
  let lessons: Promise<Lessons> | null = null;

  const open = async (id: string | null, opener: HTMLElement | null): Promise<void> => {
    lessons ??= fetchLessons(app, host);
    try {
      (await lessons).open(id, opener);
    } catch (error) {
      lessons = null;
      noteOutdated(error);
      showError(error as Error);
    }
  };
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-lessons]")) {
    button.addEventListener("click", () => void open(null, button));
  }
  app.on("open-lesson", (id) => void open(id, null));
}

async function fetchLessons(app: App, host: HTMLElement): Promise<Lessons> {
  const script = await fetchScript<Script>(LESSONS_URL, t("The lessons"));
  return script.createLessons(app, host);
}
