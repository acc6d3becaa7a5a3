/** Messages from the worker to the page. Session events are batched: the page can draw ten per second. */
import type { Event } from "../../protocol/engine.js";
import type { TrainerEvent } from "../../protocol/messages.js";
import { post } from "../serve.js";

const PAUSE = 100;

/** Events that the user waits for are sent immediately. */
const URGENT: Event["type"][] = ["epoch", "tested", "paused", "resumed", "finished"];

export interface MessageQueue {
  /** Sends an event immediately; objects in `transfer` are transferred. */
  emit(event: TrainerEvent, transfer?: Transferable[]): void;
  /** Queues session events, which are sent when due. */
  session(events: Event[]): void;
  /** Sends queued events. */
  flush(): void;
}

/** An empty message queue. */
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
