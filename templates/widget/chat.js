/*
 * The chat: joins the wire, the memory and the window. Promises: every line of the desk is shown once and in order,
 * whatever the connection does; nothing typed is lost; an open window opens again on the next page; only the newest
 * line is announced. Limits: the conversation itself lives at the desk, a page without connection shows what it has
 * had since it was loaded.
 */
import { safeAddress } from "./dom.js";
import { Link } from "./link.js";
import { Memory, secret } from "./memory.js";
import { Outbox } from "./outbox.js";
import { Panel } from "./panel.js";
import { save, transcript } from "./transcript.js";
import { choose, words } from "./words.js";

const QUIET = 1_500; // ms a cut may last before anyone is told
const TOKEN_WAIT = 5_000; // ms the page may take to give its token
const TYPING = 20_000; // ms after which a forgotten "typing" ends

export class Chat {
  #setup;
  #memory = new Memory();
  #link;
  #outbox;
  #panel;
  #lang;
  #chosen = false;
  #key;
  #spare = secret(); // the next key: known to this page and the desk alone, so an old copy of the key opens nothing private
  #last = 0;
  #caughtUp = 0;
  #known = 0;
  #tickets = [];
  #told; // takes what was said at other doors
  #limit = 4000;
  #shown = false;
  #started = false;
  #ready = false;
  #pressed = false;
  #hasTelegram = false;
  #token = null;
  #timers = {};

