/*
 * The launcher: <seleqt-desk>, one button on any page. Promises: before somebody opens the desk nothing is stored on
 * the device and no chat code is loaded; no eval, no inline style or script, no markup made from strings.
 * Limits: a failed load is tried again for as long as the page lives; a browser without light-dark() gets one theme.
 *
 * <script src="https://desk.example/widget/desk.js" data-lang="nl" data-theme="auto" data-policy="https://…" defer></script>
 * SeleqtDesk.configure({ getToken: async () => "…" | null, lang, policy, theme }), .signedIn(), .signedOut(), .open(), .close()
 */
(() => {
  "use strict";
  if (customElements.get("seleqt-desk")) return;

  const script = document.currentScript ?? document.querySelector('script[src*="/widget/desk.js"]');
  const base = new URL(".", script.src);
  const settings = {
    getToken: async () => null,
    lang: script.dataset.lang ?? "",
    policy: script.dataset.policy ?? "https://seleqt.ai/privacy-policy",
    theme: script.dataset.theme ?? "auto",
  };

  // The two names that memory.js also uses; reading them is all that happens before the first click.
  const recall = (name) => {
    try {
      return localStorage.getItem(`seleqt-desk:${name}`);
    } catch {
      return null; // storage is blocked: the chat still works, for as long as this page lives
    }
  };

  const pause = (ms) => new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    addEventListener("online", go);
  });

  /** Loads one of our files; a second try has another address, since some browsers remember a failed one. */
  async function load(file, onWait = () => {}) {
    for (let tries = 0; ; tries += 1) {
      try {
        return await import(new URL(tries ? `${file}?again=${tries}` : file, base));
      } catch {
        onWait();
        await pause(Math.min(30_000, 1_000 * 2 ** tries) * (0.5 + Math.random() / 2));
      }
    }
  }

  function mark() {
    const picture = (tag, attrs) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attrs)) node.setAttribute(name, value);
      return node;
    };
    const svg = picture("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" });
    svg.append(
      picture("path", { class: "stroke", d: "M12 3.2c5 0 8.9 3.3 8.9 7.6s-3.9 7.6-8.9 7.6c-1 0-2-.1-2.9-.4L4.7 20.8l.8-4.1C4 15.2 3.1 13.1 3.1 10.8c0-4.3 3.9-7.6 8.9-7.6z" }),
      picture("path", { class: "fill", d: "M12 6.7a2.2 2.2 0 0 1 1.2 4.050l.8 3.450h-4l.8-3.450A2.2 2.2 0 0 1 12 6.7z" }),
    );
    return svg;
  }

  class SeleqtDesk extends HTMLElement {
    #root = null;
    #frame = document.createElement("div");
    #button = document.createElement("button");
    #label = document.createElement("span");
    #badge = document.createElement("span");
    #hint = document.createElement("p");
    #language = null;
    #chat = null;
    #coming = null;
    #unread = 0;

    connectedCallback() {
      if (this.#root) return;
      this.#root = this.attachShadow({ mode: "open" });
      this.#build();
      const style = document.createElement("link");
      style.rel = "stylesheet";
      style.href = new URL("desk.css", base).href;
      const styled = new Promise((resolve) => {
        style.addEventListener("load", resolve);
        style.addEventListener("error", resolve); // plain, yet there and usable
      });
      this.#root.append(style);
      this.#appear(styled);
    }

    #build() {
      this.#frame.className = "frame";
      this.#button.type = "button";
      this.#button.className = "launcher";
      this.#button.setAttribute("aria-haspopup", "dialog");
      this.#button.setAttribute("aria-expanded", "false");
      this.#label.className = "launcher-label";
      this.#badge.className = "badge";
      this.#badge.hidden = true;
      this.#badge.setAttribute("aria-hidden", "true");
      this.#hint.className = "hint";
      this.#hint.setAttribute("role", "status");
      this.#button.append(mark(), this.#label, this.#badge);
      this.#button.addEventListener("click", () => this.open());
      this.#frame.append(this.#hint, this.#button);
    }

    async #appear(styled) {
      this.#language = await load("words.js");
      await styled;
      this.relabel();
      this.#root.append(this.#frame);
      if (recall("open")) this.open({ focus: false });
      else if (recall("key")) this.#summon().then((chat) => chat.start()); // a conversation exists: count its new lines
    }

    /** Names the launcher anew: after a change of language, theme or of the number of unread messages. */
    relabel() {
      if (!this.#language) return;
      const { words, choose, fill } = this.#language;
      const lang = choose(recall("lang"), settings.lang, document.documentElement.lang, navigator.language);
      const own = words[lang];
      const many = this.#unread === 1 ? own.launcherOne : own.launcherMany;
      this.#label.textContent = own.launcher;
      this.#frame.lang = lang;
      this.#frame.dataset.theme = settings.theme;
      this.#button.setAttribute("aria-label", this.#unread ? fill(many, { n: this.#unread }) : own.launcher);
      this.#badge.textContent = this.#unread > 9 ? "9+" : String(this.#unread);
      this.#badge.hidden = this.#unread === 0;
      if (this.#hint.textContent) this.#hint.textContent = own.opening;
    }

    #summon() {
      this.#coming ??= this.#fetchChat();
      return this.#coming;
    }

    async #fetchChat() {
      const own = this.#language.words[this.#frame.lang];
      const { Chat } = await load("chat.js", () => {
        this.#hint.textContent = own.opening;
      });
      this.#hint.textContent = "";
      this.#chat = new Chat({
        frame: this.#frame,
        base,
        settings,
        lang: this.#frame.lang,
        onUnread: (count) => {
          this.#unread = count;
          this.relabel();
        },
        launcher: this.#button,
        onShown: (shown) => this.#shown(shown),
        onSignIn: () => this.dispatchEvent(new CustomEvent("seleqt-desk:signin", { bubbles: true, composed: true })),
      });
      return this.#chat;
    }

    #shown(shown) {
      this.#button.setAttribute("aria-expanded", String(shown));
      this.#frame.classList.toggle("shown", shown);
    }

    /** Opens the chat; the focus follows only a person's own click, never a reload. */
    async open({ focus = true } = {}) {
      const chat = await this.#summon();
      chat.open({ focus });
    }

    close() {
      this.#chat?.close();
    }

    configured() {
      this.relabel();
      this.#chat?.configured();
    }

    /** The login of the page changed: the desk hears the new token, or that there is none. */
    async identity(token) {
      await this.#chat?.identity(token);
    }
  }

  customElements.define("seleqt-desk", SeleqtDesk);

  const desk = () => document.querySelector("seleqt-desk");
  window.SeleqtDesk = {
    configure(values) {
      for (const name of Object.keys(settings)) if (values[name] !== undefined) settings[name] = values[name];
      desk()?.configured();
    },
    signedIn: () => desk()?.identity(settings.getToken),
    signedOut: () => desk()?.identity(async () => null),
    open: () => desk()?.open(),
    close: () => desk()?.close(),
  };

  const place = () => desk() ?? document.body.append(document.createElement("seleqt-desk"));
  if (document.body && document.readyState !== "loading") place();
  else addEventListener("DOMContentLoaded", place);
})();
