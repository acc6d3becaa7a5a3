/**
 * The safety net of the page: runs before everything else, and explains the failure if the page does not start. Written
 * in ES5, since the browser may be old, and self-contained, since the rest may not have arrived. Later problems are
 * reported by the page itself.
 */
(function () {
  /** Milliseconds to wait after an error: not every error is fatal. */
  var GRACE = 4000;
  /** Milliseconds to wait if nothing happens at all, once the page's files have loaded. */
  var PATIENCE = 15000;
  /** A module with one SIMD instruction. */
  var SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
  var CURRENT = "Use a current version of Firefox, Chrome, Edge or Safari.";
  var HELP = "Reload the page. If that does not help, use a current version of Firefox, Chrome, Edge or Safari.";
  var KEPT = "What you drew and trained before stays in this browser.";

  var ready = false;
  var shown = false;
  /** Whether the page was given up because it gave no sign of life. */
  var givenUp = false;
  /** The first error: most likely the cause. */
  var cause = "";

  function whenThere(show: () => void): void {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show);
    else show();
  }

  function write(id: string, text: string): void {
    var element = document.getElementById(id);
    if (element) element.textContent = text;
  }

  /** The texts of the language that was chosen, by their English words; text/load.ts keeps them for a start that fails. */
  var texts: { [text: string]: string | undefined } = {};

  /** A text in the chosen language, with its placeholders filled. */
  function say(text: string, values?: { [name: string]: string }): string {
    return (texts[text] || text).replace(/\{(\w+)\}/g, function (_, name: string) {
      return (values && values[name]) || "";
    });
  }

  /** Shows what failed and what to do, instead of everything that tells the user to wait. */
  function fail(problem: string, help: string): void {
    if (shown) return;
    shown = true;
    document.documentElement.removeAttribute("data-translating");
    whenThere(function () {
      var notice = document.createElement("div");
      notice.id = "start-problem";
      notice.className = "notice bad";
      notice.setAttribute("role", "alert");
      var lines = [problem, help, say(KEPT)];
      for (var i = 0; i < lines.length; i++) {
        var line = document.createElement("p");
        line.textContent = lines[i] || "";
        notice.appendChild(line);
      }
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = say("Reload");
      button.onclick = function () {
        location.reload();
      };
      notice.appendChild(button);
      var main = document.getElementsByTagName("main")[0] || document.body;
      (main.parentNode || document.body).insertBefore(notice, main);
      write("status", say("The page could not start."));
      write("answer-words", say("The page could not start."));
    });
  }

  function quoted(text: string): string {
    return text === "" ? "" : " (" + text.replace(/[.\s]+$/, "") + ")";
  }

  /** A script or a style sheet did not load: ask the server why. Of several, the first that it does not have is named. */
  function missing(urls: string[]): void {
    var url = urls[0] || "";
    var name = { name: url.replace(/^.*\//, "") };
    var asked = new XMLHttpRequest();
    asked.onload = function () {
      if (asked.status === 404 || asked.status === 410) {
        fail(say("A file that this page needs did not load ({name}): the server does not have it any more. A newer version of this page was published.", name),
          say("Reload the page to get it."));
      } else if (asked.status >= 400) {
        fail(say("A file that this page needs did not load ({name}): the server answers {status}.", { name: name.name, status: String(asked.status) }),
          say("Reload the page in a few minutes."));
      } else if (urls.length > 1) {
        missing(urls.slice(1));
      } else {
        fail(say("A file that this page needs did not load ({name}), although the server has it.", name),
          say("Reload the page. If that does not help, a browser extension may block it."));
      }
    };
    asked.onerror = asked.ontimeout = function () {
      fail(say("A file that this page needs did not load ({name}): the server cannot be reached.", name),
        say("Check the connection, then reload the page."));
    };
    asked.open("HEAD", url);
    asked.timeout = GRACE;
    asked.send();
  }

  /** The script and what it imports: if that does not load, the browser blames the script. */
  function withImports(script: string): string[] {
    var urls = [script];
    var links = document.querySelectorAll("link[rel=modulepreload]");
    for (var i = 0; i < links.length; i++) urls.unshift((links[i] as HTMLLinkElement).href);
    return urls;
  }

  function stopped(): void {
    if (ready || shown) return;
    givenUp = true;
    var why = { why: quoted(cause) };
    if (/SyntaxError|Unexpected token/.test(cause)) {
      fail(say("This browser does not understand the language of the page's scripts{why}.", why), say(CURRENT));
    } else if (cause === "") {
      fail(say("The page has not started, and the browser does not say why."), say(HELP));
    } else {
      fail(say("The page stopped while it was starting{why}.", why), say(HELP));
    }
  }

  function hear(text: string): void {
    if (ready || cause !== "") return;
    cause = text;
    setTimeout(stopped, GRACE);
  }

  function onError(event: ErrorEvent): void {
    var target = event.target as (EventTarget & { tagName?: string; src?: string; href?: string; rel?: string }) | null;
    if (target && target !== window && target.tagName) {
      if (ready) return;
      if (target.tagName === "SCRIPT" && target.src) missing(withImports(target.src));
      if (target.tagName === "LINK" && target.rel === "stylesheet" && target.href) missing([target.href]);
      return;
    }
    // Ignores scripts of others (extensions), and harmless browser reports.
    if (event.filename && event.filename.indexOf(location.origin) !== 0) return;
    if (/^ResizeObserver/.test(event.message || "")) return;
    hear(event.message || say("an error without words"));
  }

  function onRejection(event: PromiseRejectionEvent): void {
    var reason = event.reason as { message?: string } | null | undefined;
    hear((reason && reason.message) || String(reason));
  }

  function checkBrowser(): void {
    if (!("noModule" in document.createElement("script"))) {
      fail(say("This browser is too old for the page: it does not support JavaScript modules."), say(CURRENT));
    } else if (typeof WebAssembly === "undefined") {
      fail(say("This browser has no WebAssembly, which the model needs, or it is switched off (as in Lockdown Mode)."),
        say("Switch it on for this page, or use another browser."));
    } else if (!WebAssembly.validate(new Uint8Array(SIMD))) {
      fail(say("This browser's WebAssembly lacks SIMD, which the model needs."), say(CURRENT));
    }
  }

  /** The view that the address leads to, before anything is painted; views/index.ts takes over. */
  function chooseView(): void {
    // What follows the place is for link/index.ts.
    var place = location.hash.replace(/&.*/, "");
    var view = /^#(inside|how|see)/.test(place) ? "inside"
      : /^#(train|data|settings|results|runs?$|s=)/.test(place) ? "train"
      : place === "#present" ? "present" : "draw";
    document.documentElement.setAttribute("data-view", view);
  }

  /** Milliseconds that the page waits, unseen, for the texts of the language that was chosen. */
  var UNSEEN = 3000;

  /** A page in another language is not shown in English first; text/load.ts puts its texts in. */
  function hideUntilTranslated(): void {
    var root = document.documentElement;
    root.setAttribute("data-translating", "");
    setTimeout(function () {
      root.removeAttribute("data-translating");
    }, UNSEEN);
  }

  function chooseLanguage(): void {
    try {
      if (localStorage.getItem("patchwork.language") !== "de") return;
      hideUntilTranslated();
      texts = JSON.parse(localStorage.getItem("patchwork.start") || "{}") || {};
    } catch (error) {
      // A browser that refuses storage has kept no choice.
    }
  }

  chooseView();
  chooseLanguage();
  addEventListener("error", onError, true);
  addEventListener("unhandledrejection", onRejection);
  addEventListener("load", function () {
    setTimeout(stopped, PATIENCE);
  });
  // The page reports its own start.
  document.addEventListener("page-ready", function () {
    ready = true;
    // Later than expected, but running.
    var notice = document.getElementById("start-problem");
    if (givenUp && notice && notice.parentNode) notice.parentNode.removeChild(notice);
  });
  document.addEventListener("page-failed", function (event) {
    cause = String((event as CustomEvent).detail);
    stopped();
  });
  checkBrowser();
})();
