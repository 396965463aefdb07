/*
 * The wire to the desk. Promises: it never gives up and never asks for a reload; after a cut, sleep or a restart of the
 * desk it comes back by itself, with growing pauses and some chance in them so that a thousand widgets do not return in
 * the same second. Limits: it delivers frames as they come; what was said and what is confirmed is the chat's business.
 */
const FIRST_PAUSE = 400; // ms, doubled after every failure
const LONGEST_PAUSE = 30_000;
const BEAT = 25_000; // wire version 1: a ping every 25 s while visible
const ANSWER = 8_000; // ms a desk may take to answer a ping or a hello
const AWAKE = 3_000; // the same after sleep, when the connection is probably dead
const STEADY = 10_000; // ms a connection must last before the pauses start small again

export class Link {
  #url;
  #hello;
  #onFrame;
  #onReady;
  #socket = null;
  #ready = false;
  #turn = 0;
  #tries = 0;
  #retry = 0;
  #deadline = 0;
  #since = 0;
  #stopped = true;
  #ends = new AbortController();

  /** base: the script's own address; hello: async () => the first frame. */
  constructor({ base, hello, onFrame, onReady }) {
    this.#url = new URL("/chat/socket", base);
    this.#url.protocol = this.#url.protocol === "http:" ? "ws:" : "wss:";
    this.#hello = hello;
    this.#onFrame = onFrame;
    this.#onReady = onReady;
  }

  get ready() {
    return this.#ready;
  }

  start() {
    if (!this.#stopped) return;
    this.#stopped = false;
    const { signal } = this.#ends;
    const wake = () => this.#wake();
    addEventListener("online", wake, { signal });
    addEventListener("offline", () => this.#probe(AWAKE), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#wake(), { signal });
    document.addEventListener("visibilitychange", () => !document.hidden && this.#wake(), { signal });
    const beat = setInterval(() => !document.hidden && this.#probe(), BEAT);
    signal.addEventListener("abort", () => clearInterval(beat));
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    this.#ends.abort();
    this.#drop();
  }

  /** Connects anew at once, with a fresh hello (another key, language or login). */
  renew() {
    this.#drop();
    this.#tries = 0;
    this.#connect();
  }

  /** True if the frame went into an open connection; that it arrived is known only from its answer. */
  send(frame) {
    if (!this.#ready || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  async #connect() {
    clearTimeout(this.#retry);
    const turn = ++this.#turn;
    const hello = await this.#hello();
    if (this.#stopped || turn !== this.#turn) return;
    let socket;
    try {
      socket = new WebSocket(this.#url);
    } catch {
      this.#later(); // the page's policy forbids it today; it costs nothing to look again
      return;
    }
    this.#socket = socket;
    const mine = (act) => (event) => socket === this.#socket && act(event);
    socket.onopen = mine(() => socket.send(JSON.stringify(hello)));
    socket.onmessage = mine((event) => this.#heard(event.data));
    socket.onclose = mine(() => this.#lost());
    this.#expect();
  }

  #heard(data) {
    clearTimeout(this.#deadline);
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame.type === "welcome") {
      this.#ready = true;
      this.#since = Date.now();
    }
    if (frame.type === "line") this.#tries = 0; // it gets somewhere: no need for long pauses
    if (frame.type !== "pong") this.#onFrame(frame);
    if (frame.type === "welcome" && this.#ready) this.#onReady(true); // unless the chat began anew meanwhile
  }

  #expect(patience = ANSWER) {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#lost(), patience);
  }

  #probe(patience) {
    if (this.send({ type: "ping" })) this.#expect(patience);
  }

  #wake() {
    if (this.#ready) {
      this.#probe(AWAKE);
    } else {
      this.#tries = 0;
      if (!this.#socket) this.#connect();
    }
  }

  #drop() {
    const socket = this.#socket;
    this.#turn += 1;
    this.#socket = null;
    this.#ready = false;
    clearTimeout(this.#retry);
    clearTimeout(this.#deadline);
    socket?.close();
  }

  #lost() {
    if (this.#ready && Date.now() - this.#since > STEADY) this.#tries = 0;
    this.#drop();
    this.#onReady(false);
    this.#later();
  }

  #later() {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#tries);
    this.#tries += 1;
    this.#retry = setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
  }
}
