// Counting at the dock: a scanner works wherever the focus is; the count lives here until it is booked.
"use strict";
(() => {
  const form = document.getElementById("count");
  const kept = `count:${form.dataset.key}`;
  const field = document.getElementById("code");
  const undo = document.getElementById("undo");
  const unknown = document.getElementById("unknown");
  const lines = [...form.querySelectorAll("[data-line]")];
  const good = (line) => line.querySelector("input[name^='good:']");
  const scans = [];

  const keep = () => {
    const counts = {};
    for (const input of form.querySelectorAll(".counts input")) if (input.value) counts[input.name] = input.value;
    try { localStorage.setItem(kept, JSON.stringify(counts)); } catch { /* A private window keeps nothing. */ }
  };
  const changed = (line) => {
    for (const other of lines) other.classList.toggle("is-last", other === line);
    if (line) {
      form.elements.last.value = line.dataset.line;
      line.classList.toggle("is-over", Number(good(line).value) > Number(line.dataset.outstanding));
    }
    undo.hidden = !scans.length;
    keep();
    form.dispatchEvent(new CustomEvent("counted"));
  };
  const add = (line, by) => {
    good(line).value = Math.max(Number(good(line).value || 0) + by, 0) || "";
    changed(line);
  };
  const say = (text, links) => {
    unknown.querySelector("p").textContent = text;
    unknown.querySelector(".acts").replaceChildren(...links);
    unknown.hidden = false;
    navigator.vibrate?.([60, 60, 60]);
  };
  const scan = async (code) => {
    const read = code.trim().toLowerCase();
    if (!read) return;
    const line = lines.find((one) => one.dataset.codes.split("\n").includes(read));
    if (line) {
      unknown.hidden = true;
      scans.push(line);
      navigator.vibrate?.(40);
      add(line, 1);
      line.scrollIntoView({ block: "nearest" });
      return;
    }
    const attach = document.getElementById("attach");
    const ask = () => { attach.elements.barcode.value = code.trim(); attach.hidden = false; unknown.append(attach); };
    let known = { sku: "", elsewhere: [] };
    try { known = await (await fetch(`${form.dataset.what}?code=${encodeURIComponent(code.trim())}`)).json(); } catch { /* No connection: it is unknown until there is one. */ }
    const links = known.elsewhere.map((number) => Object.assign(document.createElement("a"), { className: "button", href: `/receiving/${encodeURIComponent(number)}?count=${encodeURIComponent(known.sku)}`, textContent: number }));
    if (known.sku) {
      attach.hidden = true;
      say(unknown.dataset.other.replace("%s", known.sku), [...links, Object.assign(document.createElement("a"), { className: "button", href: `/receiving/blind?sku=${encodeURIComponent(known.sku)}`, textContent: known.sku })]);
    } else { say(unknown.dataset.none.replace("%s", code.trim()), links); ask(); }
  };

  // A scanner types faster than anybody, and ends with Enter. In another field it is left alone.
  let burst = "", before = 0;
  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target !== field && event.target.closest?.("input, textarea, select");
    if (event.ctrlKey || event.metaKey || event.altKey || elsewhere || document.querySelector("dialog[open]")) return;
    if (event.target === field) {
      if (event.key === "Enter") { event.preventDefault(); event.stopImmediatePropagation(); const code = field.value; field.value = ""; scan(code); }
      return;
    }
    if (event.timeStamp - before > 50) burst = "";
    before = event.timeStamp;
    if (event.key === "Enter" && burst.length > 2) { event.preventDefault(); event.stopImmediatePropagation(); scan(burst); burst = ""; }
    else if (event.key.length === 1) { burst += event.key; if (burst.length > 2) event.stopImmediatePropagation(); }
  }, true);
  document.getElementById("count-one").addEventListener("click", () => { const code = field.value; field.value = ""; scan(code); field.focus(); });
  form.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) add(step.closest("[data-line]"), Number(step.dataset.step));
  });
  form.addEventListener("input", (event) => { if (event.target.closest(".counts")) changed(event.target.closest("[data-line]")); });
  undo.addEventListener("click", () => { const line = scans.pop(); if (line) add(line, -1); });
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) { event.preventDefault(); event.stopImmediatePropagation(); say(form.dataset.offline ?? "", []); }
  }, true);

  // What was counted before the page was loaded again.
  try {
    const counts = JSON.parse(localStorage.getItem(kept) || "{}");
    if (!form.querySelector("[role=alert]:not([hidden])")) for (const [name, value] of Object.entries(counts)) {
      const input = form.elements.namedItem(name);
      if (input && Number(value) > Number(input.value || 0)) input.value = value;
    }
    for (const key of Object.keys(localStorage)) if (key.startsWith("count:dock:") && key !== kept && key.split(":")[2] === form.dataset.key.split(":")[1]) localStorage.removeItem(key);
  } catch { /* Nothing was kept. */ }
  if (lines.some((line) => good(line).value)) changed(lines.find((line) => good(line).value));
  field.focus({ preventScroll: true });
})();
