// Buttons that copy the text of the field they name: <button data-copy="id" hidden>. Without script they stay hidden.
"use strict";

(() => {
  const said = document.querySelector("[data-copied]");

  const copy = async (element) => {
    element.select();
    try {
      await navigator.clipboard.writeText(element.value);
      return true;
    } catch {
      return document.execCommand("copy"); // over plain HTTP, or where the frame may not use the clipboard
    }
  };

  for (const button of document.querySelectorAll("button[data-copy]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copy(document.getElementById(button.dataset.copy));
      button.textContent = done ? "Copied" : "Press Ctrl+C";
      said.textContent = done ? "Copied" : "The text is selected: press Control and C to copy it";
      setTimeout(() => { button.textContent = label; }, 3_000);
    });
  }
})();
