// The page of a session is one form. Its roll is sent without leaving the page: while the network is down it stays here, as ticked, and leaves
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
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
      isWaiting = false;
      // Refused, it is shown by the browser too, as it was written.
      if (answer.type === "opaqueredirect") location.reload();
      else form.submit();
    } catch {
      isWaiting = true;
      told.textContent = "Pas de réseau\u00a0: les présences restent dans cette page, et partiront à son retour. Ne la fermez pas.";
    }
  };
  form.append(told);
  form.addEventListener("submit", (event) => {
    // A vote, or another gesture, goes where its button says; the presence ticked goes with it.
    if (event.submitter && (event.submitter.hasAttribute("formaction") || event.submitter.name)) return;
    event.preventDefault();
    send();
  });
  form.addEventListener("keydown", (event) => {
    // Enter in a figure notes the vote of its item, and not the roll that comes first in the page.
    const item = event.key === "Enter" && event.target.matches("input[type=number]") && event.target.closest("li[id]");
    if (!item) return;
    event.preventDefault();
    item.querySelector("button[name=point]")?.click();
  });
  addEventListener("online", () => { if (isWaiting) send(); });
  addEventListener("beforeunload", (event) => { if (isWaiting) event.preventDefault(); });
})();
