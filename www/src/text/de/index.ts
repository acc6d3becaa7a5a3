/**
 * All texts of the page in German: a script of its own, fetched where German was chosen; `reports.ts` has those of the engine. A
 * key is the English text, or a key of the lessons. To add a language, add a folder like this one; `tests/text.test.ts` says what it lacks.
 */
import { attention } from "./attention.js";
import { calls } from "./calls.js";
import { counts } from "./counts.js";
import { families } from "./families.js";
import { inside } from "./inside.js";
import { lessons } from "./lessons.js";
import { page } from "./page.js";
import { photos } from "./photos.js";
import { race } from "./race.js";
import { settings } from "./settings.js";
import { structure } from "./structure.js";
import { start } from "./start.js";
import { train } from "./train.js";

const german = { ...counts, ...page, ...photos, ...inside, ...attention, ...train, ...race, ...settings, ...structure, ...start, ...calls };

/** The English texts that have a translation. */
export type GermanText = keyof typeof german;

/** All of them. */
export const texts: Readonly<Record<string, string>> = { ...families, ...german, ...lessons };

/** The texts of `start.ts`. */
export { start };
