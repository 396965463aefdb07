// Keeps the chat fresh and scrolled to its end; Enter sends. Without this script a reload shows what is new.
"use strict";

const root = document.documentElement;

function toEnd() {
  const chat = document.getElementById("chat");
  if (chat) chat.scrollTop = chat.scrollHeight;
}

function isAtEnd(chat) {
  return chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80;
}

/** Puts the new chat in place of the old one; what is being typed is left alone. */
function renew(page) {
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh) continue;
    const follow = isAtEnd(old);
    const seen = old.scrollTop;
    old.replaceWith(fresh);
    fresh.scrollTop = follow ? fresh.scrollHeight : seen;
  }
  root.dataset.version = page.documentElement.dataset.version;
}

async function look() {
  if (document.hidden || !document.getElementById("chat")) return;
  const answer = await fetch("/demo/telegram/version", { cache: "no-store" });
  if (!answer.ok || (await answer.text()) === root.dataset.version) return;
  const page = await fetch(window.location.href, { cache: "no-store" });
  if (page.ok) renew(new DOMParser().parseFromString(await page.text(), "text/html"));
}

const again = () => look().catch(() => {}); // the demo is restarting: the next look finds it
window.setInterval(again, 1000);
document.addEventListener("visibilitychange", again);

document.addEventListener("click", (event) => {
  document.querySelectorAll("details[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll("details[open]").forEach((menu) => (menu.open = false));
  const isField = event.target instanceof HTMLTextAreaElement;
  if (!isField || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

toEnd();
document.getElementById("text")?.focus({ preventScroll: true });
