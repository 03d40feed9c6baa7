// The list of integrations keeps itself fresh while it is looked at, and filters while one types. Without script the
// page is as complete, and "Find" sends the form.
"use strict";

(() => {
  const form = document.querySelector("form[data-list]");
  if (!form) return;
  const EVERY = 15_000;
  const PAUSE = 250; // of the typing, before the server is asked
  const field = form.elements.q;
  const told = document.querySelector("[data-told]");
  let asked = 0;
  let said = document.getElementById("list").dataset.summary;

  const query = () => {
    const found = new URLSearchParams(location.search);
    found.delete("done");
    if (field.value.trim() !== (found.get("q") || "").trim()) found.delete("after");
    found.set("q", field.value.trim());
    return found;
  };

  const refresh = async () => {
    const mine = ++asked;
    const answer = await fetch(`${form.dataset.list}?${query()}`, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok || mine !== asked) return; // the next one may work, and an older answer is worth nothing
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("list");
    const list = document.getElementById("list");
    if (!fresh || list.contains(document.activeElement)) return; // whoever reads by keyboard keeps the place
    list.replaceWith(document.importNode(fresh, true));
    if (fresh.dataset.summary !== said) told.textContent = said = fresh.dataset.summary;
  };

  let typing;
  field.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const found = query();
      if (!found.get("q")) found.delete("q");
      history.replaceState(null, "", `${location.pathname}${found.size ? `?${found}` : ""}`);
      refresh();
    }, PAUSE);
  });

  setInterval(() => { if (!document.hidden) refresh(); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
})();
