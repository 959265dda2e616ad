// The player: two drawings, one below the other; what both spoke at once is marked. The sound comes only when it is played.
"use strict";
(() => {
  const LOUD = 10, SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];
  const shown = (seconds) => `${Math.trunc(seconds / 60)}:${String(Math.trunc(seconds % 60)).padStart(2, "0")}`;

  function player(box) {
    const canvas = box.querySelector("canvas"), seek = box.querySelector(".seek"), data = box.dataset;
    const seconds = Number(data.seconds), audio = new Audio();
    audio.preload = "none"; audio.src = data.audio; audio.preservesPitch = true;
    let peaks = [], speed = 1, quiet = [], skips = false, gains = null;

    function state(at) {
      if (peaks.length < 2) return 3;
      const place = Math.min(peaks[0].length - 1, Math.trunc(at / seconds * peaks[0].length));
      const one = peaks[0][place] > LOUD, two = peaks[1][place] > LOUD;
      return one && two ? 2 : one ? 0 : two ? 1 : 3;
    }
    function draw() {
      const ratio = devicePixelRatio || 1, width = canvas.clientWidth * ratio, height = canvas.clientHeight * ratio;
      if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
      const pen = canvas.getContext("2d"), look = getComputedStyle(box);
      const colors = ["--customer", "--manager", "--both", "--line-strong"].map((name) => look.getPropertyValue(name));
      pen.clearRect(0, 0, width, height);
      const now = audio.currentTime / seconds * width, bar = Math.max(2, Math.round(2 * ratio)), step = bar + Math.max(1, Math.round(ratio));
      const sides = peaks.length || 1, lane = height / sides;
      for (let x = 0; x < width; x += step) {
        const from = Math.trunc(x / width * 1000), to = Math.max(from + 1, Math.trunc((x + step) / width * 1000));
        const levels = peaks.map((side) => Math.max(...side.slice(from, to), 0));
        const both = levels.length === 2 && levels[0] > LOUD && levels[1] > LOUD;
        levels.forEach((level, side) => {
          const tall = Math.max(2 * ratio, Math.sqrt(level / 255) * lane * 0.86);
          pen.fillStyle = both ? colors[2] : level > LOUD ? colors[side] : colors[3];
          pen.globalAlpha = x <= now ? 1 : 0.5;
          pen.fillRect(x, lane * side + (lane - tall) / 2, bar, tall);
        });
      }
      pen.globalAlpha = 1;
      pen.fillStyle = look.getPropertyValue("--ink");
      pen.fillRect(Math.min(width - 2 * ratio, now), 0, 2 * ratio, height);
    }
    function tell() {
      const at = audio.currentTime;
      box.querySelector("[data-shows=at]").textContent = shown(at);
      if (document.activeElement !== seek || !audio.paused) seek.value = at;
      const speaks = [data.speaks0, data.speaks1, data.speaks2, data.speaks3][state(at)];
      const parts = data.of.split("%");
      seek.setAttribute("aria-valuetext", `${parts[0]}${shown(at)}${parts[1]}${shown(seconds)}${parts[2]}, ${speaks}`);
      const button = box.querySelector("[data-do=play]");
      button.setAttribute("aria-pressed", String(!audio.paused));
      draw();
    }
    function go(to) { audio.currentTime = Math.max(0, Math.min(seconds - 0.1, to)); tell(); }
    function silences() {
      if (peaks.length < 1) return [];
      const found = [], window = seconds / peaks[0].length;
      let begin = -1;
      for (let place = 0; place <= peaks[0].length; place++) {
        const silent = place < peaks[0].length && peaks.every((side) => side[place] <= LOUD);
        if (silent && begin < 0) begin = place;
        if (!silent && begin >= 0) { if ((place - begin) * window > 1.5) found.push([begin * window + 0.4, place * window - 0.3]); begin = -1; }
      }
      return found;
    }
    function mute(side, button) {
      if (!gains) {
        const context = new AudioContext(), source = context.createMediaElementSource(audio), split = context.createChannelSplitter(2);
        gains = [context.createGain(), context.createGain()];
        source.connect(split);
        gains.forEach((gain, number) => { split.connect(gain, number); gain.connect(context.destination); });
        gains.context = context;
      }
      gains.context.resume();
      const off = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(off));
      gains[side].gain.value = off ? 0 : 1;
    }
    function note() {
      const field = document.getElementById("comment");
      if (!field) return;
      field.value = `[${shown(audio.currentTime)}] ${field.value.replace(/^\[\d+:\d\d\] /, "")}`;
      field.focus();
    }
    const turns = () => { speed = Math.max(0, Math.min(SPEEDS.length - 1, speed)); audio.playbackRate = SPEEDS[speed]; box.querySelector("[data-shows=speed]").textContent = `${SPEEDS[speed]}×`; };
    const doings = {
      play: () => { if (audio.paused) audio.play().catch(() => {}); else audio.pause(); },
      slower: () => { speed -= 1; turns(); }, faster: () => { speed += 1; turns(); },
      silence: (button) => { skips = !skips; button.setAttribute("aria-pressed", String(skips)); },
      "side-0": (button) => mute(0, button), "side-1": (button) => mute(1, button), note,
    };
    box.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) doings[button.dataset.do](button);
    });
    canvas.addEventListener("click", (event) => go(event.offsetX / canvas.clientWidth * seconds));
    seek.addEventListener("input", () => go(Number(seek.value)));
    for (const kind of ["timeupdate", "play", "pause", "seeked", "ended"]) audio.addEventListener(kind, tell);
    (function frame() {
      if (!audio.paused) {
        if (skips) { const one = quiet.find(([begin, end]) => audio.currentTime > begin && audio.currentTime < end); if (one) audio.currentTime = one[1]; }
        draw();
      }
      requestAnimationFrame(frame);
    })();
    new ResizeObserver(draw).observe(canvas);
    fetch(data.waveform, { headers: { Accept: "application/json" } }).then((answer) => answer.ok ? answer.json() : null).then((drawn) => {
      if (drawn) { peaks = drawn.peaks; quiet = silences(); tell(); }
    }).catch(() => {});
    tell();
    return { go, doings, box, audio };
  }

  const players = [...document.querySelectorAll("[data-player]")].map(player);
  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-seek]");
    if (at && players[0]) { players[0].go(Number(at.dataset.seek)); players[0].audio.play().catch(() => {}); }
  });
  document.addEventListener("keydown", (event) => {
    const one = players[0], allowed = document.getElementById("single-keys");
    if (!one || event.ctrlKey || event.metaKey || event.altKey || !allowed?.checked || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not(.seek), textarea, select, [contenteditable]")) return;
    if (event.key === " " && event.target.closest("button, a, summary")) return;
    if ("12n".includes(event.key) && document.querySelector("[data-scorecard]")) return;  // these fill in the card
    const press = (name) => one.box.querySelector(`[data-do="${name}"]`).click();
    const step = event.shiftKey ? 30 : 5;
    const keys = { " ": () => press("play"), ArrowLeft: () => one.go(one.audio.currentTime - step), ArrowRight: () => one.go(one.audio.currentTime + step),
      "[": () => press("slower"), "]": () => press("faster"), s: () => press("silence"), 1: () => press("side-0"), 2: () => press("side-1"), n: () => press("note") };
    if (event.key in keys) { keys[event.key](); event.preventDefault(); }
  });
})();
