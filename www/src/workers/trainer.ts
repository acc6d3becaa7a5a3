/** The trainer's worker, or one of its step workers: its name says which. */
import { rememberPanics } from "./panic.js";
import { serveTrainer } from "./trainer/calls.js";
import { serveStepWorker } from "./trainer/step-worker.js";
import { STEP_WORKER } from "./trainer/step-workers.js";

rememberPanics();
if ((globalThis as { name?: string }).name === STEP_WORKER) serveStepWorker();
else serveTrainer();
