/*
 * The strip at the top: where each request stands. Promises: it shows exactly the last state the desk sent, in words
 * as well as in colour, and folds away. Limit: it draws only; `stage` counts from 0 into `stages`.
 */
import { el, icon } from "./dom.js";
import { fill } from "./words.js";

export class Strip {
  #words;
  #open;
  #tickets = [];

  constructor({ words, open = false }) {
    this.#words = words;
    this.#open = open;
    this.area = el("section", { class: "strip", "aria-label": words.tickets, hidden: true });
  }

  get open() {
    return this.#open;
  }

  /** The full state; it replaces the former. Open requests come first. */
  show(tickets) {
    const focused = this.area.contains(this.area.getRootNode().activeElement);
    this.#tickets = [...tickets].sort((a, b) => Number(b.open) - Number(a.open));
    this.area.hidden = tickets.length === 0;
    if (this.area.hidden) return;
    this.area.replaceChildren(this.#summary(), this.#details());
    if (focused) this.area.querySelector("button").focus();
  }

  #toggle() {
    this.#open = !this.#open;
    this.show(this.#tickets);
  }

  #summary() {
    const [first, ...others] = this.#tickets;
    const more = others.length ? el("span", { class: "count" }, fill(this.#words.ticketsMore, { n: others.length })) : null;
    return el(
      "button",
      { type: "button", class: "summary", "aria-expanded": String(this.#open), "aria-controls": "requests", on: { click: () => this.#toggle() } },
      el("span", { class: "summary-title" }, el("span", { class: "title", dir: "auto" }, first.title), more),
      this.#bars(first),
      el("span", { class: "summary-step" }, stageOf(first, this.#words)),
      icon("down"),
    );
  }

  #bars(ticket) {
    const reached = reachedBy(ticket);
    return el("span", { class: "bars", "aria-hidden": "true" }, ...ticket.stages.map((_, n) => el("i", { class: stepClass(n, reached, ticket) })));
  }

  #details() {
    return el("div", { class: "requests", id: "requests", role: "group", "aria-label": this.#words.tickets, tabindex: "0", hidden: !this.#open }, ...this.#tickets.map((ticket) => this.#ticket(ticket)));
  }

  #ticket(ticket) {
    return el(
      "article",
      { class: "ticket", "aria-label": ticket.ref },
      el("p", { class: "ticket-head" }, el("strong", { dir: "auto" }, ticket.title), el("bdi", { class: "ref" }, ticket.ref)),
      el("ol", { class: "steps" }, ...ticket.stages.map((name, n) => this.#step(ticket, name, n))),
      ticket.note ? el("p", { class: "ticket-note", dir: "auto" }, ticket.note) : null,
    );
  }

  #step(ticket, name, n) {
    const state = stepClass(n, reachedBy(ticket), ticket);
    const dot = el("span", { class: "dot", "aria-hidden": "true" }, state === "past" ? icon("check") : null);
    const said = { past: this.#words.stepDone, now: this.#words.stepNow }[state];
    return el("li", { class: state, "aria-current": state === "now" ? "step" : null }, dot, name, said ? el("span", { class: "unseen" }, `, ${said}`) : null);
  }
}

const reachedBy = (ticket) => Math.max(0, Math.min(ticket.stage, ticket.stages.length - 1));

/** A closed request has no step "now": what it reached is past. */
function stepClass(n, reached, ticket) {
  if (n < reached || (n === reached && !ticket.open)) return "past";
  return n === reached ? "now" : "ahead";
}

function stageOf(ticket, words) {
  const n = reachedBy(ticket);
  if (!ticket.open) return ticket.stages[n] ?? words.done;
  return fill(words.step, { n: n + 1, all: ticket.stages.length, name: ticket.stages[n] ?? "" });
}
