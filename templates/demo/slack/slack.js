// Reloads the page when the pretend workspace changed, unless somebody is typing or a menu is open.
// Without this script the pages work the same: menus have a "Choose" button and the channel refreshes itself.
"use strict";

const root = document.documentElement;
let typed = false;
root.classList.add("scripted");

document.addEventListener("input", (event) => {
  typed = event.target.closest(".modal") !== null || event.target.value !== "";
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-sends]")) return;
  const go = event.target.closest(".pick, .choices").querySelector(".go");
  if (go) go.click();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const close = document.querySelector(".modal footer .btn");
  if (close) close.click();
});

document.addEventListener("click", (event) => {
  document.querySelectorAll(".overflow[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

function busy() {
  return typed || document.hidden || document.querySelector(".overflow[open]") !== null;
}

async function look() {
  if (busy()) return;
  const answer = await fetch(root.dataset.poll, { cache: "no-store" });
  if (answer.ok && (await answer.text()) !== root.dataset.version && !busy()) window.location.reload();
}

if (root.dataset.poll) window.setInterval(() => look().catch(() => {}), 2000);

const first = document.querySelector(".modal-body :is(input, select, textarea), .modal .btn");
if (first && !document.querySelector(".modal [autofocus]")) first.focus();
