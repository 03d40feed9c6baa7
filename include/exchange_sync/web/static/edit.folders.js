// A mailbox's folders are fetched when somebody asks for them. What was typed moves into the ticks, so that each path
// stands in one place; ticks and typed lines are sent together.
"use strict";

(() => {
  const lines = (area) => area.value.split("\n").map((line) => line.trim()).filter(Boolean);

  const settle = (place) => {
    for (const name of ["folder_allow", "folder_deny"]) {
      const area = document.getElementById(name);
      const typed = lines(area);
      const left = new Set(typed);
      for (const box of place.querySelectorAll(`input[name=${name}]`)) {
        const names = [box.value.toLowerCase(), (box.dataset.also || box.value).toLowerCase()];
        const found = typed.filter((line) => names.includes(line.toLowerCase()));
        box.checked = found.length > 0; // what was taken away by hand is not ticked again
        found.forEach((line) => left.delete(line));
      }
      area.value = typed.filter((line) => left.has(line)).join("\n");
    }
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-load]");
    if (!link) return;
    event.preventDefault();
    const place = link.closest("[data-folders]");
    const shown = [...place.childNodes];
    place.textContent = "Asking Exchange …";
    try {
      const answer = await fetch(link.dataset.load);
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...page.body.childNodes);
      settle(place);
    } catch (error) {
      place.replaceChildren(...shown);
      const told = document.createElement("p");
      told.className = "failed";
      told.textContent = `The folders could not be fetched (${error.message}). Try again, or type their paths.`;
      place.append(told);
    }
  });
})();
