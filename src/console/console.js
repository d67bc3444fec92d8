// The console's own script. Every page works without it; with it the handle of the time bar is dragged, keys move through
// time, and times are shown in the reader's zone.
"use strict";

const inField = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;
const byId = (id) => document.getElementById(id);

// Times in the reader's zone, with UTC on hover and in print.
function localTimes(root) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const time of root.querySelectorAll("time[datetime]:not([data-utc])")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const utc = time.textContent;
    const seconds = at.getUTCSeconds() !== 0 ? { second: "2-digit" } : {};
    const full = new Intl.DateTimeFormat("en-GB", {
      day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short", ...seconds,
    });
    time.dataset.utc = utc;
    time.title = time.dateTime;
    time.textContent = full.format(at).replace(" at ", ", ");
  }
  const said = byId("zone");
  if (said) said.textContent = `Times are in your zone, ${zone}; UTC stands in the title of each.`;
}

// In print a time is the one of the record.
function swapTimes(toUtc) {
  for (const time of document.querySelectorAll("time[data-utc]")) {
    if (toUtc) { time.dataset.local = time.textContent; time.textContent = time.dataset.utc; }
    else if (time.dataset.local) time.textContent = time.dataset.local;
  }
}

// What of a page changes with the moment, in order; a page that comes takes the place of the one that is there.
const PARTS = [".banner", ".title", "#page", "footer"];
let coming = null;

async function show(url, { keepBar = false, push = true } = {}) {
  if (coming) coming.abort();
  coming = new AbortController();
  const mine = coming;
  document.documentElement.dataset.loading = "";
  try {
    const answer = await fetch(url, { signal: mine.signal, headers: { accept: "text/html" }, credentials: "same-origin" });
    if (answer.redirected && new URL(answer.url).pathname.startsWith("/console/_/")) { location.assign(answer.url); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine.signal.aborted) return;
    document.documentElement.className = page.documentElement.className;
    document.title = page.title;
    document.body.dataset.now = page.body.dataset.now || "";
    for (const part of keepBar ? PARTS : [".top", ...PARTS, ".timebar"]) replace(part, page);
    if (push) history.pushState({ moment: true }, "", answer.url);
    localTimes(document);
    if (!keepBar) bar();
  } catch (why) {
    if (why.name !== "AbortError") location.assign(url);
  } finally {
    if (coming === mine) { coming = null; delete document.documentElement.dataset.loading; }
  }
}

function replace(part, page) {
  const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
  // Whoever types in it goes on typing.
  if (old && old.matches(".top") && old.contains(document.activeElement)) return;
  if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  else if (old) old.remove();
  else if (fresh) document.querySelector("main").before(document.adoptNode(fresh));
}

