/** TypeScript and styles, bundled by esbuild. Names of other bundles are inserted by `define`. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as esbuild from "esbuild";
import { www } from "./options.mjs";

const source = (path) => join(www, "src", path);

/** The workers with their scripts and modules. The large predictor runs every model, with the trainer's module. */
const workers = [
  { name: "predictor", entry: "predictor", module: "predictor" },
  { name: "large-predictor", entry: "predictor", module: "trainer" },
  { name: "trainer", entry: "trainer", module: "trainer" },
];

/** The workers, each with the glue code of its module. */
export async function bundleWorkers(dist, built, wasm, options) {
  const names = {};
  for (const { name, entry, module } of workers) {
    const { glue } = built.find((one) => one.name === module);
    const { script } = await bundle(source(`workers/${entry}.ts`), {
      options,
      define: { __WASM__: beside(wasm[module]) },
      plugins: [glueOf(module, glue)],
    });
    names[name] = await dist.addHashed(`${name}.js`, script);
  }
  return names;
}

/** Stands for the name of a file of Train's view in the first script, until that is known. */
const TRAIN_SCRIPT = "(script of Train)";
const TRAIN_STYLES = "(styles of Train)";

/**
 * The page's scripts: the first one, that of Train's view, which is fetched later, and what both share. Shared modules
 * have state (who listens to what), so neither script may have a copy of its own.
 */
export async function bundlePage(dist, { workers, weights, sample, parts }, options) {
  const { outputFiles } = await esbuild.build({
    entryPoints: { main: source("main.ts"), train: source("train/index.ts") },
    define: {
      __PREDICTOR__: beside(workers.predictor),
      __LARGE_PREDICTOR__: beside(workers["large-predictor"]),
      __TRAINER__: beside(workers.trainer),
      __WEIGHTS__: beside(weights),
      __SAMPLE_IMAGES__: beside(sample[0]),
      __SAMPLE_LABELS__: beside(sample[1]),
      ...Object.fromEntries(Object.entries(parts).map(([name, file]) => [`__${name.toUpperCase()}__`, beside(file)])),
      __TRAIN_SCRIPT__: JSON.stringify(TRAIN_SCRIPT),
      __TRAIN_STYLES__: JSON.stringify(TRAIN_STYLES),
    },
    plugins: [plainNumbers],
    ...common(options),
    splitting: true,
    entryNames: "[name]",
    chunkNames: "shared-[hash]",
  });
  const files = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const chunks = [...files.keys()].filter((name) => name.startsWith("shared-"));
  // The modules that exactly these two scripts need are one chunk.
  if (chunks.length !== 1) throw new Error(`the page's two scripts share ${chunks.length} chunks, not one`);

  const shared = await dist.addHashed("shared.js", files.get(chunks[0]));
  const withShared = (name) => files.get(name).replaceAll(chunks[0], basename(shared));
  const train = {
    script: await dist.addHashed("train.js", withShared("train.js")),
    styles: await dist.addHashed("train.css", (files.get("train.css") ?? "") + (await styles("train", options))),
  };
  const first = filledIn(withShared("main.js"), { [TRAIN_SCRIPT]: train.script, [TRAIN_STYLES]: train.styles });
  return { shared, main: await dist.addHashed("main.js", first) };
}

/** A part of the page that is fetched when it is wanted. The service worker keeps it for use offline. */
export async function bundlePart(dist, name, entry, options) {
  const { script } = await bundle(source(entry), { options, overrides: { loader: { ".css": "text" } } });
  return dist.addHashed(`${name}.js`, script);
}

/**
 * The script that runs first, for browsers of any age: esbuild refuses what ES5 does not have. Its name is not hashed,
 * so that an outdated page finds it, too.
 */
export async function bundleStart(dist, options) {
  const { script } = await bundle(source("start.ts"), { options, overrides: { format: "iife", target: "es5" } });
  return dist.add("start.js", script);
}

