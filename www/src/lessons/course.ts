/** A lesson in progress: its current step, what it waits for, and its answer. Independent of the page. */
import type { Message } from "../text/catalogue.js";
import type { Change, Context, Lesson, Step } from "./lessons.js";
import type { Scene } from "./scene.js";

/** A lesson in progress. */
export class Course {
  #step: number;
  #before: Scene;
  #now: Scene;
  #answer: Message | null = null;
  /** The scenes of the current step's answer. */
  #answered: Change | null = null;
  readonly #earlier: (Change | null)[];

  /** Starts at a step, or at the nearest earlier one that does not depend on the step before it. */
  constructor(readonly lesson: Lesson, scene: Scene, step = 0) {
    this.#step = Math.max(0, Math.min(lesson.steps.length - 1, step));
    while (this.#step > 0 && lesson.steps[this.#step]?.follows) this.#step -= 1;
    this.#earlier = Array.from({ length: this.#step }, () => null);
    this.#before = this.#now = scene;
  }

  /** The index of the current step, counting from 0. */
  get step(): number {
    return this.#step;
  }

  /** The current step. */
  get current(): Step {
    const step = this.lesson.steps[this.#step];
    if (!step) throw new Error(`The lesson ${this.lesson.id} has no step ${this.#step + 1}`);
    return step;
  }

  /** What the user is asked to do. */
  get ask(): Message {
    return this.#waits ? { text: "card.other-model", values: {} } : this.current.ask(this.#context());
  }

  /** The answer; null until the step is done. */
  get answer(): Message | null {
    return this.#answer;
  }

  /** Whether this is the last step. */
  get last(): boolean {
    return this.#step === this.lesson.steps.length - 1;
  }

  /**
   * Evaluates the page. An answer stays when the page changes, and is updated as long as its step is still fulfilled.
   */
  see(scene: Scene): void {
    this.#now = scene;
    if (this.#waits) return;
    // The cost of settings is known only a moment later: before that, no change of them can be judged.
    if (this.#before.cost === null) this.#before = { ...this.#before, settings: scene.settings, cost: scene.cost };
    const answer = this.current.answer(this.#context());
    if (!answer) return;
    this.#answer = answer;
    this.#answered = { before: this.#before, now: scene };
  }

  /** Goes to the next step. */
  next(): void {
    if (this.last) return;
    this.#earlier.push(this.#answered);
    this.#step += 1;
    this.#before = this.#now;
    this.#answer = this.#answered = null;
  }

  /** Whether the model on the canvas does not have what the lesson is about. */
  get #waits(): boolean {
    return this.lesson.parts === true && this.#now.prediction?.plain === false;
  }

  #context(): Context {
    return { before: this.#before, now: this.#now, earlier: this.#earlier };
  }
}
