/** Real digits to train on: a part of MNIST that lies beside the page and is fetched when somebody wants it. */
import type { App } from "../app.js";
import { SAMPLE_URLS } from "../assets.js";
import { fetchFile } from "../client/files.js";
import { noteOutdated } from "../offline/outdated.js";
import type { DataState } from "../protocol/messages.js";

/** How many there are, and how they are called in the list. */
export const SAMPLE = { images: 5000, name: "5,000 MNIST images" };

/** The labels' name is the one that belongs to the images: the engine puts them together. */
const LABELS_NAME = "5,000 MNIST labels";

/** Whether they are among the files. */
export function hasSample(state: DataState | undefined): boolean {
  return state?.files.some(({ name }) => name === SAMPLE.name) ?? false;
}

/** Fetches them and has them read, like files that a person brought. Where a part fails, nothing of them stays. */
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
    const response = await fetchFile(url, "The file of real digits");
    return new File([await response.arrayBuffer()], name);
  } catch (error) {
    noteOutdated(error);
    throw error;
  }
}
