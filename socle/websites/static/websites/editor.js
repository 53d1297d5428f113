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

// What goes on by itself is shown going on; the page is read again once, when it is over.
async function followProgress() {
  const shown = document.querySelector("[data-follow] [data-progress]");
  if (!shown) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-progress]");
    if (!fresh) return location.reload();
    if (!shown.contains(document.activeElement)) shown.replaceChildren(...fresh.childNodes);
  } catch {
    // Asked again in a while.
  }
  setTimeout(followProgress, 3000);
}
setTimeout(followProgress, 3000);