// The handle: a slider over the events of the page.
function bar() {
  const strip = document.querySelector(".strip");
  if (!strip || strip.querySelector("[role=slider]")) return;
  const stops = JSON.parse(strip.dataset.stops || "[]").map(([position, share, at]) => ({ position, share, at }));
  if (stops.length === 0) return;
  // The last place is now.
  stops.push({ position: null, share: 1, at: null });
  const isPast = document.documentElement.classList.contains("past");
  const at = Number(strip.dataset.at);
  let index = stops.length - 1;
  if (isPast) index = Math.max(0, stops.findLastIndex((stop) => stop.position !== null && stop.position <= at));

  const slider = document.createElement("div");
  slider.className = "slider";
  slider.tabIndex = 0;
  slider.setAttribute("role", "slider");
  slider.setAttribute("aria-label", "Moment");
  slider.setAttribute("aria-valuemin", "0");
  slider.setAttribute("aria-valuemax", String(stops.length - 1));
  const bubble = document.createElement("output");
  bubble.className = "bubble";
  bubble.hidden = true;
  strip.append(slider, bubble);

  const words = (stop) => stop.at === null ? "now"
    : `#${stop.position} · ${new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(new Date(stop.at))}`;
  const url = (stop) => {
    const to = new URL(location.href);
    to.hash = "";
    for (const name of ["next", "who"]) to.searchParams.delete(name);
    if (stop.position === null) to.searchParams.delete("as_of"); else to.searchParams.set("as_of", stop.position);
    return to.href;
  };
  const place = (to) => {
    index = to;
    const stop = stops[index];
    const x = `${stop.share * 100}%`;
    said(stop, x);
    for (const line of document.querySelectorAll(".strip .handle line, .chart .hand:not(.versus)")) {
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
    strip.querySelector(".handle circle").setAttribute("cx", x);
  };
  const said = (stop, x) => {
    slider.style.left = x;
    bubble.style.left = `clamp(4.5rem, ${x}, calc(100% - 4.5rem))`;
    bubble.textContent = words(stop);
    slider.setAttribute("aria-valuenow", String(index));
    slider.setAttribute("aria-valuetext", words(stop));
  };
  // An instant may lie between two events: there the handle stays until it is moved.
  said(stops[index], strip.querySelector(".handle circle").getAttribute("cx"));

  const nearest = (x) => {
    const box = strip.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (x - box.left) / box.width));
    let best = 0;
    stops.forEach((stop, one) => { if (Math.abs(stop.share - share) <= Math.abs(stops[best].share - share)) best = one; });
    return best;
  };
  let dragged = false;
  let last = index;
  let timer = 0;
  // While the handle moves the page follows it; the address is written once it rests.
  const follow = () => { clearTimeout(timer); timer = setTimeout(() => show(url(stops[index]), { keepBar: true, push: false }), 60); };
  const rest = () => { clearTimeout(timer); bubble.hidden = true; show(url(stops[index])).then(() => document.querySelector(".slider")?.focus()); };
  const move = (event) => {
    const to = nearest(event.clientX);
    if (to === index) return;
    place(to);
    follow();
  };
  strip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    dragged = true;
    last = index;
    bubble.hidden = false;
    slider.setPointerCapture(event.pointerId);
    move(event);
  });
  slider.addEventListener("pointermove", (event) => { if (dragged) move(event); });
  slider.addEventListener("pointerup", () => { if (dragged) { dragged = false; if (index === last) bubble.hidden = true; else rest(); } });
  slider.addEventListener("pointercancel", () => { if (dragged) { dragged = false; place(last); bubble.hidden = true; show(url(stops[last]), { push: false }); } });
  // Strokes are links for whoever has no script; here the strip answers itself.
  strip.addEventListener("click", (event) => { if (event.target.closest("a")) event.preventDefault(); });
  slider.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -stops.length, End: stops.length };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const to = Math.min(stops.length - 1, Math.max(0, index + steps[event.key]));
    if (to === index) return;
    place(to);
    clearTimeout(timer);
    timer = setTimeout(rest, 250);
  });
}

// Keys, off inside fields.
function keys(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const follow = (selector) => { const link = document.querySelector(selector); if (link) { event.preventDefault(); show(link.href); } };
  switch (event.key) {
    case "/": { const field = byId("q"); if (field) { event.preventDefault(); field.focus(); field.select(); } break; }
    case "[": follow(".steps a[rel=prev]"); break;
    case "]": follow(".steps a[rel=next]"); break;
    case "n": if (document.documentElement.classList.contains("past") && document.body.dataset.now) { event.preventDefault(); show(document.body.dataset.now); } break;
    case "?": event.preventDefault(); byId("keys")?.showModal(); break;
    default:
  }
}

// Steps through time stay where the reader is on the page.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (event.target.closest("#show-keys")) { byId("keys")?.showModal(); return; }
  const link = event.target.closest(".steps a, .banner .back");
  if (!link) return;
  event.preventDefault();
  const was = link.getAttribute("rel") || "now";
  show(link.href).then(() => document.querySelector(was === "now" ? ".slider" : `.steps a[rel=${was}]`)?.focus());
});
document.addEventListener("keydown", keys);
window.addEventListener("popstate", () => show(location.href, { push: false }));
matchMedia("print").addEventListener("change", ({ matches }) => swapTimes(matches));

localTimes(document);
bar();
const shown = byId("show-keys");
if (shown) shown.hidden = false;
