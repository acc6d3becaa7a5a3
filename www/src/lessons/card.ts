/** The lesson card: a list of questions, or one lesson with its tasks and answers. Loaded as a separate script. */
import type { App } from "../app.js";
import { say, type Message } from "../text/catalogue.js";
import type { TextKey } from "../text/en.js";
import { prepareButton } from "../text/button.js";
import { el, setText } from "../ui/dom.js";
import { Course } from "./course.js";
import { canShuffle, shuffled } from "./facts.js";
import { LESSONS, type Lesson } from "./lessons.js";
import { keepProgress, keptProgress } from "./progress.js";
import { createSpeaker } from "./speaker.js";
import { watchPage } from "./watch.js";

/** The lessons, for the page. */
export interface Lessons {
  /**
   * Opens a lesson by its id, or without one the lesson last begun, or the list. Pressing the same button again closes
   * it.
   */
  open(id: string | null, opener: HTMLElement | null): void;
}

/** Creates the card in its place on the page. */
export function createLessons(app: App, host: HTMLElement): Lessons {
  const progress = keptProgress();
  const courses = new Map<string, Course>();
  let course: Course | null = null;
  let opener: HTMLElement | null = null;
  let shuffles = 0;

  const words = (text: TextKey, values: Message["values"] = {}): string => say({ text, values });
  const parts = build(host);
  prepareButton(app, parts.language);
  const speaker = createSpeaker(parts.live);
  const watch = watchPage(app, (scene) => {
    if (!course || host.hidden) return;
    course.see(scene);
    showStep();
  });

  const keep = (): void => {
    if (course) {
      progress.at[course.lesson.id] = course.step;
      progress.latest = course.lesson.id;
    }
    keepProgress(progress);
  };

  /** The text that all steps share. */
  const showFrame = (): void => {
    parts.close.setAttribute("aria-label", words("card.close"));
    parts.close.title = words("card.close");
    parts.all.setAttribute("aria-label", words("card.all"));
    parts.all.title = words("card.all");
    setText(parts.go, words("card.go"));
    setText(parts.link, words("card.link"));
    setText(parts.act, words("order.button"));
    host.classList.toggle("listing", course === null);
    if (course) showStep();
    else showList();
  };

  const showStep = (): void => {
    if (!course) return;
    const { lesson, answer, ask, current } = course;
    setText(parts.title, words(lesson.title));
    setText(parts.step, `${course.step + 1} / ${lesson.steps.length}`);
    parts.step.title = stepOf(course);
    setText(parts.ask, say(ask));
    setText(parts.answer, answer ? say(answer) : "");
    parts.body.classList.toggle("done", answer !== null);
    parts.go.setAttribute("href", `#${current.place}`);
    parts.act.hidden = current.act === undefined || !canShuffleNow();
    parts.go.hidden = !parts.act.hidden;
    setText(parts.next, words(course.last && answer ? "card.finish" : answer ? "card.next" : "card.skip"));
    parts.next.classList.toggle("primary", answer !== null);
    if (answer) speaker.answer(`${lesson.id} ${course.step}`, say(answer));
  };

  const stepOf = ({ step, lesson }: Course): string =>
    words("card.step", { step: { count: step + 1 }, steps: { count: lesson.steps.length } });

  const showList = (): void => {
    setText(parts.title, words("list.title"));
    setText(parts.step, `${progress.done.filter((id) => LESSONS.some((lesson) => lesson.id === id)).length} / ${LESSONS.length}`);
    setText(parts.intro, words("list.intro"));
    parts.list.replaceChildren(...LESSONS.map((lesson) => entry(lesson)));
  };

  const entry = (lesson: Lesson): HTMLElement => {
    const step = progress.at[lesson.id];
    const values = { step: { count: (step ?? 0) + 1 }, steps: { count: lesson.steps.length } };
    const done = progress.done.includes(lesson.id);
    const note = done ? `✓ ${words("list.done")}` : step === undefined ? "" : words("list.begun", values);
    const onclick = (): void => {
      begin(lesson);
      parts.title.focus();
    };
    return el("li", {}, el("button", { type: "button", onclick },
      el("span", {}, words(lesson.title)), el("span", { class: "quiet small" }, note)));
  };

  const begin = (lesson: Lesson): void => {
    course = courses.get(lesson.id) ?? new Course(lesson, watch.scene(), progress.at[lesson.id]);
    courses.set(lesson.id, course);
    course.see(watch.scene());
    keep();
    app.emit("lesson", lesson.id);
    showFrame();
    speaker.now(say(course.ask));
  };

  const list = (): void => {
    keep();
    course = null;
    app.emit("lesson", null);
    showFrame();
  };

  const finish = (lesson: Lesson): void => {
    if (!progress.done.includes(lesson.id) && course?.answer) progress.done.push(lesson.id);
    course = null;
    courses.delete(lesson.id);
    delete progress.at[lesson.id];
    progress.latest = null;
    list();
    parts.title.focus();
  };

  const next = (): void => {
    if (!course) return;
    if (course.last) return finish(course.lesson);
    course.next();
    course.see(watch.scene());
    keep();
    showStep();
    parts.body.scrollTop = 0;
    speaker.now(`${stepOf(course)}. ${say(course.ask)}`);
  };

  const show = (open: boolean): void => {
    host.hidden = !open;
    document.documentElement.classList.toggle("lessons-open", open);
    for (const button of document.querySelectorAll("[data-lessons]")) button.setAttribute("aria-expanded", String(open));
  };

  const close = (): void => {
    keep();
    show(false);
    app.emit("lesson", null);
    // A button in a hidden view has no box.
    const back = opener && opener.getClientRects().length > 0 ? opener : document.getElementById("ink");
    back?.focus({ preventScroll: true });
  };

  const canShuffleNow = (): boolean => {
    const { prediction } = watch.scene();
    return prediction !== null && canShuffle(prediction);
  };

  const shuffle = (): void => {
    const { prediction, drawing, shuffledFrom } = watch.scene();
    if (!prediction) return;
    shuffles += 1;
    // After another shuffle, the comparison is still with what was drawn.
    watch.noteShuffle(drawing?.kind === "image" && shuffledFrom && course?.answer ? { ...shuffledFrom } : prediction);
    app.emit("show-drawing", { kind: "image", pixels: shuffled(prediction, shuffles) });
  };

  parts.close.addEventListener("click", close);
  parts.all.addEventListener("click", () => {
    list();
    parts.title.focus();
  });
  parts.next.addEventListener("click", next);
  parts.act.addEventListener("click", shuffle);
  // The views follow the link; a folded section there is opened first.
  parts.go.addEventListener("click", () => document.querySelector(`details#${course?.current.place}`)?.setAttribute("open", ""));
  parts.link.addEventListener("click", () => app.emit("copy-link", (copied) => {
    const said = words(copied ? "card.copied" : "card.in-address");
    setText(parts.link, said);
    speaker.now(said);
  }));
  host.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  return {
    open(id, by) {
      if (!host.hidden && by !== null) return close();
      opener = by;
      show(true);
      const lesson = LESSONS.find((one) => one.id === (id ?? progress.latest));
      if (lesson) begin(lesson);
      else list();
      if (by) parts.title.focus();
    },
  };
}

