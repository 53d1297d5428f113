// Says whether the mairie is open at this hour, where the page says the hours of its day: what to say is in the page.
(() => {
  "use strict";
  const place = document.querySelector("[data-hours]");
  const said = place.dataset.hours.split("|").map((one) => [one.slice(0, 16), one.slice(17)]);
  // As it is in Paris, wherever the reader is: « 2026-11-30T09:00 ».
  const paris = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris", dateStyle: "short", timeStyle: "short" });

  function say() {
    const now = paris.format(new Date()).replace(" ", "T");
    const words = said.findLast(([from]) => from <= now)?.[1];
    if (words && place.textContent !== words) place.textContent = words;
  }

  say();
  setInterval(say, 30000);
})();
