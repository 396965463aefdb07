/*
 * The menu behind the three dots and the two pages it opens: "About this chat" and "End and forget". Promises: all of
 * it works by Tab, Enter and Esc; leaving a page brings the chat back untouched; nothing ends without saying first
 * what ends. Limit: it asks the chat to act, it changes nothing by itself.
 */
import { el, iconButton, link } from "./dom.js";
import { languages } from "./words.js";

export class Menu {
  #words;
  #lang;
  #settings;
  #base;
  #acts;

  /** acts: transcript(), language(code), telegram(), forget(), page(node or null). */
  constructor({ words, lang, settings, base, acts }) {
    this.#words = words;
    this.#lang = lang;
    this.#settings = settings;
    this.#base = base;
    this.#acts = acts;
    this.button = iconButton("more", words.menu, () => this.toggle(), { "aria-expanded": "false", "aria-controls": "menu" });
    this.telegram = this.#entry(words.telegram, () => acts.telegram());
    this.telegram.hidden = true; // until the desk says that it has that door
    this.list = el("ul", { class: "menu", id: "menu", hidden: true }, ...this.#entries());
    this.area = el("div", { class: "menu-holder", on: { focusout: (event) => this.#left(event) } }, this.button, this.list);
  }

  get shown() {
    return !this.list.hidden;
  }

  toggle(show = this.list.hidden) {
    this.list.hidden = !show;
    this.button.setAttribute("aria-expanded", String(show));
  }

  /** Esc: folds the menu and gives the focus back to its button. */
  dismiss() {
    this.toggle(false);
    this.button.focus();
  }

  about() {
    const words = this.#words;
    this.#page(words.about, [words.aboutProgram, words.aboutKept, words.aboutDevice], [
      link(this.#settings.policy, words.policy, this.#base, words, { class: "choice" }),
      this.#pageButton(words.back, () => this.#acts.page(null)),
    ]);
  }

  farewell() {
    const words = this.#words;
    this.#page(words.forget, [words.forgetWhat], [
      this.#pageButton(words.forgetCopy, () => this.#acts.transcript()),
      this.#pageButton(words.forgetDo, () => this.#acts.forget()),
      this.#pageButton(words.forgetNot, () => this.#acts.page(null)),
    ]);
  }

  #entries() {
    const others = Object.entries(languages).filter(([code]) => code !== this.#lang);
    return [
      this.telegram,
      this.#entry(this.#words.transcript, () => this.#acts.transcript()),
      ...others.map(([code, name]) => this.#entry(name, () => this.#acts.language(code), { lang: code })),
      this.#entry(this.#words.about, () => this.about()),
      this.#entry(this.#words.forget, () => this.farewell()),
    ];
  }

  #entry(label, act, attrs = {}) {
    const press = () => {
      this.dismiss();
      act();
    };
    return el("li", {}, el("button", { type: "button", ...attrs, on: { click: press } }, label));
  }

  #left(event) {
    if (event.relatedTarget && !this.area.contains(event.relatedTarget)) this.toggle(false);
  }

  #pageButton(label, press) {
    return el("button", { type: "button", class: "choice", on: { click: press } }, label);
  }

  #page(title, paragraphs, buttons) {
    const heading = el("h3", { tabindex: "-1" }, title);
    const page = el("div", { class: "page" }, heading, ...paragraphs.map((text) => el("p", {}, text)), el("div", { class: "page-choices" }, ...buttons));
    this.#acts.page(page);
    heading.focus();
  }
}
