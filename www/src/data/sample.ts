/** Real digits to train on: a part of MNIST hosted with the page and fetched on demand. */
import type { App } from "../app.js";
import { SAMPLE_URLS } from "../assets.js";
import { fetchFile } from "../client/files.js";
import { noteOutdated } from "../offline/outdated.js";
import type { DataState } from "../protocol/messages.js";
import { t } from "../text/language.js";
import { SAMPLE_NAME } from "../ui/names.js";

/** The number of images, and their name in the list. */
export const SAMPLE = { images: 5000, name: SAMPLE_NAME };

/** This name matches that of the images, so that the engine pairs them. */
const LABELS_NAME = "5,000 MNIST labels";

/** Whether they are among the files. */
export function hasSample(state: DataState | undefined): boolean {
  return state?.files.some(({ name }) => name === SAMPLE.name) ?? false;
}

/** Fetches and reads them like the user's files. If one part fails, the other is removed. */
export async function addSample(app: App): Promise<DataState> {
  if (hasSample(app.last("data"))) return app.trainer.call("data", {});
  const [images, labels] = await Promise.all([
    fetched(SAMPLE_URLS.images, SAMPLE.name), fetched(SAMPLE_URLS.labels, LABELS_NAME),
  ]);
  const options = { any_labels: false };
  const before = await app.trainer.call("addFile", { file: images, options });
  try {
    return await app.trainer.call("addFile", { file: labels, options });
  } catch (error) {
    const half = before.files.find(({ name }) => name === SAMPLE.name);
    if (half) await app.trainer.call("removeFile", { id: half.id }).catch(() => undefined);
    throw error;
  }
}

async function fetched(url: string, name: string): Promise<File> {
  try {
    const response = await fetchFile(url, () => t("The file of real digits"));
    return new File([await response.arrayBuffer()], name);
  } catch (error) {
    noteOutdated(error);
    throw error;
  }
}
