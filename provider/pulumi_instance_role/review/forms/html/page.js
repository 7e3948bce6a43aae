"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  // Light and dark: the system's choice until somebody makes another.
  const theme = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const say = () => { theme.textContent = dark() ? theme.dataset.light : theme.dataset.dark; };
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; say(); });
  system.addEventListener("change", say);
  say();
  theme.hidden = false;

  // The filter: words that must all be there, the severity of what was found about an item, changes only.
  const form = byId("filter");
  const [text, severity, changed, shown] = ["text", "severity", "changed", "shown"].map(byId);
  const fold = (value) => value.toLowerCase().replace(/\s+/g, " ");
  const items = [...document.querySelectorAll("[data-item]")].map((element) => ({
    element,
    text: fold(element.textContent),
    severity: Number(element.dataset.severity),
    changed: "changed" in element.dataset,
  }));
  const apply = () => {
    const words = fold(text.value).split(" ").filter(Boolean);
    const worst = Number(severity.value);
    let count = 0;
    for (const item of items) {
      const wanted = item.severity <= worst && (item.changed || !changed.checked)
        && words.every((word) => item.text.includes(word));
      item.element.hidden = !wanted;
      count += wanted;
    }
    shown.textContent = shown.dataset.text.replace("{number}", count).replace("{all}", items.length);
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => { setTimeout(() => { apply(); text.focus(); }); });
  form.hidden = false;
  apply(); // a browser may remember what was typed before a reload

  // On paper nothing can be unfolded.
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details")) one.open = true;
  });
})();
