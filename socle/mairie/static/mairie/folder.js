// Files dropped on the page are sent one after the other, each with its progress. Without this, the form does it all.
(() => {
  "use strict";
  const form = document.querySelector("form.drop");
  if (!form) return;
  const field = form.querySelector("input[type=file]");
  const told = form.querySelector(".drop-progress");
  const token = form.querySelector("input[name=csrfmiddlewaretoken]").value;
  form.querySelector(".drop-hint").hidden = false;

  function line(name) {
    const paragraph = document.createElement("p");
    const words = document.createElement("span");
    const bar = document.createElement("progress");
    words.textContent = `${name} : en attente`;
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    paragraph.append(words, " ", bar);
    told.append(paragraph);
    return { words, bar };
  }

  function send(file, shown) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      const body = new FormData();
      // The token first: it is read before the file comes.
      body.append("csrfmiddlewaretoken", token);
      body.append("files", file, file.name);
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        const share = Math.floor((event.loaded / event.total) * 100);
        shown.bar.value = share;
        shown.words.textContent = `${file.name} : ${share} %`;
      });
      request.addEventListener("loadend", () => {
        const passed = request.status === 200;
        let why = "refusé ou interrompu. Rechargez la page, puis réessayez.";
        try {
          why = JSON.parse(request.responseText).refused.join(" ") || why;
        } catch {
          // The connection was cut, or the session is over: there is nothing to read.
        }
        shown.words.textContent = passed ? `${file.name} : déposé` : `${file.name} : ${why}`;
        done(passed);
      });
      request.send(body);
    });
  }

  async function sendAll(files) {
    told.textContent = "";
    const free = Number(form.dataset.free);
    const rows = Array.from(files, (file) => [file, line(file.name)]);
    let all = true;
    for (const [file, shown] of rows) {
      if (file.size > free) {
        shown.words.textContent = `${file.name} : trop gros pour la place qui reste`;
        all = false;
      } else {
        all = (await send(file, shown)) && all;
      }
    }
    // What was refused stays written under the form, with its reason.
    if (all) window.location.reload();
  }

  form.addEventListener("submit", (event) => {
    if (!field.files.length) return;
    event.preventDefault();
    sendAll(field.files);
  });
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("drop-over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    form.addEventListener(name, () => form.classList.remove("drop-over"));
  }
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) sendAll(event.dataTransfer.files);
  });
})();

// All the boxes of the list at once.
(() => {
  "use strict";
  const all = document.querySelector(".tick-all");
  if (!all) return;
  const button = all.querySelector("button");
  const boxes = Array.from(document.querySelectorAll("input[name=coche][type=checkbox]"));
  const name = () => {
    button.textContent = boxes.every((box) => box.checked) ? "Tout décocher" : "Tout cocher";
  };
  all.hidden = false;
  button.addEventListener("click", () => {
    const wanted = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = wanted;
    name();
  });
  for (const box of boxes) box.addEventListener("change", name);
  name();
})();
