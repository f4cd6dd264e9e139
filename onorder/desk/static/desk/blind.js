// Goods that nobody ordered, by scanner: each scan adds a row, or counts one more in the row that has it.
"use strict";
(() => {
  const form = document.getElementById("blind");
  const rows = form.querySelector(".blind");
  const last = document.getElementById("counted");
  const called = new Map(); // What each code turned out to be.
  const all = () => [...rows.querySelectorAll(".pair")];
  const sku = (row) => row.querySelector("[name=sku]");
  const units = (row) => row.querySelector("[name=units]");
  const show = () => { document.getElementById("sum").textContent = all().reduce((sum, row) => sum + (sku(row).value.trim() ? Number(units(row).value) : 0), 0) || ""; };
  const empty = () => {
    const free = all().find((row) => !sku(row).value.trim() && !units(row).value);
    if (free) return free;
    const row = all().at(-1).cloneNode(true), place = all().length + 1;
    for (const input of row.querySelectorAll("input")) { input.value = ""; input.id = `${input.name}-${place}`; input.previousElementSibling.htmlFor = input.id; }
    row.querySelector("small").textContent = "";
    rows.append(row);
    return row;
  };
  const rowOf = (code) => {
    const names = [code, called.get(code.toLowerCase())?.sku].filter(Boolean).map((name) => name.toLowerCase());
    return all().find((row) => names.includes(sku(row).value.trim().toLowerCase()) || names.includes(row.dataset.sku?.toLowerCase()));
  };
  const count = (row) => {
    last.hidden = false;
    last.querySelector("strong").textContent = units(row).value;
    last.querySelector("b").textContent = row.querySelector("small").textContent || sku(row).value;
    for (const other of all()) other.classList.toggle("is-last", other === row);
    row.scrollIntoView({ block: "nearest" });
    show();
  };
  const name = async (row, code) => {
    let found;
    try { found = await (await fetch(`${form.dataset.what}?code=${encodeURIComponent(code)}`)).json(); } catch { return; /* No connection: booking it says what it is. */ }
    if (sku(row).value !== code) return;
    row.classList.toggle("wrong", !found.sku);
    row.dataset.sku = found.sku;
    row.querySelector("small").textContent = found.sku ? found.product : form.dataset.none.replace("%s", code);
    if (!found.sku) { window.buzz([60, 60, 60]); count(row); return; }
    called.set(code.toLowerCase(), found);
    sku(row).value = found.sku;
    // The same thing was scanned by another of its codes before.
    const twin = all().find((other) => other !== row && sku(other).value.trim().toLowerCase() === found.sku.toLowerCase());
    if (!twin) { count(row); return; }
    units(twin).value = Number(units(twin).value) + Number(units(row).value);
    twin.querySelector("small").textContent ||= found.product;
    for (const input of row.querySelectorAll("input")) input.value = "";
    row.querySelector("small").textContent = "";
    delete row.dataset.sku;
    count(twin);
  };
  window.takesScans((code) => {
    window.buzz(40);
    const known = rowOf(code), row = known ?? empty();
    if (!known) sku(row).value = code;
    units(row).value = Number(units(row).value) + 1;
    count(row);
    if (!known) name(row, code);
  });
  form.addEventListener("input", ({ target }) => {
    if (target.name === "sku") { const row = target.closest(".pair"); row.classList.remove("wrong"); row.querySelector("small").textContent = ""; delete row.dataset.sku; }
    show();
  });
  form.querySelector(".scan").hidden = false;
  document.getElementById("code").focus({ preventScroll: true });
  show();
})();
