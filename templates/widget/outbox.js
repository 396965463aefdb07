/*
 * What was said and is not confirmed yet. Promises: a message gets its identifier when it is made and keeps it through
 * every repeat, so the desk takes it once; messages leave in the order they were made; none is dropped before the desk
 * confirms it or the person takes it back. Limit: after three unanswered tries a message waits for a press of the person.
 */
import { identifier, outboxId } from "./memory.js";

const PATIENCE = 12_000; // ms until a message without an answer is sent once more
const TRIES = 3;

export class Outbox {
  #memory;
  #link;
  #show;
  #gone;
  #timers = new Map();
  #tries = new Map();
  #made = new Set();
  #order = 0;

  /** show(item, state, why) draws it, gone(clientId) takes it off the screen. */
  constructor({ memory, link, show, gone }) {
    this.#memory = memory;
    this.#link = link;
    this.#show = show;
    this.#gone = gone;
  }

  /** A new message of the person: {type: "say", text} or {type: "press", line, button, text}. */
  add(message) {
    this.#order = Math.max(Date.now(), this.#order + 1);
    const item = { client_id: identifier(), order: this.#order, ...message };
    this.#made.add(item.client_id);
    this.#memory.put(item);
    this.#send(item);
  }

  /** The connection is up: everything that waits goes out, oldest first. */
  flush() {
    this.#memory.outbox().filter((item) => !item.failed).forEach((item) => this.#send(item));
  }

  /** The connection went: what was under way waits. */
  hold() {
    this.#timers.forEach((timer) => clearTimeout(timer));
    this.#timers.clear();
    this.draw();
  }

  draw() {
    this.#memory.outbox().forEach((item) => this.#draw(item));
  }

  /** The desk has it, or another tab's copy of it is gone. */
  settle(clientId) {
    this.#memory.drop(clientId);
    this.#forget(clientId);
  }

  refuse(clientId, why) {
    const item = this.#memory.item(clientId);
    if (!item) return;
    this.#calm(clientId);
    this.#fail(item, why);
  }

  /** A press on "send again": a refused one gets a new identifier, an unanswered one keeps its own. */
  retry(item) {
    const { failed, why, ...message } = this.#memory.item(item.client_id) ?? item;
    if (failed !== "refused") {
      this.#tries.delete(message.client_id);
      this.#memory.put(message);
      this.#send(message);
      return;
    }
    this.settle(message.client_id);
    const { client_id: _id, order: _order, ...fresh } = message;
    this.add(fresh);
  }

  /** Another tab wrote or removed an entry. */
  changed(name) {
    const clientId = outboxId(name);
    if (!clientId) return;
    const item = this.#memory.item(clientId);
    if (!item) this.#forget(clientId);
    else if (item.failed) this.#draw(item);
    else this.#watch(item); // its own tab sends it; we only if that tab is gone
  }

  /**
   * The desk opened another conversation (ended, other login). What was written on this page is offered for sending,
   * never sent by itself; what an earlier page left behind may be somebody else's, so it goes.
   */
  estrange() {
    for (const item of this.#memory.outbox()) {
      this.#calm(item.client_id);
      if (this.#made.has(item.client_id) && item.type === "say") this.#fail(item, "");
      else this.settle(item.client_id);
    }
  }

  #send(item) {
    const { client_id, type, line, button, text } = item;
    const frame = type === "press" ? { type, client_id, line, button } : { type, client_id, text };
    if (this.#link.send(frame)) this.#watch(item);
    else this.#draw(item);
  }

  #watch(item) {
    this.#draw(item);
    clearTimeout(this.#timers.get(item.client_id));
    this.#timers.set(item.client_id, setTimeout(() => this.#unanswered(item), PATIENCE));
  }

  #unanswered(item) {
    if (!this.#memory.item(item.client_id) || !this.#link.ready) return;
    const tries = (this.#tries.get(item.client_id) ?? 1) + 1;
    this.#tries.set(item.client_id, tries);
    if (tries > TRIES) this.#fail({ ...item, failed: "silence" }, "");
    else this.#send(item);
  }

  #fail(item, why) {
    const failed = { failed: "refused", ...item, why };
    this.#memory.put(failed);
    this.#draw(failed);
  }

  #draw(item) {
    const state = item.failed ? "failed" : this.#link.ready ? "sending" : "waiting";
    this.#show(item, state, item.why ?? "");
  }

  #calm(clientId) {
    clearTimeout(this.#timers.get(clientId));
    this.#timers.delete(clientId);
  }

  #forget(clientId) {
    this.#calm(clientId);
    this.#tries.delete(clientId);
    this.#gone(clientId);
  }
}
