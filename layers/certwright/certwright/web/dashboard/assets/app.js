"use strict";

// What pages do beyond links and forms: copy, refresh themselves while something is under way, open dialogs.
// Every page works without this file, but for copying and refreshing.

const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("certwright", { createHTML: (page) => page })
  : { createHTML: (page) => page };

document.documentElement.classList.add("js");

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-copy], [data-opens], [data-closes]");
  if (!pressed) return;
  if (pressed.dataset.copy !== undefined) copy(pressed);
  if (pressed.dataset.closes !== undefined) pressed.closest("dialog").close();
  const dialog = pressed.dataset.opens && document.getElementById(pressed.dataset.opens);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  }
});

async function copy(button) {
  const shown = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
    button.classList.add("done");
    say("Copied");
  } catch {
    button.textContent = "Select and copy by hand";
  }
  setTimeout(() => {
    button.textContent = shown;
    button.classList.remove("done");
  }, 1600);
}

function say(sentence) {
  document.getElementById("announcer").textContent = sentence;
}

// --- choosing rows, and filters that apply at once

document.addEventListener("change", (event) => {
  const changed = event.target;
  if (changed.dataset.submits !== undefined) changed.form.requestSubmit();
  const rows = changed.closest("form.bulk-form");
  if (!rows) return;
  const boxes = [...rows.querySelectorAll("tbody [name=id]")];
  if (changed.dataset.selectsAll !== undefined) boxes.forEach((box) => (box.checked = changed.checked));
  const chosen = boxes.filter((box) => box.checked).length;
  rows.querySelector("[data-selected]").textContent = chosen === 1 ? "1 selected" : `${chosen} selected`;
});

// --- pages that move by themselves: the page is asked for again, and the regions that changed are replaced

function seconds() {
  return Number(document.getElementById("content").dataset.live || 0);
}

function isInUse(region) {
  const active = document.activeElement;
  return (region.contains(active) && active.matches("input, textarea, select")) || region.querySelector(":checked, dialog[open]");
}

function replaceRegions(fresh) {
  for (const region of document.querySelectorAll("[data-region]")) {
    const next = fresh.getElementById(region.id);
    if (!next || next.innerHTML === region.lastMarkup || isInUse(region)) continue;
    const open = [...region.querySelectorAll("details[open][id]")].map((item) => item.id);
    const focused = region.contains(document.activeElement) && document.activeElement.id;
    region.lastMarkup = next.innerHTML;
    region.replaceChildren(...next.cloneNode(true).childNodes);
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    if (focused) document.getElementById(focused)?.focus();
  }
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { "x-requested-by": "live" }, redirect: "manual" });
  if (!answer.ok) {
    // Signed out, or gone: the page that says so takes this one's place.
    if (answer.type === "opaqueredirect" || answer.status === 404) location.reload();
    return;
  }
  const fresh = new DOMParser().parseFromString(policy.createHTML(await answer.text()), "text/html");
  const said = document.querySelector("[data-announced]")?.textContent;
  replaceRegions(fresh);
  const now = document.querySelector("[data-announced]")?.textContent;
  if (now && now !== said) say(now);
  document.title = fresh.title;
  document.getElementById("content").dataset.live = fresh.getElementById("content").dataset.live || "";
}

async function keepFresh() {
  while (seconds()) {
    await new Promise((done) => setTimeout(done, seconds() * 1000));
    if (document.hidden || document.querySelector("dialog[open]")) continue;
    try {
      await refresh();
    } catch {
      // The network is away: the next round may find it again.
    }
  }
}

document.addEventListener("DOMContentLoaded", () => {
  for (const region of document.querySelectorAll("[data-region]")) region.lastMarkup = region.innerHTML;
  keepFresh();
  explain();
});

// --- the form for a new certificate says what will happen while it is filled in

function explain() {
  const form = document.querySelector("[data-explains] form");
  if (!form) return;
  const place = document.getElementById("told");
  let waiting = 0;
  let asked = 0;
  const ask = async () => {
    const mine = ++asked;
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch("/certificates/explain", { method: "POST", body, headers: { "x-requested-by": "live" } });
    if (!answer.ok || mine !== asked) return;
    const fresh = new DOMParser().parseFromString(policy.createHTML(await answer.text()), "text/html");
    place.replaceChildren(...fresh.body.childNodes);
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => ask().catch(() => undefined), 350);
  });
}

// --- the zones' states, each looked at from here because a look takes a second or two

document.addEventListener("DOMContentLoaded", async () => {
  for (const place of [...document.querySelectorAll("[data-state-of]")].slice(0, 20)) {
    try {
      const answer = await fetch(place.dataset.stateOf, { headers: { "x-requested-by": "live" }, redirect: "manual" });
      if (!answer.ok) continue;
      const fresh = new DOMParser().parseFromString(policy.createHTML(await answer.text()), "text/html");
      place.replaceChildren(...fresh.querySelector("[data-announced]").childNodes);
      place.closest("section").querySelector("[data-chain-of]").replaceChildren(fresh.querySelector("[data-the-chain]"));
    } catch {
      // The state is a click away on the zone's own page.
    }
  }
});
