/** The security policy in one place: for the page itself, and for the headers of hosts that send them. */

/** `'self'` for the rest is for the manifest: WebKit does not support `manifest-src`. */
const DIRECTIVES = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "font-src 'none'",
  "media-src 'none'",
  "object-src 'none'",
  "frame-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  // www/src/ui/trusted.ts checks script addresses; nothing else may turn text into markup or scripts.
  "require-trusted-types-for 'script'",
  "trusted-types patchwork",
];

/** Directives that browsers accept only in a header. */
const HEADER_ONLY = ["frame-ancestors 'none'"];

/** The policy in the page itself. It does not apply to workers, and cannot forbid framing. */
export const pagePolicy = DIRECTIVES.join("; ");

/** The policy as a header: for the page and its workers. */
export const headerPolicy = [...DIRECTIVES, ...HEADER_ONLY].join("; ");

const EVERYWHERE = {
  "Content-Security-Policy": headerPolicy,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * The headers of all files, in the `_headers` format of Netlify and Cloudflare Pages. No path gets a header twice: the
 * hosts differ in how they handle that.
 */
export function headersFile(names) {
  const fixed = names.filter((name) => !name.startsWith("assets/"));
  const rules = [
    ["/*", EVERYWHERE],
    ["/assets/*", { "Cache-Control": "public, max-age=31536000, immutable" }],
    ...["", ...fixed].map((name) => [`/${name}`, { "Cache-Control": "no-cache" }]),
    ...names.filter((name) => name.endsWith(".wasm")).map((name) => [`/${name}`, { "Content-Type": "application/wasm" }]),
  ];
  const lines = rules.flatMap(([path, headers]) => [path, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`)]);
  return `${lines.join("\n")}\n`;
}