/** The styles that the page starts with. */
export async function bundleStyles(dist, options) {
  return dist.addHashed("style.css", await styles(".", options));
}

/** All styles of a folder in one text: base first, then the parts by name. */
async function styles(folder, options) {
  const resolveDir = join(www, "styles", folder);
  const names = (await readdir(resolveDir)).filter((name) => name.endsWith(".css")).sort();
  const ordered = [...names.filter((name) => name === "base.css"), ...names.filter((name) => name !== "base.css")];
  const contents = ordered.map((name) => `@import "./${name}";`).join("\n");
  const { outputFiles } = await esbuild.build({ stdin: { contents, resolveDir, loader: "css" }, ...common(options) });
  return outputFiles[0].text;
}

/**
 * The service worker; it knows every file, which of them only some visitors need (`lazy`), and which of these it fetches
 * beforehand for whoever is about to train (`trainer`).
 */
export async function bundleServiceWorker(dist, { version, trainer, lazy }, options) {
  const wanted = dist.files().map(({ name }) => (name === "index.html" ? "./" : name));
  const files = wanted.filter((name) => !lazy.includes(name));
  const { script } = await bundle(source("offline/sw.ts"), {
    options,
    define: {
      __VERSION__: JSON.stringify(version),
      __FILES__: JSON.stringify(files),
      __LAZY_FILES__: JSON.stringify(lazy.filter((name) => name !== null)),
      __TRAINER_FILES__: JSON.stringify(trainer.filter((name) => name !== null)),
    },
  });
  return dist.add("sw.js", script);
}

/** A script with the names of files in place of the words that stand for them. */
function filledIn(script, names) {
  return Object.entries(names).reduce((left, [word, name]) => {
    if (!left.includes(word)) throw new Error(`the page's first script does not name ${word}`);
    return left.replaceAll(word, `./${basename(name)}`);
  }, script);
}

function common(options) {
  return {
    bundle: true,
    write: false,
    outdir: "out",
    format: "esm",
    target: "es2022",
    charset: "utf8",
    minify: options.release,
    sourcemap: options.release ? false : "inline",
    legalComments: "none",
    logLevel: "warning",
    logOverride: { "empty-import-meta": "silent" },
  };
}

async function bundle(entry, { options, define = {}, plugins = [], overrides = {} }) {
  const { outputFiles } = await esbuild.build({ entryPoints: [entry], define, plugins, ...common(options), ...overrides });
  return { script: outputFiles.find(({ path }) => path.endsWith(".js"))?.text ?? "" };
}

/** A file's name relative to the other files in `assets/`. */
function beside(name) {
  return JSON.stringify(name === null ? "" : `./${basename(name)}`);
}

/**
 * uPlot uses the browser's language when it loads, and a browser may report an invalid one ("C", "POSIX"): that throws,
 * and the page would not start. The page writes the numbers of its charts itself (src/ui/ticks.ts).
 */
const plainNumbers = {
  name: "plain-numbers",
  setup(build) {
    build.onLoad({ filter: /uPlot\.esm\.js$/ }, async ({ path }) => {
      const asked = "new Intl.NumberFormat(domEnv ? nav.language : 'en-US')";
      const text = await readFile(path, "utf8");
      if (!text.includes(asked)) throw new Error(`uPlot has changed: ${asked} is not in it`);
      return { contents: text.replace(asked, () => "new Intl.NumberFormat('en')") };
    });
  },
};

/** Resolves `wasm:NAME` to the glue code generated by wasm-bindgen. */
function glueOf(name, path) {
  return {
    name: "glue",
    setup(build) {
      build.onResolve({ filter: /^wasm:/ }, () =>
        existsSync(path) ? { path } : { path: name, namespace: "not-built" },
      );
      build.onLoad({ filter: /.*/, namespace: "not-built" }, () => ({
        contents: `export default () => { throw new Error("the ${name} module was not built"); };`,
      }));
    },
  };
}
