// A form half filled, then left for another page: the browser asks first. Without this, what was written is lost.
(() => {
  "use strict";
  const form = document.currentScript.closest("form");
  // Against what the page was served with, not what it holds now: somebody may write before this script has come.
  const differs = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.type === "file") return field.files.length > 0;
    if (!field.options) return field.defaultValue !== undefined && field.value !== field.defaultValue;
    const options = [...field.options];
    const chosenFirst = !field.multiple && !options.some((option) => option.defaultSelected);
    return options.some((option, rank) => option.selected !== (option.defaultSelected || (chosenFirst && rank === 0)));
  };
  // Sent once and refused: nothing of it is kept anywhere but here.
  const refused = "refused" in document.currentScript.dataset;
  let chosen = false;

  // Sent, or given up by the form's own link: nobody is asked twice.
  form.addEventListener("submit", () => { chosen = true; });
  form.addEventListener("click", (event) => { chosen ||= Boolean(event.target.closest("a.btn-quiet")); });
  form.addEventListener("input", () => { chosen = false; });
  addEventListener("pageshow", () => { chosen = false; });
  addEventListener("beforeunload", (event) => {
    if (!chosen && (refused || [...form.elements].some(differs))) event.preventDefault();
  });
})();
