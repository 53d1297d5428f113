// Wagtail gives its rich text fields no name of their own: each takes that of the label or the heading above it.
function nameTheFields() {
  for (const box of document.querySelectorAll("[role=textbox]:not([aria-label]):not([aria-labelledby])")) {
    const label = box.closest(".w-field__wrapper")?.querySelector(".w-field__label");
    const heading = box.closest(".w-panel")?.querySelector("[data-panel-heading-text]");
    const name = (label ?? heading)?.textContent.replace("*", "").trim();
    if (name) box.setAttribute("aria-label", name);
  }
}

// Where there is no image yet, the window of images opens on the one gesture that is possible: bringing one.
function beginWithBringing() {
  const link = document.querySelector(".modal #search-results a.upload-one-now");
  const searched = document.querySelector(".modal [data-chooser-modal-search] input[name=q]")?.value;
  const modal = link?.closest(".modal");
  if (!link || searched || modal.dataset.begun) return;
  modal.dataset.begun = "yes";
  setTimeout(() => link.click());
}

// The words given to an image as it is brought are those of the page, unless it already has its own.
function takeTheWords() {
  const field = document.querySelector("#id_picture_alternative");
  const shown = document.querySelector("#id_picture-chooser [data-chooser-image]");
  const src = shown?.getAttribute("src") ?? "";
  if (!field || !shown || shown.dataset.seen === src) return;
  const isFirst = shown.dataset.seen === undefined;
  shown.dataset.seen = src;
  setTimeout(() => {
    const words = shown.dataset.defaultAltText;
    const title = document.querySelector("#id_picture-chooser [data-chooser-title]")?.textContent.trim();
    if (isFirst || !words || words === title || field.value) return;
    field.value = words;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// Fields appear as blocks are added.
new MutationObserver(() => {
  nameTheFields();
  beginWithBringing();
  takeTheWords();
}).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["src"] });

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
