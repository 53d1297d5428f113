// The roll of a session is sent without leaving the page: while the network is down it stays here, as ticked, and leaves
// by itself once the network is back. Nothing is kept in the browser.
(() => {
  "use strict";
  const form = document.currentScript.closest("form");
  const told = document.createElement("p");
  told.setAttribute("role", "status");
  let isWaiting = false;

  const send = async () => {
    try {
      // The page that follows is asked by the browser itself, with the sentence that says what was noted or refused.
      await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
      isWaiting = false;
      location.reload();
    } catch {
      isWaiting = true;
      told.textContent = "Pas de réseau\u00a0: les présences restent dans cette page, et partiront à son retour. Ne la fermez pas.";
    }
  };
  form.append(told);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  addEventListener("online", () => { if (isWaiting) send(); });
  addEventListener("beforeunload", (event) => { if (isWaiting) event.preventDefault(); });
})();
