/*
 * The conversation as a plain text file, made and saved on this device. Promise: nothing leaves the browser; every
 * line on the screen is in it, with its time, who said it and what could be chosen. Limit: messages not yet confirmed
 * are left out, since the desk does not have them.
 */
import { bare, el } from "./dom.js";
import { locale, longDate } from "./log.js";
import { fill } from "./words.js";

/** lines as the desk sent them, tickets as last shown; returns the text of the file. */
export function transcript({ lines, tickets, name, words, lang, now }) {
  const clock = new Intl.DateTimeFormat(locale(lang), { dateStyle: "short", timeStyle: "short" });
  const spoken = lines.map((line) => {
    const choices = (line.buttons ?? []).map((button) => `[${button.label}]`).join(" ");
    return `${clock.format(new Date(line.at))}  ${name(line.who)}${line.door ? ` (${line.door})` : ""}\n${bare(line.text)}${choices ? `\n${choices}` : ""}`;
  });
  const requests = tickets.map((ticket) => [ticket.ref, ticket.title, ticket.stages[ticket.stage], ticket.note].filter(Boolean).join(" · "));
  const head = [words.transcriptHead, fill(words.transcriptMade, { date: longDate(now, lang) }), ...requests].join("\n");
  return `${[head, ...spoken].join("\n\n")}\n`;
}

/** Hands the text to the browser's own download. */
export function save(text, file) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  el("a", { href: address, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
