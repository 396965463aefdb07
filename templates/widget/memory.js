/*
 * What stays on this device: the conversation's key, how far it was read, whether the window was open, the language,
 * and messages not yet confirmed, one entry each so that two tabs never overwrite one another. Promise: nothing is
 * written before the chat is opened, and forget() leaves nothing. No message of the desk is ever kept here.
 * Limit: where storage is blocked everything lasts as long as the page. The draft lives with its tab only.
 */
const PREFIX = "seleqt-desk:";
const OUT = "out:";
const DRAFT = `${PREFIX}draft`;

/** A random version 4 identifier; crypto.randomUUID is missing on pages without https. */
export function identifier() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** 256 random bits as 43 characters: what the key becomes when somebody proves who they are. */
export function secret() {
  const text = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** A shelf that holds on even where the browser's own refuses (blocked, full). */
class Shelf {
  #store = null;
  #spare = new Map();

  constructor(find) {
    try {
      this.#store = find();
    } catch {
      this.#store = null; // blocked by the browser or the frame around us
    }
  }

  read(name) {
    return this.#spare.get(name) ?? this.#store?.getItem(name) ?? null;
  }

  write(name, value) {
    this.#spare.delete(name);
    try {
      if (value === null) this.#store?.removeItem(name);
      else if (this.#store) this.#store.setItem(name, value);
      else this.#spare.set(name, value);
    } catch {
      this.#spare.set(name, value); // full: kept for the life of the page
    }
  }

  names() {
    return [...new Set([...Object.keys(this.#store ?? {}), ...this.#spare.keys()])].filter((name) => name.startsWith(PREFIX));
  }
}

export class Memory {
  #lasting = new Shelf(() => window.localStorage);
  #tab = new Shelf(() => window.sessionStorage);

  get(name) {
    return this.#lasting.read(PREFIX + name);
  }

  set(name, value) {
    this.#lasting.write(PREFIX + name, value === null ? null : String(value));
  }

  get draft() {
    return this.#tab.read(DRAFT) ?? "";
  }

  set draft(text) {
    this.#tab.write(DRAFT, text || null);
  }

  /** Messages not confirmed yet, oldest first. */
  outbox() {
    const names = this.#lasting.names().filter((name) => name.startsWith(PREFIX + OUT));
    return names.map((name) => parsed(this.#lasting.read(name))).filter(Boolean).sort((a, b) => a.order - b.order);
  }

  item(clientId) {
    return parsed(this.get(OUT + clientId));
  }

  put(item) {
    this.set(OUT + item.client_id, JSON.stringify(item));
  }

  drop(clientId) {
    this.set(OUT + clientId, null);
  }

  forget() {
    this.#lasting.names().forEach((name) => this.#lasting.write(name, null));
    this.draft = "";
  }

  /** Calls act(name) when another tab changed something; name is null when everything went. */
  watch(act) {
    addEventListener("storage", (event) => {
      if (event.storageArea !== window.localStorage) return;
      if (event.key === null) act(null);
      else if (event.key.startsWith(PREFIX)) act(event.key.slice(PREFIX.length));
    });
  }
}

/** The client id in the name of an outbox entry, or null for any other name. */
export const outboxId = (name) => (name?.startsWith(OUT) ? name.slice(OUT.length) : null);

function parsed(text) {
  try {
    const item = JSON.parse(text ?? "null");
    return item && typeof item.client_id === "string" ? item : null;
  } catch {
    return null; // another script wrote under our name
  }
}
