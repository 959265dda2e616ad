// What pages do beyond links and forms: hear what has changed, count clocks, answer keys. No string is ever taken as HTML.
"use strict";
(() => {
  const root = document.documentElement, body = document.body;
  const skew = Number(root.dataset.now) - Date.now();
  const serverNow = () => Date.now() + skew;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // --- clocks: the server says the moment, the browser only subtracts -----------------------------------------------
  const long = (seconds) => {
    const whole = Math.abs(Math.trunc(seconds)), hours = Math.trunc(whole / 3600);
    const two = (value) => String(value).padStart(2, "0");
    const text = hours ? `${hours}:${two(Math.trunc(whole % 3600 / 60))}:${two(whole % 60)}` : `${Math.trunc(whole / 60)}:${two(whole % 60)}`;
    return text;
  };
  let live = true;
  function tick() {
    if (!live && body.dataset.liveAt) return;
    for (const clock of all("[data-until], [data-since]")) {
      const until = clock.dataset.until, moment = Date.parse(until || clock.dataset.since);
      const seconds = (until ? moment - serverNow() : serverNow() - moment) / 1000;
      clock.textContent = `${until && seconds < 0 ? "\u2212" : ""}${long(seconds)}`;
      const race = clock.closest("[data-race]");
      if (race && until) {
        const state = seconds < 0 ? "late" : seconds < 90 ? "soon" : "ok";
        if (race.dataset.race !== state) race.dataset.race = state;
      }
    }
  }
  setInterval(tick, 1000);

  // --- live: the stream names what has changed; parts that show such things are fetched again ---------------------------
  const lamp = document.getElementById("live"), bar = document.getElementById("stale");
  let stream = null, heard = Date.now(), lostAt = 0, retry = 0;
  const words = () => lamp && lamp.querySelector(".words");
  const shows = (part) => (part.dataset.live || part.dataset.liveToo).split(" ");  // the second alone opens no stream
  function refresh(kinds) {
    for (const part of all("[data-live], [data-live-too]")) {
      if (!kinds || shows(part).some((kind) => kinds.includes(kind))) window.htmx.trigger(part, "refresh");
    }
  }
  function well() {
    heard = Date.now(); lostAt = 0; retry = 0; live = true;
    if (lamp) { lamp.dataset.state = "on"; words().textContent = body.dataset.on; }
    if (bar) bar.hidden = true;
  }
  function lost() {
    if (!lostAt) lostAt = heard;
    if (Date.now() - lostAt < 10_000) return;
    live = false;
    if (lamp) { lamp.dataset.state = "off"; words().textContent = body.dataset.off; }
    if (bar) {
      const at = new Date(lostAt + skew).toLocaleTimeString(root.lang, { hour12: false, timeZone: root.dataset.zone });
      bar.querySelector("span").textContent = body.dataset.stale.replace("%", at);
      bar.hidden = false;
    }
  }
  function connect() {
    if (stream || !body.dataset.liveAt || !document.querySelector("[data-live]")) return;
    const shown = new Set(all("[data-live], [data-live-too]").flatMap(shows));
    stream = new EventSource(`${body.dataset.liveAt}?of=${encodeURIComponent([...shown].join(" "))}`);
    stream.addEventListener("ready", () => { const again = lostAt > 0; well(); if (again) refresh(null); });
    stream.addEventListener("beat", well);
    stream.addEventListener("changed", (event) => { well(); refresh(event.data.split(" ")); });
    stream.addEventListener("reset", () => { well(); refresh(null); });
    stream.onerror = () => {
      if (stream && stream.readyState === EventSource.CLOSED) {  // refused: a browser does not try again by itself
        stream = null; retry = Math.min(retry + 1, 6);
        setTimeout(connect, 1000 * retry * (0.7 + 0.6 * Math.random()));
      }
      if (!lostAt) lostAt = Date.now();
    };
  }
  setInterval(() => { if (stream && Date.now() - heard > 25_000) lostAt = lostAt || heard; if (lostAt) lost(); }, 1000);
  let hidden = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) {  // a browser opens six connections to a server, over all its tabs
      hidden = setTimeout(() => { if (stream) { stream.close(); stream = null; } }, 60_000);
    } else if (!stream) { connect(); refresh(null); }
  });
  addEventListener("pagehide", () => { if (stream) { stream.close(); stream = null; } });
  addEventListener("pageshow", (event) => { if (event.persisted) { connect(); refresh(null); } });
  document.addEventListener("ringback:changed", () => refresh(null));

  // --- messages in the corner -------------------------------------------------------------------------------------------
  const corner = document.getElementById("toasts");
  new MutationObserver(() => {
    for (const toast of all("[data-toast]", corner)) {
      if (!toast.dataset.seen) { toast.dataset.seen = "1"; setTimeout(() => toast.remove(), 7000); }
    }
  }).observe(corner, { childList: true });

  // --- forms: once is once ---------------------------------------------------------------------------------------------
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.target.method === "dialog" || event.target.method === "get") return;
    setTimeout(() => button.setAttribute("aria-busy", "true"), 0);
    setTimeout(() => button.removeAttribute("aria-busy"), 4000);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  // --- keys --------------------------------------------------------------------------------------------------------------
  const places = { t: "", b: "/board", l: "/live", c: "/calls", u: "/customers", h: "/health", r: "/reviews" };
  const help = document.getElementById("help"), chosen = document.getElementById("single-keys");
  const store = { get: () => { try { return localStorage.getItem("ringback-keys"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("ringback-keys", value); } catch { /* not allowed: then it is for this page */ } } };
  if (chosen) {
    chosen.checked = store.get() !== "off";
    chosen.addEventListener("change", () => store.set(chosen.checked ? "on" : "off"));
  }
  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-opens]");
    if (opens) document.getElementById(opens.dataset.opens).showModal();
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  let going = false;
  function row(step) {
    const links = all(".row-link");
    if (!links.length) return;
    const place = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, place < 0 ? 0 : place + step))].focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const close = document.querySelector("[data-closes]");
      for (const menu of all("details.menu[open]")) menu.open = false;
      if (!help?.open && close && !event.target.matches("input, textarea, select")) close.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !chosen?.checked || help?.open) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (going) {
      going = false;
      if (event.key in places) { location.href = document.querySelector(".brand").getAttribute("href") + places[event.key]; event.preventDefault(); }
      return;
    }
    switch (event.key) {
      case "/": document.getElementById("search")?.focus(); event.preventDefault(); break;
      case "?": help?.showModal(); break;
      case "j": row(1); break;
      case "k": row(-1); break;
      case "g": going = true; setTimeout(() => { going = false; }, 1500); break;
      default: return;
    }
  });

  for (const tab of all(".tabs [aria-current]")) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 40;
  document.addEventListener("DOMContentLoaded", connect);
  if (document.readyState !== "loading") connect();
  tick();
})();
