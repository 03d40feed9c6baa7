// Parts of a page keep themselves fresh while they are looked at: every element with data-refresh, from the address it
// names. The list of integrations also filters while one types. Without script the pages are as complete.
"use strict";

(() => {
  const EVERY = 15_000;
  const PAUSE = 250; // of the typing, before the server is asked
  const told = document.querySelector("[data-told]");
  const form = document.querySelector("form[data-live]");
  const field = form && form.elements.q;
  const asked = new Map(); // the number of the last request, by the element's id: an older answer is worth nothing

  const query = () => {
    const found = new URLSearchParams(location.search);
    found.delete("done");
    if (!field) return found;
    const wanted = field.value.trim();
    if (wanted !== (found.get("q") || "").trim()) found.delete("after");
    if (wanted) found.set("q", wanted); else found.delete("q");
    return found;
  };

  const refresh = async (id) => {
    const mine = (asked.get(id) || 0) + 1;
    asked.set(id, mine);
    const address = `${document.getElementById(id).dataset.refresh}?${query()}`;
    const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok || mine !== asked.get(id)) return; // the next time it may work
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
    const here = document.getElementById(id);
    if (!fresh || here.contains(document.activeElement)) return; // whoever reads by keyboard keeps the place
    if (told && fresh.dataset.summary !== here.dataset.summary) told.textContent = fresh.dataset.summary;
    here.replaceWith(document.importNode(fresh, true));
  };

  const all = () => { for (const part of document.querySelectorAll("[data-refresh]")) refresh(part.id); };

  let typing;
  if (field) field.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const found = query();
      history.replaceState(null, "", `${location.pathname}${found.size ? `?${found}` : ""}`);
      all();
    }, PAUSE);
  });

  setInterval(() => { if (!document.hidden) all(); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) all(); });
})();
