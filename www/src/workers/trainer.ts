/** The trainer's worker, or one of those that share its steps: its name says which. */
import { rememberPanics } from "./panic.js";
import { serveTrainer } from "./trainer/calls.js";
import { HAND, serveHand } from "./trainer/hand.js";

rememberPanics();
if ((globalThis as { name?: string }).name === HAND) serveHand();
else serveTrainer();
