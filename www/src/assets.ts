/** URLs of the built files. The build inserts their hashed names, relative to this script. */
declare const __PREDICTOR__: string;
declare const __LARGE_PREDICTOR__: string;
declare const __TRAINER__: string;
declare const __WEIGHTS__: string;
declare const __SAMPLE_IMAGES__: string;
declare const __SAMPLE_LABELS__: string;
declare const __LESSONS__: string;
declare const __PHOTOS__: string;
declare const __RACE__: string;
declare const __COST__: string;
declare const __STRUCTURE__: string;
declare const __ATTENTION__: string;
declare const __GERMAN__: string;
declare const __REPORTS__: string;

const beside = (name: string): string => new URL(name, import.meta.url).href;

/** The predictor's worker. */
export const PREDICTOR_WORKER_URL = beside(__PREDICTOR__);
/** The predictor's worker over the large module, for models that the small one does not compute. */
export const LARGE_PREDICTOR_WORKER_URL = beside(__LARGE_PREDICTOR__);
/** The trainer's worker. */
export const TRAINER_WORKER_URL = beside(__TRAINER__);
/** The script of the lessons. */
export const LESSONS_URL = beside(__LESSONS__);
/** The script that reads pictures. */
export const PHOTOS_URL = beside(__PHOTOS__);
/** The script of the race. */
export const RACE_URL = beside(__RACE__);
/** The script that measures what attention costs. */
export const COST_URL = beside(__COST__);
/** The script of the views of models that are no plain Vision Transformers. */
export const STRUCTURE_URL = beside(__STRUCTURE__);
/** The script that shows attention step by step. */
export const ATTENTION_URL = beside(__ATTENTION__);
/** The texts of the page in German. */
export const GERMAN_URL = beside(__GERMAN__);
/** What the engine and the workers report, in German. */
export const REPORTS_URL = beside(__REPORTS__);
/** Weights of the model that the page starts with (safetensors). */
export const SHIPPED_WEIGHTS_URL = beside(__WEIGHTS__);
/** Real digits to train on: images and labels as gzipped IDX. Fetched when somebody wants them. */
export const SAMPLE_URLS = { images: beside(__SAMPLE_IMAGES__), labels: beside(__SAMPLE_LABELS__) };
