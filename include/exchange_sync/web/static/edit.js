// Comfort for forms: fields that do not apply are hidden, a check's lines are shown as they come, faults get the focus.
// Without script every field is there, and a check has a page of its own.
"use strict";

(() => {
  document.documentElement.classList.add("scripted");
  const focus = document.querySelector("[data-focus]");
  if (focus) focus.focus();

  for (const form of document.querySelectorAll("form[data-edit]")) {
    const apply = () => {
      const choice = form.querySelector("input[name=connection]:checked");
      for (const part of form.querySelectorAll("[data-when]")) {
        part.hidden = Boolean(choice) && !part.dataset.when.split(" ").includes(choice.value);
      }
      const login = form.querySelector("[name=c_authentication]");
      for (const part of form.querySelectorAll("[data-only-for]")) {
        part.hidden = Boolean(login) && !part.dataset.onlyFor.split(" ").includes(login.value);
      }
    };
    form.addEventListener("change", apply);
    apply();
  }

  // Each line of the answer is one piece of HTML that the server has made and escaped: rows, then the verdict.
  const stream = async (button, form, live) => {
    const body = live.querySelector("tbody");
    const verdict = live.querySelector("[data-verdict]");
    body.replaceChildren();
    verdict.className = "";
    verdict.textContent = "Looking …";
    live.hidden = false;
    live.scrollIntoView({ block: "nearest" });
    button.disabled = true;
    const put = (line) => {
      if (line.startsWith("<tr")) body.insertAdjacentHTML("beforeend", line);
      else if (line.startsWith("<p")) verdict.outerHTML = line;
    };
    try {
      const answer = await fetch(button.getAttribute("formaction") || form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-Lines": "1" },
      });
      if (!answer.ok || !answer.headers.get("x-lines")) throw new Error(String(answer.status));
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        lines.forEach(put);
      }
      put(rest);
    } catch (error) {
      const told = live.querySelector("[data-verdict]");
      told.className = "failed";
      told.textContent = `The answer broke off (${error.message}). Look at the fields, then try again.`;
    } finally {
      button.disabled = false;
      live.querySelector("[data-verdict]").scrollIntoView({ block: "nearest" });
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-check]");
    const live = button && document.querySelector("[data-live]");
    if (!live) return;
    event.preventDefault();
    stream(button, button.form, live);
  });
})();
