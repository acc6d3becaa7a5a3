/** Pictures on the canvas. Reading them is a separate script, fetched with the first picture. */
import { PHOTOS_URL } from "../assets.js";
import { failure } from "../client/errors.js";
import { whyMissing } from "../client/files.js";
import { noteOutdated } from "../offline/outdated.js";
import type { Canvas, Photos } from "../photo/script.js";
import { t } from "../text/language.js";
import { showError } from "../ui/dom.js";
import type { Content } from "./content.js";

/** The exports of the script. */
interface Script {
  createPhotos(stage: HTMLElement, canvas: Canvas): Photos;
}

/** Reads the pictures that are brought, one at a time. */
export interface PhotoReader {
  open(file: File): void;
  /** Notes that the canvas shows this. */
  changed(content: Content): void;
}

/** Connects pictures to the canvas. */
export function createPhotoReader(stage: HTMLElement, canvas: Canvas): PhotoReader {
  let loading: Promise<Photos> | null = null;
  let photos: Photos | null = null;
  const open = async (file: File): Promise<void> => {
    try {
      photos = await (loading ??= fetchPhotos(stage, canvas));
    } catch (error) {
      loading = null;
      noteOutdated(error);
      throw error;
    }
    await photos.open(file);
  };
  let last = Promise.resolve();
  return {
    open: (file) => void (last = last.then(() => open(file)).catch(showError)),
    changed: (content) => photos?.changed(content),
  };
}

async function fetchPhotos(stage: HTMLElement, canvas: Canvas): Promise<Photos> {
  const script = await (import(PHOTOS_URL) as Promise<Script>).catch(async () => {
    throw failure(await whyMissing(PHOTOS_URL, t("The part of the page that reads pictures")));
  });
  return script.createPhotos(stage, canvas);
}
