/*
 * The conversation on the screen: confirmed lines in the desk's order, then the messages still on their way, then the
 * choices of the newest line. Promises: a line is drawn once, however often it comes; nothing here is announced, a
 * screen reader hears new lines through the chat's one small region. Limit: it draws; it neither stores nor sends.
 */
import { bare, el, icon, link, plain, rich, safeAddress, unseen } from "./dom.js";
import { fill } from "./words.js";

const NEAR = 48; // px from the end within which the view follows new lines

export class Log {
  #words;
  #lang;
  #base;
  #acts;
  #lines = [];
  #waiting = new Map();
  #newest = null;
  #offered = "";
  #speaker = null;
  #day = null;
  #follow = true;
  #height = 0;
  #list = el("div", { class: "lines" });
  #queue = el("div", { class: "lines queue" });
  #dots = el("div", { class: "typing", hidden: true, "aria-hidden": "true" }, el("i"), el("i"), el("i"));

  /** acts: press(line, index), retry(item), edit(item). */
  constructor({ words, lang, base, policy, acts }) {
    this.#words = words;
    this.#lang = lang;
    this.#base = base;
    this.#acts = acts;
    this.area = el("div", { class: "log", role: "log", "aria-live": "off", "aria-label": words.log, tabindex: "0" });
    this.area.append(
      el("p", { class: "notice" }, words.notice, " ", link(policy, words.policy, base, words)),
      this.#list,
      this.#queue,
      this.#dots,
    );
    this.jump = el("button", { type: "button", class: "jump", hidden: true, on: { click: () => this.toEnd() } }, icon("down"), words.newest);
    this.tray = el("div", { class: "tray", role: "group", "aria-label": words.choices, hidden: true });
    this.area.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(this.area);
  }

  get lines() {
    return this.#lines;
  }

