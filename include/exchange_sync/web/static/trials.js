// Waits for the result of a test message, while one is on its way and the page is looked at. Without script, reloading
// the page shows the same.
"use strict";

(() => {
  const EVERY_MS = 5_000;
  const place = document.querySelector("[data-tests]");
  const said = document.querySelector("[data-tests-said]");
  if (!place) return;

  const pending = () => place.querySelector("[data-pending]");
  const words = () => [...place.querySelectorAll(".state")].map((state) => state.textContent).join(", ");
  const look = async () => {
    if (!document.hidden) {
      const before = words();
      try {
        const found = await fetch(place.dataset.tests);
        if (!found.ok) return;
        const part = new DOMParser().parseFromString(await found.text(), "text/html").getElementById("tests");
        place.replaceChildren(part);
      } catch {
        return; // the server is away: the next page load tells
      }
      if (words() !== before) said.textContent = `Latest tests: ${words()}`;
    }
    if (pending()) setTimeout(look, EVERY_MS);
  };
  if (pending()) setTimeout(look, EVERY_MS);
})();