/** The elements of the card. Their text is filled in later, in the chosen language. */
function build(host: HTMLElement) {
  const title = el("h2", { id: "lessons-title", class: "lessons-title", tabindex: -1 });
  const step = el("span", { class: "lessons-step small quiet" });
  const language = el("button", { type: "button", class: "lessons-language small" });
  const close = el("button", { type: "button", class: "lessons-icon" }, "×");
  const intro = el("p", { class: "lessons-intro small quiet" });
  const list = el("ol", { class: "lessons-list" });
  const ask = el("p", { class: "lessons-ask" });
  const answer = el("p", { class: "lessons-answer" });
  // It may scroll, so it must be reachable by keyboard.
  const body = el("div", { class: "lessons-body", role: "group", tabindex: 0, "aria-labelledby": "lessons-title" },
    el("div", { class: "lessons-all" }, intro, list), el("div", { class: "lessons-one" }, ask, answer));
  const all = el("button", { type: "button", class: "lessons-icon lessons-back" }, "‹");
  const link = el("button", { type: "button", class: "lessons-link" });
  const go = el("a", { class: "button", href: "#ink" });
  const act = el("button", { type: "button", hidden: true });
  const next = el("button", { type: "button", class: "lessons-next" });
  const live = el("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });
  host.replaceChildren(
    el("div", { class: "lessons-head" }, all, title, step, language, close),
    body,
    el("div", { class: "lessons-foot" }, link, go, act, next),
    live,
  );
  return { title, step, language, close, intro, list, ask, answer, body, all, link, go, act, next, live };
}
