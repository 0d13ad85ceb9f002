"use strict";
// Draws the plots of the report. Everything it shows lies in the block "data" of this file; it asks
// nobody for anything. Plots are drawn when they come into view, since each 3D plot takes memory.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  // Only signs that both kinds of scatter can draw: the 3D one sets them as characters of a font.
  const SYMBOLS = ["circle", "square", "diamond", "cross", "circle-open", "square-open", "diamond-open"];
  const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];

  // -- colours and text ---------------------------------------------------------------------

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (i) => css("--g" + (i % 8));
  // Eight colours and seven signs: a pair comes again only after 56 groups.
  const symbol = (i) => SYMBOLS[i % 7];
  // The plotting library reads a little HTML in its texts: what others wrote must not be read so.
  const plain = (text) => String(text)
    .replace(/[\p{Cc}\p{Cf}]/gu, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}")
    .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const thousands = (n) => n.toLocaleString("en");

  const SHAPES = {
    circle: '<circle cx="6" cy="6" r="5"/>', square: '<rect x="1.5" y="1.5" width="9" height="9"/>',
    diamond: '<path d="M6 0 12 6 6 12 0 6Z"/>', cross: '<path d="M4 0H8V4H12V8H8V12H4V8H0V4H4Z"/>',
  };
  function glyph(i) {
    const [shape, open] = symbol(i).split("-");
    const paint = open ? `fill="none" stroke="${colour(i)}" stroke-width="1.8"` : `fill="${colour(i)}"`;
    return `<svg viewBox="0 0 12 12" aria-hidden="true"><g ${paint}>${SHAPES[shape]}</g></svg>`;
  }
  function paintGlyphs() {
    document.querySelectorAll(".glyph").forEach((e) => { e.innerHTML = glyph(Number(e.dataset.group)); });
  }

  function layout(more) {
    const ink = css("--ink"), line = css("--line"), panel = css("--panel");
    const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true };
    const base = {
      paper_bgcolor: panel, plot_bgcolor: panel, showlegend: false, autosize: true, uirevision: "keep",
      font: { color: ink, size: 12, family: getComputedStyle(document.body).fontFamily },
      hoverlabel: { bgcolor: panel, bordercolor: line, font: { color: ink } },
      margin: { l: 56, r: 18, t: 14, b: 46 }, modebar: { bgcolor: panel, color: css("--soft"), activecolor: css("--accent") },
    };
    const merged = { ...base, ...more };
    for (const key of Object.keys(merged)) {
      if (/^[xy]axis/.test(key)) merged[key] = { ...axis, ...merged[key] };
    }
    return merged;
  }
  const config = (bar) => ({ displaylogo: false, responsive: true, displayModeBar: bar, modeBarButtonsToRemove: ["select2d", "lasso2d"] });

  // -- the sampled points -------------------------------------------------------------------

  const TYPES = { f4: Float32Array, u4: Uint32Array, u1: Uint8Array };
  function unpack({ dtype, bdata }) {
    const text = atob(bdata), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new TYPES[dtype](bytes.buffer);
  }

  class Cloud {
    constructor(of) {
      const { points, clusters, grain } = data.clusterings[of];
      this.grain = grain;
      this.names = points.columns.map((c) => c.name);
      this.columns = points.columns.map((c) => unpack(c.values));
      this.keys = { cluster: unpack(points.cluster), label: unpack(points.label) };
      this.rows = this.columns.length ? this.columns[0].length : 0;
      const codes = unpack(points.address.codes), levels = points.address.levels.map(plain);
      this.text = (i) => codes.length ? levels[codes[i]] : grain + " " + i;
      this.by = "cluster";
      this.hidden = { cluster: new Set(), label: new Set() };
      this.shown = this.names.map((_, i) => i).slice(0, 4);
      this.axes = [0, 1, 2].map((i) => Math.min(i, this.names.length - 1));
      this.numbers = { cluster: clusters, label: [0, 1] };
      this.cut = {};
    }
    // The rows of each group, in the order of the groups' numbers; cut once for each key.
    groups() {
      if (!this.cut[this.by]) {
        const key = this.keys[this.by], of = new Map(this.numbers[this.by].map((n) => [n, []]));
        for (let i = 0; i < this.rows; i++) {
          if (!of.has(key[i])) of.set(key[i], []);
          of.get(key[i]).push(i);
        }
        this.cut[this.by] = [...of].map(([number, rows]) => ({
          number, name: this.by + " " + number, rows: Uint32Array.from(rows), text: rows.map((i) => this.text(i)), taken: [],
        }));
      }
      return this.cut[this.by];
    }
    take(group, column) {
      return (group.taken[column] ??= this.columns[column].constructor.from(group.rows, (i) => this.columns[column][i]));
    }
    // Few points are drawn larger and last, so that the many do not cover them.
    drawn() {
      return this.groups().filter((g) => !this.hidden[this.by].has(g.number) && g.rows.length)
        .sort((a, b) => b.rows.length - a.rows.length);
    }
  }

  // An open sign is nothing but its line, so that it is drawn with one, and larger.
  function marker(group, many, few) {
    const fill = colour(group.number), sign = symbol(group.number), open = sign.endsWith("open");
    return { color: fill, symbol: sign, size: (group.rows.length < 500 ? few : many) * (open ? 1.3 : 1),
      line: { color: fill, width: open ? 1.5 : 0 } };
  }

  function matrix(cloud) {
    const names = cloud.shown.map((c) => plain(cloud.names[c])), many = names.length;
    const traces = cloud.drawn().map((g) => ({
      type: "splom", name: g.name, text: g.text, diagonal: { visible: false }, showupperhalf: false,
      dimensions: cloud.shown.map((c, i) => ({ label: names[i], values: cloud.take(g, c) })),
      marker: { ...marker(g, 4, 7), opacity: g.rows.length < 500 ? 0.9 : 0.5 },
      hovertemplate: `%{text}<br>%{xaxis.title.text} %{x}<br>%{yaxis.title.text} %{y}<extra>${g.name}</extra>`,
    }));
    const axes = {};
    for (let i = 1; i <= many; i++) {
      const n = i === 1 ? "" : i;
      axes["xaxis" + n] = { tickfont: { size: 10 }, nticks: 5, title: { font: { size: 11 } } };
      axes["yaxis" + n] = { tickfont: { size: 10 }, nticks: 5, title: { font: { size: 11 } } };
    }
    return [traces, layout({ ...axes, dragmode: "zoom", margin: { l: 62, r: 10, t: 10, b: 50 } })];
  }

  function space(cloud, camera) {
    const line = css("--line"), title = (c) => ({ text: plain(cloud.names[c]), font: { size: 12 } });
    const axis = (c) => ({ title: title(c), gridcolor: line, zerolinecolor: line, color: css("--ink"), tickfont: { size: 10 },
      showbackground: true, backgroundcolor: css("--zebra") });
    const [x, y, z] = cloud.axes, said = [x, y, z].map((c) => plain(cloud.names[c]));
    const traces = cloud.drawn().map((g) => ({
      type: "scatter3d", mode: "markers", name: g.name, text: g.text,
      x: cloud.take(g, x), y: cloud.take(g, y), z: cloud.take(g, z),
      marker: marker(g, 2.2, 4),
      hovertemplate: `%{text}<br>${said[0]} %{x}<br>${said[1]} %{y}<br>${said[2]} %{z}<extra>${g.name}</extra>`,
    }));
    return [traces, layout({ margin: { l: 0, r: 0, t: 0, b: 0 }, scene: {
      xaxis: axis(x), yaxis: axis(y), zaxis: axis(z), aspectmode: "cube",
      camera: camera ?? { eye: { x: 1.5, y: 1.5, z: 0.85 }, center: { x: 0, y: 0, z: -0.12 } },
    } })];
  }

  // -- curves and columns -------------------------------------------------------------------

  function curves(kind, of) {
    const { evaluations, base_rate } = data.grains[of];
    const traces = evaluations.map((e, i) => {
      // A sign every tenth of the way tells the curves apart where colour and dash do not.
      const xs = e[kind].map((p) => p[0]), ys = e[kind].map((p) => p[1]);
      return { type: "scatter", mode: "lines+markers", name: plain(e.split) + (e.leaks ? " (leaks)" : ""), x: xs, y: ys,
        line: { color: colour(i), width: 2, dash: DASHES[i % DASHES.length], shape: kind === "pr" ? "vh" : "linear" },
        marker: { symbol: symbol(i), size: 8, color: colour(i), maxdisplayed: 8 } };
    });
    const chance = { type: "scatter", mode: "lines", name: kind === "roc" ? "chance" : "base rate", hoverinfo: "skip",
      line: { color: css("--soft"), width: 1.2, dash: "dot" }, x: [0, 1], y: kind === "roc" ? [0, 1] : [base_rate, base_rate] };
    if (kind === "roc" || base_rate !== null) traces.push(chance);
    const [x, y] = kind === "roc" ? ["false positive rate", "true positive rate (recall)"] : ["recall", "precision"];
    return [traces, layout({ xaxis: { title: { text: x }, range: [-0.01, 1.01] }, yaxis: { title: { text: y }, range: [-0.02, 1.03] },
      showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, margin: { l: 56, r: 18, t: 10, b: 46 } })];
  }

  function days() {
    const rows = data.days, x = rows.map((r) => plain(r.value));
    const bar = (name, y, fill, pattern) => ({ type: "bar", name, x, y, marker: { color: fill, pattern },
      hovertemplate: `%{x}<br>%{y} ${name}<extra></extra>` });
    return [[
      bar("on the threat list", rows.map((r) => r.listed), css("--bar"), { shape: "/", fgcolor: css("--hatch"), size: 6, solidity: 0.45 }),
      bar("others", rows.map((r) => r.addresses - r.listed), css("--bar"), {}),
    ], layout({ barmode: "stack", bargap: 0.25, xaxis: { type: "category", nticks: 24 }, yaxis: { title: { text: "addresses" } },
      showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, traceorder: "normal" } })];
  }

  function sweep(of) {
    const { sweep: points, k } = data.clusterings[of], x = points.map((p) => p.k);
    const line = (name, y, i, yaxis) => ({ type: "scatter", mode: "lines+markers", name, x, y, yaxis,
      line: { color: colour(i), width: 2, dash: DASHES[i] }, marker: { symbol: symbol(i), size: 8, color: colour(i) } });
    return [[line("inertia", points.map((p) => p.inertia), 0, "y"), line("silhouette", points.map((p) => p.silhouette), 1, "y2")],
      layout({ xaxis: { title: { text: "k" }, dtick: 1 }, yaxis: { title: { text: "inertia" }, rangemode: "tozero" },
        yaxis2: { title: { text: "silhouette" }, overlaying: "y", side: "right", showgrid: false },
        shapes: [{ type: "line", x0: k, x1: k, yref: "paper", y0: 0, y1: 1, line: { color: css("--soft"), dash: "dot", width: 1 } }],
        showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, margin: { l: 62, r: 56, t: 10, b: 42 } })];
  }

  // -- drawing ------------------------------------------------------------------------------

  const clouds = new Map();
  const cloud = (of) => clouds.get(of) ?? clouds.set(of, new Cloud(of)).get(of);
  const webgl = (() => {
    try { return Boolean(document.createElement("canvas").getContext("webgl")); } catch { return false; }
  })();

  async function draw(figure) {
    const kind = figure.dataset.plot, of = Number(figure.dataset.of), canvas = figure.querySelector(".canvas");
    figure.dataset.drawn = "yes";
    if ((kind === "matrix" || kind === "space") && !webgl) {
      canvas.innerHTML = "<p>this browser offers no WebGL, which this plot needs: turn on hardware acceleration, or read the table above</p>";
      return;
    }
    const start = performance.now();
    const [traces, look] = kind === "matrix" ? matrix(cloud(of)) : kind === "space" ? space(cloud(of), canvas.layout?.scene?.camera)
      : kind === "days" ? days() : kind === "sweep" ? sweep(of) : curves(kind, of);
    await Plotly.react(canvas, traces, look, config(/matrix|space/.test(kind)));
    figure.dataset.milliseconds = Math.round(performance.now() - start);
  }
  const figures = [...document.querySelectorAll("figure.plot")];
  const redraw = (which) => figures.filter((f) => f.dataset.drawn && which(f)).forEach(draw);

  const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
    if (!entry.isIntersecting) return;
    seen.unobserve(entry.target);
    draw(entry.target);
  }), { rootMargin: "300px" });

  // -- controls -----------------------------------------------------------------------------

  function controls(box) {
    const of = Number(box.dataset.of), points = cloud(of), form = box.querySelector("form");
    const again = (kind) => redraw((f) => Number(f.dataset.of) === of && (kind ? f.dataset.plot === kind : /matrix|space/.test(f.dataset.plot)));
    const tick = (into, text, on, change) => {
      const label = document.createElement("label"), input = document.createElement("input");
      Object.assign(input, { type: "checkbox", checked: on });
      input.addEventListener("change", () => change(input));
      label.append(input, " ", ...text);
      into.append(label);
    };
    const groups = form.querySelector(".groups");
    const legend = () => {
      groups.querySelectorAll("label").forEach((l) => l.remove());
      const hidden = points.hidden[points.by];
      for (const g of points.groups()) {
        const sign = document.createElement("b");
        sign.className = "glyph";
        sign.dataset.group = g.number;
        tick(groups, [sign, ` ${g.name} (${thousands(g.rows.length)})`], !hidden.has(g.number), (input) => {
          input.checked ? hidden.delete(g.number) : hidden.add(g.number);
          again();
        });
      }
      paintGlyphs();
    };
    form.addEventListener("submit", (event) => event.preventDefault());
    form.querySelectorAll("[name=by]").forEach((radio) => radio.addEventListener("change", () => {
      points.by = radio.value;
      legend();
      again();
    }));
    const features = form.querySelector(".features"), axes = form.querySelector(".axes");
    points.names.forEach((name, c) => tick(features, [name], points.shown.includes(c), (input) => {
      const next = points.names.map((_, i) => i).filter((i) => (i === c ? input.checked : points.shown.includes(i)));
      if (next.length < 2) { input.checked = true; return; }
      points.shown = next;
      again("matrix");
    }));
    ["x", "y", "z"].forEach((axis, at) => {
      const label = document.createElement("label"), select = document.createElement("select");
      points.names.forEach((name, c) => select.add(new Option(name, c, false, c === points.axes[at])));
      select.addEventListener("change", () => { points.axes[at] = Number(select.value); again("space"); });
      label.append(axis + " ", select);
      axes.append(label);
    });
    legend();
    turnable(box.querySelector(".canvas.space"));
  }

  // Arrow keys turn the 3D scatter, plus and minus move the eye.
  function turnable(canvas) {
    canvas.tabIndex = 0;
    canvas.addEventListener("keydown", (event) => {
      const eye = canvas.layout?.scene?.camera?.eye;
      const step = { ArrowLeft: [-0.15, 0, 1], ArrowRight: [0.15, 0, 1], ArrowUp: [0, 0.1, 1], ArrowDown: [0, -0.1, 1],
        "+": [0, 0, 0.9], "=": [0, 0, 0.9], "-": [0, 0, 1.1] }[event.key];
      if (!eye || !step) return;
      event.preventDefault();
      const r = Math.hypot(eye.x, eye.y, eye.z) * step[2], around = Math.atan2(eye.y, eye.x) + step[0];
      const up = Math.max(-1.5, Math.min(1.5, Math.asin(eye.z / Math.hypot(eye.x, eye.y, eye.z)) + step[1]));
      Plotly.relayout(canvas, { "scene.camera.eye": { x: r * Math.cos(up) * Math.cos(around), y: r * Math.cos(up) * Math.sin(around), z: r * Math.sin(up) } });
    });
  }

  document.querySelectorAll(".scatter").forEach(controls);
  paintGlyphs();
  figures.forEach((figure) => seen.observe(figure));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { paintGlyphs(); redraw(() => true); });
  addEventListener("beforeprint", () => figures.filter((f) => !f.dataset.drawn).forEach(draw));
  document.querySelectorAll(".copy").forEach((button) => button.addEventListener("click", async () => {
    const code = button.parentElement.querySelector("code");
    getSelection().selectAllChildren(code);
    try { await navigator.clipboard.writeText(code.textContent); button.textContent = "copied"; } catch { button.textContent = "selected"; }
  }));
})();
