// What every page does, beside what its server has written: it follows Airflow's theme, stays in Airflow's frame, and
// leaves it where a link goes to another page of Airflow. No page needs script to be read or used.
"use strict";

(() => {
  const root = document.documentElement;

  const outer = () => {
    try {
      return window.parent === window ? null : window.parent.document.documentElement;
    } catch {
      return null; // framed by another site's page: its document is none of ours
    }
  };

  const follow = () => {
    const airflow = outer();
    const kept = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const shown = airflow && (airflow.classList.contains("dark") ? "dark" : airflow.classList.contains("light") ? "light" : null);
    root.dataset.theme = shown || (kept === "dark" || kept === "light" ? kept : system);
  };

  follow();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);
  window.addEventListener("storage", follow);
  const airflow = outer();
  if (airflow) new MutationObserver(follow).observe(airflow, { attributes: true, attributeFilter: ["class"] });

  // A page that was opened by itself is shown inside Airflow's frame, at the same place.
  if (root.dataset.framed && window.parent === window) location.replace(root.dataset.framed);

  // The frame may not navigate the window around it, but a link of that window may.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-leave]");
    if (!link || !airflow || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const step = airflow.ownerDocument.createElement("a");
    step.href = link.href;
    airflow.ownerDocument.body.append(step);
    step.click();
    step.remove();
  });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
