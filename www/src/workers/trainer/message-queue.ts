/** What the worker says to the page. News of the session go in batches: the page can draw ten a second. */
import type { Event } from "../../protocol/engine.js";
import type { TrainerEvent } from "../../protocol/messages.js";
import { post } from "../serve.js";

const PAUSE = 100;

/** What a person waits for is said at once. */
const URGENT: Event["type"][] = ["epoch", "tested", "paused", "resumed", "finished"];

export interface MessageQueue {
  /** Says something at once; what is in `transfer` is given away. */
  emit(event: TrainerEvent, transfer?: Transferable[]): void;
  /** Takes news of the session; they go out when they are due. */
  session(events: Event[]): void;
  /** Sends what waits. */
  flush(): void;
}

/** An empty outbox. */
export function createMessageQueue(): MessageQueue {
  let waiting: Event[] = [];
  let last = 0;
  const emit: MessageQueue["emit"] = (event, transfer) => post({ event }, transfer);
  const flush = (): void => {
    if (waiting.length === 0) return;
    emit({ type: "session", events: waiting });
    waiting = [];
    last = performance.now();
  };
  return {
    emit,
    flush,
    session(events) {
      waiting.push(...events);
      const due = performance.now() - last >= PAUSE;
      if (due || events.some(({ type }) => URGENT.includes(type))) flush();
    },
  };
}
