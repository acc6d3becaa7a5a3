/** Script addresses for browsers with Trusted Types (see build/policy.mjs). */

interface Policy {
  createScriptURL(url: string): unknown;
}
interface Factory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

let policy: Policy | null = null;

/** A trusted address of a script on this page's own host. Throws for any other. */
export function scriptUrl(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: Factory };
  if (trustedTypes === undefined) return own(url);
  policy ??= trustedTypes.createPolicy("patchwork", { createScriptURL: own });
  // The browser's type declarations only accept strings.
  return policy.createScriptURL(url) as string;
}

function own(url: string): string {
  const { origin } = globalThis.location;
  if (new URL(url, globalThis.location.href).origin !== origin) throw new TypeError(`${url} is no script of this page`);
  return url;
}
