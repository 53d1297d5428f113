// What the lists of the console gain when scripts run; without them, everything can still be done.
"use strict";

// « / » leads to the search, unless one is writing.
document.addEventListener("keydown", (event) => {
  const field = document.getElementById("recherche");
  const isWriting = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isWriting || !field) return;
  event.preventDefault();
  field.focus();
});

document.addEventListener("DOMContentLoaded", () => {
  const bar = document.getElementById("lot");
  if (bar) offerAll(bar);
});

// What a line cuts short is told whole to the mouse that stops on it.
document.addEventListener("mouseover", (event) => {
  const cell = event.target.closest?.(".table-lines .cut");
  if (cell) cell.title = cell.scrollWidth > cell.clientWidth ? cell.innerText.replace(/\s+/g, " ") : "";
});

// Cells of a spreadsheet pasted where one row is typed, or where several are, are shown before anything is written.
document.addEventListener("paste", (event) => {
  const area = document.querySelector("textarea[data-cells]");
  const cells = event.clipboardData?.getData("text/plain") ?? "";
  if (!area || area.value || !cells.includes("\t")) return;
  event.preventDefault();
  area.value = cells;
  area.form.requestSubmit();
});

// One box ticks the whole page, and the button says how many are ticked.
function offerAll(bar) {
  const boxes = [...document.querySelectorAll('input[name="choix"][form="lot"]')];
  const button = bar.querySelector('button[value="page"]');
  if (!boxes.length || !button) return;
  const label = document.createElement("label");
  const all = document.createElement("input");
  all.type = "checkbox";
  all.className = "form-check-input";
  label.className = "pick-all";
  label.append(all, document.createTextNode(" Cocher toute la page"));
  bar.prepend(label);
  const words = [...button.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()).pop();
  const tell = () => {
    const count = boxes.filter((box) => box.checked).length;
    all.checked = count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    button.disabled = count === 0;
    words.data = count < 2 ? (count ? "À la ligne cochée…" : "Aux lignes cochées…") : `Aux ${count} lignes cochées…`;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  for (const box of boxes) box.addEventListener("change", tell);
  tell();
}
