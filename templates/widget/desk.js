/*
 * The launcher: <seleqt-desk>, one button on any page. Promises: before somebody opens the desk nothing is stored on
 * the device and no chat code is loaded; no eval, no inline style or script, no markup made from strings.
 * Limits: a failed load is tried again for as long as the page lives; a browser without light-dark() gets the light theme.
 *
 * <script src="https://desk.example/widget/desk.js" data-lang="nl" data-theme="auto" data-policy="https://desk.example/policy" defer></script>
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

  class SeleqtDesk extends HTMLElement {
    #root = null;
    #frame = null;
    #button = null;
    #label = null;
    #badge = null;
    #hint = null;
    #language = null;
    #chat = null;
    #appeared = null;
    #coming = null;
    #unread = 0;

    connectedCallback() {
      if (this.#root) return;
      this.#root = this.attachShadow({ mode: "open" });
      const style = document.createElement("link");
      style.rel = "stylesheet";
      style.href = new URL("desk.css", base).href;
      const styled = new Promise((resolve) => {
        style.addEventListener("load", resolve);
        style.addEventListener("error", resolve); // plain, yet there and usable
      });
      this.#root.append(style);
      this.#appeared = this.#appear(styled);
    }

    async #appear(styled) {
      const [language, dom] = await Promise.all([load("words.js"), load("dom.js"), styled]);
      this.#language = language;
      this.#build(dom);
      this.relabel();
      this.#root.append(this.#frame);
      if (recall("open")) this.open({ focus: false });
      else if (recall("key")) this.#summon().then((chat) => chat.start()); // a conversation exists: count its new lines
    }

    #build({ el, icon }) {
      this.#label = el("span", { class: "launcher-label" });
      this.#badge = el("span", { class: "badge", "aria-hidden": "true", hidden: true });
      this.#hint = el("p", { class: "hint", role: "status" });
      const attrs = { type: "button", class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false" };
      this.#button = el("button", { ...attrs, on: { click: () => this.open() } }, icon("mark"), this.#label, this.#badge);
      this.#frame = el("div", { class: "frame" }, this.#hint, this.#button);
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
      await this.#appeared;
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
      this.relabel();
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
