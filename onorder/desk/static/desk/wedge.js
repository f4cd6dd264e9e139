// A keyboard-wedge scanner types faster than anybody, and ends with Enter: a burst is taken wherever the focus is.
"use strict";
// `onScan(code)` gets each scan. What is typed in `field` and ended with Enter counts as one, too, unless `onEnter(value)`
// takes it. Another field that is typed in is left alone.
window.onorderWedge = (onScan, { field = null, onEnter = onScan } = {}) => {
  const APART = 100; // Milliseconds between two keys of a scanner, at the most: a slow wireless one takes 70.
  const TYPED = 50; // In the field, where people type quickly, too.
  const QUIET = 300; // For so long after a scan, Enter is its second line end, and presses nothing.
  let burst = "", before = 0, scanned = -QUIET;
  document.addEventListener("keydown", (event) => {
    const inField = field !== null && event.target === field;
    const elsewhere = !inField && event.target.closest?.("input:not([type=checkbox], [type=radio], [type=file]), textarea, select");
    if (event.ctrlKey || event.metaKey || event.altKey || elsewhere || document.querySelector("dialog[open]")) return;
    if (event.timeStamp - before > (inField ? TYPED : APART)) burst = "";
    before = event.timeStamp;
    const take = () => { event.preventDefault(); event.stopImmediatePropagation(); };
    if (event.key === "Enter") {
      const isScan = burst.length > 2, code = inField && !isScan ? field.value : burst;
      burst = "";
      if (!isScan && event.timeStamp - scanned < QUIET) { take(); return; }
      if (!isScan && !inField) return;
      take();
      if (inField) field.value = isScan ? field.value.slice(0, -code.length) : "";
      if (isScan) { scanned = event.timeStamp; onScan(code); } else onEnter(code);
    } else if (event.key.length === 1) {
      burst += event.key;
      scanned = -QUIET;
      if (burst.length > 2 && !inField) take();
    }
  }, true);
};
