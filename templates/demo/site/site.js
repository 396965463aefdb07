// What the platform's own page does with the chat: gives it a token, and opens the login when the desk asks for one.
// Without this script the page works; the chat then only knows strangers.
"use strict";

const login = document.getElementById("login");

async function getToken() {
  const answer = await fetch("/demo/token", { cache: "no-store" });
  return answer.status === 200 ? answer.text() : null;
}

// The login lies above everything, the chat on a phone included; the chat stays open and goes on after the login.
document.addEventListener("seleqt-desk:signin", () => {
  document.getElementById("asked").hidden = false;
  login.showPopover();
  login.querySelector(".cast-card").focus();
});

login.addEventListener("toggle", (event) => {
  if (event.newState === "closed") document.getElementById("asked").hidden = true;
});

if (window.SeleqtDesk) {
  window.SeleqtDesk.configure({ getToken });
  // A chat that opened before this script came has already said hello without a token: it hears of the login now.
  if ("signedIn" in document.body.dataset) window.SeleqtDesk.signedIn();
  for (const button of document.querySelectorAll("[data-open-desk]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.SeleqtDesk.open());
  }
}
