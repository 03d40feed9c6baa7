// The bell keeps itself up to date while the page is looked at, and what the bell's list has shown is marked as read.
// Without script the count is that of the page's loading, and a button marks.
"use strict";

(() => {
  const EVERY_MS = 30_000;
  const LOOKED_AT_MS = 2_000;
  const bell = document.querySelector("a.bell[data-bell]");
  if (!bell) return;
  const badge = bell.querySelector("[data-unread]");
  const said = document.querySelector("[data-bell-said]");
  let shown = Number(badge.textContent) || 0;
  let timer = 0;

  const show = (unread) => {
    badge.textContent = unread;
    badge.hidden = !unread;
    bell.setAttribute("aria-label", unread ? `Notifications, ${unread} unread` : "Notifications");
    if (unread > shown) said.textContent = unread === 1 ? "1 unread notification" : `${unread} unread notifications`;
    shown = unread;
  };

  const answer = async (address, options = {}) => {
    const found = await fetch(address, { ...options, headers: { Accept: "application/json" } });
    if (!found.ok) throw new Error(String(found.status));
    show((await found.json()).unread);
  };

  const look = async () => {
    try {
      await answer(bell.dataset.bell);
    } catch {
      // signed out, or the server is away: the next page load tells; a poll needs no message
    }
    plan();
  };
  const plan = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(look, EVERY_MS);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));
  plan();

  const form = document.querySelector("form[data-read]");
  if (!form) return;
  const mark = async () => {
    if (document.hidden) return;
    document.removeEventListener("visibilitychange", mark);
    await new Promise((done) => setTimeout(done, LOOKED_AT_MS));
    try {
      await answer(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      form.hidden = true;
    } catch {
      form.hidden = false; // the button is still there to do it
    }
  };
  document.addEventListener("visibilitychange", mark);
  mark();
})();
