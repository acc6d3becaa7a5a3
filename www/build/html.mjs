/** The page: its sections inserted (if Trunk does not do it), its links changed to the built files. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { www } from "./options.mjs";
import { pagePolicy } from "./policy.mjs";

const trunkLink = /[ \t]*<link\s[^>]*data-trunk[^>]*>\n?/g;

/** index.html with its sections, as Trunk would assemble it. */
export async function assembleHtml() {
  const html = await readFile(join(www, "index.html"), "utf8");
  const parts = await Promise.all(
    [...html.matchAll(trunkLink)].map(async ([link]) => {
      const href = /rel="inline"/.test(link) ? /href="([^"]+)"/.exec(link)?.[1] : undefined;
      return href ? await readFile(join(www, href), "utf8") : "";
    }),
  );
  return html.replace(trunkLink, () => parts.shift());
}

/** The page assembled by Trunk. */
export async function readAssembledHtml(options) {
  return readFile(join(options.out, "index.html"), "utf8");
}

/** Replaces plain file names by built names, and inserts the version. */
export function rewriteHtml(html, names) {
  const changes = [
    ['content="policy"', `content="${pagePolicy}"`],
    ['src="start.js"', `src="${names.start}"`],
    ['href="style.css"', `href="${names.styles}"`],
    ['href="manifest.webmanifest"', `href="${names.manifest}"`],
    ['href="icon.svg"', `href="${names.icon}"`],
    ['href="shared.js"', `href="${names.shared}"`],
    ['src="main.js"', `src="${names.main}"`],
    ["</title>", `</title>\n    <meta name="version" content="${names.version}">`],
  ];
  let page = html.replace(/[ \t]*<!--[^]*?-->\n?/g, "");
  for (const [from, to] of changes) {
    if (!page.includes(from)) throw new Error(`index.html: ${from} is missing`);
    page = page.replace(from, () => to);
  }
  if (/<script(?![^>]*\ssrc=)|\sstyle="|\son[a-z]+="/.test(page)) {
    throw new Error("index.html: inline scripts, styles and handlers are forbidden by the page's own policy");
  }
  return page;
}
