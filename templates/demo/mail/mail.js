// Keeps the list of letters and the dates fresh. Without this script the list refreshes itself every ten seconds.
"use strict";

const root = document.documentElement;

/** Puts the new page's live parts in place of the old ones and leaves the focus where it was. */
function renew(page) {
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const seen = old.scrollTop;
    if (!fresh) continue;
    old.replaceWith(fresh);
    fresh.scrollTop = seen;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
  document.title = page.title;
  root.dataset.version = page.documentElement.dataset.version;
}

async function look() {
  if (document.hidden) return;
  const answer = await fetch("/demo/mail/version", { cache: "no-store" });
  if (!answer.ok || (await answer.text()) === root.dataset.version) return;
  const page = await fetch(window.location.href, { cache: "no-store" });
  if (page.ok) renew(new DOMParser().parseFromString(await page.text(), "text/html"));
}

const again = () => look().catch(() => {}); // the demo is restarting: the next look finds it
window.setInterval(again, 2000);
document.addEventListener("visibilitychange", again);
