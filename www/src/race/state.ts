/** The state of a race, from the trainer's events: plain data, independent of the page. */
import type { PatchworkError, RaceBudget, RaceEvent, RacePoint, Reason } from "../protocol/engine.js";

/** One contestant. */
export interface Racer {
  name: string;
  /** Null until it has begun. */
  parameters: number | null;
  points: readonly RacePoint[];
  seconds: number;
  images: number;
  /** The share of its budget that it has used. */
  share: number;
  ended: boolean;
  error: PatchworkError | null;
  /** The id of its stored run. */
  run: string | null;
}

/** The whole race. */
export interface RaceState {
  phase: "starting" | "timing" | "running" | "paused" | "finished" | "failed";
  budget: RaceBudget;
  racers: readonly Racer[];
  /** The contestant that is being timed. */
  timing: number | null;
  /** Seconds until the end; null while unknown. */
  secondsLeft: number | null;
  /** The contestants with a result, the most accurate first, at the end. */
  ranking: readonly number[];
  reason: Reason | null;
}

/** A race that is about to start. */
export function begin(names: readonly string[], budget: RaceBudget): RaceState {
  const racers = names.map((name): Racer => ({
    name, parameters: null, points: [], seconds: 0, images: 0, share: 0, ended: false, error: null, run: null,
  }));
  return { phase: "starting", budget, racers, timing: null, secondsLeft: null, ranking: [], reason: null };
}

/** The state after an event. */
export function next(state: RaceState, event: RaceEvent): RaceState {
  switch (event.type) {
    case "timing": return { ...state, phase: "timing", timing: event.contestant };
    case "began": return { ...changed(state, event.contestant, { parameters: event.parameters }), phase: "running", timing: null };
    case "progress": {
      const { contestant, seconds, images, share } = event;
      return { ...changed(state, contestant, { seconds, images, share }), secondsLeft: event.seconds_left };
    }
    case "measured": return measured(state, event);
    case "epoch": return state;
    case "ended": return changed(state, event.contestant, { ended: true, error: event.error });
    case "paused": return { ...state, phase: "paused" };
    case "resumed": return { ...state, phase: "running" };
    case "finished": return { ...state, phase: "finished", ranking: event.ranking, reason: event.reason };
  }
}

/** The state after a contestant was stored as a run. */
export function stored(state: RaceState, contestant: number, run: string): RaceState {
  return changed(state, contestant, { run });
}

function measured(state: RaceState, point: RacePoint): RaceState {
  const points = [...(state.racers[point.contestant]?.points ?? []), point];
  const { seconds, images } = point;
  return changed(state, point.contestant, { points, seconds, images });
}

function changed(state: RaceState, index: number, changes: Partial<Racer>): RaceState {
  return { ...state, racers: state.racers.map((racer, at) => (at === index ? { ...racer, ...changes } : racer)) };
}

/** What the horizontal axis of the chart shows. */
export type RaceAxis = "seconds" | "images" | "parameters";

/** The chart's columns: positions on the axis, then the accuracy of each contestant there, null where it was not measured. */
export function columns(racers: readonly Racer[], axis: RaceAxis): [number[], ...(number | null)[][]] {
  const placed = racers.map((racer) => pointsOn(racer, axis));
  const places = [...new Set(placed.flatMap((points) => [...points.keys()]))].sort((a, b) => a - b);
  return [places, ...placed.map((points) => places.map((x) => points.get(x) ?? null))];
}

/** Accuracies by position. Against parameters, only the last one. */
function pointsOn({ points, parameters }: Racer, axis: RaceAxis): Map<number, number> {
  if (axis !== "parameters") return new Map(points.map((point) => [point[axis], point.accuracy]));
  const last = points.at(-1);
  return new Map(last && parameters !== null ? [[parameters, last.accuracy]] : []);
}

/** Whether the race goes on, or could. */
export function isOpen({ phase }: RaceState): boolean {
  return phase !== "finished" && phase !== "failed";
}
