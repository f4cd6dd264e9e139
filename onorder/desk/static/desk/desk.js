// The desk's keys, dialogs and live parts. Everything here is also a plain link or form.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const isTyping = (element) => element?.closest("input, textarea, select, [contenteditable]") != null;
  const isShown = (element) => element.getClientRects().length > 0;

  // Dialogs: a link that asks first is opened in place; without script it is a page of its own.
  const dialog = $("#dialog");
  let opener = null;
  const showPart = async (url) => {
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) { location.assign(url); return; }
    opener = document.activeElement;
    dialog.innerHTML = await answer.text();
    window.htmx?.process(dialog);
    const title = $("h1, h2", dialog);
    if (title) title.id = "dialog-title";
    dialog.showModal();
  };
  dialog?.addEventListener("close", () => { dialog.replaceChildren(); opener?.focus(); opener = null; });

  // Rows: a link in a row opens what it leads to below the row; without script it is a page of its own.
  const below = (link) => { const next = link.closest("tr").nextElementSibling; return next?.matches(".opened-row") ? next : null; };
  const fill = async (link, row) => {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) { location.assign(link.href); return; }
    const text = await answer.text();
    if (row.contains(document.activeElement) || $("dialog[open]")) return;
    row.firstChild.innerHTML = text;
  };
  const putBelow = (link, row) => { link.closest("tr").after(row); link.setAttribute("aria-expanded", "true"); };
  const openOrClose = async (link) => {
    const open = below(link);
    if (open) { open.remove(); link.setAttribute("aria-expanded", "false"); link.focus(); return; }
    const row = document.createElement("tr");
    row.className = "opened-row";
    row.append(document.createElement("td"));
    row.firstChild.colSpan = link.closest("tr").cells.length;
    await fill(link, row);
    if (!below(link)) putBelow(link, row);
  };

  document.addEventListener("click", (event) => {
    const asks = event.target.closest("a[data-asks]");
    if (asks && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); showPart(asks.href); return; }
    const shows = event.target.closest("[data-shows]");
    if (shows) { $("#" + shows.dataset.shows).showModal(); return; }
    const opens = event.target.closest("a[data-opens]");
    if (opens && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); openOrClose(opens); return; }
    if (event.target.closest("[data-closes]")) {
      const inDialog = event.target.closest("dialog");
      if (inDialog) { event.preventDefault(); inDialog.close(); } else event.target.closest(".toast")?.remove();
      return;
    }
    if (event.target instanceof HTMLDialogElement) event.target.close();
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // A form that was sent is not sent again by a second click.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
  document.addEventListener("change", (event) => { if (event.target.matches("[data-submits]")) event.target.form.requestSubmit(); });

  // Keys.
  const rows = () => [...document.querySelectorAll("[data-row], .rows tbody th > a:first-of-type, .rows tbody td:first-child > a:first-of-type")].filter(isShown);
  const move = (by) => {
    const all = rows();
    if (!all.length) return;
    const here = all.findIndex((row) => row === document.activeElement || row.closest("tr, article")?.contains(document.activeElement));
    const next = all[Math.min(Math.max(here + by, 0), all.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  let afterG = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const root = $("dialog[open]") ?? document;
      const ink = (isTyping(event.target) && $("button.ink", event.target.form ?? root)) || $("main button.ink, main .button.ink, dialog[open] button.ink", root.parentNode ?? root);
      if (ink) { event.preventDefault(); ink.click(); }
      return;
    }
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
      if ($("dialog[open]")) return;
      const row = event.target.closest?.("tr");
      const opener = $("a[data-opens][aria-expanded=true]", row?.matches(".opened-row") ? row.previousElementSibling : row ?? document.createElement("i"));
      if (opener) { openOrClose(opener); return; }
      if (isTyping(event.target) && !event.target.closest("dialog")) { event.target.blur(); $("#main")?.focus(); }
      return;
    }
    if (document.body.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || $("dialog[open]")) return;
    if (afterG && performance.now() - afterG < 1500) {
      afterG = 0;
      const link = $(`.side a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (event.key === "g") afterG = performance.now();
    else if (event.key === "/") { event.preventDefault(); $("#search")?.focus(); $("#search")?.select(); }
    else if (event.key === "?") $("#keys")?.showModal();
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "u") $(".toast button[data-key=u]")?.click();
  });

  // Live: a page asks every few seconds whether something happened; if so, its live part is fetched again, unless
  // somebody works in it: what is typed, and an open dialog, stay.
  const live = $("[data-live]");
  if (live) {
    let stamp = live.dataset.live;
    const isBusy = () => $("dialog[open]") || document.hidden || (isTyping(document.activeElement) && live.contains(document.activeElement))
      || [...live.querySelectorAll("input, textarea, select")].some((field) => field.type !== "hidden" && (field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : field instanceof HTMLSelectElement ? ![...field.options].every((option) => option.selected === option.defaultSelected) && field.selectedIndex > 0 : field.value !== field.defaultValue));
    const look = async () => {
      try {
        if (isBusy()) return;
        const now = await (await fetch(live.dataset.asks, { credentials: "same-origin" })).text();
        if (now === stamp || now.length > 20 || isBusy()) return;
        const answer = await fetch(location.href, { credentials: "same-origin" });
        if (!answer.ok || answer.redirected) return;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const part = $("[data-live]", fresh);
        if (!part || isBusy()) return;
        const focused = document.activeElement?.id || (document.activeElement?.getAttribute?.("href") && `[href="${CSS.escape(document.activeElement.getAttribute("href"))}"]`);
        const focusedHere = document.activeElement;
        const opened = [...live.querySelectorAll("a[data-opens][aria-expanded=true]")].map((link) => [link.getAttribute("href"), below(link)]);
        stamp = part.dataset.live;
        live.replaceChildren(...part.childNodes);
        for (const [href, row] of opened) {  // What was opened stays open, with what is the case now.
          const link = row && $(`a[data-opens][href="${CSS.escape(href)}"]`, live);
          if (link) { putBelow(link, row); fill(link, row); }
        }
        if (focusedHere !== document.body && live.contains(focusedHere)) focusedHere.focus({ preventScroll: true });
        window.htmx?.process(live);
        const again = focused && (document.getElementById(focused) ?? (focused.startsWith("[") ? $(focused, live) : null));
        if (again && document.activeElement === document.body) again.focus({ preventScroll: true });
        const side = $(".side ul", fresh);
        if (side) $(".side ul").replaceWith(side);
      } catch { /* No connection: the next look may have one. */ }
    };
    setInterval(look, Number(live.dataset.seconds || 5) * 1000);
  }
})();
