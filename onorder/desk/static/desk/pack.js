// Packing: each scan puts a unit into the parcel; when all are in, the next scan is the carrier's label.
"use strict";
(() => {
  // Parcels: a scan opens the parcel, wherever the focus is.
  const find = document.getElementById("find");
  if (find) { onorderWedge((code) => { find.elements.code.value = code; find.requestSubmit(); }, { field: find.elements.code }); return; }
  const form = document.getElementById("pack");
  if (!form) return;
  const field = document.getElementById("tracking");
  const label = form.querySelector(".scan label"), help = form.querySelector(".scan .help");
  const said = document.getElementById("said"), wrong = document.getElementById("wrong");
  const items = [...form.querySelectorAll("[data-item]")];
  const tick = (item) => item.querySelector("[name=packed]");
  const of = (item) => Number(item.dataset.units);
  const words = form.dataset, kept = `pack:${words.order}:${items.map((item) => `${item.dataset.item}=${of(item)}`)}`;
  const fill = (text, ...values) => values.reduce((filled, value) => filled.replace("%s", () => value), text);
  let isFull = false;

  const quiet = () => { wrong.hidden = true; };
  const warn = (text, url) => {
    wrong.querySelector("p").textContent = text;
    wrong.querySelector(".acts").replaceChildren(...(url ? [Object.assign(document.createElement("a"), { className: "button", href: url, textContent: words.open })] : []));
    wrong.hidden = false;
    navigator.vibrate?.([60, 60, 60]);
  };
  const show = (last) => {
    const packed = items.reduce((sum, item) => sum + Number(item.dataset.packed), 0);
    for (const item of items) {
      const n = Number(item.dataset.packed);
      item.querySelector(".n").textContent = n;
      tick(item).checked = n === of(item);
      item.classList.toggle("is-full", n === of(item));
      item.classList.toggle("is-last", item === last);
    }
    const all = items.reduce((sum, item) => sum + of(item), 0);
    const wasFull = isFull;
    isFull = packed === all;
    said.querySelector("strong").textContent = packed;
    said.querySelector("b").textContent = isFull ? words.full : last ? last.dataset.product : "";
    said.classList.toggle("is-full", isFull);
    label.textContent = isFull ? words.track : words.scan;
    help.textContent = isFull ? words.trackHelp : words.scanHelp;
    if (isFull && !wasFull) { quiet(); field.value = words.tracking; form.querySelector(".scan").scrollIntoView({ block: "nearest" }); form.querySelector(".book .ink").focus({ preventScroll: true }); }
    if (wasFull && !isFull) field.value = "";
    try { sessionStorage.setItem(kept, JSON.stringify(items.map((item) => Number(item.dataset.packed)))); } catch { /* A private window keeps nothing. */ }
  };
  const what = async (code) => {
    try { return await (await fetch(`${words.what}?code=${encodeURIComponent(code)}`)).json(); } catch { return { order: "", product: "" }; /* No connection: nobody knows. */ }
  };
  const scan = async (read) => {
    const code = read.trim();
    if (!code) return;
    const item = items.find((one) => one.dataset.codes.split("\n").includes(code.toLowerCase()));
    if (item && Number(item.dataset.packed) < of(item)) {
      item.dataset.packed = Number(item.dataset.packed) + 1;
      quiet();
      navigator.vibrate?.(40);
      item.scrollIntoView({ block: "nearest" });
      show(item);
    } else if (item) warn(fill(words.over, item.dataset.product, of(item)));
    else if (isFull && field.value === code) form.requestSubmit(); // The same label once more.
    else {
      const known = await what(code);
      if (known.product) warn(fill(words.other, known.product));
      else if (known.order === words.order) quiet();
      else if (known.order) warn(fill(words.otherOrder, known.order), `${words.parcels}/${encodeURIComponent(known.order)}`);
      else if (!isFull) warn(fill(words.other, code));
      else { quiet(); field.value = code; navigator.vibrate?.(40); form.querySelector(".book .ink").focus({ preventScroll: true }); }
    }
  };
  onorderWedge(scan, { field, onEnter: (typed) => { if (!isFull) scan(typed); else { field.value = typed; form.requestSubmit(); } } });

  form.addEventListener("change", (event) => {
    const item = event.target.matches("[name=packed]") && event.target.closest("[data-item]");
    if (item) { item.dataset.packed = event.target.checked ? of(item) : 0; show(item); }
  });
  form.addEventListener("submit", (event) => {
    const missing = items.filter((item) => Number(item.dataset.packed) < of(item));
    if (missing.length) warn(fill(words.missing, missing.map((item) => `${of(item) - Number(item.dataset.packed)} × ${item.dataset.product}`).join(", ")));
    else if (!navigator.onLine) warn(words.offline);
    else { sessionStorage.removeItem(kept); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // The field stands on top where there is a script: first everything is scanned, then the label.
  form.querySelector(".counts").before(form.querySelector(".scan"));
  try {
    for (const [n, few] of JSON.parse(sessionStorage.getItem(kept) || "[]").entries()) items[n].dataset.packed = Math.max(few, Number(items[n].dataset.packed));
  } catch { /* Nothing was kept. */ }
  show();
})();