  /** One confirmed line; the caller has checked that its number is new. */
  add(line) {
    this.#lines.push(line);
    this.#separate(line.at);
    const choices = line.buttons ?? [];
    const mine = line.who === "person";
    const arrived = mine ? el("span", { class: "state" }, icon("check"), this.#words.delivered) : null;
    const body = mine ? plain(line.text) : rich(line.text);
    const node = this.#bubble(line.who, body, [this.#time(line.at), arrived], this.#speaker !== line.who);
    this.#speaker = line.who;
    node.dataset.seq = line.seq;
    this.#list.append(node);
    // News without choices leaves an open question open; the person's own next message closes it.
    if (choices.length) this.#offer(line, node);
    else if (line.who === "person") this.#offer({ seq: line.seq, buttons: [] }, node);
    if (!mine) this.typing(false);
    this.#grown(!mine);
  }

  /** A message on its way. state: sending, waiting or failed; why: the desk's words for a refusal. */
  wait(item, state, why = "") {
    const node = this.#bubble("person", plain(item.text), [this.#state(item, state, why)], this.#waiting.size === 0);
    node.dataset.state = state;
    const old = this.#waiting.get(item.client_id);
    if (old) old.node.replaceWith(node);
    else this.#queue.append(node);
    this.#waiting.set(item.client_id, { item, node, state });
    this.#offerAgain();
    if (!old) this.toEnd();
  }

  /** The message arrived, was taken back for editing, or went out from another tab. */
  settle(clientId) {
    this.#waiting.get(clientId)?.node.remove();
    this.#waiting.delete(clientId);
    this.#offerAgain();
  }

  isWaiting(clientId) {
    return this.#waiting.has(clientId);
  }

  clear() {
    this.#lines = [];
    this.#newest = this.#speaker = this.#day = null;
    this.#list.replaceChildren();
    this.#offerAgain();
  }

  typing(on) {
    this.#dots.hidden = !on;
    if (on && this.#follow) this.toEnd();
  }

  toEnd() {
    this.area.scrollTop = this.area.scrollHeight;
    this.#follow = true;
    this.jump.hidden = true;
  }

  /** What a screen reader hears of a line: who, the words, the choices. */
  spoken(line) {
    const labels = (line.buttons ?? []).map((button) => button.label).join(", ");
    const choices = labels ? ` ${fill(this.#words.announceChoices, { list: labels })}` : "";
    return `${this.name(line.who)}: ${bare(line.text)}${choices}`;
  }

  name(who) {
    return { person: this.#words.you, desk: this.#words.desk, staff: this.#words.staff }[who] ?? this.#words.note;
  }

  #bubble(who, body, meta, first) {
    const heard = who === "person" || who === "note" || !first;
    const name = el("p", { class: heard ? "unseen" : "who" }, `${this.name(who)}:`);
    if (!heard) name.replaceChildren(this.name(who), unseen(":"));
    return el("div", { class: `line ${who}${first ? " first" : ""}` }, name, body, el("p", { class: "meta" }, ...meta));
  }

  #time(at) {
    const when = new Date(at);
    if (Number.isNaN(when.getTime())) return null;
    const clock = new Intl.DateTimeFormat(locale(this.#lang), { hour: "2-digit", minute: "2-digit" });
    return el("time", { datetime: at }, clock.format(when));
  }

  #separate(at) {
    const when = new Date(at);
    if (Number.isNaN(when.getTime()) || when.toDateString() === this.#day) return;
    this.#day = when.toDateString();
    this.#speaker = null;
    this.#list.append(el("p", { class: "day" }, longDate(when, this.#lang)));
  }

  #state(item, state, why) {
    if (state !== "failed") return el("span", { class: "state" }, this.#words[state]);
    return el(
      "span",
      { class: "state failed" },
      el("span", { class: "why" }, el("strong", {}, this.#words.failed), why ? ` · ${why}` : ""),
      el("button", { type: "button", class: "small", on: { click: () => this.#acts.retry(item) } }, this.#words.retry),
      item.type === "say" ? el("button", { type: "button", class: "small", on: { click: () => this.#acts.edit(item) } }, this.#words.edit) : null,
    );
  }

  /** Only the newest choices can be pressed; those before stay to be read, and their links keep working. */
  #offer(line, node) {
    const old = this.#newest;
    if (old?.line.buttons?.length) old.node.querySelector(".text").after(this.#past(old.line));
    this.#newest = { line, node };
    this.#offerAgain();
  }

  #past(line) {
    const shown = (button) => (button.href && link(button.href, button.label, this.#base, this.#words)) || button.label;
    return el("ul", { class: "past", "aria-label": this.#words.choicesThen }, ...line.buttons.map((button) => el("li", {}, shown(button))));
  }

  #offerAgain() {
    const line = this.#newest?.line;
    const pressed = [...this.#waiting.values()].some(({ item, state }) => item.type === "press" && item.line === line?.seq && state !== "failed");
    const shown = `${line?.seq}:${pressed}`;
    if (shown === this.#offered) return; // a redraw would take the focus from a choice
    this.#offered = shown;
    this.#fillTray(pressed ? [] : (line?.buttons ?? []).map((button, index) => this.#choice(line, button, index)));
  }

  #choice(line, button, index) {
    if (button.href && safeAddress(button.href, this.#base)) return link(button.href, button.label, this.#base, this.#words, { class: "choice" });
    const press = (event) => this.#acts.press(line, index, event);
    return el("button", { type: "button", class: "choice", on: { click: press } }, button.label);
  }

  #fillTray(choices) {
    this.tray.replaceChildren(...choices);
    this.tray.hidden = choices.length === 0;
  }

  #resized() {
    this.#height = this.area.clientHeight;
    if (this.#follow) this.toEnd();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.area;
    if (clientHeight !== this.#height) return; // the window changed, not the reader's place
    this.#follow = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.#follow) this.jump.hidden = true;
  }

  #grown(foreign) {
    if (this.#follow) this.toEnd();
    else if (foreign) this.jump.hidden = false;
  }
}

/** Browsers' "en" is American; the desk writes British English. */
export const locale = (lang) => (lang === "en" ? "en-GB" : lang);

/** "Wednesday 2 December 2026": weekday and year always, in the viewer's own zone. */
export function longDate(when, lang) {
  const parts = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
  return new Intl.DateTimeFormat(locale(lang), parts).format(when).replace(",", "");
}
