// Wagtail gives its rich text fields no name of their own: each takes that of the label or the heading above it.
function nameTheFields() {
  for (const box of document.querySelectorAll("[role=textbox]:not([aria-label]):not([aria-labelledby])")) {
    const label = box.closest(".w-field__wrapper")?.querySelector(".w-field__label");
    const heading = box.closest(".w-panel")?.querySelector("[data-panel-heading-text]");
    const name = (label ?? heading)?.textContent.replace("*", "").trim();
    if (name) box.setAttribute("aria-label", name);
  }
}

// Fields appear as blocks are added.
new MutationObserver(nameTheFields).observe(document.documentElement, { childList: true, subtree: true });