  /** setup: frame, base, settings, lang, launcher, onUnread(count), onShown(bool), onSignIn(). */
  constructor(setup) {
    this.#setup = setup;
    this.#lang = setup.lang;
    this.#key = this.#memory.get("key");
    this.#token = () => setup.settings.getToken();
    this.#wire();
    this.#build();
    this.#memory.watch((name) => this.#elsewhere(name));
    visualViewport?.addEventListener("resize", () => this.#panel.fit());
  }

  /** Connects without showing the window: counts what came in while it was closed. */
  start() {
    if (this.#started) return;
    this.#started = true;
    this.#link.start();
    this.#timers.banner = setTimeout(() => this.#tell(), QUIET);
  }

  open({ focus }) {
    this.start();
    this.#memory.set("open", "1");
    this.#memory.set("lang", this.#lang);
    const missed = this.#missed().at(-1);
    this.#show(true);
    if (focus) this.#panel.focusField();
    if (missed) this.#panel.announce(this.#panel.log.spoken(missed));
  }

  close() {
    const focused = this.#panel.area.contains(this.#panel.area.getRootNode().activeElement);
    this.#memory.set("open", null);
    this.#show(false);
    if (focused) this.#setup.launcher.focus();
  }

  /** The page changed its settings. */
  configured() {
    const lang = choose(this.#memory.get("lang"), this.#setup.settings.lang, this.#lang);
    if (lang !== this.#lang) this.#speak(lang);
  }

  /** The page's login changed: ask() gives the new token or null. */
  async identity(ask) {
    this.#token = ask;
    this.#link.send({ type: "token", token: await this.#askToken() });
  }

  #wire() {
    this.#link = new Link({
      base: this.#setup.base,
      hello: () => this.#hello(),
      onFrame: (frame) => this.#frame(frame),
      onReady: (ready) => this.#connected(ready),
    });
    this.#outbox = new Outbox({
      memory: this.#memory,
      link: this.#link,
      show: (item, state, why) => this.#panel.log.wait(item, state, why),
      gone: (clientId) => this.#panel.log.settle(clientId),
    });
  }

  #build() {
    const old = this.#panel;
    const acts = {
      close: () => this.close(),
      say: (text) => this.#say({ type: "say", text }),
      press: (line, index, event) => this.#press(line, index, event),
      retry: (item) => this.#retry(item),
      edit: (item) => this.#edit(item),
      draft: (text) => {
        this.#memory.draft = text;
      },
      transcript: () => this.#download(),
      language: (code) => this.#choose(code),
      telegram: () => this.#toTelegram(),
      forget: () => this.#forget(),
    };
    const { base, settings, frame } = this.#setup;
    this.#panel = new Panel({ words: words[this.#lang], lang: this.#lang, base, settings, acts, stepsOpen: old?.strip.open });
    if (old) old.area.replaceWith(this.#panel.area);
    else frame.append(this.#panel.area);
    this.#refill(old?.log.lines ?? []);
  }

  #refill(lines) {
    this.#panel.limit = this.#limit;
    this.#panel.menu.telegram.hidden = !this.#hasTelegram;
    lines.forEach((line) => this.#panel.log.add(line));
    this.#panel.strip.show(this.#tickets);
    this.#panel.draft = this.#memory.draft;
    this.#outbox.draw();
  }

  #show(shown) {
    this.#shown = shown;
    this.#panel.area.hidden = !shown;
    this.#setup.onShown(shown);
    if (!shown) return;
    this.#panel.limit = this.#limit; // measured only now that it is visible
    this.#panel.log.toEnd();
    this.#read();
    this.#panel.fit();
  }

  // --- the wire

  async #hello() {
    const token = await this.#askToken();
    this.#key = this.#memory.get("key") ?? this.#key;
    return { type: "hello", v: 1, key: this.#key, spare: this.#spare, last_seq: this.#last, token, lang: this.#lang };
  }

  /** Somebody proved who they are: from now on the spare is the key, also for the other tabs of this device. */
  #rekey(key) {
    this.#key = key;
    this.#memory.set("key", key);
    this.#spare = secret();
  }

  async #askToken() {
    const late = new Promise((resolve) => setTimeout(resolve, TOKEN_WAIT, null));
    try {
      return (await Promise.race([this.#token(), late])) ?? null;
    } catch {
      return null; // the page could not say: the desk asks for a proof when it needs one
    }
  }

  #frame(frame) {
    const act = {
      welcome: () => this.#welcome(frame),
      line: () => this.#line(frame),
      tickets: () => this.#showTickets(frame.tickets),
      lang: () => this.#follow(frame.lang),
      typing: () => this.#typing(frame.on),
      refused: () => this.#refused(frame),
      open: () => this.#openPage(frame.href),
      signin: () => this.#setup.onSignIn(),
      key: () => this.#rekey(frame.key),
      elsewhere: () => this.#told?.(frame.lines),
    }[frame.type];
    act?.();
  }

  #welcome(frame) {
    if (frame.key === this.#spare) this.#rekey(frame.key); // the news of it was lost on the way
    const other = this.#memory.get("key");
    if (!this.#key && other && other !== frame.key) {
      this.#begin(other); // two tabs opened at once: the first key stays
      return;
    }
    const strange = frame.restart || (this.#key && this.#key !== frame.key);
    if (strange) {
      this.#clear();
      this.#outbox.estrange();
    }
    this.#key = frame.key;
    this.#memory.set("key", frame.key);
    this.#caughtUp = frame.last_seq;
    this.#known = this.#seen();
    this.#limit = frame.limits?.text ?? this.#limit;
    this.#panel.limit = this.#limit;
    this.#hasTelegram = Boolean(frame.telegram);
    this.#panel.menu.telegram.hidden = !this.#hasTelegram;
    if (!strange && frame.last_seq < this.#last) this.#begin(frame.key); // the desk knows less than we do: all of it again
  }

  /** Another conversation on this page, or the same one from its first line. */
  #begin(key) {
    this.#key = key;
    this.#clear();
    this.#link.renew();
  }

  #clear() {
    this.#last = 0;
    this.#tickets = [];
    this.#memory.set("seen", null);
    this.#panel.log.clear();
    this.#panel.strip.show([]);
    this.#count();
  }

  #connected(ready) {
    const lost = this.#ready && !ready;
    this.#ready = ready;
    if (ready) {
      clearTimeout(this.#timers.banner);
      this.#panel.notify();
      this.#tellLanguage();
      this.#outbox.flush();
    } else if (lost) {
      this.#panel.log.typing(false);
      this.#outbox.hold();
      this.#timers.banner = setTimeout(() => this.#tell(), QUIET);
    }
  }

  #tell() {
    if (this.#ready) return;
    this.#panel.offline();
  }

  #line(line) {
    if (line.client_id) this.#outbox.settle(line.client_id);
    if (line.seq <= this.#last) return;
    this.#last = line.seq;
    this.#panel.log.add(line);
    if (this.#shown) this.#read();
    else this.#count();
    if (line.who === "desk" || line.who === "staff") this.#announce(line);
  }

  #announce(line) {
    const replayed = line.seq <= this.#caughtUp;
    if (replayed && line.seq <= this.#known) return; // heard on the page before this one
    this.#panel.hear(line, { alone: replayed });
  }

  #showTickets(tickets) {
    this.#tickets = tickets;
    this.#panel.strip.show(tickets);
  }

  #typing(on) {
    this.#panel.log.typing(on);
    clearTimeout(this.#timers.typing);
    if (on) this.#timers.typing = setTimeout(() => this.#panel.log.typing(false), TYPING);
  }

  #refused(frame) {
    this.#outbox.refuse(frame.client_id, frame.text);
    this.#panel.announce(`${words[this.#lang].failed}: ${frame.text}`);
  }

  /** The desk answers a press with a page; only the tab in which it was pressed opens it. */
  #openPage(href) {
    const address = safeAddress(href, this.#setup.base);
    if (!address || !this.#pressed) return;
    this.#pressed = false;
    const tab = window.open(address, "_blank");
    if (tab) tab.opener = null;
    else this.#panel.offerPage(address);
  }

  // --- the person

  #say(message) {
    this.#panel.log.toEnd();
    this.#outbox.add(message);
  }

  #press(line, index, event) {
    this.#pressed = true;
    this.#say({ type: "press", line: line.seq, button: index, text: line.buttons[index].label });
    if (event.detail === 0) this.#panel.field.focus(); // pressed by keyboard: the next choices are one Tab away
    else this.#panel.focusField();
  }

  /** A link that carries this login over; the desk answers with it, or with the sign-in it needs first. */
  #toTelegram() {
    this.#pressed = true;
    if (!this.#link.send({ type: "telegram" })) this.#pressed = false;
    this.#panel.focusField();
  }

  #retry(item) {
    if (item.type === "press") this.#pressed = true;
    this.#outbox.retry(item);
    this.#panel.focusField();
  }

  #edit(item) {
    this.#outbox.settle(item.client_id);
    this.#panel.draft = [this.#panel.draft, item.text].filter(Boolean).join("\n");
    this.#memory.draft = this.#panel.draft;
    this.#panel.field.focus();
  }

  #speak(lang) {
    this.#lang = lang;
    if (this.#started) this.#memory.set("lang", lang);
    this.#build();
    this.#show(this.#shown);
  }

  /** The person chose a language in the menu: the desk hears it now, or when it is back on the wire. */
  #choose(lang) {
    this.#speak(lang);
    this.#panel.menu.button.focus();
    this.#chosen = true;
    this.#tellLanguage();
  }

  #tellLanguage() {
    if (this.#chosen && this.#link.send({ type: "speak", lang: this.#lang })) this.#chosen = false;
  }

  /** The person wrote another language: the names of buttons follow the conversation. */
  #follow(lang) {
    if (this.#chosen || lang === this.#lang || !words[lang]) return;
    const typing = this.#panel.area.getRootNode().activeElement === this.#panel.field;
    this.#speak(lang);
    if (typing) this.#panel.field.focus();
  }

  async #download() {
    const own = words[this.#lang];
    const { log } = this.#panel;
    const name = (who) => log.name(who);
    const lines = [...(await this.#otherDoors()), ...log.lines].sort((a, b) => new Date(a.at) - new Date(b.at));
    save(transcript({ lines, tickets: this.#tickets, name, words: own, lang: this.#lang, now: new Date() }), own.transcriptName);
  }

  /** What was said at other doors; nothing when the desk does not answer. */
  #otherDoors() {
    return new Promise((done) => {
      this.#told = done;
      if (!this.#link.send({ type: "elsewhere" })) done([]);
      setTimeout(done, 3000, []);
    });
  }

  #forget() {
    const parting = this.#link;
    if (!parting.send({ type: "forget" })) this.#partLater(this.#key);
    parting.stop();
    this.#away();
    this.#setup.launcher.focus();
  }

  /** Without connection the device forgets at once; the desk hears it when the page is back on the wire. */
  #partLater(key) {
    if (!key) return;
    const part = new Link({
      base: this.#setup.base,
      hello: async () => ({ type: "hello", v: 1, key, last_seq: Number.MAX_SAFE_INTEGER, token: null, lang: this.#lang }),
      onFrame: () => {},
      onReady: (ready) => ready && part.send({ type: "forget" }) && part.stop(),
    });
    part.start();
  }

  /** As if never opened: nothing on the device, a fresh window for the next time. */
  #away() {
    Object.values(this.#timers).forEach(clearTimeout);
    this.#memory.forget();
    this.#key = null;
    this.#started = this.#ready = false;
    this.#last = this.#caughtUp = 0;
    this.#tickets = [];
    this.#wire();
    this.#panel.area.remove();
    this.#panel = null;
    this.#build();
    this.#show(false);
    this.#setup.onUnread(0);
  }

  // --- other tabs, and what was read

  #elsewhere(name) {
    if (!this.#started) return;
    if (name === null || name === "key") this.#otherKey();
    else if (name === "seen") this.#count();
    else this.#outbox.changed(name);
  }

  #otherKey() {
    const key = this.#memory.get("key");
    if (key === this.#key) return;
    if (key) {
      this.#begin(key);
    } else {
      this.#link.stop();
      this.#away();
    }
  }

  #read() {
    if (this.#last > this.#seen()) this.#memory.set("seen", this.#last);
    this.#setup.onUnread(0);
  }

  #seen() {
    return Number(this.#memory.get("seen") ?? 0);
  }

  #count() {
    if (!this.#shown) this.#setup.onUnread(this.#missed().length);
  }

  #missed() {
    return this.#panel.log.lines.filter((line) => line.seq > this.#seen() && (line.who === "desk" || line.who === "staff"));
  }
}
