// Three ways in for a code: a scanner, wherever the focus is; the field; and a photo. All of them go the same way.
"use strict";
// A browser lets no page vibrate that nobody has touched yet.
window.buzz = (pattern) => { if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern); };
window.takesScans = (scan) => {
  const field = document.getElementById("code");
  const help = document.getElementById("code-help");
  const photo = document.getElementById("photo");
  const take = (read) => { const code = read.trim(); if (code) scan(code); };
  onorderWedge(take, { field });
  document.getElementById("count-one")?.addEventListener("click", () => { const typed = field.value; field.value = ""; take(typed); field.focus(); });

  // A photo is made small here, for the way from the dock may be slow, and read by the server.
  const smaller = async (file) => {
    try {
      const picture = await createImageBitmap(file);
      const by = Math.min(1, 1600 / Math.max(picture.width, picture.height));
      const canvas = Object.assign(document.createElement("canvas"), { width: picture.width * by, height: picture.height * by });
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return await new Promise((done) => canvas.toBlob((made) => done(made ?? file), "image/jpeg", 0.85));
    } catch { return file; /* A kind of picture that this browser does not know: the server may. */ }
  };
  const say = (text) => { help.textContent = text; help.setAttribute("role", "status"); };
  const reads = document.querySelector("[data-reads]");
  if (reads) reads.hidden = true;
  photo?.addEventListener("change", async () => {
    const [file] = photo.files;
    if (!file) return;
    say(photo.dataset.reading);
    try {
      const sent = new FormData();
      sent.set("csrfmiddlewaretoken", photo.form.elements.csrfmiddlewaretoken.value);
      sent.set("photo", await smaller(file), "photo.jpg");
      const answer = await fetch(reads.formAction, { method: "POST", body: sent, headers: { Accept: "application/json" }, credentials: "same-origin" });
      const { code, problem } = await answer.json();
      say(problem ?? code);
      if (code) scan(code); else window.buzz([60, 60, 60]);
    } catch { say(photo.dataset.offline); }
    photo.value = "";
  });
};
// A page that opens what was scanned: its form takes it.
{
  const opens = document.querySelector("form[data-opens]");
  if (opens) window.takesScans((code) => { opens.elements.code.value = code; opens.requestSubmit(); });
}
