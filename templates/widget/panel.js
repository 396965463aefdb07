/*
 * The window: header, strip, conversation, choices, field. Promises: every button has a name, the field's next Tab
 * stop is the first choice, nothing traps the focus, Esc folds the innermost thing first. It is built anew when the
 * language changes. Limit: it knows no wire and no storage.
 */
import { el, icon, iconButton, link } from "./dom.js";
import { Log } from "./log.js";
import { Menu } from "./menu.js";
import { Strip } from "./strip.js";
import { fill } from "./words.js";

const NEARLY = 200; // characters before the limit at which a count appears
const BURST = 150; // ms within which lines of the desk count as one turn

export class Panel {
  #words;
  #acts;
  #limit = 4000;
  #turn = [];
  #turnEnds = 0;

  /** acts: close, say(text), press, retry, edit, draft(text), transcript, language, forget. */
  constructor({ words, lang, base, settings, acts, stepsOpen }) {
    this.#words = words;
    this.#acts = acts;
    this.log = new Log({ words, lang, base, policy: settings.policy, acts });
    this.strip = new Strip({ words, open: stepsOpen });
    this.menu = new Menu({ words, lang, settings, base, acts: { ...acts, page: (page) => this.#page(page) } });
    this.banner = el("div", { class: "banner", hidden: true });
    this.heard = el("p", { class: "unseen", "aria-live": "polite" });
    this.sheet = el("div", { class: "sheet", hidden: true });
    this.form = this.#composer();
    this.body = el("div", { class: "body" }, this.strip.area, el("div", { class: "stage" }, this.log.area, this.log.jump), this.banner, this.form);
    this.area = el("section", { class: "panel", role: "dialog", "aria-labelledby": "title", tabindex: "-1", hidden: true, lang }, this.#header(), this.body, this.sheet, this.heard);
    this.area.addEventListener("keydown", (event) => this.#key(event));
    this.area.addEventListener("pointerdown", (event) => this.menu.shown && !this.menu.area.contains(event.target) && this.menu.toggle(false));
  }

  set limit(count) {
    this.#limit = count;
    this.#measure();
  }

  get draft() {
    return this.field.value;
  }

  /** Puts text into the field, for a kept draft or a message to edit. */
  set draft(text) {
    this.field.value = text;
    this.#measure();
  }

  /** The one live region: the newest thing only, replacing what stood there. */
  announce(text) {
    if (!this.area.hidden) this.heard.textContent = text; // a closed window does not speak
  }

  /**
   * A line of the desk or of a colleague, soon announced. A replayed one alone; live ones with those of the same turn,
   * so that a second bubble does not hide the first.
   */
  hear(line, { alone }) {
    this.#turn = alone ? [line] : [...this.#turn, line];
    this.announce("");
    clearTimeout(this.#turnEnds);
    this.#turnEnds = setTimeout(() => {
      this.announce(this.#turn.map((each) => this.log.spoken(each)).join(" "));
      this.#turn = [];
    }, BURST);
  }

  offline() {
    this.notify(el("span", { class: "pulse", "aria-hidden": "true" }), this.#words.offline);
    this.announce(this.#words.offline);
  }

  /** The browser held back a tab: the page is one press away. */
  offerPage(address) {
    const open = { on: { click: () => this.notify() } };
    this.notify(this.#words.blocked, " ", link(address, this.#words.openIt, address, this.#words, open));
    this.announce(`${this.#words.blocked} ${this.#words.openIt}`);
  }

  /** On phones the keyboard covers the page without making it shorter; the window follows what can be seen. */
  fit() {
    this.area.style.setProperty("--seen", `${Math.round(visualViewport?.height ?? innerHeight)}px`);
  }

  /** A quiet line above the field; nothing takes it away. */
  notify(...content) {
    this.banner.replaceChildren(...content.filter(Boolean));
    this.banner.hidden = content.filter(Boolean).length === 0;
  }

  /** Where a hand is on glass, focusing the field would raise the keyboard over what there is to read. */
  focusField() {
    if (matchMedia("(pointer: coarse)").matches) this.area.focus({ preventScroll: true });
    else this.field.focus();
  }

  #header() {
    const words = this.#words;
    const title = el("div", { class: "titles" }, el("h2", { id: "title" }, words.desk), el("p", {}, words.subtitle));
    const person = el("button", { type: "button", class: "person-button", on: { click: () => this.#person() } }, el("span", {}, icon("person"), words.person));
    return el("header", {}, el("span", { class: "mark" }, icon("mark")), title, person, this.menu.area, iconButton("close", words.close, () => this.#acts.close()));
  }

  #person() {
    this.#page(null);
    this.#acts.say(this.#words.person);
    this.focusField();
  }

  #composer() {
    const words = this.#words;
    this.field = el("textarea", { rows: "1", "aria-label": words.field, "aria-describedby": "field-hint", placeholder: words.placeholder, autocomplete: "off", enterkeyhint: "send" });
    this.field.addEventListener("input", () => this.#typed());
    this.field.addEventListener("keydown", (event) => this.#enter(event));
    this.count = el("p", { class: "count-left", id: "field-count", hidden: true });
    const hint = el("p", { class: "unseen", id: "field-hint" }, words.hint);
    const send = el("button", { type: "submit", class: "send", "aria-label": words.send, title: words.send }, icon("send"));
    const submit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    // The choices stand before the field on the screen and after it in the order of focus: one Tab reaches them.
    return el("form", { class: "composer", on: { submit } }, this.field, this.log.tray, send, this.count, hint);
  }

  #enter(event) {
    const composing = event.isComposing || event.keyCode === 229; // an unfinished word of an input method
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.field.value.trim();
    if (text && this.#over() <= 0) {
      this.#acts.say(text);
      this.draft = "";
      this.#acts.draft("");
    }
    this.field.focus();
  }

  #typed() {
    this.#measure();
    this.#acts.draft(this.field.value);
  }

  #over() {
    return [...this.field.value.trim()].length - this.#limit;
  }

  #measure() {
    const over = this.#over();
    this.count.hidden = over < -NEARLY;
    this.count.textContent = this.count.hidden ? "" : fill(over > 0 ? this.#words.tooLong : this.#words.left, { n: Math.abs(over) });
    this.count.classList.toggle("over", over > 0);
    this.field.setAttribute("aria-invalid", String(over > 0));
    this.field.setAttribute("aria-describedby", this.count.hidden ? "field-hint" : "field-count");
    this.field.style.blockSize = "auto";
    if (this.field.scrollHeight) this.field.style.blockSize = `${this.field.scrollHeight}px`;
  }

  #key(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    if (this.menu.shown) this.menu.dismiss();
    else if (!this.sheet.hidden) this.#page(null);
    else this.#acts.close();
  }

  /** A page over the conversation, or null for the conversation itself. */
  #page(page) {
    const leaving = !this.sheet.hidden && !page;
    this.sheet.replaceChildren(...(page ? [page] : []));
    this.sheet.hidden = !page;
    this.body.hidden = Boolean(page);
    if (leaving) {
      this.log.toEnd();
      this.menu.button.focus();
    }
  }
}
