// Counting at the dock. The count lives here until it is booked; the server has a draft of it, which others see and
// another device goes on with. What is here holds: nothing that comes from outside changes a number unasked.
"use strict";
(() => {
  const form = document.getElementById("count");
  const { kept, scanned } = form.dataset;
  const { key, turn, device, takes } = Object.fromEntries(["key", "turn", "device", "takes", "last"].map((name) => [name, form.elements.namedItem(name)]));
  const field = document.getElementById("code");
  const undo = document.getElementById("undo");
  const unknown = document.getElementById("unknown");
  const since = document.getElementById("since");
  const around = document.getElementById("meanwhile");
  const lines = [...form.querySelectorAll("[data-line]")];
  const inputs = [...form.querySelectorAll(".counts input")];
  const good = (line) => line.querySelector("input[name^='good:']");
  const scans = [];
  const WEEK = 7 * 24 * 3600 * 1000;

  // What is kept in this browser: the count, the key it is booked with, and when it was last changed.
  const read = (name) => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } };
  const write = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* A private window keeps nothing. */ } };
  device.value = read("device") ?? [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join("");
  write("device", device.value);
  const counts = () => Object.fromEntries(inputs.filter((input) => input.value).map((input) => [input.name, input.value]));
  const isSame = (one, other) => {
    const units = (of) => JSON.stringify(Object.entries(of).filter(([name, value]) => !name.startsWith("why:") && Number(value)).sort());
    return units(one) === units(other);
  };
  const keep = () => {
    turn.value = Math.max(Date.now(), Number(turn.value) + 1);
    write(kept, { key: key.value, turn: turn.value, counts: counts() });
  };
  const show = () => {
    let units = 0;
    for (const line of lines) {
      units += Number(good(line).value);
      line.classList.toggle("is-over", Number(good(line).value) > Number(line.dataset.outstanding));
    }
    document.getElementById("sum").textContent = units || "";
    undo.hidden = !scans.length;
  };
  const fill = (values) => { for (const input of inputs) input.value = values[input.name] ?? ""; scans.length = 0; show(); };
  const changed = (line) => {
    for (const other of lines) other.classList.toggle("is-last", other === line);
    if (line) form.elements.last.value = line.dataset.line;
    show();
    keep();
    form.dispatchEvent(new CustomEvent("counted"));
  };
  const add = (line, by) => {
    good(line).value = Math.max(Number(good(line).value || 0) + by, 0) || "";
    changed(line);
  };

  // A scan counts one, or says why not.
  const say = (text, links) => {
    unknown.querySelector("p").textContent = text;
    unknown.querySelector(".acts").replaceChildren(...links);
    unknown.hidden = false;
    window.buzz([60, 60, 60]);
  };
  const link = (href, text) => Object.assign(document.createElement("a"), { className: "button", href, textContent: text });
  window.takesScans(async (code) => {
    const line = lines.find((one) => one.dataset.codes.split("\n").includes(code.toLowerCase()));
    if (line) {
      unknown.hidden = true;
      scans.push(line);
      window.buzz(40);
      add(line, 1);
      line.scrollIntoView({ block: "nearest" });
      return;
    }
    const attach = document.getElementById("attach");
    let known = { sku: "", elsewhere: [] };
    try { known = await (await fetch(`${form.dataset.what}?code=${encodeURIComponent(code)}`)).json(); } catch { /* No connection: it is unknown until there is one. */ }
    const links = known.elsewhere.map((number) => link(`/receiving/${encodeURIComponent(number)}?count=${encodeURIComponent(known.sku)}`, number));
    attach.hidden = Boolean(known.sku);
    if (known.sku) say(unknown.dataset.other.replace("%s", known.sku), [...links, link(`/receiving/blind?sku=${encodeURIComponent(known.sku)}`, known.sku)]);
    else { say(unknown.dataset.none.replace("%s", code), links); attach.elements.barcode.value = code; unknown.append(attach); }
  });
  form.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) add(step.closest("[data-line]"), Number(step.dataset.step));
  });
  form.addEventListener("input", (event) => { if (event.target.closest(".counts")) changed(event.target.closest("[data-line]")); });
  undo.addEventListener("click", () => { const line = scans.pop(); if (line) add(line, -1); });
  form.addEventListener("submit", (event) => {
    keep();
    if (!navigator.onLine && !event.submitter?.matches("[data-reads]")) { event.preventDefault(); event.stopImmediatePropagation(); say(form.dataset.offline ?? "", []); }
  }, true);

  // What others do meanwhile: who counts, too; my own count on another device; what was booked.
  let shown = around.innerHTML, isFilled = false, isUnasked = false;
  const ask = () => {
    const other = document.getElementById("elsewhere");
    if (!other) return;
    if (other.dataset.device === device.value) { takes.value = ""; isFilled = isUnasked = false; other.hidden = true; return; }
    const theirs = JSON.parse(other.dataset.counts), here = counts(), is = isSame(theirs, here);
    // What is the same or nothing is gone on with unasked; as soon as it is something else, it is asked about after all.
    if (is || isSame(theirs, {})) { isUnasked ||= !takes.value; takes.value = other.dataset.device; }
    else if (isUnasked) { isUnasked = false; takes.value = ""; }
    other.hidden = !isFilled && takes.value === other.dataset.device;
    other.querySelector("[data-takes=here]").hidden = is || isSame(here, {});
    other.querySelector("[data-takes=nothing]").hidden = !is && !isSame(here, {});
  };
  const tell = (note, isQuiet) => {
    const booked = JSON.parse(note.dataset.counts), isMine = "own" in note.dataset && isSame(booked, counts());
    if (isMine) fill({});
    if (isMine && isQuiet) return;
    for (const part of note.querySelectorAll(".same")) part.hidden = !isMine;
    for (const part of note.querySelectorAll(".other")) part.hidden = isMine || (part.matches("button, small") && isSame(counts(), {}));
    if (isMine || isSame(counts(), {})) note.querySelector("[data-dismisses]").hidden = true;
    if (!since.querySelector(`[data-receipt="${note.dataset.receipt}"]`)) since.append(note);
    window.buzz([60, 60, 60]);
  };
  const meet = (fresh, isQuiet) => {
    const outstanding = JSON.parse(fresh.dataset.outstanding), notes = [...fresh.querySelectorAll("[data-receipt]")];
    for (const line of lines) {
      const now = String(outstanding[line.dataset.line] ?? 0), of = line.querySelector(".of");
      if (now !== line.dataset.outstanding) { of.textContent = of.textContent.replace(/\d[\d.,\s]*/, now); line.dataset.outstanding = now; }
    }
    document.getElementById("to-come").textContent = fresh.dataset.toCome;
    for (const note of notes) { note.remove(); tell(note, isQuiet); }
    if (fresh.innerHTML !== shown) { shown = fresh.innerHTML; around.replaceChildren(...fresh.childNodes); }
    show();
    if (fresh.dataset.key !== key.value) { key.value = fresh.dataset.key; changed(); }
    ask();
  };
  const look = async (isQuiet) => {
    if (document.hidden && !isQuiet) return;
    const asked = key.value;
    try {
      const answer = await fetch(`${form.dataset.meanwhile}?key=${encodeURIComponent(asked)}`, { credentials: "same-origin" });
      const fresh = answer.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("meanwhile");
      if (fresh && asked === key.value) meet(fresh, isQuiet === true); // Else another look, which came back first, has told it.
    } catch { /* No connection: the next look may have one. */ }
  };
  form.addEventListener("look", () => look());
  form.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (takes.value && detail.successful && !detail.xhr.getResponseHeader("HX-Trigger")) { takes.value = ""; look(); }
  });
  window.addEventListener("online", () => { changed(); look(); });
  document.addEventListener("visibilitychange", () => look());
  setInterval(look, Number(form.dataset.seconds || 5) * 1000);
  form.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-takes]")?.dataset.takes, note = event.target.closest("[data-receipt]");
    if (choice) {
      const other = document.getElementById("elsewhere");
      takes.value = other.dataset.device;
      isFilled = isUnasked = false;
      if (choice !== "here") fill(choice === "theirs" ? JSON.parse(other.dataset.counts) : {});
      changed();
      ask();
    } else if (event.target.closest("[data-takes-off]")) {
      const booked = JSON.parse(note.dataset.counts), here = counts();
      for (const [name, units] of Object.entries(booked)) if (!name.startsWith("why:")) here[name] = Math.max(Number(here[name] || 0) - Number(units), 0) || "";
      fill(here);
      changed();
      note.remove();
    } else if (event.target.closest("[data-dismisses]")) note.remove();
  });
  // Another window of this browser counts the same: both show it.
  window.addEventListener("storage", (event) => {
    const there = event.key === kept && read(kept);
    if (there && there.key === key.value) { turn.value = there.turn; fill(there.counts); }
  });

  // What was counted before: here, or else on another device, or else what the server was told by a form.
  const local = read(kept), other = document.getElementById("elsewhere");
  const isOwn = local && Date.now() - Number(local.turn) < WEEK && (Object.keys(local.counts).length || other?.dataset.device === device.value);
  if (local) turn.value = local.turn;
  if ("refused" in form.dataset) keep();
  else {
    const drawnUp = other ? JSON.parse(other.dataset.counts) : {};
    isFilled = !isOwn && other && other.dataset.device !== device.value && !isSame(drawnUp, {});
    fill(isOwn ? local.counts : drawnUp);
    if (isFilled) takes.value = other.dataset.device;
  }
  ask();
  const isBehind = isOwn && local.key !== key.value && !("refused" in form.dataset);
  const first = () => {
    const line = scanned && lines.find((one) => one.dataset.line === scanned);
    if (line) { scans.push(line); add(line, 1); history.replaceState(null, "", location.pathname); }
    else if (lines.some((one) => good(one).value)) changed(lines.find((one) => good(one).value));
    else show();
  };
  if (isBehind) { key.value = local.key; look(true).then(first); } else first();
  field.focus({ preventScroll: true });
})();
