// A form half filled, then left for another page: the browser asks first. Without this, what was written is lost.
(() => {
  "use strict";
  const form = document.currentScript.closest("form");
  const written = () => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]));
  const before = written();
  // Sent once and refused: nothing of it is kept anywhere but here.
  const refused = "refused" in document.currentScript.dataset;
  let chosen = false;

  // Sent, or given up by the form's own link: nobody is asked twice.
  form.addEventListener("submit", () => { chosen = true; });
  form.addEventListener("click", (event) => { chosen ||= Boolean(event.target.closest("a.btn-quiet")); });
  form.addEventListener("input", () => { chosen = false; });
  addEventListener("pageshow", () => { chosen = false; });
  addEventListener("beforeunload", (event) => {
    if (!chosen && (refused || written() !== before)) event.preventDefault();
  });
})();
